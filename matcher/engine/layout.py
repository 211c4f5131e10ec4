"""How rows lie: what each firm owns, and labels that many rows share."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexes import Mask, Rows

_Codes = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Owned:
    """Rows that lie firm by firm, so that those of a few firms are found without looking at the others.

    Attributes:
        owner: int64 (n_rows,), the firm of each row, ascending.
        starts: int64 (n_firms + 1,), where each firm's rows begin; the last is `n_rows`.
    """

    owner: Rows
    starts: Rows

    @classmethod
    def counted(cls, counts: Iterable[int]) -> Owned:
        """From how many rows each firm owns."""
        each = np.fromiter(counts, np.int64)
        return cls(np.repeat(np.arange(len(each)), each), np.concatenate([[0], np.cumsum(each)]))

    def followed_by(self, other: Owned) -> Owned:
        """Both, the other's firms and rows numbered on."""
        return Owned(
            np.concatenate([self.owner, other.owner + len(self.starts) - 1]),
            np.concatenate([self.starts, other.starts[1:] + len(self.owner)]),
        )

    def only(self, firms: Rows) -> tuple[Owned, Rows]:
        """Some firms alone, int64 (n,), numbered in their order; and the rows that stay."""
        rows, places = self.of(firms)
        counts = self.starts[firms + 1] - self.starts[firms]
        return Owned(places, np.concatenate([[0], np.cumsum(counts)])), rows

    def of(self, firms: Rows) -> tuple[Rows, Rows]:
        """What some firms own, in the order of the firms.

        Args:
            firms: int64 (n,).

        Returns:
            Their rows, int64 (m,), and for each row the place of its firm in `firms`.
        """
        first = self.starts[firms]
        counts = self.starts[firms + 1] - first
        places = np.repeat(np.arange(len(firms)), counts)
        before = np.cumsum(counts) - counts
        return np.arange(len(places)) + (first - before)[places], places


@dataclass(frozen=True, slots=True)
class Labels:
    """A label a row, of which there are few different ones.

    Attributes:
        names: Each label once.
        codes: int16 (n_rows,), places in `names`.
    """

    names: tuple[str, ...]
    codes: _Codes

    @classmethod
    def of(cls, labels: Iterable[str | None]) -> Labels:
        """From a label a row; None is the empty one."""
        known: dict[str, int] = {}
        codes = np.fromiter((known.setdefault(str(label or ""), len(known)) for label in labels), np.int16)
        return cls(tuple(known), codes)

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.codes)

    def __getitem__(self, rows: Rows | slice | Mask) -> npt.NDArray[np.str_]:
        """The labels of some rows, str (n,)."""
        return np.array(self.names or ("",), np.str_)[self.codes[rows]]

    def followed_by(self, other: Labels) -> Labels:
        """Both, one after the other."""
        names = dict.fromkeys((*self.names, *other.names))
        place = np.array([list(names).index(name) for name in other.names] or [0], np.int16)
        return Labels(tuple(names), np.concatenate([self.codes, place[other.codes]]))

    def among(self, chosen: Collection[str]) -> Mask:
        """Bool (n_rows,): rows whose label is chosen."""
        mask: Mask = np.array([name in chosen for name in self.names] or [False], np.bool_)[self.codes]
        return mask
