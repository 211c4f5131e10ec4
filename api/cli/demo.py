"""`khukha demo`: the whole of it on the demo catalog, from unpacking the model to the first match."""

from __future__ import annotations

from time import perf_counter

import typer

from api.cli.chains import coverage_table
from api.cli.shared import Language, ShownLanguage, console, progress, workspace
from api.cli.show import print_answer
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
    console.print(
        'ค้นหาเองได้ / search yourself: .venv/bin/khukha search --demo "กระเป๋าหนังเห็ด"', markup=False, soft_wrap=True
    )
