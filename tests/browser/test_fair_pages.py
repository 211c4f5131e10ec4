"""The organiser's fair in a real browser: set up, registered, reviewed, moved by keyboard and by mouse, undone."""

from __future__ import annotations

import re
from itertools import permutations

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import expect

from api.fairs.looking import names_of
from api.store.fairs import load_fair
from matcher.fair import Wish
from matcher.fair.registration import write_registration_template
from tests.browser.fairs import small_fair


@pytest.fixture(scope="module")
def key(site) -> str:
    return site.key()


@pytest.fixture(scope="module")
def fair(site, demo_firms):
    made = small_fair(site, demo_firms)
    made.work("lists", keep=False)
    made.work("timetable")
    assert made.places()
    return made


def other_slot(fair, pair):
    """A slot in which a meeting could be, another than it has and near it, so that both are in view."""
    mine = fair.places()[pair][0]
    busy = {slot for other, (slot, _) in fair.places().items() if set(other) & set(pair)}
    people = {one.firm_id: one for one in fair.fair().participants}
    free = fair.fair().free_slots(people[pair[0]]) & fair.fair().free_slots(people[pair[1]])
    full = {slot for slot in free if sum(place[0] == slot for place in fair.places().values()) >= 4}
    return min(free - busy - full - {mine}, key=lambda slot: abs(slot - mine), default=None)


def movable(fair):
    """A meeting that could be in another slot."""
    return next(pair for pair in sorted(fair.places()) if other_slot(fair, pair) is not None)


def test_a_fair_is_set_up_and_a_sheet_registered(browse, site, key, demo_firms, tmp_path):
    page = browse("/fairs", key=key)
    page.locator("main a", has_text="ตั้งงานใหม่").click()
    page.locator("#name_th").fill("งานทดสอบผ้าไทย")
    page.locator("#tables").fill("6")
    page.locator("#dial").press("ArrowRight")
    expect(page.locator("#dial-words")).to_have_text("เน้นผลรวม เผื่อรายเล็กบ้าง")
    page.locator("button", has_text="ตั้งงาน").click()
    expect(page.locator(".notice")).to_contain_text("ตั้งงานแล้ว")
    id = re.search(r"/fairs/([^/]+)/people", page.url)[1]
    with site.running.database.reading() as session:
        made = load_fair(session, id)
    assert (made.tables, len(made.slots)) == (6, 12)
    sheet = tmp_path / "ลงทะเบียน.xlsx"
    write_registration_template(made, demo_firms[:6], sheet)
    page.locator("#file").set_input_files(sheet)
    page.locator("button", has_text="ดูก่อนว่าอะไรเปลี่ยน").click()
    expect(page.locator(".numbers")).to_contain_text("กิจการใหม่")
    with site.running.database.reading() as session:
        assert not load_fair(session, id).participants  # only looked at
    page.locator("button", has_text="บันทึกตามนี้").click()
    expect(page.locator("h1")).to_contain_text("6 กิจการ")
    page.locator("#find").fill(demo_firms[7].name_th)
    page.locator("#add button", has_text="ค้นหา").click()
    page.locator("#add .lines a").first.click()
    page.locator("button", has_text="เพิ่มเข้างาน").click()
    expect(page.locator(".notice")).to_contain_text("เพิ่มกิจการเข้างานแล้ว")
    with site.running.database.reading() as session:
        assert len(load_fair(session, id).participants) == 7


def test_a_pin_and_a_veto_take_one_press_and_undo_takes_one_more(browse, fair, key):
    page = browse(f"{fair.url}/lists?firm={fair.firms[0].id}", key=key)
    page.evaluate("window.stayed = true")
    row = page.locator(".pairs > li").first
    name = row.locator("h3").text_content()
    row.locator("button", has_text="ต้องพบ").click()
    expect(page.locator("[data-said]")).to_have_text("กำหนดให้ต้องพบแล้ว")
    expect(page.locator("#live")).to_have_text("กำหนดให้ต้องพบแล้ว")
    assert len(fair.fair().pairs_with(Wish.MUST_MEET)) == 1
    page.locator(".notice button", has_text="เลิกทำ").click()
    expect(page.locator("[data-said]")).to_have_text("เลิกกำหนดต้องพบแล้ว")
    assert not fair.fair().pairs_with(Wish.MUST_MEET)
    before = fair.places()
    page.locator(".pairs > li", has_text=name).locator("button", has_text="ห้ามพบ").click()
    expect(page.locator(".pairs > li", has_text=name).locator(".mstate")).to_have_text("ห้ามพบ")
    assert len(fair.places()) == len(before) - 1
    page.locator(".notice button", has_text="เลิกทำ").click()
    expect(page.locator("[data-said]")).to_have_text("อนุญาตให้พบกันได้แล้ว")
    assert fair.places() == before  # where it was
    assert page.evaluate("window.stayed")


