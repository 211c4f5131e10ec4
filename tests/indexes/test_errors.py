from __future__ import annotations

import inspect
import re

import indexes
from indexes import errors


def classes_of(module):
    return {one for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, Exception)}


def test_the_drawn_tree_is_the_tree_of_classes():
    drawn = set()
    parents = {}
    for line in errors.__doc__.splitlines():
        if found := re.match(r"([│├└─ ]*)(\w+Error)\b", line):
            depth = len(found[1]) // 4
            parents[depth] = found[2]
            drawn.add((found[2], parents[depth - 1] if depth else "Exception"))
    assert drawn == {(one.__name__, one.__base__.__name__) for one in classes_of(errors)}
    assert len(drawn) == 9


def test_all_names_what_the_package_exports():
    exported = {
        name for name, value in vars(indexes).items() if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert sorted(exported) == sorted(indexes.__all__)


def test_every_error_is_exported():
    assert {one.__name__ for one in classes_of(errors)} <= set(indexes.__all__)
