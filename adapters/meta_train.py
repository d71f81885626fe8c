"""The outer loop: from the ratings of many people to a start θ₀ with its recipe.

One algorithm so far, ``pooled``: one LoRA for everybody, trained on what people like on average, from which each person
adapts. Item prior and ridge prior are estimated on the training people; inner rate and part weights are chosen on the
validation people, who are in neither.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import cho_factor
from scipy.optimize import minimize
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from ..retrieval.attribute_table import AttributeTable
from ..retrieval.catalog import Catalog
from ..retrieval.encoder import Vectors
from ..retrieval.errors import AdapterError
from ..retrieval.ratings import UserRatings
from .feedback import Example
from .inner_loop import CentredMarginLoss, Support, adapt, soft_target
from .lora import Theta
from .ridge import ItemFactors, RidgeHead, RidgePrior, log_density
from .start import PartWeights, Recipe

logger = logging.getLogger(__name__)

Floats = NDArray[np.float64]
Say = Callable[[str], None]
_SHRINKAGE = 20.0
_VARIANCES = ("text", "genre", "word", "person")
_LEAST_NOISE = 0.05
_LEAST_SHARE = 0.02
_RATES = (0.5, 1.0, 1.5, 2.0, 3.0)
_LM_WEIGHTS = (0.0, 0.02, 0.05, 0.1, 0.2)
_RIDGE_WEIGHTS = (0.5, 1.0, 1.5)


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Sizes of the outer loop."""

    epochs: int = 400
    batch: int = 64
    learning_rate: float = 1e-3
    steps: int = 3
    support: int = 8
    n_prior_people: int = 150
    n_validation: int = 120
    seed: int = 0


