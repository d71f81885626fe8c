"""The adapted blocks over the films of MovieLens-1M: adapt to a few ratings, judge any films."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..adapters.inner_loop import CentredMarginLoss, Support, adapt_many
from ..adapters.item_inputs import ItemInputs
from ..adapters.item_tokens import ItemFeatures, project
from ..adapters.lora import Theta
from ..adapters.rating_factors import RatingFactors
from ..adapters.start import Start
from .rated_films import RatedFilms

Floats = NDArray[np.float64]
Rows = Sequence[int] | NDArray[np.int64]


class FilmJudge:
    """Margins of films under θ₀ and under what a person's ratings made of it.

    Args:
        films: The films.
        start: θ₀, rates, tokens and how ratings are weighed.
        factors: What ratings say of the films.
        hidden: Films whose collaborative token is taken away, shape ``(n_items,)``; None takes none.
    """

    def __init__(
        self, films: RatedFilms, start: Start, factors: RatingFactors, *, hidden: NDArray[np.bool_] | None = None
    ) -> None:
        self.start = start
        self._blocks = films.blocks
        features = ItemFeatures.of(factors, films.vectors)
        present = features.present
        if hidden is not None:
            present[:, 0] &= ~torch.tensor(hidden)
        if start.tokens:
            self._items = ItemInputs(films.states, project(start.tokens, features), present)
        else:
            self._items = self._blocks.inputs(films.states)
        with torch.no_grad():
            parts = [self._items.at(slice(i, i + 512)) for i in range(0, len(films.states), 512)]
            prefix = torch.cat([self._blocks.prefix(part) for part in parts])
        self._items = ItemInputs(films.states, self._items.tokens, self._items.present, prefix)
        self.loss = CentredMarginLoss(self._blocks, self._items.at(films.reference(factors)))
        self._centre = self.loss.centre(start.theta)
        self.still: Floats = self._blocks.score(start.theta, self._items).double().numpy() - float(self._centre.mean)

    def items(self, rows: Rows) -> ItemInputs:
        """Return films as the blocks read them."""
        return self._items.at(torch.as_tensor(np.asarray(rows, dtype=np.int64)))

    def support(self, rows: Rows, rewards: Sequence[float] | Floats, weights: Sequence[float] | None = None) -> Support:
        """Return what is learned from."""
        return self.start.support(self.items(rows), list(rewards), weights)

    def adapt(self, support: Support, *, steps: int, rates: Mapping[str, float | Tensor] | None = None) -> Theta:
        """Take steps for one person; the result has a dimension for people, of one, in front."""
        return adapt_many(
            self.start.theta, support, n_people=1, loss=self.loss, steps=steps if len(support) else 0,
            rates=self.start.rates if rates is None else rates, prior=self.start.recipe.pull, centre=self._centre,
        )  # fmt: skip

    @torch.no_grad()
    def margins(self, theta: Theta, rows: Rows) -> Floats:
        """Return the centred margins of films under one person's tensors, shape ``(len(rows),)``."""
        margins: Floats = self.loss.logits(theta, self.items(rows), self._centre)[0].double().numpy()
        return margins
