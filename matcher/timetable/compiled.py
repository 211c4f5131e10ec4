"""Where the compiled annealing is kept between runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

Loop = TypeVar("Loop", bound=Callable[..., object])


def keep_compiled_in(folder: Path) -> None:
    """Keep what is compiled in a folder that only this user can write to, and load it from there later.

    Without it (or numba's own NUMBA_CACHE_DIR) every process compiles anew, which takes some seconds; nothing
    is ever written beside the code. It works only before the first timetable of a process is sought. What other
    code was compiled to is never loaded.
    """
    import numba

    sources = b"".join(Path(__file__).with_name(name).read_bytes() for name in ("bits.py", "moves.py", "kernel.py"))
    kept = folder / hashlib.blake2b(sources, digest_size=8).hexdigest()
    kept.mkdir(parents=True, exist_ok=True, mode=0o700)
    vars(numba.config)["CACHE_DIR"] = str(kept)


def compiled(loop: Loop) -> Loop:
    """Compile a function at its first call, to run without Python's lock."""
    return _compiled(loop, inline=False)


def inlined(loop: Loop) -> Loop:
    """The same for a small function that compiled ones call often: it becomes a part of them."""
    return _compiled(loop, inline=True)


def _compiled(loop: Loop, *, inline: bool) -> Loop:
    import numba

    kept = bool(getattr(numba.config, "CACHE_DIR", ""))
    return cast(Loop, numba.njit(cache=kept, nogil=True, error_model="numpy", forceinline=inline)(loop))
