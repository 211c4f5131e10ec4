"""What must fit together, looked at: database, log, vectors, snapshot, model, jobs, fairs. Says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from api.data_folder import look_at_folder
from api.errors import OperatorError
from api.fairs.clashes import clashes
from api.findings import Finding, Level
from api.machines import store_of
from api.store.changes import last_sequence
from api.store.fairs import list_fairs
from api.store.firms import load_firms
from api.store.jobs import unfinished
from api.store.soundness import unsound_firms
from api.store.tables import ChangeRow, FirmRow, KeyRow, VectorRow
from api.store.vectors import vector_key
from api.workspace import Workspace
from indexes import IndexesError, SnapshotError, SnapshotMissingError
from matcher.engine.build import texts_of
from matcher.engine.catalog import firm_digest
from matcher.engine.opening import snapshot_difference
from matcher.errors import InputError, ModelError


def examine(space: Workspace) -> list[Finding]:
    """Look at everything; nothing is changed."""
    try:
        database = space.database
    except OperatorError as problem:
        return [Finding(Level.FAULT, "database", problem.th, problem.en)]
    found: list[Finding] = []
    try:
        with database.reading() as session:
            looks: tuple[Callable[[], Iterator[Finding]], ...] = (
                lambda: _database(session, sqlite=database.is_sqlite),
                lambda: _log(session),
                lambda: _firms(session),
                lambda: _keys(space, session),
                lambda: _jobs(session),
                lambda: _fairs(session),
                lambda: look_at_folder(space.settings),
                lambda: _model(space, session),
            )
            for look in looks:
                found.extend(look())
    except DBAPIError as problem:  # a page of it cannot be read
        found = [one for one in found if one.code not in {"database", "database_damaged"}]
        found.append(_damaged(str(problem.orig)))
    return found


def _database(session: Session, *, sqlite: bool) -> Iterator[Finding]:
    if sqlite:
        said = [row[0] for row in session.execute(text("PRAGMA quick_check(5)"))]
        orphans = list(session.execute(text("PRAGMA foreign_key_check")))
        if said != ["ok"] or orphans:
            yield _damaged(f"{said[0]}, {len(orphans)} orphans")
            return
    firms = session.execute(select(func.count()).select_from(FirmRow)).scalar_one()
    yield Finding(Level.FINE, "database", f"ฐานข้อมูลใช้ได้ {firms:,} ราย", f"the database is whole: {firms:,} firms")


def _damaged(problem: str) -> Finding:
    return Finding(
        Level.FAULT,
        "database_damaged",
        f"ฐานข้อมูลเสียหาย ({problem}) กู้จากข้อมูลสำรองด้วย `khukha restore`",
        f"the database is damaged ({problem}): bring a backup back with `khukha restore`",
    )


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
    path = space.settings.pepper_path
    if path.is_file() and path.stat().st_mode & 0o077:
        yield Finding(
            Level.FAULT,
            "pepper_open",
            f"ผู้อื่นอ่านแฟ้ม {path} ได้ ปิดด้วย chmod 600",
            f"others can read {path}: chmod 600 it",
        )
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


def _fairs(session: Session) -> Iterator[Finding]:
    for row in list_fairs(session):
        wrong = clashes(session, row.id)
        if wrong:
            yield Finding(
                Level.FAULT,
                "timetable",
                f"ตารางของงาน {row.id} ขัดกันเอง ({wrong[0]}) กู้รุ่นก่อนหรือจัดใหม่ด้วย `khukha fair plan`",
                f"the timetable of {row.id} does not hold together ({wrong[0]}): bring a version back, or plan anew",
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
    if damaged := sorted(unsound_firms(session, model=encoder.fingerprint)):
        yield Finding(
            Level.FAULT,
            "vectors_damaged",
            f"เวกเตอร์ของ {len(damaged)} รายเสียหาย ({damaged[0]} …) สร้างใหม่ด้วย `khukha index`",
            f"vectors of {len(damaged)} firms are damaged ({damaged[0]} …): `khukha index` makes them anew",
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
