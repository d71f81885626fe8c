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
        start: Holds the weights of the parts.
        states: Item states by item id.
        prior: What everybody thinks of each item, as a reward, shape ``(n_items,)``.
        n_read: The model reads only that many items, those whose other parts are highest; None means all. Reading an
            item for the first time is slow, so a catalogue without shipped states has only its best ones read.
    """

    def __init__(
        self, catalog: Catalog, blocks: AdaptedBlocks, loss: CentredMarginLoss, ridge: RidgeHead, start: Start,
        states: StatesOf, prior: Floats, *, n_read: int | None = None,
    ) -> None:  # fmt: skip
        self._catalog = catalog
        self._blocks = blocks
        self._loss = loss
        self._ridge = ridge
        self._weights = start.recipe.weights
        self._states = states
        self._n_read = n_read
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
        parts = {
            "prior": self._weights.prior * self.prior[rows],
            "ridge": self._weights.ridge * self.posterior(taste, rows).mean,
            "lm": np.zeros(len(rows)),
            "relevance": self._weights.relevance * relevance,
        }
        others = np.sum(list(parts.values()), axis=0)
        read = sorted(np.argsort(-others, kind="stable")[: self._n_read].tolist())
        parts["lm"][read] = self._weights.lm * self._margins([item_ids[i] for i in read], taste)
        return ItemList(tuple(item_ids), np.sum(list(parts.values()), axis=0), parts)

    def _margins(self, item_ids: Sequence[str], taste: Taste) -> Floats:
        """Return the model's margins about their mean over the reference items, shape ``(len(item_ids),)``."""
        margins = self._blocks.score(taste.theta, self._states(item_ids)).double().numpy()
        centred: Floats = margins - float(self._blocks.score(taste.theta, self._loss.reference).mean())
        return centred
