"""A person planted wherever one can stand, and the search for them in every file."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

from openpyxl import Workbook

from api.fairs.publishing import publish, write_files
from api.live import Live
from api.settings import Settings
from api.store.contacts import add_contact
from api.store.database import Database
from api.store.fair_tables import OutcomeRow
from api.store.fairs import Reached, put_participants
from api.store.firms import Change, get_firm
from api.store.jobs import add_job, end_job, take_job
from api.store.keys import Caller, Role, make_key
from api.store.outbox import queue
from api.store.outbox_tables import Message, Recipient
from api.store.requests import file_request
from api.store.tables import now
from api.writing import write_firms
from matcher.domain import load_chains
from matcher.engine import Sentence
from matcher.fair import Participant
from matcher.text import load_glossary
from tests.api.fairs.small import ID, LINKS, ORGANISER, place, plant, set_up

NAME, EMAIL, PHONE, LINE = "วรางคณา ปักษาสวรรค์", "warangkana.paksa@unseen.example", "081-973-2046", "warangkana.p"
OTHER_NAME, OTHER_EMAIL, OTHER_PHONE = "สมปอง คงอยู่", "sompong@stays.example", "089-555-1212"


@dataclass(frozen=True)
class Who:
    """Somebody to plant; the phone has dashes."""

    name: str
    email: str
    phone: str
    line: str

    @property
    def digits(self) -> str:
        """The phone without dashes."""
        return self.phone.replace("-", "")

    @property
    def thai(self) -> str:
        """The phone in Thai digits."""
        return self.phone.translate({ord("0") + at: ord("๐") + at for at in range(10)})

    @property
    def abroad(self) -> str:
        """The phone as from abroad, with spaces."""
        return "+66 " + self.phone[1:].replace("-", " ")

    @property
    def sought(self) -> tuple[str, ...]:
        """How the drill looks for them."""
        spelled = (self.phone, self.digits, self.abroad[4:], self.thai)
        return (self.name, self.email, self.email.upper(), *spelled, self.line)


WHO = Who(NAME, EMAIL, PHONE, LINE)
SOUGHT = WHO.sought


@dataclass(frozen=True)
class Planted:
    """A service's data directory in which somebody stands everywhere."""

    settings: Settings
    database: Database
    encoder: object
    contact: str
    other: str

    def live(self) -> Live:
        """An index over it, with its snapshot."""
        return Live(
            self.database,
            chains=load_chains(),
            glossary=load_glossary(),
            encoder=self.encoder,
            root=self.settings.index_dir,
        )


def planted(settings: Settings, database: Database, encoder, who: Who = WHO) -> Planted:
    """Plant the person: contact, delegate, address, outbox, free texts, log, vectors, index, files."""
    fair = set_up(database, 4, reached={"f000": Reached(who.email), "f001": Reached(OTHER_EMAIL)})
    with database.writing() as session:
        own = {"position": "ผู้จัดการ", "email": who.email, "phone": who.phone, "line_id": who.line}
        contact = add_contact(session, {"firm_id": "f000", "name": f"คุณ{who.name}", **own}).id
        values = {"firm_id": "f000", "name": OTHER_NAME, "email": OTHER_EMAIL, "phone": OTHER_PHONE}
        other = add_contact(session, {**values, "position": None, "line_id": None}).id
        people = [replace(one, delegates=(who.name, OTHER_NAME)) for one in fair.participants if one.firm_id == "f000"]
        people += [Participant("f001", min_meetings=0, delegates=(f"นางสาว{who.name}",))]
        put_participants(session, ID, people, {}, ORGANISER)
        _outbox(session, who)
    _profiles(database, encoder, who)
    plant(database, ("f000", "f001"), ("f000", "f002"))
    place(database, {("f000", "f001"): (0, 1), ("f000", "f002"): (1, 1)})
    _texts(database, who)
    publish(database, LINKS, ID, ORGANISER)
    made = Planted(settings, database, encoder, contact, other)
    made.live().open(rebuild=True)
    _files(settings, database, who)
    return made


def _outbox(session, who: Who) -> None:
    body = Sentence(f"เรียน {who.name} โทร {who.phone}", f"Dear {who.name}, {who.email}")
    queue(session, Message("meeting.requested", "planted", to=(Recipient("f000", who.email),), title=body, body=body))


