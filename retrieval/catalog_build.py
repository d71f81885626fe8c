"""From a table to a catalogue folder: items first, then vectors and index; all or nothing, and resumable.

The work happens in ``<folder>.building`` beside the target. What was refused is removed; what was interrupted stays
there and is taken up by the next run of the same command.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .catalog import Catalog
from .catalog_folder import (
    INDEX,
    MANIFEST,
    CatalogDraft,
    CatalogManifest,
    Progress,
    Source,
    file_sha256,
    open_catalog,
    read_catalog_manifest,
    recover,
)
from .catalog_source import CatalogSource, SourceReport
from .column_types import agreed_types
from .encoder import Encoder
from .errors import DataError
from .index_store import open_index
from .items import Item
from .kept_vectors import RememberingEncoder

_EVERY = 1_000
_TOLD = 5


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did.

    Args:
        manifest: What the catalogue holds now.
        report: What the reading of the table found; empty where the build was resumed, for it had been read before.
        resumed: Whether an interrupted build was taken up.
    """

    manifest: CatalogManifest
    report: SourceReport
    resumed: bool


def build_catalog(
    source: CatalogSource, out: Path, encoder: Encoder, *, skip_bad: bool = False, replace: bool = False,
    progress: Progress | None = None,
) -> Built:  # fmt: skip
    """Write the catalogue folder ``out``: its items, their vectors and their index.

    Args:
        source: The table.
        out: The folder; it appears whole or not at all.
        encoder: Turns item texts into vectors.
        skip_bad: Leave rows out that cannot be used, in place of refusing the table.
        replace: Take the place of a catalogue that is there.
        progress: Called with a label, the number done and the number to do.

    Raises:
        DataError: Rows cannot be used, no row can, or ``out`` is taken.
        EnvironmentProblem: The folder cannot be written.
    """
    out = out.resolve()
    recover(out)
    check_target(out, replace=replace)
    described = _described(source)
    report = SourceReport()
    with CatalogDraft(out, _request("build", described, encoder, skip_bad=skip_bad)) as draft:
        if not draft.resumed:
            draft.write(_told(source.items(report), progress))
            _refuse_bad(report, described.file, skip_bad=skip_bad)
            draft.describe([_counted(described, report)], source.types)
        return Built(draft.finish(encoder, progress), report, draft.resumed)


def add_items(
    folder: Path, source: CatalogSource, encoder: Encoder, *, skip_bad: bool = False, progress: Progress | None = None
) -> Built:
    """Add the items of a table to a built catalogue; an id that is there already is a problem of its row.

    Vectors of the items that stay are taken over, only new ones are encoded. The types of known columns hold.

    Raises:
        DataError: Rows cannot be used; the catalogue stays as it was.
    """
    folder = folder.resolve()
    recover(folder)
    old, manifest = open_catalog(folder), read_catalog_manifest(folder)
    described, report = _described(source), SourceReport()
    request = _request("add", described, encoder, skip_bad=skip_bad, to=manifest.catalog_sha256)
    with CatalogDraft(folder, request) as draft:
        if not draft.resumed:
            new = _told(source.items(report, taken=old, known=manifest.columns), progress)
            draft.write(itertools.chain(old, new))
            _refuse_bad(report, described.file, skip_bad=skip_bad)
            columns = agreed_types(manifest.columns, source.types)
            draft.describe([*manifest.sources, _counted(described, report)], columns)
        return Built(draft.finish(_remembering(encoder, folder, old), progress), report, draft.resumed)


def remove_items(
    folder: Path, item_ids: Iterable[str], encoder: Encoder, *, progress: Progress | None = None
) -> CatalogManifest:
    """Remove items from a built catalogue; vectors of the others are taken over.

    Raises:
        DataError: An id is not there, or nothing would be left; the catalogue stays as it was.
    """
    folder = folder.resolve()
    recover(folder)
    old, manifest, gone = open_catalog(folder), read_catalog_manifest(folder), frozenset(item_ids)
    for item_id in sorted(gone):
        old.position(item_id)
    if len(gone) == len(old):
        raise DataError(f"{folder}: nothing would be left; delete the folder instead")
    request = {"remove": sorted(gone), "from": manifest.catalog_sha256, "encoder": encoder.name}
    with CatalogDraft(folder, json.dumps(request)) as draft:
        if not draft.resumed:
            draft.write(item for item in old if item.item_id not in gone)
            draft.describe(manifest.sources, manifest.columns)
        return draft.finish(_remembering(encoder, folder, old), progress)


def check_target(out: Path, *, replace: bool) -> None:
    """Refuse a target that is taken.

    Raises:
        DataError: It is a file, a folder with other files, or a catalogue that is not to be replaced.
    """
    if not out.name:
        raise DataError(f"--out {out} is the root of the file system; give a new folder")
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not out.is_dir():
        raise DataError(f"--out {out} is a file; give a folder")
    if not (out / MANIFEST).exists():
        raise DataError(f"--out {out} is a folder with other files; give a new or empty folder")
    if not replace:
        raise DataError(f"--out {out} is a catalogue already; give another folder, or --replace to build it anew")


def _refuse_bad(report: SourceReport, name: str, *, skip_bad: bool) -> None:
    """Refuse a table with rows that cannot be used."""
    if report.n_items and (skip_bad or not report.n_bad):
        return
    told = "; ".join(str(problem) for problem in report.problems[:_TOLD])
    more = f"; and {len(report.problems) - _TOLD} more" if len(report.problems) > _TOLD else ""
    remedy = "correct them" + (", or leave them out with --skip-bad; --dry-run lists all" if report.n_items else "")
    count = f"{report.n_bad} of {report.n_rows} rows cannot be used"
    raise DataError(f"{name}: {count}: {told}{more}. Nothing was built; {remedy}")


def _described(source: CatalogSource) -> Source:
    return Source(
        file=source.table.path.name, sha256=file_sha256(source.table.path), format=source.table.format,
        profile=source.profile.name if source.profile else "", mapping=source.mapping, domain=source.domain,
    )  # fmt: skip


def _counted(described: Source, report: SourceReport) -> Source:
    return described.model_copy(update={"rows": report.n_rows, "left_out": report.n_bad})


def _request(what: str, described: Source, encoder: Encoder, *, skip_bad: bool, to: str = "") -> str:
    return json.dumps([what, described.model_dump(), encoder.name, skip_bad, to], sort_keys=True)


def _remembering(encoder: Encoder, folder: Path, catalog: Catalog) -> Encoder:
    """Return the encoder with the vectors of the catalogue as it was."""
    kept = open_index(folder / INDEX, catalog, encoder)
    known = ((item.text, row) for item, row in zip(catalog, kept.vectors, strict=True))
    return RememberingEncoder(encoder, known=known)


def _told(items: Iterable[Item], progress: Progress | None) -> Iterator[Item]:
    """Pass items on, and tell now and then how many there were; how many will come nobody knows before the end."""
    number = 0
    for number, item in enumerate(items, start=1):
        if progress and number % _EVERY == 0:
            progress("reading rows", number, number + 1)
        yield item
    if progress and number:
        progress("reading rows", number, number)
