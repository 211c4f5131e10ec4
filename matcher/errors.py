"""Every error the matcher raises on purpose.

MatcherError
├── InputError               the caller can mend it
│   ├── EmptyTextError
│   ├── TextTooLongError
│   ├── UnreadableTextError
│   ├── UnknownIdError
│   ├── ChainError           a chains file breaks a rule; says where
│   ├── CatalogError         a catalog or sheet cannot be read at all
│   ├── TopicsError          a test folder cannot be read
│   └── TimetableError       a fair's file cannot be read or contradicts itself; says where
├── ModelError               the operator can mend it
│   ├── ModelNotFoundError
│   ├── ModelDamagedError
│   └── ModelCannotReadThaiError
└── WorkersError             bulk work cannot be done on other machines
    ├── RayMissingError
    └── WorkersLostError
"""

from __future__ import annotations

from pathlib import Path


class MatcherError(Exception):
    """Root of the tree; never raised itself."""


class InputError(MatcherError):
    """The caller can mend what was given."""


class EmptyTextError(InputError):
    """A text holds nothing to search with."""

    def __init__(self) -> None:
        super().__init__("the text is empty: write what you sell or look for, in Thai or English")


class TextTooLongError(InputError):
    """A query is longer than anybody's question."""

    def __init__(self, *, length: int, limit: int) -> None:
        super().__init__(f"the text has {length:,} characters, the most is {limit:,}: shorten it to what matters")
        self.length = length
        self.limit = limit


class UnreadableTextError(InputError):
    """A text holds characters that no text should hold."""

    def __init__(self, *, what: str, position: int) -> None:
        super().__init__(f"the text holds {what} at character {position + 1}: remove it and try again")
        self.what = what
        self.position = position


class UnknownIdError(InputError):
    """An id names nothing in the catalog."""

    def __init__(self, *, kind: str, id: str) -> None:
        super().__init__(f"no {kind} has the id {id!r}: `khukha export` lists the ids of the catalog")
        self.kind = kind
        self.id = id


class ChainError(InputError):
    """A chains file breaks a rule."""

    def __init__(self, *, path: Path | str, line: int | None, problem: str, remedy: str) -> None:
        where = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{where}: {problem}; {remedy}")
        self.line = line
        self.problem = problem
        self.remedy = remedy


class CatalogError(InputError):
    """A catalog or sheet cannot be read at all; single bad rows are reported, not raised."""

    def __init__(self, *, path: Path | str, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: {problem}; {remedy}")
        self.problem = problem
        self.remedy = remedy


class TopicsError(InputError):
    """A test folder cannot be read."""

    def __init__(self, *, path: Path | str, line: int | None, problem: str) -> None:
        where = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{where}: {problem}; docs/integrator.md describes the format")
        self.line = line
        self.problem = problem


class TimetableError(InputError):
    """A fair's file cannot be read, or contradicts itself."""

    def __init__(self, *, problem: str, remedy: str, path: Path | str | None = None, line: int | None = None) -> None:
        where = f"{path}, line {line}: " if line else f"{path}: " if path else ""
        super().__init__(f"{where}{problem}; {remedy}")
        self.line = line
        self.problem = problem
        self.remedy = remedy


class ModelError(MatcherError):
    """The operator can mend the model or the setting that names it."""


class ModelNotFoundError(ModelError):
    """No model stands where the setting points."""

    def __init__(self, *, name: str, problem: str) -> None:
        super().__init__(
            f"the model {name!r} cannot be loaded ({problem}): set MATCHER_MODEL to `bundled`, "
            "to a sentence-transformers folder, or to a hub name this machine already holds"
        )
        self.name = name


class ModelDamagedError(ModelError):
    """A model file differs from its checksum."""

    def __init__(self, *, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}; delete the folder and it is unpacked anew")
        self.path = path


class ModelCannotReadThaiError(ModelError):
    """The model's vocabulary does not know Thai, so all firms would look alike."""

    def __init__(self, *, name: str, unknown_share: float) -> None:
        super().__init__(
            f"the model {name!r} reads {unknown_share:.0%} of Thai tokens as unknown: "
            "set MATCHER_MODEL to a multilingual model, or to `bundled`"
        )
        self.name = name
        self.unknown_share = unknown_share


class WorkersError(MatcherError):
    """Bulk work cannot be done on the machines that the setting names."""

    def __init__(self, *, problem: str) -> None:
        super().__init__(f"{problem}: mend it, or leave MATCHER_RAY empty to work on this machine alone")
        self.problem = problem


class RayMissingError(WorkersError):
    """Ray comes with an extra."""

    def __init__(self) -> None:
        super().__init__(problem="MATCHER_RAY needs the extra 'ray' (pip install 'khukha[ray]')")


class WorkersLostError(WorkersError):
    """The cluster is not there, loses a job again and again, or has machines that cannot do it."""
