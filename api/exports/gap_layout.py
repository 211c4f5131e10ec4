"""Where the roles and lines of a chain stand on its picture; units are pixels at 1280 wide."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from matcher.domain import Chains, EdgeKind, Role, Stage
from matcher.domain.chain import RoleKey
from matcher.fair.gaps import EdgeGap, Gaps

WIDTH = 1280
MARGIN = 24
HEAD = 128
"""Height of title and stage names."""

BOX_WIDTH, BOX_HEIGHT = 292, 92
BOX_GAP = 26
LOOP = 44
"""Room right of the last column, for lines within it."""

SUPPORT_IN_ROW, SUPPORT_WIDTH, SUPPORT_HEIGHT, SUPPORT_GAP = 5, 236, 128, 13
SUPPORT_HEAD = 56
STAGES = (Stage.UPSTREAM, Stage.MIDSTREAM, Stage.DOWNSTREAM)

_GUTTER = (WIDTH - 2 * MARGIN - LOOP - 3 * BOX_WIDTH) / 2
_PORT_INSET = 12
_CHANNEL_STEP = 5
_LABEL_SIZE = 13
_LABEL_AT = tuple(at / 100 for at in range(16, 85, 4))

Point = tuple[float, float]
Curve = tuple[Point, Point, Point, Point]
"""A cubic Bézier curve."""


@dataclass(frozen=True, slots=True)
class Box:
    """A role's place."""

    role: Role
    column: int
    x: float
    y: float
    width: float = BOX_WIDTH
    height: float = BOX_HEIGHT


@dataclass(frozen=True, slots=True)
class Line:
    """Goods that flow from one role to another.

    Attributes:
        needs: Needs that wait for the seller; 0 where the line is only of the chain.
        curves: Its way, each curve beginning where the one before ends.
        label: Where its number stands.
    """

    seller: str
    buyer: str
    kind: EdgeKind
    needs: int
    curves: tuple[Curve, ...] = ()
    label: Point = (0.0, 0.0)

    @property
    def end(self) -> tuple[Point, bool]:
        """Where it arrives, and whether it goes to the left there."""
        _, _, before, last = self.curves[-1]
        return last, before[0] > last[0]


@dataclass(frozen=True, slots=True)
class Layout:
    """A chain laid out.

    Attributes:
        boxes: Roles of the three stages.
        support: Roles that serve all of them, the cluster's own first.
        waiting: Needs that wait for each support role, by the code of the role that asks.
        off_chain: Needs that no line shows: between roles without a way in the chain, or of another cluster.
    """

    boxes: tuple[Box, ...]
    support: tuple[Box, ...]
    lines: tuple[Line, ...]
    waiting: Mapping[RoleKey, Mapping[str, int]]
    off_chain: int
    support_top: float
    height: float


