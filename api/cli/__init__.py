"""The `khukha` command."""

import gc

gc.set_threshold(100_000, 50, 100)  # what is made at a start stays: to look for garbage in it took a third of the start

from api.cli.main import main  # noqa: E402 - made after that

__all__ = ["main"]
