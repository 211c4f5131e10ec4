"""A fair of 120 demo firms, and one of firms whose texts want to do harm."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from api.exports import Pack, printed_pack
from matcher.domain import Firm
from tests.api.exports.packs import a_pack, hostile_firms


@pytest.fixture(scope="session")
def pack(demo_firms: tuple[Firm, ...]) -> Pack:
    """120 firms with about six meetings each."""
    return a_pack(demo_firms[:120])


@pytest.fixture(scope="session")
def hostile() -> Pack:
    """Nine firms with dangerous names."""
    return a_pack(hostile_firms())


@pytest.fixture(scope="session")
def half(demo_firms: tuple[Firm, ...]) -> Pack:
    """60 firms of all clusters, to print."""
    return a_pack(demo_firms[::3][:60])


@pytest.fixture(scope="session")
def pdf(half: Pack) -> bytes:
    """The printed pack of 60 firms."""
    return printed_pack(half)


@pytest.fixture(scope="session")
def poppler(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """What a tool of poppler-utils says about a PDF."""
    folder = tmp_path_factory.mktemp("pdf")
    return lambda tool, pdf, *arguments: _run(folder, tool, pdf, arguments).decode()


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., npt.NDArray[np.uint8]]:
    """A page of a PDF as grey values, uint8 (height, width), 4 to a millimetre."""
    folder = tmp_path_factory.mktemp("drawn")

    def draw(pdf: bytes, page: int) -> npt.NDArray[np.uint8]:
        image = _run(folder, "pdftoppm", pdf, ("-gray", "-r", "101.6", "-f", str(page), "-l", str(page)))
        _, size, _, pixels = image.split(b"\n", 3)
        width, height = map(int, size.split())
        return np.frombuffer(pixels, np.uint8).reshape(height, width)

    return draw


def _run(folder: Path, tool: str, pdf: bytes, arguments: Sequence[str]) -> bytes:
    if not shutil.which(tool):
        pytest.skip(f"{tool} of poppler-utils is not installed")
    path, to = folder / "pack.pdf", ["-"] if tool == "pdftotext" else []
    path.write_bytes(pdf)
    return subprocess.run([tool, *arguments, path, *to], check=True, capture_output=True, timeout=120).stdout
