"""Baselines that go from item to item: neighbours by likes or by residuals, and EASE."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from sklearn.metrics.pairwise import cosine_similarity

from .baseline import LIKED, BaselineScores, Floats, Integers, TrainingRatings, as_stars, user_bias

# All chosen on the held-out tenth of the training people (split_users(training, seed=1)) with k of 1, 5 and 20.
OVERLAP_SHRINKAGE = 100.0
"""Of 0, 30, 100 and 300 people who rated both: UAUC up to 100, no better beyond."""
WEIGHT_SHRINKAGE = 0.5
"""Of .1, .2, .5 and 2: UAUC is within .003 up to .5, where rated nDCG@5 is best, and lower at k=20 with 2."""
EASE_RIDGE = 12_000.0
"""Of 200, 500, 1,000, 3,000, 6,000, 12,000, 25,000 and 50,000: the best nDCG@10 (.527) and UAUC (.685) at k=20, where
EASE is at its best. Larger ones are better with fewer ratings and worse with 20."""

Singles = NDArray[np.float32]


class ItemKnn:
    """Sums the cosines of an item to the liked items of the support, cosines of who likes them; no cut of neighbours.

    Cutting to the 20, 50, 100, 200 or 400 nearest lowers UAUC and nDCG@10 at k=5 and k=20 on 250 of the held-out
    training people. A support without a like scores every item 0.
    """

    name = "item_knn"

    def __init__(self, training: TrainingRatings) -> None:
        self._cosines: Singles = cosine_similarity(training.likes.T.tocsr(), dense_output=True)

    def scores(self, rows: Integers, stars: Floats) -> BaselineScores:
        """Score every item for a person of these ratings."""
        scores = self._cosines[rows[stars >= LIKED]].sum(axis=0).astype(np.float64)
        return BaselineScores(scores, scores)


class PopularityKnn:
    """Adds the z-scores of the logarithm of likes and of ``ItemKnn``, equally.

    The logarithm has a better nDCG@10 over k of 1, 5 and 20 than the root or the plain count with the same neighbours
    (.448, .440, .418 on 250 of the held-out training people).

    Args:
        training: What to count likes in.
        knn: The other half; shared, since its table is large.
    """

    name = "popularity_knn"

    def __init__(self, training: TrainingRatings, knn: ItemKnn) -> None:
        self._knn = knn
        self._popularity = _z_scores(np.log1p(training.like_counts))

    def scores(self, rows: Integers, stars: Floats) -> BaselineScores:
        """Score every item for a person of these ratings."""
        scores = self._popularity + _z_scores(self._knn.scores(rows, stars).catalog)
        return BaselineScores(scores, scores)


class ItemKnnResidual:
    """Foretells stars: item mean, person's bias, and the support's residuals weighed by the cosine to each item.

    Cosines of centred residuals, shrunken by how many people rated both (Bell and Koren, Scalable Collaborative
    Filtering with Jointly Derived Neighborhood Interpolation Weights, ICDM 2007, equation 3).
    """

    name = "item_knn_residual"

    def __init__(self, training: TrainingRatings) -> None:
        rated = training.stars.astype(bool).astype(np.float32)
        both = (rated.T @ rated).toarray()
        residuals = training.centred_residuals.astype(np.float32).T.tocsr()
        self._weights: Singles = cosine_similarity(residuals, dense_output=True) * (both / (both + OVERLAP_SHRINKAGE))
        self._item_means = training.item_means

    def scores(self, rows: Integers, stars: Floats) -> BaselineScores:
        """Score every item for a person of these ratings."""
        residuals = stars - self._item_means[rows]
        bias, weights = user_bias(residuals), self._weights[rows]
        centred = (residuals - bias).astype(np.float32)
        moved = (centred @ weights) / (np.abs(weights).sum(axis=0) + WEIGHT_SHRINKAGE)
        scores = self._item_means + bias + moved
        return BaselineScores(scores, scores, as_stars(scores))


class Ease:
    """Sums over liked items the weights of a linear model that foretells each item from all the others.

    Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019, equation 8.

    Args:
        training: Its likes are the data.
        ridge: Weight of the squares of the weights; a tiny table needs a small one.
    """

    name = "ease"

    def __init__(self, training: TrainingRatings, *, ridge: float = EASE_RIDGE) -> None:
        likes = training.likes.astype(np.float64)
        gram = (likes.T @ likes).toarray()
        gram[np.diag_indices_from(gram)] += ridge
        inverse = cho_solve(cho_factor(gram, overwrite_a=True), np.eye(len(gram)), overwrite_b=True)
        weights = inverse / -np.diag(inverse)
        np.fill_diagonal(weights, 0.0)
        self._weights: Singles = np.ascontiguousarray(weights, dtype=np.float32)

    def scores(self, rows: Integers, stars: Floats) -> BaselineScores:
        """Score every item for a person of these ratings."""
        scores = self._weights[rows[stars >= LIKED]].sum(axis=0).astype(np.float64)
        return BaselineScores(scores, scores)


def _z_scores(values: Floats) -> Floats:
    spread = values.std()
    return (values - values.mean()) / spread if spread > 0.0 else np.zeros_like(values)