def test_a_meeting_moves_by_keyboard_and_the_result_is_said(browse, fair, key):
    pair, before = movable(fair), fair.places()
    page = browse(f"{fair.url}/timetable", key=key)
    page.locator(f"[data-pick='{pair[0]}~~{pair[1]}']").focus()
    assert page.locator("table[data-grid] [tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    expect(page.locator(".picked-panel")).to_be_visible()
    assert page.evaluate("document.activeElement.dataset.pick") == f"{pair[0]}~~{pair[1]}"
    page.keyboard.press("Escape")
    expect(page.locator(".picked-panel")).to_have_count(0)
    page.keyboard.press("Enter")
    target = page.locator("button.place").first
    expect(target).to_be_visible()
    goal = target.get_attribute("value")
    target.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_contain_text("ย้าย")
    assert "-".join(map(str, fair.places()[pair])) == goal
    page.locator(".notice button", has_text="เลิกทำ").click()
    expect(page.locator("[data-said]")).to_contain_text("กลับไปใช้ตารางเดิม")
    assert fair.places() == before


def test_arrow_keys_go_from_place_to_place(browse, fair, key):
    page = browse(f"{fair.url}/timetable", key=key)
    tables: dict[int, list[int]] = {}
    for slot, table in fair.places().values():
        tables.setdefault(slot, []).append(table)
    slot, (first, second) = next((slot, sorted(found)[:2]) for slot, found in tables.items() if len(found) > 1)
    page.locator(f"td[data-slot='{slot}'][data-table='{first}'] a").focus()
    page.keyboard.press("ArrowDown")
    here = page.evaluate("(cell => [cell.dataset.slot, cell.dataset.table])(document.activeElement.closest('td'))")
    assert here == [str(slot), str(second)]


def test_a_meeting_is_dragged_to_a_free_place_and_undone(browse, fair, key):
    pair, before = movable(fair), fair.places()
    slot = other_slot(fair, pair)
    taken = {place[1] for place in before.values() if place[0] == slot}
    table = next(one for one in range(1, 5) if one not in taken)
    page = browse(f"{fair.url}/timetable", key=key)
    page.set_viewport_size({"width": 1600, "height": 3000})  # all of it in view: nothing scrolls under the pointer
    meeting = page.locator(f"[data-pick='{pair[0]}~~{pair[1]}']")
    meeting.drag_to(page.locator(f"td[data-slot='{slot}'][data-table='{table}']"))
    expect(page.locator("[data-said]")).to_contain_text(f"โต๊ะ {table}")
    assert fair.places()[pair] == (slot, table)
    page.locator(".beside button", has_text="ย้อนการเปลี่ยนล่าสุด").click()
    expect(page.locator("[data-said]")).to_contain_text("กลับไปใช้ตารางเดิม")
    assert fair.places() == before


def test_it_moves_a_meeting_without_a_script(browse, fair, key):
    pair, before = movable(fair), fair.places()
    page = browse("/", key=key, java_script_enabled=False)
    page.goto(f"{fair.url}/timetable")
    page.locator(f"[data-pick='{pair[0]}~~{pair[1]}']").click()
    goal = page.locator("#to option").first.get_attribute("value")
    page.locator(".picked-panel button", has_text="ย้าย").first.click()
    expect(page.locator(".notice")).to_contain_text("ย้าย")
    assert "-".join(map(str, fair.places()[pair])) == goal
    page.locator(".notice button").click()
    assert fair.places() == before


def test_a_place_that_is_taken_names_who_is_in_the_way(browse, fair, key):
    pair, other = next(
        (pair, other)
        for pair, other in permutations(sorted(fair.places()), 2)
        if set(pair) & set(other) and other_slot(fair, pair) is not None
    )
    slot, table = fair.places()[other]
    page = browse(f"{fair.url}/timetable?pick={pair[0]}~~{pair[1]}", key=key)
    page.heard.expected.append("409")
    page.locator("#to").evaluate("(one, to) => one.add(new Option('x', to, true, true))", f"{slot}-{table}")
    page.locator(".picked-panel button", has_text="ย้าย").first.click()
    expect(page.locator("#wrong")).to_contain_text("มีนัดกับ")
    with fair.site.running.database.reading() as session:
        shared = names_of(session, set(pair) & set(other))
    expect(page.locator("#wrong")).to_contain_text(next(iter(shared.values())).th)


def test_a_set_up_that_takes_slots_away_is_shown_first(browse, fair, key):
    before = fair.places()
    hurt = sum(slot > 4 for slot, _ in before.values())
    assert hurt
    page = browse(f"{fair.url}/setup", key=key)
    page.locator("#session-1-slots").fill("1")
    page.locator("button", has_text="บันทึก").click()
    expect(page.locator(".harm")).to_contain_text(f"{hurt} นัดจะเสียเวลา")
    assert fair.places() == before
    assert len(fair.fair().slots) == 8


def test_a_no_show_is_previewed_with_what_would_move(browse, fair, key):
    before = fair.places()
    page = browse(f"{fair.url}/person?firm={fair.firms[0].id}", key=key)
    page.locator("button", has_text="ดูผลก่อน").click()
    gone = sum(fair.firms[0].id in pair for pair in before)
    expect(page.locator("#away")).to_contain_text(f"ยกเลิก {gone} นัด")
    assert fair.places() == before
