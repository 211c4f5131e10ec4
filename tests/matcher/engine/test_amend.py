"""An amended index answers as one built at once over the same firms."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from indexes import IndexOutgrownError
from matcher.domain import Need, load_chains
from matcher.engine import Catalog, Engine, amend, firm_digest, open_or_build, texts_of
from matcher.errors import UnknownIdError
from matcher.text import load_glossary
from tests.matcher.engine.fakes import TrigramEncoder, Vectors

ENCODER = TrigramEncoder()
QUERIES = ("เส้นไหมย้อมคราม", "spray drone spare parts", "ที่พักพร้อมสนามซ้อม", "กล่องโฟมใส่ปลา", "กล้วยไม้ตัดดอก")


@pytest.fixture(scope="module")
def firms(demo_firms):
    return demo_firms[::2]


@pytest.fixture
def fresh(tmp_path_factory):
    def make(firms):
        return open_or_build(
            Catalog(firms),
            chains=load_chains(),
            encoder=ENCODER,
            glossary=load_glossary(),
            root=tmp_path_factory.mktemp("index"),
            vectors=Vectors(),
        )

    return make


def amended(built, put=(), gone=(), vectors=None):
    source = vectors or Vectors()
    return amend(built, put=put, gone=gone, encoder=ENCODER, glossary=load_glossary(), vectors=source)


def answers(built, *, every=10):
    """Scores by firm: of some searches, and of some needs and offers of the living firms."""
    engine = Engine(built, encoder=ENCODER, glossary=load_glossary())
    living = sorted(built.catalog.living, key=lambda firm: firm.id)
    needs = [need.id for firm in living for need in firm.needs][::every]
    offers = [offer.id for firm in living for offer in firm.offers][::every]
    found = [
        *(engine.search(text, limit=10) for text in QUERIES),
        *(engine.match(id, limit=10) for id in needs),
        *(engine.buyers_for(id, limit=10) for id in offers),
    ]
    return [{match.firm.id: match.score for match in one.matches} for one in found]


def edited(firm, other):
    return replace(firm, description=other.description, needs=(*firm.needs, Need(f"{firm.id}/more", "หาโรงงานรับผลิต")))


def test_firms_added_one_by_one_are_found_as_if_they_had_always_been_there(firms, fresh):
    built = fresh(firms[:90])
    for firm in firms[90:]:
        built = amended(built, [firm])
    whole = fresh(firms)
    assert built.fingerprint == whole.fingerprint
    assert built.dead_share == 0
    for got, expected in zip(answers(built), answers(whole), strict=True):
        assert list(got) == list(expected)
        assert got == pytest.approx(expected, abs=1e-4)
    for name in ("offers", "firms", "needs"):
        assert np.array_equal(getattr(built, name).vectors, getattr(whole, name).vectors)
    assert built.offer_roles == pytest.approx(whole.offer_roles, abs=1e-3)
    assert built.firm_roles == pytest.approx(whole.firm_roles, abs=1e-3)


def test_after_edits_and_deletions_only_the_idf_of_words_differs_and_answers_hardly(firms, fresh):
    """Words of dead rows count on in the idf: with 17 % of the rows dead, scores differ by 0.003 on average."""
    rng = random.Random(5)
    changing = rng.sample(range(len(firms)), 20)
    gone, edits = {firms[at].id for at in changing[:10]}, {at: firms[at - 1] for at in changing[10:]}
    now = [edited(firm, edits[at]) if at in edits else firm for at, firm in enumerate(firms) if firm.id not in gone]
    built = amended(fresh(firms), [edited(firms[at], other) for at, other in edits.items()], gone)
    whole = fresh(now)
    assert built.fingerprint == whole.fingerprint
    assert built.dead_share == pytest.approx(20 / 126)
    got, expected = answers(built), answers(whole)
    assert not gone & {id for one in got for id in one}
    differences = [abs(a[id] - b[id]) for a, b in zip(got, expected, strict=True) for id in a.keys() & b.keys()]
    overlap = [len(a.keys() & b.keys()) / len(b) if b else not a for a, b in zip(got, expected, strict=True)]
    assert (np.mean(differences), max(differences)) < (0.005, 0.05)
    assert np.mean(overlap) > 0.97
    for name in ("offer_moments", "firm_moments", "need_moments"):
        assert getattr(built, name).mean == pytest.approx(getattr(whole, name).mean, abs=1e-6)
        assert getattr(built, name).covariance == pytest.approx(getattr(whole, name).covariance, abs=1e-6)


def test_a_firm_that_changed_is_found_once_and_by_its_new_words(firms, fresh):
    built = fresh(firms)
    new = replace(firms[3], description="รับซ่อมเรือดำน้ำนิวเคลียร์", offers=(replace(firms[3].offers[0], text="เรือดำน้ำ"),))
    engine = Engine(amended(built, [new]), encoder=ENCODER, glossary=load_glossary())
    found = [match for match in engine.search("เรือดำน้ำ", limit=1000).matches if match.firm.id == new.id]
    assert [(match.firm, match.offer) for match in found] == [(new, new.offers[0])]
    assert all(match.firm.id for match in engine.search("เรือดำน้ำ", limit=1000).matches)


def test_a_firm_that_went_cannot_be_found_or_asked_for(firms, fresh):
    built = fresh(firms)
    leaver = next(firm for firm in firms if firm.needs and firm.offers)
    engine = Engine(amended(built, gone=[leaver.id]), encoder=ENCODER, glossary=load_glossary())
    assert leaver.id not in {match.firm.id for match in engine.search(leaver.name_th, limit=1000).matches}
    for ask, id in ((engine.match, leaver.needs[0].id), (engine.buyers_for, leaver.offers[0].id)):
        with pytest.raises(UnknownIdError):
            ask(id)


def test_the_old_index_answers_unchanged_however_often_the_newest_is_amended(firms, fresh):
    line = [fresh(firms[:60])]
    before = [answers(line[0], every=40)]
    for at in range(8):
        line.append(amended(line[-1], [edited(firms[at], firms[at + 1]), firms[60 + at]], [firms[30 + at].id]))
        before.append(answers(line[-1], every=40))
    assert [answers(built, every=40) for built in line] == before
    assert line[0].catalog.n_firms == 60
    assert len({built.fingerprint for built in line}) == len(line)


def test_what_changes_nothing_gives_the_very_index_and_each_is_amended_once(firms, fresh):
    built = amended(fresh(firms[:20]), [firms[20]])
    assert amended(built, [firms[20]], ["nobody"]) is built
    amended(built, gone=[firms[0].id])
    with pytest.raises(IndexOutgrownError):
        amended(built, gone=[firms[1].id])


def test_only_the_texts_of_a_new_firm_are_asked_for_and_texts_of_names_them_all(firms, fresh):
    built, vectors = fresh(firms[:20]), Vectors()
    amended(built, [*firms[:20], firms[20], firms[21]], vectors=vectors)
    assert set(vectors.asked) == {*texts_of(firms[20]), *texts_of(firms[21])}
    assert len(vectors.asked) == len(texts_of(firms[20])) + len(texts_of(firms[21]))


def test_a_catalog_may_begin_and_end_empty(firms, fresh):
    built = amended(fresh(()), firms[:3])
    assert answers(built) == answers(fresh(firms[:3]))
    built = amended(built, gone=[firm.id for firm in firms[:3]])
    assert answers(built) == [{}] * len(QUERIES)
    assert (built.dead_share, built.fingerprint) == (1, fresh(()).fingerprint)
    assert built.catalog.digests == {}
    assert amended(built, [firms[0]]).catalog.digests == {firms[0].id: firm_digest(firms[0])}
