"""What the subcommands share: options, the workspace, progress bars, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.settings import Settings
from api.workspace import Workspace
from matcher.engine.answer import Sentence

Report = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]


class ShownLanguage(StrEnum):
    """Language of what is printed."""

    TH = "th"
    EN = "en"


Language = Annotated[ShownLanguage, typer.Option("--lang", help="th หรือ en / language of the output.")]

_DOING = {
    "vectors": "อ่านข้อความ / encoding",
    "words": "ทำดัชนีคำ / indexing words",
    "wants": "ทำดัชนีความต้องการ / indexing needs",
    "rows": "อ่านแถว / reading rows",
    "topics": "ประเมิน / evaluating",
    "scores": "ให้คะแนนคู่ / scoring pairs",
    "lists": "จัดรายชื่อคู่เจรจา / match lists",
    "reasons": "หาเหตุผล / reasons",
    "breaks": "จัดตารางนัด (ช่วงรอ) / timetable (breaks)",
    "lower layers": "คำนวณชั้นล่างของแบบจำลอง / the model's lower layers",
    "tuning": "ปรับแบบจำลอง / tuning the model",
}


OnDemo = Annotated[bool, typer.Option("--demo", help="ใช้ข้อมูลตัวอย่าง / ask the demo catalog.")]


def workspace(*, demo: bool = False, model: str | None = None) -> Workspace:
    """The workspace of the settings in force, or that of the demo catalog beside it; or with another model."""
    settings = Settings(demo=True) if demo else Settings()
    return Workspace(settings.model_copy(update={"model": model}) if model else settings)


@contextmanager
def progress() -> Iterator[Report]:
    """A progress bar on standard error, shown only while something long is going on."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
    )
    tasks: dict[str, Any] = {}

    def report(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(_DOING.get(what, what), total=total)
        bar.update(tasks[what], completed=done)

    with bar:
        yield report


def said(sentence: Sentence, language: ShownLanguage) -> str:
    """A sentence in the language of the output."""
    return sentence.th if language is ShownLanguage.TH else sentence.en


def print_json(value: object) -> None:
    """Print a dataclass or plain data as JSON, Thai as it is."""
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    sys.stdout.write(json.dumps(plain, ensure_ascii=False, indent=1, default=_jsonable) + "\n")


def _jsonable(value: object) -> object:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)
