"""Evidence: the words of both sides that speak to each other, and what is met, assumed and missing.

Every quoted span is a substring of the text as its owner wrote it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from matcher.domain import Certificates, ChainFit, EdgeKind, Firm, Need, Offer, Seeking, load_provinces
from matcher.domain.chain import EDGE_TH
from matcher.domain.words import LABELS_TH
from matcher.engine.answer import Evidence, Sentence, Span
from matcher.engine.brief import Brief
from matcher.engine.quantities import below_minimum
from matcher.engine.roles import SURE_ROLE
from matcher.text import Glossary, denied, tokens
from matcher.text.tokens import is_function_word, lower

MAX_SPANS = 4

_LEAST_DENIED = 4
"""Characters that a request and a denial must share: "ขาย" stands in both of most."""


_KEPT = 32_768
"""Texts whose parts are kept: the same profiles answer again and again."""

_Part = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Text:
    """A text cut into words, some half a kilobyte of it.

    Attributes:
        edges: Where each word starts and ends, one after the other.
        mentions: Where it names concepts.
    """

    edges: array[int]
    mentions: tuple[tuple[str, int, int], ...]

    def words(self, small: str) -> Iterator[tuple[str, _Part]]:
        """Each word with its place, given the text in lower case."""
        for at in range(0, len(self.edges), 2):
            start, end = self.edges[at], self.edges[at + 1]
            yield small[start:end], (start, end)


@lru_cache(maxsize=_KEPT)
def _read(text: str, glossary: Glossary) -> _Text:
    edges = array("I", (edge for token in tokens(text) for edge in (token.start, token.end)))
    return _Text(edges, tuple((one.concept, one.start, one.end) for one in glossary.mentions(text)))


@lru_cache(maxsize=64)
def _said(text: str, glossary: Glossary) -> tuple[frozenset[str], frozenset[str]]:
    """The telling words and the concepts of a text that others are held against."""
    read = _read(text, glossary)
    words = frozenset(word for word, _ in read.words(lower(text)) if not is_function_word(word))
    return words, frozenset(concept for concept, _, _ in read.mentions)


def spans_of(
    text: str, other: Iterable[str], glossary: Glossary, *, without: Iterable[tuple[int, int]] = ()
) -> tuple[Span, ...]:
    """Parts of a text that other texts speak of too: the same words, or words for the same concept.

    Neighbouring parts are joined, the longest come first, at most `MAX_SPANS`.

    Args:
        text: As its owner wrote it.
        other: The texts it is held against.
        glossary: Knows which words mean the same.
        without: Parts of the text that are not to be quoted, as what it denies.
    """
    theirs = [_said(one, glossary) for one in other]
    their_words = frozenset().union(*(words for words, _ in theirs))
    their_concepts = frozenset().union(*(concepts for _, concepts in theirs))
    small, read = lower(text), _read(text, glossary)
    parts = [part for word, part in read.words(small) if word in their_words]
    parts += [(start, end) for concept, start, end in read.mentions if concept in their_concepts]
    parts = [part for part in parts if not any(start < part[1] and part[0] < end for start, end in without)]
    joined = _join(sorted(parts), text)
    telling = [(start, end) for start, end in joined if len(text[start:end].strip()) >= 3]
    telling.sort(key=lambda part: (part[0] - part[1], part[0]))
    return tuple(Span(start, end, text[start:end]) for start, end in sorted(telling[:MAX_SPANS]))


def explain(
    brief: Brief,
    *,
    asked: str,
    firm: Firm,
    offer: Offer | None,
    need: Need | None,
    chain: ChainFit,
    role_sureness: float,
    glossary: Glossary,
    certificates: Certificates,
    on: date,
) -> Evidence:
    """Why a firm answers a request.

    Args:
        brief: The request.
        asked: Its text as written.
        firm: The firm found.
        offer: Its offer shown, or None.
        need: Its need shown, or None.
        chain: The edge a deal would use.
        role_sureness: Of the role the firm was given, in [0, 1].
        glossary: Knows which words mean the same.
        certificates: Knows which certificate includes which.
        on: The day on which certificates must hold.
    """
    shown = offer.text if offer else need.text if need else firm.description
    described = spans_of(firm.description, [asked], glossary, without=denied(firm.description))
    offered = spans_of(shown, [asked], glossary, without=denied(shown)) or _whole(shown)
    matched = _matched(brief, firm, offer, chain)
    missing = _missing(brief, firm, offer, certificates, on)
    return Evidence(
        asked=spans_of(asked, [shown, firm.description], glossary) or _whole(asked),
        offered=offered,
        described=described,
        chain=chain,
        reason=_reason(firm, offered, chain, brief),
        matched=matched,
        assumed=_assumed(brief, firm, chain, role_sureness, certificates),
        missing=(*_denials(brief.text, firm, offer, glossary), *missing),
        next_question=_next_question(brief, offer, missing),
    )


def _whole(text: str) -> tuple[Span, ...]:
    return (Span(0, len(text), text),) if text.strip() else ()


def _join(parts: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in parts:
        if joined and (start <= joined[-1][1] or not text[joined[-1][1] : start].strip(" /-–,.")):
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _reason(firm: Firm, offered: tuple[Span, ...], chain: ChainFit, brief: Brief) -> Sentence:
    quote = " … ".join(span.text.strip() for span in offered)
    verb_th, verb_en = ("มองหา", "looks for") if brief.seeking is Seeking.BUYER else ("มี", "has")
    said = Sentence(f"{firm.name_th} {verb_th} “{quote}”", f"{firm.name_en or firm.name_th} {verb_en} “{quote}”")
    if chain.seller is None or chain.buyer is None or chain.kind is EdgeKind.NONE:
        return said
    return Sentence(
        f"{said.th} ({EDGE_TH[chain.kind]}: {chain.seller.th} → {chain.buyer.th})",
        f"{said.en} ({chain.kind.replace('_', ' ')}: {chain.seller.en} → {chain.buyer.en})",
    )


def _matched(brief: Brief, firm: Firm, offer: Offer | None, chain: ChainFit) -> tuple[Sentence, ...]:
    found = []
    if brief.cluster and offer and offer.cluster == brief.cluster:
        found.append(Sentence("คลัสเตอร์ตรงกัน", "same cluster"))
    if brief.stage and any(brief.stage in (p.stage, o.stage) for p in firm.positions for o in firm.offers):
        found.append(Sentence(f"อยู่ขั้น{LABELS_TH[brief.stage]}ตามที่หา", f"on the stage sought: {brief.stage}"))
    if chain.kind is not EdgeKind.NONE:
        found.append(Sentence(EDGE_TH[chain.kind], f"chain: {chain.kind.replace('_', ' ')}"))
    if firm.province_th in brief.filters.provinces:
        found.append(Sentence(f"อยู่จังหวัด{firm.province_th}", f"in {load_provinces().english(firm.province_th)}"))
    found += [Sentence(f"มีใบรับรอง {code}", f"holds {code}") for code in sorted(brief.filters.certificates)]
    return tuple(found)


def _assumed(
    brief: Brief, firm: Firm, chain: ChainFit, sureness: float, certificates: Certificates
) -> tuple[Sentence, ...]:
    found = []
    if brief.seeking is not Seeking.SUPPLIER:
        label = LABELS_TH[brief.seeking]
        found.append(Sentence(f"อ่านคำขอว่ากำลังหา{label}", f"read the request as looking for a {brief.seeking}"))
    role = chain.buyer if brief.seeking is Seeking.BUYER else chain.seller
    if role is not None and sureness < 1:
        how = ("ค่อนข้างมั่นใจ", "fairly sure") if sureness >= SURE_ROLE else ("ไม่มั่นใจ", "not sure")
        found.append(Sentence(f"จัดบทบาทเป็น “{role.th}” ({how[0]})", f"placed as “{role.en}” ({how[1]})"))
    for certificate in firm.certificates:
        if certificates.canonical(certificate.code) in brief.filters.certificates and not certificate.expires:
            found.append(
                Sentence(
                    f"{certificate.code} ไม่ได้บอกวันหมดอายุ จึงถือว่ายังใช้ได้",
                    f"{certificate.code} states no expiry date and is taken as valid",
                )
            )
    for place in sorted(brief.reading.places_mentioned)[:3]:
        found.append(
            Sentence(
                f"“{place}” อ่านเป็นที่ของผู้ซื้อ ไม่ใช่เงื่อนไข",
                f"{load_provinces().english(place)} is read as the buyer's place, not a condition",
            )
        )
    return tuple(found)


def _missing(
    brief: Brief, firm: Firm, offer: Offer | None, certificates: Certificates, on: date
) -> tuple[Sentence, ...]:
    held = certificates.held(firm.certificates, on=on)
    found = [
        Sentence(f"ไม่พบใบรับรอง {code}", f"no {code} certificate on file")
        for code in sorted(brief.reading.certificates_wanted - held)
    ]
    found += [
        Sentence(
            f"{certificate.code} หมดอายุ {certificate.expires:%d/%m/%Y}",
            f"{certificate.code} ran out on {certificate.expires:%Y-%m-%d}",
        )
        for certificate in firm.certificates
        if certificate.expires is not None and not certificate.holds_on(on)
    ]
    if offer and brief.seeking is Seeking.SUPPLIER:
        if offer.moq and (small := below_minimum(brief.text, offer.moq)):
            found.append(
                Sentence(
                    f"สั่งขั้นต่ำ {small[1].text} มากกว่าที่ขอ {small[0].text}",
                    f"minimum order {small[1].text}, more than the {small[0].text} asked for",
                )
            )
        if offer.moq is None:
            found.append(Sentence("ไม่ได้บอกจำนวนสั่งขั้นต่ำ", "no minimum order stated"))
        if offer.price_thb is None:
            found.append(Sentence("ไม่ได้บอกราคา", "no price stated"))
        if offer.lead_time_days is None:
            found.append(Sentence("ไม่ได้บอกเวลาส่งมอบ", "no lead time stated"))
    return tuple(found)


def _denials(asked: str, firm: Firm, offer: Offer | None, glossary: Glossary) -> list[Sentence]:
    """What is asked for and the profile says it does not do, in its own words."""
    found = []
    for text in (offer.text if offer else "", firm.description):
        for start, end in denied(text):
            said = text[start:end].strip()
            if any(len(span.text) >= _LEAST_DENIED for span in spans_of(said, [asked], glossary)):
                found.append(Sentence(f"เขียนไว้ว่า “{said}”", f"the profile says “{said}”"))
    return found


_QUESTIONS = {
    "no minimum order stated": Sentence(
        "สั่งขั้นต่ำเท่าไร และลองสั่งน้อยกว่านั้นได้ไหม", "What is the minimum order, and can a first order be smaller?"
    ),
    "no price stated": Sentence("ราคาส่งต่อหน่วยเท่าไรตามจำนวนที่ต้องการ", "What is the unit price at the quantity needed?"),
    "no lead time stated": Sentence("สั่งแล้วส่งได้ภายในกี่วัน", "How many days from order to delivery?"),
}


def _next_question(brief: Brief, offer: Offer | None, missing: tuple[Sentence, ...]) -> Sentence:
    if brief.seeking is not Seeking.SUPPLIER:
        return Sentence(
            "ตอนนี้ซื้ออยู่เดือนละเท่าไร และอยากเริ่มลองเมื่อไร",
            "How much do you buy a month now, and when would you like to try?",
        )
    for gap in missing:
        if gap.en in _QUESTIONS:
            return _QUESTIONS[gap.en]
        if gap.en.startswith("minimum order"):
            return _QUESTIONS["no minimum order stated"]
        return Sentence(f"{gap.th}: มีหรือกำลังขออยู่ไหม", f"{gap.en}: do you hold it, or have you applied?")
    return Sentence("ขอดูตัวอย่างสินค้าก่อนเจรจาได้ไหม", "May we see a sample before the meeting?")
