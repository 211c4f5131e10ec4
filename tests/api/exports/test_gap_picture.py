from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from api.exports.gap_layout import Box, lay_out
from api.exports.gap_picture import gap_picture
from api.exports.gap_words import TEXTS
from matcher.domain import EdgeKind, Stage, load_chains
from matcher.fair.gaps import EdgeGap, Gaps, RoleGap

CHAINS = load_chains()
SVG = "{http://www.w3.org/2000/svg}"
CLUSTERS = list(CHAINS.clusters)


def a_role(cluster: str, code: str, *, offering: int, seeking: int) -> RoleGap:
    role = CHAINS.role(cluster, code)
    return RoleGap(
        role.cluster,
        code,
        role.stage,
        role.th,
        role.en,
        offers=tuple(f"o{at}" for at in range(offering)),
        needs=tuple(f"n{at}" for at in range(seeking)),
        firms_offering=offering,
        firms_seeking=seeking,
        sureness=0.9,
    )


def an_edge(cluster: str, seller: str, buyer: str, needs: int) -> EdgeGap:
    one, other = CHAINS.role(cluster, seller), CHAINS.role(cluster, buyer)
    return EdgeGap(
        cluster,
        seller,
        buyer,
        CHAINS.edge(one, other),
        needs=tuple(map(str, range(needs))),
        supply=0,
        seller_cluster=one.cluster,
        buyer_cluster=other.cluster,
    )


GAPS = Gaps(
    roles=(
        a_role("flowers", "U1", offering=0, seeking=2),
        a_role("flowers", "U2", offering=4, seeking=4),
        a_role("flowers", "M1", offering=14, seeking=12),
        a_role("flowers", "M2", offering=3, seeking=0),
        a_role("flowers", "D1", offering=1, seeking=0),
        a_role("flowers", "PAC", offering=5, seeking=9),
    ),
    edges=(
        an_edge("flowers", "U1", "M1", 2),
        an_edge("flowers", "U2", "M1", 7),
        an_edge("flowers", "U2", "D1", 1),
        an_edge("flowers", "M1", "M2", 1),
        an_edge("flowers", "PAC", "M1", 3),
        an_edge("flowers", "D1", "U2", 5),
    ),
    missing_links=(),
    regional=(),
    unplaced=0,
)


