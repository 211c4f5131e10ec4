"""Models as sentence-transformers loads and runs them: any architecture, and the judge of the packed one."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import torch
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from indexes import Vectors
from matcher.encoder.bert import FORWARD, cosines, reaches_bfloat16
from matcher.encoder.packed import Facts, PackedModel, reader_of
from matcher.errors import ModelNotFoundError
from matcher.text.normalise import NORMALISER_VERSION

_MIN_COSINE = {"float32": 0.9999, "bfloat16": 0.995}
_PROBES = (
    "โรงงานเย็บเสื้อผ้ากีฬา รับผลิตขั้นต่ำ 100 ตัว",
    "ผ้าไหมมัดหมี่ทอมือย้อมสีธรรมชาติ",
    "ขวดโหลเลี้ยงปลากัดและใบหูกวางอบแห้ง",
    "เซนเซอร์วัดความชื้นในดินสำหรับโรงเรือน",
    "น้ำมันนวดสมุนไพรสำหรับสปา",
    "cut orchids for export with phytosanitary certificate",
    "ส้ม",
    "รับตัดเย็บเสื้อผ้า silk scarves, OEM 100 pcs ส่งทั่วประเทศ " * 20,
)


class LibraryModel:
    """See `matcher.encoder.encoder.Model`.

    Args:
        model: Loaded, in float32.
    """

    def __init__(self, model: SentenceTransformer) -> None:
        model.eval()
        self._model = model
        self._precision = "float32"
        self.limit = int(model.max_seq_length or 512)
        self.prompts: Mapping[str, str] = {name: text or "" for name, text in (model.prompts or {}).items()}
        self.unknown = str(model.tokenizer.unk_token)
        self.dim = int(model.get_embedding_dimension() or 0)

    def tokens(self, text: str) -> list[str]:
        """A text's tokens."""
        found: list[str] = self._model.tokenizer.tokenize(text)
        return found

    def vectors(self, texts: Sequence[str], *, prompt: str) -> Vectors:
        """Vectors of texts, float32 (n, dim), of any length."""
        with torch.inference_mode():
            encoded = self._model.encode(
                list(texts),
                prompt_name=prompt if prompt in self.prompts else None,
                batch_size=len(texts),
                convert_to_tensor=True,
                show_progress_bar=False,
            )
        found: Vectors = encoded.float().cpu().numpy()
        return found

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same text would give another vector."""
        return _fingerprint(self._model, precision=self._precision)

    def packed(self) -> PackedModel | None:
        """The same model run packed; None where it is no plain BERT, or gives other vectors."""
        settings = _plain_bert(self._model)
        if settings is None:
            return None
        facts = Facts("", self.limit, dict(self.prompts), self.unknown, **settings, precision="float32")
        for precision in ["bfloat16"] * reaches_bfloat16() + ["float32"]:
            packed = self._packed(replace(facts, precision=precision))
            told = [cosines(packed.vectors(_PROBES, prompt=one), self.vectors(_PROBES, prompt=one)) for one in _PROMPTS]
            if min(float(one.min()) for one in told) >= _MIN_COSINE[precision]:
                fingerprint = _fingerprint(self._model, precision=f"{FORWARD} {precision}")
                return self._packed(replace(facts, precision=precision, fingerprint=fingerprint))
        return None

    def to_bfloat16(self) -> None:
        """Calculate in bfloat16 from now on, where the CPU multiplies it and the vectors stay what they are."""
        if not reaches_bfloat16():
            return
        before = self.vectors(_PROBES, prompt="query")
        self._model.to(torch.bfloat16)
        if float(cosines(before, self.vectors(_PROBES, prompt="query")).min()) >= _MIN_COSINE["bfloat16"]:
            self._precision = "bfloat16"
        else:
            self._model.to(torch.float32)

    def _packed(self, facts: Facts) -> PackedModel:
        reader = reader_of(self._model.tokenizer.backend_tokenizer.to_str(), limit=self.limit)
        return PackedModel(reader, _bert(self._model).state_dict(), facts)


_PROMPTS = ("query", "passage")


def load(source: str, *, name: str) -> LibraryModel:
    """Load a folder or a hub name from this machine.

    Raises:
        ModelNotFoundError: no such model on this machine.
    """
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    try:
        model = SentenceTransformer(
            source,
            device="cpu",
            trust_remote_code=False,
            model_kwargs={"dtype": torch.float32, "use_safetensors": True},
        )
    except (OSError, ValueError, AttributeError, SafetensorError) as problem:
        raise ModelNotFoundError(name=name, problem=str(problem).splitlines()[0][:200]) from problem
    return LibraryModel(model)


def _plain_bert(model: SentenceTransformer) -> dict[str, Any] | None:
    """Heads and epsilon of a plain BERT with mean pooling; None where it is something else."""
    kinds = [type(module).__name__ for module in model]
    if kinds[:2] != ["Transformer", "Pooling"] or set(kinds[2:]) - {"Normalize"}:
        return None
    bert, pooling = _bert(model), model[1]
    if type(bert).__name__ != "BertModel" or bert.config.hidden_act != "gelu" or bert.config.is_decoder:
        return None
    if pooling.pooling_mode != "mean" or not pooling.include_prompt:
        return None
    return {"heads": bert.config.num_attention_heads, "epsilon": bert.config.layer_norm_eps}


def _bert(model: SentenceTransformer) -> Any:  # noqa: ANN401 - whatever `transformers` has
    """What `transformers` made of it."""
    return getattr(model[0], "model", None)


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
