"""A fair's pages as a browser without a script gets them: who may, what forms need, what links reveal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from fastapi.testclient import TestClient

from api.fairs.editing import pin
from api.fairs.links import Links
from api.fairs.people import link_paths
from api.fairs.undoing import take_back, unpin
from api.pages.fair_common import pair_key, pair_of
from api.pages.fair_setup import blank, read, typed_of
from api.store.fair_tables import FairRow
from api.store.fairs import Deed, add_fair, load_fair, put_participants
from api.store.firms import Change
from api.store.keys import Role
from api.store.meetings import get_meeting, put_meeting
from api.store.tables import now
from api.store.timetables import add_timetable
from api.writing import import_firms
from matcher.engine import Sentence
from matcher.fair import Fair, Participant, Session
from matcher.fair.meetings import MeetingState, accept, decline, proposed
from matcher.fair.meetings import request as asked
from tests.api.fakes import a_firm
from tests.api.test_pages import NASTY, Read, open_site, running_site

DEED = Deed("test")
ORGANISERS = ["", "/setup", "/people", "/person?firm=w1", "/lists", "/timetable", "/publish", "/outcomes", "/chances"]
POSTS = [
    "/fairs/new",
    "/fairs/f/setup",
    "/fairs/f/remove",
    "/fairs/f/start",
    "/fairs/f/people/sheet",
    "/fairs/f/people/sheet/apply",
    "/fairs/f/person",
    "/fairs/f/person/absent",
    "/fairs/f/person/act",
    "/fairs/f/lists",
    "/fairs/f/timetable",
    "/fairs/f/timetable/mend",
    "/fairs/f/publish",
    "/fairs/f/files",
    "/fairs/f/outcomes",
    "/fairs/f/chances",
]


def a_fair(*, slots: int = 4, tables: int = 3, start: time = time(9)) -> Fair:
    session = Session.even("1a", day=date(2027, 2, 4), start=start, slots=slots, slot_minutes=30)
    return Fair("f", Sentence(f"งาน {NASTY}", NASTY), (session,), tables, ())


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A fair of four firms, one with an ugly name, with one meeting that has a place."""
    app, settings, encoder = open_site(tmp_path_factory.mktemp("fairs"))
    with TestClient(app):
        site = running_site(app, settings, encoder)
        database = site.running.database
        with database.writing() as session:
            add_fair(session, a_fair(), {}, DEED)
            people = [Participant(id, min_meetings=1) for id in ("nasty", "w1", "w2")]
            put_participants(session, "f", [*people, Participant("w3", available=frozenset({3}))], {}, DEED)
            put_meeting(session, "f", proposed("nasty", "w1"))
            add_timetable(session, "f", {("nasty", "w1"): (3, 2)}, DEED, why=Sentence("ก", "a"), what="timetable.made")
        yield site


def link(site, firm_id: str) -> str:
    with site.running.database.reading() as session:
        return link_paths(session, Links(site.running.pepper), load_fair(session, "f"), [firm_id])[firm_id]


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("path", ["/fairs", "/fairs/new", *(f"/fairs/f{one}" for one in ORGANISERS)])
def test_every_page_of_a_fair_is_whole_and_escapes_what_it_shows(site, path: str, prefix: str):
    answer = site.member().get(prefix + path)
    page = Read(answer.text)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert not page.inline_code
    assert not [attrs for _, attrs in page.tags if any(name == "style" or name.startswith("on") for name in attrs)]
    assert len(page.all("h1")) == 1
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("role", [Role.READER, Role.FIRM])
def test_a_fairs_pages_are_the_organisers_alone(site, role: Role):
    browser = site.member(role, "w1" if role is Role.FIRM else None)
    assert {browser.get(f"/fairs/f{path}").status_code for path in ORGANISERS} == {403}
    assert site.browser().get("/fairs").status_code == 303


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_form_of_a_fair_without_its_token_is_refused(site, path: str, token: str):
    answer = site.member().post(path, data={"token": token, "firm": "w1", "sure": "1", "act": "remove"})
    assert answer.status_code == 403


