"""The pages as a browser without a script gets them."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient

from api.jobs.work import Worker
from api.pages.provinces_map import squares
from api.pages.rendering import pieces
from api.pages.visiting import local_path
from api.pages.words import TEXTS
from api.settings import Settings
from api.store.contacts import add_contact
from api.store.firms import Change, delete_firms
from api.store.jobs import unfinished
from api.store.keys import Role, make_key, revoke_key
from api.web.app import create_app
from api.writing import import_firms
from matcher.domain import Certificate, Firm, Need, Offer, Position, Stage, load_provinces
from matcher.exchange import write_catalog
from tests.api.fakes import FakeEncoder, a_firm

NASTY = "<script>alert(1)</script>\"'&<b onclick=x>"
PAGE = {"Accept": "text/html"}
HIDDEN_WORDS = ("somchai@example.com", "081-234-5678")


class Read(HTMLParser):
    """What a test asks of a page: its tags with their attributes, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.inside: list[str] = []
        self.inline_code = ""
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """A tag begins."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self.inside.append(tag)

    def handle_endtag(self, tag):
        """A tag ends."""
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        """Words."""
        if self.inside and self.inside[-1] in {"script", "style"}:
            self.inline_code += data.strip()
        self.words += data

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of each tag of a name."""
        return [attrs for name, attrs in self.tags if name == tag]

    def value(self, name: str) -> str:
        """The value of the first field of a name."""
        return next(one["value"] for one in self.all("input") if one.get("name") == name)

    def links(self, part: str) -> list[str]:
        """Addresses of links that hold something."""
        return [one["href"] for one in self.all("a") if part in one.get("href", "")]


def firms() -> tuple[Firm, ...]:
    nasty = replace(
        a_firm("nasty", said=f"ผ้าทอ {NASTY}", description=NASTY),
        name_th=f"กลุ่ม {NASTY}",
        name_en=NASTY,
        certificates=(Certificate(NASTY, NASTY, date(2020, 1, 1)),),
        positions=(Position("thai_textile", Stage.MIDSTREAM, NASTY),),
    )
    melon = Firm(
        "farm/แปลง 1",
        "สวนเมล่อนนาใหญ่",
        "Na Yai Melon",
        "บุรีรัมย์",
        offers=(Offer("farm/o1", "เมล่อนสดคัดเกรด", "agritech", Stage.MIDSTREAM, price_thb="80–95 บาท/กก."),),
        needs=(Need("farm/n1", "โรงเรือนเมล่อน 6x24", "agritech", Stage.MIDSTREAM),),
        certificates=(Certificate("GAP", "กษ 03", date(2020, 5, 1)), Certificate("อย.")),
    )
    some = tuple(a_firm(f"w{at}", said=f"ผ้าไหมมัดหมี่ลาย{at}") for at in range(22))
    return (*some, nasty, melon)


class Site:
    """A running site, with a browser for each visitor."""

    def __init__(self, app, settings, encoder) -> None:
        self.app = app
        self.settings = settings
        self.running = app.state.running
        self.encoder = encoder

    def browser(self) -> TestClient:
        """A visitor without a cookie."""
        return TestClient(self.app, headers=PAGE, follow_redirects=False, raise_server_exceptions=False)

    def key(self, role: Role = Role.ORGANISER, firm_id: str | None = None) -> str:
        """A new key."""
        with self.running.database.writing() as session:
            return make_key(session, role=role, name=f"ผู้ใช้ {role}", pepper=self.running.pepper, firm_id=firm_id).text

    def member(self, role: Role = Role.ORGANISER, firm_id: str | None = None, *, key: str = "") -> TestClient:
        """A visitor who has signed in."""
        browser = self.browser()
        sign_in(browser, key or self.key(role, firm_id))
        return browser

    def work(self) -> None:
        """Run the jobs that wait."""
        worker = Worker(self.settings, self.running.database)
        worker.encoder = self.encoder
        with self.running.database.reading() as session:
            waiting = unfinished(session)
        for id in waiting:
            worker.run(id)


def sign_in(browser: TestClient, key: str, next: str = ""):
    form = Read(browser.get("/signin", params={"next": next}).text)
    data = {"token": form.value("token"), "next": form.value("next"), "key": key}
    return browser.post("/signin", data=data)


