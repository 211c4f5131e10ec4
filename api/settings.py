"""Settings, from the environment or a `.env` file in the working directory."""

from __future__ import annotations

from datetime import timedelta, timezone
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

BANGKOK = timezone(timedelta(hours=7))
"""In which people are told what the time is."""

SECRETS = frozenset({"milvus_token"})
"""Settings that are a secret as a whole: no file and no page shows them."""


class Settings(BaseSettings):
    """What an operator may set; every name below is an environment variable with MATCHER_ before it.

    Attributes:
        model: `bundled`, a sentence-transformers folder, or a hub name this machine already holds.
        data_dir: Where everything that is written lives.
        demo: Work on the demo catalog, in a folder of its own below `data_dir`.
        database_url: `postgresql+psycopg://user:password@host/name`; empty takes SQLite in `data_dir`.
        milvus_url: Where indexes are kept beside this machine, `http://host:19530`; empty: here alone.
        milvus_token: `user:password` of that server.
        milvus_prefix: Begins the names of the collections there; each service with a catalog of its own has its own.
        ray: Machines that do bulk work: `auto`, or `host:port` of a Ray cluster's head; empty: this one.
        chains: Another chains file than the project's own.
        glossary: Another glossary than the project's own.
        threads: Threads the encoder may use; 0 leaves it to the machine.
        public_pages: Whether the search box and firm pages may be read without signing in.
        public_url: Where people reach the service, as `https://khukha.example`: links in messages begin with it.
        rate: What one key, or one address without a key, may ask for, as `600/minute`.
        sign_in_rate: How often one address, and one key, may try to sign in on the pages, as `20/minute`.
        rate_storage: Where rates are counted; another one than memory where several machines serve.
        max_body_mb: Largest upload.
        secure_cookies: Whether cookies travel over HTTPS only; set it behind a TLS proxy.
        smtp_url: Server and sender of e-mail as an Apprise URL, `mailtos://user:password@host?from=a@b`; empty: none.
        notify_services: Schemes of Apprise URLs that people may be told by, with commas between.
        privacy_policy: Another file of purposes and days of keeping than the project's own.
        webhook_private: Whether webhooks may go to addresses inside the own network, there also by plain http.
    """

    model_config = SettingsConfigDict(env_prefix="MATCHER_", env_file=".env", extra="ignore", frozen=True)

    model: str = "bundled"
    data_dir: Path = Path("var")
    demo: bool = False
    database_url: str = ""
    milvus_url: str = ""
    milvus_token: str = ""
    milvus_prefix: str = "khukha"
    ray: str = ""
    chains: Path | None = None
    glossary: Path | None = None
    threads: int = 0
    public_pages: bool = False
    public_url: str = ""
    rate: str = "600/minute"
    sign_in_rate: str = "20/minute"
    rate_storage: str = "memory://"
    max_body_mb: int = 25
    secure_cookies: bool = False
    smtp_url: str = ""
    notify_services: str = "discord,gchat,line,slack,tgram"
    webhook_private: bool = False
    privacy_policy: Path | None = None

    @property
    def models_dir(self) -> Path:
        """Where the bundled model is unpacked."""
        return self.data_dir / "models"

    @property
    def compiled_dir(self) -> Path:
        """Where the timetable's compiled search is kept."""
        return self.data_dir / "compiled"

    @property
    def root(self) -> Path:
        """Where the catalog in use and all that belongs to it lives."""
        return self.data_dir / "demo" if self.demo else self.data_dir

    @property
    def database(self) -> str:
        """URL of the database in use."""
        own = f"sqlite:///{self.root / 'khukha.sqlite'}"
        return own if self.demo else self.database_url or own

    @property
    def index_dir(self) -> Path:
        """Where snapshots of the index live."""
        return self.root / "index"

    @property
    def files_dir(self) -> Path:
        """Where uploads and exports live."""
        return self.root / "files"

    @property
    def queue_path(self) -> Path:
        """The queue of jobs, where it is no PostgreSQL."""
        return self.root / "queue.sqlite"

    @property
    def pepper_path(self) -> Path:
        """What keys are hashed with; apart from the database."""
        return self.root / "pepper"

    @property
    def audit_path(self) -> Path:
        """The head of the trail of reads, beside the database."""
        return self.root / "audit.head"

    @property
    def erased_path(self) -> Path:
        """Who was erased, as keyed hashes: outlives the database."""
        return self.root / "erased.jsonl"

    @property
    def services(self) -> tuple[str, ...]:
        """The schemes in `notify_services`."""
        return tuple(name.strip().lower() for name in self.notify_services.split(",") if name.strip())
