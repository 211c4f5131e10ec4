"""One encoder for queries and passages, whatever model stands behind it."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing is fetched at run time, and no name stalls
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np
import numpy.typing as npt
import torch

from matcher.encoder import packed
from matcher.encoder.adapter import Adapter, load_adapter
from matcher.encoder.bundled import unpack
from matcher.encoder.tuning import load_tuning
from matcher.encoder.vectors import unit
from matcher.errors import ModelCannotReadThaiError
from matcher.text.normalise import normalise, without_shouting

BUNDLED = "bundled"
_BATCH_TEXTS = 64
_MAX_UNKNOWN = 0.05
_THAI_PROBES = (
    "โรงงานเย็บเสื้อผ้ากีฬา รับผลิตขั้นต่ำ 100 ตัว",
    "ผ้าไหมมัดหมี่ทอมือย้อมสีธรรมชาติ",
    "ขวดโหลเลี้ยงปลากัดและใบหูกวางอบแห้ง",
    "เซนเซอร์วัดความชื้นในดินสำหรับโรงเรือน",
    "น้ำมันนวดสมุนไพรสำหรับสปา",
)

Progress = Callable[[int, int], None]
"""Called with the number of texts done and the number of all texts."""


class Model(Protocol):
    """What an encoder needs of a model.

    Attributes:
        fingerprint: Changes whenever the same text would give another vector.
        dim: Length of a vector.
        limit: Tokens of the longest text.
        prompts: What is set before a text, by name.
        unknown: The token for what the vocabulary lacks.
    """

    @property
    def fingerprint(self) -> str: ...  # noqa: D102
    @property
    def dim(self) -> int: ...  # noqa: D102
    @property
    def limit(self) -> int: ...  # noqa: D102
    @property
    def prompts(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def unknown(self) -> str: ...  # noqa: D102

    def tokens(self, text: str) -> list[str]:
        """A text's tokens, without those that begin and end it."""

    def vectors(self, texts: Sequence[str], *, prompt: str) -> npt.NDArray[np.float32]:
        """Vectors of a batch of texts, float32 (n, dim), of any length; longer texts are cut."""


class Encoder:
    """Encodes normalised texts to float32 unit vectors.

    Args:
        model: Loaded.
        name: What the operator called it.
        adapter: Corrects the model's vectors; None leaves them.

    Attributes:
        fingerprint: Changes whenever the same text would give another vector.

    Raises:
        ModelCannotReadThaiError: its vocabulary maps Thai to the unknown token.
    """

    def __init__(self, model: Model, *, name: str, adapter: Adapter | None = None) -> None:
        self._model = model
        self._adapter = adapter
        self.name = name
        of_model = model.fingerprint
        self.fingerprint = f"{of_model[:16]}{adapter.digest}" if adapter else of_model
        self._check_reads_thai()

    @property
    def plain(self) -> Encoder:
        """The same model without an adapter."""
        return Encoder(self._model, name=self.name)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._model.dim

    def queries(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Embed what somebody looks for: float32 (n, dim), unit rows, in the order given."""
        return self.encode(texts, prompt="query")

    def passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Embed what can be found: float32 (n, dim), unit rows, in the order given."""
        return self.encode(texts, prompt="passage")

    def encode(self, texts: Sequence[str], *, prompt: str, progress: Progress | None = None) -> npt.NDArray[np.float32]:
        """Embed texts in their order, in batches of texts of like length.

        Args:
            texts: Any texts; they are normalised here, and English in capitals is lowered. One longer than
                the model's limit is cut into chunks, whose mean it becomes.
            prompt: `query` for what looks, `passage` for what can be found.
            progress: Called after each batch.

        Returns:
            float32 (n, dim), unit rows.
        """
        chunks, owners = self._chunk([without_shouting(normalise(text)) for text in texts], prompt=prompt)
        vectors = np.zeros((len(chunks), self.dim), np.float32)
        order = sorted(range(len(chunks)), key=lambda at: (-len(chunks[at]), at))
        for start in range(0, len(order), _BATCH_TEXTS):
            batch = order[start : start + _BATCH_TEXTS]
            vectors[batch] = unit(self._model.vectors([chunks[at] for at in batch], prompt=prompt))
            if progress:
                progress(min(len(texts), start + len(batch)), len(texts))
        sums = np.zeros((len(texts), self.dim), np.float32)
        np.add.at(sums, owners, vectors)
        vectors = unit(sums)
        return self._adapter(vectors) if self._adapter else vectors

    def _chunk(self, texts: list[str], *, prompt: str) -> tuple[list[str], npt.NDArray[np.int64]]:
        """Texts cut so that none passes the model's limit, and for each chunk the text it is of."""
        prefix = self._model.prompts.get(prompt, "")
        chunks: list[str] = []
        owners: list[int] = []
        for owner, text in enumerate(texts):
            for chunk in self._cut(text, room=max(8, self._model.limit - self._count(prefix) - 2)):
                chunks.append(chunk)
                owners.append(owner)
        return chunks, np.array(owners, np.int64)

    def _cut(self, text: str, *, room: int) -> list[str]:
        if len(text) < 2 or 4 * len(text) < room or self._count(text) <= room:  # a character is at most 4 tokens
            return [text]
        middle = len(text) // 2
        at = text.rfind(" ", middle // 2, middle)
        at = at + 1 if at > 0 else middle
        return [*self._cut(text[:at], room=room), *self._cut(text[at:], room=room)]

    def _count(self, text: str) -> int:
        return len(self._model.tokens(text))

    def _check_reads_thai(self) -> None:
        tokens = [token for probe in _THAI_PROBES for token in self._model.tokens(probe)]
        share = sum(token == self._model.unknown for token in tokens) / max(1, len(tokens))
        if share > _MAX_UNKNOWN:
            raise ModelCannotReadThaiError(name=self.name, unknown_share=share)


def load_encoder(name: str, *, models_dir: Path, threads: int = 0) -> Encoder:
    """Load a model from this machine; nothing is fetched.

    Args:
        name: `bundled`, which comes with an adapter, a sentence-transformers folder, or a hub name in the
            local cache.
        models_dir: Where the bundled model is unpacked.
        threads: Threads it may use; 0 leaves it to the machine.

    Raises:
        ModelNotFoundError: no such model on this machine.
        ModelDamagedError: the bundled model differs from its checksum.
        ModelCannotReadThaiError: it would call all Thai firms equal.
    """
    if threads:
        torch.set_num_threads(threads)
    source = str(unpack(models_dir, tuning=load_tuning())) if name == BUNDLED else name
    return Encoder(
        packed.opened(Path(source), models_dir=models_dir) or _checked(source, name=name, models_dir=models_dir),
        name=name,
        adapter=load_adapter() if name == BUNDLED else None,
    )


def _checked(source: str, *, name: str, models_dir: Path) -> Model:
    """The model as the library loads it, or packed where that gives the same vectors."""
    from matcher.encoder import library  # takes seconds; a model that was checked before needs it no more

    loaded = library.load(source, name=name)
    found = loaded.packed()
    if found is None:
        loaded.to_bfloat16()
        return loaded
    if not packed.remember(Path(source), found.facts, models_dir=models_dir):
        return found
    del loaded, found
    gc.collect()  # the library's model is a web of cycles, and as large as all else together
    again = packed.opened(Path(source), models_dir=models_dir)
    assert again is not None  # it was just written down
    return again
