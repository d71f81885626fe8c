"""What a file of item factors says of itself, and which of its rows belong to which items of a catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from .catalog import Catalog

# The header is one entry, so that the bytes of a file do not depend on the order in which a library writes several.
HEADER_KEY = "palate"


class FactorsHeader(BaseModel):
    """The ids of the rows and how they were fitted; the sha256 is of the rest of the header and of the arrays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item_ids: tuple[str, ...]
    movielens_ids: tuple[int | None, ...]
    regularization: float
    alpha: float
    trained_on: str
    sha256: str = ""


def digest_of(tensors: Mapping[str, NDArray[Any]], header: FactorsHeader) -> str:
    """Return the sha256 of the header without its own, and of the arrays in the order of their names."""
    digest = hashlib.sha256(header.model_dump_json(exclude={"sha256"}).encode())
    for name in sorted(tensors):
        digest.update(tensors[name].tobytes())
    return digest.hexdigest()


def matched_rows(header: FactorsHeader, catalog: Catalog) -> tuple[list[int], list[int]]:
    """Return (rows of the catalogue, rows of the file) that belong together: by MovieLens id, or else by item id.

    Examples:
        >>> from palate.retrieval.items import Item
        >>> header = FactorsHeader(item_ids=("heat", "fargo"), movielens_ids=(6, None), regularization=1.0, alpha=1.0,
        ...                        trained_on="an example")
        >>> items = [Item("fargo", "film", "Fargo"), Item("x", "film", "X"), Item("6", "film", "Heat", movielens_id=6)]
        >>> matched_rows(header, Catalog(items))
        ([0, 2], [1, 0])
    """
    by_item = {item_id: source for source, item_id in enumerate(header.item_ids)}
    by_movielens = {number: source for source, number in enumerate(header.movielens_ids) if number is not None}
    found = {}
    for row, item in enumerate(catalog):
        source = by_movielens.get(item.movielens_id) if item.movielens_id else None
        if source is None and (source := by_item.get(item.item_id)) is not None:
            # The same id and another MovieLens film: a namesake.
            source = None if item.movielens_id and header.movielens_ids[source] else source
        if source is not None:
            found[row] = source
    return list(found), list(found.values())
