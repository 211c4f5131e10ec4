"""A model that is a plain BERT with mean pooling, run without the library that checked it.

sentence-transformers loads every model and says what its vectors are. Where the packed arithmetic gives
the same, that is written down once; from then on the model's files are opened as they are: no library
is loaded, and of the vocabulary's table only the rows that texts use.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import numpy as np
import torch
from tokenizers import Tokenizer

from indexes import Vectors
from matcher.encoder.bert import FORWARD, PackedBert, reaches_bfloat16
from matcher.encoder.bundled import digests
from matcher.encoder.unigram import Unigram
from matcher.text.normalise import NORMALISER_VERSION

_RECORDS = "checked"
_WEIGHTS, _TOKENIZER = "model.safetensors", "tokenizer.json"
_DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
_VERSIONS = ("torch", "tokenizers", "sentence-transformers", "transformers", "pythainlp")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the library knows of a model beside its weights and its tokenizer.

    Attributes:
        fingerprint: Changes whenever the same text would give another vector.
        limit: Tokens of the longest text.
        prompts: What is set before a text, by name.
        unknown: The token for what the vocabulary lacks.
        heads: Attention heads.
        epsilon: Of the layer norms.
        precision: Of the arithmetic: `float32` or `bfloat16`.
    """

    fingerprint: str
    limit: int
    prompts: Mapping[str, str]
    unknown: str
    heads: int
    epsilon: float
    precision: str


class IdReader(Protocol):
    """Cuts texts into the ids of a vocabulary."""

    def ids(self, text: str) -> list[int]:
        """A text's ids, with those that begin and end it, as many as the model takes."""

    def tokens(self, text: str) -> list[str]:
        """A text's tokens."""


class _LibraryReader:
    """Any tokenizer of `tokenizers`."""

    def __init__(self, tokenizer: Tokenizer, *, limit: int) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._whole = tokenizer
        self._cut = Tokenizer.from_str(tokenizer.to_str())
        self._cut.enable_truncation(limit)

    def ids(self, text: str) -> list[int]:
        """See `IdReader`."""
        found: list[int] = self._cut.encode(text).ids
        return found

    def tokens(self, text: str) -> list[str]:
        """See `IdReader`."""
        found: list[str] = self._whole.encode(text, add_special_tokens=False).tokens
        return found


class PackedModel:
    """See `matcher.encoder.encoder.Model`.

    Args:
        reader: Cuts texts into ids.
        weights: BertModel's, by name.
        facts: What else is known.
    """

    def __init__(self, reader: IdReader, weights: Mapping[str, torch.Tensor], facts: Facts) -> None:
        self._reader = reader
        self._bert = PackedBert(
            weights, heads=facts.heads, epsilon=facts.epsilon, dtype=getattr(torch, facts.precision)
        )
        self.facts = facts
        self.fingerprint = facts.fingerprint
        self.limit = facts.limit
        self.prompts = facts.prompts

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._bert.dim

    def tokens(self, text: str) -> list[str]:
        """A text's tokens."""
        return self._reader.tokens(text)

    @property
    def unknown(self) -> str:
        """The token for what the vocabulary lacks."""
        return self.facts.unknown

    def vectors(self, texts: Sequence[str], *, prompt: str) -> Vectors:
        """Vectors of texts, float32 (n, dim), of any length."""
        before = self.prompts.get(prompt, "")
        ids = [self._reader.ids(before + text) for text in texts]
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        found = np.empty((len(ids), self.dim), np.float32)
        found[order] = self._bert([ids[at] for at in order])
        return found


def opened(folder: Path, *, models_dir: Path) -> PackedModel | None:
    """The model of a folder that was checked before on this machine; None where it was not.

    Args:
        folder: A sentence-transformers folder.
        models_dir: Where it is written down which models were checked.
    """
    record = _record(folder, models_dir)
    if record is None or not record.is_file():
        return None
    try:
        facts = Facts(**json.loads(record.read_text("utf-8")))
        return read(folder, facts, pieces=record.with_suffix(".pieces"))
    except (ValueError, TypeError):  # written by another version: checked again
        return None


def read(folder: Path, facts: Facts, *, pieces: Path) -> PackedModel:
    """The model of a folder of which all else is known."""
    reader = Unigram.load(pieces).reader() if pieces.is_file() else None
    tokenizer = folder / _TOKENIZER
    return PackedModel(
        reader or _LibraryReader(Tokenizer.from_file(str(tokenizer)), limit=facts.limit),
        _mapped(folder / _WEIGHTS),
        facts,
    )


def reader_of(tokenizer: str, *, limit: int) -> IdReader:
    """The leanest reader that does as a tokenizer of `tokenizers`, given as its JSON, is said to do."""
    unigram = Unigram.of(json.loads(tokenizer), limit=limit)
    return unigram.reader() if unigram else _LibraryReader(Tokenizer.from_str(tokenizer), limit=limit)


def _mapped(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file, mapped: what is not read takes no memory.

    Source: the format at https://github.com/huggingface/safetensors: the header's length in 8 bytes, the
    header as JSON, the tensors; the library itself copies what it reads.
    """
    image = torch.from_file(str(path), shared=False, size=path.stat().st_size, dtype=torch.uint8)
    start = 8 + int.from_bytes(bytes(image[:8].tolist()), "little")
    header = json.loads(bytes(image[8:start].numpy()))
    header.pop("__metadata__", None)
    return {
        name: image[start + one["data_offsets"][0] : start + one["data_offsets"][1]]
        .view(_DTYPES[one["dtype"]])
        .view(one["shape"])
        for name, one in header.items()
        if one["dtype"] in _DTYPES
    }


def remember(folder: Path, facts: Facts, *, models_dir: Path) -> bool:
    """Write down that a folder's model was checked; False where its files are not as `opened` needs them."""
    record = _record(folder, models_dir)
    if record is None:
        return False
    record.parent.mkdir(parents=True, exist_ok=True)
    scratch = record.with_suffix(f".{uuid4().hex}.tmp")
    unigram = Unigram.of(json.loads((folder / _TOKENIZER).read_bytes()), limit=facts.limit)
    if unigram is not None:
        unigram.save(scratch)
        scratch.replace(record.with_suffix(".pieces"))
    scratch.write_text(json.dumps(asdict(facts), ensure_ascii=False), "utf-8")
    scratch.replace(record)
    return True


def _record(folder: Path, models_dir: Path) -> Path | None:
    """Where it is written down; the name changes with the files, the libraries and the CPU's abilities."""
    if not all((folder / name).is_file() for name in (_WEIGHTS, _TOKENIZER, "modules.json")):
        return None
    code = (FORWARD, NORMALISER_VERSION, reaches_bfloat16(), *map(version, _VERSIONS))
    own = sorted(pair for pair in digests(folder).items() if not pair[0].startswith(f"{_RECORDS}/"))
    known = (own, code)
    return models_dir / _RECORDS / f"{hashlib.sha256(repr(known).encode()).hexdigest()[:32]}.json"
