from __future__ import annotations

import logging
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from api import live as module
from api.errors import NotReadyError
from api.live import Live, firms_of
from api.store.changes import new_batch
from api.store.database import Database
from api.store.firms import Change, put_firms
from api.writing import import_firms, remove_firm, take_back, write_firms
from indexes.snapshot import CURRENT
from matcher.domain import load_chains
from matcher.text import load_glossary
from tests.api.fakes import FakeEncoder, a_firm, some_firms

SAID = ("ผ้าไหมมัดหมี่ย้อมคราม", "ปลากัดหม้อสีแดง", "เสื้อกีฬาพิมพ์ลาย", "กล้วยไม้ตัดดอก", "น้ำมันนวดสมุนไพร")


def me():
    return Change(new_batch(), "me")


@pytest.fixture
def make(database, data_dir):
    """Make a live index over the database, or over another one; all are stopped at the end."""
    made = []

    def live(on: Database | None = None, *, root: Path | None = None, opened: bool = True) -> Live:
        made.append(
            Live(
                on or database,
                chains=load_chains(),
                glossary=load_glossary(),
                encoder=FakeEncoder(),
                root=root or data_dir / "index",
            )
        )
        if opened:
            made[-1].open()
        return made[-1]

    yield live
    for one in made:
        one.stop()


@pytest.fixture
def other(database_url):
    """The same database, opened a second time, as another process has it."""
    opened = Database(database_url)
    yield opened
    opened.close()


only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def living(live):
    return {firm.id: firm for firm in live.engine.built.catalog.living}


