"""`khukha backup` and `khukha restore`: all that cannot be made again, in one file, while the service runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.backup.archive import ERASED, PEPPER, Manifest
from api.backup.facts import Facts
from api.backup.restoring import Preview, preview, restore
from api.backup.taking import take_backup
from api.cli.shared import AsJson, OnDemo, console, print_json, workspace

_FACTS = {
    "firms": "ราย / firms",
    "contacts": "ผู้ติดต่อ / contacts",
    "fairs": "งาน / fairs",
    "keys": "คีย์ / keys",
    "waiting": "ข้อความรอส่ง / messages to be sent",
    "changed_at": "แก้ไขล่าสุด / last change",
}

BackupFile = Annotated[Path, typer.Argument(help="แฟ้มข้อมูลสำรอง / the backup.", dir_okay=False)]


def register(app: typer.Typer) -> None:
    """Add the subcommands."""
    app.command(help="สำรองข้อมูลขณะเปิดบริการ / back up database and settings while the service runs.")(backup)
    app.command("restore", help="กู้ข้อมูลสำรอง / put a backup in place of what there is.")(restore_backup)


def backup(
    file: BackupFile,
    with_pepper: Annotated[
        bool, typer.Option("--with-pepper", help="Keys and links open the restored service on another machine too.")
    ] = False,
    as_json: AsJson = False,
    demo: OnDemo = False,
) -> None:
    """Back up the database, who was erased, and the settings without secrets."""
    space = workspace(demo=demo)
    made = take_backup(space.settings, space.database, file, pepper=with_pepper)
    if as_json:
        print_json(made)
        return
    _show(made, None)
    console.print(
        f"[green]✓[/] {file}  {file.stat().st_size / 1e6:.1f} MB\n"
        "มีข้อมูลส่วนบุคคล เก็บในที่ปลอดภัย / it holds personal data: keep it where only you can read it",
        soft_wrap=True,
    )
    if with_pepper:
        console.print("มี pepper ด้วย / the pepper is in it: who has the file can make links that open the service")
    else:
        console.print(f"ไม่มี pepper / without the pepper: keep {space.settings.pepper_path} too", soft_wrap=True)


def restore_backup(
    file: BackupFile,
    yes: Annotated[bool, typer.Option("--yes", help="ไม่ต้องถาม / do not ask.")] = False,
    only_preview: Annotated[bool, typer.Option("--preview", help="ดูก่อน ไม่เปลี่ยนอะไร / change nothing.")] = False,
    demo: OnDemo = False,
) -> None:
    """Show what restoring does, ask, and do it; what was written since the backup is gone."""
    settings = workspace(demo=demo).settings
    look = preview(settings, file)
    _show(look.manifest, look.present)
    _warn(look)
    if only_preview:
        return
    if not yes:
        typer.confirm("แทนที่ข้อมูลปัจจุบันทั้งหมด / replace all that is there now?", abort=True)
    facts = restore(settings, file)
    console.print(f"[green]✓[/] กู้แล้ว {facts.firms:,} ราย / restored: {facts.firms:,} firms", soft_wrap=True)
    console.print("ตรวจด้วย `khukha doctor` / check with `khukha doctor`")


def _show(manifest: Manifest, present: Facts | None) -> None:
    table = Table("", f"{manifest.made_at}", *(["ตอนนี้ / now"] if present else []))
    for name, label in _FACTS.items():
        cells = [getattr(facts, name) for facts in (manifest.facts, present) if facts is not None]
        table.add_row(label, *(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells))
    console.print(table)
    named = [name for name in (ERASED, PEPPER) if name in manifest.files]
    console.print(f"Khukha {manifest.khukha} · khukha.sqlite {' '.join(named)}", markup=False, soft_wrap=True)


def _warn(look: Preview) -> None:
    for name, (then, now) in look.settings.items():
        console.print(f"● {name}: {then!r} → {now!r}", markup=False, soft_wrap=True)
    if not look.keys_open:
        console.print(
            "● pepper ต่างกัน คีย์และลิงก์เดิมจะใช้ไม่ได้ กู้แฟ้ม pepper หรือออกคีย์ใหม่ / "
            "another pepper: keys and links of then will not open; bring that pepper back, or make new keys",
            markup=False,
            soft_wrap=True,
        )
    if look.manifest.facts.waiting and look.present is None:
        console.print(
            "● ข้อความที่รอส่งอาจส่งไปแล้วหลังสำรอง และจะถูกส่งอีก / "
            "messages that waited may have been sent since, and will be sent again",
            markup=False,
            soft_wrap=True,
        )
