"""A service that stands still under attack: uvicorn on loopback, a planned fair, a key of every role.

The model is a fake one: what is tried here are the ways in, not the answers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from api.jobs.work import Worker
from api.settings import Settings
from api.store.database import open_database
from api.store.firms import Change
from api.store.keys import Role, make_key
from api.web.app import create_app
from api.web.describing import Api
from api.web.running import Running
from api.writing import import_firms
from matcher.domain import Firm
from matcher.exchange import read_catalog
from tests.api.fakes import FakeEncoder

CATALOG = Path(__file__).parents[2] / "api" / "demo_catalog" / "firms.jsonl"
FAIR, OTHER_FAIR = "standing", "elsewhere"
_SET_UP: dict[str, Any] = {
    "name_th": "งานทดสอบ",
    "sessions": [{"id": "am", "day": "2027-02-04", "start": "09:00", "slots": 6, "slot_minutes": 30}],
    "tables": 8,
}


@dataclass
class Standing:
    """A service that stands.

    Attributes:
        keys: By role.
        planned: Whether its first fair has a timetable.
        firms: Those of the catalog; the first is that of the firm's key, and takes part in both fairs.
    """

    url: str
    app: Api
    running: Running
    worker: Worker
    keys: dict[Role, str]
    firms: tuple[Firm, ...]
    planned: bool

    def ask(self, method: str, path: str, *, role: Role | None = Role.ORGANISER, **rest: Any) -> httpx.Response:
        """A request with a role's key."""
        headers = {} if role is None else {"Authorization": f"Bearer {self.keys[role]}"}
        return httpx.request(method, self.url + path, headers=headers, timeout=60, **rest)

    def got(self, method: str, path: str, **rest: Any) -> Any:
        """The same, answered well; a job is run to its end."""
        answer = self.ask(method, path, **rest)
        assert answer.status_code < 300, (path, answer.status_code, answer.text)
        said = answer.json() if answer.content else None
        if answer.status_code == 202:
            self.worker.run((said.get("job") or said)["id"])
        return said


@contextmanager
def standing(folder: Path, *, firms: int = 12, planned: bool = True) -> Iterator[Standing]:
    """Serve some firms of the demo catalog, with two fairs, the first of them planned and published.

    Args:
        folder: For its data.
        firms: How many.
        planned: Whether the first fair has a timetable and a publication too.
    """
    settings = Settings(data_dir=folder, rate="100000000/minute", webhook_private=True, _env_file=None)
    encoder, some = FakeEncoder(), read_catalog(CATALOG).firms[:firms]
    database = open_database(settings.database)
    import_firms(database, encoder, some, Change("standing", "test"))
    database.close()
    app = create_app(settings, encoder=encoder)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, name="standing")
    thread.start()
    try:
        running = _opened(server, app)
        worker = Worker(settings, running.database)
        vars(worker)["encoder"] = encoder
        address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        service = Standing(address, app, running, worker, _keys(running, some), some, planned)
        set_up(service)
        yield service
    finally:
        server.should_exit = True
        thread.join()


def set_up(service: Standing) -> None:
    """Bring firms, keys and both fairs to where they were at the beginning, whoever ended or deleted them."""
    database, encoder = service.running.database, service.worker.encoder
    import_firms(database, encoder, service.firms, Change("standing", "test"), replace=True)
    service.running.live.wake()
    service.keys = _keys(service.running, service.firms)
    for id in (FAIR, OTHER_FAIR):
        service.ask("DELETE", f"/v1/fairs/{id}", params={"even_if_published": True})
        service.got("POST", "/v1/fairs", json=_SET_UP | {"id": id})
        for firm in _taking_part(service.firms, id):
            service.got("PUT", f"/v1/fairs/{id}/participants/{firm.id}", json={"address": f"{firm.id}@example.com"})
        service.got("POST", f"/v1/fairs/{id}/lists", json={})
    if service.planned:
        service.got("POST", f"/v1/fairs/{FAIR}/timetable")
        service.got("POST", f"/v1/fairs/{FAIR}/publications")


def _taking_part(firms: Sequence[Firm], fair: str) -> list[Firm]:
    half = len(firms) // 2
    return [firms[0], *(firms[1:half] if fair == FAIR else firms[half:])]


def _keys(running: Running, firms: Sequence[Firm]) -> dict[Role, str]:
    with running.database.writing() as session:
        return {
            role: make_key(
                session,
                role=role,
                name=f"standing {role}",
                firm_id=firms[0].id if role is Role.FIRM else None,
                pepper=running.pepper,
            ).text
            for role in Role
        }


def _opened(server: uvicorn.Server, app: Any) -> Running:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        running = getattr(app.state, "running", None) if server.started else None
        if running is not None and running.live_or_none is not None:
            return running
        time.sleep(0.02)
    raise TimeoutError("the service did not open")
