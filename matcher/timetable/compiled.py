"""Where the compiled annealing is kept between runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

Loop = TypeVar("Loop", bound=Callable[..., object])


def keep_compiled_in(folder: Path) -> None:
    """Keep what is compiled in a folder that only this user can write to, and load it from there later.

    Without it (or numba's own NUMBA_CACHE_DIR) every process compiles anew, which takes some seconds; nothing
    is ever written beside the code. It works only before the first timetable of a process is sought.
    """
    import numba

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    vars(numba.config)["CACHE_DIR"] = str(folder)


def compiled(loop: Loop) -> Loop:
    """Compile a function at its first call, to run without Python's lock."""
    import numba

    kept = bool(getattr(numba.config, "CACHE_DIR", ""))
    return cast(Loop, numba.njit(cache=kept, nogil=True)(loop))