class MetaTrainer:
    """Trains a start.

    Args:
        catalog: The items.
        vectors: Encoder vectors, shape ``(n_items, dim)``.
        states: Item states, shape ``(n_items, n_tokens, dim)``.
        loss: Support loss over the adapted blocks.
        config: Sizes.
        say: Called with one line of progress.
    """

    def __init__(
        self, catalog: Catalog, vectors: Vectors, states: Tensor, loss: CentredMarginLoss, config: TrainConfig,
        say: Say = logger.info,
    ) -> None:  # fmt: skip
        self._catalog = catalog
        self._vectors = vectors
        self._table = AttributeTable(catalog)
        self._states = states
        self._loss = loss
        self._config = config
        self._say = say

    def fit(
        self, start: Theta, training: Sequence[UserRatings], validation: Sequence[UserRatings], *, base_revision: str
    ) -> tuple[Theta, Recipe]:
        """Return θ₀ and its recipe.

        Raises:
            AdapterError: There is nobody to learn from.
        """
        training = [user for user in training if len(user) >= 2]
        if not training:
            raise AdapterError("nobody in the training data has two ratings of items in the catalogue")
        prior = self._item_prior(training)
        ridge = self._ridge_prior(training, prior)
        theta = self._pooled(start, training)
        rate, weights = self._choose(theta, prior, ridge, validation)
        recipe = Recipe(
            base_revision=base_revision, algorithm="pooled", seed=self._config.seed, steps=self._config.steps,
            rate=rate, weights=weights, ridge=ridge,
            trained_on=f"ml-1m: {len(training)} training people, {len(validation)} validation people",
            item_prior={self._catalog.at(i).item_id: round(float(p), 4) for i, p in enumerate(prior) if p},
        )  # fmt: skip
        return theta, recipe

    def _item_prior(self, users: Sequence[UserRatings]) -> Floats:
        """Return each item's mean reward above the mean of all, shrunk towards 0 by its count, shape ``(n_items,)``."""
        total, count = np.zeros(len(self._catalog)), np.zeros(len(self._catalog))
        overall = float(np.concatenate([user.rewards for user in users]).mean())
        for user in users:
            total[user.rows] += user.rewards - overall
            count[user.rows] += 1
        prior: Floats = total / (count + _SHRINKAGE)
        return prior

    def _ridge_prior(self, users: Sequence[UserRatings], prior: Floats) -> RidgePrior:
        """Return the variances of greatest marginal likelihood over some training people, then the shares of scales."""
        unit = {n: RidgePrior(**{m: float(m == n) for m in _VARIANCES}) for n in _VARIANCES}
        sample = [user.shuffled() for user in users[:: max(1, len(users) // self._config.n_prior_people)]]
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

        names = ("bias", "noise", "slope", *_VARIANCES)
        first = np.log(np.array([float(getattr(RidgePrior(), name)) for name in names]))
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
        factors = {name: ItemFactors(self._table, self._vectors, prior) for name, prior in unit.items()}
        return [{name: f.kernel(r, r) for name, f in factors.items()} for r in rows]

    def _pooled(self, start: Theta, users: Sequence[UserRatings]) -> Theta:
        """Return one LoRA for everybody: cross-entropy against the share of people who liked each item."""
        liked, count = np.zeros(len(self._catalog)), np.zeros(len(self._catalog))
        for user in users:
            liked[user.rows] += user.stars >= 4
            count[user.rows] += 1
        rated = np.flatnonzero(count >= 5)
        if not len(rated):
            raise AdapterError("no item of the catalogue has five ratings in the training data; give more people")
        share = torch.tensor((liked[rated] + 1) / (count[rated] + 2), dtype=torch.float32)
        offset = torch.logit(share.mean())
        leaves = {name: tensor.clone().requires_grad_() for name, tensor in start.items()}
        optimiser = torch.optim.Adam(list(leaves.values()), lr=self._config.learning_rate)
        generator = torch.Generator().manual_seed(self._config.seed)
        for epoch in range(self._config.epochs):
            pick = torch.randint(len(rated), (self._config.batch,), generator=generator)
            logits = self._loss.logits(leaves, self._states[torch.as_tensor(rated)[pick]]) + offset
            value = binary_cross_entropy_with_logits(logits, share[pick])
            optimiser.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimiser.step()
            if epoch % 50 == 0:
                self._say(f"pooled step {epoch} of {self._config.epochs}: loss {value.item():.4f}")
        return {name: leaf.detach() for name, leaf in leaves.items()}

    def _choose(
        self, theta: Theta, prior: Floats, ridge: RidgePrior, users: Sequence[UserRatings]
    ) -> tuple[float, PartWeights]:
        """Return the inner rate and part weights of the best accuracy on validation people; the defaults if none."""
        tasks = [self._task(user) for user in users[: self._config.n_validation] if len(user) >= 20]
        if not tasks:
            return Recipe().rate, PartWeights()
        head = RidgeHead(self._catalog, ItemFactors(self._table, self._vectors, ridge), ridge)
        personal = [head.fit(examples, prior).mean for examples, _ in tasks]
        best: tuple[float, float, PartWeights] = (-1.0, _RATES[0], PartWeights())
        for rate in _RATES:
            rates = dict.fromkeys(theta, rate)
            margins = [self._margins(theta, examples, user, rates) for examples, user in tasks]
            for lm, weight in product(_LM_WEIGHTS, _RIDGE_WEIGHTS):
                scores = [
                    prior[user.rows] + weight * mean[user.rows] + lm * margin
                    for mean, margin, (_, user) in zip(personal, margins, tasks, strict=True)
                ]
                right = [pairwise_accuracy(s, task[1].stars) for s, task in zip(scores, tasks, strict=True)]
                accuracy = float(np.mean(right))
                if accuracy > best[0]:
                    best = accuracy, rate, PartWeights(ridge=weight, lm=lm)
            alone = np.mean([pairwise_accuracy(m, u.stars) for m, (_, u) in zip(margins, tasks, strict=True)])
            self._say(f"rate {rate}: margin alone {alone:.4f}, best sum so far {best[0]:.4f} with {best[2]}")
        return best[1], best[2]

    def _task(self, user: UserRatings) -> tuple[list[Example], UserRatings]:
        shuffled, k = user.shuffled(), self._config.support
        support = [
            Example(self._catalog.at(int(row)).item_id, float(reward))
            for row, reward in zip(shuffled.rows[:k], shuffled.rewards[:k], strict=True)
        ]
        return support, UserRatings(user.user_id, shuffled.rows[k:], shuffled.stars[k:])

    def _margins(self, theta: Theta, examples: list[Example], user: UserRatings, rates: dict[str, float]) -> Floats:
        rows = [self._catalog.position(example.item_id) for example in examples]
        targets = torch.tensor([soft_target(example.reward) for example in examples])
        support = Support(self._states[rows], targets, torch.ones(len(rows)))
        adapted = adapt(theta, support, loss=self._loss, steps=self._config.steps, rates=rates)
        with torch.no_grad():
            return self._loss.logits(adapted, self._states[torch.as_tensor(user.rows)]).double().numpy()


def _mixture_shares(log_likelihood: Floats, *, rounds: int = 50) -> Floats:
    """Return mixture shares by expectation maximisation, none below a floor; input ``(n_people, n_scales)``."""
    shares = np.full(log_likelihood.shape[1], 1.0 / log_likelihood.shape[1])
    for _ in range(rounds):
        joint = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True)) * shares
        shares = np.maximum((joint / joint.sum(axis=1, keepdims=True)).mean(axis=0), _LEAST_SHARE)
        shares /= shares.sum()
    return shares


def pairwise_accuracy(scores: Floats, stars: Floats) -> float:
    """Return the share of pairs with different ratings that the scores order rightly; ties count a half.

    Examples:
        >>> pairwise_accuracy(np.array([0.9, 0.1, 0.5]), np.array([5.0, 1.0, 1.0]))
        1.0
    """
    higher = stars[:, None] > stars[None, :]
    if not higher.any():
        return 0.5
    difference = scores[:, None] - scores[None, :]
    return float(((difference > 0) + 0.5 * (difference == 0))[higher].mean())
