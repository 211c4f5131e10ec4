import numpy as np

from matcher.encoder.adapter import Adapter, load_adapter
from matcher.encoder.bundled import unpack
from matcher.encoder.encoder import load_encoder
from matcher.encoder.tuning import load_tuning
from matcher.encoder.vectors import unit


def an_adapter(dim=24, rank=4, seed=0):
    draw = np.random.default_rng(seed)
    return Adapter(draw.normal(size=(dim, rank)).astype(np.float32), draw.normal(size=(rank, dim)).astype(np.float32))


def test_corrected_vectors_are_unit_rows_of_the_formula():
    one = an_adapter()
    vectors = unit(np.random.default_rng(1).normal(size=(7, 24)).astype(np.float32))
    expected = vectors + vectors @ one.down @ one.up
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(one(vectors), expected, rtol=1e-4, atol=1e-5)
    nothing = Adapter(one.down, np.zeros_like(one.up))
    np.testing.assert_allclose(nothing(vectors), vectors, atol=1e-6)


def test_a_saved_adapter_is_the_rounded_one(tmp_path, monkeypatch):
    one = an_adapter(dim=8).rounded()
    one.save(tmp_path / "adapter.npy")
    down, up = np.load(tmp_path / "adapter.npy", allow_pickle=False).astype(np.float32)
    np.testing.assert_array_equal(down, one.down)
    np.testing.assert_array_equal(up.T, one.up)
    assert Adapter(down, np.ascontiguousarray(up.T)).digest == one.digest != an_adapter(dim=8, seed=2).rounded().digest


def test_the_bundled_model_is_adapted_and_its_plain_form_is_not(encoder):
    texts = ["ผ้าไหมทอมือ", "betta jars"]
    plain = encoder.plain
    assert plain.fingerprint != encoder.fingerprint
    assert plain.plain.fingerprint == plain.fingerprint
    np.testing.assert_allclose(encoder.queries(texts), load_adapter()(plain.queries(texts)), atol=1e-6)


def test_a_folder_of_the_same_model_is_left_as_it_is(encoder, models_dir, tmp_path):
    folder = unpack(models_dir, tuning=load_tuning())
    assert load_encoder(str(folder), models_dir=tmp_path).fingerprint == encoder.plain.fingerprint
