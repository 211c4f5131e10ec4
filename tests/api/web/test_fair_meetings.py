"""Lists, meetings, timetable, publication and outcomes of a fair over HTTP."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import datetime

import icalendar
import openpyxl
import pytest

from api.settings import BANGKOK
from api.store.meetings import find_meetings
from matcher.fair.meetings import HELD
from matcher.fair.runs import read_run
from tests.api.web.conftest import is_problem
from tests.api.web.fairs import SET_UP, pair_of, plan, set_up
from tests.api.web.test_description import check, operations

NOWHERE = "nothing-here"


@pytest.fixture(scope="module")
def fair(service, encoder):
    """Planned and published."""
    made = plan(set_up(service, encoder, "fair-planned"))
    yield made
    made.ask("DELETE", params={"even_if_published": True})


def of(meetings, *ids):
    """The meeting of two firms."""
    return next(one for one in meetings if set(pair_of(one)) == set(ids))


def without_meeting(fair, *, but=()):
    """Two participants between whom there is nothing, neither of them A or B or in `but`."""
    known = {pair_of(one) for one in fair.meetings()}
    apart = {fair.service.a.id, fair.service.b.id, *but}
    free = [id for id in fair.firms if id not in apart]
    return next((a, b) for a in free for b in free if a < b and (a, b) not in known)


def test_lists_are_kept_with_what_they_were_made_of(fair):
    lists = fair.got("GET", "/lists")
    assert lists["number"] == 1
    listed = {(one["first"], one["second"]) for one in lists["pairs"]}
    assert listed
    assert listed == {pair_of(one) for one in fair.meetings() if one["listed"]}
    assert set(lists["manifest"]["firms"]) == set(fair.firms)
    assert 0 <= lists["gap"] <= 1
    assert fair.got("GET", "/lists", params={"number": 1}) == lists
    assert is_problem(fair.ask("GET", "/lists", params={"number": 99}), 404, "not_found")


def test_meetings_come_with_reason_chance_time_and_table_in_pages(fair):
    every = fair.meetings()
    assert fair.meetings(limit=3) == every
    for one in every:
        assert one["reason"]["th"]
        assert one["reason"]["en"]
        assert (one["chance"] is None) == (one["chance_unknown"] is not None)
        start = datetime.fromisoformat(one["place"]["start"])
        assert start.tzinfo is not None
        assert start.astimezone(BANGKOK).date().isoformat() == "2027-02-04"
        assert 1 <= one["place"]["table"] <= SET_UP["tables"]
    own = fair.meetings(firm_id=fair.firms[0])
    assert own == [one for one in every if fair.firms[0] in pair_of(one)]
    assert fair.meetings(state=["declined", "expired"]) == []
    assert is_problem(fair.ask("GET", "/meetings", params={"cursor": "AAAA"}), 422, "bad_cursor")


def test_a_pair_of_which_too_little_is_known_says_so(service, encoder, a_firm):
    small = set_up(service, encoder, "fair-thin")
    try:
        service.ask("PUT", f"/v1/firms/{a_firm['id']}", json={"name_th": "ร้านเปล่า", "description": "ยังไม่บอกอะไร"})
        small.got("PUT", f"/participants/{a_firm['id']}", json={"min_meetings": 0})
        small.got("POST", "/meetings/ask", json={"by": a_firm["id"], "other": service.a.id})
        asked = of(small.meetings(), a_firm["id"], service.a.id)
        assert asked["chance"] is None
        assert "lists" in asked["chance_unknown"]["en"]
        assert asked["place"] is None
        small.got("POST", "/meetings/pin", json={"firm_id": a_firm["id"], "other_id": service.a.id})
        small.run("/lists", json={})
        listed = of(small.meetings(), a_firm["id"], service.a.id)
        assert (listed["must"], listed["chance"]) == (True, None)
        assert listed["chance_unknown"] == {"th": "ข้อมูลไม่พอ", "en": "not enough to say"}
    finally:
        small.ask("DELETE")


def test_a_firms_key_sees_its_own_meetings_and_of_others_nothing(service, fair):
    own = fair.meetings(by="firm_a")
    assert own
    assert {pair_of(one) for one in own} == {pair_of(one) for one in fair.meetings(firm_id=service.a.id)}
    theirs = fair.ask("GET", "/meetings", by="firm_a", params={"firm_id": service.b.id})
    nobodys = fair.ask("GET", "/meetings", by="firm_a", params={"firm_id": NOWHERE})
    assert is_problem(theirs, 404, "not_found")
    assert theirs.content.replace(service.b.id.encode(), NOWHERE.encode()) == nobodys.content


@pytest.mark.parametrize(("path", "more"), [("/meetings/ask", {}), ("/meetings/answer", {"yes": True})])
def test_a_firms_key_cannot_act_for_another_firm(service, fair, path, more):
    other = fair.firms[3]
    before = fair.meetings()
    theirs = fair.ask("POST", path, by="firm_a", json={"by": service.b.id, "other": other} | more)
    nobodys = fair.ask("POST", path, by="firm_a", json={"by": NOWHERE, "other": other} | more)
    assert is_problem(theirs, 404, "not_found")
    assert theirs.content.replace(service.b.id.encode(), NOWHERE.encode()) == nobodys.content
    assert fair.meetings() == before


def test_who_is_published_time_and_place_holds_for_a_firm_until_the_next_publication(service, fair):
    a = service.a.id
    one = fair.meetings(by="firm_a")[0]
    free = fair.got("POST", "/timetable/move", json=pair_in(one) | {"to": None, "preview": True})["free"]
    to = {"slot": free[0]["slot"], "table": free[0]["table"]}
    fair.got("POST", "/timetable/move", json=pair_in(one) | {"to": to})
    try:
        assert of(fair.meetings(), *pair_of(one))["place"]["slot"] == to["slot"]
        assert of(fair.meetings(by="firm_a"), *pair_of(one))["place"] == one["place"]
    finally:
        fair.got("POST", "/timetable/undo", json={})
    assert of(fair.meetings(firm_id=a), *pair_of(one))["place"] == one["place"]


def pair_in(meeting):
    """Two firms as bodies name them."""
    first, second = pair_of(meeting)
    return {"firm_id": first, "other_id": second}


def test_a_firm_says_yes_then_no_and_the_other_side_is_told(service, fair):
    a = service.a.id
    one = fair.meetings(by="firm_a")[0]
    other = next(id for id in pair_of(one) if id != a)
    yes = fair.got("POST", "/meetings/answer", by="firm_a", json={"other": other, "yes": True})
    said = "first_said" if yes["first"]["id"] == a else "second_said"
    assert (yes["state"], yes[said]) == ("proposed", True)
    settled = fair.got("POST", "/meetings/answer", json={"by": other, "other": a, "yes": True})
    assert settled["state"] == "accepted"
    assert fair.got("POST", "/meetings/answer", json={"by": other, "other": a, "yes": True}) == settled
    off = fair.got("POST", "/meetings/answer", by="firm_a", json={"other": other, "yes": False})
    assert (off["state"], off["place"]) == ("declined", None)
    assert pair_of(one) not in fair.timetable()
    told = service.ask("GET", "/v1/outbox", params={"topic": "meeting.declined", "limit": 100}).json()["items"]
    assert other in {message["firm_id"] for message in told}
    again = fair.ask("POST", "/meetings/ask", json={"by": other, "other": a})
    assert is_problem(again, 409, "meeting_refused")
    event = fair.got("GET", "/events", params={"limit": 100})["items"]
    mine = next(row for row in event if row["what"] == "meeting.declined")
    assert (mine["by"], mine["firm_id"]) == (service.keys["firm_a"].partition(".")[0], a)


def test_a_request_waits_without_a_slot_until_it_is_answered(fair):
    a, b = without_meeting(fair)
    asked = fair.got("POST", "/meetings/ask", json={"by": a, "other": b, "message": "สนใจมาก"})
    assert (asked["state"], asked["asked_by"], asked["message"], asked["place"]) == ("requested", a, "สนใจมาก", None)
    assert asked["expires_at"]
    assert fair.got("POST", "/meetings/ask", json={"by": a, "other": b}) == asked
    assert fair.got("GET")["summary"]["waiting"] == 1
    yes = fair.got("POST", "/meetings/answer", json={"by": b, "other": a, "yes": True})
    assert yes["state"] == "accepted"
    assert (a, b) in fair.timetable()
    fair.got("POST", "/meetings/answer", json={"by": b, "other": a, "yes": False})
    assert (a, b) not in fair.timetable()


def test_who_takes_its_own_request_back_withdraws_it(fair):
    a, b = without_meeting(fair)
    fair.got("POST", "/meetings/ask", json={"by": a, "other": b})
    assert fair.got("POST", "/meetings/answer", json={"by": a, "other": b, "yes": False})["state"] == "withdrawn"


def test_an_organiser_names_the_firm_for_which_it_acts(fair):
    answer = fair.ask("POST", "/meetings/ask", json={"other": fair.firms[0]})
    assert is_problem(answer, 422, "invalid")
    assert answer.json()["field"] == "by"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/meetings/ask", {"by": "{0}", "other": "{0}"}, 409, "meeting_refused"),
        ("/meetings/ask", {"by": "{0}", "other": "nobody"}, 404, "not_found"),
        ("/meetings/answer", {"by": "{0}", "other": "nobody", "yes": True}, 404, "not_found"),
        ("/meetings/pin", {"firm_id": "{0}", "other_id": "nobody"}, 404, "not_found"),
        ("/meetings/veto", {"firm_id": "{0}", "other_id": "nobody"}, 404, "not_found"),
        ("/preferences", {"wish": "met_before", "firm_id": "{0}", "other_id": "nobody"}, 404, "not_found"),
        ("/preferences", {"wish": "met_before", "firm_id": "{0}", "other_id": "{0}"}, 422, "fair"),
        ("/meetings/pin", {"firm_id": "{0}", "other_id": "{0}"}, 422, "fair"),
        ("/meetings/ask", {"by": "{0}", "other": "{1}", "message": "x" * 2_001}, 422, "invalid"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(fair, path, body, status, code):
    ids = {name: value.format(*fair.firms) if isinstance(value, str) else value for name, value in body.items()}
    answer = fair.ask("POST", path, json=ids)
    assert is_problem(answer, status, code)


def test_pinned_firms_meet_and_vetoed_ones_do_not(fair):
    a, b = without_meeting(fair)
    pinned = fair.got("POST", "/meetings/pin", json={"firm_id": b, "other_id": a})
    assert pinned["state"] == "proposed"
    assert {"wish": "must_meet", "firm_id": a, "other_id": b} in fair.got("GET", "/preferences")["items"]
    assert fair.ask("POST", "/meetings/veto", json={"firm_id": a, "other_id": b}).status_code == 204
    assert of(fair.meetings(), a, b)["state"] == "cancelled"
    assert fair.got("GET", "/preferences")["items"] == [{"wish": "no_thanks", "firm_id": a, "other_id": b}]
    refused = fair.ask("POST", "/meetings/ask", json={"by": a, "other": b})
    assert is_problem(refused, 409, "meeting_refused")
    assert fair.ask("DELETE", "/preferences", params={"wish": "no_thanks", "firm_id": a, "other_id": b}).status_code


def test_work_that_waits_is_not_asked_for_twice(service, encoder):
    small = set_up(service, encoder, "fair-twice")
    one = small.got("POST", "/lists", json={})
    assert small.got("POST", "/lists", json={}) == one
    assert small.got("POST", "/lists", json={"keep": True})["id"] != one["id"]
    timetable = small.got("POST", "/timetable")
    assert small.got("POST", "/timetable") == timetable
    small.ask("DELETE")


def test_lists_made_anew_say_what_changed_and_why(fair):
    a, b = without_meeting(fair)
    fair.got("POST", "/preferences", json={"wish": "must_meet", "firm_id": a, "other_id": b})
    made = fair.run("/lists", json={"keep": True})["lists"]
    changes = fair.got("GET", "/lists/changes", params={"before": made - 1, "after": made})
    added = next(one for one in changes if (one["first"], one["second"]) == (a, b))
    assert added["kind"] == "added"
    assert added["why"] == {"th": "กำหนดให้ต้องพบ", "en": "they must meet now"}
    assert fair.got("GET", "/lists/changes", params={"before": made, "after": made}) == []
    assert is_problem(fair.ask("GET", "/lists/changes", params={"before": 1, "after": 99}), 404, "not_found")


def test_the_timetable_is_one_meeting_a_firm_and_table_at_a_time(fair):
    rows = fair.got("GET", "/timetable")["rows"]
    assert rows
    busy = [(row["slot"], id) for row in rows for id in (row["first"], row["second"])]
    tables = [(row["slot"], row["table"]) for row in rows]
    assert len(busy) == len(set(busy))
    assert len(tables) == len(set(tables))
    assert tables == sorted(tables)


def test_a_meeting_moves_where_it_can_and_each_conflict_is_named_where_it_cannot(fair):
    places = fair.timetable()
    (pair, mine), *others = places.items()
    names = {"firm_id": pair[1], "other_id": pair[0]}
    busy = next(row for other, row in others if set(other) & set(pair) and row["slot"] != mine["slot"])
    to = {"slot": busy["slot"], "table": busy["table"]}
    look = fair.got("POST", "/timetable/move", json=names | {"to": to, "preview": True})
    assert {"busy", "table_taken"} <= {one["kind"] for one in look["conflicts"]}
    assert look["number"] is None
    refused = fair.ask("POST", "/timetable/move", json=names | {"to": to})
    assert is_problem(refused, 409, "place_taken")
    assert [one["code"] for one in refused.json()["errors"]] == [one["kind"] for one in look["conflicts"]]
    assert fair.timetable() == places
    free = look["free"][0]
    moved = fair.got("POST", "/timetable/move", json=names | {"to": {"slot": free["slot"], "table": free["table"]}})
    assert moved["number"] == fair.got("GET", "/timetable")["number"]
    assert fair.timetable()[pair]["start"] == free["start"]
    out = fair.got("POST", "/timetable/move", json=names | {"to": None})
    assert pair not in fair.timetable()
    back = fair.got("POST", "/timetable/undo", json={"to": moved["number"] - 1})
    assert back["number"] == out["number"] + 1
    assert fair.timetable() == places


def test_versions_of_the_timetable_stay_and_come_in_pages(fair):
    first = fair.got("GET", "/timetable", params={"version": 1})
    assert first["number"] == 1
    assert first["made_of"]["status"]
    seen, cursor = [], None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = fair.got("GET", "/timetable/versions", params=params)
        seen += [one["number"] for one in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == list(range(seen[0], 0, -1))
    assert is_problem(fair.ask("GET", "/timetable", params={"version": 999}), 404, "not_found")
    assert is_problem(fair.ask("POST", "/timetable/undo", json={"to": 999}), 404, "not_found")
    nobodys = {"firm_id": "nobody", "other_id": fair.firms[0], "to": None}
    assert is_problem(fair.ask("POST", "/timetable/move", json=nobodys), 404, "not_found")


def test_a_firm_that_stays_away_is_looked_at_first_then_its_meetings_are_off(service, encoder):
    small = set_up(service, encoder, "fair-absence")
    small.run("/lists", json={})
    small.run("/timetable")
    gone = small.firms[4]
    before = small.timetable()
    own = sorted(list(pair) for pair in before if gone in pair)
    assert own
    look = small.got("POST", "/timetable/absence", json={"firm_id": gone, "preview": True})
    assert look["number"] is None
    assert sorted(look["gone"]) == own
    assert small.timetable() == before
    done = small.got("POST", "/timetable/absence", json={"firm_id": gone})
    assert done["number"] == small.got("GET", "/timetable")["number"]
    after = small.timetable()
    assert not any(gone in pair for pair in after)
    moved = {pair for pair in after if after[pair]["slot"] != before[pair]["slot"]}
    assert moved == {(one["first"], one["second"]) for one in done["moved"]}
    told = service.ask("GET", "/v1/outbox", params={"topic": "meeting.cancelled", "limit": 100}).json()["items"]
    assert {message["firm_id"] for message in told} >= {id for pair in own for id in pair}
    assert is_problem(small.ask("POST", "/timetable/absence", json={"firm_id": "nobody"}), 404, "not_found")
    mended = small.got("POST", "/timetable/mend", json={"preview": True})
    assert (mended["moved"], mended["gone"], mended["fewest"]) == ([], [], True)
    small.got("POST", "/timetable/mend", json={})
    assert small.timetable() == after
    small.ask("DELETE")


def test_a_change_of_the_set_up_that_takes_something_away_is_refused_until_it_is_meant(service, encoder):
    small = set_up(service, encoder, "fair-harm")
    small.got("PUT", f"/participants/{small.firms[5]}", json={"available": [0, 1, 6], "min_meetings": 0})
    small.run("/lists", json={})
    small.run("/timetable")
    before = small.timetable()
    am, pm = SET_UP["sessions"]
    later = {"sessions": [am | {"start": "10:00", "slot_minutes": 20}, pm]}
    small.got("PUT", json=SET_UP | later)
    assert {pair: row["slot"] for pair, row in small.timetable().items()} == {
        pair: row["slot"] for pair, row in before.items()
    }
    only_pm = SET_UP | {"sessions": [pm]}
    refused = small.ask("PUT", json=only_pm)
    assert is_problem(refused, 422, "fair")
    assert "even_if_harmful" in refused.json()["errors"][0]["detail_en"]
    small.got("PUT", json=only_pm, params={"even_if_harmful": True})
    assert small.timetable().keys() == {pair for pair, row in before.items() if row["slot"] >= 4}
    assert all(row["start"] == before[pair]["start"] for pair, row in small.timetable().items())
    assert small.got("GET", f"/participants/{small.firms[5]}")["available"] == [2]
    small.ask("DELETE")


def test_a_fair_without_room_says_why_no_timetable_is_possible(service, encoder):
    small = set_up(service, encoder, "fair-full")
    small.run("/lists", json={})
    crowded = small.firms[0]
    for other in small.firms[1:4]:
        small.got("POST", "/meetings/pin", json={"firm_id": crowded, "other_id": other})
    small.got("PUT", f"/participants/{crowded}", json={"min_meetings": 0, "available": [0, 1, 2]})
    for other in small.firms[1:4]:
        small.got("PUT", f"/participants/{other}", json={"min_meetings": 0, "available": [0, 1, 2, 3, 4, 5]})
    held = [one for one in small.meetings(firm_id=crowded) if one["state"] == "proposed"]
    if len(held) > 3:
        problem = small.run("/timetable")
        assert problem["th"]
        assert problem["en"]
        mend = small.ask("POST", "/timetable/mend", json={})
        assert is_problem(mend, 409, "no_timetable")
    else:
        pytest.fail("the firm has too few meetings for this test")
    small.ask("DELETE")


def test_a_publications_files_are_those_of_its_firms(service, fair):
    assert fair.got("GET", "/publications")[-1]["files"] is True
    assert fair.got("GET", "/publications", by="firm_a") == fair.got("GET", "/publications")
    archive = fair.ask("GET", "/publications/1/files.zip")
    with zipfile.ZipFile(io.BytesIO(archive.content)) as files:
        assert files.testzip() is None
        names = set(files.namelist())
    assert {"organiser.xlsx", "pack.pdf", "meetings.csv", "manifest.json", "lists.json"} <= names
    a = service.a.id
    book = fair.ask("GET", f"/publications/1/firms/{a}", by="firm_a")
    assert openpyxl.load_workbook(io.BytesIO(book.content)).worksheets
    calendar = fair.ask("GET", f"/publications/1/firms/{a}", by="firm_a", params={"format": "ics"})
    events = icalendar.Calendar.from_ical(calendar.content).walk("VEVENT")
    places = fair.got("GET", "/timetable", params={"version": 1})["rows"]
    assert len(events) == sum(a in (row["first"], row["second"]) for row in places)


def test_a_firms_key_fetches_no_other_firms_file(service, fair):
    theirs = fair.ask("GET", f"/publications/1/firms/{service.b.id}", by="firm_a")
    nobodys = fair.ask("GET", f"/publications/1/firms/{NOWHERE}", by="firm_a")
    assert is_problem(theirs, 404, "not_found")
    assert theirs.content.replace(service.b.id.encode(), NOWHERE.encode()) == nobodys.content
    assert is_problem(fair.ask("GET", "/publications/9/files.zip"), 404, "not_found")
    assert is_problem(fair.ask("GET", f"/publications/9/firms/{service.a.id}"), 404, "not_found")
    assert is_problem(fair.ask("GET", "/publications/one/files.zip"), 422, "invalid")


def test_published_lists_can_be_compared_later(service, fair):
    folder = service.running.settings.files_dir / "fairs" / fair.id / "v1"
    run = read_run(folder)
    assert run.lists.as_json() == (folder / "lists.json").read_bytes()
    assert run.manifest.as_json() == (folder / "lists-manifest.json").read_bytes()


def test_a_fair_without_a_timetable_cannot_be_published(service, encoder):
    small = set_up(service, encoder, "fair-early")
    for path in ("/timetable", "/lists", "/publications/1/files.zip"):
        assert is_problem(small.ask("GET", path), 404, "not_found")
    assert is_problem(small.ask("POST", "/publications"), 404, "not_found")
    assert is_problem(small.ask("POST", "/timetable/undo", json={}), 404, "not_found")
    assert small.got("GET", "/publications") == []
    small.ask("DELETE")


def test_who_leaves_a_fair_leaves_no_meeting_behind(service, encoder):
    small = set_up(service, encoder, "fair-leave")
    small.run("/lists", json={})
    small.run("/timetable")
    gone = small.firms[4]
    assert any(gone in pair for pair in small.timetable())
    assert small.ask("DELETE", f"/participants/{gone}").status_code == 204
    assert not any(gone in pair for pair in small.timetable())
    summary = small.got("GET")["summary"]
    assert summary["participants"] == 11
    assert summary["timed"] == summary["held"] == len(small.timetable())
    small.ask("DELETE")


def test_both_sides_and_the_organiser_tell_what_came_of_a_meeting_and_the_report_counts_it_once(service, fair):
    one = fair.meetings(by="firm_a", state=["proposed", "accepted"])[0]
    a, other = service.a.id, next(id for id in pair_of(one) if id != service.a.id)
    body = pair_in(one) | {"outcome": "cooperation_possible", "expected_thb": 500_000}
    mine = fair.got("PUT", "/outcomes", by="firm_a", json=body)
    assert (mine["by"], mine["expected_thb"]) == (a, 500_000)
    theirs = body | {"by": other, "outcome": "informative", "expected_thb": 200_000, "note": "=1+1"}
    fair.got("PUT", "/outcomes", json=theirs)
    report = fair.got("GET", "/outcomes/report")
    held = {pair_of(one) for one in fair.meetings(state=sorted(HELD))}
    assert report["total"]["meetings"] == len(held)
    assert (report["total"]["answered"], report["total"]["met"]) == (1, 1)
    assert (report["total"]["expected_thb"], report["total"]["actual_thb"]) == (200_000, 0)
    assert [(one["first"], one["second"]) for one in report["differences"]] == [pair_of(one)]
    fair.got("PUT", "/outcomes", json=pair_in(one) | {"outcome": "informative", "actual_thb": 90_000})
    assert fair.got("GET", "/outcomes/report")["total"]["actual_thb"] == 90_000
    assert [told["by"] for told in fair.got("GET", "/outcomes", params={"limit": 2})["items"]] == [a, other]
    assert [told["by"] for told in fair.got("GET", "/outcomes", by="firm_a")["items"]] == [a]
    assert [told["by"] for told in fair.got("GET", "/outcomes", params={"firm_id": other})["items"]] == [a, other, None]


def test_the_report_is_a_table_too_and_no_cell_is_a_formula(fair):
    total = fair.got("GET", "/outcomes/report")["total"]
    table = fair.ask("GET", "/outcomes/report", params={"format": "csv", "language": "en"})
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert rows[0]["Meetings"] == str(total["meetings"])
    book = fair.ask("GET", "/outcomes/report", params={"format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert total["meetings"] in {cell.value for cell in cells}
    assert all(cell.data_type != "f" for cell in cells)


def test_nobody_tells_of_a_meeting_that_is_not_its_own(service, fair):
    known = [pair_of(one) for one in fair.meetings()]
    theirs = next(pair for pair in known if service.a.id not in pair)
    body = {"outcome": "informative"}
    for pair in (theirs, (NOWHERE, theirs[1])):
        answer = fair.ask("PUT", "/outcomes", by="firm_a", json=body | {"firm_id": pair[0], "other_id": pair[1]})
        assert is_problem(answer, 404, "not_found")
    strange = body | {"firm_id": theirs[0], "other_id": theirs[1], "by": "nobody"}
    assert is_problem(fair.ask("PUT", "/outcomes", json=strange), 422, "fair")
    a, b = without_meeting(fair)
    assert is_problem(fair.ask("PUT", "/outcomes", json=body | {"firm_id": a, "other_id": b}), 404, "not_found")
    for wrong in ({"outcome": "won"}, {"expected_thb": -1}, {"actual_thb": 10**13}):
        whole = {"firm_id": theirs[0], "other_id": theirs[1]} | body | wrong
        assert is_problem(fair.ask("PUT", "/outcomes", json=whole), 422, "invalid")


def test_chain_gaps_are_those_of_a_cluster_a_province_or_a_fair(service, fair):
    every = service.ask("GET", "/v1/chain-gaps").json()
    one = service.ask("GET", "/v1/chain-gaps", params={"cluster": "agritech"}).json()
    assert one["roles"] == [role for role in every["roles"] if role["cluster"] == "agritech"]
    offers = {offer.id for firm in service.firms if firm.id in fair.firms for offer in firm.offers}
    small = service.ask("GET", "/v1/chain-gaps", params={"fair": fair.id}).json()
    assert {id for role in small["roles"] for id in role["offers"]} <= offers
    local = service.ask("GET", "/v1/chain-gaps", params={"province": "Chiang Mai"}).json()
    assert {row["province"] for row in local["provinces"]} <= {"เชียงใหม่"}
    assert is_problem(service.ask("GET", "/v1/chain-gaps", params={"cluster": "x"}), 422, "unknown_value")
    assert is_problem(service.ask("GET", "/v1/chain-gaps", params={"fair": NOWHERE}), 404, "not_found")


@pytest.mark.parametrize("language", ["th", "en"])
def test_a_chain_is_drawn_in_both_languages(service, language):
    answer = service.ask("GET", "/v1/chain-gaps/agritech.svg", params={"language": language})
    assert answer.headers["content-type"] == "image/svg+xml"
    assert f'lang="{language}"' in answer.text
    assert is_problem(service.ask("GET", "/v1/chain-gaps/nothing.svg"), 404, "not_found")


def test_a_reader_sees_set_ups_and_chains_and_nobodys_meetings(fair):
    assert fair.got("GET", by="reader")["summary"]["held"] > 0
    for path in ("/meetings", "/participants", "/timetable", "/outcomes"):
        assert is_problem(fair.ask("GET", path, by="reader"), 403, "not_allowed")


def test_answers_are_what_their_schemas_say(service, fair):
    spec = service.client.get("/openapi.json").json()
    ids = {"{id}": fair.id, "{firm_id}": service.a.id, "{version}": "1"}
    params = {
        "/v1/fairs/{id}/lists/changes": {"before": 1, "after": 2},
        "/v1/fairs/{id}/contacts": {"firm_id": service.a.id},
    }
    asked = 0
    for (method, path), call in operations(spec).items():
        content = call["responses"].get("200", {}).get("content", {})
        if method != "GET" or not path.startswith("/v1/fairs") or "application/json" not in content:
            continue
        address = path
        for name, value in ids.items():
            address = address.replace(name, value)
        answer = service.ask("GET", address, params=params.get(path))
        assert answer.status_code == 200, (path, answer.text)
        assert check(spec, content["application/json"]["schema"], answer.json()) == [], path
        asked += 1
    assert asked >= 12


def test_meetings_of_the_database_are_those_that_are_shown(service, fair):
    with service.running.database.reading() as session:
        stored = [one.meeting.pair for one in find_meetings(session, fair.id)]
    assert sorted(stored) == sorted(pair_of(one) for one in fair.meetings())


def test_what_a_fair_would_learn_is_shown_and_nothing_is_learned_of_itself(fair):
    found = fair.got("GET", "/chances")
    assert found["in_force"] == found["usual"]
    assert found["fairs"] == [fair.id]
    assert found["answers"] == sum(one["count"] for one in found["before"]["bins"])
    refused = fair.ask("POST", "/chances/learn", json={})
    assert is_problem(refused, 409, "too_few_answers")
    assert is_problem(fair.ask("POST", "/chances/undo"), 409, "nothing_to_undo")
    assert is_problem(fair.ask("GET", "/chances", params={"of": ["no-such-fair"]}), 404)
    assert fair.got("GET", "/chances")["applied"] == 0
