"""The item collection: every item by id and by position, with a hash of the whole content."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from .errors import DataError
from .item_store import ItemStore
from .items import Item
from .schema import read_items

# Above this number of items a stored catalogue stays on disk.
IN_MEMORY = 100_000


class Catalog:
    """An immutable, ordered collection of items, in memory or in an item store.

    Args:
        items: The items, or a store of them; a store of more than 100,000 stays on disk and is read item by item.
        sha256: The hash of the content where it is already known.

    Examples:
        >>> catalog = Catalog([Item(item_id="heat-1995", domain="film", title="Heat", year=1995)])
        >>> catalog["heat-1995"].title, len(catalog), catalog.position("heat-1995")
        ('Heat', 1, 0)
    """

    def __init__(self, items: Iterable[Item] | ItemStore, *, sha256: str = "") -> None:
        lazy = isinstance(items, ItemStore) and len(items) > IN_MEMORY
        self._items: ItemStore | tuple[Item, ...] = items if lazy else tuple(items)  # type: ignore[assignment]  # lazy says which
        self._positions = {} if lazy else {item.item_id: i for i, item in enumerate(self._items)}
        self._sha256 = sha256
        if not lazy and len(self._positions) != len(self._items):
            raise DataError("the catalogue has an item_id twice; give each item an id of its own")

    @classmethod
    def load(cls, path: Path | None) -> Catalog:
        """Read a catalogue: a CSV file in the form of the embedded one, or a folder that ``catalog build`` wrote.

        Args:
            path: The file or folder; None means the embedded catalogue.

        Raises:
            DataError: It cannot be used; names the place, the value and the remedy.
        """
        if path is None:
            return cls.embedded()
        if path.is_dir():
            from .catalog_folder import open_catalog

            return open_catalog(path)
        return cls(read_items(path))

    @classmethod
    def embedded(cls) -> Catalog:
        """Read the catalogue that ships with Palate."""
        return cls(read_items(Path(str(files(__package__).joinpath("data", "catalog.csv")))))

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __contains__(self, item_id: object) -> bool:
        return isinstance(item_id, str) and self.position_or_none(item_id) is not None

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
        """Return the row of an item, the same in every array of shape ``(n_items, ...)``.

        Raises:
            DataError: No item has this id.
        """
        position = self.position_or_none(item_id)
        if position is None:
            raise DataError(f"no item has the id '{item_id}'; ids are in the column item_id")
        return position

    def position_or_none(self, item_id: str) -> int | None:
        """Return the row of an item; None where no item has this id."""
        return self._items.position(item_id) if isinstance(self._items, ItemStore) else self._positions.get(item_id)

    @cached_property
    def sha256(self) -> str:
        """Hash of every field of every item, in order: a changed catalogue has another one."""
        return self._sha256 or content_hash(self)

    def vocabulary(self, kind: str) -> dict[str, int]:
        """Count the values of one attribute kind ("genre", "mood", "person", …), commonest first."""
        return self._vocabularies.get(kind, {})

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of attribute that any item has."""
        return tuple(self._vocabularies)

    @cached_property
    def domains(self) -> dict[str, int]:
        """The number of items by domain, most first."""
        return dict(Counter(item.domain for item in self).most_common())

    @cached_property
    def _vocabularies(self) -> dict[str, dict[str, int]]:
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for item in self:
            for kind, values in item.attributes.items():
                counts[kind].update(values)
        return {
            kind: dict(sorted(counter.items(), key=lambda pair: (-pair[1], pair[0])))
            for kind, counter in counts.items()
            if counter
        }


def content_hash(items: Iterable[Item]) -> str:
    """Return the sha256 of every field of the items, in order."""
    digest = hashlib.sha256()
    for item in items:
        digest.update(repr(item).encode())
    return digest.hexdigest()
