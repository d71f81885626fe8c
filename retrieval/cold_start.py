"""Retrieve for a person known by a few ratings: the linear estimate of what they like, for any number of ratings.

It knows nothing of words, attributes or language models. A person's support is taken as ``k`` of their ``n`` ratings
drawn at random, so that the moments of the inputs follow from people's whole histories, without sampling: a rated item
is in the support with probability k/n, a pair of them with k(k-1)/(n(n-1)). With ``z`` the support (one channel that
says "rated", one with the stars above the item's mean), the estimate of least squared error of "likes" is

    b + z (D + (k-1) O)^-1 C

where D is the diagonal of the second moments, O holds the pairs (less the product of the means), C the moments
between support and likes, and b the share of people who like each item. The regression that drops inputs instead of
fitting the identity is EDLAE (Steck, Autoencoders that don't overfit towards the identity, NeurIPS 2020); here the
drop-out follows each person's n and k. Whitened by D, the leading eigenvectors of O serve every k: each direction is
divided by 1 + (k-1) e, so what several ratings say together counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.linalg import LinearOperator, eigsh

from .errors import DataError
from .ratings import UserRatings

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ColdStartConfig:
    """Constants of the estimate.

    Chosen on 489 people held back from MovieLens-1M's training people (``split_users(training, seed=1)``) by nDCG@10
    over the catalogue at k = 1 to 20, one constant at a time. The choice is flat: nDCG@10 at k = 5 moves by less than
    .007 for ranks 64 to 320, star weights 0 to 0.5, shrinkage 0.1 to 0.8 and overlap 0.5 to 1. Weighing people by
    n^-0.25 or n^-0.4 lost .003 to .016 (k = 1 to 20); a blend with people's own posterior weights added at most .004.

    Args:
        rank: Number of directions kept.
        star_weight: Weight of the stars' channel beside "rated".
        shrinkage: Added to each input's second moment, in units of the mean one, 1 / n_items.
        overlap: Share of e that is discounted: below 1, for the fitted e are too large on new people.
        mean_weight: Number of ratings at the overall mean that each item's mean starts from.
        liked_from: Fewest stars that count as liked.
    """

    rank: int = 128
    star_weight: float = 0.3
    shrinkage: float = 0.4
    overlap: float = 0.7
    mean_weight: float = 5.0
    liked_from: float = 4.0


@dataclass(frozen=True, slots=True)
class ColdStartRetriever:
    """Scores of all items from a few ratings.

    Args:
        prior: Share of people who like each item, shape ``(n_items,)``: the score without ratings.
        item_means: Mean stars of each item, shape ``(n_items,)``.
        seen_in: Directions of a rated item, shape ``(n_items, rank)``.
        stars_in: Directions of one star above the item's mean, shape ``(n_items, rank)``.
        eigenvalues: How much two ratings repeat one another in each direction, shape ``(rank,)``, above 0.
        likes_out: What each direction says of each item, shape ``(rank, n_items)``.

    Example:
        >>> def person(i, rows): return UserRatings(i, np.array(rows), np.full(len(rows), 5.0))
        >>> people = [person(i, [0, 1]) for i in range(5)] + [person(i, [2, 3]) for i in range(5, 11)]
        >>> retriever = ColdStartRetriever.fit(people, 4)
        >>> before, after = retriever.score([], []), retriever.score([0], [5.0])
        >>> bool(before[1] < before[2]), bool(after[1] > after[2])
        (True, True)
    """

    prior: Floats
    item_means: Floats
    seen_in: Floats
    stars_in: Floats
    eigenvalues: Floats
    likes_out: Floats

    @classmethod
    def fit(
        cls, users: Sequence[UserRatings], n_items: int, config: ColdStartConfig = ColdStartConfig()
    ) -> ColdStartRetriever:
        """Fit on people's ratings; those with one rating hold no pair and are left out.

        Raises:
            DataError: Nobody has two ratings, or a row is not in ``range(n_items)``.
        """
        people = [user for user in users if len(user) > 1]
        if not people:
            raise DataError(f"none of {len(users)} people has two ratings; give more ratings to learn from")
        stars = _matrix(people, n_items)
        means = _item_means(stars, config.mean_weight)
        inputs, likes = _inputs(stars, means, config.star_weight), _likes(stars, config.liked_from)
        n_rated = np.diff(stars.indptr)

        first = sp.diags_array(1.0 / n_rated / len(people)) @ inputs  # One draw of each person's ratings.
        diagonal = (first * inputs).sum(axis=0) + config.shrinkage / n_items
        scale = 1.0 / np.sqrt(diagonal)
        mean = first.sum(axis=0) * scale
        pairs = sp.diags_array(1.0 / np.sqrt(n_rated * (n_rated - 1.0) * len(people))) @ inputs @ sp.diags_array(scale)
        eigenvalues, directions = _leading(pairs.tocsr(), mean, config.rank)

        prior = likes.mean(axis=0)
        out = directions.T @ _moments(first @ sp.diags_array(scale), likes) - np.outer(directions.T @ mean, prior)
        into = directions * scale[:, None]
        stars_in = into[n_items:] * config.star_weight
        arrays = (prior, means, into[:n_items], stars_in, eigenvalues * config.overlap, out)
        return cls(*(np.ascontiguousarray(array, dtype=np.float32) for array in arrays))

    @property
    def n_items(self) -> int:
        """Number of items that are scored."""
        return len(self.prior)

    def score(self, rows: ArrayLike, stars: ArrayLike) -> Floats:
        """Return scores, higher is better, shape ``(n_items,)``; the rated items are scored too.

        Args:
            rows: Catalogue positions of the rated items, shape ``(k,)``; of an item given twice the last rating counts.
            stars: Ratings from 1 to 5, shape ``(k,)``.

        Raises:
            DataError: A row is not in the catalogue, a rating is not from 1 to 5, or the lengths differ.
        """
        rated = _checked(np.asarray(rows), np.asarray(stars, dtype=np.float64), self.n_items)
        if not rated:
            return self.prior.copy()
        kept = np.fromiter(rated, dtype=np.int64)
        above = np.fromiter(rated.values(), dtype=np.float32) - self.item_means[kept]
        state = self.seen_in[kept].sum(axis=0) + above @ self.stars_in[kept]
        scores: Floats = self.prior + (state / (1.0 + (len(kept) - 1) * self.eigenvalues)) @ self.likes_out
        return scores


def _checked(rows: NDArray[np.generic], stars: NDArray[np.float64], n_items: int) -> dict[int, float]:
    if rows.shape != stars.shape or rows.ndim != 1:
        raise DataError(f"{rows.shape} rows with {stars.shape} stars; give one rating for each row")
    for row, star in zip(rows.tolist(), stars.tolist(), strict=True):
        if not isinstance(row, int) or not 0 <= row < n_items:
            raise DataError(f"row {row} is not a position from 0 to {n_items - 1}; give catalogue positions")
        if not 1.0 <= star <= 5.0:
            raise DataError(f"rating {star} is not from 1 to 5; give stars")
    return dict(zip(rows.tolist(), stars.tolist(), strict=True))


def _matrix(people: Sequence[UserRatings], n_items: int) -> sp.csr_array:
    rows = np.concatenate([user.rows for user in people])
    if rows.min() < 0 or rows.max() >= n_items:
        raise DataError(f"rows {rows.min()} to {rows.max()} are not all below {n_items}; give the catalogue's size")
    stars = np.concatenate([user.stars for user in people])
    ends = np.cumsum([0, *(len(user) for user in people)])
    return sp.csr_array((stars, rows, ends), shape=(len(people), n_items))


def _item_means(stars: sp.csr_array, weight: float) -> NDArray[np.float64]:
    counts = np.bincount(stars.indices, minlength=stars.shape[1])
    means: NDArray[np.float64] = (stars.sum(axis=0) + weight * stars.data.mean()) / (counts + weight)
    return means


def _inputs(stars: sp.csr_array, means: NDArray[np.float64], star_weight: float) -> sp.csr_array:
    seen = sp.csr_array((np.ones_like(stars.data), stars.indices, stars.indptr), shape=stars.shape)
    above = (stars.data - means[stars.indices]) * star_weight
    rated = sp.csr_array((above, stars.indices, stars.indptr), shape=stars.shape)
    inputs: sp.csr_array = sp.hstack([seen, rated], format="csr")
    return inputs


def _likes(stars: sp.csr_array, liked_from: float) -> sp.csr_array:
    liked = sp.csr_array(
        ((stars.data >= liked_from).astype(np.float64), stars.indices.copy(), stars.indptr.copy()), shape=stars.shape
    )
    liked.eliminate_zeros()
    return liked


def _moments(first: sp.csr_array, likes: sp.csr_array) -> NDArray[np.float64]:
    """Return support times likes, shape ``(2 n_items, n_items)``; an item says nothing of itself, for it is rated."""
    moments: NDArray[np.float64] = (first.T @ likes).toarray()
    own = np.arange(likes.shape[1])
    moments[own, own] = moments[own + len(own), own] = 0.0
    return moments


def _leading(
    pairs: sp.csr_array, mean: NDArray[np.float64], rank: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the largest positive eigenvalues and their vectors of the pairs of two different ratings."""
    size = pairs.shape[1]
    alone = (pairs * pairs).sum(axis=0)
    transposed = pairs.T.tocsr()

    def product(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        flat = vector.ravel()
        result: NDArray[np.float64] = transposed @ (pairs @ flat) - alone * flat - mean * (mean @ flat)
        return result

    operator = LinearOperator((size, size), matvec=product, dtype=np.float64)
    values, vectors = eigsh(operator, min(rank, size - 1), which="LA", v0=np.ones(size), tol=1e-3)
    return values[values > 0], vectors[:, values > 0]