def open_site(tmp_path, **settings):
    encoder = FakeEncoder()
    chosen = Settings(data_dir=tmp_path, _env_file=None, **{"sign_in_rate": "1000000/minute"} | settings)
    app = create_app(chosen, encoder=encoder)
    return app, chosen, encoder


def running_site(app, settings, encoder) -> Site:
    site = Site(app, settings, encoder)
    import_firms(site.running.database, encoder, firms(), Change(batch="b1", by="test"))
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        running = site.running
        if running.failed:
            raise running.failed
        if running.live_or_none and len(running.live_or_none.state.versions) == len(firms()):
            return site
        time.sleep(0.02)
    raise AssertionError("the index did not open")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site whose reading pages are open to all."""
    app, settings, encoder = open_site(tmp_path_factory.mktemp("site"), public_pages=True)
    with TestClient(app):
        yield running_site(app, settings, encoder)


@pytest.fixture
def closed(tmp_path):
    """A site of its own, with sign-in for everything, as it is by default."""
    app, settings, encoder = open_site(tmp_path)
    with TestClient(app):
        yield running_site(app, settings, encoder)


OPEN_PAGES = [
    "/",
    "/?q=ผ้าไหม",
    "/?q=ผ้าไหม&cluster=thai_textile&stage=midstream&province=ขอนแก่น&certificate=มผช.",
    "/?cluster=agritech",
    "/?page=2",
    "/?need=farm/n1",
    "/?offer=farm/o1",
    "/results?q=ผ้าไหม",
    "/firms/nasty",
    "/firms/farm/แปลง 1",
    "/signin",
    "/nothing-here",
    "/?cluster=nowhere",
]
MEMBER_PAGES = ["/request", "/request?q=ผ้าไหม&province=ขอนแก่น", "/request?need=farm/n1", "/requests", "/jobs"]


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("path", OPEN_PAGES + MEMBER_PAGES)
def test_every_page_is_whole_in_both_languages(site: Site, path: str, prefix: str):
    browser = site.member() if path in MEMBER_PAGES else site.browser()
    answer = browser.get(prefix + path)
    page = Read(answer.text)
    assert answer.status_code == (404 if "nothing" in path else 422 if "nowhere" in path else 200)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert not page.inline_code
    assert not [attrs for _, attrs in page.tags if any(name == "style" or name.startswith("on") for name in attrs)]
    assert "<script>alert" not in answer.text
    assert "Traceback" not in answer.text
    if not path.startswith("/results"):
        assert page.all("html") == [{"lang": "en" if prefix else "th"}]
        assert len(page.all("h1")) == 1
        other = next(one for one in page.all("a") if "data-language" in one)
        assert other["href"].startswith("/en/") != bool(prefix)
        labelled = {one.get("for") for one in page.all("label")}
        fields = [one for name in ("input", "select", "textarea") for one in page.all(name)]
        for one in fields:
            assert one.get("type") in {"hidden", "checkbox"} or "hidden" in one or one["id"] in labelled
    for name in ("src", "href", "action"):
        assert not [
            attrs[name] for _, attrs in page.tags if attrs.get(name, "").startswith(("http", "//", "javascript"))
        ]


def test_texts_exist_in_both_languages_with_the_same_places():
    for name, (thai, english) in TEXTS.items():
        assert set(re.findall(r"{(\w+)}", thai)) >= set(re.findall(r"{(\w+)}", english)) - {"n"}, name
        assert re.search("[\u0e00-\u0e7f]", thai) or name == "other_language", name
        assert name == "other_language" or not re.search("[\u0e00-\u0e7f]", english), name


def test_words_from_outside_are_escaped(site: Site):
    text = site.browser().get("/", params={"q": NASTY}).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text
    profile = site.browser().get("/en/firms/nasty").text
    assert "&lt;b onclick=x&gt;" in profile


def test_a_search_shows_matches_with_reasons_and_marks(site: Site):
    text = site.browser().get("/", params={"q": "ผ้าไหมมัดหมี่"}).text
    assert "<mark>" in text
    assert "คำถามแรกที่ควรถาม" in text
    assert "/firms/w" in text


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        ("ผ้าไหม", [(3, 6)], [("ผ้า", False), ("ไหม", True)]),
        ("ผ้าไหม", [(0, 4), (2, 5)], [("ผ้าไ", True), ("ห", True), ("ม", False)]),
        ("ผ้าไหม", [(0, 6)], [("ผ้าไหม", False)]),
        ("ผ้าไหม", [], [("ผ้าไหม", False)]),
        ("😀ผ้า", [(1, 4)], [("😀", False), ("ผ้า", True)]),
    ],
)
def test_evidence_is_cut_by_code_points(text, spans, expected):
    assert pieces(text, [{"start": start, "end": end} for start, end in spans]) == expected
    assert "".join(piece for piece, _ in pieces(text, [{"start": s, "end": e} for s, e in spans])) == text


def test_facets_stand_in_the_address_and_can_be_taken_back(site: Site):
    browser = site.browser()
    page = Read(browser.get("/?q=ผ้าไหม&cluster=thai_textile").text)
    assert page.value("cluster") == "thai_textile"
    assert any("province=" in link and "cluster=thai_textile" in link and "q=" in link for link in page.links("/?"))
    without = [link for link in page.links("/?q=") if "cluster=" not in link]
    assert without
    again = Read(browser.get(without[0]).text)
    assert not [one for one in again.all("input") if one.get("name") == "cluster"]


def test_a_province_is_found_by_any_of_its_names(site: Site):
    text = site.browser().get("/en/?province=khon kaen").text
    assert "Remove Khon Kaen" in text


def test_where_nothing_fits_the_page_says_so_and_offers_ways_out(site: Site):
    page = site.browser().get("/?q=เมล่อน&province=ภูเก็ต&certificate=HACCP").text
    assert "ไม่พบผู้ขายที่ตรง" in page
    assert "ค้นหาทุกจังหวัด" in page
    assert "ไม่กำหนดใบรับรอง" in page
    assert "ผ่าน 0 ราย" in page


def test_text_that_cannot_be_searched_is_named_at_the_box(site: Site):
    answer = site.browser().get("/", params={"q": "ผ" * 5_000})
    assert answer.status_code == 422
    assert "ข้อความยาวเกินไป" in answer.text


def test_suggestions_are_plain_json(site: Site):
    found = site.browser().get("/suggest", params={"q": "ผ้า"}).json()
    assert all(set(one) == {"text", "kind", "count"} for one in found)


def test_a_profile_shows_facts_and_marks_what_expired(site: Site):
    text = site.browser().get("/firms/farm/แปลง 1").text
    assert "80–95 บาท/กก." in text
    assert "หมดอายุ 1 พ.ค. 2563" in text
    assert "อย./เลขสารบบอาหาร" in text
    page = Read(text)
    assert page.links("/?offer=farm%2Fo1")
    assert page.links("/?need=farm%2Fn1")


def test_the_map_has_every_province_once_and_in_a_place_of_its_own():
    assert {square.province.th for square in squares()} == set(load_provinces().by_th)
    assert len({(square.column, square.row) for square in squares()}) == 77
    by_name = {square.province.en: square for square in squares()}
    assert by_name["Chiang Rai"].row < by_name["Bangkok"].row < by_name["Narathiwat"].row
    assert by_name["Tak"].column < by_name["Ubon Ratchathani"].column


def test_reading_needs_a_sign_in_unless_the_operator_opens_it(closed: Site):
    browser = closed.browser()
    for path in ("/", "/?q=ผ้า", "/firms/w0", "/en/"):
        answer = browser.get(path)
        assert answer.status_code == 303
        assert "/signin?next=" in answer.headers["location"]
    assert browser.get("/results?q=ผ้า", headers={"X-Part": "1"}).status_code == 401
    assert browser.get("/suggest?q=ผ้า", headers={"X-Part": "1"}).status_code == 401
    answer = sign_in(browser, closed.key(Role.READER), next="/?q=ผ้า")
    assert unquote(answer.headers["location"]) == "/?q=ผ้า"
    assert browser.get("/?q=ผ้า").status_code == 200


def test_signing_in_sets_a_safe_cookie_that_holds_no_key(site: Site):
    browser, key = site.browser(), site.key()
    answer = sign_in(browser, key)
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 303
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert key.partition(".")[2] not in cookie
    assert "ออกจากระบบ" in browser.get("/").text


def test_a_wrong_key_is_refused_in_words(site: Site):
    browser = site.browser()
    answer = sign_in(browser, "k123.wrong")
    assert answer.status_code == 401
    assert "รหัสนี้ใช้ไม่ได้" in answer.text
    assert "khukha=" not in answer.headers.get("set-cookie", "")


def test_signing_out_ends_the_session(site: Site):
    browser = site.member()
    token = Read(browser.get("/").text).value("token")
    assert browser.post("/signout", data={"token": token}).status_code == 303
    assert browser.get("/requests").status_code == 303


def test_a_revoked_key_ends_its_session_at_once(site: Site):
    key = site.key()
    browser = site.member(key=key)
    assert browser.get("/requests").status_code == 200
    with site.running.database.writing() as session:
        revoke_key(session, key.partition(".")[0])
    assert browser.get("/requests").status_code == 303


def test_a_forged_or_old_cookie_is_nobody(site: Site, monkeypatch: pytest.MonkeyPatch):
    browser = site.member()
    good = browser.cookies["khukha"]
    for cookie in (good[:-2] + "xx", "x", good.replace(".", "")):
        stranger = site.browser()
        stranger.cookies.set("khukha", cookie)
        assert stranger.get("/requests").status_code == 303
    later = time.time() + 12 * 3600 + 60
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    assert browser.get("/requests").status_code == 303


def test_cookies_travel_over_https_only_where_the_operator_says_so(tmp_path):
    app, settings, encoder = open_site(tmp_path, secure_cookies=True)
    with TestClient(app):
        site = running_site(app, settings, encoder)
        assert "Secure" in site.browser().get("/signin").headers["set-cookie"]


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        ("/firms/a?x=1", True),
        ("/", True),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("https://evil.example", False),
        ("javascript:alert(1)", False),
        ("/a\nSet-Cookie: x", False),
        ("/\t/evil.example", False),
        ("", False),
        ("/a\\b", False),
    ],
)
def test_after_signing_in_nobody_is_sent_to_another_site(site: Site, path: str, safe: bool):
    assert local_path(path, otherwise="/here") == (path if safe else "/here")
    answer = sign_in(site.browser(), site.key(), next=path)
    assert answer.headers["location"] == (path if safe else "/")


@pytest.mark.parametrize(
    "path", ["/signout", "/request", "/jobs/imports", "/jobs/exports", "/jobs/j1/import", "/jobs/j1/undo", "/signin"]
)
@pytest.mark.parametrize("token", ["", "wrong", None])
def test_a_form_without_its_token_is_refused(site: Site, path: str, token: str | None):
    browser = site.browser() if path == "/signin" else site.member()
    stolen = Read(site.member().get("/request").text).value("token")
    answer = browser.post(path, data={"token": stolen if token is None else token, "text": "ผ้าไหม", "key": "x.y"})
    assert answer.status_code == 403
    assert "ส่งแบบฟอร์มไม่สำเร็จ" in answer.text


def request_data(browser: TestClient, **said):
    page = Read(browser.get("/request").text)
    return {"token": page.value("token"), "form": page.value("form"), **said}


def test_a_request_is_filed_once_however_often_it_is_sent(site: Site):
    browser = site.member(Role.READER)
    data = request_data(browser, text="ผ้าไหมมัดหมี่", provinces=["ขอนแก่น"], quantity="40 ผืน", needed_by="2027-01-31")
    first, second = browser.post("/request", data=data), browser.post("/request", data=data)
    assert first.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    page = browser.get(first.headers["location"]).text
    for words in ("บันทึกคำขอแล้ว", "ผ้าไหมมัดหมี่", "40 ผืน", "31 ม.ค. 2570", "ขอนแก่น"):
        assert words in page
    assert len(set(Read(browser.get("/requests").text).links("/requests/"))) == 1
    other = browser.post("/request", data=data | {"text": "เมล่อน"})  # changed after going back: another request
    assert other.headers["location"] != first.headers["location"]


def test_mistakes_are_said_at_their_fields_and_what_was_typed_is_kept(site: Site):
    browser = site.member()
    data = request_data(browser, text="", needed_by="เร็ว ๆ นี้", quantity="12 <b>", firm_id="ไม่มี", cluster="agritech")
    answer = browser.post("/request", data=data)
    assert answer.status_code == 422
    page = Read(answer.text)
    assert page.value("quantity") == "12 <b>"
    assert page.value("form") == data["form"]
    assert "needed_by-wrong" in answer.text
    answer = browser.post("/request", data=data | {"needed_by": ""})
    assert "text-wrong" in answer.text
    answer = browser.post("/request", data=data | {"needed_by": "", "text": "เมล่อน"})
    assert "firm_id-wrong" in answer.text
    answer = browser.post(
        "/request", data=data | {"needed_by": "", "text": "เมล่อน", "firm_id": "", "provinces": "ดาวอังคาร"}
    )
    assert "provinces-wrong" in answer.text


def test_a_request_of_another_key_is_not_there(site: Site):
    browser = site.member(Role.READER)
    path = browser.post("/request", data=request_data(browser, text="ผ้าไหม")).headers["location"]
    assert site.member(Role.READER).get(path).status_code == 404
    assert site.member(Role.ORGANISER).get(path).status_code == 200


def test_a_request_for_a_stored_need_keeps_it(site: Site):
    browser = site.member(Role.FIRM, "farm/แปลง 1")
    page = Read(browser.get("/request?need=farm/n1").text)
    data = {name: page.value(name) for name in ("token", "form", "need_id")}
    answer = browser.post("/request", data=data)
    assert answer.status_code == 303
    assert "โรงเรือนเมล่อน 6x24" in browser.get(answer.headers["location"]).text


def test_a_firm_sees_its_own_profile_marked_and_is_no_answer_to_itself(site: Site):
    browser = site.member(Role.FIRM, "farm/แปลง 1")
    assert "บริษัทของคุณ" in browser.get("/firms/farm/แปลง 1").text
    assert "บริษัทของคุณ" in browser.get("/?cluster=agritech").text
    assert not Read(browser.get("/results?q=เมล่อนสดคัดเกรด").text).links("/firms/farm")
    assert Read(site.browser().get("/results?q=เมล่อนสดคัดเกรด").text).links("/firms/farm")


@pytest.mark.parametrize("role", [Role.READER, Role.FIRM])
def test_import_and_export_are_the_organisers(site: Site, role: Role):
    browser = site.member(role, "w0" if role is Role.FIRM else None)
    answer = browser.get("/jobs")
    assert answer.status_code == 403
    assert "สำหรับผู้จัดงาน" in answer.text
    assert "/jobs" not in Read(browser.get("/").text).links("/jobs")


def upload(browser: TestClient, path, **said):
    token = Read(browser.get("/jobs").text).value("token")
    with path.open("rb") as file:
        return browser.post("/jobs/imports", data={"token": token, **said}, files={"file": (path.name, file)})


def test_a_file_is_checked_then_imported_then_undone(closed: Site, tmp_path):
    browser = closed.member()
    sheet = tmp_path / "new.csv"
    write_catalog([a_firm("new1", said="กล่องกระดาษ"), a_firm("new2", said="ขวดแก้ว")], sheet)
    with sheet.open("a", encoding="utf-8") as file:
        file.write("bad1," + "," * 5 + "\n")
    job = upload(browser, sheet).headers["location"]
    assert "รอคิว" in browser.get(job).text
    closed.work()
    page = browser.get(job).text
    assert "ยังไม่มีอะไรเปลี่ยน" in page
    assert "นำเข้าจริง 2 ราย" in page
    assert browser.get("/firms/new1").status_code == 404
    assert browser.get(f"{job}/file").content
    token = Read(page).value("token")
    imported = browser.post(f"{job}/import", data={"token": token}).headers["location"]
    assert browser.post(f"{job}/import", data={"token": token}).headers["location"] == imported
    closed.work()
    assert "เสร็จแล้ว" in browser.get(imported).text
    assert browser.get("/firms/new1").status_code == 200
    undone = browser.post(f"{imported}/undo", data={"token": token})
    assert "ย้อนกลับแล้ว 2 ราย" in browser.get(undone.headers["location"]).text
    assert browser.get("/firms/new1").status_code == 404


def test_another_kind_of_file_is_refused_at_its_field(site: Site, tmp_path):
    path = tmp_path / "x.exe"
    path.write_bytes(b"MZ")
    answer = upload(site.member(), path)
    assert answer.status_code == 422
    assert "file-wrong" in answer.text


def test_an_export_can_be_fetched(site: Site):
    browser = site.member()
    token = Read(browser.get("/jobs").text).value("token")
    job = browser.post("/jobs/exports", data={"token": token, "format": "csv"}).headers["location"]
    site.work()
    assert f"{job}/file" in browser.get(job).text
    assert "สวนเมล่อนนาใหญ่" in browser.get(f"{job}/file").text


def test_a_stranger_cannot_make_the_service_read_an_upload(site: Site):
    read = []

    def body():
        read.append(1)
        yield b"x" * 1000

    answer = site.browser().post(
        "/jobs/imports", content=body(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 303


def test_a_deleted_firm_is_gone_from_its_page_and_from_answers(closed: Site):
    browser = closed.member()
    assert browser.get("/firms/w3").status_code == 200
    with closed.running.database.writing() as session:
        delete_firms(session, ["w3"], Change(batch="d", by="test"))
    answer = browser.get("/firms/w3")
    assert answer.status_code == 404
    assert "ลองค้นหาแทน" in answer.text
    assert not Read(browser.get("/results?q=ผ้าไหมมัดหมี่ลาย3").text).links("/firms/w3")


def test_no_page_shows_a_key_the_pepper_or_a_contact(site: Site):
    key = site.key()
    with site.running.database.writing() as session:
        add_contact(session, {"firm_id": "w0", "name": "สมชาย", "email": HIDDEN_WORDS[0], "phone": HIDDEN_WORDS[1]})
    browser = site.member(key=key)
    for path in (*OPEN_PAGES, *MEMBER_PAGES, "/firms/w0"):
        text = browser.get(path).text
        for secret in (key, key.partition(".")[2], site.running.pepper.decode(), *HIDDEN_WORDS):
            assert secret not in text


def test_problems_are_pages_for_people_and_json_for_programs(site: Site):
    assert "ไม่พบหน้านี้" in site.browser().get("/nothing").text
    assert "Page not found" in site.browser().get("/en/nothing").text
    assert site.browser().get("/v1/nothing").json()["code"] == "not_found"
    assert site.browser().get("/nothing", headers={"Accept": "*/*"}).json()["code"] == "not_found"


def test_too_many_requests_are_answered_with_a_page(tmp_path):
    app, settings, encoder = open_site(tmp_path, rate="3/minute")
    with TestClient(app):
        site = running_site(app, settings, encoder)
        answers = [site.browser().get("/en/signin") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "Too many requests" in answers[3].text
    assert int(answers[3].headers["retry-after"]) > 0


def test_before_the_index_is_open_the_page_says_so_and_comes_back(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("api.web.running.Running._load", lambda self, encoder: None)
    app, _, _ = open_site(tmp_path, public_pages=True)
    with TestClient(app, headers=PAGE) as browser:
        answer = browser.get("/?q=ผ้า")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "3"
    assert "กำลังเปิดดัชนี" in answer.text
    assert 'http-equiv="refresh"' in answer.text


def test_an_upload_that_is_too_large_is_refused_with_a_page(tmp_path):
    app, settings, encoder = open_site(tmp_path, max_body_mb=1)
    with TestClient(app):
        site = running_site(app, settings, encoder)
        answer = site.member().post("/jobs/imports", data={"token": "x" * 1_500_000})
    assert answer.status_code == 413
    assert "ไฟล์ใหญ่เกินไป" in answer.text


def test_files_of_ours_are_kept_by_the_browser(site: Site):
    browser = site.browser()
    page = browser.get("/").text
    style = re.search(r"/static/site\.css\?v=\w+", page)
    assert style
    assert "immutable" in browser.get(style[0]).headers["cache-control"]
    font = browser.get("/assets/NotoSansThai.ttf")
    assert font.headers["content-type"] == "font/ttf"
    assert "immutable" in font.headers["cache-control"]
    assert len(font.content) > 100_000
    assert browser.get("/static/icon.svg").headers["content-type"] == "image/svg+xml"
    assert "private" in browser.get("/").headers["cache-control"]