def test_a_participants_page_is_not_kept_not_indexed_and_not_passed_on(site):
    answer = site.browser().get(link(site, "w1"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert "<script>alert" not in answer.text
    assert "w2" not in answer.text  # whom it does not meet


@pytest.mark.parametrize("spoiled", ["/p/x", "/en/p/x", "/p/x/find", "/p/x/timetable.ics"])
def test_a_link_that_opens_nothing_says_what_to_do(site, spoiled: str):
    answer = site.browser().get(spoiled)
    assert answer.status_code == 410
    assert ("ask the organiser" if spoiled.startswith("/en") else "ขอลิงก์ใหม่จากผู้จัดงาน") in answer.text


def test_the_form_of_one_link_does_not_serve_another(site):
    browser = site.browser()
    token = Read(browser.get(link(site, "w1")).text).value("token")
    data = {"token": token, "act": "decline", "other": "nasty"}
    assert browser.post(link(site, "w2"), data=data).status_code == 403
    with site.running.database.reading() as session:
        assert get_meeting(session, "f", ("nasty", "w1")).meeting.state is MeetingState.PROPOSED


def test_an_answer_that_cannot_be_is_said_in_words(site):
    browser, own = site.browser(), link(site, "w2")
    token = Read(browser.get(own).text + browser.get(f"{own}/find").text).value("token")
    answer = browser.post(own, data={"token": token, "act": "ask", "other": "w2"})
    assert answer.status_code == 409
    assert "ขอพบกิจการของตัวเองไม่ได้" in answer.text


def test_a_sheet_name_of_somebody_elses_file_is_refused(site):
    browser = site.member()
    token = Read(browser.get("/fairs/f/people").text).value("token")
    for kept in ("../khukha.sqlite", "registration-zz.xlsx", ""):
        answer = browser.post("/fairs/f/people/sheet/apply", data={"token": token, "kept": kept})
        assert answer.status_code == 422


@pytest.mark.parametrize("name", ["../../pepper", "manifest.json", "pack.pdf"])
def test_only_written_files_that_are_offered_can_be_fetched(site, name: str):
    assert site.member().get(f"/fairs/f/files/1/{name}").status_code == 404


@pytest.mark.parametrize("pair", [("a", "b"), ("a~", "~b"), ("x y", "ก/ข"), ("~~", "~1")])
def test_a_pairs_key_gives_the_pair_back_and_fits_an_element_id(pair):
    assert pair_of(pair_key(pair)) == (min(pair), max(pair))
    assert " " not in pair_key(pair)


def test_the_form_of_a_fair_gives_the_same_fair_back(site):
    with site.running.database.reading() as session:
        fair, row = load_fair(session, "f"), session.get(FairRow, "f")
        found = read(typed_of(row, fair), id="f", before=fair)
    assert found.fair.sessions == fair.sessions
    assert (found.fair.tables, found.fair.rules, found.fair.name) == (fair.tables, fair.rules, fair.name)


def test_a_session_past_midnight_is_named_at_its_row():
    typed = blank() | {"name_th": "งาน"}
    typed["sessions"][1] |= {"start": "22:00"}
    assert read(typed, id="f", before=None).wrong == {"session-1": "set_wrong_session"}


@pytest.mark.parametrize("yes", [True, False])
def test_taking_an_answer_back_leaves_the_meeting_as_it_was(database, fake_encoder, yes: bool):
    import_firms(database, fake_encoder, [a_firm("a"), a_firm("b")], Change("t", "t"))
    was = proposed("a", "b")
    with database.writing() as session:
        add_fair(session, a_fair(), {}, DEED)
        put_participants(session, "f", [Participant("a"), Participant("b")], {}, DEED)
        put_meeting(session, "f", accept(was, by="a", at=now()) if yes else decline(was, by="a"))
    take_back(database, "f", by="a", other="b", deed=DEED)
    with database.reading() as session:
        assert get_meeting(session, "f", ("a", "b")).meeting == was


def test_taking_back_a_no_to_a_request_lets_it_wait_again(database, fake_encoder):
    import_firms(database, fake_encoder, [a_firm("a"), a_firm("b")], Change("t", "t"))
    with database.writing() as session:
        add_fair(session, a_fair(), {}, DEED)
        put_participants(session, "f", [Participant("a"), Participant("b")], {}, DEED)
        waiting = asked(None, by="a", other="b", at=now(), ttl=timedelta(hours=1))
        put_meeting(session, "f", decline(waiting, by="b"))
    take_back(database, "f", by="b", other="a", deed=DEED)
    with database.reading() as session:
        found = get_meeting(session, "f", ("a", "b")).meeting
    assert (found.state, found.asked_by, found.second_said) == (MeetingState.REQUESTED, "a", None)
    assert found.expires_at > now()


def test_what_only_a_pin_held_is_off_without_it(database, fake_encoder):
    import_firms(database, fake_encoder, [a_firm("a"), a_firm("b")], Change("t", "t"))
    with database.writing() as session:
        add_fair(session, a_fair(), {}, DEED)
        put_participants(session, "f", [Participant("a"), Participant("b")], {}, DEED)
    pin(database, "f", ("a", "b"), DEED)
    unpin(database, "f", ("a", "b"), DEED)
    with database.reading() as session:
        assert get_meeting(session, "f", ("a", "b")).meeting.state is MeetingState.WITHDRAWN


def test_a_set_up_that_hurts_is_shown_before_it_is_done(site):
    browser = site.member()
    page = Read(browser.get("/fairs/f/setup").text)
    data = {"token": page.value("token"), "name_th": "งาน", "tables": "1", "ttl": "72", "dial": "0", "act": "save"}
    rows = {"id": "1a", "day": "2027-02-04", "start": "09:00", "slots": "4", "minutes": "30", "pause": "0", "kept": ""}
    data |= {f"session_{name}": value for name, value in rows.items()}
    answer = browser.post("/fairs/f/setup", data=data)
    assert "1 นัดจะเสียเวลา" in answer.text
    with site.running.database.reading() as session:
        assert session.get(FairRow, "f").tables == 3


def test_a_fair_is_deleted_only_where_that_is_meant(site):
    browser = site.member()
    token = Read(browser.get("/fairs/new").text).value("token")
    with site.running.database.writing() as session:
        add_fair(session, replace(a_fair(), id="gone"), {}, DEED)
    assert browser.post("/fairs/gone/remove", data={"token": token}).status_code == 303
    assert browser.get("/fairs/gone").status_code == 200
    browser.post("/fairs/gone/remove", data={"token": token, "sure": "1"})
    assert browser.get("/fairs/gone").status_code == 404
