"""Other people's headers and values, told in a TOML file.

ignore = ["ลำดับ"]                       # headers left out on purpose (or [ignore] headers = […])

[columns]                                # our field = their header, or headers joined by a space
name_th = "seller"
description = ["product", "district"]

[defaults]                               # our field = what blank cells and missing columns hold
cluster = "agritech"

[values.size]                            # "their value" = "our value"
"ธุรกิจขนาดเล็กมาก" = "micro"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any

from matcher.errors import CatalogError
from matcher.exchange.fields import FIELD
from matcher.exchange.report import Cell
from matcher.exchange.values import fold

_TABLES = {"columns", "defaults", "values", "ignore"}


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the columns of a file are ours.

    Attributes:
        path: Where it was told; for error messages.
        columns: Our field → their headers.
        defaults: Our field → the value of a blank cell or a missing column.
        values: Our field → their value, folded → ours.
        ignore: Their headers, folded.
    """

    path: str = "mapping"
    columns: ReadOnly[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: ReadOnly[str, Cell] = field(default_factory=dict)
    values: ReadOnly[str, ReadOnly[str, str]] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()

    def translated(self, name: str, value: Cell) -> Cell:
        """Our value for theirs; theirs where the mapping says nothing of it."""
        table = self.values.get(name)
        return table.get(_key(value), value) if table else value


def load_mapping(path: Path | str) -> Mapping:
    """Read a mapping file.

    Raises:
        CatalogError: the file is missing or not TOML, or names a table or a field that we do not have.
    """
    try:
        data = tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise CatalogError(
            path=path, problem=f"cannot be read as TOML ({problem})", remedy="give a UTF-8 TOML file"
        ) from problem
    if unknown := set(data) - _TABLES:
        raise _error(path, f"unknown table {min(unknown)!r}", f"use {sorted(_TABLES)}")
    return Mapping(
        path=str(path),
        columns={name: _headers(path, name, said) for name, said in _table(path, data, "columns").items()},
        defaults={name: _plain(path, name, said) for name, said in _table(path, data, "defaults").items()},
        values={name: _values(path, name, said) for name, said in _table(path, data, "values").items()},
        ignore=_ignored(path, data.get("ignore", [])),
    )


def _table(path: Path | str, data: dict[str, Any], name: str) -> dict[str, Any]:
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise _error(path, f"{name} is no table", f"write [{name}]")
    if unknown := set(table) - set(FIELD):
        raise _error(path, f"[{name}] names {min(unknown)!r}, which is no field", f"use one of {', '.join(FIELD)}")
    return table


def _headers(path: Path | str, name: str, said: object) -> tuple[str, ...]:
    headers = [said] if isinstance(said, str) else said
    if not isinstance(headers, list) or not headers or not all(isinstance(one, str) and fold(one) for one in headers):
        raise _error(path, f"{name} is no header", f'write {name} = "their header" or ["one", "another"]')
    return tuple(headers)


def _plain(path: Path | str, name: str, said: object) -> Cell:
    if isinstance(said, str | int | float | date | time):
        return said
    raise _error(path, f"the default of {name} is no plain value", f'write {name} = "value"')


def _values(path: Path | str, name: str, said: object) -> dict[str, str]:
    if not isinstance(said, dict) or not all(isinstance(ours, str) for ours in said.values()):
        raise _error(path, f"values.{name} is no table of texts", f'write [values.{name}] and "theirs" = "ours"')
    return {_key(theirs): ours for theirs, ours in said.items()}


def _ignored(path: Path | str, said: object) -> frozenset[str]:
    if isinstance(said, dict) and set(said) == {"headers"}:
        said = said["headers"]
    if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
        raise _error(path, "ignore is no list of headers", 'write ignore = ["one", "another"] at the top')
    return frozenset(fold(one) for one in said)


def _key(value: object) -> str:
    """A value for comparing: without case and extra spaces; a whole number without its point."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).casefold().split())


def _error(path: Path | str, problem: str, remedy: str) -> CatalogError:
    return CatalogError(path=path, problem=problem, remedy=remedy)
