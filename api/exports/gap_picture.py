"""A cluster's chain as a picture: who offers, who looks for what, and which links are missing.

An SVG of its own: no scripts, no style sheets, no ids that could meet those of a page. What colour says,
words, dashes and outlines say too, so that it can be printed in black and white.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from api.exports.gap_layout import (
    HEAD,
    MARGIN,
    STAGES,
    WIDTH,
    Box,
    Curve,
    Layout,
    Line,
    lay_out,
)
from api.exports.gap_words import say
from api.exports.svg_text import INK, fitted, text_at, width_of, wrapped
from api.exports.texts import clean
from api.pages.words import Language
from matcher.domain import Chains, Cluster, EdgeKind, Role, Stage
from matcher.domain.words import LABELS_TH
from matcher.fair.gaps import Gaps, RoleGap

_FONTS = "'Noto Sans Thai', 'Leelawadee UI', Thonburi, Tahoma, sans-serif"
_QUIET, _LINE, _FAINT = "#6b6b6b", "#1f4e5f", "#cfcfcf"
_SUPPLY, _DEMAND = "#1f4e5f", "#9a5b00"
_MISSING, _UNSOUGHT = "#b3261e", "#35608f"
_LEGEND = 92


def gap_picture(gaps: Gaps, chains: Chains, cluster: str, *, language: Language, place: str = "") -> str:
    """A cluster's chain as an SVG, 1280 wide: roles in columns by stage, lines as wide as what waits on them.

    Args:
        gaps: Of the firms that are looked at.
        chains: Every role of the cluster is drawn, also those that nobody offers or seeks.
        cluster: Code of a cluster of the chains.
        language: Of every text.
        place: Whose firms are looked at, for the title, as a province; empty where it is all.

    Raises:
        KeyError: there is no such cluster.
    """
    return _Picture(gaps, chains, chains.clusters[cluster], language, place).drawn()


class _Picture:
    def __init__(self, gaps: Gaps, chains: Chains, cluster: Cluster, language: Language, place: str) -> None:
        self.place = clean(place)
        self.cluster = cluster
        self.language = language
        self.chains = chains
        self.layout: Layout = lay_out(gaps, chains, cluster.code)
        self.gaps = {(gap.cluster, gap.role): gap for gap in gaps.roles}
        shown = [self.gap(box.role) for box in (*self.layout.boxes, *self.layout.support)]
        self.most = max((max(gap.firms_offering, gap.firms_seeking) for gap in shown if gap), default=1)

    def say(self, name: str, /, **values: object) -> str:
        return say(name, self.language, **values)

    def label(self, one: Role | Cluster) -> str:
        return clean(one.en if self.language == "en" else one.th)

    def gap(self, role: Role) -> RoleGap | None:
        return self.gaps.get(role.key)

    def is_missing(self, role: Role) -> bool:
        gap = self.gap(role)
        return gap is not None and gap.missing

    def is_unsought(self, role: Role) -> bool:
        """Whether a role is offered and not sought, though the chain has roles that buy from it."""
        gap = self.gap(role)
        sells = role.stage is Stage.SUPPORT or bool(self.chains.sells_to.get(role.key))
        return gap is not None and gap.unsought and sells

    def drawn(self) -> str:
        height = self.layout.height + _LEGEND
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
            f'height="{height:.0f}" role="img" font-family="{escape(_FONTS)}" lang="{self.language}">',
            f"<title>{escape(self.title())}</title><desc>{escape(self.described())}</desc>",
            f'<rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>',
            *self._head(),
            *(_line(line, missing=self.is_missing(self.cluster.roles[line.seller])) for line in self.layout.lines),
            *(part for box in self.layout.boxes for part in self._box(box)),
            *self._support(),
            *(
                _number(line, missing=self.is_missing(self.cluster.roles[line.seller]))
                for line in self.layout.lines
                if line.needs
            ),
            *self._legend(self.layout.height),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def title(self) -> str:
        title = self.say("title", cluster=self.label(self.cluster))
        return f"{title} · {self.place}" if self.place else title

    def sums(self) -> str:
        roles = self.cluster.roles.values()
        return self.say(
            "sums",
            missing=sum(map(self.is_missing, roles)),
            unsought=sum(map(self.is_unsought, roles)),
            needs=sum(line.needs for line in self.layout.lines),
        )

    def described(self) -> str:
        missing = ", ".join(self.label(role) for role in self.cluster.roles.values() if self.is_missing(role))
        told = self.say("missing_are", names=missing) if missing else self.say("none_missing")
        return f"{self.sums()}. {told}"

    def _head(self) -> Iterator[str]:
        yield text_at(MARGIN, 42, fitted(self.title(), 24, WIDTH - 2 * MARGIN), size=24, weight=700)
        yield text_at(MARGIN, 70, self.sums(), size=15, fill=_QUIET)
        firsts: dict[int, Box] = {}
        for box in self.layout.boxes:
            firsts.setdefault(box.column, box)
        for column, box in firsts.items():
            name = LABELS_TH[STAGES[column]] if self.language == "th" else STAGES[column].capitalize()
            yield text_at(box.x, HEAD - 18, name, size=17, weight=700, fill=_LINE)
            yield f'<path d="M{box.x} {HEAD - 10}H{box.x + box.width}" stroke="{_LINE}" stroke-width="2"/>'

    def _box(self, box: Box) -> Iterator[str]:
        gap, role = self.gap(box.role), box.role
        missing, unsought = self.is_missing(role), self.is_unsought(role)
        fill, stroke, width, dash = "#ffffff", _LINE, 1.5, ""
        if missing:
            fill, stroke, width, dash = "#fdeeec", _MISSING, 2.5, ' stroke-dasharray="8 5"'
        elif unsought:
            fill, stroke = "#edf3f9", _UNSOUGHT
        elif gap is None:
            fill, stroke, width = "#fafafa", _FAINT, 1.0
        ink = INK if gap else _QUIET
        yield (
            f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width}" height="{box.height}" rx="7" '
            f'fill="{fill}" stroke="{stroke}" stroke-width="{width}"{dash}/>'
        )
        yield text_at(box.x + 10, box.y + 23, role.code, size=12, weight=700, fill=_QUIET)
        for at, line in enumerate(wrapped(self.label(role), 14, box.width - 56)):
            yield text_at(box.x + 44, box.y + 23 + 18 * at, line, size=14, weight=600 if gap else 400, fill=ink)
        if gap is None:
            yield text_at(box.x + 10, box.y + 80, self.say("empty"), size=12, fill=_QUIET)
            return
        yield from self._bar(box, 56, "offer", gap.firms_offering, f'fill="{_SUPPLY}" stroke="{_SUPPLY}"')
        yield from self._bar(box, 74, "seek", gap.firms_seeking, f'fill="#ffffff" stroke="{_DEMAND}"')
        if missing:
            yield from _badge(box, self.say("missing"), fill=_MISSING, ink="#ffffff")
        elif unsought:
            yield from _badge(box, self.say("unsought"), fill="#ffffff", ink=_UNSOUGHT)

    def _bar(self, box: Box, top: float, name: str, firms: int, style: str) -> Iterator[str]:
        """How many firms, as a word, a bar and a number."""
        longest = box.width - 190
        length = max(longest * firms / self.most, 0.0)
        yield text_at(box.x + 10, box.y + top + 9, self.say(name), size=12, fill=_QUIET)
        if firms:
            yield (
                f'<rect x="{box.x + 54:.1f}" y="{box.y + top + 0.5:.1f}" width="{length:.1f}" height="9" '
                f'{style} stroke-width="1.5"/>'
            )
        yield text_at(box.x + 60 + length, box.y + top + 9.5, str(firms), size=13, weight=700)

    def _support(self) -> Iterator[str]:
        top = self.layout.support_top
        yield f'<path d="M{MARGIN} {top + 6:.1f}H{WIDTH - MARGIN}" stroke="{_FAINT}"/>'
        yield text_at(MARGIN, top + 34, self.say("support"), size=17, weight=700, fill=_LINE)
        yield text_at(MARGIN + 110, top + 34, self.say("support_note"), size=13, fill=_QUIET)
        for box in self.layout.support:
            yield from self._box(box)
            if waiting := self.layout.waiting[box.role.key]:
                ordered = sorted(waiting.items(), key=lambda one: (-one[1], one[0]))
                who = ", ".join(f"{code}\u00a0{needs}" for code, needs in ordered)
                for at, line in enumerate(wrapped(self.say("waiting", who=who), 12, box.width - 16)):
                    yield text_at(box.x + 10, box.y + 103 + 16 * at, line, size=12)

    def _legend(self, top: float) -> Iterator[str]:
        """Two rows of signs, each with what it means, and what the lines leave out."""
        rect = '<rect x="0" y="-11" width="30" height="14" rx="3" '
        signs = (
            (f'<rect x="0" y="-9" width="30" height="9" fill="{_SUPPLY}" stroke="{_SUPPLY}"/>', "legend_offer"),
            (
                f'<rect x="0" y="-9" width="30" height="9" fill="#ffffff" stroke="{_DEMAND}" stroke-width="1.5"/>',
                "legend_seek",
            ),
            (f'<path d="M0 -5H30" stroke="{_LINE}" stroke-width="5"/>', "legend_line"),
            (f'<path d="M0 -5H30" stroke="{_LINE}" stroke-width="3" stroke-dasharray="2 4"/>', "legend_other"),
            (f'{rect}fill="#fdeeec" stroke="{_MISSING}" stroke-width="2" stroke-dasharray="6 4"/>', "legend_missing"),
            (f'{rect}fill="#edf3f9" stroke="{_UNSOUGHT}" stroke-width="1.5"/>', "legend_unsought"),
            (f'{rect}fill="#fafafa" stroke="{_FAINT}"/>', "legend_empty"),
            (f'<path d="M0 -5H30" stroke="{_FAINT}" stroke-width="1.5"/>', "legend_chain"),
        )
        for at, (sign, name) in enumerate(signs):
            row, column = divmod(at, 4)
            x, y = MARGIN + column * (WIDTH - 2 * MARGIN) / 4, top + 20 + 24 * row
            yield f'<g transform="translate({x:.1f} {y:.1f})">{sign}</g>'
            yield text_at(x + 38, y, self.say(name), size=13)
        yield text_at(MARGIN, top + 72, self.say("off_chain", n=self.layout.off_chain), size=12, fill=_QUIET)


def _line(line: Line, *, missing: bool) -> str:
    """A line with its point."""
    colour = _FAINT if not line.needs else _MISSING if missing else _LINE
    width = min(1.5 + 1.5 * line.needs, 10.0) if line.needs else 1.2
    other = line.kind is not EdgeKind.DIRECT
    dash = ' stroke-dasharray="9 6"' if line.needs and missing else ' stroke-dasharray="2 4"' if other else ""
    (x, y), to_left = line.end
    size = 4 + width / 2
    back = size * 1.6 * (1 if to_left else -1)
    return (
        f'<path d="{_way(line.curves)}" fill="none" stroke="{colour}" stroke-width="{width:.1f}"{dash}/>'
        f'<path d="M{x:.1f} {y:.1f}l{back:.1f} {-size:.1f}v{2 * size:.1f}z" fill="{colour}"/>'
    )


def _number(line: Line, *, missing: bool) -> str:
    x, y = line.label
    return text_at(
        x,
        y + 4,
        str(line.needs),
        size=12,
        weight=700,
        fill=_MISSING if missing else INK,
        more=' text-anchor="middle" stroke="#ffffff" stroke-width="4" paint-order="stroke"',
    )


def _way(curves: tuple[Curve, ...]) -> str:
    (x, y), *_ = curves[0]
    ways = (" ".join(f"{one:.1f},{other:.1f}" for one, other in curve[1:]) for curve in curves)
    return f"M{x:.1f},{y:.1f}" + "".join(f"C{way}" for way in ways)


def _badge(box: Box, text: str, *, fill: str, ink: str) -> Iterator[str]:
    width = width_of(text, 12) + 16
    x, y = box.x + box.width - width - 8, box.y + 61
    yield (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="21" rx="10" '
        f'fill="{fill}" stroke="{ink if fill == "#ffffff" else fill}"/>'
    )
    yield text_at(x + width / 2, y + 15, text, size=12, weight=700, fill=ink, more=' text-anchor="middle"')
