"""What participants and other systems are told of a fair, through the outbox."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from api.exports.texts import name_of
from api.fairs.links import Links
from api.privacy.consenting import agreeing
from api.privacy.policy import Purpose
from api.settings import BANGKOK
from api.store.fair_tables import ParticipantRow
from api.store.fairs import Deed
from api.store.firms import chunks, load_firms
from api.store.outbox import queue_all
from api.store.outbox_tables import Language, Message, Recipient, Topic
from matcher.domain import Firm
from matcher.engine import Sentence
from matcher.fair import Fair
from matcher.fair.meetings import Meeting

_SAID: dict[Topic, tuple[Sentence, Sentence]] = {
    Topic.MEETING_REQUESTED: (
        Sentence("{other} ขอพบท่านในงาน {fair}", "{other} asks to meet you at {fair}"),
        Sentence(
            "{other} ขอนัดเจรจากับ {own} ในงาน {fair}\nกรุณาตอบในหน้าของท่านก่อน {until} มิฉะนั้นคำขอจะหมดอายุเอง\n{link}",
            "{other} asks {own} for a meeting at {fair}.\nPlease answer on your page before {until}; "
            "after that the request expires by itself.\n{link}",
        ),
    ),
    Topic.MEETING_ACCEPTED: (
        Sentence("ตกลงนัดกับ {other} แล้ว", "Your meeting with {other} is agreed"),
        Sentence(
            "{other} กับ {own} ตกลงพบกันในงาน {fair}\nดูเวลาและโต๊ะได้ที่หน้าของท่าน\n{link}",
            "{other} and {own} will meet at {fair}.\nTime and table stand on your page.\n{link}",
        ),
    ),
    Topic.MEETING_DECLINED: (
        Sentence("นัดกับ {other} ยกเลิก", "Your meeting with {other} is off"),
        Sentence(
            "นัดระหว่าง {other} กับ {own} ในงาน {fair} ยกเลิกแล้ว\nดูรายชื่อคู่เจรจาอื่นได้ที่หน้าของท่าน\n{link}",
            "The meeting of {other} and {own} at {fair} is off.\nYour page shows whom else you could meet.\n{link}",
        ),
    ),
    Topic.MEETING_CANCELLED: (
        Sentence("นัดกับ {other} ยกเลิก", "Your meeting with {other} is cancelled"),
        Sentence(
            "นัดระหว่าง {other} กับ {own} ในงาน {fair} จัดไม่ได้แล้ว กรุณาดูตารางล่าสุดที่หน้าของท่าน\n{link}",
            "The meeting of {other} and {own} at {fair} is off. Your page shows the timetable as it is now.\n{link}",
        ),
    ),
    Topic.MEETING_WITHDRAWN: (
        Sentence("{other} ถอนคำขอนัดแล้ว", "{other} has withdrawn its request"),
        Sentence(
            "{other} ถอนคำขอพบ {own} ในงาน {fair} แล้ว ไม่ต้องดำเนินการใด",
            "{other} no longer asks {own} for a meeting at {fair}. There is nothing to do.",
        ),
    ),
    Topic.MEETING_EXPIRED: (
        Sentence("คำขอนัดกับ {other} หมดเวลาตอบ", "The request between you and {other} has expired"),
        Sentence(
            "คำขอนัดระหว่าง {own} กับ {other} ในงาน {fair} ไม่มีคำตอบในเวลาที่กำหนด ขอใหม่ได้ที่หน้าของท่าน\n{link}",
            "The request between {own} and {other} at {fair} was not answered in time. "
            "You can ask again on your page.\n{link}",
        ),
    ),
    Topic.TIMETABLE_PUBLISHED: (
        Sentence("ตารางนัดของท่านในงาน {fair}", "Your timetable for {fair}"),
        Sentence(
            "ตารางนัดของ {own} ในงาน {fair} พร้อมแล้ว ดูเวลา โต๊ะ และเหตุผลที่ควรพบได้ที่หน้าของท่าน\n{link}",
            "The timetable of {own} for {fair} is ready: times, tables and why to meet stand on your page.\n{link}",
        ),
    ),
    Topic.TIMETABLE_CHANGED: (
        Sentence("ตารางนัดของท่านในงาน {fair} เปลี่ยน", "Your timetable for {fair} has changed"),
        Sentence(
            "ตารางนัดของ {own} ในงาน {fair} เปลี่ยนจากที่เคยแจ้ง กรุณาดูเวลาและโต๊ะใหม่ที่หน้าของท่าน\n{link}",
            "The timetable of {own} for {fair} is no longer what you were told. Please look at your page.\n{link}",
        ),
    ),
}


def happened(
    session: Session, fair: Fair, meeting: Meeting, topic: Topic, deed: Deed, *, links: Links, number: int
) -> None:
    """Tell both sides of a meeting what became of it, but for the side that did it.

    Args:
        session: Of the writing that changes the meeting.
        fair: Of the meeting.
        meeting: As it is now.
        topic: What happened.
        deed: Who did it.
        links: To the participants' pages.
        number: Of the event; the same event is told once.
    """
    known, messages = _Known.of(session, fair, meeting.pair), []
    until = f"{meeting.expires_at.astimezone(BANGKOK):%d/%m/%Y %H:%M}" if meeting.expires_at else ""
    for id in meeting.pair:
        if id != deed.firm_id:
            about = {"until": until, "other": meeting.other(id)}
            messages += _tell(fair, topic, id, known, links=links, dedupe=f"{number}/{id}", about=about)
    data = {"fair": fair.id, "first": meeting.first, "second": meeting.second, "state": meeting.state, "event": number}
    queue_all(session, [*messages, Message(topic=topic, dedupe=f"{number}", data=data)])


def published(session: Session, fair: Fair, *, version: int, changed: set[str], links: Links, number: int) -> None:
    """Tell participants that their timetable is out, or is another than they were told.

    Args:
        session: Of the writing that publishes.
        fair: Of the timetable.
        version: From 1.
        changed: Ids of the firms for which something is new.
        links: To the participants' pages.
        number: Of the event: a fair that was removed and made again tells of its version 1 again.
    """
    topic = Topic.TIMETABLE_PUBLISHED if version == 1 else Topic.TIMETABLE_CHANGED
    once = f"{fair.id}/{version}/{number}"
    known, messages = _Known.of(session, fair, changed), []
    for id in sorted(changed):
        messages += _tell(fair, topic, id, known, links=links, dedupe=f"{once}/{id}", about={})
    queue_all(session, [*messages, Message(topic=topic, dedupe=once, data={"fair": fair.id, "version": version})])


@dataclass(frozen=True, slots=True)
class _Known:
    """Participants and their profiles, by id; `told` are those who let themselves be told."""

    rows: Mapping[str, ParticipantRow]
    firms: Mapping[str, Firm]
    told: Collection[str]

    @classmethod
    def of(cls, session: Session, fair: Fair, ids: Collection[str]) -> _Known:
        own = select(ParticipantRow).where(col(ParticipantRow.fair_id) == fair.id)
        rows = [
            row
            for some in chunks(ids)
            for row in session.execute(own.where(col(ParticipantRow.firm_id).in_(some))).scalars()
        ]
        told = agreeing(session, Purpose.MESSAGES, fair.id, ids)
        firms = {one.firm.id: one.firm for one in load_firms(session, ids)}
        return cls({row.firm_id: row for row in rows}, firms, told)


def _tell(
    fair: Fair,
    topic: Topic,
    firm_id: str,
    known: _Known,
    *,
    links: Links,
    dedupe: str,
    about: Mapping[str, str],
) -> list[Message]:
    """A message to one participant; one that gave no address is written to all the same, and the outbox says so."""
    row, firms = known.rows.get(firm_id), known.firms
    if row is None:
        return []

    def filled(text: Sentence) -> Sentence:
        def words(language: Language) -> dict[str, str]:
            other = firms.get(about.get("other", firm_id))
            return {
                "own": name_of(firms[firm_id], language),
                "other": name_of(other, language) if other else "",
                "fair": fair.name.th if language == "th" else fair.name.en,
                "until": about.get("until", ""),
                "link": links.page(fair, firm_id, row.link_version) or "",
            }

        return Sentence(text.th.format_map(words("th")), text.en.format_map(words("en")))

    title, body = _SAID[topic]
    spoken: Language = "en" if row.language == "en" else "th"
    to = Recipient(firm_id, row.address or "", spoken, silent=firm_id not in known.told)
    return [Message(topic=topic, dedupe=dedupe, to=(to,), title=filled(title), body=filled(body), webhooks=False)]
