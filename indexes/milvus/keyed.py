"""Rows here, keys there: which rows a key names."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from indexes.contract import Mask, Parts, Rows, read_only


def key_of(content: bytes, part: int) -> int:
    """The name of a row there: a 64-bit hash of what it holds and where it stands."""
    place = part.to_bytes(2, "little")
    return int.from_bytes(blake2b(content, digest_size=8, key=place).digest(), "little", signed=True)


@dataclass(frozen=True, slots=True, eq=False)
class Keyed:
    """The rows of an index; never changed once made.

    Attributes:
        keys: int64 (n_rows,); equal rows have equal keys.
        parts: int16 (n_rows,).
        alive: bool (n_rows,).
        sorted_keys: int64 (n_rows,), ascending; `sorted_rows` are their rows, ascending for equal keys.
    """

    keys: Rows
    parts: Parts
    alive: Mask
    sorted_keys: Rows
    sorted_rows: Rows

    @classmethod
    def of(cls, keys: Rows, parts: Parts, alive: Mask) -> Keyed:
        """From what a snapshot holds."""
        order = np.argsort(keys, kind="stable")
        return cls(read_only(keys), read_only(parts), read_only(alive), keys[order], order)

    def followed_by(self, keys: Rows, parts: Parts, alive: Mask) -> Keyed:
        """With more rows at the end; `alive` is that of all."""
        order = np.argsort(keys, kind="stable")
        places = np.searchsorted(self.sorted_keys, keys[order], side="right")
        return Keyed(
            read_only(np.concatenate([self.keys, keys])),
            read_only(np.concatenate([self.parts, parts])),
            read_only(alive),
            np.insert(self.sorted_keys, places, keys[order]),
            np.insert(self.sorted_rows, places, order + len(self.keys)),
        )

    def rows_of(self, keys: Rows) -> tuple[Rows, Rows]:
        """All rows of some keys, int64 (m,), and for each the place of its key; keys that name none are left out."""
        first = np.searchsorted(self.sorted_keys, keys, side="left")
        counts = np.searchsorted(self.sorted_keys, keys, side="right") - first
        places = np.repeat(np.arange(len(keys)), counts)
        before = np.cumsum(counts) - counts
        return self.sorted_rows[np.arange(len(places)) + (first - before)[places]], places

    def living(self, rows: Rows) -> Rows:
        """Keys that living rows have, each once."""
        return np.unique(self.keys[rows[self.alive[rows]]])

    def orphans(self, gone: Rows) -> Rows:
        """Keys of rows taken out that no living row has."""
        return np.setdiff1d(self.keys[gone], self.living(self.rows_of(np.unique(self.keys[gone]))[0]))
