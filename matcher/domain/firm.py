"""A firm, what it offers and what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from matcher.domain.words import Seeking, Size, Stage


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as the firm states it.

    Attributes:
        code: As written; `Certificates.canonical` knows what it means.
        expires: Last day on which it holds; None where the firm does not say.
    """

    code: str
    number: str | None = None
    expires: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it has not run out by that day."""
        return self.expires is None or day <= self.expires


@dataclass(frozen=True, slots=True)
class Position:
    """Where on a chain a firm stands; the role is a code of the chain or the firm's own words."""

    cluster: str | None
    stage: Stage | None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing a firm sells (สิ่งที่ขาย).

    Attributes:
        price_thb: Baht, or the firm's own words where it is no single number, as "68–95 บาท/ผืน".
        lead_time_days: Days, or the firm's own words likewise.
    """

    id: str
    text: str
    cluster: str | None = None
    stage: Stage | None = None
    role: str | None = None
    capacity: str | None = None
    moq: str | None = None
    price_thb: float | str | None = None
    lead_time_days: int | str | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """One thing a firm looks for (สิ่งที่ต้องการ).

    Attributes:
        seeking: Stated by the firm; None is read from the text.
    """

    id: str
    text: str
    cluster: str | None = None
    stage_sought: Stage | None = None
    role_sought: str | None = None
    seeking: Seeking | None = None
    must_certificates: tuple[str, ...] = ()
    volume: str | None = None
    deliver_to: str | None = None
    partnership: str | None = None


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm of the catalog. Personal contact data never stands here."""

    id: str
    name_th: str
    name_en: str | None = None
    province_th: str | None = None
    size: Size | None = None
    description: str = ""
    certificates: tuple[Certificate, ...] = ()
    positions: tuple[Position, ...] = ()
    offers: tuple[Offer, ...] = ()
    needs: tuple[Need, ...] = ()
    juristic_id: str | None = None
