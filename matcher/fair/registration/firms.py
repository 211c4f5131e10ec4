"""Which firm of the catalog a cell means."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.domain import Firm
from matcher.exchange.cells import items
from matcher.exchange.citizen import digits_of
from matcher.exchange.values import ValueProblem, fold, line

JURISTIC_DIGITS = 13


class Directory:
    """Firms by id, juristic ID and name.

    Args:
        firms: Of the catalog.
    """

    def __init__(self, firms: Sequence[Firm]) -> None:
        self.by_id = {firm.id: firm for firm in firms}
        self._by_juristic = {firm.juristic_id: firm.id for firm in firms if firm.juristic_id}
        self._by_name: dict[str, set[str]] = {}
        for firm in firms:
            for name in filter(None, (firm.name_th, firm.name_en)):
                if key := fold(name):
                    self._by_name.setdefault(key, set()).add(firm.id)

    def find(self, value: object) -> str:
        """Id of the firm that a cell means: by its id as written, its juristic ID, or a name that only it has.

        Case, spaces and punctuation of a name do not matter.

        Raises:
            ValueProblem: none or several are meant.
        """
        said = line(value)
        if said in self.by_id:
            return said
        digits = "" if any(map(str.isalpha, said)) else digits_of(said)
        if found := self._by_juristic.get(digits.zfill(JURISTIC_DIGITS)):
            return found  # a spreadsheet takes the zero from the front of a juristic ID
        named = self._by_name.get(fold(said), set())
        if len(named) > 1:
            raise ValueProblem("several_firms", shown=said, ids=", ".join(sorted(named)[:5]))
        if not named:
            raise ValueProblem("unknown_firm", shown=said)
        return next(iter(named))

    def find_all(self, value: object) -> tuple[str, ...]:
        """Ids of the firms a cell names, each once.

        They are separated as in `items`; commas separate only what is no name as a whole.

        Raises:
            ValueProblem: one of them cannot be found.
        """
        found: dict[str, None] = {}
        for said in items(value):
            found.update(dict.fromkeys(self._found_in(said)))
        return tuple(found)

    def is_named(self, value: object, id: str) -> bool:
        """Whether a cell holds a name of a firm."""
        firm = self.by_id[id]
        return fold(line(value)) in {fold(name) for name in (firm.name_th, firm.name_en) if name}

    def _found_in(self, said: str) -> list[str]:
        try:
            return [self.find(said)]
        except ValueProblem:
            parts = [part.strip() for part in said.split(",")]
            if len(parts) == 1:
                raise
            return [self.find(part) for part in parts if part]
