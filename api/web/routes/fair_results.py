"""What came of a fair's meetings, and what the chains of its firms lack."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import Path, Query, Response
from fastapi.responses import JSONResponse

from api import asking
from api.errors import MissingError
from api.exports import file_stem
from api.exports.gap_picture import gap_picture
from api.fairs.outcomes import outcome_report, report_csv, report_workbook, tell, told_of
from api.store.fairs import fair_row, load_fair
from api.store.keys import Caller, Role
from api.store.meetings import list_outcomes
from api.store.tables import now
from api.web.access import ORGANISER, OWNERS, READERS, In, allow, keyed_router
from api.web.fairs import FairPath, deed_of, page_of, see_fair, sentence
from api.web.files import CSV, SVG, XLSX, files
from api.web.headers import Responses
from api.web.refusals import refused
from api.web.routes.firms import Cursor, Limit
from api.web.running import Running
from api.web.schemas import (
    DifferenceOut,
    GapsOut,
    GroupOut,
    OutcomeIn,
    OutcomeOut,
    OutcomeReportOut,
    Page,
    Str,
    SumsOut,
)
from matcher.domain import load_provinces
from matcher.fair.gaps import Gaps, chain_gaps
from matcher.fair.outcomes import Difference, Group, OutcomeReport, Sums, Told

router = keyed_router(prefix="/v1")

Organiser = Annotated[Caller, allow(*ORGANISER)]
Owner = Annotated[Caller, allow(*OWNERS)]
Reader = Annotated[Caller, allow(*READERS)]
Language = Annotated[Literal["th", "en"], Query(description="Of what is not JSON.")]
InProvince = Annotated[Str | None, Query(max_length=80, description="Only firms of it; any usual name.")]
OfFair = Annotated[Str | None, Query(max_length=80, description="Only firms that take part in this fair.")]

_REPORT: Responses = {200: {"model": OutcomeReportOut, "content": files(XLSX, CSV)[200]["content"]}}


@router.put("/fairs/{id}/outcomes", tags=["outcomes"])
def replace_outcome(here: In, caller: Owner, id: FairPath, body: OutcomeIn) -> OutcomeOut:
    """Say what came of a meeting. A firm's key tells for its own firm, an organiser for itself or for a firm."""
    told = Told(
        first=body.firm_id,
        second=body.other_id,
        by=_teller(here, caller, id, body),
        outcome=body.outcome,
        at=now(),
        expected_thb=body.expected_thb,
        actual_thb=body.actual_thb,
        note=body.note or "",
    )
    tell(here.database, id, told, deed_of(caller, told.by))
    return _told_out(told)


