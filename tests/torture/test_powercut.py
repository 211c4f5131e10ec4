from __future__ import annotations

import random
import subprocess
import sys

import pytest

from tests.torture.disk import COMPILER, Disk, after_cut
from tests.torture.powercut import run

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler: the disk that records cannot be built")

SQLITE = """
import os, sys, pysqlite3.dbapi2 as sqlite
at = sqlite.connect("rows.sqlite", isolation_level=None)
at.execute("PRAGMA journal_mode=WAL"); at.execute(f"PRAGMA synchronous={sys.argv[1]}")
at.execute("CREATE TABLE IF NOT EXISTS one (n INTEGER)")
for number in range(40):
    at.execute("INSERT INTO one VALUES (?)", (number,))
os._exit(0)  # a connection that is closed writes all it has
"""
NAMES = """
import os
def put(name, text, *, sync):
    with open(name, "w") as file:
        file.write(text)
        file.flush()
        if sync:
            os.fsync(file.fileno())
def sync_folder():
    at = os.open(".", os.O_RDONLY); os.fsync(at); os.close(at)
put("kept", "old", sync=True); put("forgotten", "x", sync=False); sync_folder()
put("new", "newer", sync=True); os.replace("new", "kept")
if os.environ.get("SYNC_THE_FOLDER"):
    sync_folder()
"""


@pytest.fixture
def left(tmp_path):
    """Run a script in a folder on the disk; what a cut after its last call leaves."""
    root, before = tmp_path / "root", tmp_path / "before"
    root.mkdir()
    before.mkdir()
    disk = Disk(tmp_path, root)

    def go(script, *words, chance=None, **environment):
        command = [sys.executable, "-c", script, *words]
        subprocess.run(command, cwd=root, env=dict(disk.environment) | environment, check=True)
        after_cut(disk.records(), before=before, root=disk.root, target=tmp_path / "left", chance=chance)
        return tmp_path / "left"

    return go


def test_a_renamed_file_is_sure_only_once_its_folder_was_synced(left):
    found = left(NAMES)
    assert (found / "kept").read_text() == "old"
    assert (found / "forgotten").read_text() == ""


def test_a_renamed_file_stays_when_its_folder_was_synced(left):
    assert (left(NAMES, SYNC_THE_FOLDER="1") / "kept").read_text() == "newer"


@pytest.mark.parametrize(("synchronous", "kept"), [("FULL", 40), ("NORMAL", 0)])
def test_the_disk_tells_commits_that_are_synced_from_those_that_are_not(left, synchronous, kept):
    import pysqlite3.dbapi2 as sqlite

    found = left(SQLITE, synchronous)
    connection = sqlite.connect(str(found / "rows.sqlite"))
    there = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    count = connection.execute("SELECT count(*) FROM one").fetchone()[0] if there else 0
    connection.close()
    assert count == kept


def test_after_a_power_cut_the_service_has_all_that_it_acknowledged(tmp_path):
    outcome = run(cuts=3, seconds=3, scratch=tmp_path)
    assert outcome.acknowledged > 0
    assert outcome.wrong == []


def test_what_is_kept_by_chance_is_part_of_what_was_written(left):
    found = left(NAMES, chance=random.Random(3))
    assert (found / "kept").read_text() in {"", "old", "newer"}
