from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from api.exports import PackMeeting, file_stem, meetings_csv, write_pack
from api.exports.texts import clipped, name_of
from matcher.engine.answer import Sentence
from matcher.exchange.formulas import is_risky, without_guard
from matcher.fair import FairError
from tests.api.exports.packs import a_pack, hostile_firms


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_second_run_writes_the_same_bytes(hostile, tmp_path):
    paths = write_pack(hostile, tmp_path / "one")
    write_pack(a_pack(hostile_firms()), tmp_path / "two")
    one = contents(tmp_path / "one")
    assert one == contents(tmp_path / "two")
    assert {str(path.relative_to(tmp_path / "one")) for path in paths} == one.keys()
    assert {"organiser.xlsx", "pack.pdf", "meetings.csv", "manifest.json"} < one.keys()
    assert len(one) == 4 + 2 * len(hostile.firms)


def test_the_manifest_names_every_file_with_its_checksum(hostile, tmp_path):
    write_pack(hostile, tmp_path)
    found = contents(tmp_path)
    manifest = json.loads(found.pop("manifest.json"))
    assert manifest["files"] == {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}
    assert manifest["made_of"] == hostile.manifest


def test_a_later_version_replaces_the_files_of_firms_that_left_and_nothing_else(pack, tmp_path):
    firms = list(pack.firms.values())[:8]
    before = a_pack(firms)
    after = replace(a_pack(firms[:7]), version=2, issued=before.issued + timedelta(days=1))
    write_pack(before, tmp_path)
    (tmp_path / "firms" / "mine.xlsx").write_text("kept")
    write_pack(after, tmp_path, before=before)
    gone = file_stem(firms[7].id)
    assert not (tmp_path / "firms" / f"{gone}.xlsx").exists()
    assert not (tmp_path / "calendars" / f"{gone}.ics").exists()
    assert b"METHOD:CANCEL" in (tmp_path / "calendars" / "cancelled" / f"{gone}.ics").read_bytes()
    assert (tmp_path / "firms" / "mine.xlsx").read_text() == "kept"
    assert not list(tmp_path.rglob("*.part"))


def test_a_manifest_that_names_other_files_removes_none(hostile, tmp_path):
    (tmp_path / "kept.txt").write_text("kept")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text(
        json.dumps({"files": {"../kept.txt": "", "firms/../../kept.txt": ""}})
    )
    write_pack(replace(hostile, meetings=()), tmp_path / "out")
    assert (tmp_path / "kept.txt").exists()


@pytest.mark.parametrize(
    "id", ["../../etc", "CON", "nul.txt", "A", ".hidden", "a/b", "ก", "", "x" * 300, "a.", "\ud800"]
)
def test_a_file_name_is_safe_on_every_system(id):
    stem = file_stem(id)
    assert stem.isascii()
    assert stem == stem.lower()
    assert "~" in stem
    assert len(stem) < 60
    assert not set(stem) & set('/\\:*?"<>|. ')


def test_ids_that_differ_in_case_get_two_files():
    assert len({file_stem(id) for id in ("a", "A", "a ", "á")}) == 4
    assert file_stem("agritech-d01") == "agritech-d01"


def test_the_table_is_read_back_as_it_was(hostile):
    data = meetings_csv(hostile)
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert data.startswith(b"\xef\xbb\xbf")
    assert len(rows) == 1 + len(hostile.meetings)
    assert not any(is_risky(cell) and not cell.startswith("'") for row in rows for cell in row)
    read = [[without_guard(cell) for cell in row] for row in rows[1:]]
    assert [(row[5], row[6]) for row in read] == [
        (one.pair[0], name_of(hostile.firms[one.pair[0]], "th")) for one in hostile.ordered
    ]
    assert read[0][:5] == ["2026-12-05", "เช้า 5", "09:00", "09:25", "1"]


def test_a_pack_that_contradicts_its_fair_is_refused(hostile):
    say = Sentence("ก", "a")
    wrong = PackMeeting("a", "nobody", 0.5, say, say, slot=20, table=41)
    with pytest.raises(FairError) as caught:
        replace(hostile, meetings=(wrong, wrong))
    assert len(caught.value.problems) == 7  # three of each, and that it stands twice


def test_clipping_never_parts_a_letter_from_its_mark():
    text = "ที่นี่มีปั๊มน้ำไว้ใช้"
    for length in range(1, len(text)):
        short = clipped(text, length)
        assert len(short) <= length
        rest = text[len(short) - 1 :]
        assert short[-2:-1] not in {"เ", "แ", "โ", "ใ", "ไ"}
        assert rest[0] not in "ิีึืัุู่้๊๋์"
