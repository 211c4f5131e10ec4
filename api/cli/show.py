"""Answers as a person reads them, and as a program does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from api.cli.shared import ShownLanguage
from matcher.domain import EdgeKind, Firm
from matcher.domain.words import LABELS_TH
from matcher.engine import Answer, Match, Sentence, Span

if TYPE_CHECKING:
    from api.fairs.summary import Summary

_TH = {
    "because": "ตรงกับที่ขอ",
    "none": "ไม่พบรายที่ตรง",
    "near": "ใกล้เคียง แต่ขาดเงื่อนไข",
    "matched": "ตรง",
    "assumed": "สันนิษฐาน",
    "missing": "ยังขาด",
    "ask": "ถามต่อ",
    "passing": "ผ่าน",
    "firms": "ราย",
}
_EN = {
    "because": "answers",
    "none": "No good answer",
    "near": "Near, but failing a condition",
    "matched": "met",
    "assumed": "assumed",
    "missing": "missing",
    "ask": "ask",
    "passing": "passing",
    "firms": "firms",
}


def print_answer(console: Console, answer: Answer, language: ShownLanguage) -> None:
    """Print an answer with its evidence."""
    words = _TH if language is ShownLanguage.TH else _EN
    for gate in answer.gates:
        console.print(
            f"[dim]● {_say(gate.condition, language)} — {words['passing']} {gate.passing} {words['firms']}[/]"
        )
    if not answer.good:
        console.print(f"[yellow]{words['none']}.[/] {_say(answer.advice, language) if answer.advice else ''}")
    for place, match in enumerate(answer.matches, 1):
        _print_match(console, place, match, language, words)
    if answer.near:
        console.print(f"[yellow]{words['near']}[/]")
        for place, match in enumerate(answer.near, 1):
            _print_match(console, place, match, language, words)


def _print_match(console: Console, place: int, match: Match, language: ShownLanguage, words: dict[str, str]) -> None:
    thai = language is ShownLanguage.TH
    firm = match.firm
    console.print(
        f"[bold]{place}. {escape(_name(firm, thai))}[/]  {escape(firm.province_th or '')}  "
        f"[cyan]{match.score:.2f}[/]  [dim]{firm.id}[/]"
    )
    shown = match.offer or match.need
    if shown:
        console.print(Text("   ") + _marked(shown.text, match.evidence.offered))
    asked = " … ".join(span.text.strip() for span in match.evidence.asked)
    console.print(f"   [dim]{words['because']}:[/] {escape(asked)}")
    chain = match.evidence.chain
    if chain.kind is not EdgeKind.NONE and chain.seller and chain.buyer:
        seller, buyer = (chain.seller.th, chain.buyer.th) if thai else (chain.seller.en, chain.buyer.en)
        console.print(f"   [magenta]{escape(seller)} → {escape(buyer)}[/]")
    elif role := chain.seller or chain.buyer:
        stage = LABELS_TH[role.stage] if thai else role.stage
        console.print(f"   [magenta]{stage}: {escape(role.th if thai else role.en)}[/]")
    for key, sentences in (
        ("matched", match.evidence.matched),
        ("assumed", match.evidence.assumed),
        ("missing", match.evidence.missing),
    ):
        if sentences:
            console.print(f"   [dim]{words[key]}: {escape(_join(sentences, language))}[/]")
    console.print(f"   [dim]{words['ask']}: {escape(_say(match.evidence.next_question, language))}[/]")


def _name(firm: Firm, thai: bool) -> str:
    return firm.name_th if thai else firm.name_en or firm.name_th


def _say(sentence: Sentence, language: ShownLanguage) -> str:
    return sentence.th if language is ShownLanguage.TH else sentence.en


def _join(sentences: Sequence[Sentence], language: ShownLanguage) -> str:
    return " · ".join(_say(sentence, language) for sentence in sentences)


def _marked(text: str, spans: Sequence[Span]) -> Text:
    marked = Text(text)
    if sum(span.end - span.start for span in spans) < len(text):
        for span in spans:
            marked.stylize("bold green", span.start, span.end)
    return marked


def print_summary(console: Console, known: Summary, language: ShownLanguage) -> None:
    """Print where a fair stands."""
    thai = language is ShownLanguage.TH
    sizes = (known.participants, known.days, known.slots, known.tables)
    line = "{} ราย · {} วัน · {} ช่วงเวลา · {} โต๊ะ" if thai else "{} firms · {} days · {} slots · {} tables"
    console.print(line.format(*sizes), soft_wrap=True)
    if known.planned:
        lists = (known.held, known.enough, known.reasons_a_pair, known.price_of_fairness or 0.0)
        line = (
            "{} นัด · ได้ตั้งแต่ 4 นัดขึ้นไป {:.0%} ของกิจการ · เหตุผล {:.1f} ข้อต่อคู่ · ราคาของความเป็นธรรม {:.1f}%"
            if thai
            else "{} meetings · {:.0%} of firms have four or more · {:.1f} reasons a pair · price of fairness {:.1f}%"
        )
        console.print(line.format(*lists), soft_wrap=True)
    if known.timetable:
        line = "มีเวลาแล้ว {} นัด · ช่วงรอ {} ครั้ง" if thai else "{} timed · {} breaks"
        if known.fewest_breaks is not None:
            line += " (พิสูจน์ได้ว่าไม่ต่ำกว่า {})" if thai else " (proven: not below {})"
        console.print(line.format(known.timed, known.breaks, known.fewest_breaks), soft_wrap=True)
    for id, why in known.unmet.items():
        console.print(f"  {id}: {_say(why, language)}", markup=False, soft_wrap=True)
