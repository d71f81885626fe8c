"""What every command of the evaluations shares: the application, its options, and how a report goes out."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..retrieval.files import environment_errors

if TYPE_CHECKING:
    from .report import Report

app = typer.Typer(
    name="palate-eval",
    help="Offline evaluation: every command prints one table, or one JSON object with --json [OUT].",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

JsonOption = Annotated[
    str | None, typer.Option("--json", help="Print JSON; with a file name, write it there.", metavar="[OUT]")
]
STDOUT = "-"


@app.callback()
def options() -> None:
    """Offline evaluation: every command prints one table, or one JSON object with --json [OUT]."""


def publish(report: Report, out: str | None) -> None:
    """Print a report as a table, or as JSON to standard output or into a file."""
    if out is None:
        from rich.console import Console

        Console().print(report.as_table())
        return
    text = json_format.dumps(report.as_json(), indent=2, ensure_ascii=False)
    if out == STDOUT:
        print(text)
        return
    with environment_errors(Path(out)):
        Path(out).write_text(text + "\n", encoding="utf-8")
