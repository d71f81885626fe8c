"""Events to examples: a rating is an example as it stands, a stated taste becomes a few items that stand for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..retrieval.attribute_table import AttributeTable
from ..retrieval.catalog import Catalog
from ..retrieval.encoder import Vectors
from .feedback import Example, Feedback, standing
from .replay import choose_events

_EXEMPLARS = 6
_EXEMPLAR_WEIGHT = 0.3
_MENTION_WEIGHT = 0.7


class ExampleBuilder:
    """Turns the events of one person into examples.

    Args:
        catalog: The items; events about items that it no longer has are passed over.
        table: Their attributes.
        vectors: Item vectors, shape ``(n_items, dim)``.
    """

    def __init__(self, catalog: Catalog, table: AttributeTable, vectors: Vectors) -> None:
        self._catalog = catalog
        self._table = table
        self._vectors = vectors
        self._exemplars: dict[str, tuple[str, ...]] = {}

    def build(self, events: Sequence[Feedback]) -> list[Example]:
        """Return the examples of the events that still hold; what was said of an item itself comes first.

        Of many events a few are replayed, by recency and diversity, and recent ones count more: see ``choose_events``.
        """
        held = [event for event in standing(events) if self._stands_for(event)]
        places, recency = choose_events(np.array([self._about(event) for event in held]))
        replayed = [(held[place], float(weight)) for place, weight in zip(places, recency, strict=True)]
        direct = {
            event.item_id: Example(
                event.item_id, event.reward, weight * (1.0 if event.kind == "rating" else _MENTION_WEIGHT)
            )
            for event, weight in replayed
            if event.item_id
        }
        stated = [
            Example(item_id, event.reward, weight * _EXEMPLAR_WEIGHT)
            for event, weight in replayed
            if event.kind == "attribute"
            for item_id in self.exemplars(event.context)
            if item_id not in direct
        ]
        return [*direct.values(), *stated]

    def exemplars(self, attribute: str) -> tuple[str, ...]:
        """Return the items with an attribute ("genre:western") that lie nearest to the middle of all that have it."""
        if attribute not in self._exemplars:
            kind, _, value = attribute.partition(":")
            rows = central_rows(self._vectors, self._table.rows(kind, value), _EXEMPLARS)
            self._exemplars[attribute] = tuple(self._catalog.at(int(row)).item_id for row in rows)
        return self._exemplars[attribute]

    def _stands_for(self, event: Feedback) -> tuple[str, ...]:
        """Return the items that an event is about; none where the catalogue has none."""
        if event.kind == "attribute":
            return self.exemplars(event.context)
        return (event.item_id,) if event.item_id in self._catalog else ()

    def _about(self, event: Feedback) -> Vectors:
        """Return the middle of the items that an event is about, shape ``(dim,)``."""
        rows = [self._catalog.position(item_id) for item_id in self._stands_for(event)]
        middle: Vectors = self._vectors[rows].mean(axis=0)
        return middle


def central_rows(vectors: Vectors, rows: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return the ``n`` of some rows that lie nearest to the middle of all of them, the nearest first.

    Args:
        vectors: Of every item, shape ``(n_items, dim)``.
        rows: Which items, shape ``(m,)``; none gives none.
        n: At most so many.

    Examples:
        >>> vectors = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]], dtype=np.float32)
        >>> central_rows(vectors, np.array([0, 1, 2]), 1).tolist()
        [1]
    """
    if not len(rows):
        return rows
    block = vectors[rows]
    nearest: NDArray[np.int64] = rows[np.argsort(-(block @ block.mean(axis=0)), kind="stable")[:n]]
    return nearest
