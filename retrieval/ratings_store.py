"""Ratings kept beside a catalogue: where they lie, what they came from, and how they are read again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from .catalog import Catalog
from .catalog_folder import MANIFEST as CATALOG_MANIFEST
from .catalog_folder import RATINGS, file_sha256
from .errors import DataError
from .rating_scale import RatingScale

INTERACTIONS, FACTORS, MANIFEST = "interactions.parquet", "item_factors.safetensors", "ratings.json"


class RatingsManifest(BaseModel):
    """What a folder of ratings holds and was made from."""

    model_config = ConfigDict(extra="forbid")

    format: int = 1
    source: str
    source_sha256: str
    catalog_sha256: str
    interactions_sha256: str
    factors_sha256: str
    n_ratings: int
    n_users: int
    n_items: int
    scale: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Interactions:
    """Ratings of one catalogue, ordered by person and time.

    Args:
        users: Code of the person, from 0, shape ``(n,)``.
        rows: Row of the item in the catalogue, shape ``(n,)``.
        rewards: From -1 to 1, shape ``(n,)``.
        user_ids: The people by code.
    """

    users: NDArray[np.int64]
    rows: NDArray[np.int64]
    rewards: NDArray[np.float64]
    user_ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)


def ratings_folder(home: Path, catalog: Catalog, path: Path | None = None) -> Path:
    """Return where the ratings of a catalogue are kept.

    Args:
        home: The folder for everything Palate writes.
        catalog: The catalogue.
        path: Where it was loaded from; None for the embedded one.

    Returns:
        The folder ``ratings`` in a built catalogue; for every other one ``ratings/<first 16 of its sha256>`` in
        ``home``. It need not be there.
    """
    if path is not None and (path / CATALOG_MANIFEST).is_file():
        return path / RATINGS
    return home / RATINGS / catalog.sha256[:16]


def read_ratings_manifest(folder: Path) -> RatingsManifest | None:
    """Return what a folder of ratings holds; None where no ratings were imported.

    Raises:
        DataError: It cannot be read.
    """
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        return RatingsManifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(f"{path} cannot be read; import the ratings again") from error


def read_interactions(folder: Path, catalog: Catalog) -> Interactions:
    """Read the ratings of a catalogue; those of items that it no longer has are left out.

    Raises:
        DataError: There are none, or they are damaged.
    """
    manifest = read_ratings_manifest(folder)
    path = folder / INTERACTIONS
    if manifest is None or not path.is_file():
        raise DataError(f"no ratings are in {folder}; import some with 'palate ratings import'")
    if file_sha256(path) != manifest.interactions_sha256:
        raise DataError(f"{path} has changed since it was written; import the ratings again")
    from pyarrow import parquet

    table = parquet.read_table(path, read_dictionary=["user", "item_id"]).combine_chunks().unify_dictionaries()
    users, items = (table.column(name).combine_chunks() for name in ("user", "item_id"))
    places = [catalog.position_or_none(item_id) for item_id in items.dictionary.to_pylist()]
    rows = np.array([-1 if place is None else place for place in places], dtype=np.int64)[items.indices.to_numpy()]
    kept = rows >= 0
    return Interactions(
        users.indices.to_numpy().astype(np.int64)[kept],
        rows[kept],
        RatingScale(*manifest.scale).rewards(table.column("rating").to_numpy())[kept],
        tuple(users.dictionary.to_pylist()),
    )
