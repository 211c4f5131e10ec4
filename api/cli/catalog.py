"""`khukha import`, `export`, `template`, `undo`, `index`: the catalog in and out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from api.cli.shared import Language, ShownLanguage, console, progress, workspace
from api.writing import all_firms
from matcher.domain import Firm
from matcher.exchange import (
    Imported,
    Problem,
    load_mapping,
    read_catalog,
    write_catalog,
    write_rejected,
    write_template,
)

SHOWN = 20
"""Problems printed; the rest stands in the rejects file."""


def register(app: typer.Typer) -> None:
    """Add the subcommands."""
    app.command("import", help="นำเข้าแคตตาล็อก / import .jsonl, .csv or .xlsx; bad rows are reported.")(load)
    app.command(help="ส่งออกแคตตาล็อก / write the catalog as .jsonl, .csv or .xlsx.")(export)
    app.command(help="แบบฟอร์มเปล่าสำหรับผู้ออกร้าน / an empty exhibitor sheet to fill in.")(template)
    app.command(help="ย้อนการนำเข้าครั้งล่าสุด / take back the last change of the catalog.")(undo)
    app.command(help="สร้างดัชนี / build the index now, not at the first search.")(index)


def load(
    file: Path,
    mapping: Annotated[Path | None, typer.Option(help="TOML file for other people's headers.")] = None,
    rejects: Annotated[Path | None, typer.Option(help="Where rejected rows go; beside the input if not given.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="The file is the whole catalog.")] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would happen.")] = False,
    language: Language = ShownLanguage.TH,
) -> None:
    """Import a catalog; firms of the same id are replaced, others stay."""
    space = workspace()
    with progress() as report:
        found = read_catalog(
            file,
            mapping=load_mapping(mapping) if mapping else None,
            chains=space.chains,
            progress=lambda done, total: report("rows", done, total),
        )
    before = {firm.id: firm for firm in all_firms(space.database)}
    _report(found, before, file, language)
    if replace:
        kept = {firm.id for firm in found.firms}
        console.print(f"ลบ {sum(id not in kept for id in before):,} รายที่ไม่อยู่ในแฟ้ม / firms not in the file go")
    if not preview:
        if found.rejected:
            path = rejects or file.with_name(f"{file.stem}.rejected{file.suffix}")
            write_rejected(found, path)
            console.print(f"แถวที่ไม่ผ่าน แก้แล้วนำเข้าใหม่ได้ / mend and import again: {path}", soft_wrap=True)
        if not found.firms:
            console.print("ไม่มีแถวใดผ่าน แคตตาล็อกเหมือนเดิม / no row went in; the catalog is as before")
            raise typer.Exit(2)
        with progress() as report:
            space.put(found.firms, replace=replace, progress=report)
        console.print("เก็บแล้ว ย้อนได้ด้วย `khukha undo` / saved; `khukha undo` takes it back")


def export(file: Path) -> None:
    """Write the catalog."""
    firms = workspace().firms()
    write_catalog(firms, file)
    console.print(f"{len(firms):,} ราย / firms → {file}", soft_wrap=True)


def template(file: Path) -> None:
    """Write an empty exhibitor sheet."""
    write_template(file, chains=workspace().chains)
    console.print(f"แบบฟอร์ม / template → {file}", soft_wrap=True)


def undo() -> None:
    """Take the last change back; once more brings it again."""
    space = workspace()
    done = space.take_back()
    console.print(
        f"คืนค่า {len(done.firms):,} ราย แคตตาล็อกมี {len(all_firms(space.database)):,} ราย / "
        f"{len(done.firms):,} firms are as before, firms in the catalog now"
    )
    if done.left:
        console.print(f"แก้ไขหลังจากนั้นจึงไม่แตะ / changed since, left as they are: {', '.join(done.left)}")


def index() -> None:
    """Build the index."""
    with progress() as report:
        built = workspace().engine(rebuild=True, progress=report).built
    catalog = built.catalog
    console.print(
        f"{catalog.n_firms:,} ราย {catalog.n_offers:,} สินค้า {catalog.n_needs:,} ความต้องการ / "
        f"firms, offers, needs indexed ({built.fingerprint})"
    )


def _report(found: Imported, before: dict[str, Firm], file: Path, language: ShownLanguage) -> None:
    changed = sum(firm.id in before and before[firm.id] != firm for firm in found.firms)
    new = sum(firm.id not in before for firm in found.firms)
    console.print(
        f"{file.name}: อ่าน {found.rows_in:,} แถว ไม่ผ่าน {found.rows_rejected:,} — ใหม่ {new:,} ราย "
        f"แก้ไข {changed:,} ราย / rows read, rejected — new, changed firms"
    )
    for title, problems in (("ไม่ผ่าน / rejected", found.problems), ("เตือน / warning", found.warnings)):
        _list(title, problems, language)


def _list(title: str, problems: tuple[Problem, ...], language: ShownLanguage) -> None:
    kinds = Counter(problem.kind for problem in problems)
    for problem in problems[:SHOWN]:
        console.print(f"  [yellow]{title}[/] ", end="")
        console.print(problem.say(language.value), markup=False, soft_wrap=True)
    if len(problems) > SHOWN:
        rest = ", ".join(f"{kind} × {count:,}" for kind, count in kinds.most_common())
        console.print(f"  [yellow]{title}[/] … {len(problems):,}: {rest}", soft_wrap=True)
