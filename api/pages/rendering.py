"""From a template to a page: texts, addresses, dates and marked words, the same for all templates."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.pages.visiting import Visitor
from api.pages.words import Language, label, say
from api.settings import BANGKOK

HERE = Path(__file__).parent
_THAI = re.compile("[\u0e00-\u0e7f]")
_MONTHS_TH = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."]
_MONTHS_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
    undefined=StrictUndefined,
)


@dataclass(frozen=True, slots=True)
class Speech:
    """A language's way to say things, for templates."""

    language: Language

    def __call__(self, text: str, /, **values: object) -> str:
        """A text of the table."""
        return say(text, self.language, **values)

    def n(self, name: str, count: int) -> str:
        """A text with a number; its singular where there is one and the number is 1."""
        return say(f"{name}_1" if count == 1 else f"{name}_n", self.language, n=f"{count:,}")

    def of(self, sentence: Mapping[str, str]) -> str:
        """A sentence that has both languages."""
        return sentence[self.language]

    def label(self, code: str) -> str:
        """A stage, a size or what is sought."""
        return label(code, self.language)

    def day(self, day: date) -> str:
        """A day as people write it; Thai pages count years in the Buddhist era."""
        if self.language == "th":
            return f"{day.day} {_MONTHS_TH[day.month - 1]} {day.year + 543}"
        return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"

    def moment(self, moment: datetime) -> str:
        """A moment on Thai clocks."""
        local = moment.astimezone(BANGKOK)
        return f"{self.day(local.date())} {local:%H:%M}" + (" น." if self.language == "th" else "")

    def name(self, firm: Mapping[str, Any]) -> str:
        """A firm's name."""
        return str(firm["name_th"] if self.language == "th" else firm["name_en"] or firm["name_th"])

    def url(self, path: str, pairs: Iterable[tuple[str, object]] = ()) -> str:
        """The address of a page in this language."""
        return address(path, pairs, language=self.language)


def address(path: str, pairs: Iterable[tuple[str, object]] = (), *, language: Language) -> str:
    """The address of a page: its path, under /en for English, and its query."""
    query = urlencode([(name, value) for name, value in pairs if value not in ("", None)])
    prefix = "/en" if language == "en" else ""
    return f"{prefix}{quote(path, safe='/')}" + (f"?{query}" if query else "")


def language_of_text(text: str) -> Language:
    """Thai where there is a Thai letter in it."""
    return "th" if _THAI.search(text) else "en"


def pieces(text: str, spans: Iterable[Mapping[str, Any]]) -> list[tuple[str, bool]]:
    """A text cut at its evidence: each piece with whether it is marked.

    A text that is evidence as a whole is not marked at all: that would only shout.

    Example: `pieces("ผ้าไหม", [{"start": 3, "end": 6}]) -> [("ผ้า", False), ("ไหม", True)]`
    """
    found, at = [], 0
    for span in sorted(spans, key=lambda span: (span["start"], span["end"])):
        start, end = max(at, span["start"]), min(len(text), span["end"])
        if start < end:
            found += [(text[at:start], False), (text[start:end], True)]
            at = end
    found.append((text[at:], False))
    if sum(len(piece) for piece, marked in found if marked) >= len(text.strip()):
        return [(text, False)]
    return [(piece, marked) for piece, marked in found if piece]


@cache
def static_url(name: str) -> str:
    """The address of a file of ours, new whenever the file is."""
    digest = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def render(visitor: Visitor | None, template: str, *, language: Language, path: str, **values: Any) -> str:
    """A template as text; `path` is the page's own, without language, with its query."""
    speech = Speech(language)
    other: Language = "th" if language == "en" else "en"
    return templates.get_template(template).render(
        t=speech,
        language=language,
        visitor=visitor,
        here_url=("/en" if language == "en" else "") + path,
        other_url=("/en" if other == "en" else "") + path,
        other=other,
        **values,
    )


def page(
    visitor: Visitor,
    template: str,
    *,
    path: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page for a visitor."""
    text = render(visitor, template, language=visitor.language, path=path, **values)
    return answer(text, status=status, headers=headers)


def answer(text: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """HTML that only this browser may keep, and asks about before it shows it again."""
    kept = {"Cache-Control": "private, no-cache", "Vary": "Cookie"}
    return HTMLResponse(text, status_code=status, headers=kept | dict(headers or {}))


templates.globals.update(
    static_url=static_url, lang_of=language_of_text, pieces=pieces, today=lambda: datetime.now(BANGKOK).date()
)
