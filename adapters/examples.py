"""Events to examples: a rating is an example as it stands, a stated taste becomes a few items that stand for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..retrieval.attribute_table import AttributeTable
from ..retrieval.catalog import Catalog
from ..retrieval.encoder import Vectors
from .feedback import Example, Feedback, standing

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
        """Return the examples of the events that still hold; what was said of an item itself comes first."""
        held = standing(events)
        direct = {
            event.item_id: Example(event.item_id, event.reward, 1.0 if event.kind == "rating" else _MENTION_WEIGHT)
            for event in held
            if event.item_id in self._catalog
        }
        stated = [
            Example(item_id, event.reward, _EXEMPLAR_WEIGHT)
            for event in held
            if event.kind == "attribute"
            for item_id in self.exemplars(event.context)
            if item_id not in direct
        ]
        return [*direct.values(), *stated]

    def exemplars(self, attribute: str) -> tuple[str, ...]:
        """Return the items with an attribute ("genre:western") that lie nearest to the middle of all that have it."""
        if attribute not in self._exemplars:
            kind, _, value = attribute.partition(":")
            rows = self._table.rows(kind, value).tolist()
            self._exemplars[attribute] = tuple(self._catalog.at(i).item_id for i in self._central(rows))
        return self._exemplars[attribute]

    def _central(self, rows: list[int]) -> list[int]:
        if not rows:
            return []
        block = self._vectors[rows]
        order = np.argsort(-(block @ block.mean(axis=0)), kind="stable")
        return [rows[i] for i in order[:_EXEMPLARS]]