@router.get("/fairs/{id}/outcomes", tags=["outcomes"])
def list_fair_outcomes(
    here: In,
    caller: Owner,
    id: FairPath,
    firm_id: Annotated[Str | None, Query(max_length=80, description="Only of this firm's meetings.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[OutcomeOut]:
    """What was told, in the order it was; a firm's key reads what its own firm told."""
    with here.database.reading() as session:
        see_fair(session, caller, id)
        told = [told_of(row) for row in list_outcomes(session, id, firm_id=caller.firm_id or firm_id)]
    if caller.role is Role.FIRM:
        told = [one for one in told if one.by == caller.firm_id and firm_id in (None, *one.pair)]
    found, next_ = page_of(told, cursor=cursor, limit=limit, name=lambda one: (*one.pair, one.by or ""))
    return Page(items=[_told_out(one) for one in found], next_cursor=next_)


@router.get("/fairs/{id}/outcomes/report", tags=["outcomes"], response_model=OutcomeReportOut, responses=_REPORT)
def read_outcome_report(
    here: In,
    _caller: Organiser,
    id: FairPath,
    format: Annotated[Literal["json", "xlsx", "csv"], Query()] = "json",
    language: Language = "th",
) -> Response:
    """Pairs that met and their baht, in all and by cluster, province, day and firm."""
    with here.database.reading() as session:
        row = fair_row(session, id)
        title = row.name_en if language == "en" else row.name_th
        found = outcome_report(session, id, here.chains)
    if format == "json":
        return JSONResponse(_report_out(found).model_dump(mode="json"))
    name = f"{file_stem(id)}-outcomes.{format}"
    data = (
        report_csv(found, language)
        if format == "csv"
        else report_workbook(found, language, title=title, at=row.made_at)
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=CSV if format == "csv" else XLSX, headers=headers)


@router.get("/chain-gaps", tags=["chain gaps"], response_model=GapsOut, responses=refused(404))
def read_chain_gaps(
    here: In,
    _caller: Reader,
    cluster: Annotated[Str | None, Query(max_length=80, description="Only of this cluster, by its code.")] = None,
    province: InProvince = None,
    fair: OfFair = None,
) -> Response:
    """Roles that are sought and not offered, or offered and not sought, and the edges on which demand waits."""
    known = asking.known_cluster(cluster, chains=here.chains)
    found = _gaps(here, province=province, fair=fair)
    return JSONResponse(json.loads((found.of(known) if known else found).as_json()))


@router.get("/chain-gaps/{cluster}.svg", tags=["chain gaps"], response_class=Response, responses=files(SVG))
def read_chain_picture(
    here: In,
    _caller: Reader,
    cluster: Annotated[Str, Path(max_length=80, examples=["agritech"])],
    language: Language = "th",
    province: InProvince = None,
    fair: OfFair = None,
) -> Response:
    """A cluster's chain as a picture: who offers, who looks for what, and which links are missing."""
    if cluster not in here.chains.clusters:
        raise MissingError(kind="cluster", id=cluster)
    found = _gaps(here, province=province, fair=fair)
    known = asking.known_province(province)
    place = (known or "") if language == "th" else load_provinces().english(known)
    drawn = gap_picture(found, here.chains, cluster, language=language, place=place)
    return Response(drawn, media_type=SVG)


def _gaps(here: Running, *, province: str | None, fair: str | None) -> Gaps:
    engine = here.live.engine
    ids = [firm.id for firm in engine.built.catalog.living]
    if fair is not None:
        with here.database.reading() as session:
            ids = [one.firm_id for one in load_fair(session, fair).participants]
    return chain_gaps(engine, ids, province=asking.known_province(province))


def _teller(here: Running, caller: Caller, fair_id: str, body: OutcomeIn) -> str | None:
    """Who tells; a firm's key is its own firm, and knows of no others' meetings.

    Raises:
        MissingError: it is not the caller's fair, firm or meeting.
    """
    with here.database.reading() as session:
        see_fair(session, caller, fair_id)
    if caller.role is not Role.FIRM:
        return body.by
    pair = (body.firm_id, body.other_id)
    if caller.firm_id not in pair or body.by not in (None, caller.firm_id):
        raise MissingError(kind="meeting", id=f"{min(pair)} {max(pair)}")
    return caller.firm_id


def _told_out(told: Told) -> OutcomeOut:
    first, second = told.pair
    return OutcomeOut(
        first=first,
        second=second,
        by=told.by,
        outcome=told.outcome,
        expected_thb=told.expected_thb,
        actual_thb=told.actual_thb,
        note=told.note or None,
        at=told.at,
    )


def _report_out(found: OutcomeReport) -> OutcomeReportOut:
    return OutcomeReportOut(
        fair_id=found.fair_id,
        rule=sentence(found.rule),
        total=_sums_out(found.total),
        clusters=[_group_out(one) for one in found.clusters],
        provinces=[_group_out(one) for one in found.provinces],
        days=[_group_out(one) for one in found.days],
        firms=[_group_out(one) for one in found.firms],
        differences=[_difference_out(one) for one in found.differences],
        without_meeting=[list(pair) for pair in found.without_meeting],
    )


def _group_out(group: Group) -> GroupOut:
    return GroupOut(id=group.id, name=sentence(group.name), sums=_sums_out(group.sums))


def _sums_out(sums: Sums) -> SumsOut:
    return SumsOut(**asdict(sums), share_answered=sums.share_answered)


def _difference_out(one: Difference) -> DifferenceOut:
    expected, actual = one.counted_thb
    return DifferenceOut(
        first=one.pair[0],
        second=one.pair[1],
        about=list(one.about),
        first_says=_told_out(one.first),
        second_says=_told_out(one.second),
        counted_expected_thb=expected,
        counted_actual_thb=actual,
    )
