"""The closed-form posterior over a new person's factors, and over a new item's loadings.

A person's factors x have a normal prior: mean 0 and covariance I over all people, moved by which items the person chose
to rate (see ``seen_evidence``). A reward is ``mean + loadings @ x + noise``, so x given rewards is normal too (Bishop,
Pattern Recognition and Machine Learning, 2006, equations 3.50 and 3.51). How kind a person is and how far they follow
what everybody thinks are directions of x: items' loadings are correlated with 1 and with their means, as learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..retrieval.errors import AdapterError
from .rating_factors import RatingFactors

Floats = NDArray[np.float64]
Rows = Sequence[int] | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FactorPosterior:
    """What is known of one person.

    Args:
        person: Mean of the factors, shape ``(d,)``.
        covariance: Of the factors, shape ``(d, d)``.
        left_out: For each rating, the reward expected from the others' rewards, shape ``(n,)``; that the item was
            rated still counts.
        factors: The items.
    """

    person: Floats
    covariance: Floats
    left_out: Floats
    factors: RatingFactors

    def mean(self, rows: Rows | None = None) -> Floats:
        """Return the expected rewards of items, shape ``(len(rows),)``; None means every item."""
        rows = _all(rows, self.factors)
        expected: Floats = self.factors.means[rows] + self.factors.loadings[rows] @ self.person
        return expected

    def variance(self, rows: Rows | None = None) -> Floats:
        """Return how uncertain those are, the noise of a rating not included, shape ``(len(rows),)``."""
        loadings = self.factors.loadings[_all(rows, self.factors)]
        return np.asarray(np.einsum("ij,ij->i", loadings @ self.covariance, loadings))

    def stars(self, rows: Rows | None = None) -> Floats:
        """Return the expected ratings from 1 to 5, shape ``(len(rows),)``."""
        return np.clip(3.0 + 2.0 * self.mean(rows), 1.0, 5.0)


@dataclass(frozen=True, slots=True)
class NewItem:
    """What is known of a new item.

    Args:
        mean: Expected reward of the average person.
        loadings: Shape ``(d,)``.
        covariance: Of (mean, loadings), shape ``(1 + d, 1 + d)``.
    """

    mean: float
    loadings: Floats
    covariance: Floats


class FactorRidge:
    """Computes the posterior; less than a millisecond, no training.

    Args:
        factors: Learned from many people.
    """

    def __init__(self, factors: RatingFactors) -> None:
        self._factors = factors
        self._unexplained = np.eye(factors.n_factors) - (factors.link * factors.spread) @ factors.link.T

    def prior(self, chosen: Rows) -> tuple[Floats, Floats]:
        """Return the mean and covariance of the factors of a person who chose to rate these items.

        Args:
            chosen: Rows of the items, whatever the rating; those without ratings in training tell nothing.
        """
        factors = self._factors
        rows = np.unique(np.asarray(chosen, dtype=np.int64))
        rows = rows[factors.counts[rows] > 0]
        # The posterior of the person's centre, given items that scatter about it by 1 along each axis.
        variance = factors.spread / (1.0 + len(rows) * factors.spread)
        centre = variance * factors.seen[rows].sum(axis=0)
        return factors.link @ centre, self._unexplained + (factors.link * variance) @ factors.link.T

    def fit(
        self, rows: Rows, rewards: Sequence[float] | Floats, weights: Sequence[float] | Floats | None = None, *,
        chosen: Rows | None = None,
    ) -> FactorPosterior:  # fmt: skip
        """Return the posterior after ratings.

        Args:
            rows: The rated items, shape ``(n,)``; n may be 0.
            rewards: From -1 to 1, shape ``(n,)``.
            weights: How much each counts, above 0; a weight of .5 doubles its noise. None means 1.
            chosen: Items that the person chose by themselves, which is evidence whatever the rating; None means
                ``rows``. Give an empty list where they rated what they were shown.

        Raises:
            AdapterError: The three do not belong together, or a value is out of range.
        """
        told, answers, sureness = self._checked(rows, rewards, weights)
        mean, covariance = self.prior(told if chosen is None else chosen)
        loadings, precision = self._factors.loadings[told], sureness / self._factors.noise[told]
        residual = answers - self._factors.means[told] - loadings @ mean
        posterior = np.linalg.inv(np.linalg.inv(covariance) + (loadings.T * precision) @ loadings)
        posterior = (posterior + posterior.T) / 2.0
        change = posterior @ (loadings.T @ (precision * residual))
        # Of a linear smoother with leverage h, the prediction without one's own answer (Rasmussen and Williams 2006,
        # equation 5.12, in the form of the hat matrix).
        leverage = precision * np.einsum("ij,ij->i", loadings @ posterior, loadings)
        left_out = answers - (residual - loadings @ change) / (1.0 - leverage)
        return FactorPosterior(mean + change, posterior, left_out, self._factors)

    def _checked(
        self, rows: Rows, rewards: Sequence[float] | Floats, weights: Sequence[float] | Floats | None
    ) -> tuple[NDArray[np.int64], Floats, Floats]:
        told, answers = np.asarray(rows, dtype=np.int64), np.asarray(rewards, dtype=np.float64)
        sureness = np.ones(len(answers)) if weights is None else np.asarray(weights, dtype=np.float64)
        if not len(told) == len(answers) == len(sureness):
            raise AdapterError(f"{len(told)} items, {len(answers)} rewards, {len(sureness)} weights; give one of each")
        if not (np.abs(answers) <= 1.0).all():
            raise AdapterError(f"rewards {answers.tolist()} are not all between -1 and 1; scale the ratings first")
        if not ((sureness > 0.0) & np.isfinite(sureness)).all():
            raise AdapterError(f"weights {sureness.tolist()} are not all above 0; leave out what does not count")
        return told, answers, sureness


def fit_new_item(
    factors: RatingFactors, people: Floats, rewards: Sequence[float] | Floats, covariances: Floats | None = None
) -> NewItem:
    """Fit the mean and loadings of an item that is not among the factors, from its first ratings.

    The same ridge in the other direction: the prior is normal with the mean and covariance of all items. What is not
    known of a person adds to the noise of their rating, ``w @ covariance @ w`` at the prior's mean loadings w.

    Args:
        factors: Learned from many people.
        people: Posterior mean factors of those who rated the item, shape ``(n, d)``; n may be 0.
        rewards: Their rewards from -1 to 1, shape ``(n,)``.
        covariances: Of the people's factors, shape ``(n, d, d)``; None means known exactly.

    Raises:
        AdapterError: The people and rewards do not belong together.
    """
    people = np.asarray(people, dtype=np.float64).reshape(-1, factors.n_factors)
    answers = np.asarray(rewards, dtype=np.float64)
    if len(people) != len(answers) or not (np.abs(answers) <= 1.0).all():
        raise AdapterError(f"{len(people)} people, rewards {answers.tolist()}; give one from -1 to 1 a person")
    noise = np.full(len(people), factors.common_noise[0])
    if covariances is not None:
        typical = factors.item_mean[1:]
        noise = noise + np.einsum("i,nij,j->n", typical, covariances, typical)
    known = np.column_stack([np.ones(len(people)), people])
    precision = np.linalg.inv(factors.item_covariance)
    covariance = np.linalg.inv(precision + (known.T / noise) @ known)
    weights = factors.item_mean + covariance @ (known.T @ ((answers - known @ factors.item_mean) / noise))
    return NewItem(float(weights[0]), weights[1:], covariance)


def _all(rows: Rows | None, factors: RatingFactors) -> NDArray[np.int64]:
    return np.arange(len(factors.means)) if rows is None else np.asarray(rows, dtype=np.int64)
