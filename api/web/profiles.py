"""Between the API's shapes and the catalog's firms."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from api.errors import IdTakenError, MissingError, RefusedFirmError, UnknownValueError
from api.store.firms import StoredFirm
from api.web.schemas import CertificateIO, FirmIn, FirmOut, NeedIO, NeedOut, OfferIO, OfferOut, PositionIO
from matcher.domain import Chains, Firm, Need, Offer
from matcher.exchange import as_object, read_object
from matcher.exchange.firms import part_id


def firm_of(body: FirmIn, *, chains: Chains, id: str | None = None) -> Firm:
    """The firm that a body means.

    Args:
        body: As sent.
        chains: Whose clusters are known.
        id: Its address, where it has one already; the body may leave it out but not contradict it.

    Raises:
        RefusedFirmError: it has problems.
        IdTakenError: two of its offers, or two of its needs, have the same id.
        UnknownValueError: the body names another id than its address.
    """
    if id is not None and body.id is not None and body.id != id:
        raise UnknownValueError(field="id", value=body.id, known=(id,))
    return firm_of_data(body.model_dump(mode="json") | ({} if id is None else {"id": id}), chains=chains)


def firm_of_data(data: dict[str, Any], *, chains: Chains) -> Firm:
    """The firm of an object in the catalog format; raises as `firm_of`."""
    found = read_object(data, name="request", chains=chains)
    left_out = tuple(one for one in found.warnings if one.column == "juristic_id")
    if problems := found.problems or left_out:
        raise RefusedFirmError(problems)
    firm = found.firms[0]
    for kind, ids in (("offer", [one.id for one in firm.offers]), ("need", [one.id for one in firm.needs])):
        for id in ids:
            if ids.count(id) > 1:
                raise IdTakenError(kind=kind, id=id)
    return firm


def firm_out(stored: StoredFirm) -> FirmOut:
    """A stored firm in the API's shape."""
    firm = stored.firm
    return FirmOut(
        id=firm.id,
        name_th=firm.name_th,
        name_en=firm.name_en,
        province_th=firm.province_th,
        size=firm.size,
        description=firm.description,
        juristic_id=firm.juristic_id,
        certificates=[
            CertificateIO(code=one.code, number=one.number, expires=one.expires) for one in firm.certificates
        ],
        positions=[PositionIO(cluster=one.cluster, stage=one.stage, role=one.role) for one in firm.positions],
        offers=[OfferIO(**_plain(one)) for one in firm.offers],
        needs=[NeedIO(**_plain(one)) for one in firm.needs],
        version=stored.version,
        updated_at=stored.updated_at,
    )


def offer_out(offer: Offer, firm_id: str) -> OfferOut:
    """A stored offer in the API's shape."""
    return OfferOut(firm_id=firm_id, **_plain(offer))


def need_out(need: Need, firm_id: str) -> NeedOut:
    """A stored need in the API's shape."""
    return NeedOut(firm_id=firm_id, **_plain(need))


def with_part(firm: Firm, kind: str, part: dict[str, Any] | None, *, id: str | None) -> dict[str, Any]:
    """The firm as an object, with one of its offers or needs put, replaced or taken out.

    Args:
        firm: As stored.
        kind: `offers` or `needs`.
        part: What to put; None takes the one of this id out.
        id: Which one; None adds one.

    Raises:
        MissingError: the firm has none of this id.
    """
    data = as_object(firm)
    parts: list[dict[str, Any]] = data[kind]
    if id is not None and all(one["id"] != id for one in parts):
        raise MissingError(kind=kind.removesuffix("s"), id=id)
    if id is None:
        assert part is not None
        parts.append(part | {"id": part.get("id") or free_id(firm, kind)})
    elif part is None:
        data[kind] = [one for one in parts if one["id"] != id]
    else:
        data[kind] = [part | {"id": id} if one["id"] == id else one for one in parts]
    return data


def free_id(firm: Firm, kind: str) -> str:
    """An id for a new offer or need that none of the firm's has, as `<firm>/o4`."""
    taken = {offer.id for offer in firm.offers} | {need.id for need in firm.needs}
    letter = kind[0]
    number = 1
    while part_id(firm.id, letter, number) in taken:
        number += 1
    return part_id(firm.id, letter, number)


def _plain(part: Offer | Need) -> dict[str, Any]:
    data = asdict(part)
    if "must_certificates" in data:
        data["must_certificates"] = list(data["must_certificates"])
    return data
