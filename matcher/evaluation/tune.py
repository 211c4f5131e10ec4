"""Tuning the model: a trade's names, goods, phrases and requests come together, and what looks alike moves away.

Each step draws some trades, half of them neighbours in the file and so alike; of each two requests and two
texts of what can be found. A request must be nearer to the texts of its trade than to those of the others and
to what its trade says it is not, and back. The glossary's terms do likewise, so that both languages stay
together. Only the upper layers learn; what the lower ones make of a text is calculated once.

Source: Khosla et al., "Supervised contrastive learning", NeurIPS 2020 (the loss); `matcher.encoder.tuning`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy, normalize

from matcher.encoder.bert import Layer, Lengths, PackedBert, means
from matcher.encoder.tuning import Tuning
from matcher.evaluation.trades import Trade
from matcher.text.normalise import normalise, without_shouting

ASKED = {
    "goods_th": 0.25,
    "goods_en": 0.15,
    "ask_th": 0.2,
    "ask_en": 0.1,
    "formal_th": 0.2,
    "formal_en": 0.1,
    "looks_for_th": 0.1,
}
"""Kinds of texts that ask, and how often each is drawn."""

FOUND = {
    "th": 0.15,
    "en": 0.15,
    "formal_th": 0.2,
    "formal_en": 0.1,
    "goods_th": 0.15,
    "goods_en": 0.05,
    "profile_th": 0.2,
}
"""Kinds of texts that are found."""

_ALIKE, _NOBODY = "not_th", -1
_RUNS = 4
"""Runs of neighbours in a step; they are half of it."""

_CONCEPTS_SHARE = 0.5
_BACK_SHARE = 0.5
_WARM_STEPS = 20
_LAST_RATE = 0.05
_MAX_TOKENS = 128
_STATES_TOKENS = 4096

Text = tuple[str, str]
"""Prompt and text."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How it is learned; the defaults made the file that comes with the project.

    Attributes:
        first: The first layer that learns.
        rank: Of a correction.
        steps: Draws.
        trades: Drawn a step.
        concepts: Of the glossary, drawn a step.
        rate: Of learning, at its most.
        temperature: By which cosines are divided.
        seed: Of all that is drawn.
    """

    first: int = 6
    rank: int = 16
    steps: int = 220
    trades: int = 64
    concepts: int = 32
    rate: float = 1e-3
    temperature: float = 0.03
    seed: int = 0


class Tuner:
    """Learns the corrections of a model's upper layers.

    Args:
        folder: An unpacked model without corrections.
        trades: Neighbours in the list are alike.
        concepts: Terms that mean the same, two or more of each.
        settings: How.
        progress: Called with what is done, how many, of how many.
    """

    def __init__(
        self,
        folder: Path,
        trades: Sequence[Trade],
        concepts: Sequence[Sequence[str]],
        *,
        settings: Settings,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self._trades, self._concepts, self._settings = trades, concepts, settings
        self._progress = progress or (lambda _what, _done, _total: None)
        config = json.loads((folder / "config.json").read_text("utf-8"))
        prompts = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))["prompts"]
        self._heads, self._epsilon = config["num_attention_heads"], config["layer_norm_eps"]
        self._prompts: dict[str, str] = {name: prompts.get(name, "") for name in ("query", "passage")}
        weights = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
        self._upper = {
            name: tensor
            for name, tensor in weights.items()
            if name.startswith("encoder.layer.") and int(name.split(".")[2]) >= settings.first
        }
        self._n_layers = config["num_hidden_layers"]
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(_MAX_TOKENS)
        lower = PackedBert(weights, heads=self._heads, epsilon=self._epsilon, layers=settings.first)
        self._states = self._calculated(tokenizer, lower)

    def learn(self) -> Tuning:
        """The corrections after all steps."""
        torch.manual_seed(self._settings.seed)
        draw = np.random.default_rng(self._settings.seed)
        pairs = {name: self._fresh(self._upper[name]) for name in self._corrected()}
        parameters = [one for pair in pairs.values() for one in pair]
        optimiser = torch.optim.AdamW(parameters, lr=self._settings.rate, weight_decay=0.01, betas=(0.9, 0.98))
        for step in range(self._settings.steps):
            for group in optimiser.param_groups:
                group["lr"] = self._rate(step)
            loss = self._loss(draw, self._layers(pairs))
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            self._progress("tuning", step + 1, self._settings.steps)
        return Tuning({name: (_halves(down), _halves(up)) for name, (down, up) in pairs.items()})

    def _corrected(self) -> Iterator[str]:
        """Names of the matrices that learn."""
        for name, tensor in sorted(self._upper.items()):
            if name.endswith(".weight") and tensor.ndim == 2:
                yield name

    def _fresh(self, matrix: torch.Tensor) -> tuple[torch.nn.Parameter, torch.nn.Parameter]:
        n_out, n_in = matrix.shape
        down = torch.nn.Parameter(torch.randn(self._settings.rank, n_in) / math.sqrt(n_in))
        return down, torch.nn.Parameter(torch.zeros(n_out, self._settings.rank))

    def _layers(self, pairs: Mapping[str, tuple[torch.Tensor, torch.Tensor]]) -> list[Layer]:
        """The upper layers as they are now; what is learned reaches the corrections through them."""
        weights = self._upper | {name: self._upper[name] + up @ down for name, (down, up) in pairs.items()}
        return [
            Layer.of(weights, f"encoder.layer.{at}", heads=self._heads, epsilon=self._epsilon, dtype=torch.float32)
            for at in range(self._settings.first, self._n_layers)
        ]

    def _rate(self, step: int) -> float:
        """Rises over the first steps and falls by half a cosine."""
        falling = 0.5 * (1 + math.cos(math.pi * step / self._settings.steps))
        return self._settings.rate * min(1, (step + 1) / _WARM_STEPS) * (_LAST_RATE + (1 - _LAST_RATE) * falling)

    def _loss(self, draw: np.random.Generator, layers: Sequence[Layer]) -> torch.Tensor:
        asked, found, own = self._of_trades(draw)
        ones, others = self._of_concepts(draw)
        vectors = self._vectors([*asked, *found, *ones, *others], layers)
        requests, answers, one, other = vectors.split_with_sizes([len(asked), len(found), len(ones), len(others)])
        likeness = requests @ answers.T / self._settings.temperature
        belongs = own.any(dim=0)
        there, back = _contrast(likeness, own), _contrast(likeness.T[belongs], own.T[belongs])
        likeness, same = one @ other.T / self._settings.temperature, torch.arange(len(ones))
        terms = (cross_entropy(likeness, same) + cross_entropy(likeness.T, same)) / 2
        return there + _BACK_SHARE * back + _CONCEPTS_SHARE * terms

    def _of_trades(self, draw: np.random.Generator) -> tuple[list[Text], list[Text], torch.Tensor]:
        """Texts that ask, texts that are found, and which belong together, bool (n_asked, n_found)."""
        asked, found, askers, owners = [], [], [], []
        for at in self._drawn_trades(draw):
            texts, used = self._trades[at].texts, []
            for _ in range(2):
                used.append(_drawn(draw, texts, ASKED))
                asked.append(("query", used[-1]))
                askers.append(at)
            for _ in range(2):
                used.append(_drawn(draw, texts, FOUND, but=used))
                found.append(("passage", used[-1]))
                owners.append(at)
            if texts[_ALIKE]:
                found.append(("passage", _one_of(draw, texts[_ALIKE])))
                owners.append(_NOBODY)
        return asked, found, torch.tensor(askers)[:, None] == torch.tensor(owners)[None]

    def _of_concepts(self, draw: np.random.Generator) -> tuple[list[Text], list[Text]]:
        """A term that asks and another that is found, of some concepts."""
        count = min(self._settings.concepts, len(self._concepts))
        terms = [self._concepts[at] for at in draw.choice(len(self._concepts), count, replace=False)]
        both = [[own[at] for at in draw.choice(len(own), 2, replace=False)] for own in terms]
        return [("query", one) for one, _ in both], [("passage", other) for _, other in both]

    def _drawn_trades(self, draw: np.random.Generator) -> list[int]:
        count = min(self._settings.trades, len(self._trades))
        chosen: set[int] = set()
        for start in draw.integers(len(self._trades), size=_RUNS).tolist():
            chosen.update(range(start, min(len(self._trades), start + count // (2 * _RUNS))))
        for at in draw.permutation(len(self._trades)).tolist():
            if len(chosen) >= count:
                break
            chosen.add(at)
        return sorted(chosen)

    def _vectors(self, texts: Sequence[Text], layers: Sequence[Layer]) -> torch.Tensor:
        """Unit vectors, (n, dim), in the order given."""
        states = [self._states[text] for text in texts]
        order = sorted(range(len(texts)), key=lambda at: len(states[at]))
        lengths = Lengths.of(len(states[at]) for at in order)
        x = torch.cat([states[at] for at in order]).float()
        for layer in layers:
            x = layer(x, lengths)
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return normalize(means(x, lengths)[back], dim=-1)

    def _calculated(self, tokenizer: Tokenizer, lower: PackedBert) -> dict[Text, torch.Tensor]:
        """What the lower layers make of every text that may be drawn, float16 (n_tokens, dim)."""
        texts: dict[Text, None] = {}
        for trade in self._trades:
            texts |= dict.fromkeys(("query", text) for kind in ASKED for text in trade.texts[kind])
            texts |= dict.fromkeys(("passage", text) for kind in (*FOUND, _ALIKE) for text in trade.texts[kind])
        for terms in self._concepts:
            texts |= dict.fromkeys((prompt, term) for prompt in self._prompts for term in terms)
        wanted = list(texts)
        read = [self._prompts[prompt] + without_shouting(normalise(text)) for prompt, text in wanted]
        ids = [one.ids for one in tokenizer.encode_batch(read)]
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        states: dict[Text, torch.Tensor] = {}
        while len(states) < len(order):
            start = len(states)
            batch = order[start : start + max(1, _STATES_TOKENS // len(ids[order[start]]))]
            with torch.no_grad():
                x, lengths = lower.states([ids[at] for at in batch])
            parts = x.half().split_with_sizes([length for length, count in lengths.runs for _ in range(count)])
            states |= {wanted[at]: part.clone() for at, part in zip(batch, parts, strict=True)}
            self._progress("lower layers", len(states), len(order))
        return states


def _contrast(likeness: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
    """Mean loss over all that belong together: each against all that do not, (n, m)."""
    against = torch.logsumexp(likeness.masked_fill(own, -torch.inf), dim=1)
    return (torch.logaddexp(likeness, against[:, None]) - likeness)[own].mean()


def _drawn(
    draw: np.random.Generator,
    texts: Mapping[str, Sequence[str]],
    often: Mapping[str, float],
    *,
    but: Sequence[str] = (),
) -> str:
    """A text of a kind drawn as often as is said, not one of some, if there is another."""
    kinds = [kind for kind in often if texts[kind]]
    shares = np.array([often[kind] for kind in kinds])
    kind = kinds[draw.choice(len(kinds), p=shares / shares.sum())]
    others = [text for text in texts[kind] if text not in but] or texts[kind]
    return _one_of(draw, others)


def _one_of(draw: np.random.Generator, texts: Sequence[str]) -> str:
    return texts[int(draw.integers(len(texts)))]


def _halves(values: torch.Tensor) -> npt.NDArray[np.float16]:
    found: npt.NDArray[np.float16] = values.detach().half().numpy()
    return found
