"""`khukha demo`: the whole of it on the demo catalog, from unpacking the model to the first match."""

from __future__ import annotations

from time import perf_counter

import typer

from api.cli.chains import coverage_table
from api.cli.shared import Language, ShownLanguage, console, progress, workspace
from api.cli.show import print_answer, print_summary
from api.store.fairs import Deed
from api.store.keys import read_pepper
from api.workspace import COMMAND_LINE, Workspace
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
    """Set a fair of the demo firms up, plan and publish it, unless that was done, and print what came of it."""
    from api.fairs.demo import ID, put_demo_fair  # solvers and printing; other commands need none of them
    from api.fairs.links import Links
    from api.fairs.planning import make_timetable, plan_lists
    from api.fairs.publishing import folder_of, publish, write_files
    from api.fairs.summary import summary

    start, deed, database = perf_counter(), Deed(COMMAND_LINE), space.database
    put_demo_fair(database, engine.built.catalog.living, deed)
    with database.reading() as session:
        known = summary(session, ID)
    with progress() as report:
        if not known.planned:
            plan_lists(database, engine, ID, deed, report=report)
        if not known.timetable:
            make_timetable(database, ID, deed, cache_dir=space.settings.compiled_dir, report=report)
        if not known.published:
            links = Links(read_pepper(space.settings.pepper_path), space.settings.public_url)
            publish(database, links, ID, deed)
        folder = folder_of(space.settings.files_dir, ID, known.published or 1)
        if not folder.is_dir():
            write_files(database, ID, known.published or 1, files_dir=space.settings.files_dir)
    with database.reading() as session:
        known = summary(session, ID)
    thai = language is ShownLanguage.TH
    console.rule(known.name.th if thai else known.name.en, align="left")
    print_summary(console, known, language)
    files = sum(path.is_file() for path in folder.rglob("*"))
    line = "{} แฟ้ม → {} · {:.0f} วินาที" if thai else "{} files → {} · {:.0f} s"
    console.print(line.format(files, folder, perf_counter() - start), soft_wrap=True)
