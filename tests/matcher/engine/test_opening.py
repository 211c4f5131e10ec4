"""A snapshot is a start: what changed since is amended, and what is unusable is built again."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from matcher.domain import load_chains
from matcher.engine import Catalog, firm_digest, open_or_build, texts_of
from matcher.text import load_glossary
from tests.matcher.engine.fakes import Vectors
from tests.matcher.engine.test_amend import ENCODER, answers, edited


@pytest.fixture(scope="module")
def firms(demo_firms):
    return demo_firms[::2]


def opened(firms, root, *, vectors=None, **options):
    catalog = firms if isinstance(firms, Catalog) else Catalog(firms)
    return open_or_build(
        catalog,
        chains=load_chains(),
        encoder=ENCODER,
        glossary=load_glossary(),
        root=root,
        vectors=vectors or Vectors(),
        **options,
    )


def current(root):
    return (root / "CURRENT").read_text()


@pytest.fixture(scope="module")
def stored(firms, tmp_path_factory):
    """A snapshot of the firms."""
    root = tmp_path_factory.mktemp("stored")
    opened(firms, root)
    return root


@pytest.fixture
def root(stored, tmp_path):
    return shutil.copytree(stored, tmp_path / "index")


def test_an_index_is_opened_again_and_nothing_is_encoded(firms, root):
    name, vectors = current(root), Vectors()
    built = opened(reversed(firms), root, vectors=vectors)
    assert (current(root), vectors.asked, built.dead_share) == (name, [], 0)


def test_a_snapshot_with_the_difference_answers_as_a_fresh_index(firms, root, tmp_path):
    name, vectors = current(root), Vectors()
    now = [edited(firms[0], firms[1]), *firms[1:100], replace(firms[101], id="new", offers=(), needs=())]
    built = opened(now, root, vectors=vectors)
    assert current(root) == name
    assert set(vectors.asked) == {*texts_of(now[0]), *texts_of(now[-1])}
    assert built.catalog.n_firms == len(now)
    whole = opened(now, tmp_path / "fresh")
    assert built.fingerprint == whole.fingerprint
    for got, expected in zip(answers(built), answers(whole), strict=True):
        assert got.keys() <= {firm.id for firm in now}
        assert len(got.keys() & expected.keys()) >= 0.7 * len(expected)
        assert all(got[id] == pytest.approx(expected[id], abs=0.05) for id in got.keys() & expected.keys())


def test_firms_added_since_are_found_as_in_a_fresh_index(firms, tmp_path):
    opened(firms[:100], tmp_path / "old")
    built, whole = opened(firms, tmp_path / "old"), opened(firms, tmp_path / "fresh")
    assert answers(built) == [pytest.approx(one, abs=1e-4) for one in answers(whole)]


@pytest.mark.parametrize(("left", "again"), [(66, False), (65, True)])
def test_past_fifty_rows_and_a_fifth_the_index_is_built_anew(firms, root, left, again):
    name, built = current(root), opened(firms[:left], root)
    assert (current(root) != name, built.dead_share == 0) == (again, again)


def test_a_new_index_can_be_asked_for_and_is_of_the_living_firms(firms, root):
    catalog = Catalog(firms).amended([], [firms[0].id])
    name = current(root)
    assert opened(catalog, root).dead_share > 0
    built = opened(catalog, root, rebuild=True)
    assert current(root) != name
    assert (built.dead_share, len(built.catalog.firms)) == (0, len(firms) - 1)
    assert opened(catalog, root).dead_share == 0


@pytest.mark.parametrize("harm", [b"", b"[]", b"{", b'[["a", "b", 1, 1]]'])
def test_a_snapshot_whose_rows_are_damaged_is_built_anew(firms, root, harm):
    name = current(root)
    (root / name / "rows.json").write_bytes(harm)
    built = opened(firms, root)
    assert current(root) != name
    assert built.catalog.firms == tuple(firms)


def test_digests_that_are_given_decide_what_changed(firms, root):
    digests = [firm_digest(firm) for firm in firms]
    renamed = [replace(firms[0], name_th="ร้านใหม่"), *firms[1:]]
    assert opened(Catalog(renamed, digests), root).catalog.living[0].name_th == "ร้านใหม่"
    vectors = Vectors()
    opened(Catalog(firms, ["0" * 32, *digests[1:]]), root, vectors=vectors)
    assert set(vectors.asked) == set(texts_of(firms[0]))