def _profiles(database: Database, encoder, who: Who) -> None:
    """In profiles as they are, as they were, and of a firm that is gone."""
    with database.reading() as session:
        firms = [get_firm(session, id).firm for id in ("f001", "f002", "f003")]
    said = f"ติดต่อคุณ{who.name} โทร {who.thai} หรือ {who.email.upper()} ไลน์ {who.line}"
    full = [replace(one, description=said, offers=(replace(one.offers[0], text=f"ผ้าไหม {said}"),)) for one in firms]
    write_firms(database, encoder, full, Change("b1", "me"))
    write_firms(database, encoder, [firms[1]], Change("b2", "me"))  # in the log alone


def _texts(database: Database, who: Who) -> None:
    from api.store.fair_tables import MeetingRow

    with database.writing() as session:
        meeting = session.get_one(MeetingRow, (ID, "f000", "f001"))
        meeting.message = f"รบกวนโทรกลับ {who.name} {who.abroad}"
        note = f"คุย{who.name}แล้ว"
        session.add(
            OutcomeRow(fair_id=ID, first="f000", second="f001", teller="f001", outcome="met", note=note, at=now())
        )
        caller = Caller("k1", Role.ORGANISER, None, "x")
        answer = {"matches": [], "near": [], "fingerprint": "x", "heard": f"{who.name} {who.phone}"}
        file_request(
            session, owner=caller.id, firm_id=None, key=None, asked={"text": f"หาผ้าไหม {who.email}"}, answer=answer,
            model="fake",
        )  # fmt: skip
        job = add_job(session, kind="import", owner="k1", given={"name": f"รายชื่อ {who.name}.xlsx", "preview": False})
        take_job(session, job.id)
        end_job(session, job.id, result={"problems": [{"value": who.phone, "th": f"แถว 3 {who.name}"}]})
        expires_at = now() + timedelta(days=1)
        make_key(session, role=Role.READER, name=f"ของ{who.name}", pepper=b"pepper", expires_at=expires_at)


def _files(settings: Settings, database: Database, who: Who) -> None:
    """Uploads, exports, rejected rows, a sheet that was looked at, and what a publication wrote."""
    folder = settings.files_dir
    folder.mkdir(parents=True, exist_ok=True)
    write_files(database, ID, 1, files_dir=folder)
    book = Workbook()
    book.active.append(["ชื่อ", who.name, who.phone])
    for name in ("j1-upload.xlsx", "registration-1.xlsx"):
        book.save(folder / name)
    (folder / "j2-rejected.csv").write_bytes(f"แถว,{who.name},{who.phone}\n".encode("cp874"))
    (folder / "j3-catalog.jsonl").write_text(json.dumps({"description": f"{who.name} {who.email}"}) + "\n")
    (folder / "j4-catalog.csv").write_text(f"{OTHER_NAME},{OTHER_EMAIL}\n")
    (folder / f"j5-{who.name}.csv").write_text("nobody\n")


def found_anywhere(root: Path, sought=SOUGHT) -> list[str]:
    """Every file below a folder that holds one of these, as `grep -a` finds it; archives are unpacked too."""
    codings = ("utf-8", "utf-16-le", "cp874")
    hits = [f"{path} (name)" for path in root.rglob("*") for one in sought if one in path.name]
    for path in (path for path in root.rglob("*") if path.is_file()):
        data = path.read_bytes()  # not by grep itself: in UTF-16, ช holds a line break, which parts its patterns
        hits += [f"{path} ({one})" for one in sought if any(one.encode(coding) in data for coding in codings)]
        if path.suffix in {".xlsx", ".zip"}:
            hits += [f"{path} ({one})" for one in sought if _in_archive(data, one)]
    return sorted(set(hits))


def _in_archive(data: bytes, one: str) -> bool:
    from io import BytesIO

    with ZipFile(BytesIO(data)) as archive:
        members = [archive.read(name) for name in archive.namelist()]
    return any(
        _in_archive(member, one) if member[:4] == b"PK\x03\x04" else one.encode() in member for member in members
    )
