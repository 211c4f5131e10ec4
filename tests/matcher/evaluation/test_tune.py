"""Tuning on a model of some kilobytes: what it learns, that it is repeatable, and what the trades' file must hold."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer

from matcher.errors import TopicsError
from matcher.evaluation.trades import KINDS, Trade, read_trades
from matcher.evaluation.tune import ASKED, FOUND, Settings, Tuner, _contrast
from tests.matcher.encoder.tiny import ENGLISH, write_tiny_model

SETTINGS = Settings(first=1, rank=8, steps=200, trades=6, concepts=2, rate=3e-2, temperature=0.05)
WORDS = ["abc", "dfe", "gih", "klj", "mon", "prq"]


def a_trade(word):
    """Requests and answers that share no letter: only learning brings them together."""
    texts = dict.fromkeys(KINDS, ())
    asked, found = word, word[::-1].translate(str.maketrans("abcdefghijklmnopqr", "stuvwxyzstuvwxyzst"))
    return Trade(texts | {"goods_en": (asked,), "en": (found,), "not_th": (word[0] * 2,)})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_tiny_model(tmp_path_factory.mktemp("tune"), letters=ENGLISH, layers=2)


@pytest.fixture(scope="module")
def trades():
    return [a_trade(word) for word in WORDS]


@pytest.fixture(scope="module")
def tuning(folder, trades):
    return Tuner(folder, trades, [("ab", "ba"), ("cd", "dc")], settings=SETTINGS).learn()


def vectors(folder, tuning, texts):
    """By the library, with the corrections put into its matrices."""
    model = SentenceTransformer(str(folder), device="cpu")
    for name, tensor in model[0].model.state_dict().items():
        tensor.copy_(torch.from_numpy(tuning.added_to(name, tensor.numpy()) if tuning else tensor.numpy()))
    return model.encode(texts, normalize_embeddings=True)


def share_found(folder, tuning, trades):
    """How many requests are nearest to their own trade."""
    asked = vectors(folder, tuning, [trade.texts["goods_en"][0] for trade in trades])
    found = vectors(folder, tuning, [trade.texts["en"][0] for trade in trades])
    return np.mean((asked @ found.T).argmax(axis=1) == np.arange(len(trades)))


def test_requests_find_their_trade_in_the_librarys_own_model_afterwards(folder, trades, tuning):
    assert share_found(folder, None, trades) <= 0.5
    assert share_found(folder, tuning, trades) >= 0.9


def test_only_the_upper_layers_matrices_are_corrected(folder, tuning):
    weights = load_file(folder / "model.safetensors")
    expected = {
        name
        for name, tensor in weights.items()
        if name.startswith("encoder.layer.1.") and name.endswith(".weight") and tensor.ndim == 2
    }
    assert set(tuning.parts) == expected
    assert len(expected) == 6
    for name, (down, up) in tuning.parts.items():
        assert down.shape == (8, weights[name].shape[1])
        assert up.shape == (weights[name].shape[0], 8)


def test_equal_seeds_give_equal_corrections(folder, trades, tuning):
    again = Tuner(folder, trades, [("ab", "ba"), ("cd", "dc")], settings=SETTINGS).learn()
    assert again.digest == tuning.digest


def test_the_loss_counts_each_that_belongs_against_all_that_do_not():
    likeness = torch.tensor([[2.0, 1.0, 0.5, -1.0], [0.0, 3.0, 1.0, 2.0]])
    own = torch.tensor([[True, True, False, False], [False, False, False, True]])
    one, other = np.exp(0.5) + np.exp(-1.0), 1 + np.exp(3.0) + np.exp(1.0)
    expected = [np.log1p(one / np.exp(2.0)), np.log1p(one / np.exp(1.0)), np.log1p(other / np.exp(2.0))]
    assert _contrast(likeness, own).item() == pytest.approx(np.mean(expected), rel=1e-5)


def test_progress_is_told_of_both_parts(folder, trades):
    told = []
    settings = Settings(first=1, rank=2, steps=2, trades=2, concepts=1)
    Tuner(folder, trades, [("ab", "ba")], settings=settings, progress=lambda *one: told.append(one)).learn()
    assert told[-1] == ("tuning", 2, 2)
    assert {what for what, _, _ in told} == {"lower layers", "tuning"}


def test_the_projects_trades_have_texts_to_ask_and_to_find():
    trades = read_trades()
    assert len(trades) > 1_000
    for trade in trades:
        assert trade.texts["th"]
        assert all(trade.texts[kind] for kind in ("goods_th", "goods_en", "formal_th", "formal_en", "ask_th", "not_th"))
        asked = {text for kind in ASKED for text in trade.texts[kind]}
        assert len(asked - {text for kind in FOUND for text in trade.texts[kind]}) > 1
    assert len({trade.texts["th"][0] for trade in trades}) == len(trades)


@pytest.mark.parametrize("goods", ["ผ้าไหม", [1], [""], None], ids=["text", "number", "empty", "null"])
def test_a_line_that_breaks_the_format_is_named(tmp_path, goods):
    rows = [{"th": ["ร้านผ้า"]}, {"th": ["ร้านดอกไม้"], "goods_th": goods}]
    path = tmp_path / "trades.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    with pytest.raises(TopicsError, match="goods_th") as refused:
        read_trades(path)
    assert refused.value.line == 2
