"""A plain BERT whose texts are laid end to end, so that no arithmetic is spent on padding.

The layers' matrices meet all tokens of a batch at once; only attention goes text by text, and texts of
equal length share it. The three projections of attention are one matrix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby

import numpy as np
import torch
from torch.nn import functional

from indexes import Vectors

FORWARD = "packed-2"
"""Part of the fingerprint: another number where the same weights give other vectors."""

_TYPE, _POSITION = "embeddings.token_type_embeddings.weight", "embeddings.position_embeddings.weight"
_WORD, _NORM = "embeddings.word_embeddings.weight", "embeddings.LayerNorm"


@dataclass(frozen=True, slots=True, eq=False)
class _Linear:
    weight: torch.Tensor
    bias: torch.Tensor

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return functional.linear(x, self.weight, self.bias)

    def gelu(self, x: torch.Tensor) -> torch.Tensor:
        return functional.gelu(self(x))

    def onto(self, x: torch.Tensor, rest: torch.Tensor) -> torch.Tensor:
        return self(x).add_(rest)


class _LaidOut(_Linear):
    """In bfloat16, the matrix laid out once as oneDNN multiplies it, where `linear` would do so at every call.

    Half of the time of a short query. The calls are those that `torch.compile` makes.
    """

    @classmethod
    def of(cls, plain: _Linear) -> _Linear:
        """The same, laid out; as it was where this torch cannot."""
        if plain.weight.dtype != torch.bfloat16 or not hasattr(torch.ops.mkldnn, "_reorder_linear_weight"):
            return plain
        return cls(torch.ops.mkldnn._reorder_linear_weight(plain.weight, None), plain.bias)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, "none", [], "")
        return found

    def gelu(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, "gelu", [], "none")
        return found

    def onto(self, x: torch.Tensor, rest: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = torch.ops.mkldnn._linear_pointwise.binary(x, rest, self.weight, self.bias, "add")
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Norm:
    weight: torch.Tensor
    bias: torch.Tensor
    epsilon: float

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return functional.layer_norm(x, self.bias.shape, self.weight, self.bias, self.epsilon)


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many texts of which length lie end to end, as (length, count)."""

    runs: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, lengths: Iterable[int]) -> Lengths:
        """Of texts in their order; neighbours of equal length share what is done."""
        return cls(tuple((length, len(list(run))) for length, run in groupby(lengths)))

    @property
    def sizes(self) -> list[int]:
        """Tokens of each run."""
        return [length * count for length, count in self.runs]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One of BertModel's layers."""

    projections: _Linear
    mix: _Linear
    mixed: _Norm
    widen: _Linear
    narrow: _Linear
    done: _Norm
    heads: int

    @classmethod
    def of(
        cls, weights: Mapping[str, torch.Tensor], name: str, *, heads: int, epsilon: float, dtype: torch.dtype
    ) -> Layer:
        """The layer of that name.

        Args:
            weights: BertModel's own, by name.
            name: Such as `encoder.layer.0`.
            heads: Attention heads.
            epsilon: Of the layer norms.
            dtype: Of the arithmetic.
        """

        def linear(part: str) -> _Linear:
            return _Linear(*(weights[f"{name}.{part}.{kind}"].to(dtype, copy=True) for kind in ("weight", "bias")))

        def norm(part: str) -> _Norm:
            weight, bias = (weights[f"{name}.{part}.{kind}"].to(dtype, copy=True) for kind in ("weight", "bias"))
            return _Norm(weight, bias, epsilon)

        own = [linear(f"attention.self.{part}") for part in ("query", "key", "value")]
        return cls(
            _LaidOut.of(_Linear(torch.cat([one.weight for one in own]), torch.cat([one.bias for one in own]))),
            _LaidOut.of(linear("attention.output.dense")),
            norm("attention.output.LayerNorm"),
            _LaidOut.of(linear("intermediate.dense")),
            _LaidOut.of(linear("output.dense")),
            norm("output.LayerNorm"),
            heads,
        )

    def __call__(self, x: torch.Tensor, lengths: Lengths) -> torch.Tensor:
        """The next states of all texts' tokens: (n_tokens, dim) to the same."""
        parts = zip(self.projections(x).split_with_sizes(lengths.sizes), lengths.runs, strict=True)
        mixed = torch.cat([self._attend(part, length, count) for part, (length, count) in parts])
        x = self.mixed(self.mix.onto(mixed, x))
        return self.done(self.narrow.onto(self.widen.gelu(x), x))

    def _attend(self, part: torch.Tensor, length: int, count: int) -> torch.Tensor:
        """Attention within each of some texts of one length: (count · length, 3 · dim) to (…, dim)."""
        query, key, value = part.view(count, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        found = functional.scaled_dot_product_attention(query, key, value)
        return found.transpose(1, 2).reshape(count * length, -1)


def means(x: torch.Tensor, lengths: Lengths) -> torch.Tensor:
    """The mean of each text's states: (n_tokens, dim) to float32 (n, dim)."""
    parts = zip(x.float().split_with_sizes(lengths.sizes), lengths.runs, strict=True)
    return torch.cat([part.view(count, length, -1).mean(dim=1) for part, (length, count) in parts])


class PackedBert:
    """BertModel's last layer, averaged over each text's tokens.

    Args:
        weights: BertModel's own, by name; the vocabulary's table is used as it is, in its precision and
            perhaps mapped from a file, since a text needs a few of its rows.
        heads: Attention heads.
        epsilon: Of the layer norms.
        dtype: Of the arithmetic: float32 or bfloat16.
        layers: How many are passed; None is all there are.
    """

    def __init__(
        self,
        weights: Mapping[str, torch.Tensor],
        *,
        heads: int,
        epsilon: float,
        dtype: torch.dtype = torch.float32,
        layers: int | None = None,
    ) -> None:
        self._dtype = dtype
        self._words = weights[_WORD]
        self._positions = weights[_POSITION].float() + weights[_TYPE][0].float()
        self._norm = _Norm(weights[f"{_NORM}.weight"].float(), weights[f"{_NORM}.bias"].float(), epsilon)
        count = sum(name.endswith("attention.self.query.weight") for name in weights) if layers is None else layers
        self._layers = [
            Layer.of(weights, f"encoder.layer.{at}", heads=heads, epsilon=epsilon, dtype=dtype) for at in range(count)
        ]

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._words.shape[1])

    def __call__(self, texts: Sequence[Sequence[int]]) -> Vectors:
        """Mean vectors, float32 (n, dim), of texts given as token ids; neighbours of equal length are cheapest."""
        with torch.inference_mode():
            found: Vectors = means(*self.states(texts)).numpy()
            return found

    def states(self, texts: Sequence[Sequence[int]]) -> tuple[torch.Tensor, Lengths]:
        """What the last layer makes of all tokens, (n_tokens, dim), and where each text lies."""
        lengths = Lengths.of(map(len, texts))
        tokens = torch.tensor(list(chain.from_iterable(texts)))
        places = torch.cat([torch.arange(length).repeat(count) for length, count in lengths.runs])
        x = self._norm(self._words[tokens].float() + self._positions[places]).to(self._dtype)
        for layer in self._layers:
            x = layer(x, lengths)
        return x, lengths


def reaches_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def cosines(one: Vectors, other: Vectors) -> Vectors:
    """Cosine of each row of one with that of another, float32 (n,)."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    found: Vectors = (one * other).sum(axis=1) / np.maximum(lengths, 1e-12)
    return found
