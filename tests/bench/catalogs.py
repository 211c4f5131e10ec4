"""Catalogs larger than the demo's: of texts that all differ, and of copies whose vectors and words do."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import numpy as np

from api.settings import Settings
from api.store.keys import Role, make_key, read_pepper
from api.workspace import Workspace
from indexes import Fields, Vectors
from matcher.domain import Firm, load_chains
from matcher.encoder.cache import VectorCache
from matcher.encoder.encoder import Encoder
from matcher.encoder.vectors import unit
from matcher.engine import Catalog, Engine, open_or_build
from matcher.exchange import read_catalog
from matcher.text import Glossary
from tests.bench.vectors import MOVE, VAR

DEMO = Path(str(files("api") / "demo_catalog"))
OFFERS = 10_000
KEPT = VAR / "bench" / "catalog"
"""Where the catalog of 10,000 offers is kept: to encode it takes minutes."""

_BLOCK = 50_000


def demo_firms() -> tuple[Firm, ...]:
    """The demo's."""
    return read_catalog(DEMO / "firms.jsonl").firms


def demo_queries() -> list[str]:
    """What its searchers type."""
    return [json.loads(line)["text"] for line in (DEMO / "queries.jsonl").read_text("utf-8").splitlines()]


def many_firms(firms: tuple[Firm, ...], *, n_offers: int, seed: int = 7) -> tuple[Firm, ...]:
    """Firms with at least `n_offers` offers between them, each joined with a phrase of others: no two are equal."""
    chance = random.Random(seed)
    phrases = [word for firm in firms for offer in firm.offers for word in offer.text.split()]
    made: list[Firm] = []
    count = 0
    while count < n_offers:
        for firm in firms:
            id = f"{firm.id}-{len(made)}"
            offers = tuple(
                replace(offer, id=f"{id}/o{at}", text=f"{offer.text} {' '.join(chance.sample(phrases, 3))}")
                for at, offer in enumerate(firm.offers)
            )
            needs = tuple(replace(need, id=f"{id}/n{at}") for at, need in enumerate(firm.needs))
            made.append(replace(firm, id=id, offers=offers, needs=needs))
            count += len(offers)
    return tuple(made)


def copies(firms: tuple[Firm, ...], count: int) -> tuple[Firm, ...]:
    """The firms again and again, each time with other ids."""
    return tuple(_renamed(firms[at % len(firms)], at // len(firms)) for at in range(count))


def _renamed(firm: Firm, round: int) -> Firm:
    return replace(
        firm,
        id=f"{firm.id}-{round}",
        offers=tuple(replace(one, id=f"{one.id}-{round}") for one in firm.offers),
        needs=tuple(replace(one, id=f"{one.id}-{round}") for one in firm.needs),
    )


def prepare(data: Path, *, n_offers: int = OFFERS) -> tuple[str, Workspace]:
    """A catalog in a service's data folder, with its index, made where it is not; a key for it, and the workspace."""
    space = Workspace(Settings(data_dir=data))
    firms = many_firms(demo_firms(), n_offers=n_offers)
    space.put(firms, progress=lambda _what, done, total: print(f"\r{done}/{total}", end="", file=sys.stderr))
    space.engine()
    with space.database.writing() as session:
        key = make_key(session, role=Role.READER, name="bench", pepper=read_pepper(space.settings.pepper_path)).text
    return key, space


@dataclass(frozen=True, slots=True)
class Moved:
    """A source of vectors for copies: that of the text, moved as `tests.bench.vectors` moves them."""

    kept: VectorCache

    def encode(
        self,
        encoder: Encoder,
        texts: Sequence[str],
        *,
        prompt: str,
        progress: Callable[[int, int], None] | None = None,
    ) -> Vectors:
        """See `VectorSource`; a text is encoded once, however often it comes."""
        numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
        real = self.kept.encode(encoder, list(numbers), prompt=prompt)
        base = np.fromiter((numbers[text] for text in texts), np.int64, len(texts))
        found, rng = np.empty((len(base), real.shape[1]), np.float32), np.random.default_rng(7)
        for start in range(0, len(base), _BLOCK):
            some = base[start : start + _BLOCK]
            more, less = rng.integers(0, len(real), (2, len(some)))
            found[start : start + _BLOCK] = unit(real[some] + MOVE * (real[more] - real[less]))
        return found


class Mixed:
    """Stands for `Bulk`: reads each text's words once, and gives every copy four words of another text beside."""

    def tokens(
        self, do: Callable[[Glossary, Sequence[str]], list[Fields]], texts: Sequence[str], *, shared: Glossary
    ) -> Iterator[Fields]:
        """See `Bulk.tokens`."""
        distinct = list(dict.fromkeys(texts))
        known = dict(zip(distinct, do(shared, distinct), strict=True))
        chance = random.Random(7)
        for text in texts:
            more = known[chance.choice(distinct)]
            yield {name: [*tokens, *more[name][:4]] for name, tokens in known[text].items()}


def large_engine(n_offers: int, root: Path, *, encoder: Encoder, glossary: Glossary) -> Engine:
    """The engine over copies of the demo's firms with so many offers; nothing but the demo's texts is encoded."""
    demo = demo_firms()
    firms = copies(demo, round(n_offers * len(demo) / sum(len(firm.offers) for firm in demo)))
    built = open_or_build(
        Catalog(firms, [f"{row:032x}" for row in range(len(firms))]),
        chains=load_chains(),
        encoder=encoder,
        glossary=glossary,
        root=root,
        vectors=Moved(VectorCache(VAR / "bench" / "vectors")),
        bulk=Mixed(),
    )
    return Engine(built, encoder=encoder, glossary=glossary)
