"""What a person would say of their taste: statements in words, made of some of their ratings by a template."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..retrieval.attribute_table import AttributeTable
from ..retrieval.catalog import Catalog
from ..retrieval.ratings import UserRatings
from .baseline import Floats, TrainingRatings, user_bias

KINDS = ("genre", "decade", "person", "theme")
LEAST, SHRINKAGE = 2, 2.0
"""Rated films that a stated attribute is found in at least, and films of no taste added to its mean residual."""
N_LIKED, N_DISLIKED = 2, 1
_WORDS = {
    "genre": "{value} films", "decade": "films from the {value}", "person": "films with {value}",
    "theme": "films about {value}",
}  # fmt: skip


class Taste(NamedTuple):
    """An attribute and how far its films lie from what a person was expected to give them, in stars."""

    kind: str
    value: str
    residual: float


class Speaker:
    """Says what ratings show.

    Args:
        catalog: The items.
        training: People whose ratings say what everybody thinks of an item.
    """

    def __init__(self, catalog: Catalog, training: Sequence[UserRatings]) -> None:
        self._catalog = catalog
        self._table = AttributeTable(catalog)
        self._expected: Floats = TrainingRatings(training, len(catalog)).item_means

    def tastes(self, told: UserRatings) -> list[Taste]:
        """Return the attributes of at least ``LEAST`` of the rated items, by shrunken mean residual, highest first."""
        residuals = told.stars - self._expected[told.rows]
        residuals = residuals - user_bias(residuals)
        found: dict[tuple[str, str], list[float]] = {}
        for row, residual in zip(told.rows, residuals, strict=True):
            attributes = self._catalog.at(int(row)).attributes
            for kind in KINDS:
                for value in dict.fromkeys(attributes.get(kind, ())):
                    found.setdefault((kind, value), []).append(float(residual))
        tastes = [
            Taste(kind, value, sum(values) / (len(values) + SHRINKAGE))
            for (kind, value), values in found.items()
            if len(values) >= LEAST
        ]
        return sorted(tastes, key=lambda taste: (-taste.residual, taste.kind, taste.value))

    def text(self, told: UserRatings) -> str:
        """Return up to three sentences: what is liked most and least; "" where nothing stands out."""
        tastes = self.tastes(told)
        liked = [taste for taste in tastes[:N_LIKED] if taste.residual > 0]
        disliked = [taste for taste in tastes[-N_DISLIKED:] if taste.residual < 0]
        return " ".join([*_sentences("I love", liked), *_sentences("I cannot stand", disliked)])


def _sentences(verb: str, tastes: Sequence[Taste]) -> Iterator[str]:
    return (f"{verb} {_WORDS[taste.kind].format(value=taste.value)}." for taste in tastes)
