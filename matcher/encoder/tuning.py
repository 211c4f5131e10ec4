"""Corrections of the bundled model's upper layers, learned from trades and what belongs to them.

A matrix of n_out × n_in gets `up · down` added, both of a low rank, when the model is unpacked: a text costs
what it cost before. `khukha tune` learns them.

Source: Hu et al., "LoRA: Low-rank adaptation of large language models", ICLR 2022.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file

FILE = "tuning.safetensors"

Halves = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True, eq=False)
class Tuning:
    """What is added to matrices.

    Attributes:
        parts: By the matrix's name in BertModel: down, float16 (rank, n_in), and up, float16 (n_out, rank).
    """

    parts: Mapping[str, tuple[Halves, Halves]]

    def added_to(self, name: str, matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """A matrix, float32 (n_out, n_in), with its correction, where it has one."""
        if name not in self.parts:
            return matrix
        down, up = self.parts[name]
        return matrix + up.astype(np.float32) @ down.astype(np.float32)

    @property
    def digest(self) -> str:
        """Changes with the corrections."""
        digest = hashlib.sha256()
        for name, (down, up) in sorted(self.parts.items()):
            digest.update(name.encode() + down.tobytes() + up.tobytes())
        return digest.hexdigest()[:16]

    def save(self, path: Path) -> None:
        """Write them as they are loaded."""
        tensors = {
            f"{name}.{part}": np.ascontiguousarray(values)
            for name, both in self.parts.items()
            for part, values in zip(("down", "up"), both, strict=True)
        }
        save_file(tensors, path)


def read_tuning(path: Path) -> Tuning:
    """The corrections of a file."""
    tensors = load_file(path)
    names = sorted({name.rpartition(".")[0] for name in tensors})
    return Tuning({name: (tensors[f"{name}.down"], tensors[f"{name}.up"]) for name in names})


@cache
def load_tuning() -> Tuning:
    """The corrections that come with the project."""
    with as_file(files("matcher.data") / FILE) as path:
        return read_tuning(path)
