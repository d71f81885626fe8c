"""What is estimated after θ₀ is trained: item prior, ridge prior, and the weights of the parts of the score.

The priors are estimated on the training people, the weights on people who were in no training.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor
from scipy.optimize import minimize, nnls

from ..retrieval.attribute_table import AttributeTable
from ..retrieval.catalog import Catalog
from ..retrieval.encoder import Vectors
from ..retrieval.ratings import UserRatings
from .ridge import ItemFactors, RidgePrior, log_density

logger = logging.getLogger(__name__)

Floats = NDArray[np.float64]
Say = Callable[[str], None]
_SHRINKAGE = 20.0
_VARIANCES = ("text", "genre", "word", "person")
_LEAST_NOISE = 0.05
# Where the search begins for a variance that is 0 by default: from next to nothing it would not get away.
_FIRST_VARIANCE = 0.05
_LEAST_SHARE = 0.02
_N_PRIOR_PEOPLE = 150
# Of the least squares of the part weights, in squared reward: keeps a weight at 0 that the data do not ask for.
_PENALTY = 0.01


class Priors:
    """Estimates what everybody thinks of items, and how far people differ.

    Args:
        catalog: The items.
        vectors: Encoder vectors, shape ``(n_items, dim)``.
        loadings: What others' ratings say of the items, shape ``(n_items, d)``; None leaves them out of the ridge.
        say: Called with one line of progress.
    """

    def __init__(self, catalog: Catalog, vectors: Vectors, loadings: Floats | None, say: Say = logger.info) -> None:
        self._n_items = len(catalog)
        self._vectors = vectors
        self._table = AttributeTable(catalog)
        self._loadings = loadings
        self._variances = _VARIANCES if loadings is None else (*_VARIANCES, "factor")
        self._say = say

    def item_prior(self, users: Sequence[UserRatings]) -> Floats:
        """Return each item's mean reward above the mean of all, shrunk towards 0 by its count, shape ``(n_items,)``."""
        total, count = np.zeros(self._n_items), np.zeros(self._n_items)
        overall = float(np.concatenate([user.rewards for user in users]).mean())
        for user in users:
            total[user.rows] += user.rewards - overall
            count[user.rows] += 1
        prior: Floats = total / (count + _SHRINKAGE)
        return prior

    def ridge_prior(self, users: Sequence[UserRatings], prior: Floats) -> RidgePrior:
        """Return the variances of greatest marginal likelihood over some training people, then the shares of scales."""
        unit = {n: RidgePrior(**{m: float(m == n) for m in self._variances}) for n in self._variances}
        sample = [user.shuffled() for user in users[:: max(1, len(users) // _N_PRIOR_PEOPLE)]]
        people = [(user.rows[:20], user.rewards[:20] - prior[user.rows[:20]]) for user in sample]
        kernels = self._kernels(unit, [rows for rows, _ in people])

        def density(values: dict[str, float], scale: float) -> list[float]:
            found = []
            for kernel, (rows, residual) in zip(kernels, people, strict=True):
                covariance = scale * np.sum([values[n] * k for n, k in kernel.items()], axis=0) + values["bias"]
                covariance = covariance + values["slope"] * np.outer(prior[rows], prior[rows])
                covariance = covariance + values["noise"] * np.eye(len(rows))
                found.append(log_density(residual, cho_factor(covariance, lower=True)))
            return found

        names = ("bias", "noise", "slope", *self._variances)
        first = np.log(np.array([max(float(getattr(RidgePrior(), name)), _FIRST_VARIANCE) for name in names]))
        bounds = [(np.log(_LEAST_NOISE if name == "noise" else 1e-4), 2.0) for name in names]

        def negative(log_values: Floats) -> float:
            return -float(np.sum(density(dict(zip(names, np.exp(log_values).tolist(), strict=True)), 1.0)))

        found = minimize(negative, first, method="L-BFGS-B", bounds=bounds, options={"maxiter": 25})
        values = {n: round(float(v), 4) for n, v in zip(names, np.exp(found.x), strict=True)}
        scales = RidgePrior().scales
        log_likelihood = np.array([density(values, scale) for scale in scales]).T
        shares = _mixture_shares(log_likelihood)
        self._say(f"ridge prior {values}, scales {dict(zip(scales, shares.round(3).tolist(), strict=True))}")
        return RidgePrior(**values, scales=dict(zip(scales, shares.round(4).tolist(), strict=True)))

    def _kernels(self, unit: dict[str, RidgePrior], rows: list[NDArray[np.int64]]) -> list[dict[str, Floats]]:
        factors = {name: ItemFactors(self._table, self._vectors, prior, self._loadings) for name, prior in unit.items()}
        return [{name: f.kernel(r, r) for name, f in factors.items()} for r in rows]


def _mixture_shares(log_likelihood: Floats, *, rounds: int = 50) -> Floats:
    """Return mixture shares by expectation maximisation, none below a floor; input ``(n_people, n_scales)``."""
    shares = np.full(log_likelihood.shape[1], 1.0 / log_likelihood.shape[1])
    for _ in range(rounds):
        joint = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True)) * shares
        shares = np.maximum((joint / joint.sum(axis=1, keepdims=True)).mean(axis=0), _LEAST_SHARE)
        shares /= shares.sum()
    return shares


def part_weights(residuals: Sequence[Floats], parts: Sequence[Floats]) -> Floats:
    """Return the weights of the parts that best explain what prior and ridge leave open, by least squares.

    Within a person alone: what moves all their items alike ranks nothing. Weights below 0 are taken as 0.

    Args:
        residuals: One a person: rewards less prior and ridge, shape ``(n_query,)``.
        parts: One a person: shape ``(n_query, n_parts)``.

    Returns:
        Shape ``(n_parts,)``.
    """
    n_parts = parts[0].shape[1]
    gram, product = _PENALTY * np.eye(n_parts), np.zeros(n_parts)
    for residual, values in zip(residuals, parts, strict=True):
        left, right = values - values.mean(axis=0), residual - residual.mean()
        gram, product = gram + left.T @ left / len(left), product + left.T @ right / len(left)
    found, _ = nnls(gram, product)
    weights: Floats = found
    return weights
