"""`khukha lists diff`: what changed between two lists, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.cli.shared import AsJson, Language, OnDemo, ShownLanguage, console, print_json, said, workspace
from api.workspace import Workspace
from matcher.fair import ListRun, diff
from matcher.fair.runs import read_run, run_of

Lists = Annotated[str, typer.Argument(help="A published folder, its lists.json, or FAIR#NUMBER.")]
_KINDS = {"added": ("[green]+[/]", "เพิ่ม", "added"), "removed": ("[red]−[/]", "ออก", "gone"),
          "score": ("[yellow]±[/]", "โอกาสเปลี่ยน", "chance")}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    group = typer.Typer(help="รายชื่อคู่เจรจา / match lists.", no_args_is_help=True)
    group.callback()(_group)
    group.command("diff", help="อะไรเปลี่ยน และทำไม / what changed between two lists, and why.")(compare)
    app.add_typer(group, name="lists")


def compare(
    before: Lists,
    after: Lists,
    as_json: AsJson = False,
    language: Language = ShownLanguage.TH,
    demo: OnDemo = False,
) -> None:
    """Every pair that came, went or changed."""
    space = workspace(demo=demo)
    found = diff(_run(space, before), _run(space, after))
    if as_json:
        print_json([
            {"kind": one.kind, "first": one.first, "second": one.second, "before": one.before, "after": one.after,
             "why": {"th": one.why.th, "en": one.why.en}}
            for one in found
        ])  # fmt: skip
        return
    thai = language is ShownLanguage.TH
    if not found:
        console.print("เหมือนกันทุกคู่" if thai else "no pair differs")
        return
    heads = ("ระหว่าง", "กับ", "ก่อน", "หลัง", "เพราะ") if thai else ("Of", "And", "Before", "After", "Because")
    table = Table("", *heads)
    for one in found:
        chances = ("–" if chance is None else f"{chance:.2f}" for chance in (one.before, one.after))
        ids, why = map(escape, (one.first, one.second)), escape(said(one.why, language))
        table.add_row(_KINDS[one.kind][0], *ids, *chances, why)
    console.print(table)
    counts = {kind: sum(one.kind == kind for one in found) for kind in _KINDS}
    console.print(" · ".join(f"{_KINDS[kind][1 if thai else 2]} {count}" for kind, count in counts.items()))


def _group() -> None:
    """Keep the group a group, though it has one command."""


def _run(space: Workspace, name: str) -> ListRun:
    """Lists from a folder, or from the database."""
    from api.store.timetables import get_lists

    if Path(name).exists():
        return read_run(name)
    fair_id, mark, number = name.rpartition("#")
    if not mark or not number.isascii() or not number.isdigit():
        raise typer.BadParameter(f"{name!r} is neither a folder with lists nor FAIR#NUMBER, as demo#1")
    with space.database.reading() as session:
        row = get_lists(session, fair_id, int(number))
        return run_of(row.lists, row.manifest)
