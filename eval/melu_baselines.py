"""What stands beside our rows on MeLU's split: item means, biases, and rating factors with a ridge fold-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..retrieval.ratings import UserRatings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAMPING = 3.0
N_FACTORS = 16
FACTOR_RIDGE = 10.0
_ITERATIONS = 10
_FIRST_FACTORS = 0.1


class Rater(Protocol):
    """Predicts stars of a person who was not trained on."""

    def predict(self, support: UserRatings, query_rows: Ints) -> Floats:
        """Return the expected stars of the rows asked about, shape ``(n,)``."""
        ...


@dataclass(frozen=True, slots=True)
class Ratings:
    """Ratings of many people as a sparse matrix's three columns.

    Args:
        users: Position of the person, shape ``(n,)``.
        rows: Catalogue position of the film, shape ``(n,)``.
        stars: Shape ``(n,)``.
        n_items: Films of the catalogue.
    """

    users: Ints
    rows: Ints
    stars: Floats
    n_items: int

    @classmethod
    def of(cls, people: Sequence[UserRatings], n_items: int) -> Ratings:
        """Return the ratings of the people, in their order."""
        users = np.repeat(np.arange(len(people)), [len(person) for person in people])
        rows = np.concatenate([person.rows for person in people])
        return cls(users, rows, np.concatenate([person.stars for person in people]), n_items)

    @property
    def counts(self) -> Ints:
        """How many rated each film, shape ``(n_items,)``."""
        return np.bincount(self.rows, minlength=self.n_items)


class ItemMean:
    """The mean stars of each film, whoever asks; the mean of all ratings where nobody rated it."""

    def __init__(self, ratings: Ratings) -> None:
        totals = np.bincount(ratings.rows, ratings.stars, minlength=ratings.n_items)
        self._means = np.where(ratings.counts > 0, totals / np.maximum(ratings.counts, 1), ratings.stars.mean())

    def predict(self, support: UserRatings, query_rows: Ints) -> Floats:  # noqa: ARG002  # the seam's
        """Return the means."""
        means: Floats = self._means[query_rows]
        return means


class UserItemBias:
    """A mean, a bias per film and a bias per person, each drawn to 0 by three ratings' weight."""

    def __init__(self, ratings: Ratings) -> None:
        self._means = ratings.stars.mean() + biases(ratings)[0]

    def predict(self, support: UserRatings, query_rows: Ints) -> Floats:
        """Return the film's part and the person's bias."""
        bias = (support.stars - self._means[support.rows]).sum() / (len(support) + DAMPING)
        expected: Floats = self._means[query_rows] + bias
        return expected


class AlsRidge:
    """Biases and ALS factors of the ratings; a new person's bias and factors by one ridge regression."""

    def __init__(self, ratings: Ratings, *, seed: int) -> None:
        item_bias, user_bias = biases(ratings)
        self._means = ratings.stars.mean() + item_bias
        residual = ratings.stars - self._means[ratings.rows] - user_bias[ratings.users]
        self._factors = als_factors(ratings, residual, seed=seed)

    def predict(self, support: UserRatings, query_rows: Ints) -> Floats:
        """Return the film's part and the person's, folded in."""
        known = np.column_stack([np.ones(len(support)), self._factors[support.rows]])
        asked = np.column_stack([np.ones(len(query_rows)), self._factors[query_rows]])
        ridge = np.diag([DAMPING, *[FACTOR_RIDGE] * self._factors.shape[1]])
        person = np.linalg.solve(known.T @ known + ridge, known.T @ (support.stars - self._means[support.rows]))
        expected: Floats = self._means[query_rows] + asked @ person
        return expected


def biases(ratings: Ratings, *, iterations: int = 5) -> tuple[Floats, Floats]:
    """Return the biases of films and of people about the mean of all ratings, damped, by alternating means.

    Returns:
        Shapes ``(n_items,)`` and ``(n_people,)``.
    """
    centred, n_users = ratings.stars - ratings.stars.mean(), np.bincount(ratings.users)
    item_bias = np.zeros(ratings.n_items)
    user_bias = np.zeros(len(n_users))
    for _ in range(iterations):
        user_bias = np.bincount(ratings.users, centred - item_bias[ratings.rows]) / (n_users + DAMPING)
        totals = np.bincount(ratings.rows, centred - user_bias[ratings.users], minlength=ratings.n_items)
        item_bias = totals / (ratings.counts + DAMPING)
    return item_bias, user_bias


def als_factors(ratings: Ratings, residual: Floats, *, seed: int) -> Floats:
    """Return item factors of the residuals by alternating least squares, zero for films that nobody rated.

    Only what was rated counts (Zhou et al., Large-scale Parallel Collaborative Filtering, AAIM 2008, without its
    weights); ``implicit`` has the form for clicks alone, in which what was not rated counts as zero.

    Returns:
        Shape ``(n_items, 16)``.
    """
    shape = (int(ratings.users.max()) + 1, ratings.n_items)
    values = sparse.csr_array((residual, (ratings.users, ratings.rows)), shape=shape)
    rated = sparse.csr_array((np.ones(len(residual)), (ratings.users, ratings.rows)), shape=shape)
    factors = _FIRST_FACTORS * np.random.default_rng(seed).standard_normal((ratings.n_items, N_FACTORS))
    of_items, rated_items = sparse.csr_array(values.T), sparse.csr_array(rated.T)
    for _ in range(_ITERATIONS):
        factors = _half_step(of_items, rated_items, _half_step(values, rated, factors))
    return factors


def _half_step(values: sparse.csr_array, rated: sparse.csr_array, fixed: Floats) -> Floats:
    """Return the ridge solution of one side, all at once, shape ``(values.shape[0], N_FACTORS)``."""
    products = np.einsum("if,ig->ifg", fixed, fixed).reshape(len(fixed), -1)
    gram = (rated @ products).reshape(-1, N_FACTORS, N_FACTORS) + FACTOR_RIDGE * np.eye(N_FACTORS)
    solved: Floats = np.linalg.solve(gram, (values @ fixed)[..., None])[..., 0]
    return solved
