"""`khukha fair`: participants' links, meeting requests, and what came of the meetings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from api.cli.fair_planning import DEED, FairId, FirmId, links_of
from api.cli.shared import AsJson, Language, OnDemo, ShownLanguage, console, print_json, said, workspace
from api.store.fairs import Deed
from api.workspace import COMMAND_LINE
from matcher.fair.meetings import MeetingState
from matcher.fair.outcomes import OUTCOME_LABELS, Outcome

By = Annotated[str, typer.Argument(help="กิจการที่ขอหรือตอบ / the firm for which you act.")]


def register(group: typer.Typer) -> None:
    """Add the subcommands."""
    group.command(help="ลิงก์ของผู้ร่วมงาน / participants' links, or withdraw them.")(links)
    group.command(help="คำขอนัดและคำตอบ / meeting requests and answers.")(requests)
    group.command(help="ขอนัดแทนกิจการ / ask for a meeting for a firm.")(ask)
    group.command(help="ตอบแทนกิจการ / answer for a firm: yes or no.")(answer)
    group.command(help="ต้องพบ / two firms must meet.")(pin)
    group.command(help="ไม่ให้พบ / two firms do not meet.")(veto)
    group.command(help="ผลการเจรจาที่แจ้งแล้ว / what was told of meetings.")(outcomes)
    group.command(help="บันทึกผลการเจรจา / say what came of a meeting.")(tell)
    group.command(help="รายงานคู่เจรจาและมูลค่า / the report of pairs and baht; a file if one is named.")(report)


def links(
    id: FairId,
    firms: Annotated[list[str] | None, typer.Argument(help="รหัสกิจการ / ids of firms; all if none are given.")] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="End the links that were given out.")] = False,
    as_json: AsJson = False,
    demo: OnDemo = False,
) -> None:
    """Links to participants' pages; whoever has one may answer for the firm."""
    from api.fairs.people import link_paths, withdraw_links
    from api.store.fairs import load_fair

    space = workspace(demo=demo)
    if withdraw and not firms:
        raise typer.BadParameter("name the firms whose links shall end")
    if withdraw:
        with space.database.writing() as session:
            for firm in firms or ():
                withdraw_links(session, id, firm, DEED)
    with space.database.reading() as session:
        paths = link_paths(session, links_of(space), load_fair(session, id), firms or None)
    base = space.settings.public_url.rstrip("/")
    found = [{"firm_id": firm, "url": base + path} for firm, path in paths.items()]
    if as_json:
        print_json(found)
        return
    for one in found:
        console.print(f"{one['firm_id']}\t{one['url']}", markup=False, soft_wrap=True)


def requests(
    id: FairId,
    firm: Annotated[str | None, typer.Option(help="Only of this firm.")] = None,
    state: Annotated[
        list[MeetingState] | None, typer.Option(help="Only in these states; waiting ones if not given.")
    ] = None,
    as_json: AsJson = False,
    language: Language = ShownLanguage.TH,
    demo: OnDemo = False,
) -> None:
    """Meetings that were asked for."""
    from api.store.fairs import fair_row
    from api.store.meetings import find_meetings

    with workspace(demo=demo).database.reading() as session:
        fair_row(session, id)
        found = find_meetings(session, id, firm_id=firm, states=state or [MeetingState.REQUESTED])
    rows: list[dict[str, Any]] = [
        {
            "first": one.meeting.first,
            "second": one.meeting.second,
            "state": str(one.meeting.state),
            "asked_by": one.meeting.asked_by,
            "first_said": one.meeting.first_said,
            "second_said": one.meeting.second_said,
            "expires_at": one.meeting.expires_at,
            "message": one.message,
        }
        for one in found
    ]
    if as_json:
        print_json(rows)
        return
    thai = language is ShownLanguage.TH
    marks = {True: "ตกลง" if thai else "yes", False: "ไม่" if thai else "no", None: "–"}
    table = Table(*(("ระหว่าง", "กับ", "สถานะ", "ผู้ขอ", "ฝ่ายแรก", "อีกฝ่าย") if thai else (
        "Of", "And", "State", "Asked by", "First", "Second"
    )))  # fmt: skip
    for one in rows:
        said_so = (marks[one["first_said"]], marks[one["second_said"]])
        ids = (one["first"], one["second"], one["state"], one["asked_by"] or "–")
        table.add_row(*map(escape, ids), *said_so)
    console.print(table)


def ask(
    id: FairId,
    by: By,
    other: FirmId,
    message: Annotated[str | None, typer.Option(help="What the firm writes.")] = None,
    demo: OnDemo = False,
) -> None:
    """Ask for a meeting for a firm."""
    from api.fairs import meetings

    space, deed = workspace(demo=demo), Deed(COMMAND_LINE, by)
    found = meetings.ask(space.database, links_of(space), id, by=by, other=other, deed=deed, message=message)
    console.print(f"{by} × {other}: {found.meeting.state}", markup=False)


