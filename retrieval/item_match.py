"""Items of somebody else's data found in a catalogue: by id, by MovieLens id, or by title and year."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from .catalog import Catalog
from .naming import split_title
from .text import bare_key, title_key, tokens

How = Literal["item id", "MovieLens id", "title and year", "title"]
# Films are dated by their first showing or by their release, a year apart.
_NEAR = 1


@dataclass(frozen=True, slots=True)
class Match:
    """Where an item was found: its row in the catalogue and how, or why it was not found."""

    row: int | None
    how: How | None = None
    reason: str = ""


class ItemMatcher:
    """Finds the row of an item.

    Args:
        catalog: Where to look.
        movielens_ids: Whether the ids asked for are those of MovieLens. A catalogue that has such ids is then matched
            by them and never by its own ids, which may be equal by chance.
        own_ids: Whether the ids asked for may be the catalogue's own.
        domain: Only items of this domain are found by title; empty for all.
    """

    def __init__(
        self, catalog: Catalog, *, movielens_ids: bool = False, own_ids: bool = True, domain: str = ""
    ) -> None:
        self._catalog = catalog
        self._own_ids = own_ids
        self._movielens: dict[str, int] = {}
        self._titles: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
        self._years: dict[int, int | None] = {}
        for row, item in enumerate(catalog):
            if movielens_ids and item.movielens_id is not None:
                self._movielens[str(item.movielens_id)] = row
            for name in (item.title, item.original_title, *item.aliases):
                if domain in {"", item.domain} and (key := _key(name)):
                    self._titles[key].add(row)
                    self._years[row] = item.year

    def match(self, item_id: str, title: str = "") -> Match:
        """Return where an item is; its title is read only where its id is not found.

        Args:
            item_id: As the other data give it; may be empty.
            title: As the other data give it, with or without a year, "Matrix, The (1999)"; may be empty.
        """
        if self._movielens:
            if item_id in self._movielens:
                return Match(self._movielens[item_id], "MovieLens id")
        elif self._own_ids and item_id:
            row = self._catalog.position_or_none(item_id)
            if row is not None:
                return Match(row, "item id")
        return self._by_title(title) if title.strip() else Match(None, reason="no item has this id")

    def _by_title(self, title: str) -> Match:
        parts = split_title(title)
        names = {_key(name) for name in (parts.title, *parts.aliases)}
        found = set[int]().union(*(self._titles[key] for key in names if key in self._titles))
        if parts.year is None:
            return _only(found, "title")
        distances = {row: abs(year - parts.year) for row in found if (year := self._years[row]) is not None}
        nearest = min(distances.values(), default=_NEAR + 1)
        if nearest <= _NEAR:
            return _only({row for row, distance in distances.items() if distance == nearest}, "title and year")
        return _only({row for row in found if self._years[row] is None}, "title")


def _only(rows: set[int], how: How) -> Match:
    if len(rows) == 1:
        return Match(rows.pop(), how)
    reason = f"{len(rows)} items have this title" if rows else "no item has this id or this title and year"
    return Match(None, reason=reason)


def _key(name: str) -> tuple[str, ...]:
    return bare_key(title_key([token.text for token in tokens(name)]))
