"""What came of a fair's meetings: who met, what they expect to trade and have traded, and who has not said.

What counts for a pair is `RULE`: never a sum of what two sides say of one deal.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from matcher.domain import Chains, Firm, load_chains, load_provinces
from matcher.engine.answer import Sentence
from matcher.fair.errors import FairError
from matcher.fair.fair import Fair, Pair
from matcher.fair.outcomes.told import WORTH, Outcome, Told, latest_of
from matcher.fair.rules import By, places

RULE = Sentence(
    "นับตามที่ผู้จัดงานบันทึก ถ้าไม่ได้บันทึกให้ใช้ค่าที่ต่ำกว่าของสองฝ่าย ไม่นำมาบวกกัน คู่ที่ไม่ได้เจรจาไม่นับมูลค่า",
    "what the organiser says counts; without it the lower of what the two firms say, never their sum; "
    "a pair that did not meet counts for nothing",
)


@dataclass(frozen=True, slots=True)
class Sums:
    """What a number of meetings came to.

    Attributes:
        meetings: Pairs that had a meeting.
        answered: Of these, pairs of which anything was told.
        met: Of these, pairs that met (คู่เจรจา).
        outcomes: Pairs by outcome, every outcome named.
        expected_thb: Value expected over one year (มูลค่าคาดการณ์ 1 ปี).
        actual_thb: Value traded (มูลค่าซื้อขายจริง).
    """

    meetings: int
    answered: int
    met: int
    outcomes: dict[Outcome, int]
    expected_thb: int
    actual_thb: int

    @property
    def share_answered(self) -> float:
        """In [0, 1]; 0 without meetings."""
        return self.answered / self.meetings if self.meetings else 0.0


@dataclass(frozen=True, slots=True)
class Group:
    """Meetings that have something in common.

    Attributes:
        id: A cluster's code, a province's Thai name, a day as 2027-02-04, a firm's id; empty where none is known.
    """

    id: str
    name: Sentence
    sums: Sums


@dataclass(frozen=True, slots=True)
class Difference:
    """A pair whose two firms do not say the same.

    Attributes:
        about: Names of the fields of `Told` that differ.
        first: What the firm of the smaller id says; `second` what the other says.
        counted_thb: Expected and actual value that count for the pair.
    """

    pair: Pair
    about: tuple[str, ...]
    first: Told
    second: Told
    counted_thb: tuple[int, int]


@dataclass(frozen=True, slots=True)
class OutcomeReport:
    """What came of a fair.

    Groups stand by id. A pair counts in the group of each side, once where both are of the same, so that
    groups add up to more than the total.

    Attributes:
        rule: How a pair's figures are taken, in words.
        total: Each pair once.
        clusters: Of either side, by the chains the firm stands in.
        without_meeting: Pairs that were told of and had no meeting; they count nowhere.
        differences: By pair.
    """

    fair_id: str
    rule: Sentence
    total: Sums
    clusters: tuple[Group, ...]
    provinces: tuple[Group, ...]
    days: tuple[Group, ...]
    firms: tuple[Group, ...]
    differences: tuple[Difference, ...]
    without_meeting: tuple[Pair, ...]

    def as_json(self) -> bytes:
        """UTF-8, keys sorted, a newline at the end: equal reports give equal bytes."""
        return (
            json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_jsonable)
            + "\n"
        ).encode()


@dataclass(frozen=True, slots=True)
class _Counted:
    """A pair with what counts for it; no outcome where nobody told."""

    pair: Pair
    outcome: Outcome | None
    expected_thb: int
    actual_thb: int


def report(
    fair: Fair,
    meetings: Mapping[Pair, int | None],
    told: Iterable[Told],
    firms: Sequence[Firm],
    *,
    chains: Chains | None = None,
) -> OutcomeReport:
    """What came of a fair's meetings; the order of the records does not matter.

    Args:
        fair: Whose slots are meant.
        meetings: The pairs of the timetable, each with the number of its slot, or None where it has none.
        told: Every record, earlier ones too.
        firms: At least all that meet.
        chains: For the clusters' names; those that come with the project where it is not given.

    Raises:
        FairError: a meeting has a slot that the fair has not, or a firm that is not known.
    """
    catalog = {firm.id: firm for firm in firms}
    planned = {(min(pair), max(pair)): slot for pair, slot in meetings.items()}
    if problems := [*_unknown(fair, planned, catalog)]:
        raise FairError(problems)
    latest = latest_of(told)
    counted = [_counted(pair, latest.get(pair, {})) for pair in sorted(planned)]
    clusters = (chains or load_chains()).clusters
    provinces = load_provinces()

    def cluster_name(code: str) -> Sentence:
        return Sentence(clusters[code].th, clusters[code].en) if code in clusters else Sentence(code, code)

    return OutcomeReport(
        fair_id=fair.id,
        rule=RULE,
        total=_sums(counted),
        clusters=_groups(counted, _of_each(catalog, lambda firm: places(firm, By.CLUSTER)), cluster_name),
        provinces=_groups(
            counted,
            _of_each(catalog, lambda firm: {firm.province_th or ""}),
            lambda name: Sentence(name, provinces.english(name)),
        ),
        days=_groups(counted, lambda pair: {_day(fair, planned[pair])}, lambda day: Sentence(day, day)),
        firms=_groups(
            counted, set, lambda id: Sentence(catalog[id].name_th, catalog[id].name_en or catalog[id].name_th)
        ),
        differences=tuple(_differences(counted, latest)),
        without_meeting=tuple(sorted(latest.keys() - planned.keys())),
    )


def _unknown(fair: Fair, planned: Mapping[Pair, int | None], catalog: Mapping[str, Firm]) -> Iterator[Sentence]:
    for pair, slot in planned.items():
        for id in pair:
            if id not in catalog:
                yield Sentence(f"ไม่มีกิจการ {id}", f"there is no firm {id}")
        if slot is not None and not 0 <= slot < len(fair.slots):
            yield Sentence(f"ไม่มีช่วงเวลา {slot}", f"there is no slot {slot}: they run from 0 to {len(fair.slots) - 1}")


def _counted(pair: Pair, said: Mapping[str | None, Told]) -> _Counted:
    """What counts for a pair, by `RULE`."""
    organiser, sides = said.get(None), [said[id] for id in pair if id in said]
    outcomes = [organiser.outcome] if organiser else [one.outcome for one in sides]
    outcome = min(outcomes, key=WORTH.__getitem__, default=None)
    if outcome in (None, Outcome.DID_NOT_TAKE_PLACE):
        return _Counted(pair, outcome, 0, 0)

    def figure(of: Callable[[Told], int | None]) -> int:
        own = of(organiser) if organiser else None
        return own if own is not None else min((value for one in sides if (value := of(one)) is not None), default=0)

    return _Counted(pair, outcome, figure(lambda one: one.expected_thb), figure(lambda one: one.actual_thb))


def _sums(counted: Sequence[_Counted]) -> Sums:
    outcomes = Counter(one.outcome for one in counted if one.outcome is not None)
    answered = outcomes.total()
    return Sums(
        meetings=len(counted),
        answered=answered,
        met=answered - outcomes[Outcome.DID_NOT_TAKE_PLACE],
        outcomes={outcome: outcomes[outcome] for outcome in Outcome},
        expected_thb=sum(one.expected_thb for one in counted),
        actual_thb=sum(one.actual_thb for one in counted),
    )


def _groups(
    counted: Sequence[_Counted], groups_of: Callable[[Pair], Iterable[str]], name: Callable[[str], Sentence]
) -> tuple[Group, ...]:
    members: dict[str, list[_Counted]] = defaultdict(list)
    for one in counted:
        for id in groups_of(one.pair):
            members[id].append(one)
    nameless = Sentence("ไม่ระบุ", "not stated")
    return tuple(Group(id, name(id) if id else nameless, _sums(members[id])) for id in sorted(members))


def _of_each(catalog: Mapping[str, Firm], of: Callable[[Firm], Iterable[str]]) -> Callable[[Pair], set[str]]:
    """Groups of a pair: those of each side, `""` for a side that has none."""
    return lambda pair: {group for id in pair for group in (set(of(catalog[id])) or {""})}


def _day(fair: Fair, slot: int | None) -> str:
    return "" if slot is None else fair.slots[slot].start.date().isoformat()


def _differences(counted: Sequence[_Counted], latest: Mapping[Pair, Mapping[str | None, Told]]) -> Iterator[Difference]:
    for one in counted:
        said = latest.get(one.pair, {})
        first, second = (said.get(id) for id in one.pair)
        if first is None or second is None:
            continue
        about = tuple(
            field
            for field in ("outcome", "expected_thb", "actual_thb")
            if getattr(first, field) != getattr(second, field)
            and None not in (getattr(first, field), getattr(second, field))
        )
        if about:
            yield Difference(one.pair, about, first, second, (one.expected_thb, one.actual_thb))


def _jsonable(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()
