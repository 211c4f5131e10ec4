"""A firm's public profile."""

from __future__ import annotations

from typing import Any

from fastapi.responses import HTMLResponse

from api.pages.asked import Asked
from api.pages.both import both, page_router
from api.pages.rendering import Speech, page
from api.pages.searching import certificate_text, cluster_text, province_text
from api.pages.visiting import Reader, Visitor
from api.settings import BANGKOK
from api.store.firms import get_firm
from api.store.tables import now
from matcher.domain import Firm, Need, Offer, load_certificates

router = page_router()

Data = dict[str, Any]


@both(router, "/firms/{id:path}")
def firm_page(visitor: Reader, id: str) -> HTMLResponse:
    """A firm; from the database, so that one just deleted is gone here too."""
    with visitor.here.database.reading() as session:
        firm = get_firm(session, id).firm
    return page(visitor, "firm.html", path=f"/firms/{id}", **firm_view(visitor, firm))


def firm_view(visitor: Visitor, firm: Firm) -> Data:
    """All that a firm's page shows; people to talk to are never part of a firm."""
    language = visitor.language
    return {
        "firm": firm,
        "names": {"name_th": firm.name_th, "name_en": firm.name_en},
        "own": firm.id == visitor.firm_id,
        "province": province_text(firm.province_th, language),
        "positions": list(dict.fromkeys(_place(visitor, p.cluster, p.stage, p.role) for p in firm.positions)),
        "certificates": [_certificate(visitor, one) for one in firm.certificates],
        "offers": [_offer(visitor, offer) for offer in firm.offers],
        "needs": [_need(visitor, need) for need in firm.needs],
    }


def _place(visitor: Visitor, cluster: str | None, stage: str | None, role: str | None) -> str:
    """Cluster, stage and role in words."""
    t = Speech(visitor.language)
    known = visitor.here.chains.role(cluster, role)
    named = (known.th if visitor.language == "th" else known.en) if known else role
    return " · ".join(filter(None, (cluster_text(visitor, cluster or ""), t.label(stage) if stage else "", named)))


def _certificate(visitor: Visitor, one: Any) -> Data:
    t = Speech(visitor.language)
    holds = one.holds_on(now().astimezone(BANGKOK).date())
    until = t("until" if holds else "expired", date=t.day(one.expires)) if one.expires else ""
    return {"text": certificate_text(one.code, visitor.language), "number": one.number, "holds": holds, "until": until}


def _offer(visitor: Visitor, offer: Offer) -> Data:
    t = Speech(visitor.language)
    price = (
        t("price_thb", n=f"{offer.price_thb:,.10g}") if isinstance(offer.price_thb, (int, float)) else offer.price_thb
    )
    days = t("days", n=offer.lead_time_days) if isinstance(offer.lead_time_days, int) else offer.lead_time_days
    facts = [("price", price), ("moq", offer.moq), ("lead_time", days), ("capacity", offer.capacity)]
    return {
        "text": offer.text,
        "place": _place(visitor, offer.cluster, offer.stage, offer.role),
        "facts": [(name, str(value)) for name, value in facts if value],
        "url": Asked(offer=offer.id).url(visitor.language),
    }


def _need(visitor: Visitor, need: Need) -> Data:
    t = Speech(visitor.language)
    codes = [load_certificates().canonical(code) for code in need.must_certificates]
    facts = [
        ("seeking", t.label(need.seeking) if need.seeking else None),
        ("volume", need.volume),
        ("must_certificates", ", ".join(certificate_text(code, visitor.language) for code in codes)),
        ("deliver_to", need.deliver_to),
        ("partnership", need.partnership),
    ]
    return {
        "text": need.text,
        "place": _place(visitor, need.cluster, need.stage_sought, need.role_sought),
        "facts": [(name, str(value)) for name, value in facts if value],
        "url": Asked(need=need.id).url(visitor.language),
    }
