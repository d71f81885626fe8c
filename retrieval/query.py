"""A request to recommend for, and the hard constraints inside it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from .items import Item


@dataclass(frozen=True, slots=True)
class Constraints:
    """What every answer must satisfy. Empty fields allow everything; names compare without case.

    Examples:
        >>> film = Item(item_id="m", domain="film", title="M", year=1931, genres=("crime",), runtime_min=117)
        >>> Constraints(year_max=1940).allows(film), Constraints(genres_none=("crime",)).allows(film)
        (True, False)
        >>> Constraints(runtime_max=100).allows(film)
        False
    """

    domain: str = ""
    genres_all: tuple[str, ...] = ()
    genres_none: tuple[str, ...] = ()
    moods_none: tuple[str, ...] = ()
    themes_none: tuple[str, ...] = ()
    year_min: int | None = None
    year_max: int | None = None
    runtime_min: int | None = None
    runtime_max: int | None = None
    people_any: tuple[str, ...] = ()
    people_none: tuple[str, ...] = ()
    languages_any: tuple[str, ...] = ()
    languages_none: tuple[str, ...] = ()
    countries_any: tuple[str, ...] = ()
    countries_none: tuple[str, ...] = ()
    items_none: frozenset[str] = frozenset()

    def allows(self, item: Item) -> bool:
        """Say whether ``item`` satisfies every constraint; a missing fact fails the constraint that needs it."""
        return (
            item.item_id not in self.items_none
            and (not self.domain or item.domain == self.domain)
            and set(_fold(self.genres_all)) <= set(_fold(item.genres))
            and not _share(self.genres_none, item.genres)
            and not _share(self.moods_none, item.moods)
            and not _share(self.themes_none, item.themes)
            and _within(item.year, self.year_min, self.year_max)
            and _within(item.runtime_min, self.runtime_min, self.runtime_max)
            and (not self.people_any or _share(self.people_any, item.names))
            and not _share(self.people_none, item.names)
            and (not self.languages_any or _share(self.languages_any, (item.language,)))
            and not _share(self.languages_none, (item.language,))
            and (not self.countries_any or _share(self.countries_any, (item.country,)))
            and not _share(self.countries_none, (item.country,))
        )

    def merged(self, newer: Constraints) -> Constraints:
        """Return both together: where both speak of the same single value, the newer one holds; lists add up."""
        changes: dict[str, object] = {}
        for name in (f.name for f in fields(self)):
            old, new = getattr(self, name), getattr(newer, name)
            if isinstance(new, frozenset):
                changes[name] = old | new
            elif isinstance(new, tuple):
                changes[name] = tuple(dict.fromkeys((*old, *new)))
            elif new not in (None, ""):
                changes[name] = new
        return replace(self, **changes)  # type: ignore[arg-type]  # the names come from the fields themselves

    def __bool__(self) -> bool:
        return self != Constraints()


@dataclass(frozen=True, slots=True)
class RecQuery:
    """One request to recommend for.

    Args:
        text: What was asked for in words, without the empty ones; may be empty ("something good").
        constraints: What every answer must satisfy.
        wanted: Attributes asked for softly, as (kind, value) pairs: they lift an item, they do not exclude one.
        similar_to: Ids of items the request compares with.
    """

    text: str = ""
    constraints: Constraints = Constraints()
    wanted: tuple[tuple[str, str], ...] = ()
    similar_to: tuple[str, ...] = ()


def _fold(values: tuple[str, ...]) -> list[str]:
    return [value.casefold() for value in values]


def _share(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    return bool(set(_fold(left)) & set(_fold(right)))


def _within(value: int | None, low: int | None, high: int | None) -> bool:
    if low is None and high is None:
        return True
    return value is not None and (low is None or value >= low) and (high is None or value <= high)
