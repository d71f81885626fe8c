"""Factor analysis of ratings with missing entries, by expectation-maximisation.

Probabilistic principal components with missing data (Tipping and Bishop, Probabilistic Principal Component Analysis,
JRSS B 1999), each item with noise of its own and with a Gaussian prior on its mean and loadings that is learned from
all items, as in variational Bayesian matrix factorisation (Lim and Teh, KDD Cup 2007). After each step the people's
factors are brought back to mean 0 and covariance I (Liu, Rubin and Wu, Parameter Expansion to Accelerate EM, 1998).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FactorAnalysis:
    """A reward is ``intercept + loadings @ person + noise``; a person's factors are standard normal.

    Args:
        weights: Intercept, then loadings, shape ``(n_items, 1 + d)``; an item without ratings has the prior's mean.
        noise: Variance of one rating, shape ``(n_items,)``.
        people: Posterior means of the people's factors, shape ``(n_people, d)``.
        prior_mean: Of an item's weights, shape ``(1 + d,)``.
        prior_covariance: Shape ``(1 + d, 1 + d)``.
        common_noise: Variance of one rating over all items.
    """

    weights: Floats
    noise: Floats
    people: Floats
    prior_mean: Floats
    prior_covariance: Floats
    common_noise: float


class _Triangle:
    """Packs symmetric matrices into rows, so that their sums over ratings are one sparse product."""

    def __init__(self, d: int) -> None:
        self._d = d
        self._upper = np.triu_indices(d)

    def sums(self, seen: sparse.csr_array, matrices: Floats) -> Floats:
        """Return the sum of ``matrices``, shape ``(n, d, d)``, over the entries of each row of ``seen``."""
        rows, columns = self._upper
        packed = np.asarray(seen @ matrices[:, rows, columns])
        total = np.empty((len(packed), self._d, self._d))
        total[:, rows, columns] = packed
        total[:, columns, rows] = packed
        return total


def fit_factor_analysis(
    ratings: sparse.csr_array, *, n_factors: int, seed: int, epochs: int, noise_strength: float
) -> FactorAnalysis:
    """Fit by EM; the same seed gives the same factors.

    Args:
        ratings: Rewards, one row a person, shape ``(n_people, n_items)``; an explicit zero is a rating.
        n_factors: Factors of a person; how far one follows everybody and how kind one is are among them.
        seed: Seeds the first loadings.
        epochs: Steps of EM.
        noise_strength: Ratings' worth of the common noise in an item's.
    """
    n_people, n_items = ratings.shape
    seen = _with_ones(ratings)
    by_item, seen_by = sparse.csr_array(ratings.T), sparse.csr_array(seen.T)
    counts = np.diff(by_item.indptr)
    rated = counts > 0
    squares = np.bincount(ratings.indices, weights=ratings.data**2, minlength=n_items)
    small, large = _Triangle(n_factors), _Triangle(n_factors + 1)

    weights = _first_weights(by_item, counts, n_factors, seed)
    spread = np.zeros((n_items, n_factors + 1, n_factors + 1))
    covariance = np.diag([0.2] + [0.05] * n_factors)
    noise, common = np.full(n_items, 0.2), 0.2
    people, mean = np.zeros((n_people, n_factors)), weights[rated].mean(axis=0)
    for _ in range(epochs):
        # People given items.
        second = _outer(weights) + spread
        precision = small.sums(seen, second[:, 1:, 1:] / noise[:, None, None]) + np.eye(n_factors)
        pull = ratings @ (weights[:, 1:] / noise[:, None]) - seen @ (second[:, 0, 1:] / noise[:, None])
        uncertain = np.asarray(np.linalg.inv(precision), dtype=np.float64)
        people = np.einsum("uij,uj->ui", uncertain, pull)
        people, uncertain, change = _standardised(people, uncertain)
        weights, covariance = weights @ change.T, change @ covariance @ change.T
        # Items given people.
        known = np.column_stack([np.ones(n_people), people])
        moments = _outer(known)
        moments[:, 1:, 1:] += uncertain
        gram, response = large.sums(seen_by, moments), by_item @ known
        mean, prior_precision = weights[rated].mean(axis=0), np.linalg.inv(covariance)
        spread = np.linalg.inv(gram / noise[:, None, None] + prior_precision)
        weights = np.einsum("nij,nj->ni", spread, response / noise[:, None] + prior_precision @ mean)
        off = weights[rated] - mean
        covariance = (off.T @ off + spread[rated].sum(axis=0)) / rated.sum()
        errors = squares - 2 * (response * weights).sum(axis=1) + (gram * (_outer(weights) + spread)).sum(axis=(1, 2))
        common = float(errors.sum() / counts.sum())
        noise = (errors + noise_strength * common) / (counts + noise_strength)
    return FactorAnalysis(weights, noise, people, mean, covariance, common)


def _with_ones(ratings: sparse.csr_array) -> sparse.csr_array:
    return sparse.csr_array((np.ones(len(ratings.data)), ratings.indices, ratings.indptr), shape=ratings.shape)


def _first_weights(by_item: sparse.csr_array, counts: NDArray[np.int64], n_factors: int, seed: int) -> Floats:
    """Return shrunk item means and random loadings, the first of which is a person's kindness."""
    overall = by_item.data.mean()
    means = (np.asarray(by_item.sum(axis=1)).ravel() + 5.0 * overall) / (counts + 5.0)
    loadings = np.random.default_rng(seed).normal(0.0, 0.1, (len(counts), n_factors))
    loadings[:, 0] += 0.4
    return np.column_stack([means, loadings])


def _outer(vectors: Floats) -> Floats:
    product: Floats = vectors[:, :, None] * vectors[:, None, :]
    return product


def _standardised(people: Floats, uncertain: Floats) -> tuple[Floats, Floats, Floats]:
    """Return people and covariances with overall mean 0 and covariance I, and the change that undoes it in weights."""
    centre = people.mean(axis=0)
    centred = people - centre
    root = np.linalg.cholesky(centred.T @ centred / len(people) + uncertain.mean(axis=0))
    inverse = np.linalg.inv(root)
    change = np.eye(len(centre) + 1)
    change[0, 1:], change[1:, 1:] = centre, root.T
    return centred @ inverse.T, inverse @ uncertain @ inverse.T, change
