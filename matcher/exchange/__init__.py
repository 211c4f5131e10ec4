"""Catalogs and sheets in and out, with a report of every bad row."""

from matcher.exchange.findings import Progress
from matcher.exchange.layout import as_object
from matcher.exchange.mapping import Mapping, load_mapping
from matcher.exchange.read import read_catalog, read_object
from matcher.exchange.report import Cell, Imported, Problem, Rejected
from matcher.exchange.template import write_template
from matcher.exchange.write import write_catalog, write_rejected

__all__ = [
    "Cell",
    "Imported",
    "Mapping",
    "Problem",
    "Progress",
    "Rejected",
    "as_object",
    "load_mapping",
    "read_catalog",
    "read_object",
    "write_catalog",
    "write_rejected",
    "write_template",
]
