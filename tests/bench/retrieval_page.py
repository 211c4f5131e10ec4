"""The section on dense retrieval, from what each size gave, and its picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tests.bench.retrieval import Size

PLOT = Path("docs") / "retrieval.svg"


def section(found: Sequence[Size]) -> str:
    """A part of docs/performance.md; draws the picture beside it."""
    sizes = sorted(found, key=lambda size: size.n_rows)
    lines = [
        "## Dense retrieval by size",
        "",
        "Vectors of the demo's offers and as many more spread like them, 384 dimensions, queries real; CPU time of one",
        "thread. *Plain FAISS* reads every row for one query, in the same run. Recall is that of the ten best.",
        "",
        "| rows | index | plain FAISS, ms | one query, ms | in a batch, ms | in one part, ms | times plain FAISS "
        "| recall | in one part | index MB | vectors MB, mapped | build s | open s | 100 rows added, s | taken out, s "
        "| 5,000 added, s |",
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
    lines += ["", *_curve(sizes)]
    return "\n".join(lines) + "\n"


def _row(size: Size) -> str:
    ms = [1000 * value for value in (size.flat_s, size.one_s, size.batch_s, size.part_s)]
    return (
        f"| {size.n_rows:,} | {size.kind} | {ms[0]:.2f} | {ms[1]:.2f} | {ms[2]:.2f} | {ms[3]:.2f} "
        f"| {size.flat_s / size.batch_s:.0f} | {size.recall['all rows']:.3f} | {size.recall['one part']:.3f} "
        f"| {size.index_mb:.0f} | {size.vectors_mb:.0f} | {size.build_s:.1f} | {size.open_s:.2f} "
        f"| {size.add_s:.3f} | {size.take_out_s:.3f} | {size.fold_s:.2f} |"
    )


def _curve(sizes: Sequence[Size]) -> list[str]:
    """What the cost grows like, in words and drawn; nothing where there are too few sizes."""
    if len(sizes) < 2:
        return []
    flat = _exponent(sizes, [size.flat_s for size in sizes])
    cells = [size for size in sizes if size.kind == "QuantisedIndex"]
    grown = f"; in cells as n^{_exponent(cells, [size.batch_s for size in cells]):.2f}" if len(cells) > 1 else ""
    _draw(sizes)
    text = f"From {sizes[0].n_rows:,} to {sizes[-1].n_rows:,} rows, plain FAISS costs as n^{flat:.2f}{grown}."
    return [text, "", f"![CPU time of a query by rows]({PLOT.name})"]


def _exponent(sizes: Sequence[Size], costs: Sequence[float]) -> float:
    """Slope of log cost over log rows, by least squares."""
    return float(np.polyfit(np.log([size.n_rows for size in sizes]), np.log(costs), 1)[0])


def _draw(sizes: Sequence[Size]) -> None:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    rows = [size.n_rows for size in sizes]
    figure, axes = pyplot.subplots(figsize=(7, 4))
    for name, costs in {
        "plain FAISS": [size.flat_s for size in sizes],
        "one query": [size.one_s for size in sizes],
        "in a batch": [size.batch_s for size in sizes],
        "in one part": [size.part_s for size in sizes],
    }.items():
        axes.loglog(rows, [1000 * cost for cost in costs], marker="o", label=name)
    axes.set(xlabel="rows", ylabel="CPU ms a query")
    axes.legend()
    axes.grid(visible=True, alpha=0.3)
    figure.savefig(PLOT, metadata={"Date": None})
