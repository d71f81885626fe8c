"""The item vectors and their index on disk, with a manifest; rebuilt when catalogue or encoder change."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from .catalog import Catalog
from .encoder import Encoder, Vectors
from .errors import RetrievalError
from .files import environment_errors, new_folder
from .vector_index import FaissIndex, VectorIndex

logger = logging.getLogger(__name__)

_BATCH = 64
Progress = Callable[[str, int, int], None]


class IndexManifest(BaseModel):
    """What an index on disk was built from, and the sha256 of each of its files."""

    model_config = ConfigDict(extra="forbid")

    format: int = 1
    preset: str = "exact"
    encoder: str
    dim: int
    count: int
    catalog_sha256: str
    files: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class ItemVectors:
    """Item vectors of shape ``(n_items, dim)``, rows of length one, and the index over them."""

    vectors: Vectors
    index: VectorIndex
    manifest: IndexManifest


def open_index(folder: Path, catalog: Catalog, encoder: Encoder, *, progress: Progress | None = None) -> ItemVectors:
    """Load the index in ``folder``, or build it where it is missing, damaged or of another catalogue or encoder.

    Args:
        folder: Where the index lives; one folder a catalogue.
        catalog: The items; row i of the vectors is the item at position i.
        encoder: What turns their texts into vectors.
        progress: Called with a label, the items done and their number.

    Raises:
        EnvironmentProblem: The folder cannot be written.
    """
    wanted = IndexManifest(encoder=encoder.name, dim=encoder.dim, count=len(catalog), catalog_sha256=catalog.sha256)
    found = _load(folder, wanted)
    if found is not None:
        return found
    logger.info("building the index in %s", folder)
    vectors = _encode(catalog, encoder, progress)
    index = FaissIndex()
    index.build(vectors)
    with new_folder(folder) as draft, environment_errors(folder):
        np.save(draft / "vectors.npy", vectors, allow_pickle=False)
        index.save(draft / f"index{index.suffix}")
        hashes = {path.name: _sha256(path) for path in sorted(draft.iterdir())}
        manifest = wanted.model_copy(update={"files": hashes})
        (draft / "manifest.json").write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
    return ItemVectors(vectors, index, manifest)


def read_manifest(folder: Path) -> IndexManifest | None:
    """Return the manifest in ``folder``; None where there is no usable one."""
    try:
        return IndexManifest.model_validate(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError):
        return None


def _load(folder: Path, wanted: IndexManifest) -> ItemVectors | None:
    manifest = read_manifest(folder)
    if manifest is None or manifest.model_copy(update={"files": {}}) != wanted:
        return None
    index = FaissIndex()
    try:
        if manifest.files != {name: _sha256(folder / name) for name in ("vectors.npy", f"index{index.suffix}")}:
            raise RetrievalError(f"the index in {folder} has changed since it was written")
        vectors = np.load(folder / "vectors.npy", allow_pickle=False)
        index.load(folder / f"index{index.suffix}")
    except (OSError, EOFError, ValueError, RetrievalError) as error:
        logger.warning("the index is built anew: %s", error)
        return None
    return ItemVectors(vectors, index, manifest) if vectors.shape == (wanted.count, wanted.dim) else None


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _encode(catalog: Catalog, encoder: Encoder, progress: Progress | None) -> Vectors:
    texts = [item.text for item in catalog]
    blocks = []
    for start in range(0, len(texts), _BATCH):
        blocks.append(encoder.encode_items(texts[start : start + _BATCH]))
        if progress:
            progress("indexing items", min(start + _BATCH, len(texts)), len(texts))
    return np.concatenate(blocks)
