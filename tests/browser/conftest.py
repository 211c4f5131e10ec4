"""A live server over the demo catalog and a real Chromium that must stay silent."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn

from api.jobs.work import Worker
from api.settings import Settings
from api.store.database import open_database
from api.store.firms import Change
from api.store.jobs import unfinished
from api.store.keys import Role, make_key
from api.web.app import create_app
from api.web.running import Running
from api.writing import import_firms

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}


@dataclass
class Served:
    """A running site."""

    url: str
    running: Running
    worker: Worker

    def key(self, role: Role = Role.ORGANISER, firm_id: str | None = None) -> str:
        """A new key."""
        with self.running.database.writing() as session:
            return make_key(session, role=role, name="ทดสอบ", pepper=self.running.pepper, firm_id=firm_id).text

    def work(self) -> None:
        """Run the jobs that wait."""
        with self.running.database.reading() as session:
            waiting = unfinished(session)
        for id in waiting:
            self.worker.run(id)


@dataclass
class Heard:
    """What a browser said and asked for."""

    console: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Nothing unexpected was said, and nothing outside was asked for."""
        unexpected = [line for line in self.console if not any(part in line for part in self.expected)]
        assert not unexpected
        assert {urlsplit(url).hostname for url in self.asked if not url.startswith(("data:", "blob:"))} <= {"127.0.0.1"}


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """The browser; its event loop runs in this thread, where no other test may find it."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine (looked for chromium, chromium-browser, google-chrome)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(chromium, encoder, demo_firms, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo catalog, served on a free port of this machine; reading pages are open."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("site"),
        public_pages=True,
        sign_in_rate="1000000/minute",
        rate="100000/minute",
        _env_file=None,
    )
    database = open_database(settings.database)
    import_firms(database, encoder, demo_firms, Change(batch="demo", by="test"))
    database.close()
    app = create_app(settings, encoder=encoder)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    running = wait_for(lambda: getattr(app.state, "running", None))
    wait_for(lambda: running.failed or running.live_or_none)
    assert running.failed is None
    worker = Worker(settings, running.database)
    worker.encoder = encoder
    yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", running, worker)
    server.should_exit = True
    thread.join(timeout=20)
    listening.close()


@pytest.fixture
def browse(chromium, site: Served) -> Iterator[Callable[..., Any]]:
    """Open a page in a fresh browser profile; at the end its console must have been silent."""
    opened = []

    @contextmanager
    def closing() -> Iterator[None]:
        yield
        for context, heard in opened:
            context.close()
            heard.check()

    def open_page(path: str = "/", *, key: str = "", **options: Any):
        context = chromium.new_context(viewport=options.pop("viewport", DESK), base_url=site.url, **options)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.heard = heard = Heard()
        page.on("console", lambda message: heard.console.append(f"{message.type} {message.text}"))
        page.on("pageerror", lambda error: heard.console.append(str(error)))
        page.on("request", lambda request: heard.asked.append(request.url))
        opened.append((context, heard))
        if key:
            page.goto("/signin")
            page.locator("#key").fill(key)
            page.locator("main button").click()
            page.wait_for_url(site.url + "/")
        page.goto(path)
        return page

    with closing():
        yield open_page


def wait_for(what: Callable[[], Any], *, timeout_s: float = 60) -> Any:
    """What comes within a time."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come in time")
