"""What was kept for long enough goes, each kind after its own days; what is needed stays."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from api.errors import PolicyError
from api.privacy.policy import Kind, load_policy
from api.privacy.record import as_markdown, record
from api.privacy.retention import Retention
from api.settings import Settings
from api.store.audit import Trail, find_audit
from api.store.changes import FORGOTTEN, before_batch, last_batch
from api.store.consents import Word, add_consent, list_consents, standing
from api.store.contacts import list_contacts
from api.store.fair_tables import ParticipantRow
from api.store.keys import read_pepper
from api.store.privacy_tables import ConsentRow
from api.store.tables import ChangeRow, ContactRow, now
from tests.api.fairs.small import ID
from tests.api.privacy.planted import EMAIL, planted

END = datetime(2030, 2, 5, tzinfo=UTC)


@pytest.fixture
def there(data_dir, database_url, database, fake_encoder):
    settings = Settings(data_dir=data_dir, database_url=database_url, _env_file=None)
    read_pepper(settings.pepper_path)
    return planted(settings, database, fake_encoder)


def keeping(there):
    return Retention(there.settings, there.database, load_policy())


def due(there, at):
    return {one.kind: one.count for one in keeping(there).preview(at=at)}


def person(there, firm="f000"):
    with there.database.reading() as session:
        row = session.get(ParticipantRow, (ID, firm))
        return row.delegates, row.address


def test_nothing_of_a_fair_that_is_to_come_goes(there):
    found = due(there, now())
    assert {kind for kind, count in found.items() if count} == set()


def test_each_kind_goes_on_its_own_day_after_the_fair(there):
    days = {Kind.DELEGATES: 90, Kind.ADDRESS: 90, Kind.OUTCOME_NOTE: 365, Kind.MEETING_MESSAGE: 90}
    for kind, n in days.items():
        assert due(there, END + timedelta(days=n - 1))[kind] == 0
        assert due(there, END + timedelta(days=n + 1))[kind] > 0


def test_a_contact_stays_while_its_firm_has_a_fair_ahead_and_loses_its_phone_before_its_name(there):
    old = now() - timedelta(days=3_000)
    with there.database.writing() as session:
        session.execute(update(ContactRow).values(updated_at=old))
    assert due(there, now())[Kind.CONTACT] == 0
    at = END + timedelta(days=200)
    keeping(there).apply(by="clock", at=at)
    with there.database.reading() as session:
        row = list_contacts(session, "f000")[0]
        assert (row.phone, row.line_id) == (None, None)
        assert row.email is not None
    keeping(there).apply(by="clock", at=END + timedelta(days=370))
    with there.database.reading() as session:
        assert list_contacts(session, "f000") == []


def test_what_is_applied_is_what_was_shown_and_a_second_time_there_is_nothing(there):
    at = END + timedelta(days=100)
    shown = keeping(there).preview(at=at)
    done = keeping(there).apply(by="clock", at=at)
    assert [(one.kind, one.count) for one in done] == [(one.kind, one.count) for one in shown]
    assert person(there) == ([], None)
    assert not (there.settings.files_dir / "fairs" / ID).exists()
    again = {one.kind for one in keeping(there).preview(at=at) if one.count}
    assert again <= {Kind.JOB_FILES, Kind.AUDIT}, "young files may be being written; the trail keeps its last line"
    with there.database.reading() as session:
        assert {row.act for row in find_audit(session)} == {"forget"}, "what was before is old by then"
        assert list(Trail(read_pepper(there.settings.pepper_path)).broken(session)) == []


def test_former_profiles_go_and_taking_that_batch_back_leaves_the_firm_alone(there):
    with there.database.reading() as session:
        batch = last_batch(session)
    keeping(there).apply(by="clock", at=now() + timedelta(days=400))
    with there.database.reading() as session:
        kept = [row.before for row in session.execute(ChangeRow.__table__.select())]
        assert set(map(str, kept)) <= {"None", str(FORGOTTEN)}
        firms, absent, left = before_batch(session, batch)
        assert (firms, absent) == ([], [])
        assert left


def test_old_uploads_go_and_new_ones_stay(there):
    old, new = there.settings.files_dir / "old.csv", there.settings.files_dir / "new.csv"
    for path in (old, new):
        path.write_text("x")
    long_ago = (now() - timedelta(days=31)).timestamp()
    os.utime(old, (long_ago, long_ago))
    keeping(there).apply(by="clock")
    assert (old.exists(), new.exists()) == (False, True)


def test_the_outbox_forgets_texts_and_addresses(there):
    keeping(there).apply(by="clock", at=now() + timedelta(days=31))
    from tests.api.fairs.small import deliveries

    assert all(row.body is None and row.address != EMAIL for row in deliveries(there.database))


def test_the_record_of_processing_says_what_the_policy_says(there):
    with there.database.reading() as session:
        found = record(session, load_policy())
    assert {one["kind"] for one in found["kinds"]} == set(Kind)
    for language in ("th", "en"):
        text = as_markdown(found, language)
        assert all(one["label"][language] in text for one in found["kinds"])
        assert all(one["basis"][language] in text for one in found["purposes"])
    assert found["figures"]["contacts"] == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "controller"),
        ("nonsense", "Decode"),
        ("days = 90", "controller"),
    ],
)
def test_a_policy_that_cannot_be_used_says_why(tmp_path, text, says):
    path = tmp_path / "policy.toml"
    path.write_text(text)
    with pytest.raises(PolicyError, match=says):
        load_policy(path)


def test_a_policy_with_other_days_is_another_policy(tmp_path):
    from api.privacy.policy import BUILT_IN

    path = tmp_path / "policy.toml"
    path.write_text(BUILT_IN.read_text("utf-8").replace("days = 180", "days = 30"), "utf-8")
    assert load_policy(path).kinds[Kind.CONTACT_PHONE].days == 30
    path = tmp_path / "loose.toml"
    path.write_text(BUILT_IN.read_text("utf-8").replace('purpose = "sharing"', 'purpose = "selling"', 1), "utf-8")
    with pytest.raises(PolicyError, match="no purpose"):
        load_policy(path)


def test_a_last_word_stands_however_old_it_is(there):
    policy = load_policy()
    policy = replace(policy, kinds={**policy.kinds, Kind.CONSENT: replace(policy.kinds[Kind.CONSENT], days=30)})
    word = Word("k", "link", "messages-1")
    with there.database.writing() as session:
        session.execute(delete(ConsentRow))
        for subject, given in (("contact:a", True), ("contact:a", False), ("contact:b", True)):
            add_consent(session, subject, "messages", given=given, word=word)
    Retention(there.settings, there.database, policy).apply(by="clock", at=now() + timedelta(days=31))
    with there.database.reading() as session:
        assert standing(session, ["contact:a", "contact:b"], "messages") == {"contact:a": False, "contact:b": True}
        assert [row.given for row in list_consents(session, ["contact:a"])] == [False]
