"""The baseline for items that nobody rated: a person's taste by genre, by who made and played it, and by decade.

It knows attributes alone; of the training people's ratings it keeps what they think of each attribute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import sparse
from sklearn.linear_model import Ridge

from ..retrieval.attribute_table import AttributeTable
from ..retrieval.catalog import Catalog
from ..retrieval.errors import DataError
from ..retrieval.ratings import UserRatings
from .baseline import BaselineScores, Floats, Integers, TrainingRatings, as_stars, user_bias

Stated = Mapping[tuple[str, str], float]
"""What a person said they like: polarity from -1 (cannot stand) to 1 (love) by kind and value of the attribute."""

# Chosen by UAUC and rated nDCG@5 of the held-out tenth of the training people (split_users(training, seed=1)) on a
# fifth of the films, whose ratings were taken from the other training people, with k of 5 and 20.
SHRINKAGE: Mapping[str, float] = {"genre": 10.0, "person": 0.5, "decade": 30.0}
"""Ratings of no taste added to each value's, by kind ("person" is director and cast); of 3 to 20, .5 to 2, 10 to 30:
all within .01 of each other."""
CROWD_RIDGE = 20.0
"""Ridge of what the crowd thinks of each value; of 1 to 20, with items weighted by the root of their ratings. That was
better than weighting items alike or by their ratings."""
STATED_STARS, STATED_COUNT = 1.0, 5.0
"""A statement counts as that many ratings of an item with the value, that far from what was expected. Of .5, 1 and 2
stars and 2, 5 and 20 ratings: the best UAUC and nDCG of the same people, from three statements drawn from their
support, with and without five ratings."""


class ContentProfile:
    """Foretells stars: the crowd's view of the attributes, the person's bias, their shrunken mean residual by value.

    The residual of a rated item is its stars less the item's mean, or less the crowd's view where nobody rated it, and
    less the person's bias. The values of one kind are averaged, the kinds are added.

    Args:
        users: The training people; leave the ratings of new items out.
        catalog: The items; only their attributes are read.

    Raises:
        DataError: There are no ratings, or a row lies outside the catalogue.
    """

    name = "content_profile"

    def __init__(self, users: Sequence[UserRatings], catalog: Catalog) -> None:
        training, table = TrainingRatings(users, len(catalog)), AttributeTable(catalog)
        values = [(kind, value.casefold()) for kind in SHRINKAGE for value in table.values(kind)]
        self._places = {pair: place for place, pair in enumerate(values)}
        self._shrinkage = np.array([SHRINKAGE[kind] for kind, _ in values])
        blocks = [table.incidence(kind) for kind in SHRINKAGE]
        self._incidence = sparse.csr_array(sparse.hstack(blocks))
        self._averages = sparse.csr_array(sparse.hstack([_row_averages(block) for block in blocks]))
        self._crowd = _crowd_view(training, self._averages)
        self._expected = np.where(training.counts > 0, training.item_means, self._crowd)

    def scores(self, rows: Integers, stars: Floats, *, stated: Stated | None = None) -> BaselineScores:
        """Score every item for a person of these ratings and statements, as if nobody had rated any item.

        Args:
            rows: Catalogue positions, shape ``(k,)``; none for statements alone.
            stars: From 1 to 5, shape ``(k,)``.
            stated: Polarity from -1 to 1 by kind and value; values that no item has are passed over.

        Raises:
            DataError: A statement of another kind, or a polarity out of range.
        """
        residuals = stars - self._expected[rows]
        bias = user_bias(residuals)
        told = self._incidence[rows]
        sums, counts = told.T @ (residuals - bias), np.asarray(told.sum(axis=0)).ravel()
        for place, polarity in self._said(stated or {}).items():
            sums[place] += STATED_COUNT * STATED_STARS * polarity
            counts[place] += STATED_COUNT
        scores = self._crowd + bias + self._averages @ (sums / (counts + self._shrinkage))
        return BaselineScores(scores, scores, as_stars(scores))

    def _said(self, stated: Stated) -> dict[int, float]:
        """Return the polarity by place of the value."""
        said: dict[int, float] = {}
        for (kind, value), polarity in stated.items():
            if kind not in SHRINKAGE:
                raise DataError(f"a statement about '{kind}' is not understood; give one of {', '.join(SHRINKAGE)}")
            if not -1.0 <= polarity <= 1.0:
                raise DataError(f"polarity {polarity} of '{value}' is out of range; give a number from -1 to 1")
            place = self._places.get((kind, value.casefold()))
            if place is not None:
                said[place] = polarity
        return said


def _row_averages(incidence: sparse.csr_array) -> sparse.csr_array:
    """Return the incidence with rows that sum to one, or to zero where an item has no value."""
    lengths = np.maximum(np.asarray(incidence.sum(axis=1)).ravel(), 1.0)
    return sparse.csr_array(sparse.diags_array(1.0 / lengths) @ incidence)


def _crowd_view(training: TrainingRatings, averages: sparse.csr_array) -> Floats:
    """Return the stars that the attributes of each item foretell, shape ``(n_items,)``."""
    rated = np.flatnonzero(training.counts)
    model = Ridge(alpha=CROWD_RIDGE, solver="sparse_cg")
    model.fit(averages[rated], training.item_means[rated], sample_weight=np.sqrt(training.counts[rated]))
    return np.asarray(model.predict(averages), dtype=np.float64)
