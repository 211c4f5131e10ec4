"""A small correction of a model's vectors, learned from the glossary and the chains' judged topics.

`v + v·down·up`, scaled to length 1 again: queries and passages alike. `khukha fit` learns it for the
bundled model; other models are used as they are.

Source: Houlsby et al., "Parameter-efficient transfer learning for NLP", ICML 2019 (the bottleneck),
here after the last layer alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from matcher.encoder.vectors import unit

FILE = "adapter.npy"


@dataclass(frozen=True, slots=True, eq=False)
class Adapter:
    """The correction.

    Attributes:
        down: float32 (dim, rank).
        up: float32 (rank, dim).
    """

    down: npt.NDArray[np.float32]
    up: npt.NDArray[np.float32]

    def __call__(self, vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Corrected unit rows of float32 (n, dim)."""
        return unit(np.asarray(vectors + (vectors @ self.down) @ self.up, np.float32))

    @property
    def digest(self) -> str:
        """Changes with the correction."""
        return hashlib.sha256(self.down.tobytes() + self.up.tobytes()).hexdigest()[:16]

    def save(self, path: Path) -> None:
        """Write it in half precision, as it is loaded."""
        np.save(path, np.stack([self.down, self.up.T]).astype(np.float16), allow_pickle=False)

    def rounded(self) -> Adapter:
        """As it is after saving and loading."""
        return Adapter(self.down.astype(np.float16).astype(np.float32), self.up.astype(np.float16).astype(np.float32))


@cache
def load_adapter() -> Adapter:
    """The correction of the bundled model that comes with the project."""
    with as_file(files("matcher.data") / FILE) as path:
        down, up = np.load(path, allow_pickle=False).astype(np.float32)
    return Adapter(down, np.ascontiguousarray(up.T))
