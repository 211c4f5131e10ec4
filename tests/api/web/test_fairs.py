"""Fairs over HTTP: set up, changed, deleted; who takes part."""

from __future__ import annotations

import io

import openpyxl
import pytest

from tests.api.web.conftest import is_problem
from tests.api.web.fairs import SET_UP, plan, set_up


@pytest.fixture(scope="module")
def fair(service, encoder):
    made = set_up(service, encoder, "fair-people")
    yield made
    made.ask("DELETE", params={"even_if_published": True})


@pytest.fixture
def bare(service):
    """A fair without participants."""
    made = service.ask("POST", "/v1/fairs", json=SET_UP)
    assert made.status_code == 201, made.text
    yield made
    service.ask("DELETE", made.headers["location"], params={"even_if_published": True})


def test_a_fair_is_made_and_read_with_its_slots_times_and_figures(service, bare):
    assert bare.headers["location"] == f"/v1/fairs/{bare.json()['id']}"
    found = service.ask("GET", bare.headers["location"])
    assert found.headers["etag"] == f'"{found.json()["version"]}"' == bare.headers["etag"]
    said = found.json()
    assert said["slots"] == 8
    assert said["sessions"][0]["times"][1] == {"start": "09:35", "end": "10:05"}
    assert said["sessions"][1]["times"][0] == {"start": "13:00", "end": "13:40"}
    assert (said["participants"], said["lists"], said["timetable"], said["published"]) == (0, 0, 0, 0)
    assert said["summary"]["held"] == 0


def test_what_a_fair_answers_can_be_sent_back(service, bare):
    said = bare.json()
    again = {name: said[name] for name in ("name_th", "name_en", "venue", "sessions", "tables", "rules", "dial")}
    answer = service.ask("PUT", bare.headers["location"], json=again)
    assert answer.status_code == 200, answer.text
    assert {name: answer.json()[name] for name in again} == again


def test_a_change_on_top_of_somebody_elses_is_refused(service, bare):
    url, etag = bare.headers["location"], bare.headers["etag"]
    changed = service.ask("PUT", url, json=SET_UP | {"tables": 9}, headers={"If-Match": etag})
    assert changed.json()["tables"] == 9
    late = service.ask("PUT", url, json=SET_UP | {"tables": 10}, headers={"If-Match": etag})
    assert is_problem(late, 412, "changed_meanwhile")
    assert service.ask("GET", url).json()["tables"] == 9


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"sessions": []}, "invalid"),
        ({"sessions": [{"id": "x", "day": "2027-02-04"}]}, "invalid"),
        ({"sessions": [SET_UP["sessions"][0] | {"times": []}]}, "invalid"),
        ({"sessions": [SET_UP["sessions"][0] | {"slots": 100, "slot_minutes": 60}]}, "fair"),
        ({"sessions": [SET_UP["sessions"][0], SET_UP["sessions"][0]]}, "fair"),
        ({"tables": 0}, "invalid"),
        ({"id": "a/b"}, "invalid"),
        ({"rules": {"only": [{"by": "colour", "one": "x", "other": "y"}]}}, "invalid"),
    ],
)
def test_a_set_up_that_cannot_be_is_refused_with_each_problem_in_both_languages(service, wrong, code):
    answer = service.ask("POST", "/v1/fairs", json=SET_UP | wrong)
    assert is_problem(answer, 422, code)
    assert answer.json()["errors"]


def test_an_id_is_taken_once(service, fair):
    assert is_problem(service.ask("POST", "/v1/fairs", json=SET_UP | {"id": fair.id}), 409, "id_taken")


def test_fairs_are_listed_in_pages_newest_first(service, bare, fair):
    seen, cursor = [], None
    while True:
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = service.ask("GET", "/v1/fairs", params=params).json()
        seen += [one["id"] for one in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen.index(bare.json()["id"]) < seen.index(fair.id)
    assert len(seen) == len(set(seen))


def test_a_firms_key_sees_the_fairs_in_which_it_takes_part_and_no_others(service, bare, fair):
    listed = service.ask("GET", "/v1/fairs", by="firm_a").json()["items"]
    ids = {one["id"] for one in listed}
    assert fair.id in ids
    assert bare.json()["id"] not in ids
    assert fair.got("GET", by="firm_a")["summary"] is None
    theirs = service.ask("GET", bare.headers["location"], by="firm_a")
    nobodys = service.ask("GET", "/v1/fairs/nothing-here", by="firm_a")
    assert is_problem(theirs, 404, "not_found")
    assert theirs.content.replace(bare.json()["id"].encode(), b"nothing-here") == nobodys.content


def test_participants_come_in_pages_with_what_their_profiles_lack(service, fair, a_firm):
    service.ask("PUT", f"/v1/firms/{a_firm['id']}", json={"name_th": "ร้านเปล่า", "description": "ยังไม่บอกอะไร"})
    fair.got("PUT", f"/participants/{a_firm['id']}", json={"min_meetings": 0, "side": "buyer", "available": [0, 1]})
    found, cursor = [], None
    while True:
        page = fair.got("GET", "/participants", params={"limit": 5} | ({"cursor": cursor} if cursor else {}))
        found += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert [one["firm_id"] for one in found] == sorted([*fair.firms, a_firm["id"]])
    lacking = {one["firm_id"]: one["lacks"] for one in found if one["lacks"]}
    assert lacking.keys() == {a_firm["id"]}
    assert "ข้อมูลไม่พอ" in lacking[a_firm["id"]]["th"]
    one = fair.got("GET", f"/participants/{a_firm['id']}")
    assert (one["min_meetings"], one["side"], one["available"], one["address"]) == (0, "buyer", [0, 1], None)
    assert fair.ask("DELETE", f"/participants/{a_firm['id']}").status_code == 204
    assert is_problem(fair.ask("GET", f"/participants/{a_firm['id']}"), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"available": [99]}, "fair"),
        ({"min_meetings": 5, "max_meetings": 2}, "fair"),
        ({"address": "not an address"}, "address_refused"),
        ({"address": "json://169.254.169.254/"}, "address_refused"),
        ({"languages": []}, "invalid"),
        ({"language": "de"}, "invalid"),
    ],
)
def test_a_participant_that_cannot_be_is_refused_and_nothing_is_written(service, fair, body, code):
    before = fair.got("GET", f"/participants/{service.a.id}")
    assert is_problem(fair.ask("PUT", f"/participants/{service.a.id}", json=body), 422, code)
    assert fair.got("GET", f"/participants/{service.a.id}") == before


