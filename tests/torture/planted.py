"""Faults are planted in a healthy service, one at a time: `khukha doctor` has to name each, and nothing else.

Usage: python -m tests.torture.planted [--out FILE.json]

Each fault stands with the finding that is expected and the words of its remedy, and, where the service mends it by
what is advised, with that advice carried out: afterwards all is fine again. See `tests/torture/faults.py`.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from api.doctor import examine
from api.findings import Level
from api.jobs.queue import Queue
from api.settings import Settings
from api.store.changes import new_batch
from api.store.database import Database, open_database
from api.store.firms import Change
from api.store.keys import Role, make_key, read_pepper
from api.workspace import Workspace
from api.writing import import_firms
from tests.api.fairs.small import place, plant, set_up
from tests.api.fakes import some_firms
from tests.paged import arguments
from tests.torture.faults import FAULTS, Fault, Plant, another_model, index
from tests.torture.rows import Row, finish
from tests.torture.serving import WordEncoder


def healthy(root: Path) -> None:
    """A service with firms, a fair, a key, an index and a queue."""
    database = open_database(f"sqlite:///{root / 'khukha.sqlite'}")
    set_up(database, 6)
    plant(database, ("f000", "f001"), ("f002", "f003"))
    place(database, {("f000", "f001"): (0, 1), ("f002", "f003"): (0, 2)})
    space = opened(root, database)
    import_firms(database, space.encoder, some_firms(6), Change(new_batch(), "torture"))
    with database.writing() as session:
        make_key(session, role=Role.ORGANISER, name="torture", pepper=read_pepper(space.settings.pepper_path))
    Queue(database_url="sqlite://", path=space.settings.queue_path)
    index(space)
    database.close()


def opened(root: Path, database: Database) -> Workspace:
    """Its workspace, with an encoder that takes no time."""
    space = Workspace(Settings(data_dir=root))
    space.__dict__ |= {"encoder": WordEncoder(), "database": database}
    return space


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the doctor found of all faults."""

    planted: int
    found: int
    mended: int
    wrong: tuple[str, ...]


def run(*, scratch: Path, faults: Sequence[Fault] = FAULTS) -> Outcome:
    """Plant each; see the module."""
    healthy(scratch / "healthy")
    wrong: list[str] = []
    found = mended = 0
    if said := _said(scratch / "healthy", lambda _space: None):
        wrong.append(f"a healthy service is said to have {said}")
    for fault in faults:
        shutil.rmtree(scratch / "ill", ignore_errors=True)
        shutil.copytree(scratch / "healthy", scratch / "ill")
        said = _said(scratch / "ill", fault.plant)
        if said.keys() <= set(fault.found) and fault.advice in said.get(fault.found[0], ""):
            found += 1
        else:
            wrong.append(f"{fault.what}: {said or 'nothing'} was found, not {fault.found} with {fault.advice}")
        if fault.mend is not None:
            left = _said(scratch / "ill", fault.mend, encoder="words-2" if fault.plant is another_model else "words-1")
            mended += not left
            wrong += [f"{fault.what}: mended, and still {left}"] if left else []
    return Outcome(len(faults), found, mended, tuple(wrong))


def _said(root: Path, do: Plant, *, encoder: str = "words-1") -> dict[str, str]:
    """All that is not fine after something was done: what is said of each, by its code."""
    database = Database(f"sqlite:///{root / 'khukha.sqlite'}")
    try:
        space = opened(root, database)
        space.encoder.fingerprint = encoder
        do(space)
        del space.__dict__["database"]  # opened as a command opens it
        findings = [one for one in examine(space) if one.level is not Level.FINE]
        if "database" in space.__dict__:
            space.database.close()
    finally:
        database.close()
    assert all(one.th and one.en for one in findings)
    return {one.code: one.en for one in findings}


def rows(outcome: Outcome) -> list[Row]:
    """What came of it, for the page of promises."""
    advised = sum(fault.mend is not None for fault in FAULTS)
    return [
        Row(
            promise="`khukha doctor` finds what is wrong and says what to do",
            tested="faults planted one at a time in a healthy service; it has to name each and nothing else, and where "
            "its advice can be carried out, that is done and all must be fine",
            reached=f"{outcome.planted} faults, {outcome.found} found, each named with its remedy; "
            f"{outcome.mended} of {advised} mended as advised",
            kept=not outcome.wrong,
        )
    ]


def main() -> None:
    """Run and say what came of it."""
    asked = arguments(__doc__).parse_args()
    with TemporaryDirectory() as scratch:
        outcome = run(scratch=Path(scratch))
    print(*outcome.wrong, sep="\n")
    finish(
        rows(outcome),
        asked,
        not_covered=("A pepper that was replaced by another: keys are void, and nothing but using one shows it.",),
    )


if __name__ == "__main__":
    main()
