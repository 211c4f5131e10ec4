"""Words that want to be markup, a formula or a template, planted wherever people write: pages and files stay whole.

Pages are found in the app, not listed here: a new one is visited, or the test says that it cannot reach it.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from icalendar import Calendar

from api.store.fairs import Deed
from api.store.firms import Change
from api.store.keys import Role
from api.store.timetables import add_timetable
from api.web.around import HEADERS
from api.writing import import_firms
from matcher.domain import Certificate, Firm, Need, Offer, Position, Stage
from matcher.engine import Sentence
from tests.api.fakes import a_firm
from tests.api.test_pages import Site, open_site, running_site, sign_in

BAD = """=x7("<x7 onx7=1>"'onx7='</title></textarea><script>x7()</script>{{7*191}}{%x7%}#x7[x]&lt;x7>javascript:x7"""
"""A formula to a sheet, an element and an attribute to a page, an expression to a template, code to a typesetter."""

LABEL = BAD[:80]
FAIR = "planted"
PAIR = ("b1", "b2")
SAFE = {name: value for name, value in HEADERS.items() if name != "Referrer-Policy"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def bad_firm(id: str) -> Firm:
    """A firm that says nothing else."""
    return replace(
        a_firm(id),
        name_th=f"{BAD} {id}",
        name_en=BAD,
        description=BAD,
        certificates=(Certificate(BAD, BAD, date(2099, 1, 1)), Certificate(f"{BAD}2", None, date(2020, 1, 1))),
        positions=(Position("thai_textile", Stage.MIDSTREAM, BAD),),
        offers=(Offer(f"{id}/o1", f"ผ้าไหม {BAD}", "thai_textile", Stage.MIDSTREAM, BAD, BAD, BAD, BAD, BAD),),
        needs=(
            Need(f"{id}/n1", f"เส้นไหม {BAD}", "thai_textile", Stage.UPSTREAM, BAD, volume=BAD, deliver_to=BAD),
            Need(f"{id}/n2", BAD, None, None, must_certificates=(BAD,)),
        ),
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site on which everybody writes the same."""
    app, settings, encoder = open_site(
        tmp_path_factory.mktemp("planted"), public_url="https://khukha.example", rate="1000000/minute"
    )
    with TestClient(app):
        site = running_site(app, settings, encoder)
        import_firms(site.running.database, encoder, [bad_firm(id) for id in PAIR], Change("planted", "test"))
        plant(site, Api(site))
        yield site


class Api:
    """The API, with an organiser's key."""

    def __init__(self, site: Site) -> None:
        self._client = TestClient(site.app, headers={"Authorization": f"Bearer {site.key()}"})

    def __call__(self, method: str, path: str, **rest: Any) -> Any:
        """A request that is taken; what it answers."""
        answer = self._client.request(method, path, **rest)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json() if answer.content else None


def plant(site: Site, api: Api) -> None:
    """Say it wherever something can be said."""
    session = {"id": LABEL, "day": "2027-02-04", "start": "09:00", "slots": 4, "slot_minutes": 30}
    rules = {"only": [{"by": "side", "one": LABEL, "other": "*"}]}
    fair = {"id": FAIR, "name_th": BAD, "name_en": BAD, "venue": BAD, "sessions": [session], "tables": 3}
    api("POST", "/v1/fairs", json=fair | {"rules": rules})
    person = {"delegates": [BAD], "side": LABEL, "group": LABEL, "min_meetings": 0, "address": "a@example.com"}
    for id in (*PAIR, "w1", "w2"):
        api("PUT", f"/v1/fairs/{FAIR}/participants/{id}", json=person)
    api("POST", f"/v1/fairs/{FAIR}/meetings/ask", json={"by": "b1", "other": "b2", "message": BAD})
    api("POST", f"/v1/fairs/{FAIR}/meetings/ask", json={"by": "b1", "other": "w1", "message": BAD})
    api("POST", f"/v1/fairs/{FAIR}/lists", json={})
    site.work()
    api("POST", f"/v1/fairs/{FAIR}/meetings/pin", json={"firm_id": "b1", "other_id": "b2"})
    with site.running.database.writing() as made:
        said = Sentence(BAD, BAD)
        add_timetable(made, FAIR, {PAIR: (0, 1)}, Deed("test"), why=said, what="timetable.made")
    api("POST", f"/v1/fairs/{FAIR}/publications")
    told = {"firm_id": "b1", "other_id": "b2", "outcome": "informative", "note": BAD}
    for by in PAIR:
        api("PUT", f"/v1/fairs/{FAIR}/outcomes", json=told | {"by": by, "expected_thb": 5 if by == "b1" else 7})
    api("POST", "/v1/contacts", json={"firm_id": "b1", "name": BAD, "position": BAD, "line_id": LABEL})
    api("POST", "/v1/webhooks", json={"name": BAD, "url": "https://a.example/", "topics": ["*"]})
    api("POST", "/v1/keys", json={"name": BAD, "role": "reader"})
    api("POST", "/v1/match-requests", json={"text": BAD, "quantity": BAD, "firm_id": "b1"})
    sheet = f'id,name_th,offers\n"=1","{BAD}","{BAD}"\n"b9",,"{BAD}"\n'.replace('"<', "<").replace('>"', ">")
    api("POST", "/v1/imports", files={"file": (f"{LABEL}.csv", sheet.encode())}, data={"preview": "true"})
    for kind in ("xlsx", "csv"):
        api("POST", "/v1/exports", json={"format": kind})
    site.work()


class Whole(HTMLParser):
    """Reads a page as a browser does: what was planted may be text, nothing else."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words, self.broken = "", []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of the page."""
        self._open = tag
        bad = [name for name, _ in attrs if "x7" in name or name.startswith("on") or name == "style"]
        runs = [value for _, value in attrs if value and value.strip().lower().startswith("javascript:")]
        outside = [value for name, value in attrs if name in {"src", "action"} and value and "//" in value[:8]]
        self.broken += [tag] * ("x7" in tag) + bad + runs + outside
        self.words += f" {' '.join(value or '' for _, value in attrs)} "

    def handle_data(self, data: str) -> None:
        """Text between elements."""
        if self._open in {"script", "style"} and data.strip():
            self.broken.append(f"<{self._open}> {data[:40]}")
        self.words += data

    def handle_endtag(self, tag: str) -> None:
        """The end of an element."""
        self._open = ""


def routes(site: Site, method: str) -> list[str]:
    """Addresses of pages, the English ones too; the API's are tried elsewhere."""
    return sorted(
        one.path
        for one in iter_route_contexts(site.app.routes)
        if one.methods and method in one.methods and not one.include_in_schema and one.path != "/openapi.json"
    )


def filled(site: Site, path: str) -> list[str]:
    """An address with each of the things that it may name."""
    api = Api(site)
    jobs = [one["id"] for one in api("GET", "/v1/jobs", params={"limit": 100})]
    if "{fair_id}" in path:
        jobs = jobs[-1:]
    known = {
        "id": {"/firms/": [*PAIR], "/requests/": [one["id"] for one in api("GET", "/v1/match-requests")["items"]]},
        "link": [link_of(site, "b1")],
        "fair_id": [FAIR],
        "job_id": jobs,
        "version": ["1"],
        "kind": ["xlsx", "csv"],
        "name": ["all.zip", "workbook.xlsx", "pack.pdf", "table.csv"],
    }
    found = [path]
    for name in re.findall(r"{(\w+)(?::path)?}", path):
        values = known[name]
        if isinstance(values, dict):
            values = next((some for where, some in values.items() if where in path), jobs)
        found = [re.sub(rf"{{{name}(:path)?}}", value, one) for one in found for value in values]
    return found


def link_of(site: Site, firm_id: str) -> str:
    """The token of a participant's link."""
    return Api(site)("POST", f"/v1/fairs/{FAIR}/links", json={"firm_ids": [firm_id]})[0]["url"].rpartition("/")[2]


QUERIES = [
    {},
    {"q": BAD, "firm": "b1", "other": "b2", "did": "ask", "cluster": "thai_textile", "next": BAD, "need_id": "b1/n1"},
    {"firm": "b1", "need": "b1/n1", "before": "1", "after": "1", "language": "en", "cluster": BAD, "did": BAD},
]
GOES_ON = {200, 303, 404, 409, 410, 422}


def test_no_page_lets_out_what_was_planted_and_most_pages_show_it(site):
    organiser, firm = site.member(), site.member(Role.FIRM, "b1")
    seen, shown = set(), set()
    for path in routes(site, "GET"):
        for address in filled(site, path):
            for query in QUERIES:
                for browser, headers in ((organiser, {}), (organiser, {"X-Part": "1"}), (firm, {})):
                    answer = browser.get(address, params=query, headers=headers)
                    assert answer.status_code in GOES_ON | {403}, (address, query, answer.text[:300])
                    assert {name: answer.headers[name] for name in SAFE} == SAFE, address
                    assert answer.headers["referrer-policy"] in {"same-origin", "no-referrer"}
                    if answer.status_code == 200:
                        seen.add(path)
                    if answer.headers.get("content-type", "").startswith("text/html"):
                        page = Whole(answer.text)
                        assert page.broken == [], (address, query)
                        assert not re.search(r"\b1337\b", page.words), (address, "a template ran what was planted")
                        shown |= {path} if "<x7 onx7=1>" in page.words else set()
    assert {path for path in routes(site, "GET") if path not in seen} <= NOT_REACHED
    assert shown


NOT_REACHED = {f"{prefix}{path}" for prefix in ("", "/en") for path in ("/signin", "/fairs/{fair_id}/timetable/free")}
"""Who is signed in is sent on; free places are asked for a meeting by its own key."""


def sheets_of(name: str, data: bytes) -> list[tuple[str, bytes]]:
    """A file, or the files within."""
    if not name.endswith(".zip"):
        return [(name, data)]
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return [(one, packed.read(one)) for one in packed.namelist()]


def formulas(name: str, data: bytes) -> list[str]:
    """Cells of a file that a spreadsheet would run, or properties that a calendar should not have."""
    if name.endswith(".xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(data))
        cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
        return [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
    if name.endswith(".csv"):
        rows = csv.reader(io.StringIO(data.decode("utf-8-sig")))
        return [
            cell for row in rows for cell in row if cell.startswith(FORMULA) and not re.fullmatch(r"-?[\d.]+", cell)
        ]
    if name.endswith(".ics"):
        return [str(one) for one in Calendar.from_ical(data).walk() if "ATTACH" in one or "x7" in one.name.lower()]
    if name.endswith(".svg"):
        return [one.tag for one in ElementTree.fromstring(data).iter() if "x7" in one.tag or "script" in one.tag]
    return []


def test_no_file_that_leaves_holds_a_formula(site):
    organiser, api = TestClient(site.app, headers={"Authorization": f"Bearer {site.key()}"}), Api(site)
    jobs = [one for one in api("GET", "/v1/jobs", params={"limit": 100}) if (one["result"] or {}).get("file")]
    wanted = [
        *(f"/v1/jobs/{one['id']}/file" for one in jobs),
        f"/v1/fairs/{FAIR}/publications/1/files.zip",
        f"/v1/fairs/{FAIR}/registration?filled=true",
        f"/v1/fairs/{FAIR}/registration",
        *(f"/v1/fairs/{FAIR}/outcomes/report?format={kind}" for kind in ("xlsx", "csv")),
        *(f"/p/{link_of(site, 'b1')}/timetable.{kind}" for kind in ("xlsx", "ics")),
        "/v1/chain-gaps/thai_textile.svg",
    ]
    held = set()
    for path in wanted:
        answer = organiser.get(path)
        assert answer.status_code == 200, (path, answer.text[:300])
        name = re.search(r'filename="?([^";]+)', answer.headers.get("content-disposition", "; filename=x.svg"))[1]
        for inner, data in sheets_of(name, answer.content):
            assert formulas(inner, data) == [], (path, inner)
            held |= {inner.rpartition(".")[2]}
    assert {"xlsx", "csv", "ics", "svg"} <= held


def test_who_tries_keys_is_slowed_down_by_address_and_by_key(tmp_path):
    app, settings, encoder = open_site(tmp_path, sign_in_rate="5/minute")
    with TestClient(app):
        site = running_site(app, settings, encoder)
        key, other = site.key(), site.key()
        browser = site.browser()
        wrong = f"{key.partition('.')[0]}.guess"
        assert [sign_in(browser, wrong).status_code for _ in range(5)] == [401] * 5
        refused = sign_in(browser, wrong)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert sign_in(browser, other).status_code == 429  # the address is counted, whatever the key
        elsewhere = TestClient(app, headers=site.browser().headers, follow_redirects=False, client=("10.0.0.9", 1))
        assert sign_in(elsewhere, key).status_code == 429  # the key is counted, wherever it is tried
        assert sign_in(elsewhere, other).status_code == 303


def test_a_rotation_without_overlap_ends_the_sessions_of_the_former_secret(site):
    key = site.key()
    browser, api = site.member(key=key), Api(site)
    assert browser.get("/fairs").status_code == 200
    made = api("POST", f"/v1/keys/{key.partition('.')[0]}/rotate", json={"both_for_h": 1})
    assert browser.get("/fairs").status_code == 200
    newest = api("POST", f"/v1/keys/{made['id']}/rotate", json={"both_for_h": 0})
    assert browser.get("/fairs").status_code == 303
    assert site.member(key=newest["key"]).get("/fairs").status_code == 200
