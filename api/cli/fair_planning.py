"""`khukha fair`: lists and timetables made, changed by hand, published."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from api.cli.shared import (
    AsJson,
    Language,
    OnDemo,
    ShownLanguage,
    console,
    errors,
    print_json,
    progress,
    said,
    workspace,
)
from api.fairs.links import Links
from api.fairs.planning import Mended
from api.store.fairs import Deed
from api.store.keys import read_pepper
from api.workspace import COMMAND_LINE, Workspace
from matcher.fair import Fair

DEED = Deed(COMMAND_LINE)

FairId = Annotated[str, typer.Argument(help="รหัสงาน / id of the fair.")]
FirmId = Annotated[str, typer.Argument(help="รหัสกิจการ / id of a firm.")]
Preview = Annotated[bool, typer.Option("--preview", help="Only say what would happen.")]


def register(group: typer.Typer) -> None:
    """Add the subcommands."""
    group.command(help="จัดรายชื่อคู่เจรจา / make the match lists; what firms have answered stays.")(lists)
    group.command(help="จัดตารางนัด / make the timetable, or show it.")(timetable)
    group.command(help="ย้ายนัด / move a meeting, or say where it could be.")(move)
    group.command(help="กลับไปใช้ตารางรุ่นก่อน / bring a former version of the timetable back.")(undo)
    group.command(help="ซ่อมตาราง / fit the timetable to what the fair is now, moving as little as possible.")(mend)
    group.command(help="ผู้ร่วมงานไม่มา / somebody does not come, or leaves.")(absent)
    group.command(help="เผยแพร่ตาราง / publish the timetable and write its files.")(publish)


def links_of(space: Workspace) -> Links:
    """To participants' pages."""
    return Links(read_pepper(space.settings.pepper_path), space.settings.public_url)


def lists(
    id: FairId,
    keep: Annotated[bool, typer.Option("--keep", help="Every meeting that is held stays.")] = False,
    as_json: AsJson = False,
    language: Language = ShownLanguage.TH,
    demo: OnDemo = False,
) -> None:
    """Make the lists anew."""
    from api.fairs.planning import plan_lists
    from api.fairs.summary import summary

    space = workspace(demo=demo)
    with progress() as report:
        number = plan_lists(
            space.database, space.engine(progress=report), id, DEED, keep=keep, report=report, bulk=space.bulk
        )
    with space.database.reading() as session:
        found = summary(session, id)
    if as_json:
        print_json({"fair": id, "lists": number, "held": found.held, "unmet": sorted(found.unmet)})
        return
    line = "รายชื่อชุดที่ {} · {} นัด" if language is ShownLanguage.TH else "lists {} · {} meetings"
    console.print(line.format(number, found.held))
    for firm_id, why in found.unmet.items():
        console.print(f"  {firm_id}: {said(why, language)}", markup=False, soft_wrap=True)


def timetable(
    id: FairId,
    show: Annotated[bool, typer.Option("--show", help="Show the one in force, and make none.")] = False,
    version: Annotated[int | None, typer.Option(min=1, help="With --show: another version.")] = None,
    firm: Annotated[str | None, typer.Option(help="With --show: only this firm's meetings.")] = None,
    as_json: AsJson = False,
    language: Language = ShownLanguage.TH,
    demo: OnDemo = False,
) -> None:
    """Make a timetable of all meetings that are held, and print it."""
    from api.errors import MissingError
    from api.fairs.looking import names_of
    from api.fairs.planning import make_timetable
    from api.store.fairs import load_fair
    from api.store.timetables import get_timetable, places_of

    space = workspace(demo=demo)
    if not show:
        with progress() as report:
            make_timetable(space.database, id, DEED, cache_dir=space.settings.compiled_dir, report=report)
    with space.database.reading() as session:
        fair, row = load_fair(session, id), get_timetable(session, id, version)
        if row is None:
            raise MissingError(kind="timetable", id=id)
        places = {pair: place for pair, place in places_of(row).items() if firm is None or firm in pair}
        names = names_of(session, {one for pair in places for one in pair})

    def shown(id: str) -> str:
        return id if as_json or id not in names else f"{id} {said(names[id], language)}"

    rows = [
        _row(fair, *place, *map(shown, pair))
        for pair, place in sorted(places.items(), key=lambda one: one[1])
        if place[0] < len(fair.slots)
    ]
    if as_json:
        print_json({"fair": id, "number": row.number, "made_of": row.made_of, "meetings": rows})
        return
    console.print(f"{row.number}: {row.why['th' if language is ShownLanguage.TH else 'en']}", markup=False)
    thai = language is ShownLanguage.TH
    table = Table(*(("ช่วง", "เวลา", "โต๊ะ", "ระหว่าง", "กับ") if thai else ("Slot", "Time", "Table", "Of", "And")))
    for one in rows:
        table.add_row(*(escape(str(value)) for value in one.values()))
    console.print(table)