def until(condition: Callable[[], object], *, within_s: float = 20.0) -> None:
    """Wait for something."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < within_s
        time.sleep(0.005)


def ask(live, text, limit=10):
    return live.answer(lambda engine: engine.search(text, limit=limit), firms=firms_of)


def test_what_another_connection_writes_is_searchable_without_a_word(database, other, make, fake_encoder):
    write_firms(database, fake_encoder, some_firms(20), me())
    live = make()
    live.start()
    new = a_firm("new", said=SAID[1])
    write_firms(other, fake_encoder, [new], me())
    until(lambda: firms_of(ask(live, SAID[1]))[:1] == ["new"])
    write_firms(other, fake_encoder, [replace(new, name_en="Changed")], me())
    until(lambda: living(live)["new"].name_en == "Changed")
    remove_firm(other, "new", me())
    until(lambda: "new" not in living(live))
    import_firms(other, fake_encoder, some_firms(5, prefix="x"), me(), replace=True)
    until(lambda: len(living(live)) == 5)


def test_what_another_process_writes_is_searchable_too(database, make):
    live = make()
    live.start()
    script = (
        "import sys\n"
        "from api.store.database import Database\n"
        "from api.store.firms import Change, put_firms\n"
        "from matcher.domain import Firm, Offer\n"
        "firm = Firm('far', 'ไกล', offers=(Offer('far/o1', 'ปลากัดหม้อสีแดง'),))\n"
        "with Database(sys.argv[1]).writing() as session:\n"
        "    put_firms(session, [firm], Change('b', 'me'), embedded=None)\n"
    )
    url = database.url.render_as_string(hide_password=False)
    subprocess.run([sys.executable, "-c", script, url], check=True)
    until(lambda: "far" in living(live))
    assert firms_of(ask(live, SAID[1])) == ["far"]


def test_a_firm_that_is_gone_or_changed_is_never_shown_though_the_index_is_behind(database, other, make, fake_encoder):
    firms = [a_firm("gone", said=SAID[0]), a_firm("changed", said=SAID[0]), *some_firms(10, said="อื่นๆ")]
    write_firms(database, fake_encoder, firms, me())
    live = make()  # nothing tails the log
    assert {"gone", "changed"} <= {*firms_of(ask(live, SAID[0]))}
    remove_firm(other, "gone", me())
    write_firms(other, fake_encoder, [replace(firms[1], name_en="Now")], me())
    assert "gone" in living(live)
    found = ask(live, SAID[0])
    assert "gone" not in firms_of(found)
    assert {match.firm.name_en for match in found.matches if match.firm.id == "changed"} == {"Now"}


def test_before_it_is_open_a_question_is_told_to_come_again(make):
    with pytest.raises(NotReadyError, match="try again"):
        make(opened=False).state  # noqa: B018


@only_sqlite
def test_a_firm_that_changes_at_every_look_is_shown_as_it_was_after_the_question_came(
    database, other, make, fake_encoder
):
    write_firms(database, fake_encoder, [a_firm("f1"), a_firm("gone")], me())
    live = make()
    remove_firm(other, "gone", me())
    written = []

    def changing(engine):
        found = engine.search(SAID[0])
        written.append(str(time.monotonic_ns()))
        write_firms(other, fake_encoder, [replace(a_firm("f1"), description=written[-1])], me())
        return found

    found = live.answer(changing, firms=firms_of)
    assert [(match.firm.id, match.firm.description) for match in found.matches] == [("f1", written[-2])]


class Walk:
    """Random changes of a catalog, each made in the database and in a dict.

    Attributes:
        firms: What the database must hold.
    """

    def __init__(self, seed, encoder):
        self.draw = random.Random(seed)
        self.encoder = encoder
        self.firms = {}

    def step(self, database, step):
        """Make one change."""
        some = {id: a_firm(id, said=f"{self.draw.choice(SAID)} {step}") for id in self.draw.sample("abcdefghij", 3)}
        self.draw.choice([self.put, self.put, self.put, self.delete, self.replace, self.undo])(database, some)

    def put(self, database, some):
        """Firms come or change."""
        write_firms(database, self.encoder, [*some.values()], me())
        self.firms |= some

    def delete(self, database, some):
        """A firm goes."""
        for id in sorted(self.firms.keys() & some.keys())[:1]:
            remove_firm(database, id, me())
            del self.firms[id]

    def replace(self, database, some):
        """The whole catalog is another."""
        import_firms(database, self.encoder, [*some.values()], me(), replace=True)
        self.firms = some

    def undo(self, database, some):
        """Firms change and are taken back."""
        batch = me()
        if write_firms(database, self.encoder, [*some.values()], batch):
            take_back(database, self.encoder, batch=batch.batch, by="me")


@pytest.mark.parametrize("seed", range(2))
def test_after_any_changes_the_index_holds_what_the_database_holds(database, other, make, fake_encoder, data_dir, seed):
    """Two connections change it at random; the index is now and then reopened, or built anew."""
    walk, live = Walk(seed, fake_encoder), make()
    for step in range(30):
        walk.step(walk.draw.choice([database, other]), step)
        chance = walk.draw.random()
        if chance < 0.1:
            live = make()
        elif chance < 0.2:
            live.open(rebuild=True)
        elif chance < 0.8:
            live.catch_up()
        if chance < 0.8:
            assert living(live) == walk.firms
            assert live.state.versions.keys() == walk.firms.keys()
    live.catch_up()
    fresh = make(root=data_dir / "fresh")
    assert living(live) == living(fresh) == walk.firms
    assert live.state.versions == fresh.state.versions
    assert live.engine.built.fingerprint == fresh.engine.built.fingerprint
    for id, firm in walk.firms.items():
        assert id in firms_of(ask(live, firm.offers[0].text))


def test_a_restart_opens_the_snapshot_and_what_changed_since(database, make, fake_encoder, data_dir):
    firms = some_firms(60)
    write_firms(database, fake_encoder, firms, me())
    make()
    snapshot = (data_dir / "index" / CURRENT).read_text()
    changed = replace(firms[3], name_en="New", offers=())
    write_firms(database, fake_encoder, [changed, a_firm("late", said=SAID[4])], me())
    remove_firm(database, firms[7].id, me())
    again, fresh = make(), make(root=data_dir / "fresh")
    assert (data_dir / "index" / CURRENT).read_text() == snapshot  # not built anew
    assert living(again) == living(fresh)
    assert again.engine.built.fingerprint == fresh.engine.built.fingerprint
    for text in (SAID[4], "ผ้าไหมลาย f020"):
        assert firms_of(ask(again, text))[:1] == firms_of(ask(fresh, text))[:1]


@only_sqlite
def test_a_database_that_was_restored_is_noticed(database, make, fake_encoder, data_dir):
    """An older copy has smaller numbers; and the same numbers again once somebody goes on from there."""
    write_firms(database, fake_encoder, some_firms(10), me())
    shown = dict(database=data_dir / "khukha.sqlite", copy=data_dir / "copy.sqlite")
    copy_database(shown["database"], shown["copy"])
    write_firms(database, fake_encoder, [a_firm("lost"), a_firm("lost2")], me())
    live = make()
    assert {"lost", "lost2"} <= living(live).keys()
    copy_database(shown["copy"], shown["database"])
    live.catch_up()
    assert living(live).keys() == {firm.id for firm in some_firms(10)}

    write_firms(database, fake_encoder, [a_firm("lost")], me())
    live.catch_up()
    copy_database(shown["copy"], shown["database"])
    write_firms(database, fake_encoder, [a_firm("other1"), a_firm("other2"), a_firm("other3")], me())
    live.catch_up()
    assert living(live).keys() == {firm.id for firm in some_firms(10)} | {"other1", "other2", "other3"}


def copy_database(source, target):
    """As `.restore` of the sqlite3 shell."""
    with sqlite.connect(source) as one, sqlite.connect(target) as two:
        one.backup(two)
    one.close()
    two.close()


@only_sqlite
@pytest.mark.parametrize("harm", ["deleted", "damaged", "no CURRENT"])
def test_an_index_folder_that_is_harmed_is_made_anew(database, make, fake_encoder, data_dir, harm):
    write_firms(database, fake_encoder, some_firms(12), me())
    live = make()
    root = data_dir / "index"
    if harm == "deleted":
        shutil.rmtree(root)
    elif harm == "damaged":
        path = next(root.glob("*/offers/flat.faiss"))
        data = bytearray(path.read_bytes())
        data[-3] ^= 1
        path.write_bytes(data)
    else:
        (root / CURRENT).unlink()
    assert len(firms_of(ask(live, SAID[0]))) == 10  # what is in memory goes on
    write_firms(database, fake_encoder, [a_firm("new", said=SAID[1])], me())
    live.catch_up()
    assert firms_of(ask(live, SAID[1]))[0] == "new"
    assert len(living(make())) == 13


@only_sqlite
def test_an_index_with_many_dead_rows_is_built_anew_while_it_is_searched(database, make, fake_encoder, data_dir):
    firms = {firm.id: firm for firm in some_firms(40)}
    write_firms(database, fake_encoder, [*firms.values()], me())
    live = make()
    live.start()
    first = (data_dir / "index" / CURRENT).read_text()
    for number in range(25):
        firm = replace(firms[f"f{number:03}"], description=f"เปลี่ยน {number}")
        firms[firm.id] = firm
        write_firms(database, fake_encoder, [firm], me())
        live.wake()
        assert ask(live, firm.offers[0].text).matches
    until(lambda: (data_dir / "index" / CURRENT).read_text() != first)
    until(lambda: living(live) == firms and live.engine.built.dead_share < 0.25)
    live.stop()
    assert living(live) == living(make()) == firms


@only_sqlite
def test_an_index_that_cannot_be_built_anew_goes_on_as_it_is(database, make, fake_encoder, monkeypatch, caplog):
    write_firms(database, fake_encoder, some_firms(4), me())
    live = make()
    opened = []

    def full(**options):
        opened.append(options)
        raise OSError("no space left on device")

    monkeypatch.setattr(live, "_opened", full)
    live.start()
    with caplog.at_level(logging.CRITICAL):
        for number in range(6):
            write_firms(database, fake_encoder, [replace(some_firms(4)[number % 4], name_en=str(number))], me())
            live.wake()
            until(lambda: number in {int(firm.name_en or -1) for firm in living(live).values()})  # noqa: B023
        until(lambda: opened)
        time.sleep(0.3)
    assert len(opened) == 1  # and it is not tried again at once
    assert len(living(live)) == 4


@only_sqlite
def test_a_log_that_cannot_be_read_for_a_while_is_read_again(database, make, fake_encoder, monkeypatch, caplog):
    monkeypatch.setattr(module, "AGAIN_S", 0.05)
    live = make()
    right, tries = module.changed_since, []

    def wrong(session, sequence):
        tries.append(time.monotonic())
        if len(tries) < 4:
            raise RuntimeError("the database is away")
        return right(session, sequence)

    monkeypatch.setattr(module, "changed_since", wrong)
    write_firms(database, fake_encoder, [a_firm("f1")], me())
    with caplog.at_level(logging.CRITICAL):
        live.wake()
        live.start()
        until(lambda: "f1" in living(live))
    assert tries[3] - tries[0] > 0.04  # with a pause between


@only_sqlite
def test_two_live_indexes_over_one_folder_do_each_other_no_harm(database, other, make, fake_encoder, data_dir):
    firms = {firm.id: firm for firm in some_firms(30)}
    write_firms(database, fake_encoder, [*firms.values()], me())
    one, two = make(), make(other)
    one.start()
    two.start()
    problems = []

    def rebuild(live):
        try:
            for _ in range(6):
                live.open(rebuild=True)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=rebuild, args=(live,)) for live in (one, two)]
    for thread in threads:
        thread.start()
    for number in range(30):
        firm = replace(firms[f"f{number:03}"], name_en=f"New {number}")
        firms[firm.id] = firm
        write_firms(database, fake_encoder, [firm], me())
    for thread in threads:
        thread.join()
    until(lambda: living(one) == living(two) == firms)
    assert problems == []
    assert living(make()) == firms


@only_sqlite
def test_answers_while_firms_come_and_go_show_only_what_was_there(database, other, make, fake_encoder):
    """Four readers and a writer: what was deleted before a question began is in no answer."""
    write_firms(database, fake_encoder, some_firms(20), me())
    live = make()
    live.start()
    deleted, ended, wrong, answers = set(), threading.Event(), [], []

    def read():
        while not ended.is_set():
            gone = set(deleted)
            try:
                found = {*firms_of(ask(live, "ผ้าไหมลาย", limit=20))}
            except NotReadyError:
                continue
            answers.append(len(found))
            wrong.extend(found & gone)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(20):
        remove_firm(other, f"f{number:03}", me())
        deleted.add(f"f{number:03}")
        write_firms(other, fake_encoder, [a_firm(f"n{number}", said=f"ผ้าไหมลาย {number}")], me())
        time.sleep(0.02)
    until(lambda: len(answers) > 20)
    ended.set()
    for reader in readers:
        reader.join()
    assert wrong == []


@only_sqlite
def test_another_model_embeds_all_firms_anew_before_it_serves(database, make, fake_encoder, data_dir):
    write_firms(database, fake_encoder, some_firms(8), me())
    before = make()
    other = Live(
        database,
        chains=load_chains(),
        glossary=load_glossary(),
        encoder=FakeEncoder(fingerprint="other", dim=8),
        root=data_dir / "index",
    )
    said = []
    other.open(progress=lambda *at: said.append(at))
    assert living(other) == living(before)
    assert other.engine.built.offers.vectors.shape == (8, 8)
    assert ("vectors", 8, 8) in said
    other.stop()


@only_sqlite
def test_firms_written_without_vectors_are_searchable_too(database, make, fake_encoder):
    live = make()
    with database.writing() as session:
        put_firms(session, [a_firm("bare", said=SAID[3])], me(), embedded=None)
    live.catch_up()
    assert firms_of(ask(live, SAID[3])) == ["bare"]
