"""A JSON object of the catalog format to a firm, every problem of it reported."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from matcher.domain import Certificate, Cluster, Firm, Need, Offer, Position, Seeking, Size, Stage
from matcher.exchange.dates import day
from matcher.exchange.fields import PROBLEM_HEADER
from matcher.exchange.findings import Findings
from matcher.exchange.numbers import juristic_id, lead_time_days, price_thb
from matcher.exchange.personal import as_public
from matcher.exchange.values import (
    MAX_ID_CHARS,
    choice,
    cluster,
    identifier,
    is_blank,
    province,
    text,
    text_or_list,
    texts,
)

Value = TypeVar("Value")


class Object:
    """A JSON object whose fields are taken one by one; those never asked for are unknown fields.

    Attributes:
        where: Name of the list it stands in, with a dot; empty for the firm itself.
    """

    def __init__(self, data: Mapping[str, Any], *, row: int, findings: Findings, where: str = "") -> None:
        self.data = data
        self.row = row
        self.findings = findings
        self.where = where
        self._asked = {PROBLEM_HEADER}

    def take(self, name: str, cleaner: Callable[[object], Value]) -> Value | None:
        """The field cleaned; None where it is absent or blank, and where it is bad, which is noted."""
        self._asked.add(name)
        value = self.data.get(name)
        if is_blank(value):
            return None
        return self.findings.clean(cleaner, value, row=self.row, column=self.where + name)

    def objects(self, name: str, *, plain: str | None = None) -> list[Object]:
        """The objects of a list; with `plain`, a text in it stands for an object with that one field."""
        self._asked.add(name)
        entries = self.data.get(name)
        if entries is None:
            return []
        if isinstance(entries, list):
            entries = [{plain: entry} if plain and isinstance(entry, str) else entry for entry in entries]
            if all(isinstance(entry, dict) for entry in entries):
                return [
                    Object(entry, row=self.row, findings=self.findings, where=f"{self.where}{name}.")
                    for entry in entries
                ]
        self.reject("not_list", column=name, value=entries)
        return []

    def reject(self, kind: str, *, column: str | None = None, value: object = "") -> None:
        """Note a problem of this object."""
        column = None if column is None else self.where + column
        self.findings.reject(kind, row=self.row, column=column, value=value)

    def close(self) -> None:
        """Note the fields that nobody asked for."""
        for name in self.data:
            if name not in self._asked:
                self.findings.unknown(self.where + name, row=self.row)


def read_firm(data: Mapping[str, Any], *, row: int, findings: Findings, clusters: Mapping[str, Cluster]) -> Firm | None:
    """The firm of one object; None, with every problem noted, where it has any.

    Texts stay as they are, character for character, but for contacts in them: see `as_public`. A firm, offer or need
    without an id gets one.
    """
    read = Object(data, row=row, findings=findings)
    name_en = read.take("name_en", text)
    name = read.take("name_th", text) or name_en
    province_th = read.take("province_th", province)
    id = read.take("id", identifier) or derived_id(name, province_th)
    in_cluster = partial(cluster, clusters=clusters)
    firm = Firm(
        id=id,
        name_th=name or "",
        name_en=name_en,
        province_th=province_th,
        size=read.take("size", partial(choice, Size)),
        description=read.take("description", text) or "",
        certificates=tuple(_certificate(one) for one in read.objects("certificates", plain="code")),
        positions=tuple(_position(one, in_cluster) for one in read.objects("positions")),
        offers=tuple(
            _offer(one, part_id(id, "o", number), in_cluster) for number, one in enumerate(read.objects("offers"), 1)
        ),
        needs=tuple(
            _need(one, part_id(id, "n", number), in_cluster) for number, one in enumerate(read.objects("needs"), 1)
        ),
        juristic_id=read.take("juristic_id", juristic_id),
    )
    read.close()
    if is_blank(data.get("name_th")) and is_blank(data.get("name_en")):
        read.reject("no_name", column="name_th")
    if all(is_blank(data.get(name)) or data[name] == [] for name in ("offers", "needs", "description")):
        read.reject("nothing_to_match")
    if findings.rejects(row):
        return None
    warn_of_gaps(firm, row=row, findings=findings)
    return as_public(firm, row=row, findings=findings)


def warn_of_gaps(firm: Firm, *, row: int, findings: Findings) -> None:
    """Warn of what a firm that goes in had better have."""
    if not firm.province_th:
        findings.warn("no_province", row=row, column="province_th")
    if not firm.offers:
        findings.warn("no_offers", row=row, column="offers")


def derived_id(name: str | None, province_th: str | None) -> str:
    """The id of a firm that has none: the same for the same name and province, in every file."""
    content = f"{' '.join((name or '').split())}\n{province_th or ''}"
    return "r" + hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def part_id(firm_id: str, letter: str, number: int) -> str:
    """The id of an offer or a need that has none, as `f1/o2`; never longer than an id may be."""
    end = f"/{letter}{number}"
    if len(firm_id) + len(end) > MAX_ID_CHARS:
        digest = hashlib.sha256(firm_id.encode("utf-8", "surrogatepass")).hexdigest()[:10]
        firm_id = firm_id[: MAX_ID_CHARS - len(digest) - len(end)] + digest
    return firm_id + end


def _certificate(read: Object) -> Certificate:
    code = read.take("code", text)
    number, expires = read.take("number", text), read.take("expires", day)
    if code is None:
        read.reject("no_text", column="code")
    read.close()
    return Certificate(code or "", number, expires)


def _position(read: Object, in_cluster: Callable[[object], str]) -> Position:
    position = Position(
        read.take("cluster", in_cluster), read.take("stage", partial(choice, Stage)), read.take("role", text)
    )
    read.close()
    return position


def _offer(read: Object, id: str, in_cluster: Callable[[object], str]) -> Offer:
    offer = Offer(
        id=read.take("id", identifier) or id,
        text=_needed_text(read),
        cluster=read.take("cluster", in_cluster),
        stage=read.take("stage", partial(choice, Stage)),
        role=read.take("role", text),
        capacity=read.take("capacity", text_or_list),
        moq=read.take("moq", text_or_list),
        price_thb=read.take("price_thb", price_thb),
        lead_time_days=read.take("lead_time_days", lead_time_days),
    )
    read.close()
    return offer


def _need(read: Object, id: str, in_cluster: Callable[[object], str]) -> Need:
    need = Need(
        id=read.take("id", identifier) or id,
        text=_needed_text(read),
        cluster=read.take("cluster", in_cluster),
        stage_sought=read.take("stage_sought", partial(choice, Stage)),
        role_sought=read.take("role_sought", text),
        seeking=read.take("seeking", partial(choice, Seeking)),
        must_certificates=read.take("must_certificates", texts) or (),
        volume=read.take("volume", text_or_list),
        deliver_to=read.take("deliver_to", text_or_list),
        partnership=read.take("partnership", text_or_list),
    )
    read.close()
    return need


def _needed_text(read: Object) -> str:
    value = read.take("text", text)
    if value is None and is_blank(read.data.get("text")):
        read.reject("no_text", column="text")
    return value or ""
