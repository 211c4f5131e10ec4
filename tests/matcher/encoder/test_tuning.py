import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from matcher.encoder.bundled import unpack
from matcher.encoder.tuning import Tuning, load_tuning, read_tuning

NAME = "encoder.layer.11.output.dense.weight"


def a_tuning(seed=0, name=NAME, shape=(6, 10), rank=2):
    draw = np.random.default_rng(seed)
    down, up = draw.normal(size=(rank, shape[1])), draw.normal(size=(shape[0], rank))
    return Tuning({name: (down.astype(np.float16), up.astype(np.float16))})


def test_a_matrix_gets_its_own_product_and_others_stay():
    one = a_tuning()
    matrix = np.random.default_rng(1).normal(size=(6, 10)).astype(np.float32)
    down, up = (half.astype(np.float64) for half in one.parts[NAME])
    np.testing.assert_allclose(one.added_to(NAME, matrix), matrix + up @ down, rtol=1e-5, atol=1e-5)
    assert one.added_to("another", matrix) is matrix


def test_a_saved_tuning_is_the_same_and_every_other_has_another_digest(tmp_path):
    one = a_tuning()
    one.save(tmp_path / "one.safetensors")
    again = read_tuning(tmp_path / "one.safetensors")
    assert again.digest == one.digest
    others = [a_tuning(seed=1), a_tuning(name="other"), Tuning({}), load_tuning()]
    assert len({one.digest, *(other.digest for other in others)}) == 5


def test_the_file_that_comes_with_the_project_is_small_and_finite():
    parts = load_tuning().parts
    assert parts
    assert sum(half.nbytes for both in parts.values() for half in both) < 10_000_000
    assert all(np.isfinite(half).all() and half.any() for both in parts.values() for half in both)


def test_the_unpacked_model_is_the_published_one_with_the_corrections(models_dir):
    tuning = load_tuning()
    tuned, plain = (unpack(models_dir, tuning=one) for one in (tuning, None))
    weights, before = (load_file(folder / "model.safetensors") for folder in (tuned, plain))
    assert weights.keys() == before.keys()
    for name, values in before.items():
        if name in tuning.parts:
            expected = tuning.added_to(name, values.astype(np.float32))
            np.testing.assert_allclose(weights[name].astype(np.float32), expected, atol=2e-3)
            assert (weights[name] != values).any()
        else:
            np.testing.assert_array_equal(weights[name], values)
    assert json.loads((tuned / "config.json").read_text()) == json.loads((plain / "config.json").read_text())


def test_a_tuning_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="broadcast"):
        a_tuning().added_to(NAME, np.zeros((5, 10), np.float32))
