"""Through the whole engine, Milvus answers as the indexes of this machine do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from indexes import ON_DISK
from indexes.errors import RemoteError
from indexes.milvus import MilvusStore, Remote
from matcher.domain import load_chains
from matcher.encoder.cache import VectorCache
from matcher.engine import Catalog, Engine, Filters, amend, open_or_build
from matcher.text import load_glossary

QUERIES = (
    "ผ้าไหมมัดหมี่ ขอนแก่น",
    "โรงงานเย็บชุดกีฬา ขั้นต่ำไม่เกิน 100 ตัว",
    "cut orchids for export with phytosanitary certificate",
    "เซนเซอร์วัดความชื้นในดินสำหรับโรงเรือนเมล่อน",
    "ใครรับซื้อกล้วยไม้ตัดดอก",
    "น้ำมันนวดสมุนไพร ต้องมี GMP",
)
CLOSE = 2e-4


@pytest.fixture(scope="module")
def vectors(tmp_path_factory):
    return VectorCache(tmp_path_factory.mktemp("vectors"))


@pytest.fixture
def opened(encoder, vectors, tmp_path, remote):
    """Opens an engine over some firms, on Milvus or here."""
    connections = []

    def make(firms, *, here: bool = False, folder: str = "index") -> Engine:
        store = ON_DISK
        if not here:
            connections.append(remote.connect())
            store = MilvusStore(connections[-1])
        built = open_or_build(
            Catalog(firms),
            chains=load_chains(),
            encoder=encoder,
            glossary=load_glossary(),
            root=tmp_path / ("here" if here else folder),
            vectors=vectors,
            store=store,
        )
        return Engine(built, encoder=encoder, glossary=load_glossary())

    yield make
    for one in connections:
        one.client.close()


def shown(answer):
    return [(match.firm.id, match.score) for match in answer.matches]


def assert_alike(got, expected):
    """The same firms with the same scores; those that tie may change places."""
    assert got.good == expected.good
    assert len(got.matches) == len(expected.matches)
    least = shown(expected)[-1][1] + CLOSE if expected.matches else 1.0
    assert {id for id, score in shown(expected) if score > least} <= {id for id, _ in shown(got)}
    for (_, score), (_, wanted) in zip(shown(got), shown(expected), strict=True):
        assert score == pytest.approx(wanted, abs=CLOSE)


def test_the_demo_catalog_is_searched_matched_and_sold_alike(opened, demo_firms):
    here, there = opened(demo_firms, here=True), opened(demo_firms)
    for query in QUERIES:
        assert_alike(there.search(query), here.search(query))
    for clusters in ({"agritech"}, {"silk"} & set(load_chains().clusters)):
        filters = Filters(clusters=frozenset(clusters))
        assert_alike(there.search(QUERIES[3], filters=filters), here.search(QUERIES[3], filters=filters))
    for firm in demo_firms[:6]:
        for need in firm.needs:
            assert_alike(there.match(need.id), here.match(need.id))
        for offer in firm.offers:
            assert_alike(there.buyers_for(offer.id), here.buyers_for(offer.id))


def test_a_change_is_found_at_once_and_after_a_restart(opened, demo_firms, encoder, vectors):
    there = opened(demo_firms[:40])
    changed = replace(demo_firms[0], offers=(replace(demo_firms[0].offers[0], text="ชุดดำน้ำลึกสำหรับช่างเชื่อมใต้ทะเล"),))
    built = amend(
        there.built,
        put=[changed],
        gone=[demo_firms[1].id],
        encoder=encoder,
        glossary=load_glossary(),
        vectors=vectors,
    )
    amended = Engine(built, encoder=encoder, glossary=load_glossary())
    assert amended.search("ชุดดำน้ำลึกช่างเชื่อมใต้ทะเล").matches[0].firm.id == changed.id
    now = (changed, *demo_firms[2:40])
    again, here = opened(now), opened(now, here=True)
    for query in (*QUERIES[:3], "ชุดดำน้ำลึก"):
        found = again.search(query, limit=40)
        assert demo_firms[1].id not in {match.firm.id for match in found.matches}
        assert {match.firm.id for match in found.matches} == {
            match.firm.id for match in here.search(query, limit=40).matches
        }


def test_a_server_that_is_not_there_is_named():
    with pytest.raises(RemoteError, match="MATCHER_MILVUS_URL"):
        Remote("http://127.0.0.1:1").connect()