def move(
    id: FairId,
    first: FirmId,
    second: FirmId,
    slot: Annotated[int | None, typer.Argument(min=1, help="ช่วงที่ / slot, from 1; left out: say what is free.")] = None,
    table: Annotated[int | None, typer.Argument(min=1, help="โต๊ะที่ / table, from 1.")] = None,
    out: Annotated[bool, typer.Option("--out", help="Take it out of the timetable.")] = False,
    as_json: AsJson = False,
    demo: OnDemo = False,
) -> None:
    """Move a meeting; every conflict is named where it cannot be there."""
    from api.fairs import editing
    from api.store.fairs import load_fair

    space, pair = workspace(demo=demo), (first, second)
    if (slot is None) != (table is None) or (slot is not None and out):
        raise typer.BadParameter("give slot and table, or neither, or --out")
    if slot is None and not out:
        with space.database.reading() as session:
            fair, (_, free) = load_fair(session, id), editing.look(session, id, pair, None)
        found = [_row(fair, *place) for place in free.items()]
        if as_json:
            print_json(found)
        for one in () if as_json else found:
            console.print(f"ช่วง / slot {one['slot']} · {one['time']} · โต๊ะ / table {one['table']}")
        return
    to = (slot - 1, table) if slot is not None and table is not None else None
    number = editing.move(space.database, id, pair, to, DEED)
    _made(number, as_json=as_json)


def undo(
    id: FairId,
    to: Annotated[int | None, typer.Option(min=1, help="Number of the version; the one before if not given.")] = None,
    as_json: AsJson = False,
    demo: OnDemo = False,
) -> None:
    """Bring a version back, as the next one; meetings that are off by now stay off."""
    from api.errors import MissingError
    from api.fairs.editing import restore
    from api.store.fairs import fair_row

    space = workspace(demo=demo)
    with space.database.reading() as session:
        number = to or fair_row(session, id).timetable - 1
    if number < 1:
        raise MissingError(kind="timetable", id=f"{id} {max(number, 0)}")
    _made(restore(space.database, id, number, DEED), as_json=as_json)


def mend(
    id: FairId,
    preview: Preview = False,
    as_json: AsJson = False,
    language: Language = ShownLanguage.TH,
    demo: OnDemo = False,
) -> None:
    """Fit the timetable to what the fair is now."""
    from api.fairs.planning import mend_timetable

    space = workspace(demo=demo)
    with errors.status("ซ่อมตาราง / mending"):
        found = mend_timetable(space.database, id, DEED, cache_dir=space.settings.compiled_dir, preview=preview)
    _print_mended(found, as_json, language)


def absent(
    id: FairId,
    firm: FirmId,
    from_slot: Annotated[int, typer.Option("--from", min=1, help="ตั้งแต่ช่วงที่ / the first slot in which it is away.")] = 1,
    preview: Preview = False,
    as_json: AsJson = False,
    language: Language = ShownLanguage.TH,
    demo: OnDemo = False,
) -> None:
    """Call a participant's meetings off and mend the timetable; both sides are told."""
    from api.fairs import editing

    space = workspace(demo=demo)
    with errors.status("ซ่อมตาราง / mending"):
        found = editing.absent(
            space.database,
            links_of(space),
            id,
            firm,
            DEED,
            cache_dir=space.settings.compiled_dir,
            from_slot=from_slot - 1,
            preview=preview,
        )
    _print_mended(found, as_json, language)


def publish(id: FairId, as_json: AsJson = False, demo: OnDemo = False) -> None:
    """Publish the timetable in force: firms for which something is new are told, and the files are written."""
    from api.fairs import publishing

    space = workspace(demo=demo)
    version = publishing.publish(space.database, links_of(space), id, DEED)
    with errors.status("เขียนแฟ้ม / writing files"):
        folder = publishing.write_files(space.database, id, version, files_dir=space.settings.files_dir)
    if as_json:
        print_json({"fair": id, "version": version, "folder": str(folder)})
        return
    console.print(f"รุ่นที่ / version {version} → {folder}", markup=False, soft_wrap=True)


def _row(fair: Fair, slot: int, table: int, *pair: str) -> dict[str, Any]:
    """A place, and who meets there, numbered as people count."""
    at = fair.slots[slot]
    found = {"slot": slot + 1, "time": f"{at.start:%Y-%m-%d %H:%M}–{at.end:%H:%M}", "table": table}
    return found | dict(zip(("first", "second"), pair, strict=False))


def _made(number: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"timetable": number})
    else:
        console.print(f"ตารางรุ่นที่ / timetable {number}")


def _print_mended(found: Mended, as_json: bool, language: ShownLanguage) -> None:
    if as_json:
        moved = [[*pair, before + 1, after + 1] for pair, before, after in found.moved]
        print_json(
            {"timetable": found.number, "moved": moved, "gone": found.gone, "new": found.new, "fewest": found.fewest}
        )
        return
    console.print(said(found.what, language), markup=False, soft_wrap=True)
    for (a, b), before, after in found.moved:
        console.print(f"  {a} × {b}: {before + 1} → {after + 1}", markup=False)
    if found.number is not None:
        _made(found.number, as_json=False)
