"""What can be recommended, and an ordered list of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# What a column of somebody's own catalogue may hold: text, a number, yes or no, or several short values.
Value = str | int | float | bool | tuple[str, ...]
# Encoders read no more, and a language model must not be kept busy by one row.
_LONGEST_TEXT = 600


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be recommended, as the catalogue records it.

    ``extra`` holds the columns that have no field here: a number, yes or no, several values, or running text.

    Examples:
        >>> item = Item(item_id="heat-1995", domain="film", title="Heat", year=1995, genres=("crime",))
        >>> item.label
        'Heat (1995)'
        >>> item.text
        'Heat (1995). crime.'
    """

    item_id: str
    domain: str
    title: str
    original_title: str = ""
    aliases: tuple[str, ...] = ()
    year: int | None = None
    genres: tuple[str, ...] = ()
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    country: str = ""
    language: str = ""
    runtime_min: int | None = None
    pages: int | None = None
    moods: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    series: str = ""
    synopsis: str = ""
    movielens_id: int | None = None
    extra: Mapping[str, Value] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Title and year, as people write them."""
        return f"{self.title} ({self.year})" if self.year else self.title

    @property
    def names(self) -> tuple[str, ...]:
        """Everyone who made it, in the order of the record, each once."""
        return tuple(dict.fromkeys(name for names in self.people.values() for name in names))

    @property
    def makers(self) -> tuple[str, ...]:
        """Who it is by: directors of a film, authors of a book, artists of a record."""
        return next((names for role, names in self.people.items() if role != "cast" and names), ())

    @property
    def attributes(self) -> Mapping[str, tuple[str, ...]]:
        """The typed attributes by kind; what signals, evidence and the ridge head speak of."""
        decade = (f"{self.year // 10 * 10}s",) if self.year and self.year >= 1000 else ()
        return {
            "genre": self.genres,
            "mood": self.moods,
            "theme": self.themes,
            "person": self.names,
            "country": (self.country,) if self.country else (),
            "language": (self.language,) if self.language else (),
            "decade": decade,
            "series": (self.series,) if self.series else (),
            **{name: value for name, value in self.extra.items() if isinstance(value, tuple)},
        }

    @property
    def numbers(self) -> Mapping[str, float]:
        """What can be compared with a limit: year, length, and every column of numbers; missing ones left out."""
        known = {"year": self.year, "runtime_min": self.runtime_min, "pages": self.pages}
        given = {name: value for name, value in known.items() if value is not None}
        more = {n: v for n, v in self.extra.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
        return {**given, **more}

    @property
    def text(self) -> str:
        """The item as one short paragraph: what encoders and the language model read."""
        by = f"by {', '.join(self.makers)}" if self.makers else ""
        parts = [self.label, ", ".join(self.genres), by]
        parts += [", ".join(self.moods), ", ".join(self.themes), *self._extra_text(), self.synopsis[:_LONGEST_TEXT]]
        return " ".join(part.rstrip(".") + "." for part in parts if part)

    def _extra_text(self) -> Iterator[str]:
        for name, value in self.extra.items():
            if isinstance(value, tuple):
                yield f"{name.replace('_', ' ')}: {', '.join(value)}"
            elif value is True:
                yield name.replace("_", " ")
            elif isinstance(value, str):
                yield value[:_LONGEST_TEXT]


@dataclass(frozen=True, slots=True)
class ItemList:
    """Ordered item ids with scores, higher is better.

    Args:
        item_ids: The ids, best first.
        scores: Array of shape ``(len(item_ids),)``.
        parts: Named parts that add up to the score, each of the same shape; may be empty.
    """

    item_ids: tuple[str, ...]
    scores: NDArray[np.float64]
    parts: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.item_ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.item_ids)

    def top(self, n: int) -> ItemList:
        """Return the first ``n`` entries."""
        return self.take(range(min(n, len(self))))

    def take(self, positions: range | list[int]) -> ItemList:
        """Return the entries at ``positions``, in that order, with their parts."""
        index = list(positions)
        return ItemList(
            item_ids=tuple(self.item_ids[i] for i in index),
            scores=self.scores[index],
            parts={name: values[index] for name, values in self.parts.items()},
        )

    def ranked(self) -> ItemList:
        """Return the same entries, best first; ties fall in the order of their ids."""
        order = sorted(range(len(self)), key=lambda i: (-self.scores[i], self.item_ids[i]))
        return self.take(order)
