"""Jobs on a Ray cluster, whose machines may die."""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from matcher.bulk.workers import Done, Job, Shared
from matcher.errors import RayMissingError, WorkersLostError

PATIENCE_S = 600.0
"""How long a job may take, a model's loading with it, before it is given to another worker too.

Ray says itself when a machine died, mostly within 15 s; this is for what it does not notice.
"""

TRIES = 5
"""A cluster that lost a machine answers again some 27 s after another takes its place."""

_WINDOW = 2
"""Jobs that wait at each processor: enough to keep it busy, few enough to hold in memory."""

_REACH_S = 10.0

log = logging.getLogger(__name__)


class RayWorkers:
    """Does jobs on a cluster, each on one processor; results come back in order.

    Args:
        address: `auto`, or `host:port` of the cluster's head.
        patience_s: See `PATIENCE_S`.

    Raises:
        RayMissingError: the extra is not installed.
        WorkersLostError: there is no such cluster.
    """

    def __init__(self, address: str, *, patience_s: float = PATIENCE_S) -> None:
        try:
            import ray
        except ImportError:
            raise RayMissingError from None
        self._patience_s = patience_s
        if not ray.is_initialized():
            try:
                _reach(address)
                ray.init(address=address, log_to_driver=False, logging_level=logging.WARNING)
            except (OSError, ValueError, RuntimeError) as problem:
                raise WorkersLostError(
                    problem=f"there is no Ray cluster at {address} ({_first_line(problem)})"
                ) from problem

    def each(self, do: Callable[[Shared, Job], Done], jobs: Iterable[Job], *, shared: Shared) -> Iterator[Done]:
        """See `Workers.each`."""
        import ray

        held = ray.put(shared)
        task = ray.remote(num_cpus=1, max_retries=TRIES)(do)
        waiting: deque[tuple[Any, Job]] = deque()
        for job in jobs:
            waiting.append((task.remote(held, job), job))
            while len(waiting) >= _WINDOW * self.processors:
                yield self._done(task, held, *waiting.popleft())
        while waiting:
            yield self._done(task, held, *waiting.popleft())

    @property
    def processors(self) -> int:
        """How many there are now."""
        import ray

        return max(1, int(ray.cluster_resources().get("CPU", 1)))

    def _done(self, task: Any, held: Any, ref: Any, job: Any) -> Any:  # noqa: ANN401 - Ray's own
        """A job's result; whatever became of its machine, it is given out again."""
        import ray
        from ray.exceptions import GetTimeoutError, RayError, RayTaskError

        for attempt in range(1, TRIES + 1):
            try:
                return ray.get(ref, timeout=self._patience_s)
            except RayTaskError as problem:  # the job's own: it would fail anywhere
                raise problem.cause from problem
            except (RayError, GetTimeoutError) as problem:
                log.warning("a job is done again (%d of %d): %s", attempt, TRIES, _first_line(problem))
                ref = task.remote(held, job)
        raise WorkersLostError(problem=f"a job was lost {TRIES} times")


def _reach(address: str) -> None:
    """Raise `OSError` where nobody listens at a `host:port`: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=_REACH_S).close()


def _first_line(problem: BaseException) -> str:
    return (str(problem) or type(problem).__name__).splitlines()[0][:200]