def texts_of(svg: str) -> list[str]:
    """All texts of a drawing; it must be well-formed."""
    return [node.text or "" for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("cluster", CLUSTERS)
def test_every_role_of_the_chain_is_on_the_picture_with_its_code(cluster, language):
    texts = texts_of(gap_picture(GAPS, CHAINS, cluster, language=language))
    joined = "".join(texts).replace(" ", "")
    for role in CHAINS.roles_of(cluster):
        assert role.code in texts
        name = (role.th if language == "th" else role.en).replace(" ", "")
        assert name in joined, name


def test_numbers_of_firms_and_of_waiting_needs_stand_on_it():
    texts = texts_of(gap_picture(GAPS, CHAINS, "flowers", language="en"))
    assert {"14", "12", "4"} <= set(texts)
    assert texts.count("7") == 1
    assert "waiting: M1 3" in texts
    assert any("5 more needs" in text for text in texts)


def test_a_missing_link_is_said_in_words_and_dashes_and_not_by_colour_alone():
    svg = gap_picture(GAPS, CHAINS, "flowers", language="th")
    assert texts_of(svg).count("ขาดผู้ขาย") == 2  # the badge and the legend
    assert texts_of(svg).count("ยังไม่มีผู้ซื้อ") == 1
    lines = [line for line in svg.splitlines() if line.startswith("<path") and 'stroke="#b3261e"' in line]
    assert len(lines) == 1
    assert all("stroke-dasharray" in line for line in lines)


def test_the_last_roles_of_a_chain_sell_to_consumers_and_lack_no_buyer():
    texts = texts_of(gap_picture(replace(GAPS, roles=GAPS.roles[4:5]), CHAINS, "flowers", language="en"))
    assert not CHAINS.sells_to.get(("flowers", "D1"))
    assert "no buyer yet" not in texts


def test_a_wider_line_means_more_needs():
    svg = gap_picture(GAPS, CHAINS, "flowers", language="th")
    widths = {
        float(width)
        for line in svg.splitlines()
        if 'stroke="#1f4e5f"' in line and " C" not in line and "C" in line
        for width in re.findall(r'stroke-width="([\d.]+)"', line)
    }
    assert max(widths) > min(widths)


def test_a_picture_tells_who_cannot_see_it_what_is_missing():
    root = ElementTree.fromstring(gap_picture(GAPS, CHAINS, "flowers", language="en", place="Chiang Mai"))
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title").endswith("Chiang Mai")
    assert "breeding and tissue culture" in root.findtext(f"{SVG}desc")


def test_texts_that_want_to_do_harm_are_only_texts():
    evil = "<script>alert(1)</script>&\"'\x00\u202e" + "ยาว" * 400
    cluster = CHAINS.clusters["sport"]
    roles = {code: replace(role, th=evil, en=evil) for code, role in cluster.roles.items()}
    clusters = {**CHAINS.clusters, "sport": replace(cluster, th=evil, roles=roles)}
    chains = replace(CHAINS, clusters=clusters)
    svg = gap_picture(GAPS, chains, "sport", language="th", place=evil)
    root = ElementTree.fromstring(svg)
    assert {node.tag.removeprefix(SVG) for node in root.iter()} == {"svg", "title", "desc", "rect", "path", "text", "g"}
    assert "\u202e" not in svg
    assert all(len(text) < 420 for text in texts_of(svg))


def test_equal_reports_make_equal_pictures():
    turned = replace(GAPS, roles=GAPS.roles[::-1], edges=GAPS.edges[::-1])
    assert gap_picture(turned, CHAINS, "flowers", language="th") == gap_picture(GAPS, CHAINS, "flowers", language="th")


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_nothing_overlaps_on_any_chain(cluster):
    layout = lay_out(_everyone_waits(cluster), CHAINS, cluster)
    boxes = [*layout.boxes, *layout.support]
    for at, one in enumerate(boxes):
        assert one.x >= 0
        assert one.x + one.width <= 1280
        assert one.y + one.height <= layout.height
        assert all(_apart(one, other) for other in boxes[at + 1 :]), one
    assert len({box.role.key for box in boxes}) == len(CHAINS.roles_of(cluster))
    for line in layout.lines:
        seller, buyer = (
            next(box for box in layout.boxes if box.role.code == code) for code in (line.seller, line.buyer)
        )
        assert _on_side(seller, line.curves[0][0])
        assert _on_side(buyer, line.end[0])
        assert all(one[3] == other[0] for one, other in zip(line.curves, line.curves[1:], strict=False))
        assert all(0 <= x <= 1280 for curve in line.curves for x, _ in curve)


def test_every_need_is_on_a_line_under_a_support_role_or_counted_as_off_the_chain():
    for cluster in CLUSTERS:
        gaps = _everyone_waits(cluster)
        layout = lay_out(gaps, CHAINS, cluster)
        drawn = sum(line.needs for line in layout.lines)
        waiting = sum(sum(counts.values()) for counts in layout.waiting.values())
        assert drawn + waiting + layout.off_chain == sum(len(edge.needs) for edge in gaps.edges)


def test_every_text_is_in_both_languages():
    for name, (thai, english) in TEXTS.items():
        assert sorted(re.findall(r"{\w+}", thai)) == sorted(re.findall(r"{\w+}", english)), name
        assert re.search("[ก-๛]", thai), name
        assert not re.search("[ก-๛]", english), name


def _everyone_waits(cluster: str) -> Gaps:
    """A need on every pair of roles."""
    roles = [role.code for role in CHAINS.roles_of(cluster)]
    buyers = [role.code for role in CHAINS.clusters[cluster].roles.values()]
    edges = tuple(an_edge(cluster, one, other, 1) for one in roles for other in buyers if one != other)
    return replace(GAPS, edges=edges)


def _apart(one: Box, other: Box) -> bool:
    across = one.x + one.width <= other.x or other.x + other.width <= one.x
    down = one.y + one.height <= other.y or other.y + other.height <= one.y
    return across or down


def _on_side(box: Box, point: tuple[float, float]) -> bool:
    x, y = point
    return x in (box.x, box.x + box.width) and box.y < y < box.y + box.height


def test_the_ways_of_these_tests_are_of_every_kind():
    assert {edge.kind for edge in _everyone_waits("agritech").edges} >= {*EdgeKind} - {EdgeKind.NONE}
    assert {role.stage for role in CHAINS.roles_of("agritech")} == {*Stage}
