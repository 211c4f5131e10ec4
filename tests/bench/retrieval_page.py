"""The section on dense retrieval, from what each size gave, its picture, and what it is held against."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from indexes.tiers import FLAT_ROWS
from tests.bench.parts import Reached, at_least, at_most

if TYPE_CHECKING:
    from tests.bench.retrieval import Choice, Size

PLOT = "retrieval.svg"
MILLION, NATION = 1_000_000, 3_200_000
UNSEEN = "this size was not run: `python -m tests.bench.retrieval --sizes {rows}`"


def section(sizes: Sequence[Size], choices: Sequence[Choice]) -> str:
    """A part of docs/performance.md."""
    lines = [
        "## Dense retrieval by size",
        "",
        "Vectors of the demo's offers and as many more spread like them, 384 dimensions, queries real; CPU time of one",
        "thread. *Plain FAISS* reads every row for one query, in the same run. Recall is that of the ten best.",
        "",
        "| rows | index | plain FAISS, ms | one query, ms | in a batch, ms | in one part, ms | times plain FAISS "
        "| recall | in one part | index MB | vectors MB, mapped | build s | open s, wall | 100 rows added, s "
        "| taken out, s | 5,000 added, s |",
        "|" + " ---: |" * 16,
        *(_row(size) for size in sizes),
        "",
        "Under a mask that allows a share of the rows, recall and ms of a query in a batch:",
        "",
        "| rows | " + " | ".join(sizes[0].masked_s) + " |",
        "|" + " ---: |" * (1 + len(sizes[0].masked_s)),
    ]
    for size in sizes:
        cells = [f"{size.recall[share]:.3f}, {1000 * spent:.2f}" for share, spent in size.masked_s.items()]
        lines.append(f"| {size.n_rows:,} | " + " | ".join(cells) + " |")
    lines += ["", _curve(sizes), "", f"![CPU time of a query by rows]({PLOT})", "", *_line(choices)]
    return "\n".join(lines)


def _row(size: Size) -> str:
    ms = [1000 * value for value in (size.flat_s, size.one_s, size.batch_s, size.part_s)]
    return (
        f"| {size.n_rows:,} | {size.kind} | {ms[0]:.2f} | {ms[1]:.2f} | {ms[2]:.2f} | {ms[3]:.2f} "
        f"| {size.flat_s / size.batch_s:.0f} | {size.recall['all rows']:.3f} | {size.recall['one part']:.3f} "
        f"| {size.index_mb:.0f} | {size.vectors_mb:.0f} | {size.build_s:.1f} | {size.open_wall_s:.2f} "
        f"| {size.add_s:.3f} | {size.take_out_s:.3f} | {size.fold_s:.2f} |"
    )


def _curve(sizes: Sequence[Size]) -> str:
    """What the cost grows like, in words."""
    if len(sizes) < 2:
        return "One size alone shows no growth."
    flat = _exponent(sizes, [size.flat_s for size in sizes])
    ours = _exponent(sizes, [size.batch_s for size in sizes])
    return (
        f"From {sizes[0].n_rows:,} to {sizes[-1].n_rows:,} rows, plain FAISS costs as n^{flat:.2f}, a query in a batch "
        f"as n^{ours:.2f}, within a part as n^{_exponent(sizes, [size.part_s for size in sizes]):.2f}."
    )


def _exponent(sizes: Sequence[Size], costs: Sequence[float]) -> float:
    """Slope of log cost over log rows, by least squares."""
    return float(np.polyfit(np.log([size.n_rows for size in sizes]), np.log(costs), 1)[0])


def _line(choices: Sequence[Choice]) -> list[str]:
    """Where reading all rows stops being worth it."""
    return [
        f"Which index a collection gets: up to {FLAT_ROWS:,} rows all are read, beyond they stand in cells. One query "
        "alone, ms:",
        "",
        "| rows | all read | a tenth allowed | in cells | a tenth allowed | recall in cells |",
        "|" + " ---: |" * 6,
        *(
            f"| {one.n_rows:,} | {1000 * one.flat_s:.2f} | {1000 * one.flat_masked_s:.2f} | {1000 * one.cells_s:.2f} "
            f"| {1000 * one.cells_masked_s:.2f} | {one.recall:.3f} |"
            for one in choices
        ),
        "",
        "Below the line cells would be quicker too; what they cost is exactness, and a fair's answers are exact.",
    ]


def plot(sizes: Sequence[Size]) -> str:
    """The curve, as SVG."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = PLOT
    from matplotlib import pyplot

    rows = [size.n_rows for size in sizes]
    figure, axes = pyplot.subplots(figsize=(7, 4))
    for name, costs in {
        "plain FAISS": [size.flat_s for size in sizes],
        "one query": [size.one_s for size in sizes],
        "in a batch": [size.batch_s for size in sizes],
        "in one part": [size.part_s for size in sizes],
    }.items():
        grows = f", n^{_exponent(sizes, costs):.2f}" if len(sizes) > 1 else ""
        axes.loglog(rows, [1000 * cost for cost in costs], marker="o", label=name + grows)
    axes.set(xlabel="rows", ylabel="CPU ms a query")
    axes.legend()
    axes.grid(visible=True, alpha=0.3)
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    return "\n".join(line.rstrip() for line in drawn.getvalue().splitlines()) + "\n"


