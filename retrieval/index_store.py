"""The item vectors and their index on disk, with a manifest; rebuilt when catalogue or encoder change."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock
from pydantic import BaseModel, ConfigDict, ValidationError

from .encoder import Encoder, Vectors
from .errors import RetrievalError
from .files import environment_errors, new_folder
from .index_draft import ItemTexts, Progress, encode_into
from .index_presets import Preset, choose_preset, new_index
from .vector_index import GrowingIndex

logger = logging.getLogger(__name__)

_VECTORS = "vectors.npy"
_INDEX = "index.faiss"
_MANIFEST = "manifest.json"


class IndexManifest(BaseModel):
    """What an index on disk was built from, and the sha256 of each of its files."""

    model_config = ConfigDict(extra="forbid")

    format: int = 2
    preset: Preset = "exact"
    encoder: str
    dim: int
    count: int
    catalog_sha256: str
    files: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class ItemVectors:
    """Item vectors of shape ``(n_items, dim)``, rows of length one, and the index over them.

    Of a large catalogue both are mapped from their files, read-only: what is not used takes no memory.
    """

    vectors: Vectors
    index: GrowingIndex
    manifest: IndexManifest


def open_index(folder: Path, catalog: ItemTexts, encoder: Encoder, *, progress: Progress | None = None) -> ItemVectors:
    """Load the index in ``folder``, or build it where it is missing, damaged or of another catalogue or encoder.

    Loading writes nothing. Building keeps the vectors done so far in ``<folder>.building`` and goes on from there after
    an interruption; ``folder`` itself appears whole or not at all. Two processes do not build at once: one waits.

    Args:
        folder: Where the index lives; one folder a catalogue.
        catalog: The items; row i of the vectors is the item at position i.
        encoder: What turns their texts into vectors.
        progress: Called with a label, the items done and their number.

    Raises:
        EnvironmentProblem: The folder cannot be written.
        RetrievalError: The catalogue has other items than it says.
    """
    wanted = IndexManifest(
        preset=choose_preset(len(catalog)), encoder=encoder.name, dim=encoder.dim, count=len(catalog),
        catalog_sha256=catalog.sha256,
    )  # fmt: skip
    if found := _load(folder, wanted):
        return found
    with _locked(folder):
        return _load(folder, wanted) or _build(folder, wanted, catalog, encoder, progress)


def read_manifest(folder: Path) -> IndexManifest | None:
    """Return the manifest in ``folder``; None where there is no usable one."""
    try:
        return IndexManifest.model_validate(json.loads((folder / _MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError):
        return None


def _load(folder: Path, wanted: IndexManifest) -> ItemVectors | None:
    manifest = read_manifest(folder)
    if manifest is None or manifest.model_copy(update={"files": {}}) != wanted:
        return None
    index = new_index(manifest.preset)
    try:
        if manifest.files != {name: _sha256(folder / name) for name in (_INDEX, _VECTORS)}:
            raise RetrievalError(f"the index in {folder} has changed since it was written")
        vectors = _vectors(folder / _VECTORS, manifest.preset)
        index.load(folder / _INDEX)
    except (OSError, EOFError, ValueError, RetrievalError) as error:
        logger.warning("the index is built anew: %s", error)
        return None
    return ItemVectors(vectors, index, manifest) if vectors.shape == (wanted.count, wanted.dim) else None


def _build(
    folder: Path, wanted: IndexManifest, catalog: ItemTexts, encoder: Encoder, progress: Progress | None
) -> ItemVectors:
    logger.info("building the %s index in %s", wanted.preset, folder)
    building = folder.with_name(f"{folder.name}.building")
    encoded = encode_into(building, catalog, encoder, progress=progress)
    index = new_index(wanted.preset)
    index.build(_vectors(encoded, wanted.preset))
    with new_folder(folder) as draft, environment_errors(folder):
        _link(encoded, draft / _VECTORS)
        index.save(draft / _INDEX)
        hashes = {name: _sha256(draft / name) for name in (_INDEX, _VECTORS)}
        manifest = wanted.model_copy(update={"files": hashes})
        (draft / _MANIFEST).write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
    shutil.rmtree(building, ignore_errors=True)
    return ItemVectors(_vectors(folder / _VECTORS, wanted.preset), index, manifest)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the right to build ``folder``; nothing of it is left behind."""
    path = folder.with_name(f"{folder.name}.lock")
    with environment_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        path.touch()  # says at once what a lock would try again and again: that the folder cannot be written
    with FileLock(path):
        yield
        path.unlink(missing_ok=True)


def _vectors(path: Path, preset: Preset) -> Vectors:
    """Read the vectors of a small catalogue, map those of a large one."""
    vectors: Vectors = np.load(path, mmap_mode=None if preset == "exact" else "r", allow_pickle=False)
    return vectors


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, so that it is in both places without being copied."""
    try:
        os.link(source, target)
    except OSError:  # a file system without such links
        shutil.copyfile(source, target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
