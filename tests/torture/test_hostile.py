"""The hostile files' short form: the worst of them, both ways in and over HTTP."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.jobs.work import Worker
from api.store.keys import Role
from tests.api.test_pages import open_site, running_site
from tests.torture.hostile import FILES, Tried, rows, tried

WORST = ("shared-text.xlsx", "sparse.xlsx", "entities.xlsx")
SMALL = [name for name in FILES if name not in {"shared-texts.xlsx", "bomb.xlsx", "one-cell.csv", "open-quote.csv"}]


def test_the_worst_files_are_read_or_refused_within_time_and_memory(tmp_path):
    found = list(tried(tmp_path, {name: FILES[name] for name in WORST}))
    assert len(found) == 2 * len(WORST)
    (row,) = rows(found, limit_s=5, limit_mb=300)
    assert row.kept, row.reached


def test_a_file_that_dies_or_takes_too_much_breaks_the_promise():
    fine = Tried("a", "catalog", "read", 1, 10)
    assert rows([fine], limit_s=5, limit_mb=300)[0].kept
    for bad in (
        Tried("b", "catalog", "", 0, 0),
        Tried("b", "catalog", "read", 6, 1),
        Tried("b", "catalog", "x", 1, 301),
    ):
        (row,) = rows([fine, bad], limit_s=5, limit_mb=300)
        assert not row.kept
        assert row.reached.startswith("b as catalog")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    app, settings, encoder = open_site(tmp_path_factory.mktemp("hostile"))
    with TestClient(app):
        yield running_site(app, settings, encoder)


def test_over_http_every_hostile_file_is_answered_in_words_and_the_service_stays(site, tmp_path):
    organiser = TestClient(site.app, headers={"Authorization": f"Bearer {site.key(Role.ORGANISER)}"})
    session = {"id": "am", "day": "2027-02-04", "start": "09:00", "slots": 2, "slot_minutes": 30}
    fair = {"id": "hostile", "name_th": "งาน", "tables": 1, "sessions": [session]}
    assert organiser.post("/v1/fairs", json=fair).status_code == 201
    worker = Worker(site.settings, site.running.database)
    worker.encoder = site.encoder
    for name in SMALL:
        FILES[name](tmp_path / name)
        upload = {"file": (name, (tmp_path / name).read_bytes())}
        job = organiser.post("/v1/imports", files=upload, data={"preview": "true"})
        assert job.status_code == 202, name
        worker.run(job.json()["id"])
        ended = organiser.get(job.headers["location"]).json()
        assert ended["state"] in {"done", "failed"}, (name, ended)
        assert ended["result"] or ended["problem"]["th"], (name, ended)
        if not name.endswith(".jsonl"):
            answer = organiser.post("/v1/fairs/hostile/registration", files=upload, data={"preview": "true"})
            assert answer.status_code in {200, 422}, (name, answer.text[:300])
            assert "detail_th" in answer.json() or answer.json()["problems"] or answer.json()["warnings"], (
                name,
                answer.text[:300],
            )
    assert organiser.get("/readyz").json()["state"] == "ready"
    assert organiser.get("/v1/fairs/hostile/participants").json()["items"] == []
