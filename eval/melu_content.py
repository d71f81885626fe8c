"""What films have in common, as kernels; and variances of sums of kernels by maximum marginal likelihood."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from sklearn.feature_extraction import DictVectorizer
from sklearn.preprocessing import normalize

from ..retrieval.catalog import Catalog
from ..retrieval.items import Item

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CONTENT = ("all", "genre", "director", "cast", "theme", "year", "genre_year")
_YEARS_ALIKE = 15.0
_MIDDLE_YEAR = 1980
_LOG_BOUNDS = (-9.0, 3.0)


class ContentKernels:
    """How alike any two films are, in each respect of ``CONTENT``; a film is 1 with itself, or 0 where it has none.

    Genres, directors, cast and themes are cosines of what is named; years are alike by a Gaussian of 15 years, which
    does the work of the decade without its edges; ``genre_year`` is their product, and ``all`` is one everywhere, so
    that its variance is that of a person's bias.

    Args:
        catalog: The films; memory grows with the square of their number.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.n_items = len(catalog)
        year = np.array([item.year or _MIDDLE_YEAR for item in catalog], dtype=np.float32)
        near = np.exp(-0.5 * ((year[:, None] - year[None, :]) / np.float32(_YEARS_ALIKE)) ** 2)
        named = {kind: _cosines([_values(item, kind) for item in catalog]) for kind in CONTENT[1:5]}
        self._parts = [np.ones_like(near), *named.values(), near, named["genre"] * near]

    def between(self, left: Ints, right: Ints) -> Floats:
        """Return the kernels, shape ``(len(CONTENT), len(left), len(right))``."""
        return np.stack([part[np.ix_(left, right)] for part in self._parts]).astype(np.float64)

    def mixed(self, variances: Floats, left: Ints, right: Ints) -> Floats:
        """Return the sum of the kernels under variances, shape ``(len(left), len(right))``."""
        total = np.zeros((len(left), len(right)))
        for variance, part in zip(variances, self._parts, strict=True):
            total += variance * part[np.ix_(left, right)]
        return total


def fit_variances(cases: Sequence[tuple[Floats, Floats]], start: Floats, *, iterations: int = 25) -> Floats:
    """Return the variances under which the residuals are likeliest.

    The log density and its gradient are equations 2.30 and 5.9 of Rasmussen and Williams, Gaussian Processes for
    Machine Learning, 2006.

    Args:
        cases: Kernels of shape ``(n_kernels, n, n)``, noise among them, and residuals of shape ``(n,)``; independent.
        start: First variances, shape ``(n_kernels,)``, above 0.
        iterations: Most steps of L-BFGS.

    Examples:
        >>> noise = np.eye(4)[None]
        >>> fit_variances([(noise, np.array([2.0, -2.0, 2.0, -2.0]))], np.ones(1)).round(2).tolist()
        [4.0]
    """

    def loss(log_variances: Floats) -> tuple[float, Floats]:
        variances, value, gradient = np.exp(log_variances), 0.0, np.zeros(len(start))
        for kernels, residual in cases:
            solver = cho_factor(np.tensordot(variances, kernels, axes=1), lower=True)
            inverse = cho_solve(solver, np.eye(len(residual)))
            alpha = inverse @ residual
            value += 0.5 * float(residual @ alpha) + float(np.log(np.diag(solver[0])).sum())
            gradient += 0.5 * np.tensordot(kernels, inverse - np.outer(alpha, alpha), axes=2) * variances
        return value, gradient

    found = minimize(
        loss, np.log(start), jac=True, method="L-BFGS-B", bounds=[_LOG_BOUNDS] * len(start),
        options={"maxiter": iterations},
    )  # fmt: skip
    variances: Floats = np.exp(found.x)
    return variances


def _values(item: Item, kind: str) -> tuple[str, ...]:
    named = {"genre": item.genres, "theme": item.themes}
    return named[kind] if kind in named else item.people.get(kind, ())


def _cosines(values: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    if not any(values):
        return np.zeros((len(values), len(values)), dtype=np.float32)
    counts = DictVectorizer(dtype=np.float32).fit_transform([dict.fromkeys(named, 1) for named in values])
    rows = normalize(counts)
    alike: NDArray[np.float32] = (rows @ rows.T).toarray()
    return alike
