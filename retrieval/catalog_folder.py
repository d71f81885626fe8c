"""A built catalogue on disk: the items, their index, and a manifest that says what they were made from."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from .catalog import Catalog, content_hash
from .column_types import ColumnType
from .encoder import Encoder
from .errors import DataError
from .files import environment_errors
from .index_store import open_index
from .item_store import ItemStore, write_items
from .items import Item

Progress = Callable[[str, int, int], None]
MANIFEST, ITEMS, INDEX, RATINGS = "catalog.json", "items.sqlite", "index", "ratings"
# What a draft is made of, while it grows: whoever asks for the same takes it up.
_REQUEST, _LOCK = "resume.json", "build.lock"


class Source(BaseModel):
    """One file that went into a catalogue."""

    model_config = ConfigDict(extra="forbid")

    file: str
    sha256: str
    format: str
    profile: str = ""
    mapping: dict[str, str] = {}
    domain: str = ""
    rows: int = 0
    left_out: int = 0


class CatalogManifest(BaseModel):
    """What a built catalogue holds and was made from."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    count: int = 0
    domains: dict[str, int] = {}
    columns: dict[str, ColumnType] = {}
    sources: list[Source] = []
    catalog_sha256: str = ""
    items_sha256: str = ""


def read_catalog_manifest(folder: Path) -> CatalogManifest:
    """Return the manifest of a built catalogue.

    Raises:
        DataError: There is none, or it cannot be read.
    """
    path = folder / MANIFEST
    if not folder.is_dir():
        raise DataError(f"catalogue {folder} is no folder; give a folder that 'palate catalog build' wrote")
    try:
        return CatalogManifest.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise DataError(
            f"catalogue {folder} is a folder without {MANIFEST}; give a folder that 'palate catalog build' wrote, or a "
            "CSV file"
        ) from error
    except (OSError, ValidationError) as error:
        raise DataError(f"{path} cannot be read; build the catalogue again") from error


def open_catalog(folder: Path) -> Catalog:
    """Open a built catalogue; above 100,000 items they stay on disk.

    Raises:
        DataError: It is no built catalogue, or its items have changed since it was written.
    """
    manifest = read_catalog_manifest(folder)
    path = folder / ITEMS
    if not path.is_file() or file_sha256(path) != manifest.items_sha256:
        raise DataError(f"{path} is missing or has changed since it was written; build the catalogue again")
    return Catalog(ItemStore(path), sha256=manifest.catalog_sha256)


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file, read a piece at a time."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class CatalogDraft:
    """The folder ``<target>.building`` in which a catalogue grows until it takes the place of ``target``.

    A context: what cannot be taken up again is gone at its end. One process at a time works in it.

    Args:
        target: Where the catalogue will be.
        request: Says what is being made; a draft of the same request that was interrupted is taken up.

    Raises:
        DataError: Something else is in the way, or another process is at work.
        EnvironmentProblem: The folder cannot be written.
    """

    def __init__(self, target: Path, request: str) -> None:
        self._target = target
        self._folder = target.parent / f"{target.name}.building"
        self._old = _replaced(target)
        self._request = request
        for folder in (self._folder, self._old):
            if folder.exists() and not _is_ours(folder):
                raise DataError(f"{folder} is in the way and no catalogue; move it, or give another folder")
        self._lock = FileLock(self._folder / _LOCK, timeout=0)

    def __enter__(self) -> CatalogDraft:
        with environment_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire()
            except Timeout as error:
                raise DataError(f"another process is building {self._target}; wait until it is done") from error
        self.resumed = self._is_of_this_request()
        if not self.resumed:
            self._keep_only(_LOCK)
        return self

    def __exit__(self, *_: object) -> None:
        if not self._is_of_this_request():
            shutil.rmtree(self._folder, ignore_errors=True)
        self._lock.release()

    def write(self, items: Iterable[Item]) -> None:
        """Write the items."""
        with environment_errors(self._folder):
            write_items(self._folder / ITEMS, items)

    def describe(self, sources: Iterable[Source], columns: Mapping[str, ColumnType]) -> None:
        """Write the manifest, and that the items are whole."""
        store = ItemStore(self._folder / ITEMS)
        manifest = CatalogManifest(
            count=len(store), domains=dict(Counter(item.domain for item in store).most_common()), columns=dict(columns),
            sources=list(sources), catalog_sha256=content_hash(store), items_sha256=file_sha256(self._folder / ITEMS),
        )  # fmt: skip
        with environment_errors(self._folder):
            (self._folder / MANIFEST).write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
            (self._folder / _REQUEST).write_text(self._request, encoding="utf-8")

    def finish(self, encoder: Encoder, progress: Progress | None) -> CatalogManifest:
        """Build the index and move everything into place."""
        open_index(self._folder / INDEX, open_catalog(self._folder), encoder, progress=progress)
        with environment_errors(self._target):
            self._keep_only(MANIFEST, ITEMS, INDEX, _REQUEST, _LOCK)
            if (self._target / RATINGS).is_dir():  # imported ratings name items by id, so they stay
                shutil.copytree(self._target / RATINGS, self._folder / RATINGS)
            shutil.rmtree(self._old, ignore_errors=True)
            if self._target.exists():
                self._target.rename(self._old)
            self._folder.rename(self._target)
            (self._target / _REQUEST).unlink()
            (self._target / _LOCK).unlink(missing_ok=True)
            shutil.rmtree(self._old, ignore_errors=True)
        return read_catalog_manifest(self._target)

    def _keep_only(self, *names: str) -> None:
        for path in self._folder.iterdir():
            if path.name not in names:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _is_of_this_request(self) -> bool:
        try:
            return (self._folder / _REQUEST).read_text(encoding="utf-8") == self._request
        except OSError:
            return False


def recover(target: Path) -> None:
    """Put a catalogue back that was moved away to be replaced, where the machine stopped before it was."""
    if not target.exists() and (_replaced(target) / MANIFEST).exists():
        with environment_errors(target):
            _replaced(target).rename(target)


def _replaced(target: Path) -> Path:
    return target.parent / f"{target.name}.replaced"


def _is_ours(folder: Path) -> bool:
    ours = {ITEMS, MANIFEST, _LOCK}
    return folder.is_dir() and (not any(folder.iterdir()) or any((folder / name).exists() for name in ours))
