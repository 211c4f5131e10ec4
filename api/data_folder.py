"""What lies in the data directory, looked at: room, the queue, what was left behind."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from api.backup import restoring, taking
from api.findings import Finding, Level
from api.settings import Settings

FREE_BYTES = 500_000_000
LEFT_S = 3_600


def look_at_folder(settings: Settings) -> Iterator[Finding]:
    """Look at it; nothing is changed."""
    root = settings.root
    free = shutil.disk_usage(root if root.is_dir() else ".").free
    if free < FREE_BYTES:
        yield Finding(
            Level.FAULT,
            "disk",
            f"ดิสก์เหลือ {free // 1_000_000:,} MB ลบแฟ้มที่ไม่ใช้",
            f"{free // 1_000_000:,} MB of disk are left: make room",
        )
    yield from _queue(settings.queue_path)
    for left in (*root.glob(f"{restoring.SCRATCH}*"), *root.glob(f"{taking.SCRATCH}*")):
        if time.time() - left.stat().st_mtime > LEFT_S:
            yield Finding(
                Level.FAULT,
                "left",
                f"{left} เหลือจากการสำรองหรือกู้ที่ถูกตัด มีข้อมูลส่วนบุคคล ลบโฟลเดอร์นี้",
                f"{left} was left by a backup or restore that was broken off, with personal data in it: delete it",
            )


def _queue(path: Path) -> Iterator[Finding]:
    if not path.is_file():
        return
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            said = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as problem:
        said = str(problem)
    if said != "ok":
        yield Finding(
            Level.FAULT,
            "queue",
            f"คิวงาน {path} เสียหาย ({said}) ลบแฟ้มนี้แล้วเปิดบริการใหม่ งานอยู่ในฐานข้อมูลครบ",
            f"the queue {path} is damaged ({said}): delete it and start again; the jobs stand in the database",
        )
