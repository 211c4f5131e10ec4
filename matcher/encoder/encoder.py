"""One encoder for queries and passages, whatever model stands behind it."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing is fetched at run time, and no name stalls
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from matcher.encoder.adapter import Adapter, load_adapter
from matcher.encoder.bundled import unpack
from matcher.encoder.vectors import unit
from matcher.errors import ModelCannotReadThaiError, ModelNotFoundError
from matcher.text.normalise import NORMALISER_VERSION, normalise, without_shouting

BUNDLED = "bundled"
_BATCH_TEXTS = 64
_MAX_UNKNOWN = 0.05
_BF16_MIN_COSINE = 0.995
_PROBES = (
    "โรงงานเย็บเสื้อผ้ากีฬา รับผลิตขั้นต่ำ 100 ตัว",
    "ผ้าไหมมัดหมี่ทอมือย้อมสีธรรมชาติ",
    "ขวดโหลเลี้ยงปลากัดและใบหูกวางอบแห้ง",
    "เซนเซอร์วัดความชื้นในดินสำหรับโรงเรือน",
    "น้ำมันนวดสมุนไพรสำหรับสปา",
    "cut orchids for export with phytosanitary certificate",
)

Progress = Callable[[int, int], None]
"""Called with the number of texts done and the number of all texts."""


class Encoder:
    """Encodes normalised texts to float32 unit vectors.

    Args:
        model: A loaded sentence-transformers model.
        name: What the operator called it.
        fingerprint: Changes whenever the same text would give another vector of the model.
        adapter: Corrects the model's vectors; None leaves them.

    Raises:
        ModelCannotReadThaiError: its vocabulary maps Thai to the unknown token.
    """

    def __init__(
        self, model: SentenceTransformer, *, name: str, fingerprint: str, adapter: Adapter | None = None
    ) -> None:
        self._model = model
        self._adapter = adapter
        self._of_model = fingerprint
        self.name = name
        self.fingerprint = f"{fingerprint[:16]}{adapter.digest}" if adapter else fingerprint
        self._limit = int(model.max_seq_length or 512)
        self._check_reads_thai()

    @property
    def plain(self) -> Encoder:
        """The same model without an adapter."""
        return Encoder(self._model, name=self.name, fingerprint=self._of_model)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def queries(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Embed what somebody looks for: float32 (n, dim), unit rows, in the order given."""
        return self.encode(texts, prompt="query")

    def passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Embed what can be found: float32 (n, dim), unit rows, in the order given."""
        return self.encode(texts, prompt="passage")

    def encode(self, texts: Sequence[str], *, prompt: str, progress: Progress | None = None) -> npt.NDArray[np.float32]:
        """Embed texts in their order; batches are sorted by length, so that little is padding.

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
            vectors[batch] = self._batch([chunks[at] for at in batch], prompt=prompt)
            if progress:
                progress(min(len(texts), start + len(batch)), len(texts))
        sums = np.zeros((len(texts), self.dim), np.float32)
        np.add.at(sums, owners, vectors)
        vectors = unit(sums)
        return self._adapter(vectors) if self._adapter else vectors

    def _batch(self, texts: list[str], *, prompt: str) -> npt.NDArray[np.float32]:
        name = prompt if prompt in (self._model.prompts or {}) else None
        with torch.inference_mode():
            encoded = self._model.encode(
                texts,
                prompt_name=name,
                batch_size=_BATCH_TEXTS,
                convert_to_tensor=True,
                show_progress_bar=False,
            )
        return unit(encoded.float().cpu().numpy())

    def _chunk(self, texts: list[str], *, prompt: str) -> tuple[list[str], npt.NDArray[np.int64]]:
        """Texts cut so that none passes the model's limit, and for each chunk the text it is of."""
        prefix = (self._model.prompts or {}).get(prompt) or ""
        chunks: list[str] = []
        owners: list[int] = []
        for owner, text in enumerate(texts):
            for chunk in self._cut(text, room=max(8, self._limit - self._count(prefix) - 2)):
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
        return len(self._model.tokenizer.tokenize(text))

    def _check_reads_thai(self) -> None:
        tokenizer = self._model.tokenizer
        tokens = [token for probe in _PROBES[:5] for token in tokenizer.tokenize(probe)]
        share = sum(token == tokenizer.unk_token for token in tokens) / max(1, len(tokens))
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
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    source = str(unpack(models_dir)) if name == BUNDLED else name
    try:
        model = SentenceTransformer(
            source,
            device="cpu",
            trust_remote_code=False,
            model_kwargs={"dtype": torch.float32, "use_safetensors": True},
        )
    except (OSError, ValueError, AttributeError, SafetensorError) as problem:
        raise ModelNotFoundError(name=name, problem=str(problem).splitlines()[0][:200]) from problem
    model.eval()
    precision = "bfloat16" if _prefers_bf16(model) else "float32"
    adapter = load_adapter() if name == BUNDLED else None
    return Encoder(model, name=name, fingerprint=_fingerprint(model, precision=precision), adapter=adapter)


def _prefers_bf16(model: SentenceTransformer) -> bool:
    """Turn the model to bfloat16 where the CPU multiplies it and the vectors stay what they are."""
    if not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return False
    probes = list(_PROBES)
    before = unit(model.encode(probes, convert_to_tensor=True, show_progress_bar=False).numpy())
    model.to(torch.bfloat16)
    after = unit(model.encode(probes, convert_to_tensor=True, show_progress_bar=False).float().numpy())
    if float((before * after).sum(axis=1).min()) >= _BF16_MIN_COSINE:
        return True
    model.to(torch.float32)
    return False


def _fingerprint(model: SentenceTransformer, *, precision: str) -> str:
    """sha256 over all that decides a vector: weights, vocabulary, prompts, limit, normaliser, versions."""
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.contiguous().view(torch.uint8).numpy().data)
    facts = {
        "tokenizer": model.tokenizer.backend_tokenizer.to_str(),
        "modules": [repr(module) for module in model],
        "prompts": sorted((model.prompts or {}).items()),
        "limit": model.max_seq_length,
        "precision": precision,
        "normaliser": NORMALISER_VERSION,
        "versions": [version(package) for package in ("pythainlp", "sentence-transformers", "tokenizers")],
    }
    digest.update(repr(facts).encode())
    return digest.hexdigest()[:32]
