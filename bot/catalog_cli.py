"""``palate catalog``: build a catalogue of one's own, look into one, search it."""

from __future__ import annotations

import json as json_format
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..retrieval.errors import DataError

if TYPE_CHECKING:
    from ..retrieval.catalog import Catalog
    from ..retrieval.catalog_build import Built
    from ..retrieval.catalog_source import CatalogSource, SourceReport
    from ..retrieval.encoder import Encoder
    from ..retrieval.items import Item
    from .catalog_view import CatalogView
    from .settings import Settings

catalog_app = typer.Typer(
    help="Build a catalogue of one's own, look into one, search it.", no_args_is_help=True, rich_markup_mode=None
)

File = Annotated[Path, typer.Argument(help="CSV, TSV, JSON Lines or Parquet, also .gz; or a MovieLens file.")]
Where = Annotated[
    Path | None, typer.Option("--catalog", help="Built catalogue or CSV; embedded if unset [env: PALATE_CATALOG].")
]
Home = Annotated[Path | None, typer.Option("--home", help="Folder for everything Palate writes [env: PALATE_HOME].")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Map = Annotated[
    list[str] | None, typer.Option("--map", help="CATALOGUE_COLUMN=YOUR_COLUMN, such as title=Name; may be repeated.")
]
Domain = Annotated[str, typer.Option(help="What the rows are: film, book, music, …; guessed if unset.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave rows out that cannot be used.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, write nothing, list every bad row.")]


@catalog_app.command()
def build(
    file: File,
    *,
    out: Annotated[Path | None, typer.Option(help="Folder to write; HOME/catalogs/NAME of the file if unset.")] = None,
    mapping: Map = None,
    domain: Domain = "",
    skip_bad: SkipBad = False,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of a catalogue that is there.")] = False,
    dry_run: DryRun = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Build a catalogue of anything; an interrupted build goes on where it was."""
    from ..retrieval.catalog_build import build_catalog, check_target
    from .progress import show_progress

    source = _source(file, mapping, domain)
    if dry_run:
        _dry_run(source, source.check(), skip_bad=skip_bad, json=json)
        return
    target = out or _settings(home).home / "catalogs" / (file.name.split(".")[0] or "catalog")
    check_target(target.resolve(), replace=replace)  # before the encoder is loaded: told at once
    with show_progress() as (progress, _):
        built = build_catalog(source, target, _encoder(home), skip_bad=skip_bad, replace=replace, progress=progress)
    lines = _read_lines(source, built)
    told = {"catalog": str(target), **built.manifest.model_dump(include={"count", "domains", "columns"})}
    told |= {"left_out": built.manifest.sources[-1].left_out, "resumed": built.resumed}
    lines += [f"built {target}: {built.manifest.count} items", f"chat with it: palate chat --catalog {target}"]
    _print(told, lines, json=json)


@catalog_app.command()
def add(
    folder: Annotated[Path, typer.Argument(help="A built catalogue.")],
    file: File,
    *,
    mapping: Map = None,
    domain: Domain = "",
    skip_bad: SkipBad = False,
    dry_run: DryRun = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Add the items of a file to a built catalogue; of another domain, too."""
    from ..retrieval.catalog_build import add_items
    from ..retrieval.catalog_folder import open_catalog, read_catalog_manifest
    from .progress import show_progress

    source = _source(file, mapping, domain)
    if dry_run:
        report = source.check(taken=open_catalog(folder), known=read_catalog_manifest(folder).columns)
        _dry_run(source, report, skip_bad=skip_bad, json=json)
        return
    with show_progress() as (progress, _):
        built = add_items(folder, source, _encoder(home), skip_bad=skip_bad, progress=progress)
    last = built.manifest.sources[-1]
    told = {"catalog": str(folder), **built.manifest.model_dump(include={"count", "domains"})}
    told |= {"added": last.rows - last.left_out, "left_out": last.left_out, "resumed": built.resumed}
    added = f"{folder}: {told['added']} added, {built.manifest.count} items now"
    _print(told, [*_read_lines(source, built), added], json=json)


@catalog_app.command()
def remove(
    folder: Annotated[Path, typer.Argument(help="A built catalogue.")],
    item_ids: Annotated[list[str], typer.Argument(help="Ids of items.", metavar="ID...")],
    *,
    home: Home = None,
    json: Json = False,
) -> None:
    """Remove items from a built catalogue."""
    from ..retrieval.catalog_build import remove_items
    from .progress import show_progress

    with show_progress() as (progress, _):
        manifest = remove_items(folder, item_ids, _encoder(home), progress=progress)
    told = {"catalog": str(folder), "count": manifest.count, "removed": len(set(item_ids))}
    _print(told, [f"{folder}: {len(set(item_ids))} removed, {manifest.count} items left"], json=json)


@catalog_app.command()
def check(*, catalog: Where = None, json: Json = False) -> None:
    """Look for what is wrong with a catalogue; the exit code is 3 where something is."""
    from ..retrieval.catalog_report import check_catalog

    findings = check_catalog(_catalog(catalog))
    lines = [f"{finding.severity}: {finding.text}" for finding in findings]
    errors = sum(finding.severity == "error" for finding in findings)
    _print({"errors": errors, "findings": [asdict(finding) for finding in findings]}, lines or ["clean"], json=json)
    if errors:
        raise typer.Exit(3)


@catalog_app.command()
def info(*, catalog: Where = None, json: Json = False) -> None:
    """Count what a catalogue holds."""
    from ..retrieval.catalog_report import count_catalog, count_lines

    counts = count_catalog(_catalog(catalog))
    _print(counts, count_lines(counts), json=json)


@catalog_app.command()
def search(
    text: Annotated[str, typer.Argument(help="A request in words.")],
    *,
    n: Annotated[int, typer.Option(help="How many items.", min=1, max=1000)] = 10,
    domain: Annotated[str, typer.Option(help="Only this domain.")] = "",
    catalog: Where = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Find items for a request, as the first stage of a conversation does; no language model is loaded."""
    found = _view(catalog, home).search(text, n, domain=domain)
    rows = [{**_brief(item), "score": round(score, 5)} for item, score in found.items]
    lines = [f"{i:>3}. {_line(item)}" for i, (item, _) in enumerate(found.items, start=1)]
    understood = [f"understood: {found.understood}"] if found.understood else []
    _print(
        {"query": text, "understood": found.understood, "items": rows},
        [*understood, *(lines or ["nothing in the catalogue satisfies this request"])], json=json,
    )  # fmt: skip


@catalog_app.command()
def similar(
    item: Annotated[str, typer.Argument(help="A title or an id.")],
    *,
    n: Annotated[int, typer.Option(help="How many items.", min=1, max=1000)] = 10,
    catalog: Where = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Find items like one of the catalogue, and say what joins them."""
    like, found = _view(catalog, home).similar(item, n)
    rows = [{**_brief(other), "score": round(score, 5), "because": list(why)} for other, score, why in found]
    lines = [f"{i:>3}. {_line(other)}\n     {'; '.join(why)}" for i, (other, _, why) in enumerate(found, start=1)]
    _print({"item": _brief(like), "items": rows}, [f"like {like.label}:", *lines], json=json)


def _source(file: Path, mapping: list[str] | None, domain: str) -> CatalogSource:
    from ..retrieval.catalog_source import CatalogSource

    given: dict[str, str] = {}
    for pair in mapping or ():
        target, equals, column = pair.partition("=")
        if not equals or not target.strip() or not column.strip():
            raise DataError(f"--map {pair} is not usable; give CATALOGUE_COLUMN=YOUR_COLUMN, such as title=Name")
        given[target.strip()] = column.strip()
    return CatalogSource(file, mapping=given, domain=domain.strip().casefold())


def _dry_run(source: CatalogSource, report: SourceReport, *, skip_bad: bool, json: bool) -> None:
    from ..retrieval.catalog_report import source_lines, source_report

    lines = [*source_lines(source, report), *(str(problem) for problem in report.problems)]
    _print(source_report(source, report), lines, json=json)
    if not report.n_items or (report.n_bad and not skip_bad):
        raise typer.Exit(3)


def _read_lines(source: CatalogSource, built: Built) -> list[str]:
    from ..retrieval.catalog_report import source_lines

    return ["taken up where it was interrupted"] if built.resumed else source_lines(source, built.report)


def _brief(item: Item) -> dict[str, object]:
    return {"item_id": item.item_id, "domain": item.domain, "title": item.title, "year": item.year}


def _line(item: Item) -> str:
    by = f", by {', '.join(item.makers[:2])}" if item.makers else ""
    kinds = ", ".join(item.genres[:3])
    return f"{item.label}{by}" + (f" · {kinds}" if kinds else "")


def _print(told: dict[str, object], lines: Iterable[str], *, json: bool) -> None:
    typer.echo(json_format.dumps(told, ensure_ascii=False) if json else "\n".join(lines))


def _settings(home: Path | None, catalog: Path | None = None) -> Settings:
    from .settings import load_settings

    return load_settings(home=home, catalog=catalog)


def _catalog(catalog: Path | None) -> Catalog:
    from ..retrieval.catalog import Catalog

    return Catalog.load(_settings(None, catalog).catalog)


def _encoder(home: Path | None) -> Encoder:
    from .factory import load_encoder

    return load_encoder(_settings(home))


def _view(catalog: Path | None, home: Path | None) -> CatalogView:
    from .factory import build_view
    from .progress import show_progress

    with show_progress() as (progress, _):
        return build_view(_settings(home, catalog), progress=progress)
