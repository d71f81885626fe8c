"""Learns how the parts of the score add up, from people who were in no training, by the number of their ratings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from ..adapters.calibration import Priors, part_weights
from ..adapters.factor_ridge import FactorRidge
from ..adapters.feedback import Example
from ..adapters.inner_loop import adapt_many
from ..adapters.rating_factors import RatingFactors
from ..adapters.ridge import ItemFactors, RidgeHead
from ..adapters.start import PartWeights, RatingsWeights, Recipe, Start
from ..retrieval.cold_start import ColdStartRetriever
from ..retrieval.ratings import UserRatings, read_ml_1m, split_users
from .factory import Foundation
from .film_judge import FilmJudge

Say = Callable[[str], None]
Floats = NDArray[np.float64]
KNOTS = (1, 3, 5, 10, 20)
N_CANDIDATES = 200
_MARGIN_WEIGHTS = ((0.0, 0.0), (0.005, 0.01), (0.01, 0.02), (0.02, 0.04), (0.03, 0.06), (0.05, 0.1), (0.03, 0.0))
_RETRIEVAL_WEIGHTS = (0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8)
_LIKED = 0.5
_TOP = 10


def ratings_weights(
    judge: FilmJudge, factors: RatingFactors, retriever: ColdStartRetriever, people: Sequence[UserRatings], say: Say
) -> dict[int, RatingsWeights]:
    """Return the weights beside the ridge on rating factors, where a person is known by ratings alone.

    Args:
        judge: Margins of the films.
        factors: For the ridge.
        retriever: Proposes candidates from the whole catalogue.
        people: Those who choose.
        say: Called with one line a support size.
    """
    ridge, found = FactorRidge(factors), {}
    steps = judge.start.recipe.steps
    for k in KNOTS:
        judged, lists = [], []
        for user in (user.shuffled() for user in people if len(user) > k + 1):
            posterior = ridge.fit(user.rows[:k], user.rewards[:k])
            theta = judge.adapt(judge.support(user.rows[:k], user.rewards[:k]), steps=steps)
            asked = user.rows[k:]
            judged.append((posterior.mean(asked), _margins(judge, theta, asked), user.rewards[k:] >= _LIKED))
            scores = retriever.score(user.rows[:k], user.stars[:k])
            scores[user.rows[:k]] = -np.inf
            near = np.argsort(-scores, kind="stable")[: min(N_CANDIDATES, len(scores) - k)]
            liked = np.isin(near, asked[user.rewards[k:] >= _LIKED])
            lists.append((scores[near], posterior.mean(near), _margins(judge, theta, near), liked))
        if not judged:
            continue
        still, moved = max(_MARGIN_WEIGHTS, key=lambda pair: np.mean([_auc(*one, *pair) for one in judged]))
        weights = {w: np.mean([_ndcg(*one, still, moved, w) for one in lists]) for w in _RETRIEVAL_WEIGHTS}
        best = max(weights, key=weights.__getitem__)
        found[k] = RatingsWeights(still=still, moved=moved, retrieval=best)
        say(f"{k} ratings: {found[k]}, nDCG@{_TOP} of the candidates {weights[best]:.4f}")
    least = found[min(found)] if found else RatingsWeights()
    return {0: least.model_copy(update={"moved": 0.0}), **found}


def product_recipe(
    base: Foundation, start: Start, factors: RatingFactors, data_dir: Path, n_choosing: int, say: Say
) -> Recipe:
    """Return the recipe of a start with the priors and part weights for the catalogue of the foundation.

    Args:
        base: Model and catalogue.
        start: θ₀ with its recipe.
        factors: What ratings say of the catalogue's items.
        data_dir: Folder that holds ``ml-1m``.
        n_choosing: How many of the validation people choose.
        say: Called with one line of progress.
    """
    people = read_ml_1m(data_dir, base.catalog)
    training, validation = split_users(people, seed=start.recipe.seed)
    training = [user for user in training if len(user) >= 2]
    if not training:
        say("nobody rated items of the catalogue: its priors stay as they are")
        return start.recipe
    # The ridge of the catalogue knows what items are; what others' ratings say of them comes in by their token.
    priors = Priors(base.catalog, base.vectors.vectors, None, say)
    expected = priors.item_prior(training)
    variances = priors.ridge_prior(training, expected)
    head = RidgeHead(base.catalog, ItemFactors(base.table, base.vectors.vectors, variances), variances)
    bank = base.bank(start, factors)
    loss = base.loss(bank)
    centre = loss.centre(start.theta)
    everything = bank.inputs([item.item_id for item in base.catalog])
    still = base.blocks.score(start.theta, everything).double().numpy() - float(centre.mean)
    weights = {}
    for k in KNOTS:
        residuals, parts = [], []
        for user in (user.shuffled() for user in validation[:n_choosing] if len(user) >= k + 10):
            told, asked = user.rows[:k], user.rows[k:]
            examples = [
                Example(base.catalog.at(int(row)).item_id, float(reward))
                for row, reward in zip(told, user.rewards[:k], strict=True)
            ]
            theta = adapt_many(
                start.theta, start.support(everything.at(torch.tensor(told)), user.rewards[:k].tolist()), n_people=1,
                loss=loss, steps=start.recipe.steps, rates=start.rates, prior=start.recipe.pull, centre=centre,
            )  # fmt: skip
            with torch.no_grad():
                moved = loss.logits(theta, everything.at(torch.tensor(asked)), centre)[0].double().numpy()
            residuals.append(user.rewards[k:] - expected[asked] - head.fit(examples, expected, rows=asked).mean)
            parts.append(np.stack([still[asked], moved - still[asked]], axis=1))
        if residuals:
            first, second = part_weights(residuals, parts).round(4).tolist()
            weights[k] = PartWeights(still=first, moved=second)
            say(f"catalogue, {k} ratings: {weights[k]}")
    least = weights[min(weights)] if weights else PartWeights()
    prior = {base.catalog.at(i).item_id: round(float(p), 4) for i, p in enumerate(expected) if p}
    return start.recipe.model_copy(
        update={
            "ridge": variances,
            "item_prior": prior,
            "weights": {0: least.model_copy(update={"moved": 0.0}), **weights},
        }
    )


def _margins(judge: FilmJudge, theta: dict[str, torch.Tensor], rows: NDArray[np.int64]) -> Floats:
    still = judge.still[rows]
    return np.stack([still, judge.margins(theta, rows) - still], axis=1)


def _auc(ridge: Floats, margins: Floats, liked: NDArray[np.bool_], still: float, moved: float) -> float:
    """Return the area under the curve of liked against not liked; a half where one of them is missing."""
    if liked.all() or not liked.any():
        return 0.5
    return float(roc_auc_score(liked, ridge + margins @ np.array([still, moved])))


def _ndcg(
    retrieval: NDArray[np.floating], ridge: Floats, margins: Floats, liked: NDArray[np.bool_], still: float,
    moved: float, weight: float,
) -> float:  # fmt: skip
    """Return nDCG@10 among the candidates, relative to the best order of them; 0 where none of them was liked."""
    z = (retrieval - retrieval.mean()) / (retrieval.std() + 1e-9)
    total = ridge + margins @ np.array([still, moved]) + weight * z
    gains = liked[np.argsort(-total, kind="stable")[:_TOP]]
    discount = 1.0 / np.log2(np.arange(2, _TOP + 2))
    best = discount[: min(_TOP, int(liked.sum()))].sum()
    return float((gains * discount[: len(gains)]).sum() / best) if best else 0.0
