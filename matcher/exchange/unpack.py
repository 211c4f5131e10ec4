"""The first sheet of a workbook, written to standard output row by row. Run as a process of its own, by its path.

The parser lays a sheet out as a full rectangle and copies a shared text into every cell that names it: a file of
some kilobytes may ask for gigabytes. Here it gets so much memory and time and no more, and what dies is this
process. It imports nothing of ours, so that it starts in a tenth of a second.

Each line is a row as JSON: numbers, texts and truths as they are, `["date", "2027-02-04"]` for what JSON lacks.
The last line is `"end"`, or `{"problem": …}`.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, load_workbook

MAX_MEMORY_BYTES = 300_000_000
"""Of address space, of which a bare interpreter with the parser takes some 100 MB."""
MAX_CPU_S = 20
MAX_BYTES = 50_000_000
TOO_MUCH = "takes too much memory or time to read"


def main(path: str) -> None:
    """Write the rows of a workbook."""
    written = 0
    try:
        with load_workbook(path) as workbook:
            for row in workbook.get_sheet_by_index(0).iter_rows():
                while row and row[-1] in ("", None):
                    row.pop()
                written += _say(json.dumps(row, default=_plain, ensure_ascii=False))
                if written > MAX_BYTES:
                    raise MemoryError
        _say('"end"')
    except MemoryError:
        _say(json.dumps({"problem": TOO_MUCH}))
    except (CalamineError, OSError, ValueError, IndexError) as problem:
        _say(json.dumps({"problem": f"no readable XLSX file ({problem})"}, ensure_ascii=False))


def limit() -> None:
    """Take no more memory and time than a large exhibitor list needs; there is no such limit on Windows."""
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _plain(value: object) -> list[object]:
    if isinstance(value, timedelta):
        return ["timedelta", value.total_seconds()]
    assert isinstance(value, (datetime, date, time))
    return [type(value).__name__, value.isoformat()]


def _say(line: str) -> int:
    return sys.stdout.buffer.write(line.encode() + b"\n")


if __name__ == "__main__":
    limit()
    main(sys.argv[1])
