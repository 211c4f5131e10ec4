"""`khukha privacy`, `khukha audit`, `khukha retention`: personal data, by command."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from api.cli.shared import AsJson, Language, OnDemo, ShownLanguage, console, print_json, said, workspace
from api.workspace import COMMAND_LINE, Workspace

if TYPE_CHECKING:
    from api.privacy.people import Asked
    from api.privacy.policy import Policy
    from api.store.audit import Head, Trail

ContactId = Annotated[str | None, typer.Option("--contact", help="รหัสผู้ติดต่อ / id of a contact.")]
Email = Annotated[str | None, typer.Option(help="อีเมล / an e-mail address.")]
Phone = Annotated[str | None, typer.Option(help="โทรศัพท์ / a phone number.")]
Name = Annotated[str | None, typer.Option(help="ชื่อ-นามสกุล / a full name.")]
FirmIs = Annotated[str | None, typer.Option("--firm", help="ผู้ประกอบการคนเดียว / a sole trader's firm.")]


def register(app: typer.Typer) -> None:
    """Add the subcommands."""
    group = typer.Typer(help="ข้อมูลส่วนบุคคล (PDPA) / personal data.", no_args_is_help=True)
    group.command("export", help="ทุกอย่างที่ถืออยู่เกี่ยวกับบุคคลหนึ่ง / all that is held on a person.")(export)
    group.command("erase", help="ลบบุคคลหนึ่งออกจากทุกที่ / erase a person everywhere.")(erase)
    group.command("record", help="บันทึกรายการ ม.39 (ROPA) / the record of processing.")(record_)
    app.add_typer(group, name="privacy")
    trail = typer.Typer(help="ใครเห็นข้อมูลส่วนบุคคลอะไร / who saw what.", no_args_is_help=True)
    trail.command("verify", help="ตรวจว่าบันทึกไม่ถูกแก้ / whether the trail is as it was written.")(verify)
    trail.command("show", help="ใครเห็นอะไร เมื่อไร / who saw what, by person, key and time.")(show)
    app.add_typer(trail, name="audit")
    app.command(help="ลบข้อมูลที่ครบกำหนดเก็บ / let go what was kept for long enough; shows first.")(retention)


def export(
    contact: ContactId = None,
    email: Email = None,
    phone: Phone = None,
    name: Name = None,
    firm: FirmIs = None,
    as_json: AsJson = False,
    out: Annotated[Path | None, typer.Option(help="A file to write instead.")] = None,
    language: Language = ShownLanguage.TH,
    demo: OnDemo = False,
) -> None:
    """All that is held on a person; it is written into the trail."""
    import json

    from api.privacy.holding import as_text, held_on
    from api.privacy.people import find_person
    from api.store.audit import Seen

    space, asked = workspace(demo=demo), _asked(contact, email, phone, name, firm)
    with space.database.writing() as session:
        person = find_person(session, asked)
        sections = held_on(session, space.settings, person)
        seen = Seen(COMMAND_LINE, "export", "khukha privacy export", "service", person.named, ("all",))
        _trail(space).add(session, seen)
    found = {"subjects": list(person.named), "kept_too": list(person.kept), "sections": sections}
    as_json = as_json or (out is not None and out.suffix == ".json")
    if out is None and as_json:
        print_json(found)
        return
    text = (
        json.dumps(found, ensure_ascii=False, indent=1, default=str) if as_json else as_text(sections, language.value)
    )
    if out is None:
        console.print(text, markup=False, soft_wrap=True)
        return
    out.write_text(text, "utf-8")
    console.print(f"→ {out}", markup=False, soft_wrap=True)


def erase(
    contact: ContactId = None,
    email: Email = None,
    phone: Phone = None,
    name: Name = None,
    firm: FirmIs = None,
    yes: Annotated[bool, typer.Option("--yes", help="ไม่ต้องถาม / do not ask.")] = False,
    again: Annotated[bool, typer.Option("--again", help="After a restore: erase again whoever was erased.")] = False,
    demo: OnDemo = False,
) -> None:
    """Erase a person from everything; it cannot be taken back."""
    from api.privacy.compacting import compact
    from api.privacy.erasing import Eraser, named_in
    from api.privacy.people import find_person

    space = workspace(demo=demo)
    eraser = Eraser(space.settings, space.database)
    if again:
        print_json([named_in(one) for one in eraser.erase_again(by=COMMAND_LINE)])
        if not compact(space.settings, space.database):
            raise typer.Exit(1)
        return
    asked = _asked(contact, email, phone, name, firm)
    with space.database.reading() as session:
        named = find_person(session, asked).named
    if not yes:
        typer.confirm(f"ลบ / erase {', '.join(named) or '–'} ?", abort=True)
    print_json(named_in(eraser.erase(asked, by=COMMAND_LINE)))


def record_(
    out: Annotated[Path | None, typer.Option(help="A file to write instead (.md or .json).")] = None,
    as_json: AsJson = False,
    language: Language = ShownLanguage.TH,
    demo: OnDemo = False,
) -> None:
    """The record of processing, made of the policy in force and of what is held now."""
    import json

    from api.privacy.record import as_markdown, record

    space = workspace(demo=demo)
    with space.database.reading() as session:
        found = record(session, _policy(space))
    if out is None and as_json:
        print_json(found)
        return
    as_json = as_json or (out is not None and out.suffix == ".json")
    text = json.dumps(found, ensure_ascii=False, indent=1) if as_json else as_markdown(found, language.value)
    if out is None:
        console.print(text, markup=False, soft_wrap=True)
        return
    out.write_text(text, "utf-8")
    console.print(f"→ {out}", markup=False, soft_wrap=True)


def verify(
    against: Annotated[
        str | None, typer.Option(help="NUMBER:SEAL as it was printed before and kept elsewhere.")
    ] = None,
    as_json: AsJson = False,
    demo: OnDemo = False,
) -> None:
    """Hold the trail against itself, and against what is kept of it elsewhere; ends with 1 where it is broken."""
    from api.store.audit import Anchor, head

    space = workspace(demo=demo)
    anchor = Anchor(space.settings.audit_path)
    known = _head(against) if against else anchor.read()
    with space.database.reading() as session:
        last = head(session)
        broken = list(_trail(space).broken(session, anchor=known))
    if as_json:
        told = [{"number": one.number, "kind": one.kind} for one in broken]
        print_json({"rows": last.number, "whole": not broken, "broken": told, "head": f"{last.number}:{last.seal}"})
    elif broken:
        for one in broken[:50]:
            console.print(f"✗ {one.number}: {one.kind}", style="bold red")
        console.print("บันทึกถูกแก้ ลบ สลับ หรือตัด หลังบรรทัดแรกที่บอก / the trail is not what was written from there on")
    else:
        console.print(f"✓ {last.number} บรรทัด ไม่ถูกแก้ / lines, as they were written", soft_wrap=True)
        console.print(f"จดไว้ที่อื่น / keep elsewhere: {last.number}:{last.seal}", markup=False, soft_wrap=True)
    if broken:
        raise typer.Exit(1)
    anchor.keep(last)


def show(
    contact: ContactId = None,
    email: Email = None,
    phone: Phone = None,
    name: Name = None,
    firm: FirmIs = None,
    key: Annotated[str | None, typer.Option(help="Only what this key did.")] = None,
    since: Annotated[datetime | None, typer.Option(help="As 2027-02-04 or 2027-02-04T09:00 (Bangkok).")] = None,
    until: Annotated[datetime | None, typer.Option()] = None,
    limit: Annotated[int, typer.Option(min=1)] = 200,
    as_json: AsJson = False,
    demo: OnDemo = False,
) -> None:
    """Who saw what: of a person, by a key, in a time; all of it for a breach."""
    from api.privacy import subjects
    from api.privacy.people import find_person
    from api.settings import BANGKOK
    from api.store.audit import find_audit
    from api.store.keys import list_keys

    space = workspace(demo=demo)
    of: list[str] = []
    times = [None if one is None else one.replace(tzinfo=BANGKOK) for one in (since, until)]
    with space.database.reading() as session:
        if any((contact, email, phone, name, firm)):
            of = list(find_person(session, _asked(contact, email, phone, name, firm)).named) or ["nobody:"]
            at = {one.removeprefix("participant:").rpartition("/")[0] for one in of if one[:12] == "participant:"}
            of += [subjects.fair(one) for one in sorted(at)]
        names = {row.id: row.name for row in list_keys(session)}
        rows = find_audit(session, subjects=of, by=key, since=times[0], until=times[1], limit=limit)
    if as_json:
        print_json([row.model_dump(mode="json", exclude={"previous", "seal"}) for row in rows])
        return
    table = Table("#", "เมื่อ / when", "ใคร / who", "ทำ / act", "ที่ / where", "ของ / whose", "ช่อง / fields")
    for row in rows:
        whose = ", ".join(row.subjects[:4]) + (f" +{len(row.subjects) - 4}" if len(row.subjects) > 4 else "")
        when = f"{row.at.astimezone(BANGKOK):%Y-%m-%d %H:%M:%S}"
        who = f"{row.by} {names.get(row.by, '')}"
        table.add_row(str(row.number), when, who, row.act, row.route, whose, ", ".join(row.fields))
    console.print(table)


def retention(
    apply: Annotated[bool, typer.Option("--apply", help="ลบตามนี้ / let it go; only shown without.")] = False,
    as_json: AsJson = False,
    language: Language = ShownLanguage.TH,
    demo: OnDemo = False,
) -> None:
    """What has been kept for long enough; the worker lets it go by itself once a day."""
    from api.privacy.retention import Retention

    space = workspace(demo=demo)
    policy = _policy(space)
    keeping = Retention(space.settings, space.database, policy)
    found = keeping.apply(by=COMMAND_LINE) if apply else keeping.preview()
    if as_json:
        print_json([{"kind": one.kind, "before": one.before, "count": one.count} for one in found])
        return
    table = Table("ข้อมูล / data", "วัน / days", "ก่อน / before", "ลบแล้ว / gone" if apply else "จะลบ / would go")
    for one in found:
        rule = policy.kinds[one.kind]
        table.add_row(said(rule.label, language), str(rule.days), f"{one.before:%Y-%m-%d}", f"{one.count:,}")
    console.print(table)


def _asked(contact: str | None, email: str | None, phone: str | None, name: str | None, firm: str | None) -> Asked:
    from api.privacy.people import Asked

    if not any((contact, email, phone, name, firm)):
        raise typer.BadParameter("say who: --contact, --email, --phone, --name or --firm")
    return Asked(contact_id=contact, email=email, phone=phone, name=name, firm_id=firm)


def _trail(space: Workspace) -> Trail:
    from api.store.audit import Trail
    from api.store.keys import read_pepper

    return Trail(read_pepper(space.settings.pepper_path))


def _policy(space: Workspace) -> Policy:
    from api.privacy.policy import load_policy

    return load_policy(space.settings.privacy_policy)


def _head(text: str) -> Head:
    from api.store.audit import Head

    number, _, seal = text.partition(":")
    if not number.isdecimal() or not seal:
        raise typer.BadParameter("give NUMBER:SEAL as `khukha audit verify` printed it")
    return Head(int(number), seal)
