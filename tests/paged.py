"""Pages that are put together from what programs wrote, each run by itself: docs/performance.md and docs/trust.md."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection
from pathlib import Path


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """A program's parser, which knows `--out`; the program adds its own."""
    given = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--out", type=Path, help="where what was measured is written, as JSON")
    return given


def asked_of_page(doc: str | None, *, parts: Collection[str], folder: Path) -> argparse.Namespace:
    """What a page's command line asks: `out`, `folder`, and `wanted`, the parts to run before it is put together.

    Args:
        doc: Shown as help.
        parts: All that there are; any other ends the program.
        folder: Where what the parts wrote stands, unless `--folder` says otherwise; made if need be.
    """
    given = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("out", type=Path)
    given.add_argument("--only", default="", help="parts, with commas between; all if not given")
    given.add_argument("--assemble", action="store_true", help="run nothing: put the page together from what is there")
    given.add_argument("--folder", type=Path, default=folder)
    asked = given.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    wanted = [part for part in asked.only.split(",") if part] or list(parts)
    if strange := [part for part in wanted if part not in parts]:
        sys.exit(f"no part is called {', '.join(strange)}: there are {', '.join(parts)}")
    asked.wanted = [] if asked.assemble else wanted
    return asked
