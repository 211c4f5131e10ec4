from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import delete, select
from sqlmodel import col

from api.store.firms import Change, put_firms
from api.store.tables import FirmRow, VectorRow
from api.store.vectors import (
    FIRMS_AT_ONCE,
    StoredVectors,
    count_without,
    embed_missing,
    put_vectors,
    vector_key,
    vectors_of,
)
from api.writing import import_firms, write_firms
from matcher.engine.build import texts_of
from tests.api.fakes import FakeEncoder, a_firm, some_firms

ME = Change("b1", "me")


def rows(database):
    with database.reading() as session:
        return {(row.firm_id, row.model, row.key): row.data for row in session.execute(select(VectorRow)).scalars()}


def expected(encoder, firms):
    return {
        (firm.id, encoder.fingerprint, vector_key(prompt, text)): encoder.encode([text], prompt=prompt)[0].tobytes()
        for firm in firms
        for prompt, text in texts_of(firm)
    }


def test_a_key_is_the_hash_of_prompt_and_text():
    assert vector_key("query", "ผ้า") == hashlib.sha256("query\0ผ้า".encode()).hexdigest()[:32]
    assert vector_key("query", "ผ้า") != vector_key("passage", "ผ้า")


def test_each_text_of_a_firm_is_stored_with_its_key_model_and_vector(database, fake_encoder):
    firms = some_firms(3)
    write_firms(database, fake_encoder, firms, ME)
    assert rows(database) == expected(fake_encoder, firms)
    other = replace(firms[0], description="อย่างอื่น", needs=())
    write_firms(database, fake_encoder, [other], ME)
    assert rows(database) == expected(fake_encoder, [other, *firms[1:]])  # those it no longer says are gone


def test_only_texts_that_are_new_are_encoded(database, fake_encoder):
    firms = some_firms(3)
    write_firms(database, fake_encoder, firms, ME)
    texts = {text for firm in firms for text in texts_of(firm)}
    assert sorted(fake_encoder.asked) == sorted(texts)  # each once
    fake_encoder.asked.clear()
    write_firms(database, fake_encoder, firms, ME)
    assert fake_encoder.asked == []
    other = replace(firms[0], description="อย่างอื่น")
    write_firms(database, fake_encoder, [other], ME)
    assert sorted(fake_encoder.asked) == sorted({*texts_of(other)} - texts)
    fake_encoder.asked.clear()
    with database.reading() as session:
        source = StoredVectors(session)
        wanted = [text for prompt, text in texts_of(other) if prompt == "passage"]
        found = source.encode(fake_encoder, [*wanted, "ใหม่", wanted[0], "ใหม่"], prompt="passage")
        nothing = source.encode(fake_encoder, [], prompt="passage")
    assert fake_encoder.asked == [("passage", "ใหม่")]
    assert nothing.shape == (0, fake_encoder.dim)
    np.testing.assert_array_equal(found, fake_encoder.passages([*wanted, "ใหม่", wanted[0], "ใหม่"]))


def test_another_model_encodes_every_firm_anew_and_goes_on_where_it_stopped(database, fake_encoder):
    firms = some_firms(2 * FIRMS_AT_ONCE + 30)
    import_firms(database, fake_encoder, firms, ME)
    other = FakeEncoder(fingerprint="other", dim=8)
    with database.reading() as session:
        assert count_without(session, model="fake") == 0
        assert count_without(session, model="other") == len(firms)

    def stop(done, total):
        assert total == len(firms)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed_missing(database, other, progress=stop)
    with database.reading() as session:
        assert count_without(session, model="other") == len(firms) - FIRMS_AT_ONCE
    half = len(other.asked)
    assert embed_missing(database, other) == len(firms) - FIRMS_AT_ONCE
    assert len(other.asked) > half
    assert sorted(other.asked) == sorted({text for firm in firms for text in texts_of(firm)})  # none twice
    assert rows(database) == expected(other, firms)
    assert embed_missing(database, other) == 0
    with database.reading() as session:
        assert set(session.execute(select(FirmRow.embedded)).scalars()) == {"other"}


def test_a_firm_that_changes_while_it_is_encoded_is_left_to_whoever_changed_it(database, fake_encoder):
    one, two = some_firms(2)
    with database.writing() as session:
        put_firms(session, [one, two], ME, embedded=None)
    changed = replace(one, description="เปลี่ยนระหว่างทาง")

    class Meanwhile(FakeEncoder):
        def encode(self, texts, *, prompt, progress=None):
            """As `Encoder.encode`."""
            if not self.asked:
                write_firms(database, fake_encoder, [changed], Change("b2", "you"))
            return super().encode(texts, prompt=prompt)

    embed_missing(database, Meanwhile())
    assert rows(database) == expected(fake_encoder, [changed, two])
    with database.reading() as session:
        assert count_without(session, model="fake") == 0


def test_firms_whose_vectors_are_gone_get_them_again(database, fake_encoder):
    """Whatever took them: what a firm says of itself is not trusted, its rows are."""
    firms = some_firms(3)
    write_firms(database, fake_encoder, firms, ME)
    with database.writing() as session:
        session.execute(delete(VectorRow).where(col(VectorRow.firm_id) == firms[1].id))
    assert embed_missing(database, fake_encoder) == 1
    assert rows(database) == expected(fake_encoder, firms)


def test_texts_that_firms_share_are_encoded_once_and_stored_with_each(database, fake_encoder):
    one, two = a_firm("f1"), a_firm("f2")
    with database.reading() as session:
        vectors = vectors_of(session, fake_encoder, [one, two])
    with database.writing() as session:
        put_firms(session, [one, two], ME, embedded="fake")
        put_vectors(session, [one, two], vectors, model="fake")
    assert len(fake_encoder.asked) == len({*texts_of(one), *texts_of(two)}) < len(texts_of(one)) + len(texts_of(two))
    assert rows(database) == expected(fake_encoder, [one, two])
