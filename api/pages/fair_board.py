"""The grid of a timetable as templates read it: what stands where, what is free for a meeting, who waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from sqlmodel import Session

from api.fairs.looking import names_of
from api.pages.fair_common import Data, day_text, fair_url, in_words, pair_key, slot_text, time_text
from api.pages.rendering import Speech
from api.pages.visiting import Visitor
from api.store.fairs import load_fair
from api.store.meetings import held_pairs
from api.store.timetables import places_now
from matcher.fair import Fair, Slot
from matcher.fair.fair import Pair, Place
from matcher.fair.moves import conflicts, sound

MANY_CELLS = 1_300
"""Places from which a grid is shown session by session."""
TABLES_A_PAGE = 80
FIRMS_A_PAGE = 60
NOON_H = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """Which part of a timetable is shown.

    Attributes:
        view: "firm" for a row for each firm; else slots by tables.
        part: Id of a session; empty for all.
        at: Page of tables or firms, from 1.
        pick: Key of the meeting that is picked.
    """

    view: str = ""
    part: str = ""
    at: int = 1
    pick: str = ""

    def pairs(self, **changes: object) -> list[tuple[str, object]]:
        """The query of its address, something changed."""
        own: Data = {"view": self.view, "part": self.part, "at": self.at if self.at > 1 else "", "pick": self.pick}
        return list((own | changes).items())


@dataclass
class Board:
    """A timetable with the names of those who meet."""

    visitor: Visitor
    fair: Fair
    names: dict[str, str]
    places: dict[Pair, Place]
    held: frozenset[Pair]
    unsound: frozenset[Pair] = field(default=frozenset())

    @classmethod
    def load(cls, visitor: Visitor, session: Session, fair_id: str) -> Board:
        """The timetable in force.

        Raises:
            MissingError: there is no such fair.
        """
        fair = load_fair(session, fair_id)
        names = names_of(session, [one.firm_id for one in fair.participants])
        places = places_now(session, fair)
        return cls(
            visitor,
            fair,
            {id: in_words(name, visitor.language) for id, name in names.items()},
            places,
            frozenset(pair for pair in held_pairs(session, fair_id) if set(pair) <= names.keys()),
            frozenset(places.keys() - sound(fair, places).keys()),
        )

    def pair_text(self, pair: Pair) -> str:
        """Both names."""
        return " × ".join(self.names.get(id, id) for id in pair)

    def blocked(self, pair: Pair) -> dict[int, str]:
        """Why a meeting cannot be in a slot, whatever the table; slots that are free are not named."""
        found = {}
        for slot in self.fair.slots:
            why = [
                in_words(one.what, self.visitor.language)
                for one in conflicts(self.fair, self.places, pair, (slot.number, 1), names=self.names)
                if one.kind != "table_taken"
            ]
            if why:
                found[slot.number] = " · ".join(why)
        return found

    def view(self, shown: Shown, picked: Pair | None) -> Data:
        """All that the page shows of the grid."""
        many = len(self.fair.slots) * self.fair.tables > MANY_CELLS
        part = shown.part if self.fair.slots_of(shown.part) else self.fair.sessions[0].id if many else ""
        shown = Shown(shown.view, part, shown.at, shown.pick)
        slots = [self.fair.slots[at] for at in self.fair.slots_of(part)] if part else list(self.fair.slots)
        blocked = self.blocked(picked) if picked else {}
        rows, pages = (
            self._by_firm(shown, slots) if shown.view == "firm" else self._by_table(shown, slots, picked, blocked)
        )
        return {
            "shown": shown,
            "back": urlencode([(name, value) for name, value in shown.pairs() if value]),
            "parts_of": self._parts(shown, many=many),
            "views": [(name, self._url(shown, view=name, at="")) for name in ("", "firm")],
            "days": self._days(slots),
            "heads": [
                {"number": slot.number, "time": time_text(slot), "why": blocked.get(slot.number, "")} for slot in slots
            ],
            "rows": rows,
            "pages": pages,
            "previous": self._url(shown, at=shown.at - 1) if shown.at > 1 else "",
            "following": self._url(shown, at=shown.at + 1) if shown.at < pages else "",
            "picked": self._picked_view(shown, picked, blocked) if picked else None,
            "waiting": [self._meeting(shown, pair, picked) for pair in sorted(self.held - self.places.keys())],
            "unsound": len(self.unsound),
        }

    def _url(self, shown: Shown, **changes: object) -> str:
        return fair_url(self.visitor, self.fair.id, "/timetable", shown.pairs(**changes))

    def _parts(self, shown: Shown, *, many: bool) -> list[Data]:
        """Sessions to choose from, by day and half of the day."""
        language = self.visitor.language
        t = Speech(language)
        whole = [] if many else [{"url": self._url(shown, part="", at=""), "text": t("tt_all"), "here": not shown.part}]
        return whole + [
            {
                "url": self._url(shown, part=one.id, at=""),
                "text": f"{day_text(first, language)} {first.start:%H:%M}",
                "here": one.id == shown.part,
            }
            for one in self.fair.sessions
            for first in [self.fair.slots[self.fair.slots_of(one.id)[0]]]
        ]

    def _days(self, slots: Sequence[Slot]) -> list[tuple[str, int]]:
        """Each day over its columns."""
        found: dict[str, int] = {}
        for slot in slots:
            text = day_text(slot, self.visitor.language)
            found[text] = found.get(text, 0) + 1
        return list(found.items())

    def _by_table(
        self, shown: Shown, slots: Sequence[Slot], picked: Pair | None, blocked: dict[int, str]
    ) -> tuple[list[Data], int]:
        at = {place: pair for pair, place in self.places.items()}
        first = (shown.at - 1) * TABLES_A_PAGE + 1
        tables = range(first, min(self.fair.tables, first + TABLES_A_PAGE - 1) + 1)

        def cell(slot: Slot, table: int) -> Data:
            pair = at.get((slot.number, table))
            return {
                "slot": slot.number,
                "meeting": self._meeting(shown, pair, picked) if pair else None,
                "free": picked is not None and pair is None and slot.number not in blocked,
                "where": slot_text(slot, self.visitor.language),
            }

        rows = [
            {"head": str(table), "table": table, "cells": [cell(slot, table) for slot in slots]} for table in tables
        ]
        return rows, max(1, -(-self.fair.tables // TABLES_A_PAGE))

    def _by_firm(self, shown: Shown, slots: Sequence[Slot]) -> tuple[list[Data], int]:
        own: dict[tuple[str, int], tuple[str, int, Pair]] = {}
        for pair, (number, table) in self.places.items():
            for id, other in (pair, pair[::-1]):
                own[id, number] = other, table, pair
        ids = sorted(self.names, key=self.names.__getitem__)
        chosen = ids[(shown.at - 1) * FIRMS_A_PAGE : shown.at * FIRMS_A_PAGE]
        free = {one.firm_id: self.fair.free_slots(one) for one in self.fair.participants}
        rows: list[Data] = []
        for id in chosen:
            cells = []
            for slot in slots:
                found = own.get((id, slot.number))
                cells.append(
                    {
                        "slot": slot.number,
                        "away": slot.number not in free[id],
                        "partner": self.names.get(found[0], found[0]) if found else "",
                        "table": found[1] if found else 0,
                        "url": self._url(shown, view="", at="", pick=pair_key(found[2])) if found else "",
                    }
                )
            rows.append({"head": self.names[id], "cells": cells})
        return rows, max(1, -(-len(ids) // FIRMS_A_PAGE))

    def _meeting(self, shown: Shown, pair: Pair, picked: Pair | None) -> Data:
        key = pair_key(pair)
        return {
            "key": key,
            "a": self.names.get(pair[0], pair[0]),
            "b": self.names.get(pair[1], pair[1]),
            "picked": pair == picked,
            "shares": picked is not None and pair != picked and bool(set(pair) & set(picked)),
            "unsound": pair in self.unsound,
            "url": self._url(shown, view="", pick="" if pair == picked else key) + f"#m-{key}",
        }

    def _picked_view(self, shown: Shown, picked: Pair, blocked: dict[int, str]) -> Data:
        place = self.places.get(picked)
        taken = set(self.places.values())
        language = self.visitor.language
        options = []
        for slot in self.fair.slots:
            if slot.number in blocked or (place and slot.number == place[0]):
                continue
            table = next((one for one in range(1, self.fair.tables + 1) if (slot.number, one) not in taken), None)
            if table is not None:
                options.append({"value": f"{slot.number}-{table}", "when": slot_text(slot, language), "table": table})
        return {
            "key": pair_key(picked),
            "text": self.pair_text(picked),
            "place": (slot_text(self.fair.slots[place[0]], language), place[1]) if place else None,
            "options": options,
            "blocked": [(slot_text(self.fair.slots[at], language), why) for at, why in blocked.items()],
            "cancel": self._url(shown, pick="") + f"#m-{pair_key(picked)}",
        }
