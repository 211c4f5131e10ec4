"""A participant's own page on a phone: accept, decline, ask, the timetable, a calendar, and what came of it."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright")

from icalendar import Calendar
from playwright.sync_api import expect

from api.fairs.people import withdraw_links
from api.store.fairs import Deed
from api.store.meetings import find_meetings, list_outcomes
from matcher.fair.meetings import MeetingState
from tests.browser.conftest import PHONE
from tests.browser.fairs import small_fair


@pytest.fixture(scope="module")
def key(site) -> str:
    return site.key()


@pytest.fixture(scope="module")
def fair(site, demo_firms):
    made = small_fair(site, demo_firms, id="visited")
    made.work("lists", keep=False)
    made.work("timetable")
    return made


def states(fair, firm_id: str) -> dict[str, MeetingState]:
    with fair.site.running.database.reading() as session:
        return {
            one.meeting.other(firm_id): one.meeting.state for one in find_meetings(session, fair.id, firm_id=firm_id)
        }


def test_the_whole_way_from_publishing_to_the_report(browse, fair, key):
    desk = browse(f"{fair.url}/publish", key=key)
    desk.locator("button", has_text="เผยแพร่และแจ้งทุกคน").click()
    expect(desk.locator(".notice")).to_contain_text("เผยแพร่แล้ว")
    fair.site.work()
    with desk.expect_download() as got:
        desk.locator("a", has_text=".zip").click()  # the page sees by itself that it is done
    assert got.value.suggested_filename == "files-v1.zip"

    me = fair.firms[0].id
    phone = browse(fair.link(me), viewport=PHONE)
    expect(phone.locator("h1")).to_have_text(fair.firms[0].name_th)
    assert phone.locator(".agenda > li").count() == sum(me in pair for pair in fair.places())
    card = phone.locator("#list .card").first
    name = card.locator("h3").text_content()
    card.locator("button", has_text="ยอมรับ").click()
    expect(phone.locator(".notice")).to_contain_text(f"ยอมรับนัดกับ {name} แล้ว")
    phone.locator(".notice button", has_text="เลิกทำ").click()
    expect(phone.locator("#list .card", has_text=name).locator("button", has_text="ยอมรับ")).to_be_visible()
    places = fair.places()
    phone.locator("#list .card", has_text=name).locator("button", has_text="ไม่ขอพบ").click()
    expect(phone.locator(".agenda .off")).to_contain_text(name)
    assert MeetingState.DECLINED in states(fair, me).values()
    phone.locator(".notice button", has_text="เลิกทำ").click()
    expect(phone.locator(".agenda .off")).to_have_count(0)
    assert fair.places() == places

    with phone.expect_download() as got:
        phone.locator("a", has_text=".ics").click()
    calendar = Calendar.from_ical(got.value.path().read_bytes())
    assert len(calendar.walk("VEVENT")) == sum(me in pair for pair in places)

    phone.locator(".tell summary").first.click()
    phone.locator(".tell").first.get_by_label("มีโอกาสร่วมมือ").check()
    phone.locator(".tell").first.get_by_label("มูลค่าคาดการณ์").fill("1,250,000")
    phone.locator(".tell button", has_text="ส่งผล").first.click()
    expect(phone.locator(".notice")).to_contain_text("บันทึกผลกับ")
    with fair.site.running.database.reading() as session:
        assert [(one.teller, one.expected_thb) for one in list_outcomes(session, fair.id)] == [(me, 1_250_000)]
    desk.goto(f"{fair.url}/outcomes")
    expect(desk.locator(".figures")).to_contain_text("1,250,000")
    desk.locator("#show").select_option("told")
    desk.locator(".filters button").click()
    row = desk.locator(".outcomes > li").first
    row.locator("select").select_option("informative")
    row.locator("input[name=actual_thb]").fill("๓๐๐๐")
    row.locator("button").click()
    expect(desk.locator(".figures")).to_contain_text("3,000")


def test_a_request_is_asked_answered_and_taken_back(browse, fair):
    me, with_me = fair.firms[3].id, states(fair, fair.firms[3].id)
    other = next(one for one in fair.firms if one.id not in with_me and one.id != me)
    phone = browse(fair.link(me) + "/find", viewport=PHONE)
    phone.locator("#q").fill(other.name_th)
    phone.locator("main form.search button").click()
    card = phone.locator(".card", has_text=other.name_th)
    card.locator("summary").click()
    card.locator("textarea").fill("อยากคุยเรื่องราคาส่ง <b>ครับ</b>")
    card.locator("button", has_text="ขอพบ").click()
    expect(phone.locator(".notice")).to_contain_text(f"ขอพบ {other.name_th} แล้ว")
    assert states(fair, me)[other.id] is MeetingState.REQUESTED
    theirs = browse(fair.link(other.id), viewport=PHONE)
    if "/en/" in theirs.url:
        theirs.locator(".language").click()
    request = theirs.locator("#requests .card", has_text=fair.firms[3].name_th)
    expect(request.locator("blockquote")).to_have_text("อยากคุยเรื่องราคาส่ง <b>ครับ</b>")
    expect(request.locator(".left")).to_have_text("เหลือเวลาตอบ 2 วัน")
    request.locator("button", has_text="ยอมรับ").click()
    assert states(fair, me)[other.id] is MeetingState.ACCEPTED


def test_a_link_opens_in_the_participants_language_and_can_be_switched(browse, fair):
    page = browse(fair.link(fair.firms[1].id), viewport=PHONE)
    expect(page).to_have_url(re.compile("/en/p/"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator(".language").click()
    expect(page.locator("html")).to_have_attribute("lang", "th")
    page.locator("nav a", has_text="ขอพบเพิ่ม").click()
    page.locator("main a", has_text="กลับหน้าของฉัน").click()
    expect(page.locator("html")).to_have_attribute("lang", "th")


def test_a_link_that_was_withdrawn_says_kindly_what_to_do(browse, fair):
    link = fair.link(fair.firms[5].id)
    with fair.site.running.database.writing() as session:
        withdraw_links(session, fair.id, fair.firms[5].id, Deed("test"))
    page = browse("/", viewport=PHONE)
    page.heard.expected.append("410")
    page.goto(link)
    expect(page.locator("h1")).to_have_text("ลิงก์นี้ใช้ไม่ได้แล้ว")
    expect(page.locator("main")).to_contain_text("ขอลิงก์ใหม่จากผู้จัดงาน")


def test_a_participant_needs_no_script(browse, fair):
    page = browse(fair.link(fair.firms[4].id), viewport=PHONE, java_script_enabled=False)
    page.locator("#list .card button", has_text="ยอมรับ").first.click()
    expect(page.locator(".notice")).to_contain_text("ยอมรับนัดกับ")
