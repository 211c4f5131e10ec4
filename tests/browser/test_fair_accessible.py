"""Every page of a fair, in both languages and three widths, as axe-core judges it."""

from __future__ import annotations

import pytest

pytest.importorskip("axe_playwright_python")

from axe_playwright_python.sync_playwright import Axe

from api.fairs.links import Links
from api.fairs.publishing import publish
from api.store.fairs import Deed
from tests.browser.fairs import small_fair

PAGES = {
    "fairs": "/fairs",
    "new": "/fairs/new",
    "overview": "{fair}",
    "setup": "{fair}/setup",
    "people": "{fair}/people?find=ผ้า",
    "person": "{fair}/person?firm={firm}",
    "lists": "{fair}/lists",
    "changes": "{fair}/lists/changes?before=1",
    "timetable": "{fair}/timetable",
    "picked": "{fair}/timetable?pick={pick}",
    "by firm": "{fair}/timetable?view=firm",
    "publish": "{fair}/publish",
    "outcomes": "{fair}/outcomes",
    "gaps": "/gaps?fair=judged",
    "own page": "{link}",
    "find": "{link}/find",
}


@pytest.fixture(scope="module")
def fair(site, demo_firms):
    made = small_fair(site, demo_firms, id="judged")
    made.work("lists", keep=False)
    made.work("timetable")
    publish(site.running.database, Links(site.running.pepper), made.id, Deed("test"))
    return made


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("prefix", ["", "/en"], ids=["th", "en"])
def test_axe_finds_nothing_on_any_page_of_a_fair(browse, site, fair, prefix: str, width: int):
    page = browse("/", key=site.key(), viewport={"width": width, "height": 800})
    pair = sorted(fair.places())[0]
    places = {
        "fair": fair.url,
        "firm": fair.firms[0].id,
        "pick": f"{pair[0]}~~{pair[1]}",
        "link": fair.link(fair.firms[0].id),
    }
    found = {}
    for name, path in PAGES.items():
        page.goto(prefix + path.format(**places))
        for one in page.locator("main details:visible").all():
            one.evaluate("one => { one.open = true }")
        found[name] = [
            f"{one['id']}: {node['html'][:200]}"
            for one in Axe().run(page).response["violations"]
            for node in one["nodes"][:3]
        ]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert {name: said for name, said in found.items() if said} == {}
