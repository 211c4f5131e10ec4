"""What the service stands on: licences of all packages it needs, and their known vulnerabilities.

Usage: python -m tests.torture.audit [--page docs/licences.md] [--tool .venv/bin/pip-audit] [--out FILE.json]

Licences are read from the installed packages themselves. Vulnerabilities are looked up by pip-audit (extra
`audit`); a package that it could not look up counts as not looked up, whatever pip-audit ends with.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

from tests.paged import arguments
from tests.torture.rows import Row, finish

ROOT, EXTRAS = "khukha", frozenset({"postgres"})
ASK_FIRST = re.compile(r"\b(A?GPL|SSPL|BUSL|Commons Clause|Non-?Commercial|CC-BY-NC)", re.IGNORECASE)
SHARE_CHANGES = re.compile(r"\b(LGPL|MPL|EPL|CDDL)", re.IGNORECASE)
FREE = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|ISC|PSF|Python|Zlib|CC0|BSL-1\.0|OFL|Unlicense|HPND|CNRI|Mozilla)", re.IGNORECASE
)
_FILES = re.compile(r"(^|/)(LICEN[SC]E|COPYING)[^/]*$", re.IGNORECASE)
_KNOWN_TEXTS = {
    "Permission is hereby granted, free of charge": "MIT (from its licence file)",
    "Redistribution and use in source and binary forms": "BSD (from its licence file)",
    "provided 'as-is', without any express or implied": "Zlib (from its licence file)",
    "Apache License": "Apache-2.0 (from its licence file)",
}


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package.

    Attributes:
        licence: As the package says it; empty where it says nothing.
    """

    name: str
    version: str
    licence: str

    @property
    def kind(self) -> str:
        """What its licence asks of whoever passes it on."""
        if not self.licence:
            return "unknown"
        if SHARE_CHANGES.search(self.licence):
            return "changes to it are shared"
        if ASK_FIRST.search(self.licence):
            return "ask first"
        return "free" if FREE.search(self.licence) else "unknown"


def needed() -> list[Package]:
    """Every package that the service needs, by name; what only tests need is not among them."""
    found: dict[str, Package] = {}
    waiting, seen = [(ROOT, EXTRAS)], set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            one = distribution(name)
        except PackageNotFoundError:  # of another platform
            continue
        found[_plain(name)] = Package(one.metadata["Name"], one.version, _licence(one))
        waiting += [(need.name, frozenset(need.extras)) for need in _requirements(one, extras)]
    del found[ROOT]
    return [found[name] for name in sorted(found)]


def _requirements(one: Distribution, extras: frozenset[str]) -> Iterator[Requirement]:
    for text in one.requires or ():
        need = Requirement(text)
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras or {""}):
            yield need


def _licence(one: Distribution) -> str:
    """What a package says of its licence: by expression, field, classifier, or only by its file."""
    if said := one.metadata.get("License-Expression"):
        return str(said)
    classified = [
        text.rpartition(" :: ")[2]
        for text in one.metadata.get_all("Classifier") or ()
        if text.startswith("License :: ") and not text.endswith("OSI Approved")
    ]
    field = (one.metadata.get("License") or "").strip()
    if field and len(field) < 60:
        return field if not classified or field in classified else f"{field} ({', '.join(classified)})"
    return ", ".join(classified) or _from_file(one)


def _from_file(one: Distribution) -> str:
    for path in one.files or ():
        if _FILES.search(str(path)):
            text = path.read_text(encoding="utf-8")
            return next((name for part, name in _KNOWN_TEXTS.items() if part in text), "")
    return ""


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licences(packages: list[Package]) -> Row:
    """Whether every licence is known and lets the service be passed on."""
    counted: dict[str, list[str]] = {}
    for one in packages:
        counted.setdefault(one.kind, []).append(one.name)
    bad = [*counted.get("ask first", ()), *counted.get("unknown", ())]
    shared = counted.get("changes to it are shared", [])
    reached = f"{len(packages)} packages: {len(counted.get('free', ()))} free, {len(shared)} whose changes are shared"
    return Row(
        promise="Every package that the service needs has a licence under which it may be used and passed on",
        tested="read from the installed packages, all that they need included; the list is docs/licences.md",
        reached=f"{reached} ({', '.join(shared)})" + (f"; to be looked at: {', '.join(bad)}" if bad else ""),
        kept=not bad,
    )


def vulnerabilities(packages: list[Package], tool: str | None) -> Row:
    """What pip-audit knows of these packages, and of how many it knows nothing."""
    said = "pip-audit, package by package; one that it could not look up does not count as sound"
    promise = "No package that the service needs has a known vulnerability"
    if tool is None:
        return Row(promise, said, "could not run: pip-audit is not installed (`make audit` installs it)", None)
    found = _asked(packages, tool)
    if isinstance(found, str):
        return Row(promise, said, f"could not run: {found}", None)
    looked_up = {name for name, one in found.items() if "skip_reason" not in one}
    bad = [f"{name}: {', '.join(v['id'] for v in found[name]['vulns'])}" for name in looked_up if found[name]["vulns"]]
    if not looked_up:
        return Row(promise, said, f"could not run: the source knew none of {len(packages)} packages here", None)
    left = len(packages) - len(looked_up)
    reached = "; ".join(sorted(bad)) or f"none in {len(looked_up)} packages; {left} could not be looked up"
    return Row(promise, said, reached, not bad if bad or not left else None)


def _asked(packages: list[Package], tool: str) -> Mapping[str, dict] | str:
    """What pip-audit answers, by package; or why it does not."""
    lines = "\n".join(f"{one.name}=={one.version.partition('+')[0]}" for one in packages)
    command = [
        tool,
        "--format",
        "json",
        "--progress-spinner",
        "off",
        "--timeout",
        "10",
        "--no-deps",
        "-r",
        "/dev/stdin",
    ]
    try:
        done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=300, check=False)
        return {_plain(one["name"]): one for one in json.loads(done.stdout)["dependencies"]}
    except (OSError, ValueError, subprocess.TimeoutExpired) as problem:
        return f"pip-audit gave no answer ({type(problem).__name__})"


def page(packages: list[Package]) -> str:
    """The table of licences."""
    lines = [f"| {one.name} | {one.version} | {one.licence or '–'} | {one.kind} |" for one in packages]
    return HEAD + "\n".join(lines) + "\n"


HEAD = """# Licences

The packages that the service needs, each with the licence that it states itself; `make audit` writes this page anew.
“Changes to it are shared” means: used as it is, it asks nothing but its notice; who changes the package itself and
passes that on, shares the change. The bundled model is multilingual-e5-small (MIT).

| Package | Version | Licence | |
|---|---|---|---|
"""


def main() -> None:
    """Look at licences and vulnerabilities."""
    given = arguments(__doc__)
    given.add_argument("--page", type=Path, help="where the table of licences is written")
    beside = Path(sys.executable).with_name("pip-audit")
    given.add_argument("--tool", default=str(beside) if beside.exists() else shutil.which("pip-audit"))
    asked = given.parse_args()
    packages = needed()
    if asked.page:
        asked.page.write_text(page(packages), "utf-8")
    finish([licences(packages), vulnerabilities(packages, asked.tool)], asked, not_covered=NOT_COVERED)


NOT_COVERED = ("Licences are what packages say of themselves; nobody read their sources for code of others.",)


if __name__ == "__main__":
    main()
