"""`khukha gaps`: which links of the chains have demand and no supply, as a table, JSON or pictures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.cli.shared import AsJson, Language, OnDemo, ShownLanguage, console, errors, progress, workspace
from matcher.domain import Chains, Provinces, load_provinces
from matcher.domain.words import LABELS_TH
from matcher.fair.gaps import Gaps, chain_gaps

OfCluster = Annotated[str | None, typer.Argument(help="รหัสคลัสเตอร์ / code of a cluster; all where it is left out.")]
InProvince = Annotated[str | None, typer.Option("--province", help="เฉพาะกิจการในจังหวัด / only firms of a province.")]
PictureFolder = Annotated[
    Path | None, typer.Option("--picture", help="โฟลเดอร์สำหรับภาพ SVG / folder to draw each chain into, as SVG.")
]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command(help="ห่วงโซ่ขาดใคร / what the chains lack: roles sought and not offered, by cluster and province.")(gaps)


def gaps(
    cluster: OfCluster = None,
    province: InProvince = None,
    picture: PictureFolder = None,
    language: Language = ShownLanguage.TH,
    as_json: AsJson = False,
    demo: OnDemo = False,
) -> None:
    """What the chains of the catalog's firms lack."""
    space = workspace(demo=demo)
    clusters = _clusters(space.chains, cluster)
    where = _province(load_provinces(), province)
    with progress() as report:
        engine = space.engine(progress=report)
    with errors.status("อ่านความต้องการ / reading needs"):
        found = chain_gaps(engine, [firm.id for firm in engine.built.catalog.living], province=where)
    shown = found.of(cluster) if cluster else found
    if as_json:
        sys.stdout.write(shown.as_json().decode())
    elif cluster:
        console.print(_roles(shown, language))
    else:
        console.print(_summary(found, space.chains, language))
    if not as_json:
        for sentence in (*shown.missing_links, *(shown.regional if cluster else ())):
            console.print(sentence.th if language is ShownLanguage.TH else sentence.en, markup=False, soft_wrap=True)
    if picture:
        place = where or "" if language is ShownLanguage.TH else load_provinces().english(where)
        for id in clusters:
            _draw(found, space.chains, id, picture, language=language, place=place)
        errors.print(f"{len(clusters)} ภาพ / pictures → {picture}", soft_wrap=True)


def _clusters(chains: Chains, cluster: str | None) -> list[str]:
    if cluster and cluster not in chains.clusters:
        raise typer.BadParameter(f"{cluster!r} is no cluster; there are {', '.join(chains.clusters)}")
    return [cluster] if cluster else list(chains.clusters)


def _province(provinces: Provinces, name: str | None) -> str | None:
    if name is None:
        return None
    found = provinces.find(name)
    if found is None:
        raise typer.BadParameter(f"{name!r} is no province: write it as เชียงใหม่ or Chiang Mai")
    return found.th


def _draw(found: Gaps, chains: Chains, cluster: str, folder: Path, *, language: ShownLanguage, place: str) -> None:
    from api.exports.gap_picture import gap_picture  # other ways to print need no drawing

    folder.mkdir(parents=True, exist_ok=True)
    drawn = gap_picture(found, chains, cluster, language=language.value, place=place)
    (folder / f"{cluster}.svg").write_text(drawn, "utf-8")


def _summary(found: Gaps, chains: Chains, language: ShownLanguage) -> Table:
    """One line a cluster."""
    thai = language is ShownLanguage.TH
    table = Table(title="ห่วงโซ่ขาดใคร" if thai else "What the chains lack")
    heads = ("คลัสเตอร์", "บทบาทที่มีผู้หา", "ขาดผู้ขาย", "ไม่มีผู้หา", "ความต้องการ") if thai else (
        "Cluster", "Roles sought", "No seller", "Not sought", "Needs"
    )  # fmt: skip
    for at, head in enumerate(heads):
        table.add_column(head, justify="right" if at else "left")
    for cluster in chains.clusters.values():
        roles = found.of(cluster.code).roles
        figures = (
            sum(bool(role.needs) for role in roles),
            sum(role.missing for role in roles),
            sum(role.unsought for role in roles),
            sum(len(role.needs) for role in roles),
        )
        table.add_row(cluster.th if thai else cluster.en, *map(str, figures))
    return table


def _roles(found: Gaps, language: ShownLanguage) -> Table:
    """One line a role: who offers it, who looks for it, and the provinces that look in vain among their own firms."""
    thai = language is ShownLanguage.TH
    table = Table()
    heads = ("บทบาท", "ขั้น", "เสนอ", "มองหา", "จังหวัดที่มองหาแต่ไม่มีผู้ขาย") if thai else (
        "Role", "Stage", "Offer", "Seek", "Provinces that seek and have no seller"
    )  # fmt: skip
    for head in heads:
        table.add_column(head, justify="right" if head in ("เสนอ", "มองหา", "Offer", "Seek") else "left")
    provinces = load_provinces()
    for role in found.roles:
        lacking = [row.province for row in role.by_province() if row.missing]
        table.add_row(
            f"{role.role} {role.th if thai else role.en}",
            LABELS_TH[role.stage] if thai else str(role.stage),
            str(role.firms_offering),
            str(role.firms_seeking),
            ", ".join(lacking if thai else map(provinces.english, lacking)),
            style="bold red" if role.missing else "",
        )
    return table
