"""Signed links: a participant's page without a key. They end by themselves, and can be withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from api.errors import LinkError
from api.settings import BANGKOK
from api.store.tables import now
from matcher.fair import Fair

AFTER = timedelta(days=60)
"""How long after the last day a link opens its page: outcomes are told late."""

_SALT = "khukha participant"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link says.

    Attributes:
        version: Of the participant's links; those of earlier versions are withdrawn.
    """

    fair_id: str
    firm_id: str
    version: int


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and reads links.

    Attributes:
        pepper: The service's secret.
        public_url: Where people reach the service, as `https://khukha.example`; empty where nobody said.
    """

    pepper: bytes
    public_url: str = ""

    def token(self, fair: Fair, firm_id: str, version: int) -> str:
        """A token for a participant's page."""
        last = datetime.combine(fair.days[-1], datetime.max.time(), BANGKOK).timestamp() + AFTER.total_seconds()
        return str(self._signer.dumps([fair.id, firm_id, version, int(last)]))

    def path(self, fair: Fair, firm_id: str, version: int) -> str:
        """The page's address below the service's own."""
        return f"/p/{self.token(fair, firm_id, version)}"

    def page(self, fair: Fair, firm_id: str, version: int) -> str | None:
        """The page's whole address; None where nobody said where the service is reached."""
        return f"{self.public_url.rstrip('/')}{self.path(fair, firm_id, version)}" if self.public_url else None

    def read(self, token: str) -> Opened:
        """What a token says.

        Raises:
            LinkError: it is not ours, or it has ended.
        """
        try:
            fair_id, firm_id, version, until = self._signer.loads(token)
        except (BadData, ValueError, TypeError) as problem:
            raise LinkError from problem
        if now().timestamp() > until:
            raise LinkError
        return Opened(fair_id, firm_id, version)

    @property
    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.pepper, salt=_SALT, signer_kwargs={"key_derivation": "hmac"})
