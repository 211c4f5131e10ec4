"""What must fit together, looked at: database, log, vectors, snapshot, model, jobs. Says what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select, text
from sqlmodel import Session, col

from api.errors import OperatorError
from api.machines import store_of
from api.store.changes import last_sequence
from api.store.firms import load_firms
from api.store.jobs import unfinished
from api.store.tables import ChangeRow, FirmRow, KeyRow, VectorRow
from api.store.vectors import vector_key
from api.workspace import Workspace
from indexes import IndexesError, SnapshotError, SnapshotMissingError
from matcher.engine.build import texts_of
from matcher.engine.catalog import firm_digest
from matcher.engine.opening import snapshot_difference
from matcher.errors import InputError, ModelError

FREE_BYTES = 500_000_000


class Level(StrEnum):
    """How much a finding matters."""

    FINE = "fine"
    NOTE = "note"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, with what to do where it is not right."""

    level: Level
    code: str
    th: str
    en: str


def examine(space: Workspace) -> list[Finding]:
    """Look at everything; nothing is changed."""
    try:
        database = space.database
    except OperatorError as problem:
        return [Finding(Level.FAULT, "database", problem.th, problem.en)]
    found: list[Finding] = []
    with database.reading() as session:
        looks: tuple[Callable[[], Iterator[Finding]], ...] = (
            lambda: _database(session, sqlite=database.is_sqlite),
            lambda: _log(session),
            lambda: _firms(session),
            lambda: _keys(space, session),
            lambda: _jobs(session),
            lambda: _disk(space),
            lambda: _model(space, session),
        )
        for look in looks:
            found.extend(look())
    return found


def _database(session: Session, *, sqlite: bool) -> Iterator[Finding]:
    if sqlite:
        said = [row[0] for row in session.execute(text("PRAGMA quick_check(5)"))]
        orphans = list(session.execute(text("PRAGMA foreign_key_check")))
        if said != ["ok"] or orphans:
            yield Finding(
                Level.FAULT,
                "database_damaged",
                f"ฐานข้อมูลเสียหาย ({said[0]}) กู้จากข้อมูลสำรอง",
                f"the database is damaged ({said[0]}, {len(orphans)} orphans): restore a backup",
            )
            return
    firms = session.execute(select(func.count()).select_from(FirmRow)).scalar_one()
    yield Finding(Level.FINE, "database", f"ฐานข้อมูลใช้ได้ {firms:,} ราย", f"the database is whole: {firms:,} firms")


def _log(session: Session) -> Iterator[Finding]:
    last = last_sequence(session)
    newest = int(session.execute(select(func.max(col(FirmRow.version)))).scalar() or 0)
    latest = select(col(ChangeRow.firm_id), func.max(col(ChangeRow.sequence)).label("at")).group_by(
        col(ChangeRow.firm_id)
    )
    logged = latest.subquery()
    query = (
        select(func.count())
        .select_from(FirmRow)
        .outerjoin(logged, logged.c.firm_id == col(FirmRow.id))
        .where((logged.c.at.is_(None)) | (logged.c.at != col(FirmRow.version)))
    )
    strays = session.execute(query).scalar_one()
    if newest > last or strays:
        yield Finding(
            Level.FAULT,
            "log",
            f"สมุดบันทึกไม่ตรงกับข้อมูล {strays} ราย มีการแก้ฐานข้อมูลนอกระบบ ส่งออกแล้วนำเข้าใหม่ด้วย --replace",
            f"the log does not fit {strays} firms: the database was changed past Khukha; export and import --replace",
        )
    else:
        yield Finding(Level.FINE, "log", f"สมุดบันทึกถึงลำดับ {last:,}", f"the log ends at {last:,}")


def _firms(session: Session) -> Iterator[Finding]:
    wrong = [one.firm.id for one in load_firms(session) if firm_digest(one.firm) != one.digest]
    if wrong:
        yield Finding(
            Level.FAULT,
            "firms",
            f"ข้อมูล {len(wrong)} รายถูกแก้นอกระบบ ({wrong[0]} …) บันทึกรายนั้นใหม่",
            f"{len(wrong)} firms were changed past Khukha ({wrong[0]} …): save them again",
        )


