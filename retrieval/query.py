"""A request to recommend for, and the hard constraints inside it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from .items import Item


@dataclass(frozen=True, slots=True)
class Constraints:
    """What every answer must satisfy. Empty fields allow everything; names compare without case.

    ``years_none`` are refused periods, both ends included. ``attributes_all`` and ``attributes_none`` are (kind, value)
    pairs of any other kind of attribute; ``ranges`` are (column, lowest, highest) for any column of numbers, either end
    open.

    Examples:
        >>> film = Item(item_id="m", domain="film", title="M", year=1931, genres=("crime",), runtime_min=117)
        >>> Constraints(year_max=1940).allows(film), Constraints(genres_none=("crime",)).allows(film)
        (True, False)
        >>> Constraints(runtime_max=100).allows(film)
        False
    """

    domain: str = ""
    genres_all: tuple[str, ...] = ()
    genres_any: tuple[str, ...] = ()
    genres_none: tuple[str, ...] = ()
    moods_none: tuple[str, ...] = ()
    themes_none: tuple[str, ...] = ()
    year_min: int | None = None
    year_max: int | None = None
    years_none: tuple[tuple[int, int], ...] = ()
    runtime_min: int | None = None
    runtime_max: int | None = None
    pages_min: int | None = None
    pages_max: int | None = None
    people_any: tuple[str, ...] = ()
    people_none: tuple[str, ...] = ()
    languages_any: tuple[str, ...] = ()
    languages_none: tuple[str, ...] = ()
    countries_any: tuple[str, ...] = ()
    countries_none: tuple[str, ...] = ()
    attributes_all: tuple[tuple[str, str], ...] = ()
    attributes_none: tuple[tuple[str, str], ...] = ()
    ranges: tuple[tuple[str, float | None, float | None], ...] = ()
    items_none: frozenset[str] = frozenset()

    def allows(self, item: Item) -> bool:
        """Say whether ``item`` satisfies every constraint; a missing fact fails the constraint that needs it."""
        return (
            item.item_id not in self.items_none
            and (not self.domain or item.domain == self.domain)
            and all(_share((value,), item.attributes.get(kind, ())) for kind, value in self.required)
            and all(_share(values, item.attributes[kind]) for kind, values in self.chosen if values)
            and not any(_share(values, item.attributes.get(kind, ())) for kind, values in self.refused)
            and all(_within(item.numbers.get(column), low, high) for column, low, high in self.limits)
            and not any(low <= item.year <= high for low, high in self.years_none if item.year is not None)
        )

    @property
    def required(self) -> tuple[tuple[str, str], ...]:
        """The (kind, value) pairs that an item must all have."""
        return (*(("genre", genre) for genre in self.genres_all), *self.attributes_all)

    @property
    def chosen(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """By kind the values of which an item must have one; nothing to have where there are none."""
        return (
            ("genre", self.genres_any), ("person", self.people_any), ("language", self.languages_any),
            ("country", self.countries_any),
        )  # fmt: skip

    @property
    def refused(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """By kind the values of which an item must have none."""
        return (
            ("genre", self.genres_none), ("mood", self.moods_none), ("theme", self.themes_none),
            ("person", self.people_none), ("language", self.languages_none), ("country", self.countries_none),
            *((kind, (value,)) for kind, value in self.attributes_none),
        )  # fmt: skip

    @property
    def limits(self) -> tuple[tuple[str, float | None, float | None], ...]:
        """The (column, lowest, highest) that numbers must keep within; only those with an end."""
        known = (
            ("year", self.year_min, self.year_max),
            ("runtime_min", self.runtime_min, self.runtime_max),
            ("pages", self.pages_min, self.pages_max),
        )
        return tuple(limit for limit in (*known, *self.ranges) if limit[1:] != (None, None))

    def merged(self, newer: Constraints) -> Constraints:
        """Return both together: where both speak of the same single value, the newer one holds; lists add up."""
        changes: dict[str, object] = {}
        for name in (f.name for f in fields(self)):
            old, new = getattr(self, name), getattr(newer, name)
            if isinstance(new, frozenset):
                changes[name] = old | new
            elif name == "ranges":
                newest = {limit[0]: limit for limit in (*old, *new)}
                changes[name] = tuple(newest.values())
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
        said: The message of this turn as it stands; may be empty.
        constraints: What every answer must satisfy.
        wanted: Attributes asked for softly, as (kind, value) pairs: they lift an item, they do not exclude one.
        similar_to: Ids of items the request compares with.
    """

    text: str = ""
    constraints: Constraints = Constraints()
    wanted: tuple[tuple[str, str], ...] = ()
    similar_to: tuple[str, ...] = ()
    said: str = ""


def _fold(values: tuple[str, ...]) -> list[str]:
    return [value.casefold() for value in values]


def _share(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    return bool(set(_fold(left)) & set(_fold(right)))


def _within(value: float | None, low: float | None, high: float | None) -> bool:
    return value is not None and (low is None or value >= low) and (high is None or value <= high)
