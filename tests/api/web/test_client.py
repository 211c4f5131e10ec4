"""A client that a public generator makes from our description works, with types."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from uuid import uuid4

import pytest
import uvicorn

from api.settings import Settings
from api.store.keys import Role, make_key
from api.web.app import create_app
from tests.api.fakes import FakeEncoder
from tests.api.web.conftest import opened

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def package(service, tmp_path_factory):
    """The generated package's name; it is importable."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_text(json.dumps(service.client.get("/openapi.json").json()), "utf-8")
    name = "khukha_client"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--path", folder / "openapi.json"),
            *("--output-path", folder / name, "--meta", "none", "--fail-on-warning"),
        ],
        env=os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in (done.stdout + done.stderr).lower(), done.stdout
    sys.path.insert(0, str(folder))
    yield name
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server of its own on a port of its own, and an organiser's key for it."""
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("served"), _env_file=None), encoder=FakeEncoder())
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    opened(app)
    running = app.state.running
    with running.database.writing() as session:
        key = make_key(session, role=Role.ORGANISER, name="client", pepper=running.pepper).text
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", key
    server.should_exit = True
    thread.join()


def test_every_call_is_in_the_generated_client(service, package):
    spec = service.client.get("/openapi.json").json()
    for calls in spec["paths"].values():
        for call in calls.values():
            module = importlib.import_module(f"{package}.api.{call['tags'][0].replace(' ', '_')}.{call['operationId']}")
            assert callable(module.sync_detailed)


def test_the_generated_client_creates_a_firm_files_a_request_and_reads_the_answer(package, address):
    url, key = address
    with importlib.import_module(package).AuthenticatedClient(base_url=url, token=key) as client:
        use(package, client)


def use(package, client):
    """Everything an integrator does first."""
    models = importlib.import_module(f"{package}.models")

    def call(name: str, **arguments):
        return importlib.import_module(f"{package}.api.{name}").sync_detailed(client=client, **arguments)

    offer = models.OfferIO(
        text="ผ้าไหมมัดหมี่ย้อมคราม", cluster="thai_textile", stage=models.Stage.MIDSTREAM, price_thb=2500
    )
    firm_id = f"กลุ่ม/ทอผ้า?{uuid4().hex[:6]}"
    body = models.FirmIn(id=firm_id, name_th="กลุ่มทอผ้า", province_th="ขอนแก่น", offers=[offer])
    made = call("firms.create_firm", body=body)
    assert made.status_code == 201
    assert isinstance(made.parsed, models.FirmOut)
    assert made.parsed.id == firm_id
    assert made.parsed.offers[0].stage is models.Stage.MIDSTREAM
    assert made.parsed.offers[0].price_thb == 2500
    assert made.parsed.updated_at.utcoffset() is not None
    assert call("firms.read_firm", id=firm_id).parsed == made.parsed
    assert call("firms.list_firms").parsed.items == [made.parsed]

    need = call("needs.create_need", body=models.NeedIn(firm_id=firm_id, text="เส้นไหม"))
    assert isinstance(need.parsed, models.NeedOut)
    changed = call(
        "needs.replace_need", id=need.parsed.id, body=models.NeedIO(text="ไหมยืน"), if_match=need.headers["etag"]
    )
    assert changed.parsed.text == "ไหมยืน"

    brief = models.MatchRequestIn(text="หาผ้าไหมมัดหมี่", limit=5)
    filed = call("match_requests.create_match_request", body=brief, idempotency_key="once")
    assert isinstance(filed.parsed, models.MatchRequestOut)
    assert isinstance(filed.parsed.answer, models.AnswerOut)
    assert [match.firm.id for match in filed.parsed.answer.matches] == [firm_id]
    match = filed.parsed.answer.matches[0]
    assert match.offer.text == offer.text
    assert match.evidence.reason.th
    assert call("match_requests.read_match_request", id=filed.parsed.id).parsed == filed.parsed

    found = call("search.search", q="ผ้าไหม", stage=[models.Stage.MIDSTREAM], limit=3)
    assert isinstance(found.parsed, models.SearchOut)
    assert call("lists.list_provinces").parsed[0].lat > 0
    file = importlib.import_module(f"{package}.types").File
    with Path(__file__).open("rb") as content:
        upload = models.BodyStartImport(file=file(payload=content, file_name="firms.csv"), preview=True)
        assert isinstance(call("jobs.start_import", body=upload).parsed, models.JobOut)

    gone = call("firms.delete_firm", id=firm_id)
    assert gone.status_code == 204
    missing = call("firms.read_firm", id=firm_id)
    assert isinstance(missing.parsed, models.ProblemOut)
    assert missing.parsed.code == "not_found"
    assert missing.parsed.detail_th
