"""The `khukha` command: one room for all subcommands, one place where errors meet the shell."""

from __future__ import annotations

import os
import sys

import typer
from rich.console import Console
from rich.markup import escape

from api.cli import backups, catalog, chains, demo, evaluate, fair, gaps, lists, privacy, search, service, timetable
from api.errors import RequestError, ServiceError
from indexes import IndexesError
from matcher.errors import InputError, MatcherError

EXIT_INPUT = 2
EXIT_OPERATOR = 3

app = typer.Typer(
    name="khukha",
    help="คู่ค้า: ใครควรได้พบใคร / who should meet whom along a Thai SME cluster's value chain.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (search, catalog, chains, gaps, evaluate, demo, fair, lists, service, privacy, backups, timetable):
    module.register(app)


def main() -> None:
    """Run the command; an error the matcher raises on purpose becomes one sentence and an exit code."""
    try:
        app()
    except (InputError, RequestError) as problem:
        _fail(problem, EXIT_INPUT)
    except (MatcherError, IndexesError, ServiceError) as problem:
        _fail(problem, EXIT_OPERATOR)
    except BrokenPipeError:  # `khukha … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(problem: Exception, code: int) -> None:
    Console(stderr=True).print(f"[bold red]khukha:[/] {escape(str(problem))}", highlight=False, soft_wrap=True)
    sys.exit(code)
