"""The pages in a real browser: live search, keyboard, phone, no script, forms, uploads."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import expect

from api.store.keys import Role
from matcher.exchange import write_catalog
from tests.browser.conftest import PHONE

SHIRTS = "เสื้อกีฬาพิมพ์ลาย"


def test_typing_gives_results_without_a_reload(browse):
    page = browse("/")
    page.evaluate("window.stayed = true")
    page.locator("#q").press_sequentially(SHIRTS, delay=20)
    expect(page.locator("#list-title")).to_contain_text("ผู้ขายที่น่าคุยด้วย")
    expect(page.locator(".card.match mark").first).to_be_visible()
    expect(page.locator("#q")).to_have_value(SHIRTS)
    assert page.evaluate("window.stayed")
    assert page.evaluate("new URLSearchParams(location.search).get('q')") == SHIRTS
    assert page.title().startswith(SHIRTS)


def test_results_are_announced_politely(browse):
    page = browse("/")
    page.locator("#q").fill(SHIRTS)
    page.locator("#q").press("Enter")
    expect(page.locator("#status[aria-live=polite]")).to_have_text(re.compile("พบ .* รายที่ตรง"))


def test_suggestions_are_taken_by_keyboard(browse):
    page = browse("/")
    box = page.locator("#q")
    box.press_sequentially("ผ้าไห", delay=20)
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    box.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-1")
    box.press("ArrowUp")
    wanted = options.first.text_content()
    box.press("Enter")
    expect(box).to_have_value(wanted)
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(page.locator("#list-title")).to_be_visible()


def test_escape_closes_suggestions_and_keeps_the_words(browse):
    page = browse("/")
    box = page.locator("#q")
    box.press_sequentially("ผ้าไห", delay=20)
    expect(page.get_by_role("option").first).to_be_visible()
    box.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(box).to_have_value("ผ้าไห")


def test_a_facet_narrows_and_the_back_button_widens(browse):
    page = browse("/")
    page.evaluate("window.stayed = true")
    page.locator(".clusters a", has_text="ผ้าไทย").click()
    expect(page.locator(".chips")).to_contain_text("ผ้าไทย")
    page.locator(".facet a", has_text="ต้นน้ำ").click()
    expect(page.locator(".chips li")).to_have_count(3)  # two and "clear all"
    assert "stage=upstream" in page.url
    page.go_back()
    expect(page.locator(".chips li")).to_have_count(1)
    page.go_back()
    expect(page.locator(".clusters")).to_be_visible()
    page.go_forward()
    expect(page.locator(".chips li")).to_have_count(1)
    assert page.evaluate("window.stayed")
    page.locator(".chips a").first.click()
    expect(page.locator(".clusters")).to_be_visible()


def test_a_search_keeps_chosen_facets_and_a_facet_keeps_the_search(browse):
    page = browse("/?cluster=sport")
    page.locator("#q").fill("เสื้อ")
    page.locator("#q").press("Enter")
    expect(page.locator("#list-title")).to_be_visible()
    expect(page.locator(".chips")).to_contain_text("เศรษฐกิจการกีฬา")
    expect(page).to_have_url(re.compile(r"q=%"))
    assert "cluster=sport" in page.url
    page.locator(".facet li a", has_text="กลางน้ำ").click()
    expect(page.locator(".chips")).to_contain_text("กลางน้ำ")
    expect(page.locator("#q")).to_have_value("เสื้อ")


def test_the_map_is_walked_with_arrows_and_chosen_with_enter(browse):
    page = browse("/")
    links = page.locator("[data-map] a")
    assert page.locator("[data-map] a[tabindex='0']").count() == 1
    links.first.focus()
    page.keyboard.press("ArrowDown")
    name = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert name != links.first.get_attribute("aria-label")
    expect(page.locator("[data-map-name]")).to_have_text(re.compile("ราย"))
    page.keyboard.press("Enter")
    expect(page.locator(".chips")).to_contain_text(name.split(" ")[0])
    assert "province=" in page.url
    assert page.evaluate("document.activeElement.dataset.key").startswith("map-")


def test_the_other_language_is_one_link_away_and_keeps_the_query(browse):
    page = browse("/")
    page.locator("#q").fill("indigo silk")
    page.locator("#q").press("Enter")
    expect(page).to_have_url(re.compile("indigo"))
    page.locator("[data-language]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#q")).to_have_value("indigo silk")
    assert "/en/?q=indigo" in page.url


def test_a_busy_service_is_said_in_words_and_asked_again(browse):
    page = browse("/en/")
    page.heard.expected += ["503", "ERR_FAILED"]
    tries = []

    def once(route):
        tries.append(route.request.url)
        if len(tries) == 1:
            route.fulfill(status=503, headers={"Retry-After": "1"}, body="")
        elif len(tries) == 2:
            route.abort()
        else:
            route.continue_()

    page.route("**/results?*", once)
    page.locator("#q").fill("silk")
    expect(page.locator("#status")).to_have_text("The service is busy; trying again in 1 s")
    expect(page.locator("#status")).to_have_text(re.compile("No connection; trying again in . s"))
    expect(page.locator(".card.match").first).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/?q=" + SHIRTS, "/firms/agritech-d01", "/en/?q=silk", "/signin", "/nothing"])
def test_a_phone_never_scrolls_sideways(browse, path: str):
    page = browse(path, viewport=PHONE)
    page.heard.expected += ["404"] if path == "/nothing" else []
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_facets_fold_away(browse):
    page = browse("/?cluster=sport", viewport=PHONE)
    expect(page.locator(".facet").first).to_be_hidden()
    page.locator("#facets > summary").click()
    page.locator(".facet a", has_text="กลางน้ำ").click()
    expect(page.locator(".chips li")).to_have_count(3)
    expect(page.locator(".facet").first).to_be_visible()  # stays open, as it was left


def test_it_searches_without_a_script(browse):
    page = browse("/", java_script_enabled=False)
    page.locator("#q").fill(SHIRTS)
    page.locator(".search button").click()
    expect(page.locator(".card.match").first).to_be_visible()
    page.locator(".facet li a", has_text="กลางน้ำ").click()
    expect(page.locator(".chips")).to_contain_text("กลางน้ำ")
    expect(page.locator("#q")).to_have_value(SHIRTS)
    page.locator(".card.match h3 a").first.click()
    expect(page.locator(".profile h1")).to_be_visible()
    page.locator(".part .button").first.click()
    expect(page.locator(".source")).to_be_visible()


def test_a_request_is_signed_in_filed_and_read_again(browse, site):
    page = browse("/?q=" + SHIRTS)
    page.locator("a", has_text="บันทึกเป็นคำขอ").click()
    page.locator("#key").fill(site.key(Role.READER))
    page.locator("main button").click()
    expect(page.locator("#text")).to_have_value(SHIRTS)
    page.locator("#quantity").fill("50 ตัว")
    page.locator("main button.primary").dblclick()
    expect(page.locator(".notice")).to_have_text("บันทึกคำขอแล้ว")
    expect(page.locator(".card.match").first).to_be_visible()
    expect(page.locator("[data-print]")).to_be_visible()
    page.locator("nav a", has_text="คำขอของฉัน").click()
    expect(page.locator("main .card")).to_have_count(1)
    page.locator("main .card a").click()
    expect(page.locator(".facts")).to_contain_text("50 ตัว")


def test_a_sheet_is_checked_imported_and_undone(browse, site, demo_firms, tmp_path):
    first = demo_firms[0]
    fresh = replace(
        first,
        id="fresh-1",
        name_th="ร้านทดสอบนำเข้า",
        offers=tuple(replace(offer, id=f"fresh-1/o{at}") for at, offer in enumerate(first.offers)),
        needs=(),
    )
    sheet = tmp_path / "ผู้ร่วมงาน.xlsx"
    write_catalog([fresh], sheet)
    page = browse("/jobs", key=site.key())
    page.locator("#file").set_input_files(sheet)
    page.locator("button", has_text="ตรวจไฟล์").click()
    expect(page.locator(".state")).to_have_text("รอคิว")
    expect(page.locator("progress")).to_be_visible()
    site.work()
    expect(page.locator("button", has_text="นำเข้าจริง 1 ราย")).to_be_visible()  # by itself
    page.locator("button", has_text="นำเข้าจริง").click()
    site.work()
    expect(page.locator(".state")).to_have_text("เสร็จแล้ว")
    page.goto("/firms/fresh-1")
    expect(page.locator("h1")).to_have_text("ร้านทดสอบนำเข้า")
    page.go_back()
    page.locator("button", has_text="ย้อนกลับ").click()
    expect(page.locator(".notice")).to_contain_text("ย้อนกลับแล้ว 1 ราย")
    page.heard.expected.append("404")
    page.goto("/firms/fresh-1")
    expect(page.locator("h1")).to_have_text("ไม่พบหน้านี้")


def test_an_export_is_downloaded(browse, site):
    page = browse("/jobs", key=site.key())
    page.locator("button", has_text="ส่งออกเป็น CSV").click()
    site.work()
    with page.expect_download() as got:
        page.locator("a", has_text="ดาวน์โหลดไฟล์").click()
    assert got.value.suggested_filename.endswith(".csv")


def test_the_page_of_the_api_works_under_its_own_rules(browse):
    page = browse("/docs")
    expect(page.locator(".opblock").first).to_be_visible()
