"""What people like, as factors: a prior learned from many people and a person's posterior from a few verdicts.

Probabilistic principal components with missing values, fitted by expectation maximisation (Tipping and Bishop,
Probabilistic Principal Component Analysis, 1999; Roweis, EM Algorithms for PCA and SPCA, 1998), the loadings of an item
drawn towards those of all items. A verdict is +1 (liked) or -1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

_MEAN_PULL = 5.0
_WELL_RATED = 20


@dataclass(frozen=True, slots=True)
class VerdictFactors:
    """A Gaussian model of verdicts: ``verdict = mean[item] + loadings[item] @ person + noise``, person ~ N(0, 1).

    Args:
        mean: Mean verdict of each item, from -1 to 1, shape ``(n_items,)``.
        loadings: Shape ``(n_items, n_factors)``.
        common: The loadings of an average item: along them a person likes everything more, shape ``(n_factors,)``.
        noise: Variance of a verdict about what is expected.
    """

    mean: Floats
    loadings: Floats
    common: Floats
    noise: float

    def person(self, rows: Rows, verdicts: Floats) -> Floats:
        """Return the posterior mean of a person's factors, a ridge in closed form, shape ``(n_factors,)``.

        Args:
            rows: The items, shape ``(n,)``; may be empty.
            verdicts: +1 or -1, shape ``(n,)``.
        """
        expected, _ = _posterior(self.loadings[rows], verdicts - self.mean[rows], self.noise)
        return expected


def fit_verdict_factors(
    people: Sequence[tuple[Rows, Floats]], n_items: int, *, n_factors: int = 8, n_rounds: int = 12, seed: int = 0
) -> VerdictFactors:
    """Fit the model to people's verdicts.

    Args:
        people: Rows and verdicts (+1 or -1) of each person.
        n_items: Items in the catalogue.
        n_factors: Factors of an item.
        n_rounds: Rounds of expectation maximisation.
        seed: Seeds the first loadings.
    """
    rows, verdicts = (np.concatenate([person[i] for person in people]) for i in (0, 1))
    counts = np.bincount(rows, minlength=n_items)
    sums = np.bincount(rows, weights=verdicts, minlength=n_items)
    mean = (sums + _MEAN_PULL * verdicts.mean()) / (counts + _MEAN_PULL)
    loadings = np.random.default_rng(seed).normal(0.0, 0.1, (n_items, n_factors))
    loadings[:, 0] = 0.4
    known, noise = counts >= min(_WELL_RATED, counts.max()), 0.6
    for _ in range(n_rounds):
        loadings, noise = _round(people, mean, loadings, known, noise)
    return VerdictFactors(mean, loadings, loadings[known].mean(axis=0), noise)


def _round(
    people: Sequence[tuple[Rows, Floats]], mean: Floats, loadings: Floats, known: NDArray[np.bool_], noise: float
) -> tuple[Floats, float]:
    n_items, n_factors = loadings.shape
    squares, products, spread = np.zeros((n_items, n_factors, n_factors)), np.zeros((n_items, n_factors)), 0.0
    for rows, verdicts in people:
        residual = verdicts - mean[rows]
        expected, covariance = _posterior(loadings[rows], residual, noise)
        squares[rows] += covariance + np.outer(expected, expected)
        products[rows] += residual[:, None] * expected
        uncertain = np.einsum("ij,jk,ik->i", loadings[rows], covariance, loadings[rows])
        spread += float((np.square(residual - loadings[rows] @ expected) + uncertain).sum())
    centre = loadings[known].mean(axis=0)
    around = loadings[known] - centre
    pull = noise * np.linalg.inv(around.T @ around / known.sum() + 1e-4 * np.eye(n_factors))
    moved = np.linalg.solve(squares + pull, (products + pull @ centre)[..., None])[..., 0]
    return moved, spread / sum(len(rows) for rows, _ in people)


def _posterior(loadings: Floats, residual: Floats, noise: float) -> tuple[Floats, Floats]:
    covariance = np.asarray(np.linalg.inv(np.eye(loadings.shape[1]) + loadings.T @ loadings / noise), dtype=np.float64)
    expected: Floats = covariance @ (loadings.T @ residual) / noise
    return expected, covariance
