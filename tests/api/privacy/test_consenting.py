"""What people agree to and take back, and what follows at once."""

from __future__ import annotations

import pytest

from api.errors import CannotSendAgainError, MissingError
from api.fairs.meetings import answer, ask
from api.fairs.outcomes import outcome_report, tell
from api.privacy.consenting import agreeing, say_for_contact, say_for_participant
from api.privacy.policy import Purpose
from api.privacy.revealing import reveal
from api.store.audit import Trail, find_audit
from api.store.consents import list_consents
from api.store.contacts import add_contact
from api.store.fairs import Reached
from api.store.outbox import send_again
from api.store.sending import take
from api.store.tables import now
from matcher.domain import load_chains
from matcher.fair.errors import MeetingRefusedError
from matcher.fair.outcomes import Outcome, Told
from tests.api.fairs.small import ID, LINKS, ORGANISER, as_firm, deliveries, set_up

TRAIL = Trail(b"pepper")
ADDRESS = "f001@example.com"


@pytest.fixture
def fair(database):
    return set_up(database, 4, reached={"f001": Reached(ADDRESS)})


def say(database, purpose, *, given, firm="f001"):
    with database.writing() as session:
        return say_for_participant(
            session, TRAIL, Purpose(purpose), fair_id=ID, firm_id=firm, given=given, by="link", route="link"
        ).sequence


def meet(database, a="f000", b="f001"):
    ask(database, LINKS, ID, by=a, other=b, deed=as_firm(a))
    answer(database, LINKS, ID, by=b, other=a, yes=True, deed=as_firm(b))


def revealed(database, by="f000"):
    with database.writing() as session:
        return {
            one.firm_id: [row.name for row in one.contacts]
            for one in reveal(session, TRAIL, ID, by, by="k1", route="test")
        }


def test_every_word_is_a_line_and_the_last_one_counts(database, fair):
    first = say(database, "sharing", given=True)
    assert say(database, "sharing", given=True) == first, "the same word again is no new line"
    say(database, "sharing", given=False)
    say(database, "sharing", given=True)
    with database.reading() as session:
        rows = list_consents(session, [f"participant:{ID}/f001"])
        assert [(row.given, row.wording, row.route) for row in rows] == [
            (True, "sharing-1", "link"),
            (False, "sharing-1", "link"),
            (True, "sharing-1", "link"),
        ]
        assert agreeing(session, Purpose.SHARING, ID, ["f000", "f001"]) == {"f001"}, "who said nothing shares nothing"
        assert [row.act for row in find_audit(session)] == ["consent"] * 4


def test_withdrawn_messages_are_not_sent_not_even_those_that_waited(database, fair):
    ask(database, LINKS, ID, by="f000", other="f001", deed=as_firm("f000"))
    waiting = [row for row in deliveries(database) if row.firm_id == "f001"]
    assert [row.state for row in waiting] == ["waiting"]
    say(database, "messages", given=False)
    with database.writing() as session:
        assert take(session) is None
        with pytest.raises(CannotSendAgainError):
            send_again(session, waiting[0].id)
    ask(database, LINKS, ID, by="f002", other="f001", deed=as_firm("f002"))
    rows = [row for row in deliveries(database) if row.firm_id == "f001"]
    assert {(row.state, row.address) for row in rows} == {("no_channel", None)}
    assert all("ถอนความยินยอม" in row.reason["th"] for row in rows)
    with database.writing() as session:
        assert take(session) is None
    say(database, "messages", given=True)
    ask(database, LINKS, ID, by="f003", other="f001", deed=as_firm("f003"))
    assert [row.state for row in deliveries(database) if row.firm_id == "f001"][-1] == "waiting"


def test_contacts_of_a_firm_are_seen_by_whom_it_agreed_to_meet_if_each_person_lets_it(database, fair):
    with database.writing() as session:
        shown = add_contact(session, {"firm_id": "f001", "name": "หนึ่ง", "phone": "081-111-2222"}).id
        hidden = add_contact(session, {"firm_id": "f001", "name": "สอง"}).id
    meet(database)
    assert revealed(database) == {}
    say(database, "sharing", given=True)
    assert revealed(database) == {"f001": ["หนึ่ง", "สอง"]} or revealed(database) == {"f001": ["สอง", "หนึ่ง"]}
    with database.writing() as session:
        rest = {"given": False, "by": "k1", "route": "paper"}
        say_for_contact(session, TRAIL, Purpose.SHARING, contact_id=hidden, **rest)
    assert revealed(database) == {"f001": ["หนึ่ง"]}, "a person's own word stands above the firm's"
    assert revealed(database, by="f002") == {}
    with database.reading() as session:
        rows = find_audit(session, subjects=[f"contact:{shown}"])
        assert rows[-1].act == "read"


def test_a_meeting_that_only_the_organiser_wants_reveals_nobody(database, fair):
    from api.fairs.editing import pin

    with database.writing() as session:
        add_contact(session, {"firm_id": "f001", "name": "หนึ่ง"})
    say(database, "sharing", given=True)
    pin(database, ID, ("f000", "f001"), ORGANISER)
    assert revealed(database) == {}


def test_who_withdrew_from_matching_is_not_asked_any_more(database, fair):
    say(database, "matching", given=False)
    with pytest.raises(MeetingRefusedError):
        ask(database, LINKS, ID, by="f000", other="f001", deed=as_firm("f000"))


def test_the_report_leaves_out_what_was_told_of_a_firm_that_withdrew_from_statistics(database, fair):
    meet(database)
    told = Told("f000", "f001", "f000", next(iter(Outcome)), now(), 1_000, None)
    tell(database, ID, told, as_firm("f000"))

    def answered():
        with database.reading() as session:
            return outcome_report(session, ID, load_chains()).total.answered

    assert answered() == 1
    say(database, "statistics", given=False)
    assert answered() == 0
    say(database, "statistics", given=True)
    assert answered() == 1


def test_nobody_speaks_for_a_firm_that_does_not_take_part(database, fair):
    with pytest.raises(MissingError):
        say(database, "sharing", given=True, firm="f999")
