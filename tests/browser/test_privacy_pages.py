"""Pages about personal data in a real browser: switches, contacts once both agree, erasure, axe."""

from __future__ import annotations

import pytest

pytest.importorskip("axe_playwright_python")

from axe_playwright_python.sync_playwright import Axe

from api.fairs.links import Links
from api.fairs.meetings import answer, ask
from api.privacy import subjects
from api.privacy.consenting import say_for_participant
from api.privacy.policy import Purpose
from api.store.consents import list_consents
from api.store.contacts import add_contact, list_contacts
from api.store.fairs import Deed
from tests.browser.conftest import PHONE
from tests.browser.fairs import small_fair

NAME, EMAIL = "ประภาพร ทดสอบหน้าเว็บ", "prapaporn@pages.example"


@pytest.fixture(scope="module")
def fair(site, demo_firms):
    made = small_fair(site, demo_firms, id="private")
    a, b = (one.id for one in made.firms[:2])
    database, links = site.running.database, Links(site.running.pepper)
    with database.writing() as session:
        add_contact(session, {"firm_id": b, "name": NAME, "email": EMAIL, "phone": "081-555-0101"})
    ask(database, links, made.id, by=a, other=b, deed=Deed("link", a))
    answer(database, links, made.id, by=b, other=a, yes=True, deed=Deed("link", b))
    return made


def test_a_participant_switches_sharing_on_and_the_one_it_meets_sees_the_contact(browse, site, fair):
    a, b = (one.id for one in fair.firms[:2])
    hers = browse("/en" + fair.link(b) + "/privacy?hl=en", viewport=PHONE)
    card = hers.locator("li.card", has_text="Contacts exchanged")
    assert card.locator(".mstate").inner_text() == "Not allowed"
    his = browse(fair.link(a), viewport=PHONE)
    assert his.locator("#contacts").count() == 0
    card.get_by_role("button").click()
    assert card.locator(".mstate").inner_text() == "Allowed"
    assert hers.locator("#said").is_visible()
    his.reload()
    assert EMAIL in his.locator("#contacts").inner_text()
    card.get_by_role("button").click()
    assert card.locator(".mstate").inner_text() == "Not allowed"
    his.reload()
    assert his.locator("#contacts").count() == 0


def test_an_organiser_writes_down_what_somebody_said_by_phone(browse, site, fair):
    page = browse("/privacy", key=site.key())
    page.locator("#who-email").fill(EMAIL)
    page.get_by_role("button", name="ค้นบุคคล").click()
    card = page.locator("li.card", has=page.locator("select[name=route]")).filter(has_text="แลก")
    assert card.locator(".mstate").inner_text() == "ไม่ให้ใช้"
    card.locator("select").select_option("phone")
    card.get_by_role("button").click()
    assert page.locator("#said").is_visible()
    assert card.locator(".mstate").inner_text() == "ให้ใช้อยู่"
    with site.running.database.reading() as session:
        (contact,) = list_contacts(session, fair.firms[1].id)
        (word,) = list_consents(session, [subjects.contact(contact.id)])
    assert (word.purpose, word.given, word.route) == (Purpose.SHARING, True, "phone")


def test_an_organiser_finds_a_person_and_erases_them(browse, site, fair):
    b = fair.firms[1].id
    page = browse("/privacy", key=site.key())
    page.locator("#who-email").fill(EMAIL.upper())
    page.get_by_role("button", name="ค้นบุคคล").click()
    assert NAME in page.locator("main").inner_text()
    assert EMAIL not in page.url
    page.locator("input[name=sure]").check()
    page.get_by_role("button", name="ลบบุคคลนี้จากทุกที่").click()
    page.locator("#said").wait_for()
    assert NAME not in page.locator("main").inner_text()
    with site.running.database.reading() as session:
        assert list_contacts(session, b) == []
    page.locator("#who-email").fill(EMAIL)
    page.heard.expected.append("422")
    page.get_by_role("button", name="ค้นบุคคล").click()
    assert page.locator(".wrong").is_visible()


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["th", "en"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_on_pages_about_personal_data(browse, site, fair, prefix: str, width: int):
    a, b = (one.id for one in fair.firms[:2])
    with site.running.database.writing() as session:
        add_contact(session, {"firm_id": b, "name": NAME, "email": EMAIL, "phone": "081-555-0101"})
        say_for_participant(
            session, site.running.trail, Purpose.SHARING, fair_id=fair.id, firm_id=b, given=True, by="k", route="paper"
        )
    page = browse("/", key=site.key(), viewport={"width": width, "height": 800})
    found = {}
    for path in ("/privacy", "/privacy/record", fair.link(a), fair.link(b) + "/privacy"):
        page.goto(prefix + path)
        if path == "/privacy":
            page.locator("#who-email").fill(EMAIL)
            page.locator("section form button.primary").first.click()
        found[path] = [
            f"{one['id']}: {node['html'][:200]}"
            for one in Axe().run(page).response["violations"]
            for node in one["nodes"][:3]
        ]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert {name: said for name, said in found.items() if said} == {}
