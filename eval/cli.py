"""The command line of the evaluations: one command each, all with the same output."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..bot.cli import CatalogOption, Seed, fail
from . import cli_people
from .cli_app import STDOUT, JsonOption, app, publish

if TYPE_CHECKING:
    from ..bot.recommender import ConversationalRecommender

__all__ = ["app", "cli_people", "main", "run", "with_json_value"]


@app.command("first-look")
def first_look(
    *,
    tastes: Annotated[
        Path | None, typer.Option(help="JSON Lines of hand-made tastes; the shipped ones if unset.")
    ] = None,
    json: JsonOption = None,
    catalog: CatalogOption = None,
    seed: Seed = 0,
) -> None:
    """Eight ratings of a clear taste: do the held-back titles of its kind rise?"""
    from .first_look import first_look as evaluate
    from .first_look import read_tastes

    told = read_tastes(tastes)
    with tempfile.TemporaryDirectory(prefix="palate-eval-") as home:
        report = evaluate(_recommender(Path(home), catalog, seed), told, seed=seed)
    publish(report, json)


@app.command()
def latency(
    *,
    turns: Annotated[int, typer.Option(help="How many first messages to time.", min=1, max=1000)] = 20,
    json: JsonOption = None,
    catalog: CatalogOption = None,
    seed: Seed = 0,
) -> None:
    """How long a turn takes on this machine, warm, the embedded model wording the reasons."""
    from .latency import latency as evaluate

    with tempfile.TemporaryDirectory(prefix="palate-eval-") as home:
        report = evaluate(_recommender(Path(home), catalog, seed, wording=True), turns=turns, seed=seed)
    publish(report, json)


@app.command()
def requests(
    *,
    file: Annotated[
        Path | None, typer.Option(help="JSON Lines of requests with their relevant titles; the shipped ones if unset.")
    ] = None,
    part: Annotated[
        str, typer.Option(help="tune, report or all; lines that name no part are always in.", metavar="PART")
    ] = "report",
    json: JsonOption = None,
    catalog: CatalogOption = None,
    seed: Seed = 0,
) -> None:
    """Requests in words: does retrieval find what they ask for, and does it keep to their constraints?"""
    from ..bot.factory import build_view
    from ..bot.progress import show_progress
    from ..bot.settings import load_settings
    from .requests import PARTS, read_requests
    from .requests import requests as evaluate

    if part not in PARTS:
        raise typer.BadParameter(f"--part {part} is not known; give one of {', '.join(PARTS)}")
    lines = read_requests(file)
    with tempfile.TemporaryDirectory(prefix="palate-eval-") as home, show_progress() as (progress, _):
        view = build_view(load_settings(home=Path(home), catalog=catalog), progress=progress)
        report = evaluate(view, lines, part=part, seed=seed)
    publish(report, json)


@app.command()
def linking(
    *,
    data: Annotated[Path, typer.Option(help="Labelled dialogues (INSPIRED) or names (ReDial); told by the columns.")],
    json: JsonOption = None,
    catalog: CatalogOption = None,
    seed: Seed = 0,
) -> None:
    """How well titles are recognised: in the utterances of dialogues, or among names with seeded errors."""
    from ..bot.settings import load_settings
    from ..retrieval.catalog import Catalog
    from ..retrieval.titles import TitleLinker
    from .linking import linking as evaluate

    chosen = load_settings(catalog=catalog).catalog
    items = Catalog.load(chosen) if chosen else Catalog.embedded()
    publish(evaluate(TitleLinker(items), items, data, seed=seed), json)


@app.command()
def index(
    *,
    items: Annotated[int, typer.Option(help="How many vectors.", min=200, max=20_000_000)] = 1_000_000,
    dim: Annotated[int, typer.Option(help="Length of a vector.", min=2, max=4096)] = 384,
    queries: Annotated[int, typer.Option(help="How many are searched for, one at a time.", min=1, max=10_000)] = 200,
    figure: Annotated[
        Path | None, typer.Option(help="File for recall against latency; ./index-ITEMSxDIM.png if unset.")
    ] = None,
    json: JsonOption = None,
    seed: Seed = 0,
) -> None:
    """Synthetic vectors: recall, latency, size and build of the index that a catalogue of this size gets."""
    from ..bot.progress import show_progress
    from .index_bench import index_bench

    picture = figure or Path(f"index-{items}x{dim}.png")
    with show_progress() as (progress, _):
        report = index_bench(items, dim, n_queries=queries, seed=seed, figure=picture, progress=progress)
    publish(report, json)
    print(f"figure: {picture}", file=sys.stderr)


def main() -> None:
    """Run the command line; every error becomes one line on standard error and an exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one evaluation and return its exit code."""
    debug = "--debug" in arguments
    try:
        app(with_json_value([a for a in arguments if a != "--debug"]), standalone_mode=False, prog_name="palate-eval")
    except BaseException as error:
        if debug and isinstance(error, Exception):
            raise
        return fail(error)
    return 0


def with_json_value(arguments: list[str]) -> list[str]:
    """Give ``--json`` the value for standard output where none follows it.

    Examples:
        >>> with_json_value(["first-look", "--json"]), with_json_value(["first-look", "--json", "out.json"])
        (['first-look', '--json', '-'], ['first-look', '--json', 'out.json'])
    """
    filled: list[str] = []
    for i, argument in enumerate(arguments):
        filled.append(argument)
        following = arguments[i + 1] if i + 1 < len(arguments) else "--"
        if argument == "--json" and following.startswith("--"):
            filled.append(STDOUT)
    return filled


def _recommender(home: Path, catalog: Path | None, seed: int, *, wording: bool = False) -> ConversationalRecommender:
    """Build a recommender on a home of its own; templates word the reasons where nobody reads or times them."""
    from ..bot.factory import build_recommender
    from ..bot.progress import show_progress
    from ..bot.settings import load_settings

    with show_progress() as (progress, say):
        settings = load_settings(home=home, catalog=catalog, chat_model="" if wording else "none")
        return build_recommender(settings, seed=seed, progress=progress, say=say)
