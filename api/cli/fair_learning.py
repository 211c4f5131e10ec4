"""`khukha fair learn`: a fair's chances, learned from what was answered and told."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from api.cli.fair_planning import DEED, FairId
from api.cli.shared import AsJson, Language, OnDemo, ShownLanguage, console, print_json, workspace
from matcher.fair.chance import Belief
from matcher.fair.outcomes.learning import Learnt

_NUMBERS = ("scale", "shift", "to_sell", "to_buy", "to_join")


def register(group: typer.Typer) -> None:
    """Add the subcommand."""
    group.command(help="เรียนรู้โอกาสจากคำตอบและผลจริง / learn chances from answers and outcomes; a look at first.")(learn)


def learn(
    id: FairId,
    of: Annotated[
        list[str] | None, typer.Option("--from", help="Fairs to learn from; the fair itself if none.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="ใช้กับรายชื่อครั้งต่อไป / use it from the next lists on.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="ถอนครั้งล่าสุด / take back what was learned last.")] = False,
    as_json: AsJson = False,
    language: Language = ShownLanguage.TH,
    demo: OnDemo = False,
) -> None:
    """Learn from answers and outcomes."""
    from api.fairs import learning

    if apply and undo:
        raise typer.BadParameter("--apply or --undo, not both")
    database, thai = workspace(demo=demo).database, language is ShownLanguage.TH
    if undo:
        _print_undone(learning.take_back(database, id, DEED), as_json=as_json, thai=thai)
        return
    if apply:
        lesson = learning.apply(database, id, DEED, of=of or ())
    else:
        with database.reading() as session:
            lesson = learning.preview(session, id, of=of or ())
    if as_json:
        print_json(learning.as_plain(lesson))
        return
    learnt = lesson.learnt
    line = "{} answers of {} firms, {} yes · left out: {}"
    if thai:
        line = "{} คำตอบจาก {} กิจการ ตกลง {} · ไม่ใช้: {}"
    left_out = " · ".join(f"{why} {count}" for why, count in lesson.left_out.items()) or "–"
    console.print(line.format(learnt.answers, learnt.firms, learnt.yes, left_out), markup=False, soft_wrap=True)
    console.print(_beliefs(lesson.in_force, learnt.belief, thai=thai))
    console.print(_reliability(learnt, thai=thai))
    if apply:
        console.print("ใช้กับรายชื่อครั้งต่อไป" if thai else "in force from the next lists on")
    elif not learnt.enough:
        console.print("คำตอบยังน้อยเกินไป" if thai else "too few answers to use it")
    else:
        console.print("--apply เพื่อใช้" if thai else "--apply puts it in force")


def _beliefs(old: Belief, new: Belief, *, thai: bool) -> Table:
    table = Table(*(("ตัวเลข", "ตอนนี้", "ที่เรียนรู้") if thai else ("Number", "In force", "Learned")))
    for name in _NUMBERS:
        table.add_row(name, *(f"{belief.as_table()[name]:.3f}" for belief in (old, new)))
    return table


def _reliability(learnt: Learnt, *, thai: bool) -> Table:
    heads = ("โอกาสที่บอก", "คำตอบ", "ตกลงจริง") if thai else ("Chance said", "Answers", "Said yes")
    usual, after = ("เดิม", "หลังเรียนรู้") if thai else ("usual", "learned")
    table = Table("", *heads)
    for name, found in ((usual, learnt.before), (after, learnt.after)):
        for one in found.bins:
            if one.count:
                table.add_row(name, f"{one.said:.2f}", str(one.count), f"{one.found:.2f}")
        table.add_row(name, f"Brier {found.brier:.4f}", "", f"± {found.error:.3f}", end_section=True)
    return table


def _print_undone(belief: Belief, *, as_json: bool, thai: bool) -> None:
    if as_json:
        print_json(belief.as_table())
        return
    numbers = " · ".join(f"{name} {value:.3f}" for name, value in belief.as_table().items())
    console.print(f"{'กลับไปใช้' if thai else 'in force again'}: {numbers}", markup=False, soft_wrap=True)
