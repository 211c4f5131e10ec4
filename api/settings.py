"""Settings, from the environment or a `.env` file in the working directory."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set; every name below is an environment variable with MATCHER_ before it.

    Attributes:
        model: `bundled`, a sentence-transformers folder, or a hub name this machine already holds.
        data_dir: Where everything that is written lives.
        chains: Another chains file than the project's own.
        glossary: Another glossary than the project's own.
        threads: Threads the encoder may use; 0 leaves it to the machine.
    """

    model_config = SettingsConfigDict(env_prefix="MATCHER_", env_file=".env", extra="ignore", frozen=True)

    model: str = "bundled"
    data_dir: Path = Path("var")
    chains: Path | None = None
    glossary: Path | None = None
    threads: int = 0

    @property
    def models_dir(self) -> Path:
        """Where the bundled model is unpacked."""
        return self.data_dir / "models"
