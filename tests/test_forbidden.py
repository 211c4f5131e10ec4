"""What no line of the project may do. Ruff's S rules and banned imports find most; the rest is found here.

Every rule has a line that it must find: a rule that finds nothing any more is no rule.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("api", "matcher", "indexes")
MODULES = [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
TEMPLATES = sorted((ROOT / "api" / "pages" / "templates").glob("*.html"))
STATIC = sorted((ROOT / "api" / "pages" / "static").glob("*.*s"))

MUST_SAY = {
    "load": ("np", "allow_pickle", False),
    "save": ("np", "allow_pickle", False),
    "SentenceTransformer": (None, "trust_remote_code", False),
    "Environment": (None, "autoescape", True),
}
"""Calls that say one thing aloud, though it is what the library does by itself: defaults change."""
MAY_NOT_SAY = {("trust_remote_code", True), ("allow_pickle", True), ("shell", True), ("verify", False)}
SQL = {"text", "execute", "exec_driver_sql"}

PLANTED = {
    "pickle": ("import pickle\n", "TID251"),
    "yaml": ("import yaml\n", "TID251"),
    "a file of FAISS": ("import faiss\n\nfaiss.read_index('x')\n", "TID251"),
    "fork": ("import os\n\nos.fork()\n", "TID251"),
    "multiprocessing": ("import multiprocessing\n", "TID251"),
    "eval": ("eval('1')\n", "S307"),
    "a shell": ("import subprocess\n\nsubprocess.run('ls', shell=True)\n", "S602"),
    "SQL put together": ("def f(s, x):\n    s.execute('SELECT * FROM firm WHERE id = ' + x)\n", "S608"),
    "no autoescape": ("import jinja2\n\njinja2.Environment()\n", "S701"),
    "unescaped markup": ("from markupsafe import Markup\n\n\ndef f(x):\n    return Markup(x)\n", "S704"),
    "a weak hash": ("import hashlib\n\nhashlib.md5(b'')\n", "S324"),
    "an unchecked certificate": ("import httpx\n\nhttpx.get('https://x', verify=False)\n", "S501"),
    "XML of strangers": ("from xml.etree import ElementTree\n\nElementTree.parse('x')\n", "S314"),
    "a guessable secret": ("import random\n\nrandom.random()\n", "S311"),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_the_linter_finds_what_is_planted(planted):
    code, rule = PLANTED[planted]
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--output-format",
        "concise",
        "--stdin-filename",
        "api/planted.py",
    ]
    done = subprocess.run([*command, "-"], input=code, capture_output=True, text=True, cwd=ROOT, check=False)
    assert f" {rule} " in done.stdout, done.stdout + done.stderr


def test_every_exception_to_the_linters_security_rules_is_known():
    found = [
        (path.relative_to(ROOT).as_posix(), rules)
        for path in MODULES
        for rules in re.findall(r"# noqa: ([A-Z0-9, ]*\b(?:S\d{3}|TID251)\b[A-Z0-9, ]*)", path.read_text("utf-8"))
    ]
    assert found == [
        *[("api/backup/restoring.py", "S608 ")] * 5,  # tables and columns named in the module
        ("api/pages/fair_gaps.py", "S704 "),  # an SVG of ours; tests/api/exports/test_gap_picture.py plants markup
        ("api/store/sending.py", "S311"),  # spreads retries in time, keeps no secret
        ("matcher/exchange/tables.py", "S603"),  # a program of ours, given a path of ours
        ("matcher/fair/party.py", "TID251 "),  # sent between processes of ours, never stored
        ("matcher/fair/party.py", "S301 "),  # the same
        ("indexes/inverted.py", "TID251 "),  # mapped, once the manifest's sums are checked
    ]


def harmful(tree: ast.AST) -> Iterator[str]:
    """What of a module breaks a rule that the linter does not have."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        owner = getattr(getattr(node.func, "value", None), "id", None)
        said = {one.arg: getattr(one.value, "value", ...) for one in node.keywords}
        yield from (f"{node.lineno}: {key}={value}" for key, value in said.items() if (key, value) in MAY_NOT_SAY)
        if (rule := MUST_SAY.get(name)) and rule[0] in (None, owner) and said.get(rule[1], ...) is not rule[2]:
            yield f"{node.lineno}: {name} does not say {rule[1]}={rule[2]}"
        if name in SQL and node.args and isinstance(node.args[0], ast.JoinedStr):
            yield f"{node.lineno}: SQL from an f-string"


KNOWN = {
    "api/backup/restoring.py": ["SQL from an f-string"] * 4,  # the same
    "api/store/database.py": ["SQL from an f-string"] * 2,  # pragmas and names of tables, constants beside it
}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_breaks_a_rule(path):
    found = [one.partition(": ")[2] for one in harmful(ast.parse(path.read_text("utf-8")))]
    assert found == KNOWN.get(path.relative_to(ROOT).as_posix(), [])


@pytest.mark.parametrize(
    "code",
    [
        "SentenceTransformer(x, trust_remote_code=True)",
        "SentenceTransformer(x)",
        "np.load(x)",
        "np.load(x, allow_pickle=True)",
        "np.save(x, y)",
        "Environment(loader=x)",
        "run(x, shell=True)",
        "get(x, verify=False)",
        "session.execute(text(f'DELETE FROM {name}'))",
        "connection.exec_driver_sql(f'PRAGMA {name}')",
    ],
)
def test_the_rules_find_what_is_planted(code):
    assert list(harmful(ast.parse(code)))


HTML_RULES = {
    "a script in the page": r"<script(?![^>]*\bsrc=)",
    "a style in the page": r"<style|\sstyle\s*=",
    "an event in an attribute": r"<[^>]*\son[a-z]+\s*=",
    "text that is not escaped": r"\|\s*safe\b|autoescape\s+false|\{%-?\s*raw",
    "an asset from outside": r"<(?:script|link|img|iframe|form)[^>]*(?:src|href|action)\s*=\s*[\"'](?:https?:)?//",
    "an address that runs": r"javascript:",
    "an attribute without quotes": r"<[^>]*\s(?:href|src|value|action|name|id|class|title)=\{\{",
}


def broken_html(text: str) -> list[str]:
    """The rules that a template breaks."""
    outside = re.sub(r"{{(?!.*\|\s*safe).*?}}", "{{ }}", text)  # arguments inside are no attributes
    return [name for name, rule in HTML_RULES.items() if re.search(rule, outside, re.IGNORECASE)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_breaks_a_rule_and_every_form_that_posts_has_a_token(path):
    text = path.read_text("utf-8")
    assert broken_html(text) == []
    for form in re.findall(r"<form[^>]*method=\"?post.*?</form>", text, re.IGNORECASE | re.DOTALL):
        assert re.search(r'name="token"|token\(\)|token_field', form), form[:200]


@pytest.mark.parametrize(
    "text",
    [
        "<script>x</script>",
        '<p style="x">',
        '<a onclick="x">',
        "{{ x|safe }}",
        "{% autoescape false %}",
        '<img src="https://x">',
        '<a href="javascript:x">',
        "<a href={{ x }}>",
    ],
)
def test_the_rules_for_templates_find_what_is_planted(text):
    assert broken_html(text)


@pytest.mark.parametrize("path", STATIC, ids=lambda path: path.name)
def test_no_script_writes_markup_and_no_style_asks_for_anything_outside(path):
    text = path.read_text("utf-8")
    assert not re.search(r"\beval\(|document\.write|new Function|insertAdjacentHTML|outerHTML", text)
    assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", text)
