"""Reading a catalog, whatever kind of file it stands in."""

from __future__ import annotations

from collections.abc import Mapping as Object
from pathlib import Path
from typing import Any

from matcher.domain import Chains, load_chains
from matcher.errors import CatalogError
from matcher.exchange.citizen import masked
from matcher.exchange.findings import Findings, Progress
from matcher.exchange.firms import read_firm
from matcher.exchange.jsonl import Line, json_line, read_jsonl
from matcher.exchange.mapping import Mapping
from matcher.exchange.report import Imported
from matcher.exchange.sheets import read_flat_jsonl, read_sheet


def read_catalog(
    path: Path | str,
    *,
    mapping: Mapping | None = None,
    chains: Chains | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Read a catalog; bad rows are reported, not raised.

    Args:
        path: Ends in .jsonl, .csv or .xlsx; the catalog format, or any sheet whose headers are known.
        mapping: For other headers; with it, a JSON-lines file is read as flat objects.
        chains: Whose clusters are known; those that come with the project where it is not given.
        progress: Called with rows done and rows there are, after every hundredth row and the last.

    Raises:
        CatalogError: the file cannot be read at all, or the mapping does not fit it.
    """
    path = Path(path)
    clusters = (chains or load_chains()).clusters
    match path.suffix.lower(), mapping:
        case ".jsonl", None:
            return read_jsonl(path, clusters=clusters, progress=progress)
        case ".jsonl", Mapping():
            return read_flat_jsonl(path, mapping=mapping, clusters=clusters, progress=progress)
        case ((".csv" | ".xlsx"), _):
            return read_sheet(path, mapping=mapping, clusters=clusters, progress=progress)
    raise CatalogError(path=path, problem="unknown kind of file", remedy="give a .jsonl, .csv or .xlsx file")


def read_object(data: Object[str, Any], *, name: str, chains: Chains) -> Imported:
    """Read one firm of the catalog format that is no longer text, as a request's body.

    Args:
        data: The object.
        name: What reports call its source.
        chains: Whose clusters are known.
    """
    findings = Findings(name)
    firm = read_firm(data, row=1, findings=findings, clusters=chains.clusters)
    line = Line(1, (json_line(masked(dict(data))),), data)
    return findings.imported([firm] if firm else [], [line])
