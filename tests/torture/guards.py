"""Guards that tests stand at in `make test` too: who may do what, links, keys, sign-in, pages, rules of the linter.

Usage: python -m tests.torture.guards [--out FILE.json]

Each promise is kept by the tests named with it, which run here in a process of their own and are counted.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from tests.paged import arguments
from tests.torture.rows import Row, finish

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Guard:
    """A promise, and the tests that keep it.

    Attributes:
        promise: In words an operator understands.
        tested: How.
        files: Of tests, from the root of the project.
        only: Words of the tests' names, as `pytest -k` takes them; all tests where empty.
    """

    promise: str
    tested: str
    files: tuple[str, ...]
    only: str = ""


GUARDS = (
    Guard(
        "Every call lets in the roles it declares and nobody else",
        "each route of the description × each role × no key, a bad one, one that has ended",
        ("tests/api/web/test_roles.py",),
    ),
    Guard(
        "A firm neither reads nor changes what is another's, and ids of another fair are not there",
        "each route that names something × another firm's or fair's id; answers equal those of ids that never were",
        ("tests/api/web/test_owners.py", "tests/api/test_matrix.py"),
    ),
    Guard(
        "Signed links expire, can be withdrawn, and open one page alone",
        "links with a character changed, of another service, after the fair, after they were withdrawn",
        ("tests/api/fairs/test_links.py", "tests/api/web/test_fairs.py", "tests/api/test_fair_pages.py"),
        "link",
    ),
    Guard(
        "Keys rotate with an overlap or without, end at once, and no file holds one",
        "keys made, rotated, ended and out of date; sessions made with them; the files searched for the secret",
        ("tests/api/store/test_keys.py", "tests/api/test_planted.py", "tests/api/test_pages.py"),
        "key or secret or rotat or pepper",
    ),
    Guard(
        "Who tries keys, or asks too often, is slowed down",
        "sign-ins and requests one too many, by address and by key",
        ("tests/api/test_planted.py", "tests/api/web/test_limits.py", "tests/api/test_pages.py"),
        "slowed or refused_with_the_time or counted_by_address or too_many",
    ),
    Guard(
        "Pages run nothing that people wrote (CSP without unsafe-inline, all escaped); no file holds a formula",
        "markup, formulas and templates planted wherever one can write; every page and file looked at",
        ("tests/api/test_planted.py",),
    ),
    Guard(
        "A form works with its own token alone, and a cookie holds no key",
        "forms without a token, with another's; cookies forged, old, over http; sent on to other sites",
        ("tests/api/test_pages.py", "tests/api/test_fair_pages.py"),
        "form or cookie or sent_to_another_site or sign",
    ),
    Guard(
        "No page asks anybody but the service itself",
        "a walk over all pages in Chromium, every request written down",
        ("tests/browser/test_no_outside.py",),
    ),
    Guard(
        "What the code must not do is found by the linter",
        "each rule against a planted breach of it; all modules, templates, scripts and styles against each rule",
        ("tests/test_forbidden.py",),
    ),
)

PERSONAL = (
    Guard(
        "A sole trader's citizen number never comes out again",
        "drawn at random, written into any field of a firm by API, file and registration; sought in answers, exports, "
        "database, index and log",
        ("tests/api/test_citizen.py", "tests/matcher/exchange/test_personal.py"),
        "citizen",
    ),
    Guard(
        "What is learned and reported leaves out firms that withdrew from statistics",
        "outcomes told, consent withdrawn and given again",
        ("tests/api/fairs/test_learning.py", "tests/api/privacy/test_consenting.py"),
        "statistics",
    ),
)
"""Those that keep promises about personal data: `tests/torture/personal.py` has their rows."""


def run(guard: Guard, *, scratch: Path) -> Row:
    """Run a guard's tests and count them; a skip is no pass, and is said."""
    out = scratch / "junit.xml"
    out.unlink(missing_ok=True)
    only = ("-k", guard.only) if guard.only else ()
    command = (sys.executable, "-m", "pytest", *guard.files, *only, f"--junitxml={out}", "-p", "no:cacheprovider")
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if not out.is_file():
        return _row(guard, f"the tests did not run: {ended.stdout[-200:]}{ended.stderr[-200:]}", kept=False)
    suites = ElementTree.parse(out).getroot().findall("testsuite")
    count = {name: sum(int(one.get(name, 0)) for one in suites) for name in ("tests", "failures", "errors", "skipped")}
    failed = count["failures"] + count["errors"]
    passed = count["tests"] - failed - count["skipped"]
    said = [
        f"{passed} passed",
        *(f"{n} {word}" for n, word in ((failed, "failed"), (count["skipped"], "skipped")) if n),
    ]
    well = passed > 0 and ended.returncode == 0
    return _row(guard, ", ".join(said), kept=None if passed == 0 and not failed else well)


def _row(guard: Guard, reached: str, *, kept: bool | None) -> Row:
    return Row(promise=guard.promise, tested=guard.tested, reached=reached, kept=kept)


def rows(guards: Sequence[Guard]) -> list[Row]:
    """What came of them, for the page of promises."""
    with TemporaryDirectory() as scratch:
        return [run(guard, scratch=Path(scratch)) for guard in guards]


def main() -> None:
    """Run and say what came of it."""
    asked = arguments(__doc__).parse_args()
    finish(
        rows(GUARDS),
        asked,
        not_covered=(
            "A person with the operator's rights on the machine can read whatever the service reads.",
            "Weak spots of the browser itself, and of a reverse proxy that stands before the service.",
        ),
    )


if __name__ == "__main__":
    main()
