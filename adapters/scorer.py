"""The personal score: a sum of named parts, each of which can be switched off and reported."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..retrieval.catalog import Catalog
from ..retrieval.items import ItemList
from .blocks import AdaptedBlocks
from .inner_loop import CentredMarginLoss
from .learner import ItemsOf, Taste
from .ridge import RidgeHead, RidgePosterior
from .start import PartWeights, Start
from .uncertainty import margin_variance

PARTS = ("prior", "ridge", "lm", "relevance")
Floats = NDArray[np.float64]


class PersonalScorer:
    """Scores items for one person: item prior + ridge posterior + the model's centred margin + relevance.

    The margin has two weights: one for what it is under θ₀, which everybody shares, and one for what the person's steps
    changed in it.

    Args:
        catalog: The items.
        blocks: The adapted blocks.
        loss: Holds the reference items that margins are centred on.
        ridge: The closed-form head.
        start: Holds θ₀ and the weights of the parts.
        items: Items as the blocks read them.
        prior: What everybody thinks of each item, as a reward, shape ``(n_items,)``.
        n_read: The model reads only that many items, those whose other parts are highest; None means all. Reading an
            item for the first time is slow, so a catalogue without shipped states has only its best ones read.
    """

    def __init__(
        self, catalog: Catalog, blocks: AdaptedBlocks, loss: CentredMarginLoss, ridge: RidgeHead, start: Start,
        items: ItemsOf, prior: Floats, *, n_read: int | None = None,
    ) -> None:  # fmt: skip
        self._catalog = catalog
        self._blocks = blocks
        self._ridge = ridge
        self._start = start
        self._items = items
        self._n_read = n_read
        self._centre = loss.centre(start.theta)
        self.prior = prior

    def posterior(self, taste: Taste, rows: NDArray[np.int64]) -> RidgePosterior:
        """Return what the ridge head knows of some items for the person."""
        return self._ridge.fit(taste.examples, self.prior, rows=rows)

    def score(self, item_ids: Sequence[str], taste: Taste, relevance: Floats) -> ItemList:
        """Score exactly these items, in the given order.

        Args:
            item_ids: What to score.
            taste: The person's examples and tensors.
            relevance: How well each of them fits the request, shape ``(len(item_ids),)``.
        """
        rows = np.array([self._catalog.position(item_id) for item_id in item_ids], dtype=np.int64)
        weights = self._start.recipe.weights_at(len(taste.examples))
        parts = {
            "prior": weights.prior * self.prior[rows],
            "ridge": weights.ridge * self.posterior(taste, rows).mean,
            "lm": np.zeros(len(rows)),
            "relevance": weights.relevance * relevance,
        }
        others = np.sum(list(parts.values()), axis=0)
        read = sorted(np.argsort(-others, kind="stable")[: self._n_read].tolist())
        parts["lm"][read] = self._margins([item_ids[i] for i in read], taste, weights)
        return ItemList(tuple(item_ids), np.sum(list(parts.values()), axis=0), parts)

    def uncertainty(self, item_ids: Sequence[str], taste: Taste) -> Floats:
        """Return the variance of the personal score of some items, shape ``(len(item_ids),)``: what to ask about.

        That of the ridge head; and that of the margin, where θ₀ came with how far people lie from it.
        """
        rows = np.array([self._catalog.position(item_id) for item_id in item_ids], dtype=np.int64)
        weights = self._start.recipe.weights_at(len(taste.examples))
        variance = weights.ridge**2 * self.posterior(taste, rows).variance
        if self._start.variance:
            found = margin_variance(self._blocks, taste.theta, self._items(item_ids), self._start.variance)
            variance = variance + weights.moved**2 * found.double().numpy()
        return variance

    def _margins(self, item_ids: Sequence[str], taste: Taste, weights: PartWeights) -> Floats:
        """Return the weighed margins about their mean over the reference items, shape ``(len(item_ids),)``."""
        items = self._items(item_ids)
        margins = self._blocks.score(self._start.theta, items).double().numpy()
        still: Floats = margins - float(self._centre.mean)
        if taste.theta is self._start.theta:
            return weights.still * still
        mine = {name: tensor[None] for name, tensor in taste.theta.items()}
        moved = self._blocks.score(taste.theta, items).double().numpy() - float(self._centre.at(mine)) - still
        result: Floats = weights.still * still + weights.moved * moved
        return result
