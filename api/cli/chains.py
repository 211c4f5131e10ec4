"""`khukha chains`: check, show and use the clusters' chains."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.cli.shared import Language, ShownLanguage, console, workspace
from matcher.domain import Chains, Stage, load_chains
from matcher.domain.words import LABELS_TH
from matcher.engine import Catalog, Roles
from matcher.engine.coverage import Coverage, coverage
from matcher.text import normalise_query


def register(app: typer.Typer) -> None:
    """Add the subcommands."""
    group = typer.Typer(help="ห่วงโซ่ของคลัสเตอร์ / the clusters' value chains.", no_args_is_help=True)
    group.command(help="ตรวจไฟล์ห่วงโซ่ / check a chains file.")(check)
    group.command(help="แสดงบทบาทและเส้นทาง / show roles and edges of a cluster.")(show)
    group.command(help="คำนี้คือบทบาทใด / which role some words mean, and how sure that is.")(place)
    app.add_typer(group, name="chains")
    app.command("coverage", help="แต่ละบทบาทมีผู้ขายและผู้ต้องการกี่ราย / supply and demand by cluster.")(cover)


def check(file: Path) -> None:
    """Check a chains file; an error names its line."""
    chains = load_chains(file)
    roles = sum(len(cluster.roles) for cluster in chains.clusters.values())
    edges = sum(len(buyers) for buyers in chains.sells_to.values())
    console.print(f"ถูกต้อง / fine: {len(chains.clusters)} clusters, {roles} roles, {edges} edges")


def show(cluster: str, language: Language = ShownLanguage.TH) -> None:
    """Roles of a cluster and whom they sell to."""
    chains = workspace().chains
    _known(chains, cluster)
    thai = language is ShownLanguage.TH
    for role in chains.clusters[cluster].roles.values():
        buyers = sorted(chains.sells_to.get(role.key, ()))
        names = ", ".join(code if other == cluster else f"{other}/{code}" for other, code in buyers)
        stage = LABELS_TH[role.stage] if thai else role.stage
        console.print(f"{role.code:4} {stage:10} {role.th if thai else role.en}" + (f"  → {names}" if names else ""))


def place(
    words: str,
    cluster: Annotated[str | None, typer.Option(help="Code of the cluster, if known.")] = None,
    stage: Annotated[Stage | None, typer.Option(help="Stage, if known.")] = None,
) -> None:
    """Which role some words mean."""
    space = workspace()
    if cluster:
        _known(space.chains, cluster)
    roles = Roles(space.chains, space.encoder)
    guess = roles.nearest(space.encoder.passages([normalise_query(words)])[0], cluster=cluster, stage=stage)
    console.print(
        f"{guess.role.cluster}/{guess.role.code} {guess.role.th} / {guess.role.en} — "
        f"มั่นใจ / sureness {guess.sureness:.2f}"
    )


def cover(language: Language = ShownLanguage.TH) -> None:
    """Supply and demand of every cluster, by stage."""
    space = workspace()
    console.print(coverage_table(coverage(Catalog(space.firms()), space.chains), language))


def coverage_table(rows: list[Coverage], language: ShownLanguage) -> Table:
    """One line a cluster: firms, provinces, offers and needs by stage, stages without supply."""
    thai = language is ShownLanguage.TH
    table = Table(title="ห่วงโซ่ทั้งเจ็ด" if thai else "The chains")
    stages = [LABELS_TH[stage] if thai else str(stage) for stage in Stage]
    for name in ("คลัสเตอร์", "ราย", "จังหวัด", *stages, "ไม่มีผู้ขาย") if thai else (
        "Cluster", "Firms", "Provinces", *stages, "No supply"
    ):  # fmt: skip
        table.add_column(name, justify="left" if name in ("คลัสเตอร์", "Cluster") else "right")
    for row in rows:
        cells = [f"{row.offers[stage]}/{row.needs[stage]}" for stage in Stage]
        gaps = [LABELS_TH[stage] if thai else str(stage) for stage in row.gaps]
        name = row.cluster.th if thai else row.cluster.en
        table.add_row(name, str(row.firms), str(row.provinces), *cells, ", ".join(gaps) or "–")
    table.caption = "ตัวเลขในขั้น: สินค้า/ความต้องการ" if thai else "Numbers in a stage: offers/needs"
    return table


def _known(chains: Chains, cluster: str) -> None:
    if cluster not in chains.clusters:
        raise typer.BadParameter(f"{cluster!r} is no cluster; there are {', '.join(chains.clusters)}")
