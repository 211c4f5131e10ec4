"""`khukha search`, `khukha match`, `khukha buyers`: the three questions the engine answers."""

from __future__ import annotations

from typing import Annotated

import typer

from api.answers import answer_data
from api.cli.shared import AsJson, Language, OnDemo, ShownLanguage, console, print_json, progress, workspace
from api.cli.show import print_answer
from matcher.domain import Stage
from matcher.engine import Answer, Engine, Filters

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=100, help="How many matches at most.")]
Clusters = Annotated[list[str] | None, typer.Option("--cluster", help="Only this cluster (may be repeated).")]
Stages = Annotated[list[Stage] | None, typer.Option("--stage", help="Only this stage (may be repeated).")]
Places = Annotated[list[str] | None, typer.Option("--province", help="Only this province, any name of it.")]
Papers = Annotated[list[str] | None, typer.Option("--certificate", help="Must hold it today.")]


def register(app: typer.Typer) -> None:
    """Add the subcommands."""
    app.command(help="ค้นหาด้วยคำของผู้ซื้อ / search with a buyer's words, Thai or English.")(search)
    app.command(help="หาคู่ให้ความต้องการที่บันทึกไว้ / who can answer a stored need.")(match)
    app.command(help="ใครน่าจะซื้อสินค้านี้ / who would buy an offer.")(buyers)


def search(
    text: str,
    cluster: Clusters = None,
    stage: Stages = None,
    province: Places = None,
    certificate: Papers = None,
    limit: Limit = 5,
    language: Language = ShownLanguage.TH,
    as_json: AsJson = False,
    demo: OnDemo = False,
) -> None:
    """Search with a buyer's words."""
    engine = _engine(demo)
    filters = _filters(engine, cluster, stage, province, certificate)
    _print(engine.search(text, filters=filters, limit=limit), language, as_json)


def match(
    need: Annotated[str, typer.Argument(help="Id of a need, as sport-d01/n1.")],
    cluster: Clusters = None,
    stage: Stages = None,
    province: Places = None,
    certificate: Papers = None,
    limit: Limit = 5,
    language: Language = ShownLanguage.TH,
    as_json: AsJson = False,
    demo: OnDemo = False,
) -> None:
    """Answer a stored need."""
    engine = _engine(demo)
    filters = _filters(engine, cluster, stage, province, certificate)
    _print(engine.match(need, filters=filters, limit=limit), language, as_json)


def buyers(
    offer: Annotated[str, typer.Argument(help="Id of an offer, as sport-d01/o1.")],
    limit: Limit = 5,
    language: Language = ShownLanguage.TH,
    as_json: AsJson = False,
    demo: OnDemo = False,
) -> None:
    """Who would buy an offer."""
    _print(_engine(demo).buyers_for(offer, limit=limit), language, as_json)


def _engine(demo: bool) -> Engine:
    with progress() as report:
        return workspace(demo=demo).engine(progress=report)


def _filters(
    engine: Engine,
    clusters: list[str] | None,
    stages: list[Stage] | None,
    provinces: list[str] | None,
    certificates: list[str] | None,
) -> Filters:
    known = engine.built.roles.chains.clusters
    for code in clusters or []:
        if code not in known:
            raise typer.BadParameter(f"{code!r} is no cluster; there are {', '.join(known)}")
    places = []
    for name in provinces or []:
        found = engine.provinces.find(name)
        if found is None:
            raise typer.BadParameter(f"{name!r} is no province; write its Thai or English name")
        places.append(found.th)
    return Filters(
        clusters=frozenset(clusters or ()),
        stages=frozenset(stages or ()),
        provinces=frozenset(places),
        certificates=frozenset(engine.certificates.canonical(name) for name in certificates or ()),
    )


def _print(answer: Answer, language: ShownLanguage, as_json: bool) -> None:
    if as_json:
        print_json(answer_data(answer))
    else:
        print_answer(console, answer, language)