def test_only_firms_of_the_catalog_take_part(fair):
    assert is_problem(fair.ask("PUT", "/participants/nobody", json={}), 404, "not_found")


def test_a_firms_key_sees_its_own_entry_only(service, fair):
    own = fair.got("GET", "/participants", by="firm_a")["items"]
    assert [one["firm_id"] for one in own] == [service.a.id]
    assert own[0]["address"] == f"{service.a.id}@example.com"
    theirs = fair.ask("GET", f"/participants/{service.b.id}", by="firm_a")
    nobodys = fair.ask("GET", "/participants/nothing-here", by="firm_a")
    assert is_problem(theirs, 404, "not_found")
    assert theirs.content.replace(service.b.id.encode(), b"nothing-here") == nobodys.content


def test_a_citizen_number_in_a_delegates_name_is_masked(fair):
    said = fair.got("PUT", f"/participants/{fair.firms[2]}", json={"delegates": ["สมชาย 3100600445635"]})
    assert "3100600445635" not in said["delegates"][0]
    assert "สมชาย" in said["delegates"][0]


def test_wishes_are_added_once_listed_and_taken_back(fair):
    a, b = fair.firms[3], fair.firms[2]
    wish = {"wish": "must_meet", "firm_id": a, "other_id": b}
    for _ in range(2):
        assert fair.ask("POST", "/preferences", json=wish).status_code == 204
    assert fair.got("GET", "/preferences")["items"] == [{"wish": "must_meet", "firm_id": b, "other_id": a}]
    no = fair.ask("POST", "/preferences", json=wish | {"wish": "no_thanks"})
    assert is_problem(no, 422, "fair")
    assert no.json()["errors"][0]["detail_th"]
    assert fair.ask("DELETE", "/preferences", params=wish).status_code == 204
    assert is_problem(fair.ask("DELETE", "/preferences", params=wish), 404, "not_found")
    assert fair.got("GET", "/preferences")["items"] == []


