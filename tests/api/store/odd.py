"""Firms with whatever people write, for properties."""

from __future__ import annotations

from hypothesis import strategies as st

from matcher.domain import Certificate, Firm, Need, Offer, Position, Seeking, Size, Stage, load_provinces

PIECES = (
    "ผ้าไหมมัดหมี่ ๑๐๐%",
    "น้ํา ำ เเ",
    "🧵👩🏽‍🌾",
    "'; DROP TABLE firm; --",
    '"quoted" \\ back',
    "line\nbreak\r\n\ttab",
    "%s %(x)s :name ? $1",
    " ",
    "",
    "\u200bzero\ufeff",
    "\uffff\U0010ffff",
    "A" * 3_000,
)
TEXTS = st.one_of(
    st.sampled_from(PIECES), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
)
MAYBE = st.none() | TEXTS
CLUSTERS = st.sampled_from([None, "thai_textile", "betta", "agritech"])
STAGES = st.none() | st.sampled_from(Stage)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 10**18) | st.sampled_from([0.1, 189000.0])

CERTIFICATES = st.builds(Certificate, TEXTS, MAYBE, st.none() | st.dates())
POSITIONS = st.builds(Position, CLUSTERS, STAGES, MAYBE)


def offers(ids):
    """Offers with these ids."""
    parts = {"cluster": CLUSTERS, "stage": STAGES, "role": MAYBE, "capacity": MAYBE, "moq": MAYBE}
    price = st.none() | NUMBERS | TEXTS
    days = st.none() | st.integers(0, 10**6) | TEXTS
    return st.tuples(
        *(st.builds(Offer, st.just(id), TEXTS, **parts, price_thb=price, lead_time_days=days) for id in ids)
    )


def needs(ids):
    """Needs with these ids."""
    parts = {"cluster": CLUSTERS, "stage_sought": STAGES, "role_sought": MAYBE, "volume": MAYBE, "deliver_to": MAYBE}
    certificates = st.lists(TEXTS, max_size=3).map(tuple)
    return st.tuples(
        *(
            st.builds(
                Need,
                st.just(id),
                TEXTS,
                **parts,
                seeking=st.none() | st.sampled_from(Seeking),
                must_certificates=certificates,
                partnership=MAYBE,
            )
            for id in ids
        )
    )


@st.composite
def firms(draw, id=None):
    """A firm; its offers and needs have ids that no other firm's have, in any order."""
    id = id or draw(st.sampled_from(["f1", "f2", "F1", "ก/ข", "é", "z" * 70, "f'--"]))
    numbers = draw(st.lists(st.integers(0, 99), max_size=4, unique=True))
    return Firm(
        id=id,
        name_th=draw(TEXTS),
        name_en=draw(MAYBE),
        province_th=draw(st.none() | st.sampled_from([one.th for one in load_provinces().by_th.values()])),
        size=draw(st.none() | st.sampled_from(Size)),
        description=draw(TEXTS),
        certificates=tuple(draw(st.lists(CERTIFICATES, max_size=3))),
        positions=tuple(draw(st.lists(POSITIONS, max_size=3))),
        offers=draw(offers([f"{id}/o{number}" for number in numbers])),
        needs=draw(needs([f"{id}/n{number}" for number in numbers])),
        juristic_id=draw(st.none() | st.just("0105500000012")),
    )


def catalogs():
    """Some firms with different ids."""
    return st.lists(firms(), max_size=5, unique_by=lambda firm: firm.id).map(tuple)
