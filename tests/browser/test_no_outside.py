"""A walk over the main pages in a real browser: whatever is asked for, it is this service that is asked."""

from __future__ import annotations

import pytest

from tests.browser.fairs import small_fair

PAGES = (
    "/",
    "/?q=เสื้อกีฬาพิมพ์ลาย",
    "/?cluster=thai_textile&stage=midstream",
    "/firms/agritech-d01",
    "/request?q=ผ้าไหม",
    "/requests",
    "/jobs",
    "/fairs",
    "/gaps",
    "/privacy",
    "/privacy/record",
    "/docs",
)
OF_A_FAIR = ("", "/setup", "/people", "/lists", "/timetable", "/publish", "/outcomes", "/chances")


@pytest.fixture(scope="module")
def fair(site, demo_firms):
    made = small_fair(site, demo_firms, id="walked")
    made.work("lists", keep=False)
    made.work("timetable")
    return made


def test_on_a_walk_over_all_pages_no_request_leaves_the_host(browse, site, fair):
    page = browse("/", key=site.key())
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    own = fair.link(fair.firms[0].id)
    walk = (*PAGES, *(fair.url + part for part in OF_A_FAIR), own, f"{own}/privacy")
    for path in walk:
        answer = page.goto(path, wait_until="networkidle" if path == "/docs" else "load")
        assert answer.status == 200, path
        page.mouse.wheel(0, 10_000)  # what is loaded only when it is seen
    outside = {url for url in asked if not url.startswith((site.url + "/", "data:", "blob:"))}
    assert outside == set()
    assert len({url for url in asked if url.startswith(site.url)}) > len(walk), "scripts, styles and fonts were seen"
