"""A model of some kilobytes with random weights and whatever vocabulary a test needs."""

from __future__ import annotations

from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

ENGLISH = "abcdefghijklmnopqrstuvwxyz"
THAI = "".join(map(chr, range(0x0E01, 0x0E5B)))
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def write_tiny_model(
    folder: Path, *, letters: str, max_tokens: int = 16, seed: int = 0, act: str = "gelu", layers: int = 1
) -> Path:
    """Save a sentence-transformers folder whose tokens are single letters."""
    pieces = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters), *"0123456789"]
    vocabulary = {piece: at for at, piece in enumerate(pieces)}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=1000))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=16,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=max_tokens,
        hidden_act=act,
    )
    BertModel(config).save_pretrained(folder / "plain")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder / "plain")
    modules = [Transformer(str(folder / "plain"), max_seq_length=max_tokens), Pooling(16)]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder / "model"), create_model_card=False)
    return folder / "model"
