"""`khukha serve`, `work`, `keys`, `doctor`: running the service and looking after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Annotated

import typer
from rich.table import Table

from api.cli.shared import AsJson, Language, OnDemo, ShownLanguage, console, print_json, progress, workspace
from api.doctor import examine
from api.findings import Finding, Level
from api.settings import Settings
from api.store.fairs import Deed
from api.store.keys import Role, list_keys, make_key, read_pepper, revoke_key, rotate_key
from api.store.tables import now
from api.workspace import COMMAND_LINE, Workspace

DEMO_KEY = "demo"
RESTART_S = 2.0
_MARKS = {Level.FINE: "[green]✓[/]", Level.NOTE: "[yellow]●[/]", Level.FAULT: "[bold red]✗[/]"}


def register(app: typer.Typer) -> None:
    """Add the subcommands."""
    app.command(help="เปิดบริการ / serve the pages and the API.")(serve)
    app.command(help="ทำงานเบื้องหลัง / run jobs and send messages; `serve` starts one by itself.")(work)
    app.command(help="ตรวจสุขภาพของระบบ / compare database, log, index and model; says what to do.")(doctor)
    group = typer.Typer(help="คีย์ของ API / API keys.", no_args_is_help=True)
    group.command("new", help="ออกคีย์ใหม่ แสดงครั้งเดียว / make a key; it is shown once.")(new_key)
    group.command("list", help="คีย์ทั้งหมด / all keys.")(all_keys)
    group.command("rotate", help="เปลี่ยนรหัสลับของคีย์ / a new secret; the former one opens for a while.")(rotate)
    group.command("end", help="ยกเลิกคีย์ / end a key at once.")(end_key)
    app.add_typer(group, name="keys")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 takes requests from other machines.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer.")] = 1,
    jobs: Annotated[bool, typer.Option("--jobs/--no-jobs", help="Run jobs too.")] = True,
    demo: OnDemo = False,
) -> None:
    """Serve the pages and the API until stopped."""
    import uvicorn

    from api.web.patience import raise_limits, serving_options

    raise_limits()
    if demo:
        os.environ["MATCHER_DEMO"] = "1"
        os.environ.setdefault("MATCHER_PUBLIC_PAGES", "1")
    space = workspace()
    if demo:
        from api.fairs.demo import put_demo_fair  # what plans fairs takes a moment to load

        with progress() as report:
            space.put_demo(progress=report)
        put_demo_fair(space.database, space.firms(), Deed(COMMAND_LINE))
    key = _first_key(space, demo=demo)
    console.print(f"Khukha คู่ค้า  http://{host}:{port}/  ·  API http://{host}:{port}/docs", soft_wrap=True)
    if key:
        console.print(f"คีย์ผู้จัดงาน / organiser's key: [bold]{key}[/]", soft_wrap=True)
    else:
        console.print("ใช้คีย์ที่มีอยู่ หรือออกใหม่ด้วย `khukha keys new` / use a key you have, or make one")
    space.database.close()
    signal.signal(signal.SIGTERM, _end)  # which uvicorn raises again once it has ended: the jobs must end too
    with _jobs(wanted=jobs):
        uvicorn.run(
            "api.web.app:create_app",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            **serving_options(),
        )


def work(demo: OnDemo = False) -> None:
    """Run jobs, and send what the outbox holds, until stopped."""
    from api.fairs.clock import ticking
    from api.fairs.links import Links
    from api.jobs.queue import Queue
    from api.jobs.work import Worker
    from api.outbox.sender import Sender

    settings = Settings(demo=True) if demo else Settings()
    space = Workspace(settings)
    worker = Worker(settings, space.database)
    links = Links(read_pepper(settings.pepper_path), settings.public_url)
    with Sender.of(settings, space.database).running(), ticking(space.database, links, settings=settings):
        Queue(database_url=settings.database, path=settings.queue_path, run=worker.run).work(space.database)


def doctor(language: Language = ShownLanguage.TH, as_json: AsJson = False, demo: OnDemo = False) -> None:
    """Look at everything that must fit together; ends with 1 where something does not."""
    findings = examine(workspace(demo=demo))
    if as_json:
        print_json([{"level": one.level, "code": one.code, "th": one.th, "en": one.en} for one in findings])
    else:
        for one in findings:
            console.print(f"{_MARKS[one.level]} ", end="")
            console.print(_said(one, language), markup=False, soft_wrap=True)
    if any(one.level is Level.FAULT for one in findings):
        raise typer.Exit(1)


def new_key(
    name: Annotated[str, typer.Argument(help="Whose it is.")],
    role: Annotated[Role, typer.Option()] = Role.ORGANISER,
    firm: Annotated[str | None, typer.Option(help="Id of the firm, for a firm's key.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="How long it is valid; for ever if not given.")] = None,
    demo: OnDemo = False,
) -> None:
    """Make a key."""
    space = workspace(demo=demo)
    with space.database.writing() as session:
        made = make_key(
            session,
            role=role,
            name=name,
            firm_id=firm,
            pepper=read_pepper(space.settings.pepper_path),
            expires_at=now() + timedelta(days=days) if days else None,
        )
    console.print(made.text, markup=False)


def all_keys(demo: OnDemo = False) -> None:
    """All keys, newest first."""
    table = Table("id", "role", "name", "firm", "made", "valid until")
    with workspace(demo=demo).database.reading() as session:
        for row in list_keys(session):
            until = "ended" if row.revoked_at else f"{row.expires_at:%Y-%m-%d}" if row.expires_at else "–"
            table.add_row(row.id, row.role, row.name, row.firm_id or "", f"{row.made_at:%Y-%m-%d}", until)
    console.print(table)


def rotate(
    id: str,
    hours: Annotated[
        int, typer.Option(min=0, max=720, help="How long the former secret opens too; 0: not at all.")
    ] = 24,
    demo: OnDemo = False,
) -> None:
    """Give a key a new secret; it is shown once."""
    space = workspace(demo=demo)
    with space.database.writing() as session:
        pepper = read_pepper(space.settings.pepper_path)
        made = rotate_key(session, id, pepper=pepper, both_for=timedelta(hours=hours))
    console.print(made.text, markup=False)


def end_key(id: str, demo: OnDemo = False) -> None:
    """End a key at once."""
    with workspace(demo=demo).database.writing() as session:
        revoke_key(session, id)
    console.print(f"ยกเลิกแล้ว / ended: {id}")


def _first_key(space: Workspace, *, demo: bool) -> str | None:
    """A new organiser's key where there is none, or always for the demo, whose former one ends; else None."""
    with space.database.writing() as session:
        valid = [row for row in list_keys(session) if row.role == Role.ORGANISER and row.revoked_at is None]
        for row in valid if demo else ():
            if row.name == DEMO_KEY:
                revoke_key(session, row.id)
        if valid and not demo:
            return None
        pepper = read_pepper(space.settings.pepper_path)
        return make_key(session, role=Role.ORGANISER, name=DEMO_KEY if demo else "first", pepper=pepper).text


def _end(_signal: int, _frame: FrameType | None) -> None:
    """End as a program does, so that what stands in `finally` is done."""
    sys.exit()


@contextmanager
def _jobs(*, wanted: bool) -> Iterator[None]:
    """A process that runs jobs, started again where it ends: a file it reads may be what ends it."""
    ended = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def keep() -> None:
        while not ended.is_set():
            running[:] = [subprocess.Popen([sys.executable, "-m", "api.cli", "work"])]
            running[0].wait()
            ended.wait(RESTART_S)

    thread = threading.Thread(target=keep, name="jobs", daemon=True)
    if wanted:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for process in running:
            process.terminate()
        if wanted:
            thread.join()


def _said(finding: Finding, language: ShownLanguage) -> str:
    return finding.th if language is ShownLanguage.TH else finding.en
