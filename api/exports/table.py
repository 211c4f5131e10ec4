"""All meetings as one CSV table that Excel reads as Thai."""

from __future__ import annotations

import csv
import io

from api.exports.pack import Pack
from api.exports.texts import clean, name_of, said, score_of
from api.exports.words import say
from matcher.exchange.formulas import with_guard

COLUMNS = ("day", "session", "start", "end", "table", "id_a", "firm_a", "id_b", "firm_b", "score", "why", "ask")


def meetings_csv(pack: Pack) -> bytes:
    """UTF-8 with a byte-order mark, one meeting a line in order of time; days as 2026-12-31.

    Text that a spreadsheet could run has an apostrophe before it, as in every CSV of the project.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([say(column, pack.language) for column in COLUMNS])
    for meeting in pack.ordered:
        slot = pack.slot(meeting)
        when = (
            ["", "", "", ""]
            if slot is None
            else [f"{slot.start:%Y-%m-%d}", slot.session, f"{slot.start:%H:%M}", f"{slot.end:%H:%M}"]
        )
        a, b = (pack.firms[id] for id in meeting.pair)
        row = [
            *when,
            str(meeting.table or ""),
            a.id,
            name_of(a, pack.language),
            b.id,
            name_of(b, pack.language),
            str(score_of(meeting, pack.language)),
            said(meeting.reason, pack.language),
            said(meeting.next_question, pack.language),
        ]
        writer.writerow([with_guard(clean(cell)) for cell in row])
    return b"\xef\xbb\xbf" + file.getvalue().encode()
