"""`khukha demo`: the whole of it on the demo catalog, from unpacking the model to the first match."""

from __future__ import annotations

from time import perf_counter

import typer

from api.cli.chains import coverage_table
from api.cli.shared import Language, ShownLanguage, console, progress, workspace
from api.cli.show import print_answer
from api.workspace import Workspace
from matcher.engine import Engine
from matcher.engine.coverage import coverage

SEARCH = "หาโรงงานทำเสื่อโยคะยางพารา ติดแบรนด์เราได้ ส่งออกได้"
NEED = "agritech-d11/n1"


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command(help="ลองทั้งระบบด้วยข้อมูลตัวอย่าง / try everything on the demo catalog.")(demo)


def demo(language: Language = ShownLanguage.TH) -> None:
    """Import the demo catalog, index it, and ask it three things."""
    start = perf_counter()
    space = workspace(demo=True)
    with progress() as report:
        space.put_demo(progress=report)
        engine = space.engine(progress=report)
    catalog = engine.built.catalog
    thai = language is ShownLanguage.TH
    counted = (catalog.n_firms, catalog.n_offers, catalog.n_needs, perf_counter() - start)
    line = "{} ราย · {} สินค้า · {} ความต้องการ · {:.0f} วินาที" if thai else "{} firms · {} offers · {} needs · {:.0f} s"
    console.print(line.format(*counted))
    console.rule(f"{'ค้นหา' if thai else 'Search'}: {SEARCH}", align="left")
    print_answer(console, engine.search(SEARCH, limit=2), language)
    need = catalog.needs[catalog.need_row(NEED)]
    who = catalog.firms[int(catalog.need_firm[catalog.need_row(NEED)])]
    console.rule(f"{'จับคู่' if thai else 'Match'}: {who.name_th} — {need.text}", align="left")
    print_answer(console, engine.match(NEED, limit=2), language)
    console.rule(align="left")
    console.print(coverage_table(coverage(catalog, space.chains), language))
    _fair(space, engine, language)
    console.print(
        'ค้นหาเองได้ / search yourself: .venv/bin/khukha search --demo "กระเป๋าหนังเห็ด"', markup=False, soft_wrap=True
    )


def _fair(space: Workspace, engine: Engine, language: ShownLanguage) -> None:
    """Plan a fair of the demo firms and write its files."""
    from api.fairs import demo_fair, plan, write  # solvers and printing; other commands need none of them

    start = perf_counter()
    thai = language is ShownLanguage.TH
    fair = demo_fair(engine.built.catalog.living)
    title = fair.name.th if thai else fair.name.en
    console.rule(title, align="left")
    with console.status("จัดรายการนัดและตารางเวลา / lists and timetable"):
        planned = plan(fair, engine, cache_dir=space.settings.data_dir / "compiled")
        files = write(planned, space.settings.root / "fair")
    figures = (
        len(fair.participants),
        len(fair.days),
        len(fair.slots),
        fair.tables,
        len(planned.lists.pairs),
        planned.with_four_meetings,
        planned.timetable.objective,
        planned.lists.price_of_fairness,
        perf_counter() - start,
    )
    line = (
        "{} ราย {} วัน {} ช่วงเวลา {} โต๊ะ → {} นัด · ได้ตั้งแต่ 4 นัดขึ้นไป {:.0%} ของกิจการ · ช่วงรอ {} ครั้ง · "
        "ราคาของความเป็นธรรม {:.1f}% · {:.0f} วินาที"
        if thai
        else "{} firms, {} days, {} slots, {} tables → {} meetings · {:.0%} of firms have four or more · {} breaks · "
        "price of fairness {:.1f}% · {:.0f} s"
    )
    console.print(line.format(*figures), soft_wrap=True)
    for id, why in planned.lists.unmet.items():
        console.print(f"  {id}: {why.th if thai else why.en}", markup=False, soft_wrap=True)
    console.print(f"  {len(files)} ไฟล์ / files → {space.settings.root / 'fair'}", soft_wrap=True)
