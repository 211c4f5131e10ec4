"""What lists were made of, and what changed between two of them and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version

from matcher.domain import Firm
from matcher.engine import Engine, firm_digest
from matcher.fair.chance import Belief
from matcher.fair.fair import Fair
from matcher.fair.lists import ListRules
from matcher.fair.pairs import PairScores
from matcher.fair.solver import NODES, SEED

LIBRARIES = ("highspy", "numpy", "scipy", "sentence-transformers", "tantivy", "torch")


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that lists depend on: equal manifests mean equal lists.

    Attributes:
        catalog: Digest of all firms of the catalog, since similarities are told from the usual.
        index: Fingerprint of what was searched.
        model: Fingerprint of the encoder.
        weights: Hash of the weights, the calibration and the readiness; the last two stand in `belief`.
        fair: Hash of slots, tables, participants, wishes and rules.
        rules: How the lists were made.
        day: On which certificates must hold, ISO 8601.
        seed: Of the solver; `nodes` its limit.
        libraries: Versions by name.
        firms: Digest of each participant's profile by id.
        texts: Digests of the texts of its offers and needs by their ids, by its id.
        caps: Most meetings of each participant by id.
        no_thanks: Pairs that will not meet, "a b"; `must_meet` likewise.
    """

    catalog: str
    index: str
    model: str
    weights: str
    fair: str
    rules: Mapping[str, float]
    day: str
    seed: int
    nodes: int
    libraries: Mapping[str, str]
    firms: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]
    caps: Mapping[str, int]
    no_thanks: tuple[str, ...]
    must_meet: tuple[str, ...]
    belief: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> bytes:
        """UTF-8, keys sorted, one line, a newline at the end."""
        return (json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()

    @property
    def digest(self) -> str:
        """16 hex digits of the whole."""
        return hashlib.sha256(self.as_json()).hexdigest()[:16]

    @classmethod
    def from_json(cls, data: bytes) -> Manifest:
        """Read back what `as_json` wrote."""
        table = json.loads(data)
        return cls(**{**table, "no_thanks": tuple(table["no_thanks"]), "must_meet": tuple(table["must_meet"])})


def manifest(engine: Engine, fair: Fair, scores: PairScores, rules: ListRules) -> Manifest:
    """The manifest of lists that are made of these."""
    catalog, ids = engine.built.catalog, {one.firm_id for one in fair.participants}
    firms = sorted((firm for firm in catalog.living if firm.id in ids), key=lambda firm: firm.id)
    people = sorted(fair.participants, key=lambda one: one.firm_id)
    return Manifest(
        catalog=catalog.digest,
        index=engine.built.fingerprint,
        model=engine.encoder.fingerprint,
        weights=_hash([dict(engine.weights.by_signal), engine.weights.bias, scores.calibration, scores.readiness]),
        fair=_hash([fair.tables, fair.slots, people, sorted(fair.preferences, key=repr), fair.rules]),
        rules=asdict(rules),
        day=scores.on.isoformat(),
        seed=SEED,
        nodes=NODES,
        libraries={name: version(name) for name in LIBRARIES},
        firms={firm.id: firm_digest(firm) for firm in firms},
        texts={firm.id: _texts(firm) for firm in firms},
        caps={one.firm_id: fair.cap(one) for one in people},
        no_thanks=_pairs(fair, "no_thanks"),
        must_meet=_pairs(fair, "must_meet"),
        belief=Belief(scores.calibration, scores.readiness).as_table(),
    )


def _pairs(fair: Fair, wish: str) -> tuple[str, ...]:
    return tuple(sorted(" ".join(one.pair) for one in fair.preferences if one.wish == wish))


def _texts(firm: Firm) -> dict[str, str]:
    texts = [*((offer.id, offer.text) for offer in firm.offers), *((need.id, need.text) for need in firm.needs)]
    return {id: _hash(text) for id, text in texts}


def _hash(value: object) -> str:
    """16 hex digits; sets are sorted first, since their order is nobody's."""
    return hashlib.sha256(json.dumps(_plain(value), sort_keys=True, ensure_ascii=True).encode()).hexdigest()[:16]


def _plain(value: object) -> object:
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(one) for one in value), key=repr)
    names = getattr(type(value), "__dataclass_fields__", None)
    return [_plain(getattr(value, name)) for name in names] if names else str(value)
