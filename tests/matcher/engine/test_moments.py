import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.engine.moments import Moments


def test_z_scores_from_moments_equal_those_of_a_full_scan(demo):
    vectors = demo.built.offers.vectors
    query = demo.encoder.queries(["เครื่องอบแห้งพลังงานแสงอาทิตย์"])[0]
    scores = vectors @ query
    expected = (scores - scores.mean()) / scores.std(ddof=1)
    np.testing.assert_allclose(Moments.of(vectors).z(scores, query), expected, atol=2e-3)


def test_a_small_catalog_leans_on_other_texts_and_a_large_one_does_not(demo):
    usual, own = demo.built.roles.vectors, demo.built.offers.vectors
    query = own[0]
    assert Moments.of(own[:1], usual=usual).z(own[:1] @ query, query) > 2
    plain, leaning = Moments.of(own), Moments.of(own, usual=usual)
    np.testing.assert_allclose(plain.z(own @ query, query), leaning.z(own @ query, query), atol=0.4)
    assert not np.allclose(plain.mean, leaning.mean)


def test_moments_of_nothing_and_of_one_vector_leave_scores_finite():
    for rows in (0, 1):
        moments = Moments.of(np.ones((rows, 4), np.float32))
        assert np.isfinite(moments.z(np.ones(3, np.float32), np.ones(4, np.float32))).all()


@given(seed=st.integers(0, 9999), n_rows=st.integers(0, 30), n_new=st.integers(0, 9), n_steps=st.integers(1, 4))
@settings(deadline=None)
def test_moments_amended_step_by_step_equal_those_of_the_same_vectors(seed, n_rows, n_new, n_steps):
    rng = np.random.default_rng(seed)
    usual, vectors = (unit_rows(rng, n) for n in (12, n_rows))
    moments = Moments.of(vectors, usual=usual)
    for _ in range(n_steps):
        stay = rng.random(len(vectors)) < 0.7
        new = unit_rows(rng, n_new)
        moments = moments.amended(added=new, removed=vectors[~stay])
        vectors = np.concatenate([vectors[stay], new])
    expected = Moments.of(vectors, usual=usual)
    assert moments.rows == len(vectors)
    assert moments.mean == pytest.approx(expected.mean, abs=1e-6)
    assert moments.covariance == pytest.approx(expected.covariance, abs=1e-6)


def unit_rows(rng, n_rows):
    vectors = rng.normal(0.3, 1, (n_rows, 6))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
