"""Everything that happens to the store and its index, in any order, on SQLite: the index holds what the store holds."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from api.backup.restoring import restore
from api.backup.taking import take_backup
from api.errors import IdTakenError, MissingError, NothingToUndoError
from api.live import Live
from api.settings import Settings
from api.store.changes import new_batch
from api.store.database import Database
from api.store.firms import Change
from api.writing import all_firms, import_firms, remove_firm, take_back, write_firms
from matcher.domain import load_chains
from matcher.text import load_glossary
from tests.api.fakes import FakeEncoder, a_firm

IDS = ("a", "b", "c", "d")
SAID = ("ผ้าไหมมัดหมี่", "กล้วยตาก", "ลูกบอล", "ถังหมัก")
CHAINS, GLOSSARY = load_chains(), load_glossary()

ids = st.sampled_from(IDS)
said = st.sampled_from(SAID)
shares = st.floats(0, 1, exclude_max=True)
firms = st.dictionaries(ids, said, min_size=1, max_size=3).map(
    lambda found: [a_firm(id, said=words) for id, words in found.items()]
)


class AStore(RuleBasedStateMachine):
    """Four firms and four things that they sell; a model of what is in the store, and two live indexes over it."""

    template: Path

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="khukha")
        self.root = Path(self.folder.name)
        shutil.copy(self.template, self.root / "khukha.sqlite")
        self.settings = Settings(data_dir=self.root)
        self.database = Database(f"sqlite:///{self.root / 'khukha.sqlite'}")
        self.encoder = FakeEncoder()
        self.model: dict = {}
        self.history: list[dict] = []
        self.saved: dict | None = None
        self.versions: dict[str, int] = {}
        self.lives = [self.opened(), self.opened()]

    def teardown(self):
        """Take the files away."""
        self.database.close()
        self.folder.cleanup()

    def opened(self):
        """A live index, as a process that starts has it."""
        live = Live(self.database, chains=CHAINS, glossary=GLOSSARY, encoder=self.encoder, root=self.settings.index_dir)
        live.open()
        return live

    def done(self, after):
        """The model after a change that the log has."""
        if after != self.model:
            self.history.append(self.model)
            self.model = after

    @rule(written=firms)
    def writes(self, written):
        """Firms are created and changed."""
        write_firms(self.database, self.encoder, written, Change(new_batch(), "me"))
        self.done(self.model | {firm.id: firm for firm in written})

    @rule(written=firms, replace=st.booleans())
    def imports(self, written, replace):
        """A file is imported, beside what is there or in place of it."""
        import_firms(self.database, self.encoder, written, Change(new_batch(), "me"), replace=replace)
        self.done(({} if replace else self.model) | {firm.id: firm for firm in written})

    @rule(id=ids)
    def removes(self, id):
        """A firm is deleted."""
        try:
            remove_firm(self.database, id, Change(new_batch(), "me"))
        except MissingError:
            assert id not in self.model
            return
        self.done({other: firm for other, firm in self.model.items() if other != id})

    @rule(id=ids, other=ids)
    def takes_anothers_offer(self, id, other):
        """A firm wants an offer's id that belongs to another: refused, and nothing is changed."""
        if other not in self.model or id == other:
            return
        firm = a_firm(other)
        try:
            write_firms(self.database, self.encoder, [type(firm)(id, "x", offers=firm.offers)], Change("b", "me"))
        except IdTakenError:
            return
        raise AssertionError("an offer had two firms")

    @rule()
    def takes_back(self):
        """The last change is undone; once more brings it again."""
        try:
            take_back(self.database, self.encoder, by="me")
        except NothingToUndoError:
            assert not self.history
            return
        if self.history:
            self.history, self.model = [*self.history[:-1], self.model], self.history[-1]

    @rule()
    def backs_up(self):
        """A backup is taken."""
        take_backup(self.settings, self.database, self.root / "one.backup")
        self.saved = {"model": dict(self.model), "history": list(self.history)}

    @precondition(lambda self: self.saved is not None)
    @rule()
    def restores(self):
        """It is put in place of what there is."""
        restore(self.settings, self.root / "one.backup")
        self.model, self.history = dict(self.saved["model"]), list(self.saved["history"])
        self.versions.clear()

    @rule(which=st.integers(0, 1))
    def follows(self, which):
        """One of the processes catches up; the other may be far behind."""
        self.lives[which].catch_up()

    @rule(which=st.integers(0, 1))
    def restarts(self, which):
        """A process ends and another starts from what stands on the disk."""
        self.lives[which] = self.opened()

    @rule(which=st.integers(0, 1))
    def builds_anew(self, which):
        """An index with many dead rows is built anew."""
        self.lives[which].open(rebuild=True)

    @rule(which=shares, at=shares, bit=st.integers(0, 7))
    def damages_the_index(self, which, at, bit):
        """A byte of the snapshot is another; which one is drawn as a share, since files are as they come."""
        paths = sorted(path for path in self.settings.index_dir.rglob("*") if path.is_file())
        path = paths[int(which * len(paths))]
        data = bytearray(path.read_bytes())
        if data:
            data[int(at * len(data))] ^= 1 << bit
            path.write_bytes(data)

    @invariant()
    def the_store_holds_what_was_written(self):
        """And nothing else."""
        assert {firm.id: firm for firm in all_firms(self.database)} == self.model

    @rule(which=st.integers(0, 1), words=said)
    def searches(self, which, words):
        """However far behind an index is, its answer shows only firms as they are, and every one that fits."""
        answer = self.lives[which].answer(
            lambda engine: engine.search(words, limit=20),
            firms=lambda found: [match.firm.id for match in found.matches],
        )
        assert all(self.model.get(match.firm.id) == match.firm for match in answer.matches)
        self.lives[which].catch_up()
        found = {match.firm.id for match in self.lives[which].engine.search(words, limit=20).matches}
        assert {id for id, firm in self.model.items() if words in firm.offers[0].text} <= found


def test_store_and_index_hold_together_whatever_is_done_to_them(sqlite_template):
    machine = type("Machine", (AStore,), {"template": sqlite_template})
    run_state_machine_as_test(machine, settings=settings(max_examples=7, stateful_step_count=15, deadline=None))