def lay_out(gaps: Gaps, chains: Chains, cluster: str) -> Layout:
    """The roles of a cluster in columns by stage, support below, and what flows between them."""
    roles = chains.clusters[cluster].roles.values()
    columns = [[role for role in roles if role.stage is stage] for stage in STAGES]
    tallest = max(map(len, columns)) * (BOX_HEIGHT + BOX_GAP) - BOX_GAP
    boxes = {box.role.code: box for at, column in enumerate(columns) for box in _column(column, at, tallest)}
    support_top = HEAD + tallest + BOX_GAP
    support = [role for role in roles if role.stage is Stage.SUPPORT] + list(chains.everywhere.values())
    edges = [edge for edge in gaps.edges if edge.buyer_cluster == cluster]
    shown = [edge for edge in edges if _is_drawn(edge, cluster, boxes)]
    waiting: dict[RoleKey, Counter[str]] = {role.key: Counter() for role in support}
    for edge in edges:
        if (key := (edge.seller_cluster, edge.seller)) in waiting:
            waiting[key][edge.buyer] += len(edge.needs)
    elsewhere = [edge for edge in gaps.edges if cluster in (edge.seller_cluster, edge.buyer_cluster)]
    rows = -(-len(support) // SUPPORT_IN_ROW)
    return Layout(
        boxes=tuple(boxes.values()),
        support=tuple(_support_box(role, at, support_top) for at, role in enumerate(support)),
        lines=tuple(_labelled(_drawn(_lines(shown, chains, cluster, boxes), boxes))),
        waiting=waiting,
        off_chain=sum(len(edge.needs) for edge in elsewhere)
        - sum(len(edge.needs) for edge in shown)
        - sum(sum(counts.values()) for counts in waiting.values()),
        support_top=support_top,
        height=support_top + SUPPORT_HEAD + rows * (SUPPORT_HEIGHT + SUPPORT_GAP),
    )


def _column(roles: Sequence[Role], column: int, tallest: float) -> list[Box]:
    """A column, in the middle of the tallest one's height."""
    top = HEAD + (tallest - len(roles) * (BOX_HEIGHT + BOX_GAP) + BOX_GAP) / 2
    x = MARGIN + column * (BOX_WIDTH + _GUTTER)
    return [Box(role, column, x, top + at * (BOX_HEIGHT + BOX_GAP)) for at, role in enumerate(roles)]


def _support_box(role: Role, at: int, top: float) -> Box:
    row, column = divmod(at, SUPPORT_IN_ROW)
    return Box(
        role,
        -1,
        MARGIN + column * (SUPPORT_WIDTH + SUPPORT_GAP),
        top + SUPPORT_HEAD + row * (SUPPORT_HEIGHT + SUPPORT_GAP),
        SUPPORT_WIDTH,
        SUPPORT_HEIGHT,
    )


def _is_drawn(edge: EdgeGap, cluster: str, boxes: Mapping[str, Box]) -> bool:
    inside = edge.seller_cluster == edge.buyer_cluster == cluster
    return (
        inside
        and edge.kind is not EdgeKind.NONE
        and edge.seller != edge.buyer
        and {edge.seller, edge.buyer} <= boxes.keys()
    )


def _lines(edges: Iterable[EdgeGap], chains: Chains, cluster: str, boxes: Mapping[str, Box]) -> list[Line]:
    """Every sale of the chain, and every other way on which a need waits."""
    lines = {
        (seller, buyer): Line(seller, buyer, kind, 0)
        for kind, flows in ((EdgeKind.RETURN_FLOW, chains.returns_to), (EdgeKind.DIRECT, chains.sells_to))
        for seller in boxes
        for where, buyer in flows.get((cluster, seller), ())
        if where == cluster and buyer in boxes and buyer != seller
    }
    lines |= {(edge.seller, edge.buyer): Line(edge.seller, edge.buyer, edge.kind, len(edge.needs)) for edge in edges}
    return sorted(lines.values(), key=lambda line: (line.needs, line.seller, line.buyer))


def _drawn(lines: Sequence[Line], boxes: Mapping[str, Box]) -> list[Line]:
    """The lines with their ways; each has a place of its own on the sides of its boxes."""
    ports = _ports(lines, boxes)
    channels = _channels([box for box in boxes.values() if box.column == 1])
    taken: Counter[float] = Counter()
    drawn = []
    for at, line in enumerate(lines):
        start, stop = ports[at, True], ports[at, False]
        a, b = boxes[line.seller], boxes[line.buyer]
        if abs(a.column - b.column) == 2 and channels:
            middle = min(channels, key=lambda y: (abs(y - (start[1] + stop[1]) / 2), y))
            step = taken[middle] = taken[middle] + 1
            y = middle + (step // 2) * _CHANNEL_STEP * (-1) ** step
            drawn.append(replace(line, curves=_through(start, stop, y)))
        else:
            drawn.append(replace(line, curves=(_curve(start, stop, same_column=a.column == b.column),)))
    return drawn


def _labelled(lines: Sequence[Line]) -> list[Line]:
    """The lines with the places of their numbers: near the seller, yet none on another."""
    placed: list[Point] = []
    found = []
    for line in lines:
        if line.needs:
            ways = [_along(line.curves[0], t) for t in _LABEL_AT]
            free = [way for way in ways if all(_far(way, other) for other in placed)]
            line = replace(line, label=(free or ways)[0])
            placed.append(line.label)
        found.append(line)
    return found


def _far(one: Point, other: Point) -> bool:
    return abs(one[0] - other[0]) > _LABEL_SIZE or abs(one[1] - other[1]) > _LABEL_SIZE


def _ports(lines: Sequence[Line], boxes: Mapping[str, Box]) -> dict[tuple[int, bool], Point]:
    """Where each line leaves (True) and arrives (False), spread over the sides in the order of the other ends."""
    sides: dict[tuple[str, bool], list[tuple[float, int, bool]]] = defaultdict(list)
    for at, line in enumerate(lines):
        a, b = boxes[line.seller], boxes[line.buyer]
        sides[a.role.code, b.column >= a.column].append((b.y, at, True))
        sides[b.role.code, b.column <= a.column].append((a.y, at, False))
    found = {}
    for (code, right), ends in sides.items():
        box = boxes[code]
        step = (box.height - 2 * _PORT_INSET) / len(ends)
        for place, (_, at, leaves) in enumerate(sorted(ends)):
            y = box.y + _PORT_INSET + (place + 0.5) * step
            found[at, leaves] = (box.x + box.width if right else box.x, y)
    return found


def _channels(boxes: Sequence[Box]) -> list[float]:
    """Heights at which a line can pass between the boxes of the middle column."""
    if not boxes:
        return []
    return [boxes[0].y - BOX_GAP / 2, *(box.y + box.height + BOX_GAP / 2 for box in boxes)]


def _curve(start: Point, stop: Point, *, same_column: bool) -> Curve:
    (x1, y1), (x2, y2) = start, stop
    if same_column:
        bulge = min(LOOP - 6, 20 + abs(y2 - y1) / 8) * 4 / 3
        return start, (x1 + bulge, y1), (x2 + bulge, y2), stop
    bend = (x2 - x1) / 2
    return start, (x1 + bend, y1), (x2 - bend, y2), stop


def _through(start: Point, stop: Point, y: float) -> tuple[Curve, ...]:
    """A way past the middle column at a height."""
    (x1, _), (x2, _) = start, stop
    to = 1 if x2 > x1 else -1
    inner, outer = x1 + to * _GUTTER, x2 - to * _GUTTER
    return (
        _curve(start, (inner, y), same_column=False),
        ((inner, y), (inner, y), (outer, y), (outer, y)),
        _curve((outer, y), stop, same_column=False),
    )


def _along(curve: Curve, t: float) -> Point:
    """The point of a curve at t in [0, 1]."""
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    x = sum(weight * point[0] for weight, point in zip(weights, curve, strict=True))
    return x, sum(weight * point[1] for weight, point in zip(weights, curve, strict=True))
