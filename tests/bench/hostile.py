"""What hostile input costs without the encoder, and what comes of it."""

from __future__ import annotations

from time import process_time

import numpy as np

from matcher.engine import Engine
from matcher.errors import InputError

INPUTS = {
    "empty": "",
    "50,000 characters": "ผ้าไหม " * 7_143,
    "4,000 × one character": "า" * 4_000,
    "NUL": "ผ้า\0ไหม",
    "lone surrogate": "\ud800ไหม",
    "right-to-left marks": "\u202eไหม\u202c" * 400,
    "emoji": "😀" * 4_000,
    "NaN": "NaN",
    "tone marks": "ก็่" * 1_300,
    "4,000 characters of one word": "ลู่วิ่ง" * 570,
}


def section(engine: Engine) -> str:
    """A part of docs/performance.md."""
    rows = "\n".join(f"| {name} | {cost:.0f} | {said} |" for name, cost, said in _asked(engine))
    return f"""### Hostile input, without the encoder

| input | CPU ms | what comes of it |
| --- | ---: | --- |
{rows}"""


def _asked(engine: Engine) -> list[tuple[str, float, str]]:
    """CPU milliseconds, and the answer or the refusal."""
    without = Engine(engine.built, encoder=_NoEncoder(engine.encoder.dim), glossary=engine.glossary)
    without.search("NaN")  # loads what a running service has loaded
    rows = []
    for name, text in INPUTS.items():
        start = process_time()
        try:
            said = f"{len(without.search(text).matches)} matches"
        except InputError as problem:
            said = str(problem)
        rows.append((name, 1000 * (process_time() - start), said))
    return rows


class _NoEncoder:
    def __init__(self, dim: int) -> None:
        self.dim = dim

    def queries(self, texts: list[str]) -> np.ndarray:
        return np.full((len(texts), self.dim), self.dim**-0.5, np.float32)
