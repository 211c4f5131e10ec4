"""Files and firms that the tests of this folder make."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import openpyxl
from hypothesis import strategies as st

from matcher.domain import Certificate, Firm, Need, Offer, Position, Seeking, Size, Stage, load_provinces
from matcher.exchange import Imported, Problem, read_catalog
from matcher.exchange.values import NOTHING

CITIZEN_NUMBER = "3100600445635"
"""Valid by its checksum; the example of python-stdnum."""
JURISTIC_ID = "0105536112014"

HEADER = ["รหัส", "ชื่อกิจการ", "จังหวัด", "สินค้า/บริการ"]


def write_jsonl(path: Path, *objects: object) -> Path:
    """A JSON-lines file; a text stands for a line as it is."""
    lines = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in objects]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def write_csv(path: Path, *rows: list[object], encoding: str = "utf-8-sig", delimiter: str = ",") -> Path:
    """A CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, *rows: list[object]) -> Path:
    """A workbook of one sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    for cells in book.worksheets[0]:
        for cell in cells:
            cell.data_type = "s" if cell.data_type == "f" else cell.data_type
    book.save(path)
    return path


def read_rows(tmp_path: Path, *rows: list[object]) -> Imported:
    """What importing a sheet of these rows gives."""
    return read_catalog(write_xlsx(tmp_path / "sheet.xlsx", *rows))


def read_fields(tmp_path: Path, **fields: object) -> Imported:
    """What importing a sheet of one firm gives, with these fields beside a name and an offer."""
    said = {"name_th": "ร้านทดสอบ", "province_th": "กระบี่", "offers": "กล้วยฉาบ"} | fields
    return read_rows(tmp_path, list(said), list(said.values()))


def kinds(problems: tuple[Problem, ...]) -> list[str]:
    """Their kinds, in order."""
    return [problem.kind for problem in problems]


_exact = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)
TEXTS = st.one_of(
    _exact.filter(lambda text: any(char.isalnum() for char in text)),
    st.sampled_from(["=1+1", "กล้วย; ฉาบ", "a\nb"]),
)
"""Texts of any characters a file can hold."""

LINES = (
    st.one_of(
        st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=30),
        st.lists(st.sampled_from(["กล้วย", "ผ้าไหม", "=1+1", "'", ";", "\\", ",", "@x", "-5", "_x0041_"])).map(" ".join),
    )
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: any(char.isalnum() for char in text) and text.lower() not in NOTHING)
)
"""Texts as a cell of a sheet keeps them: one line, no spaces around it."""

IDS = st.from_regex(r"[a-z0-9กขค][a-zA-Z0-9กขค_/.-]{0,10}", fullmatch=True).filter(lambda id: id not in NOTHING)
CLUSTERS = st.sampled_from(["sport", "agritech", "betta"])
PROVINCES = st.sampled_from(sorted(load_provinces().by_th))
PRICES = st.floats(0, 1e12, allow_nan=False)


def maybe(strategy: st.SearchStrategy) -> st.SearchStrategy:
    """The strategy or None."""
    return st.none() | strategy


@st.composite
def catalogs(draw: st.DrawFn) -> list[Firm]:
    """Catalogs that use every field of the catalog format."""
    return [draw(_firms(id)) for id in draw(st.lists(IDS, max_size=3, unique=True))]


@st.composite
def _firms(draw: st.DrawFn, id: str) -> Firm:
    texts, stages = TEXTS, st.sampled_from(Stage)
    offers = [
        Offer(
            f"{id}/o{number}",
            draw(texts),
            draw(maybe(CLUSTERS)),
            draw(maybe(stages)),
            draw(maybe(texts)),
            draw(maybe(texts)),
            draw(maybe(texts)),
            draw(maybe(PRICES)),
            draw(maybe(st.integers(0, 3650))),
        )
        for number in range(draw(st.integers(0, 2)))
    ]
    needs = [
        Need(
            f"{id}/n{number}",
            draw(texts),
            draw(maybe(CLUSTERS)),
            draw(maybe(stages)),
            draw(maybe(texts)),
            draw(maybe(st.sampled_from(Seeking))),
            tuple(draw(st.lists(texts, max_size=2))),
            draw(maybe(texts)),
            draw(maybe(texts)),
            draw(maybe(texts)),
        )
        for number in range(draw(st.integers(0, 2)))
    ]
    dates = st.dates(min_value=date(1950, 1, 1)).filter(lambda day: day.year < 2200)
    return Firm(
        id=id,
        name_th=draw(texts),
        name_en=draw(maybe(texts)),
        province_th=draw(maybe(PROVINCES)),
        size=draw(maybe(st.sampled_from(Size))),
        description=draw(texts if not (offers or needs) else st.just("") | texts),
        certificates=tuple(
            draw(st.lists(st.builds(Certificate, texts, maybe(texts), maybe(dates)), max_size=2)),
        ),
        positions=tuple(draw(st.lists(st.builds(Position, maybe(CLUSTERS), maybe(stages), maybe(texts)), max_size=2))),
        offers=tuple(offers),
        needs=tuple(needs),
        juristic_id=draw(maybe(st.just(JURISTIC_ID))),
    )


@st.composite
def sheet_catalogs(draw: st.DrawFn) -> list[Firm]:
    """Catalogs of firms that a sheet can hold whole: every offer stands where its firm says it stands."""
    return [draw(_sheet_firms(id)) for id in draw(st.lists(IDS, max_size=3, unique=True))]


@st.composite
def _sheet_firms(draw: st.DrawFn, id: str) -> Firm:
    place = st.builds(Position, CLUSTERS, st.sampled_from(Stage), maybe(LINES))
    key = lambda position: (position.cluster, position.stage)  # noqa: E731
    positions = draw(st.lists(place, max_size=3, unique_by=key))
    places = [(one.cluster, one.stage, role) for one in positions for role in {one.role, None}]
    places += [(None, None, None), ("health", None, None)]
    satang = st.integers(0, 10**12).map(lambda number: number / 100)  # a workbook keeps 15 digits
    facts = st.tuples(maybe(LINES), maybe(LINES), maybe(satang), maybe(st.integers(0, 3650)))
    offers = [(draw(LINES), *draw(st.sampled_from(places)), *draw(facts)) for _ in range(draw(st.integers(0, 4)))]
    needs = [
        (
            draw(LINES),
            draw(maybe(CLUSTERS)),
            draw(maybe(st.sampled_from(Stage))),
            draw(maybe(st.sampled_from(Seeking))),
        )
        for _ in range(draw(st.integers(0, 4)))
    ]
    codes = st.sampled_from(["GMP", "ISO 9001:2015", "มผช. 12/2546", "a;b,c", "GI (ไหม, ฝ้าย)"])
    dates = st.dates(min_value=date(1950, 1, 1)).filter(lambda day: day.year < 2200)
    held = st.lists(st.builds(Certificate, codes, st.none(), maybe(dates)), max_size=3, unique=True)
    return Firm(
        id=id,
        name_th=draw(LINES),
        name_en=draw(maybe(LINES)),
        province_th=draw(maybe(PROVINCES)),
        size=draw(maybe(st.sampled_from(Size))),
        description=draw(LINES if not (offers or needs) else st.just("") | LINES),
        certificates=tuple(draw(held)),
        positions=tuple(positions),
        offers=tuple(Offer(f"{id}/o{number}", *offer) for number, offer in enumerate(offers, 1)),
        needs=tuple(
            Need(f"{id}/n{number}", text, cluster, stage, seeking=seeking)
            for number, (text, cluster, stage, seeking) in enumerate(needs, 1)
        ),
        juristic_id=draw(maybe(st.just(JURISTIC_ID))),
    )
