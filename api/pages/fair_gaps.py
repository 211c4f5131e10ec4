"""What each cluster's chain lacks: links that are sought and not offered, as a picture and as tables."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from sqlmodel import Session

from api.errors import UnknownValueError
from api.exports.gap_picture import gap_picture
from api.pages.both import both, page_router
from api.pages.fair_common import Data, in_words, name_of_fair
from api.pages.rendering import page
from api.pages.searching import cluster_text, province_text
from api.pages.visiting import Organiser, Visitor
from api.store.fairs import list_fairs, load_fair
from matcher.domain import load_provinces
from matcher.engine import Engine
from matcher.fair.gaps import Gaps, RoleGap, chain_gaps

router = page_router()

KEPT = 12
"""Reports that are kept: one takes seconds, and lasts until the index changes."""
_kept: OrderedDict[tuple[object, ...], Gaps] = OrderedDict()
_making = threading.Lock()

Words = Annotated[str, Query(max_length=80)]


@both(router, "/gaps")
def gaps_page(visitor: Organiser, fair: Words = "", cluster: Words = "", province: Words = "") -> HTMLResponse:
    """Demand and supply along the chain of one cluster, among all firms or those of a fair."""
    chains = visitor.here.chains
    code = cluster or next(iter(chains.clusters))
    if code not in chains.clusters:
        raise UnknownValueError(field="cluster", value=code, known=tuple(chains.clusters))
    engine = visitor.here.live.engine
    with visitor.here.database.reading() as session:
        fairs = [(row.id, name_of_fair(row, visitor.language)) for row in list_fairs(session)]
        ids = _firms(session, fair) if fair else [one.id for one in engine.built.catalog.living]
    found = _gaps(visitor, engine, ids, province)
    own = found.of(code)
    view: Data = {
        "fairs": fairs,
        "fair_id": fair,
        "cluster": code,
        "cluster_name": cluster_text(visitor, code),
        "clusters": [(one, cluster_text(visitor, one)) for one in chains.clusters],
        "province": province,
        "provinces": [(one.th, province_text(one.th, visitor.language)) for one in load_provinces().by_th.values()],
        "picture": Markup(gap_picture(found, chains, code, language=visitor.language)),  # noqa: S704 - an SVG of ours, its words escaped
        "missing": [in_words(one, visitor.language) for one in own.missing_links],
        "regional": [in_words(one, visitor.language) for one in own.regional],
        "roles": _roles(visitor, own),
        "unplaced": found.unplaced,
    }
    query = [("fair", fair), ("cluster", cluster), ("province", province)]
    path = "/gaps?" + "&".join(f"{name}={value}" for name, value in query if value)
    return page(visitor, "fair_gaps.html", path=path.rstrip("?"), **view)


def _gaps(visitor: Visitor, engine: Engine, ids: Sequence[str], province: str) -> Gaps:
    """The report of some firms, made once for each state of the index."""
    state = visitor.here.live.state
    key = (state.mark, state.sequence, frozenset(ids), province)
    with _making:
        if key not in _kept:
            there = {one.id for one in engine.built.catalog.living}
            _kept[key] = chain_gaps(engine, [id for id in ids if id in there], province=province or None)
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        return _kept[key]


def _firms(session: Session, fair_id: str) -> list[str]:
    """Ids of those who take part in a fair.

    Raises:
        MissingError: there is no such fair.
    """
    return [one.firm_id for one in load_fair(session, fair_id).participants]


def _roles(visitor: Visitor, gaps: Gaps) -> list[Data]:
    def row(gap: RoleGap) -> Data:
        return {
            "name": gap.en if visitor.language == "en" else gap.th,
            "stage": gap.stage,
            "seeking": gap.firms_seeking,
            "offering": gap.firms_offering,
            "state": "missing" if gap.missing else "unsought" if gap.unsought else "",
        }

    return [row(gap) for gap in gaps.roles]