def _keys(space: Workspace, session: Session) -> Iterator[Finding]:
    keys = session.execute(select(func.count()).select_from(KeyRow)).scalar_one()
    if keys and not space.settings.pepper_path.is_file():
        yield Finding(
            Level.FAULT,
            "pepper",
            f"ไม่พบแฟ้ม {space.settings.pepper_path} คีย์ทุกดอกจึงใช้ไม่ได้ กู้แฟ้มนี้ หรือออกคีย์ใหม่",
            f"{space.settings.pepper_path} is gone, so no key is valid: restore it, or make new keys",
        )
    elif not keys:
        yield Finding(Level.NOTE, "keys", "ยังไม่มีคีย์ ออกด้วย `khukha keys new`", "there is no key yet: `khukha keys new`")


def _jobs(session: Session) -> Iterator[Finding]:
    if waiting := unfinished(session):
        yield Finding(
            Level.NOTE,
            "jobs",
            f"มีงานค้าง {len(waiting)} งาน เปิด `khukha serve` หรือ `khukha work`",
            f"{len(waiting)} jobs wait: start `khukha serve` or `khukha work`",
        )


def _disk(space: Workspace) -> Iterator[Finding]:
    root = space.settings.root
    free = shutil.disk_usage(root if root.is_dir() else ".").free
    if free < FREE_BYTES:
        yield Finding(
            Level.FAULT,
            "disk",
            f"ดิสก์เหลือ {free // 1_000_000:,} MB ลบแฟ้มที่ไม่ใช้",
            f"{free // 1_000_000:,} MB of disk are left: make room",
        )


def _model(space: Workspace, session: Session) -> Iterator[Finding]:
    try:
        encoder = space.encoder
    except ModelError as problem:
        yield Finding(Level.FAULT, "model", f"แบบจำลองใช้ไม่ได้: {problem}", str(problem))
        return
    yield Finding(Level.FINE, "model", f"แบบจำลอง {encoder.name}", f"the model is {encoder.name}")
    stored = list(load_firms(session))
    keys = set(session.execute(select(col(VectorRow.key)).where(col(VectorRow.model) == encoder.fingerprint)).scalars())
    lacking = [
        one.firm.id
        for one in stored
        if any(vector_key(prompt, said) not in keys for prompt, said in texts_of(one.firm))
    ]
    if lacking:
        yield Finding(
            Level.NOTE,
            "vectors",
            f"ยังไม่มีเวกเตอร์ของแบบจำลองนี้ {len(lacking)} ราย สร้างด้วย `khukha index`",
            f"{len(lacking)} firms have no vectors by this model: `khukha index` makes them",
        )
    try:
        store = store_of(space.settings)
    except IndexesError as problem:
        yield Finding(Level.FAULT, "store", f"ใช้เซิร์ฟเวอร์ดัชนีไม่ได้ ตรวจ MATCHER_MILVUS_URL ({problem})", str(problem))
        return
    try:
        differing = snapshot_difference(
            space.settings.index_dir,
            {one.firm.id: one.digest for one in stored},
            chains=space.chains,
            encoder=encoder,
            glossary=space.glossary,
            store=store,
        )
    except InputError as problem:
        yield Finding(Level.FAULT, "chains", f"แฟ้มห่วงโซ่หรือคลังคำใช้ไม่ได้ แก้ตามนี้: {problem}", str(problem))
        return
    except SnapshotError as problem:
        level = Level.NOTE if isinstance(problem, SnapshotMissingError) else Level.FAULT
        yield Finding(level, "index", f"ดัชนีใช้ไม่ได้ สร้างใหม่ด้วย `khukha index` ({problem})", f"{problem}: `khukha index`")
        return
    if differing:
        yield Finding(
            Level.NOTE,
            "index_behind",
            f"ดัชนีต่างจากฐานข้อมูล {differing} ราย จะตามทันเองเมื่อเปิดบริการ",
            f"the snapshot differs in {differing} firms: it is caught up with when the service opens it",
        )
    else:
        yield Finding(Level.FINE, "index", "ดัชนีตรงกับฐานข้อมูล", "the index fits the database")
