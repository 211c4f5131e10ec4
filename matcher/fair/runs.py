"""Lists that were made before, read back for comparing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matcher.engine.answer import Sentence
from matcher.errors import CatalogError
from matcher.fair.changes import ListRun
from matcher.fair.lists import ListedPair, ListRules, MatchLists
from matcher.fair.manifest import Manifest

LISTS = "lists.json"
LISTS_MANIFEST = "lists-manifest.json"


def run_of(lists: Mapping[str, Any], manifest: Mapping[str, Any]) -> ListRun:
    """Lists with their manifest, from the objects that `as_json` of both writes."""
    return ListRun(
        MatchLists(
            pairs=tuple(ListedPair(**pair) for pair in lists["pairs"]),
            rules=ListRules(**lists["rules"]),
            value=lists["value"],
            objective=lists["objective"],
            bound=lists["bound"],
            price_of_fairness=lists["price_of_fairness"],
            unmet={id: Sentence(**why) for id, why in lists["unmet"].items()},
        ),
        Manifest.from_json(json.dumps(dict(manifest)).encode()),
    )


def read_run(path: Path | str) -> ListRun:
    """Lists from a folder that holds `lists.json` and `lists-manifest.json`, as published folders do.

    Args:
        path: The folder, or its `lists.json`.

    Raises:
        CatalogError: they are not there, or are no lists.
    """
    path = Path(path)
    file = path / LISTS if path.is_dir() else path
    try:
        lists, made_of = (json.loads(one.read_bytes()) for one in (file, file.with_name(LISTS_MANIFEST)))
        return run_of(lists, made_of)
    except OSError as problem:
        raise _unreadable(file, f"cannot be opened ({problem.strerror})") from problem
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise _unreadable(file, "holds no lists") from problem


def _unreadable(file: Path, problem: str) -> CatalogError:
    return CatalogError(
        path=file, problem=problem, remedy=f"name a folder with {LISTS} and {LISTS_MANIFEST}, as publishing makes it"
    )
