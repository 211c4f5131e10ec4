"""Every error this package raises on purpose.

IndexesError
├── VectorsError               the caller's array has the wrong shape, dtype or values
├── IndexOutgrownError         an index was extended already: extend the one that came of it
├── ExtraMissingError          a setting asks for a library that is not installed; says which extra
├── RemoteError                a server that keeps an index cannot be reached, or refuses
└── SnapshotError              what stands on disk cannot be used: rebuild it
    ├── SnapshotMissingError
    ├── SnapshotDamagedError
    └── SnapshotMismatchError
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


class IndexesError(Exception):
    """Root of the tree; never raised itself."""


class VectorsError(IndexesError):
    """An array has the wrong shape, dtype or values."""

    def __init__(self, *, problem: str) -> None:
        super().__init__(f"{problem}: vectors are float32, one a row, finite")
        self.problem = problem


class IndexOutgrownError(IndexesError):
    """Something was added to an index's folder since: it still answers, but cannot be extended."""

    def __init__(self) -> None:
        super().__init__("the index was extended already: extend the one that came of it, or open the snapshot again")


class ExtraMissingError(IndexesError):
    """A setting asks for a library that comes with an extra."""

    def __init__(self, *, extra: str, what: str) -> None:
        super().__init__(f"{what} needs the extra {extra!r}: pip install 'khukha[{extra}]'")
        self.extra = extra


class RemoteError(IndexesError):
    """A server that keeps an index cannot be reached, or refuses."""

    def __init__(self, *, url: str, problem: str) -> None:
        super().__init__(f"{url}: {problem}: check MATCHER_MILVUS_URL, the token and the server")
        self.url = url
        self.problem = problem


class SnapshotError(IndexesError):
    """What stands on disk cannot be used: rebuild it."""


class SnapshotMissingError(SnapshotError):
    """There is no snapshot yet."""

    def __init__(self, *, root: Path) -> None:
        super().__init__(f"{root} holds no index yet: build it")
        self.root = root


class SnapshotDamagedError(SnapshotError):
    """A file is missing, changed or of another size than the manifest says."""

    def __init__(self, *, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}: rebuild the index")
        self.path = path
        self.problem = problem


class SnapshotMismatchError(SnapshotError):
    """The snapshot was built from another catalog or by another model."""

    def __init__(self, *, built_for: Mapping[str, str], wanted: Mapping[str, str]) -> None:
        other = sorted(key for key in {*built_for, *wanted} if built_for.get(key) != wanted.get(key))
        super().__init__(f"the index was built with another {' and '.join(other)}: rebuild it")
        self.built_for = dict(built_for)
        self.wanted = dict(wanted)
