"""Every page, in both languages and on both widths, as axe-core judges it."""

from __future__ import annotations

import pytest

pytest.importorskip("axe_playwright_python")

from axe_playwright_python.sync_playwright import Axe

from api.store.keys import Role
from tests.browser.conftest import DESK, PHONE

PAGES = {
    "start": "/",
    "results": "/?q=เสื้อกีฬาพิมพ์ลาย",
    "none": "/?q=เย็บเสื้อในภูเก็ต ต้องมี GMP",
    "weak": "/?q=พระเครื่องเนื้อทองคำ",
    "filtered": "/?cluster=thai_textile&stage=midstream&province=ขอนแก่น",
    "firm": "/firms/agritech-d01",
    "need": "/?need=agritech-d08/n1",
    "request": "/request?q=ผ้าไหม&province=ขอนแก่น",
    "requests": "/requests",
    "jobs": "/jobs",
    "missing": "/nothing",
}


@pytest.fixture(scope="module")
def key(site) -> str:
    return site.key(Role.ORGANISER)


@pytest.mark.parametrize("width", ["phone", "desk"])
@pytest.mark.parametrize("prefix", ["", "/en"], ids=["th", "en"])
def test_axe_finds_nothing_on_any_page(browse, key, prefix: str, width: str):
    page = browse("/signin", viewport=PHONE if width == "phone" else DESK)
    found = {"signin": _violations(page)}
    page.locator("#key").fill(key)
    page.locator("main button").click()
    page.heard.expected.append("404")
    for name, path in PAGES.items():
        page.goto(prefix + path)
        for one in page.locator("details:visible").all():
            one.evaluate("one => { one.open = true }")
        found[name] = _violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], name
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_colour_schemes_have_contrast(browse, scheme: str):
    page = browse("/?q=เสื้อกีฬาพิมพ์ลาย", color_scheme=scheme)
    assert _violations(page) == []
    page.goto("/?cluster=thai_textile")
    assert _violations(page) == []


def _violations(page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"][:3]]
