"""``palate data`` and ``palate ratings``: public data sets, and ratings of one's own."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..retrieval.data_sets import DataSet
    from ..retrieval.ratings_import import RatingsReport
    from .settings import Settings

data_app = typer.Typer(help="Fetch public data sets from their authors.", no_args_is_help=True, rich_markup_mode=None)
ratings_app = typer.Typer(help="Import ratings of many people.", no_args_is_help=True, rich_markup_mode=None)

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Folder of data sets; HOME/data if unset.")]
HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Folder for everything Palate writes [env: PALATE_HOME].")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_LISTED = 10


@data_app.callback()
def _data() -> None:
    """Fetch public data sets from their authors."""


@ratings_app.callback()
def _ratings() -> None:
    """Import ratings of many people."""


@data_app.command("list")
def list_data(*, data_dir: DataDir = None, home: HomeOption = None, json: Json = False) -> None:
    """Say which data sets there are, under which terms, and which are here."""
    from ..retrieval.data_fetch import DataFetcher
    from ..retrieval.data_sets import DATA_SETS

    folder = data_dir or _settings(home).home / "data"
    here = {name: DataFetcher(folder).has(known) for name, known in DATA_SETS.items()}
    told = [
        {"name": name, "title": known.title, "homepage": known.homepage, "licence": known.licence, "here": here[name]}
        for name, known in DATA_SETS.items()
    ]
    lines = [
        f"{name}  ({f'in {folder / name}' if here[name] else 'not fetched'})\n  {known.title}\n  {known.licence}\n"
        f"  {known.homepage}"
        for name, known in DATA_SETS.items()
    ]
    _print({"data_dir": str(folder), "data_sets": told}, lines, json=json)


@data_app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="A name of 'palate data list'.")],
    *,
    data_dir: DataDir = None,
    accept_licence: Annotated[bool, typer.Option("--accept-licence", help="Accept the terms without asking.")] = False,
    home: HomeOption = None,
    json: Json = False,
) -> None:
    """Fetch a data set from its authors; a copy of its files in the data folder is taken instead of a download."""
    from ..retrieval.data_fetch import DataFetcher
    from ..retrieval.data_sets import data_set
    from .progress import show_progress

    wanted = data_set(name)
    folder = data_dir or _settings(home).home / "data"
    if not DataFetcher(folder).has(wanted):
        _accept(wanted, accepted=accept_licence)
    with show_progress() as (progress, say):
        target = DataFetcher(folder, progress=progress, say=say).fetch(wanted)
    lines = [f"{name} is in {target}", f"use it: palate catalog build {target / wanted.items}"]
    if wanted.ratings:
        lines.append(f"and with the catalogue that this writes: palate ratings import {target / wanted.ratings}")
    _print({"name": name, "folder": str(target), "items": wanted.items, "ratings": wanted.ratings}, lines, json=json)


@ratings_app.command("import")
def import_ratings(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSON Lines or Parquet, also .gz; or a MovieLens file.")],
    *,
    user_col: Annotated[str, typer.Option("--user-col", help="Column of people; guessed if unset.")] = "",
    item_col: Annotated[str, typer.Option("--item-col", help="Column of item ids; guessed if unset.")] = "",
    rating_col: Annotated[str, typer.Option("--rating-col", help="Column of ratings; guessed if unset.")] = "",
    time_col: Annotated[str, typer.Option("--time-col", help="Column of times; guessed if unset.")] = "",
    title_col: Annotated[
        str, typer.Option("--title-col", help="Column of titles, to match by; guessed if unset.")
    ] = "",
    scale: Annotated[
        tuple[float, float] | None, typer.Option("--scale", help="Lowest and highest rating; guessed if unset.")
    ] = None,
    catalog: Annotated[
        Path | None, typer.Option("--catalog", help="Built catalogue or CSV that was rated [env: PALATE_CATALOG].")
    ] = None,
    unmatched: Annotated[
        Path | None, typer.Option("--unmatched", help="CSV to write the items to that the catalogue lacks.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report, keep nothing.")] = False,
    home: HomeOption = None,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.")] = 0,
    json: Json = False,
) -> None:
    """Import ratings of many people, for what people with a like taste like."""
    from ..retrieval.catalog import Catalog
    from ..retrieval.rating_columns import RatingColumns
    from ..retrieval.rating_scale import RatingScale
    from ..retrieval.ratings_import import RatingsImport, write_unmatched
    from ..retrieval.ratings_store import ratings_folder
    from .progress import show_progress

    settings = _settings(home, catalog)
    rated = Catalog.load(settings.catalog)
    columns = RatingColumns(user_col, item_col, rating_col, time_col, title_col)
    with show_progress() as (_, say):
        read = RatingsImport(file, rated, columns, scale=RatingScale(*scale) if scale else None, say=say)
        if unmatched is not None:
            write_unmatched(read.report, unmatched)
        folder = ratings_folder(settings.home, rated, settings.catalog)
        if not dry_run:
            read.save(folder, seed=seed, say=say)
    where = "nothing was kept (--dry-run)" if dry_run else f"kept in {folder}"
    _print({**_told(read.report), "folder": "" if dry_run else str(folder)}, [*_lines(read.report), where], json=json)


def _accept(wanted: DataSet, *, accepted: bool) -> None:
    terms = f"{wanted.title}\n{wanted.homepage}\n\nTerms: {wanted.licence}\nCite: {wanted.citation}\n"
    typer.echo(terms, err=True)
    if accepted:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("its terms must be accepted first; read them above and add --accept-licence")
    if not typer.confirm("Do you accept these terms?", err=True):
        raise typer.Abort


def _told(report: RatingsReport) -> dict[str, object]:
    return {
        **{name: value for name, value in asdict(report).items() if name not in {"unmatched", "problems", "scale"}},
        "scale": [report.scale.low, report.scale.high],
        "n_unmatched": report.n_unmatched,
        "n_unmatched_items": len(report.unmatched),
        "unmatched": [asdict(item) for item in report.unmatched[:_LISTED]],
        "problems": [asdict(problem) for problem in report.problems[:_LISTED]],
    }


def _lines(report: RatingsReport) -> Iterable[str]:
    columns = ", ".join(f"{what} from {column}" for what, column in asdict(report.columns).items() if column)
    yield f"{report.file}: {report.n_rows:,} rows; {columns}"
    yield (
        f"{report.n_ratings:,} ratings of {report.n_items:,} items by {report.n_users:,} people, on a scale of "
        f"{report.scale} (3 of 5 stars, else the middle, is neither good nor bad; another scale: --scale)"
    )
    for how, n in report.matched.items():
        yield f"matched by {how}: {_share(n, report)}"
    if report.titles_from:
        yield f"titles from {report.titles_from}"
    if report.n_repeated:
        yield f"replaced by a later rating of the same item: {report.n_repeated:,}"
    if report.unmatched:
        yield (
            f"not in the catalogue: {_share(report.n_unmatched, report)}, of {len(report.unmatched):,} items; add them "
            "to the catalogue, or name a column of titles with --title-col; --unmatched FILE lists all"
        )
        for item in report.unmatched[:_LISTED]:
            yield f"  {item.n_ratings:>8,}  {item.title or item.item}: {item.reason}"
    if report.n_bad:
        yield f"not usable: {_share(report.n_bad, report)}"
        yield from (f"  {problem}" for problem in report.problems[:_LISTED])


def _share(n: int, report: RatingsReport) -> str:
    return f"{n:,} ({n / report.n_rows:.1%})"


def _print(told: dict[str, object], lines: Iterable[str], *, json: bool) -> None:
    typer.echo(json_format.dumps(told, ensure_ascii=False) if json else "\n".join(lines))


def _settings(home: Path | None, catalog: Path | None = None) -> Settings:
    from .settings import load_settings

    return load_settings(home=home, catalog=catalog)