def test_wishes_come_in_pages(fair):
    others = fair.firms[1:6]
    for other in others:
        fair.got("POST", "/preferences", json={"wish": "met_before", "firm_id": fair.firms[0], "other_id": other})
    seen, cursor = [], None
    while True:
        page = fair.got("GET", "/preferences", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        seen += [one["other_id"] for one in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == sorted(others)
    assert is_problem(fair.ask("GET", "/preferences", params={"cursor": "AAAA"}), 422, "bad_cursor")
    for other in others:
        params = {"wish": "met_before", "firm_id": fair.firms[0], "other_id": other}
        assert fair.ask("DELETE", "/preferences", params=params).status_code == 204


def the_sheet(fair, **params):
    """A registration sheet as it is given out, open."""
    answer = fair.ask("GET", "/registration", params=params)
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def filled(book, rows):
    """The sheet with these rows in place of its own, by header's first word."""
    sheet = book.worksheets[0]
    names = [str(cell.value).partition(" / ")[2] for cell in sheet[1]]
    sheet.delete_rows(2, sheet.max_row)
    for at, row in enumerate(rows, 2):
        for name, value in row.items():
            sheet.cell(at, names.index(name) + 1, value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_the_sheet_that_is_given_out_holds_every_firm_and_comes_back_filled(service, fair):
    assert the_sheet(fair).worksheets[0].max_row == len(service.firms) + 1
    again = the_sheet(fair, filled=True)
    assert again.worksheets[0].max_row == len(fair.firms) + 1
    file = io.BytesIO()
    again.save(file)
    said = fair.got("POST", "/registration", files={"file": ("who.xlsx", file.getvalue())})
    assert (said["rows"], said["same"], said["new"], said["changed"], said["problems"]) == (12, 12, [], [], [])


def test_a_sheet_is_looked_at_first_then_taken_in_row_by_row_and_twice_changes_nothing(service, bare, fair):
    url = f"{bare.headers['location']}/registration"
    a, b = service.firms[10], service.firms[11]
    content = filled(
        the_sheet(fair),
        [
            {"Firm ID": a.id, "Most meetings": 6, "Must meet": b.name_th, "E-mail": "a@example.com"},
            {"Firm name": b.name_th, "Available": "day 1 morning"},
            {"Firm ID": "nobody-knows"},
        ],
    )
    files = {"file": ("who.xlsx", content)}
    look = service.ask("POST", url, files=files, data={"preview": "true"}).json()
    assert look["preview"] is True
    assert (look["rows"], look["new"], look["preferences"]) == (3, [a.id, b.id], 1)
    assert [one["row"] for one in look["problems"]] == [4]
    assert all(one["th"] and one["en"] for one in look["problems"])
    assert service.ask("GET", bare.headers["location"]).json()["participants"] == 0
    done = service.ask("POST", url, files=files).json()
    assert done == look | {"preview": False}
    people = service.ask("GET", f"{bare.headers['location']}/participants").json()["items"]
    assert {one["firm_id"]: (one["max_meetings"], one["available"], one["address"]) for one in people} == {
        a.id: (6, None, "a@example.com"),
        b.id: (10, [0, 1, 2, 3], None),
    }
    again = service.ask("POST", url, files=files).json()
    assert (again["new"], again["changed"], again["same"], again["preferences"]) == ([], [], 2, 0)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("who.pdf", b"%PDF", "file_refused"),
        ("who.xlsx", b"no workbook", "unreadable_file"),
        ("who.csv", b"a,b\n1,2\n", "unreadable_file"),
    ],
)
def test_a_file_that_is_no_registration_sheet_is_refused(fair, name, content, code):
    assert is_problem(fair.ask("POST", "/registration", files={"file": (name, content)}), 422, code)


def test_rows_that_cannot_be_together_are_refused_as_a_whole(service, bare, fair):
    one, *others = service.firms[10:20]
    rows = [{"Firm ID": one.id, "Must meet": "; ".join(other.id for other in others)}]
    rows += [{"Firm ID": other.id} for other in others]
    url = f"{bare.headers['location']}/registration"
    for data in ({"preview": "true"}, {}):
        answer = service.ask("POST", url, files={"file": ("who.xlsx", filled(the_sheet(fair), rows))}, data=data)
        assert is_problem(answer, 422, "fair")
    assert service.ask("GET", bare.headers["location"]).json()["participants"] == 0


def test_links_open_a_page_of_ones_own_until_they_are_withdrawn(service, fair):
    links = {one["firm_id"]: one["url"] for one in fair.got("POST", "/links", json={"all": True})}
    assert links.keys() == set(fair.firms)
    assert all(url.startswith("http://testserver/p/") for url in links.values())
    some = fair.got("POST", "/links", json={"firm_ids": [service.a.id, service.a.id]})
    assert some == [{"firm_id": service.a.id, "url": links[service.a.id]}]
    assert fair.ask("DELETE", f"/links/{service.a.id}").status_code == 204
    after = {one["firm_id"]: one["url"] for one in fair.got("POST", "/links", json={"all": True})}
    assert {id for id in links if links[id] != after[id]} == {service.a.id}
    token = after[service.a.id].rpartition("/")[2]
    opened = service.running.links.read(token)
    assert (opened.fair_id, opened.firm_id, opened.version) == (fair.id, service.a.id, 2)
    assert is_problem(fair.ask("DELETE", "/links/nobody"), 404, "not_found")
    assert is_problem(fair.ask("POST", "/links", json={"firm_ids": ["nobody"]}), 404, "not_found")
    for wrong in ({}, {"all": True, "firm_ids": [service.a.id]}):
        assert is_problem(fair.ask("POST", "/links", json=wrong), 422, "invalid")


def test_every_change_is_logged_with_who_did_it(service, fair):
    page = fair.got("GET", "/events", params={"limit": 3})
    assert len(page["items"]) == 3
    rest = fair.got("GET", "/events", params={"limit": 100, "cursor": page["next_cursor"]})["items"]
    numbers = [one["sequence"] for one in [*page["items"], *rest]]
    assert numbers == sorted(numbers, reverse=True)
    assert rest[-1]["what"] == "fair.made"
    assert {one["by"] for one in rest} == {service.keys["organiser"].partition(".")[0]}
    assert "@example.com" not in str(rest)


def test_a_published_fair_goes_on_purpose_only_and_takes_its_files_along(service, encoder):
    made = plan(set_up(service, encoder, "fair-to-go"))
    folder = service.running.settings.files_dir / "fairs" / made.id
    assert folder.is_dir()
    assert is_problem(made.ask("DELETE"), 409, "published")
    assert made.ask("DELETE", params={"even_if_published": True}).status_code == 204
    assert is_problem(made.ask("GET"), 404, "not_found")
    assert not folder.exists()
