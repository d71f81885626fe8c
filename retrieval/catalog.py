"""The item collection: every item by id and by position, with a hash of the whole content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from .errors import DataError
from .items import Item
from .schema import read_items


class Catalog:
    """An immutable, ordered collection of items.

    Examples:
        >>> catalog = Catalog([Item(item_id="heat-1995", domain="film", title="Heat", year=1995)])
        >>> catalog["heat-1995"].title, len(catalog), catalog.position("heat-1995")
        ('Heat', 1, 0)
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = tuple(items)
        self._positions = {item.item_id: i for i, item in enumerate(self._items)}
        if len(self._positions) != len(self._items):
            raise DataError("the catalogue has an item_id twice; give each item an id of its own")

    @classmethod
    def load(cls, path: Path) -> Catalog:
        """Read a catalogue file.

        Raises:
            DataError: The file cannot be used; names row, column, value and remedy.
        """
        return cls(read_items(path))

    @classmethod
    def embedded(cls) -> Catalog:
        """Read the catalogue that ships with Palate."""
        return cls.load(Path(str(files(__package__).joinpath("data", "catalog.csv"))))

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._positions

    def __getitem__(self, item_id: str) -> Item:
        """Return one item.

        Raises:
            DataError: No item has this id.
        """
        return self._items[self.position(item_id)]

    def at(self, position: int) -> Item:
        """Return the item at a row of the index."""
        return self._items[position]

    def position(self, item_id: str) -> int:
        """Return the row of an item, the same in every array of shape ``(n_items, ...)``."""
        try:
            return self._positions[item_id]
        except KeyError as error:
            raise DataError(f"no item has the id '{item_id}'; ids are in the column item_id") from error

    @cached_property
    def sha256(self) -> str:
        """Hash of every field of every item, in order: a changed catalogue has another one."""
        digest = hashlib.sha256()
        for item in self._items:
            digest.update(repr(item).encode())
        return digest.hexdigest()

    def vocabulary(self, kind: str) -> dict[str, int]:
        """Count the values of one attribute kind ("genre", "mood", "person", …), commonest first."""
        counts: dict[str, int] = {}
        for item in self._items:
            for value in item.attributes[kind]:
                counts[value] = counts.get(value, 0) + 1
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
