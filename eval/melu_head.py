"""Our closed-form row on MeLU's split: a Gaussian over a person's bias, rating factors and content, films new or known.

Stars of a film are its mean, which content predicts and ratings correct, plus the person's deviation: a Gaussian
process over films whose covariance is a sum of kernels: one per respect of the content, one of the rating factors,
and one of the means, for how far a person follows what everybody thinks. Content predicts factors of unrated films too.
Variances are those under which the ratings of people and of films set aside are likeliest; no test rating is read.
Equations are those of Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from ..retrieval.errors import DataError
from ..retrieval.ratings import UserRatings
from .melu_baselines import Ratings, als_factors, biases
from .melu_content import CONTENT, ContentKernels, Floats, Ints, fit_variances

_HELD_BACK = 0.1
FEWEST_EACH = 5
_MOST_CASES, _MOST_EACH = 300, 100
_MOST_MEANS = 700
_FIRST_VARIANCE, _FIRST_NOISE = 0.03, 0.6


@dataclass(frozen=True, slots=True)
class Calibration:
    """Training people with some people and some films set aside, to learn what held-back ratings look like.

    Args:
        fit: People to fit on, without the films set aside.
        known: People set aside, with the films that are fitted on.
        new: All people, with the films set aside.
    """

    fit: list[UserRatings]
    known: list[UserRatings]
    new: list[UserRatings]


@dataclass(frozen=True, slots=True)
class FilmModel:
    """What is known of each film before a person speaks.

    Args:
        means: Expected stars, shape ``(n_items,)``.
        factors: Rating factors, shape ``(n_items, n_factors)``; predicted from content for films that nobody rated.
        rated: Which films anybody rated, shape ``(n_items,)``.
    """

    means: Floats
    factors: Floats
    rated: NDArray[np.bool_]

    def learned(self, left: Ints, right: Ints) -> Floats:
        """Return the kernels of the factors and of the means, shape ``(2, len(left), len(right))``."""
        centred = self.means - self.means[self.rated].mean()
        return np.stack([self.factors[left] @ self.factors[right].T, np.outer(centred[left], centred[right])])


@dataclass(frozen=True, slots=True)
class Variances:
    """Variances of a person's deviation: one per respect of ``CONTENT``, of factors, of means, and of the noise.

    Args:
        known: For films that training people rated, shape ``(len(CONTENT) + 3,)``.
        new: For films that nobody rated.
    """

    known: Floats
    new: Floats


def set_aside(training: Sequence[UserRatings], n_items: int, *, seed: int) -> Calibration:
    """Return the training people with a tenth of the people and a tenth of the films set aside.

    Raises:
        DataError: Too few people or films are left on a side.
    """
    generator = np.random.default_rng(seed)
    away = generator.random(n_items) < _HELD_BACK
    people = set(generator.permutation(len(training))[: round(_HELD_BACK * len(training))].tolist())
    fit = [_kept(person, ~away) for i, person in enumerate(training) if i not in people]
    known = [_kept(person, ~away) for i, person in enumerate(training) if i in people]
    new = [_kept(person, away) for person in training]
    calibration = Calibration(*([person for person in side if len(person)] for side in (fit, known, new)))
    if not all(len(_cases(side, seed)) for side in (calibration.fit, calibration.known, calibration.new)):
        raise DataError(
            f"{len(training)} training people rated too little to set a tenth of the people and of the films aside; "
            "give a fuller ratings file"
        )
    return calibration


def fit_films(people: Sequence[UserRatings], content: ContentKernels, *, seed: int) -> FilmModel:
    """Fit means and factors of the films.

    The mean of a film is a Gaussian process over the content with the mean of its ratings, people's biases taken off,
    as its noisy observation: content alone where nobody rated it, the ratings alone where very many did.
    """
    ratings = Ratings.of(people, content.n_items)
    _, user_bias = biases(ratings)
    unbiased = ratings.stars - user_bias[ratings.users]
    prior, rated = _FilmPrior(ratings, unbiased, content, seed=seed), ratings.counts > 0
    residual = unbiased - prior.means[ratings.rows]
    factors = als_factors(ratings, residual, seed=seed)
    factors /= max(_length(factors[ratings.rows]), 1e-9)
    if not rated.all():
        foreseen = prior.foresee(factors[rated], np.flatnonzero(~rated))
        factors[~rated] = foreseen * _length(factors[rated]) / max(_length(foreseen), 1e-9)
    return FilmModel(prior.means, factors, rated)


def learn_variances(calibration: Calibration, content: ContentKernels, *, seed: int) -> Variances:
    """Learn the variances on what was set aside, with films fitted on the rest."""
    films = fit_films(calibration.fit, content, seed=seed)
    start = np.array([_FIRST_VARIANCE] * (len(CONTENT) + 2) + [_FIRST_NOISE])
    fitted = [
        fit_variances([_case(person, films, content) for person in _cases(side, seed)], start)
        for side in (calibration.known, calibration.new)
    ]
    return Variances(*fitted)


class GaussianHead:
    """Predicts stars of anybody's films from some of their ratings, in closed form.

    Args:
        films: What is known of the films.
        variances: Of a person's deviation.
        content: Kernels of the same films.
    """

    def __init__(self, films: FilmModel, variances: Variances, content: ContentKernels) -> None:
        self._films = films
        self._variances = variances
        self._content = content

    def predict(self, support: UserRatings, query_rows: Ints) -> Floats:
        """Return the expected stars (equation 2.25), shape ``(n,)``.

        Variances are those for new films if most of the films asked about are new.
        """
        known = self._films.rated[query_rows].mean() >= 0.5
        variances = self._variances.known if known else self._variances.new
        covariance = self._covariance(variances, support.rows, support.rows)
        covariance[np.diag_indices(len(support))] += variances[-1]
        alpha = cho_solve(cho_factor(covariance, lower=True), support.stars - self._films.means[support.rows])
        cross = self._covariance(variances, query_rows, support.rows)
        expected: Floats = self._films.means[query_rows] + cross @ alpha
        return expected

    def _covariance(self, variances: Floats, left: Ints, right: Ints) -> Floats:
        learned: Floats = np.tensordot(variances[-3:-1], self._films.learned(left, right), axes=1)
        return learned + self._content.mixed(variances[:-3], left, right)


class _FilmPrior:
    """A Gaussian process over films with the content's kernels, fitted to the mean of each film's ratings."""

    def __init__(self, ratings: Ratings, unbiased: Floats, content: ContentKernels, *, seed: int) -> None:
        counts, centre = ratings.counts, float(unbiased.mean())
        self._content = content
        self._rows = rows = np.flatnonzero(counts)
        observed = np.bincount(ratings.rows, unbiased, minlength=content.n_items)[rows] / counts[rows] - centre
        some = np.sort(np.random.default_rng(seed).permutation(len(rows))[:_MOST_MEANS])
        own, noise = np.eye(len(some)), np.diag(1.0 / counts[rows[some]])
        kernels = np.concatenate([content.between(rows[some], rows[some]), own[None], noise[None]])
        start = np.array([_FIRST_VARIANCE] * (len(CONTENT) + 1) + [1.0])
        self._variances = variances = fit_variances([(kernels, observed[some])], start)
        covariance = content.mixed(variances[:-2], rows, rows)
        covariance[np.diag_indices(len(rows))] += variances[-2] + variances[-1] / counts[rows]
        self._solver = cho_factor(covariance, lower=True, overwrite_a=True)
        self.means = centre + self.foresee(observed, np.arange(content.n_items))
        self.means[rows] += variances[-2] * cho_solve(self._solver, observed)

    def foresee(self, observed: Floats, asked: Ints) -> Floats:
        """Return what content makes of values seen of the rated films, for other films, shape ``(len(asked), ...)``."""
        foreseen: Floats = self._content.mixed(self._variances[:-2], asked, self._rows) @ cho_solve(
            self._solver, observed
        )
        return foreseen


def _length(vectors: Floats) -> float:
    """Return the root mean square length of rows."""
    return float(np.sqrt((vectors**2).sum(axis=1).mean()))


def _cases(people: Sequence[UserRatings], seed: int) -> list[UserRatings]:
    """Return some people who rated enough, each with at most 100 ratings."""
    generator = np.random.default_rng(seed)
    able = [person for person in people if len(person) >= FEWEST_EACH]
    picked = [able[i] for i in generator.permutation(len(able))[:_MOST_CASES]]
    return [_part(person, generator.permutation(len(person))[:_MOST_EACH]) for person in picked]


def _case(person: UserRatings, films: FilmModel, content: ContentKernels) -> tuple[Floats, Floats]:
    rows = person.rows
    kernels = [content.between(rows, rows), films.learned(rows, rows), np.eye(len(rows))[None]]
    return np.concatenate(kernels), person.stars - films.means[rows]


def _kept(person: UserRatings, films: NDArray[np.bool_]) -> UserRatings:
    return _part(person, np.flatnonzero(films[person.rows]))


def _part(person: UserRatings, order: Ints) -> UserRatings:
    return UserRatings(person.user_id, person.rows[order], person.stars[order])
