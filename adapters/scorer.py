"""The personal score: a sum of named parts, each of which can be switched off and reported."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..retrieval.catalog import Catalog
from ..retrieval.items import ItemList
from .blocks import AdaptedBlocks
from .inner_loop import CentredMarginLoss
from .learner import StatesOf, Taste
from .ridge import RidgeHead, RidgePosterior
from .start import Start

PARTS = ("prior", "ridge", "lm", "relevance")
Floats = NDArray[np.float64]


class PersonalScorer:
    """Scores items for one person: item prior + ridge posterior + the model's centred margin + relevance.

    Args:
        catalog: The items.
        blocks: The adapted blocks.
        loss: Holds the reference items that margins are centred on.
        ridge: The closed-form head.
        start: Holds the item prior and the weights of the parts.
        states: Item states by item id.
    """

    def __init__(
        self, catalog: Catalog, blocks: AdaptedBlocks, loss: CentredMarginLoss, ridge: RidgeHead, start: Start,
        states: StatesOf,
    ) -> None:  # fmt: skip
        self._catalog = catalog
        self._blocks = blocks
        self._loss = loss
        self._ridge = ridge
        self._weights = start.recipe.weights
        self._states = states
        self.prior = np.array([start.recipe.item_prior.get(item.item_id, 0.0) for item in catalog])

    def posterior(self, taste: Taste) -> RidgePosterior:
        """Return what the ridge head knows of the person."""
        return self._ridge.fit(taste.examples, self.prior)

    def score(self, item_ids: Sequence[str], taste: Taste, relevance: Floats) -> ItemList:
        """Score exactly these items, in the given order.

        Args:
            item_ids: What to score.
            taste: The person's examples and tensors.
            relevance: How well each item of the catalogue fits the request, shape ``(n_items,)``.
        """
        rows = [self._catalog.position(item_id) for item_id in item_ids]
        states = self._states(item_ids)
        margins = self._blocks.score(taste.theta, states).double().numpy()
        reference = float(self._blocks.score(taste.theta, self._loss.reference).mean())
        parts = {
            "prior": self._weights.prior * self.prior[rows],
            "ridge": self._weights.ridge * self.posterior(taste).mean[rows],
            "lm": self._weights.lm * (margins - reference),
            "relevance": self._weights.relevance * relevance[rows],
        }
        total = np.sum(list(parts.values()), axis=0) if rows else np.zeros(0)
        return ItemList(tuple(item_ids), total, parts)
