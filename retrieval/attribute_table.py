"""The attributes of all items in columns, so that a constraint is decided for every item at once.

It decides exactly what ``Constraints.allows`` decides for one item; the tests compare the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .catalog import Catalog
from .query import Constraints

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


class AttributeTable:
    """Which items have which attribute, and the numbers of each.

    Examples:
        >>> from palate.retrieval.items import Item
        >>> heat = Item(item_id="heat", domain="film", title="Heat", year=1995, genres=("crime",))
        >>> emma = Item(item_id="emma", domain="book", title="Emma", year=1815, genres=("romance",))
        >>> table = AttributeTable(Catalog([heat, emma]))
        >>> table.mask(Constraints(year_max=1900)).tolist(), table.rows("genre", "Crime").tolist()
        ([False, True], [0])
    """

    def __init__(self, catalog: Catalog) -> None:
        self._n_items = len(catalog)
        columns: dict[str, _Column] = {}
        numbers: dict[str, dict[int, float]] = {}
        domains: dict[str, list[int]] = {}
        self._positions = catalog.position_or_none
        for row, item in enumerate(catalog):
            domains.setdefault(item.domain, []).append(row)
            for kind, values in item.attributes.items():
                if values:
                    columns.setdefault(kind, _Column()).add(row, values)
            for name, number in item.numbers.items():
                numbers.setdefault(name, {})[row] = number
        self._columns = columns
        self._domains = {name: np.array(rows, dtype=np.int64) for name, rows in domains.items()}
        self._numbers = {name: self._filled(values) for name, values in numbers.items()}

    def __len__(self) -> int:
        return self._n_items

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of attribute that any item has."""
        return tuple(self._columns)

    @property
    def domains(self) -> dict[str, int]:
        """The number of items by domain, most first."""
        counts = {name: len(rows) for name, rows in self._domains.items()}
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

    @property
    def number_columns(self) -> tuple[str, ...]:
        """The columns that hold numbers."""
        return tuple(self._numbers)

    def numbers(self, column: str) -> Floats:
        """Return a column of numbers, shape ``(n_items,)``, NaN where an item has none."""
        return self._numbers.get(column, np.full(self._n_items, np.nan))

    def values(self, kind: str) -> tuple[str, ...]:
        """Return the values of a kind, in the order of the columns of ``incidence``."""
        return tuple(self._columns[kind].spelling) if kind in self._columns else ()

    def incidence(self, kind: str) -> sparse.csr_array:
        """Return which item has which value, shape ``(n_items, n_values)``, ones and zeros."""
        column = self._columns.get(kind, _EMPTY)
        return column.matrix(self._n_items)

    def rows(self, kind: str, value: str) -> NDArray[np.int64]:
        """Return the rows of the items that have a value, in ascending order; spelling without case."""
        column = self._columns.get(kind, _EMPTY)
        return column.rows_of(value)

    def share(self, wanted: Sequence[tuple[str, str]]) -> Floats:
        """Return which share of the (kind, value) pairs each item has, shape ``(n_items,)``, from 0 to 1."""
        share = np.zeros(self._n_items)
        for kind, value in wanted:
            share[self.rows(kind, value)] += 1.0
        return share / max(1, len(wanted))

    def mask(self, constraints: Constraints) -> Mask:
        """Return which items satisfy every constraint, shape ``(n_items,)``."""
        mask = np.ones(self._n_items, dtype=bool)
        if constraints.domain:
            mask &= self._among([self._domains.get(constraints.domain, _NO_ROWS)])
        for kind, value in constraints.required:
            mask &= self._among([self.rows(kind, value)])
        for kind, values in constraints.chosen:
            if values:
                mask &= self._among(self.rows(kind, value) for value in values)
        for kind, values in constraints.refused:
            mask &= ~self._among(self.rows(kind, value) for value in values)
        for column, low, high in constraints.limits:
            numbers = self.numbers(column)
            mask &= (numbers >= (-np.inf if low is None else low)) & (numbers <= (np.inf if high is None else high))
        years = self.numbers("year")
        for first, last in constraints.years_none:
            mask &= ~((years >= first) & (years <= last))
        refused = [row for item_id in constraints.items_none if (row := self._positions(item_id)) is not None]
        mask[refused] = False
        return mask

    def _among(self, rows: Iterable[NDArray[np.int64]]) -> Mask:
        mask = np.zeros(self._n_items, dtype=bool)
        for some in rows:
            mask[some] = True
        return mask

    def _filled(self, values: dict[int, float]) -> Floats:
        column = np.full(self._n_items, np.nan)
        column[list(values)] = list(values.values())
        return column


class _Column:
    """The values of one kind: their spelling, and the items of each."""

    def __init__(self) -> None:
        self.spelling: list[str] = []
        self._places: dict[str, int] = {}
        self._rows: list[list[int]] = []

    def add(self, row: int, values: Iterable[str]) -> None:
        for value in values:
            folded = value.casefold()
            if folded not in self._places:
                self._places[folded] = len(self.spelling)
                self.spelling.append(value)
                self._rows.append([])
            rows = self._rows[self._places[folded]]
            if not rows or rows[-1] != row:
                rows.append(row)

    def rows_of(self, value: str) -> NDArray[np.int64]:
        place = self._places.get(value.casefold())
        return _NO_ROWS if place is None else self._arrays[place]

    @cached_property
    def _arrays(self) -> list[NDArray[np.int64]]:
        return [np.array(rows, dtype=np.int64) for rows in self._rows]

    def matrix(self, n_items: int) -> sparse.csr_array:
        items = np.concatenate([*self._arrays, _NO_ROWS])
        lengths = np.array([len(rows) for rows in self._arrays], dtype=np.int64)
        values = np.repeat(np.arange(len(self._arrays)), lengths)
        ones = np.ones(len(items))
        return sparse.csr_array((ones, (items, values)), shape=(n_items, len(self._arrays)))


_NO_ROWS = np.zeros(0, dtype=np.int64)
_EMPTY = _Column()
