"""`khukha fair`: fairs set up, looked at and taken away; who takes part."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from api.cli import fair_learning, fair_planning, fair_results
from api.cli.shared import AsJson, Language, OnDemo, ShownLanguage, console, print_json, said, workspace
from api.cli.show import print_summary
from api.store.fairs import Deed
from api.workspace import COMMAND_LINE
from matcher.exchange import Problem

DEED = Deed(COMMAND_LINE)
SHOWN = 20
"""Problems of a sheet that are printed."""

FairId = Annotated[str, typer.Argument(help="รหัสงาน / id of the fair.")]


def register(app: typer.Typer) -> None:
    """Add the subcommands."""
    group = typer.Typer(help="งานเจรจาธุรกิจ / fairs: lists, timetables, files, outcomes.", no_args_is_help=True)
    group.command("new", help="ตั้งงานใหม่ / set a fair up.")(new)
    group.command("list", help="งานทั้งหมด / all fairs.")(all_fairs)
    group.command("show", help="งานเป็นอย่างไร / how a fair stands.")(show)
    group.command("register", help="ลงทะเบียนผู้ร่วมงานจากแผ่นงาน / take in who takes part.")(register_sheet)
    group.command("template", help="แบบลงทะเบียน / the registration sheet to fill in.")(template)
    group.command("remove", help="ลบงาน / delete a fair with all that is of it.")(remove)
    fair_planning.register(group)
    fair_results.register(group)
    fair_learning.register(group)
    app.add_typer(group, name="fair")


def new(
    id: FairId,
    name: Annotated[str, typer.Option(help="ชื่องาน / its name in Thai.")],
    day: Annotated[list[str], typer.Option(help="As 2027-02-04; once for each day.")],
    session: Annotated[
        list[str], typer.Option(help="START,SLOTS,MINUTES as 09:00,5,30; held on every day, once for each.")
    ],
    tables: Annotated[int, typer.Option(min=1, help="โต๊ะ / meetings at once.")],
    name_en: Annotated[str | None, typer.Option(help="Its name in English.")] = None,
    venue: Annotated[str | None, typer.Option()] = None,
    dial: Annotated[float, typer.Option(min=0, max=1, help="0: best total; 1: Nash social welfare.")] = 0.0,
    hours: Annotated[int, typer.Option(min=1, help="In which a meeting request must be answered.")] = 72,
    demo: OnDemo = False,
) -> None:
    """Set a fair up; participants come with `khukha fair register`."""
    from api.store.fairs import add_fair
    from matcher.engine import Sentence
    from matcher.fair import Fair, Session

    days = [_day(one) for one in day]
    sessions = tuple(
        Session.even(f"{at}{part}", day=on, start=start, slots=slots, slot_minutes=minutes)
        for at, on in enumerate(days, 1)
        for part, (start, slots, minutes) in zip("abcdefghijklmnopqrstuvwxyz", map(_session, session), strict=False)
    )
    fair = Fair(id, Sentence(name, name_en or name), sessions, tables, ())
    with workspace(demo=demo).database.writing() as writing:
        add_fair(writing, fair, {"venue": venue, "dial": dial, "request_ttl_h": hours}, DEED)
    console.print(f"{len(days)} วัน / days · {len(fair.slots)} ช่วง / slots · {tables} โต๊ะ / tables → {escape(id)}")


def all_fairs(as_json: AsJson = False, language: Language = ShownLanguage.TH, demo: OnDemo = False) -> None:
    """All fairs, newest first."""
    from api.store.fairs import count_participants, list_fairs

    with workspace(demo=demo).database.reading() as session:
        rows, people = list_fairs(session), count_participants(session)
    found: list[dict[str, Any]] = [
        {
            "id": row.id,
            "name": row.name_th if language is ShownLanguage.TH else row.name_en,
            "participants": people.get(row.id, 0),
            "lists": row.planned,
            "timetable": row.timetable,
            "published": row.published,
        }
        for row in rows
    ]
    if as_json:
        print_json(found)
        return
    heads = ("รหัส", "ชื่องาน", "ผู้ร่วมงาน", "รายชื่อ", "ตาราง", "เผยแพร่") if language is ShownLanguage.TH else (
        "Id", "Name", "Participants", "Lists", "Timetable", "Published"
    )  # fmt: skip
    table = Table(*heads)
    for one in found:
        table.add_row(*(escape(str(value)) for value in one.values()))
    console.print(table)


def show(id: FairId, as_json: AsJson = False, language: Language = ShownLanguage.TH, demo: OnDemo = False) -> None:
    """How a fair stands, in figures."""
    from api.fairs.summary import summary

    with workspace(demo=demo).database.reading() as session:
        found = summary(session, id)
    if as_json:
        print_json(found)
        return
    console.rule(escape(said(found.name, language)), align="left")
    print_summary(console, found, language)


def register_sheet(
    id: FairId,
    file: Annotated[Path, typer.Argument(help=".xlsx หรือ .csv")],
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would happen.")] = False,
    as_json: AsJson = False,
    language: Language = ShownLanguage.TH,
    demo: OnDemo = False,
) -> None:
    """Take in who takes part; bad rows are told, the others go in. Ends with 2 where no row went in."""
    from api.fairs.registering import register as take_in

    found = take_in(workspace(demo=demo).database, id, file, DEED, preview=preview)
    if as_json:
        print_json(found)
    else:
        line = "อ่าน {} แถว · ใหม่ {} · เปลี่ยน {} · เหมือนเดิม {} · ความประสงค์ใหม่ {}" if language is ShownLanguage.TH else (
            "{} rows · {} new · {} changed · {} as before · {} new wishes"
        )  # fmt: skip
        counts = (found.rows, len(found.new), len(found.changed), found.same, found.preferences)
        console.print(line.format(*counts))
        _print_problems("✗", found.problems, language)
        _print_problems("●", found.warnings, language)
    if found.problems and not (found.new or found.changed or found.same):
        raise typer.Exit(2)


def template(
    id: FairId,
    file: Annotated[Path, typer.Argument(help="Ends in .xlsx.")],
    filled: Annotated[bool, typer.Option("--filled", help="With those who take part.")] = False,
    demo: OnDemo = False,
) -> None:
    """Write the registration sheet, with every firm to choose from."""
    from api.fairs.registering import write_sheet

    with workspace(demo=demo).database.reading() as session:
        write_sheet(session, id, file, filled=filled)
    console.print(f"แบบลงทะเบียน / registration sheet → {file}", soft_wrap=True, markup=False)


def remove(
    id: FairId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    even_if_published: Annotated[bool, typer.Option(help="With --yes: people may hold its timetable.")] = False,
    demo: OnDemo = False,
) -> None:
    """Delete a fair with participants, meetings, timetables, outcomes and files."""
    from api.fairs.setting_up import take_away
    from api.store.fairs import fair_row

    space = workspace(demo=demo)
    with space.database.reading() as session:
        published = fair_row(session, id).published
    if not yes:
        told = f" (เผยแพร่แล้ว / published: v{published})" if published else ""
        typer.confirm(f"ลบงาน {id}{told} ทั้งหมด เรียกคืนไม่ได้ / delete all of it, for good?", abort=True)
    take_away(space.database, id, even_if_published=even_if_published or not yes, files_dir=space.settings.files_dir)
    console.print(f"ลบแล้ว / deleted: {id}", markup=False)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise typer.BadParameter(f"{text!r} is no day: write it as 2027-02-04") from problem


def _session(text: str) -> tuple[time, int, int]:
    try:
        start, slots, minutes = text.split(",")
        return time.fromisoformat(start), int(slots), int(minutes)
    except ValueError as problem:
        raise typer.BadParameter(f"{text!r} is no session: write START,SLOTS,MINUTES as 09:00,5,30") from problem


def _print_problems(mark: str, problems: tuple[Problem, ...], language: ShownLanguage) -> None:
    for one in problems[:SHOWN]:
        console.print(f"{mark} {one.say('th' if language is ShownLanguage.TH else 'en')}", markup=False, soft_wrap=True)
    if len(problems) > SHOWN:
        console.print(f"… +{len(problems) - SHOWN}")
