"""Reading the chains file, with an error that names the line for whatever breaks a rule."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from matcher.domain.chain import EVERYWHERE, Chains, Cluster, Role, RoleKey
from matcher.domain.words import Stage
from matcher.errors import ChainError

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_SPACE_OR_QUOTE = re.compile(r"[\s\"']")
_LABELS = {"th", "en", "roles"}
_TABLES = _LABELS | {"sells_to", "returns_to"}


def load_chains(path: Path | None = None) -> Chains:
    """The chains of a TOML file; without a path, those that come with the project.

    Raises:
        ChainError: the file is missing, is not TOML, or breaks a rule; it names the line.
    """
    name = str(path or "chains.toml")
    try:
        source = path or files("matcher.data") / "chains.toml"
        text = source.read_text("utf-8-sig")  # Windows' Notepad writes a byte order mark
    except (OSError, UnicodeDecodeError) as problem:
        raise ChainError(
            path=name, line=None, problem=f"cannot be read ({problem})", remedy="give a UTF-8 TOML file"
        ) from problem
    return _File(name, text).chains()


class _File:
    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines = text.splitlines()
        try:
            self.data = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as problem:
            found = re.search(r"line (\d+)", str(problem))
            raise ChainError(
                path=name,
                line=int(found.group(1)) if found else None,
                problem=f"not valid TOML, or a code stands twice ({problem})",
                remedy="mend the line; every key may stand once in its table",
            ) from problem

    def chains(self) -> Chains:
        codes = self._cluster_codes()
        everywhere = self._roles(EVERYWHERE) if EVERYWHERE in self.data else {}
        clusters = {
            code: Cluster(code, self._label(code, "th"), self._label(code, "en"), self._roles(code)) for code in codes
        }
        if not clusters:
            raise self._error("", "", "holds no cluster", "add a table such as [sport]")
        chains = Chains(clusters, {}, {}, everywhere)
        return Chains(clusters, self._table(chains, "sells_to"), self._table(chains, "returns_to"), everywhere)

    def _cluster_codes(self) -> list[str]:
        for code, table in self.data.items():
            if not isinstance(table, dict) or not _CODE.match(code):
                raise self._error("", code, f"{code!r} is no cluster", "use a table [code] of plain letters")
            known = _LABELS if code == EVERYWHERE else _TABLES
            for key in table:
                if key not in known:
                    raise self._error(code, key, f"unknown entry {key!r}", f"use one of {sorted(known)}")
        return [code for code in self.data if code != EVERYWHERE]

    def _roles(self, cluster: str) -> dict[str, Role]:
        table = self.data[cluster].get("roles")
        if not isinstance(table, dict) or not table:
            raise self._error("", cluster, f"{cluster} has no roles", f"add a table [{cluster}.roles]")
        return {code: self._role(cluster, code, entry) for code, entry in table.items()}

    def _role(self, cluster: str, code: str, entry: Any) -> Role:  # noqa: ANN401 -- raw TOML
        where = f"{cluster}.roles"
        if not isinstance(entry, dict) or not _CODE.match(code):
            raise self._error(where, code, f"{code!r} is no role", 'write CODE = { stage = "…", th = "…", … }')
        stage = entry.get("stage")
        if stage not in list(Stage):
            raise self._error(where, code, f"unknown stage {stage!r}", f"use one of {[str(s) for s in Stage]}")
        words = entry.get("words", [])
        if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
            raise self._error(where, code, f"words of {code} are no list of texts", 'write words = ["…", "…"]')
        for language in ("th", "en"):
            if not isinstance(entry.get(language), str) or not entry[language].strip():
                raise self._error(where, code, f"{code} has no {language} label", f'add {language} = "…"')
        return Role(cluster, code, Stage(stage), entry["th"], entry["en"], tuple(words))

    def _label(self, cluster: str, language: str) -> str:
        label = self.data[cluster].get(language)
        if not isinstance(label, str) or not label.strip():
            raise self._error("", cluster, f"{cluster} has no {language} label", f'add {language} = "…"')
        return label

    def _table(self, chains: Chains, table: str) -> dict[RoleKey, frozenset[RoleKey]]:
        """Every cluster's edges together; a role that exists everywhere may have some in several."""
        edges: dict[RoleKey, frozenset[RoleKey]] = {}
        for cluster in chains.clusters:
            for seller, buyers in self._edges(chains, cluster, table):
                edges[seller] = edges.get(seller, frozenset()) | buyers
        return edges

    def _edges(self, chains: Chains, cluster: str, table: str) -> Iterator[tuple[RoleKey, frozenset[RoleKey]]]:
        entries = self.data[cluster].get(table, {})
        where = f"{cluster}.{table}"
        if not isinstance(entries, dict):
            raise self._error(cluster, table, f"{where} is no table", f"write [{where}]")
        for code, buyers in entries.items():
            seller = chains.role(cluster, code)
            if seller is None:
                raise self._unknown(where, code, code, chains, cluster)
            if not isinstance(buyers, list) or not all(isinstance(buyer, str) for buyer in buyers):
                raise self._error(where, code, f"{code} sells to no list of roles", 'write M1 = ["D1", "D2"]')
            yield seller.key, frozenset(self._buyer(chains, cluster, table, code, b) for b in buyers)

    def _buyer(self, chains: Chains, cluster: str, table: str, seller: str, name: str) -> RoleKey:
        other, _, code = name.rpartition("/")
        role = chains.role(other or cluster, code)
        if role is None:
            raise self._unknown(f"{cluster}.{table}", seller, name, chains, other or cluster)
        return role.key

    def _unknown(self, where: str, key: str, name: str, chains: Chains, cluster: str) -> ChainError:
        known = ", ".join(role.code for role in chains.roles_of(cluster)) if cluster in chains.clusters else "none"
        return self._error(where, key, f"unknown role {name!r}", f"{cluster} has the roles {known}")

    def _error(self, table: str, key: str, problem: str, remedy: str) -> ChainError:
        return ChainError(path=self.name, line=self._line(table, key), problem=problem, remedy=remedy)

    def _line(self, table: str, key: str) -> int | None:
        """The line of `key = …` in [table], else of [table.key], else of [table]."""
        current, header, inner = "", None, None
        for at, line in enumerate(self.lines, 1):
            if line.strip().startswith("["):
                current = _SPACE_OR_QUOTE.sub("", line.split("#")[0]).strip("[]")
                header = at if current == table else header
                inner = at if current == f"{table}.{key}".strip(".") else inner
            elif current == table and line.split("=")[0].strip().strip("\"'") == key:
                return at
        return inner or header