def aims(sizes: Sequence[Size], choices: Sequence[Choice]) -> list[Reached]:
    """What dense retrieval is held against."""
    names = " and ".join(f"{size.n_rows:,}" for size in sizes)
    recall, at = min((size.recall[share], f"{share} of {size.n_rows:,}") for size in sizes for share in size.masked_s)
    changes = max(max(size.add_wall_s, size.add_s, size.take_out_s) for size in sizes)
    by_rows = {size.n_rows: size for size in sizes}
    return [
        _rule(choices),
        at_least(
            "filtered recall", recall, 0.98, f"least {recall:.3f} ({at}); at {names} rows",
            missed="fewer rows are read in cells than would be needed at this share: `probing.READ_ROWS` is too small",
        ),
        at_most(
            "changes", changes, 1, f"at most {changes:.2f} s for 100 rows; at {names} rows",
            missed="the masks of all rows are copied at each change",
        ),
        *(_of_a_million(by_rows[MILLION]) if MILLION in by_rows else _not_run(MILLION)),
        _nation(by_rows[NATION], sizes) if NATION in by_rows else _not_run(NATION)[0],
    ]  # fmt: skip


def _rule(choices: Sequence[Choice]) -> Reached:
    """Whether the line lies where reading everything costs no more than some milliseconds more."""
    near = min(choices, key=lambda one: abs(one.n_rows - FLAT_ROWS))
    figure = (
        f"line at {FLAT_ROWS:,}: all of {near.n_rows:,} read in {1000 * near.flat_s:.1f} ms, in cells "
        f"{1000 * near.cells_s:.1f} ms at recall {near.recall:.3f}"
    )
    above = [one for one in choices if one.n_rows > FLAT_ROWS]
    well = all(one.cells_s < one.flat_s for one in above)
    return Reached("rule", figure, well, "" if well else "cells are no quicker beyond the line")


def _of_a_million(size: Size) -> list[Reached]:
    whole, part = 1 / size.batch_s, 1 / size.part_s
    all_found, part_found = size.recall["all rows"], size.recall["one part"]
    return [
        at_most(
            "open", size.open_wall_s, 2, f"{size.open_wall_s:.2f} s, {size.open_s:.2f} CPU s",
            missed="checksums read every byte of it, the mapped vectors too",
        ),
        at_most(
            "index size", size.index_mb, 450, f"{size.index_mb:.0f} MB, and {size.vectors_mb:.0f} MB of vectors mapped",
            missed="one byte a dimension and where each row lies come to more",
        ),
        _rate("unfiltered rate", whole, 1700, all_found, alone=1 / size.one_s),
        _rate("filtered rate", part, 2600, part_found),
    ]  # fmt: skip


def _rate(aim: str, rate: float, wanted: float, recall: float, *, alone: float | None = None) -> Reached:
    figure = f"{rate:,.0f}/s in a batch at recall {recall:.3f}" + (f", {alone:,.0f}/s one by one" if alone else "")
    if recall < 0.96:
        return Reached(aim, figure, False, "recall is too low: more rows must be read")
    return at_least(
        aim, rate, wanted, figure,
        missed=f"it reads as many rows as recall {recall:.3f} takes; 0.96 would take about half",
    )  # fmt: skip


def _nation(size: Size, sizes: Sequence[Size]) -> Reached:
    ours = _exponent(sizes, [one.batch_s for one in sizes])
    figure = (
        f"built in {size.build_s:.0f} CPU s, {1000 * size.batch_s:.2f} ms a query at recall "
        f"{size.recall['all rows']:.3f}, changed in {size.add_wall_s:.2f} s; n^{ours:.2f}"
    )
    return Reached("nation", figure, True)


def _not_run(rows: int) -> list[Reached]:
    names = ["nation"] if rows == NATION else ["open", "index size", "unfiltered rate", "filtered rate"]
    return [Reached(name, "–", None, UNSEEN.format(rows=rows)) for name in names]
