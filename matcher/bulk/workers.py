"""Who does the jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from indexes import Fields, Vectors
from matcher.bulk.travel import Travelling, encode_both

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder

Shared = TypeVar("Shared")
Job = TypeVar("Job")
Done = TypeVar("Done")


class Workers(Protocol):
    """Do jobs, wherever they may be done."""

    def each(self, do: Callable[[Shared, Job], Done], jobs: Iterable[Job], *, shared: Shared) -> Iterator[Done]:
        """Results in the order of the jobs; jobs are read as they can be taken.

        Args:
            do: A function of a module, whose result depends on its arguments alone: it may be called twice.
            jobs: Small enough to be sent.
            shared: What all jobs need; sent once.

        Raises:
            WorkersLostError: nobody is left to do them.
            Exception: what `do` raised.
        """


class OneMachine:
    """Does one job after another, here."""

    def each(self, do: Callable[[Shared, Job], Done], jobs: Iterable[Job], *, shared: Shared) -> Iterator[Done]:
        """See `Workers.each`."""
        return (do(shared, job) for job in jobs)


ONE_MACHINE = OneMachine()


@dataclass(frozen=True, slots=True)
class Bulk:
    """Bulk work, and who does it.

    Attributes:
        workers: Who.
        models_dir: Where a machine unpacks the bundled model.
        threads: That a worker's model may use; bytes are the same only where they are.
    """

    workers: Workers = ONE_MACHINE
    models_dir: Path = Path("models")
    threads: int = 1

    def encode(
        self, encoder: Encoder, jobs: Iterable[tuple[Sequence[str], Sequence[str]]]
    ) -> Iterator[tuple[Vectors, Vectors]]:
        """The vectors of some passages and some queries, for each job; raises as `Workers.each`."""
        travelling = Travelling(encoder, models_dir=self.models_dir, threads=self.threads)
        return self.workers.each(encode_both, jobs, shared=travelling)

    def tokens(
        self, do: Callable[[Shared, Sequence[str]], list[Fields]], texts: Sequence[str], *, shared: Shared
    ) -> Iterator[Fields]:
        """What `do` makes of each text, some hundred a job; raises as `Workers.each`."""
        jobs = (texts[start : start + _TEXTS] for start in range(0, len(texts), _TEXTS))
        for some in self.workers.each(do, jobs, shared=shared):
            yield from some


HERE = Bulk()

_TEXTS = 100
"""Texts whose tokens are one job."""


def load_workers(address: str) -> Workers:
    """Those that a setting names.

    Args:
        address: Empty for this machine, `auto` for the Ray cluster this machine is of, or `host:port` of its head.

    Raises:
        RayMissingError: the extra is not installed.
        WorkersLostError: there is no such cluster.
    """
    if not address:
        return ONE_MACHINE
    from matcher.bulk.cluster import RayWorkers

    return RayWorkers(address)