def answer(
    id: FairId,
    by: By,
    other: FirmId,
    yes: Annotated[bool, typer.Option("--yes/--no", help="ตกลง / ไม่ขอพบ")],
    demo: OnDemo = False,
) -> None:
    """Answer for a firm."""
    from api.fairs import meetings

    space, deed = workspace(demo=demo), Deed(COMMAND_LINE, by)
    found = meetings.answer(space.database, links_of(space), id, by=by, other=other, yes=yes, deed=deed)
    console.print(f"{by} × {other}: {found.meeting.state}", markup=False)


def pin(id: FairId, first: FirmId, second: FirmId, demo: OnDemo = False) -> None:
    """Two firms must meet, from now on in all lists."""
    from api.fairs import editing

    editing.pin(workspace(demo=demo).database, id, (first, second), DEED)
    console.print(f"ต้องพบ / must meet: {first} × {second}", markup=False)


def veto(id: FairId, first: FirmId, second: FirmId, demo: OnDemo = False) -> None:
    """Two firms do not meet; what is held between them is off."""
    from api.fairs import editing

    space = workspace(demo=demo)
    editing.veto(space.database, links_of(space), id, (first, second), DEED)
    console.print(f"ไม่พบ / do not meet: {first} × {second}", markup=False)


def outcomes(id: FairId, as_json: AsJson = False, language: Language = ShownLanguage.TH, demo: OnDemo = False) -> None:
    """What was told, in the order it was."""
    from api.fairs.outcomes import told_of
    from api.store.fairs import fair_row
    from api.store.meetings import list_outcomes

    with workspace(demo=demo).database.reading() as session:
        fair_row(session, id)
        found = [told_of(row) for row in list_outcomes(session, id)]
    if as_json:
        print_json([
            {"first": one.first, "second": one.second, "by": one.by, "outcome": str(one.outcome),
             "expected_thb": one.expected_thb, "actual_thb": one.actual_thb, "note": one.note}
            for one in found
        ])  # fmt: skip
        return
    for told in found:
        who = told.by or ("ผู้จัดงาน" if language is ShownLanguage.TH else "organiser")
        worth = " / ".join("–" if value is None else f"{value:,}" for value in (told.expected_thb, told.actual_thb))
        label = said(OUTCOME_LABELS[told.outcome], language)
        console.print(f"{told.first} × {told.second} · {who}: {label} · {worth} ฿", markup=False, soft_wrap=True)


def tell(
    id: FairId,
    first: FirmId,
    second: FirmId,
    outcome: Outcome,
    by: Annotated[str | None, typer.Option(help="The firm that told it; the organiser if not given.")] = None,
    expected: Annotated[int | None, typer.Option(min=0, help="มูลค่าคาดการณ์ 1 ปี / expected in a year, baht.")] = None,
    actual: Annotated[int | None, typer.Option(min=0, help="มูลค่าซื้อขายจริง / traded, baht.")] = None,
    note: str = "",
    demo: OnDemo = False,
) -> None:
    """Say what came of a meeting; it replaces what the same teller said before."""
    from api.fairs import outcomes as results
    from api.store.tables import now
    from matcher.fair.outcomes import Told

    told = Told(first, second, by, outcome, now(), expected, actual, note)
    results.tell(workspace(demo=demo).database, id, told, Deed(COMMAND_LINE, by))
    console.print(f"{first} × {second}: {outcome}", markup=False)


def report(
    id: FairId,
    file: Annotated[Path | None, typer.Argument(help="Ends in .xlsx or .csv.")] = None,
    as_json: AsJson = False,
    language: Language = ShownLanguage.TH,
    demo: OnDemo = False,
) -> None:
    """Pairs that met and their baht."""
    import sys

    from api.fairs.outcomes import outcome_report, report_csv, report_workbook
    from api.store.fairs import fair_row

    space = workspace(demo=demo)
    with space.database.reading() as session:
        row, found = fair_row(session, id), outcome_report(session, id, space.chains)
        title, made_at = (row.name_th if language is ShownLanguage.TH else row.name_en), row.made_at
    if file is not None:
        if file.suffix.lower() not in {".xlsx", ".csv"}:
            raise typer.BadParameter("a report ends in .xlsx or .csv")
        data = (
            report_csv(found, language.value)
            if file.suffix.lower() == ".csv"
            else report_workbook(found, language.value, title=title, at=made_at)
        )
        file.write_bytes(data)
        console.print(f"→ {file}", markup=False, soft_wrap=True)
    elif as_json:
        sys.stdout.write(found.as_json().decode())
    else:
        total = found.total
        line = "{} meetings · {} answered · {} pairs met · {:,} THB expected in a year · {:,} THB traded"
        if language is ShownLanguage.TH:
            line = "{} นัด · แจ้งผลแล้ว {} · คู่เจรจา {} · คาดการณ์ 1 ปี {:,} บาท · ซื้อขายจริง {:,} บาท"
        figures = (total.meetings, total.answered, total.met, total.expected_thb, total.actual_thb)
        console.print(line.format(*figures), soft_wrap=True)
        console.print(said(found.rule, language), markup=False, soft_wrap=True)
