"""New people of MovieLens-1M: what eight ratings are worth, part by part.

The people are those validation people of the split that were not used to choose rates or weights. The first eight of a
person's ratings, in an order that depends on the user id alone, are learned from; the rest are put in order.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..adapters.feedback import Example
from ..adapters.inner_loop import Support, adapt, soft_target
from ..adapters.meta_train import TrainConfig, pairwise_accuracy
from ..adapters.ridge import ItemFactors, RidgeHead
from ..adapters.start import Start, item_prior, load_start, shipped_folder
from ..bot.factory import Foundation
from ..retrieval.errors import DataError
from ..retrieval.ratings import UserRatings, read_ml_1m, split_users
from .report import Report, Row, bootstrap

Floats = NDArray[np.float64]
_FEWEST_RATINGS = 20


def new_users(
    base: Foundation, data_dir: Path, *, k: int, seed: int, progress: Callable[[str, int, int], None]
) -> Report:
    """Report pairwise accuracy of each part of the score and of their sum, with paired differences.

    Raises:
        DataError: The ratings are missing or cannot be used.
    """
    begun = time.perf_counter()
    start = load_start(shipped_folder(), base.blocks)
    _, validation = split_users(read_ml_1m(data_dir, base.catalog), seed=start.recipe.seed)
    people = [user for user in validation[TrainConfig().n_validation :] if len(user) >= max(_FEWEST_RATINGS, 2 * k)]
    if not people:
        raise DataError(f"nobody is left who rated enough items of the catalogue for k={k}; take a smaller --k")
    prior = item_prior(base.catalog, start.recipe)
    head = RidgeHead(
        base.catalog, ItemFactors(base.table, base.vectors.vectors, start.recipe.ridge), start.recipe.ridge
    )
    weights, rows = start.recipe.weights, dict[str, list[float]]()
    for number, user in enumerate(people, start=1):
        examples, query = _split(base, user, k)
        still, moved = (_margins(base, start, examples, query, steps=steps) for steps in (0, start.recipe.steps))
        ridge = head.fit(examples, prior).mean[query.rows]
        expected = weights.prior * prior[query.rows]
        scores = {
            "prior": prior[query.rows],
            "ridge": expected + weights.ridge * ridge,
            "lm_0steps": still,
            "lm": moved,
            "sum_without_steps": expected + weights.ridge * ridge + weights.lm * still,
            "sum": expected + weights.ridge * ridge + weights.lm * moved,
        }
        for name, score in scores.items():
            rows.setdefault(name, []).append(pairwise_accuracy(score, query.stars))
        progress("judging people", number, len(people))
    for left, right in (("ridge", "prior"), ("lm", "lm_0steps"), ("sum", "ridge"), ("sum", "sum_without_steps")):
        rows[f"{left}-{right}"] = (np.array(rows[left]) - np.array(rows[right])).tolist()
    return Report(
        command="palate-eval new-users", seed=seed, protocol=f"{k} ratings learned from, the rest put in order",
        data={"dataset": "ml-1m", "split_seed": start.recipe.seed, "theta0": start.sha256},
        counts={"people": len(people), "ratings": sum(len(user) - k for user in people)},
        rows=[Row(name=name, k=k, steps=_steps(name, start.recipe.steps),
                  metrics={"pairwise_accuracy": bootstrap(values, seed=seed)}) for name, values in rows.items()],
        elapsed_s=time.perf_counter() - begun,
    )  # fmt: skip


def _split(base: Foundation, user: UserRatings, k: int) -> tuple[list[Example], UserRatings]:
    shuffled = user.shuffled()
    support = zip(shuffled.rows[:k], shuffled.rewards[:k], strict=True)
    examples = [Example(base.catalog.at(int(row)).item_id, float(reward)) for row, reward in support]
    return examples, UserRatings(user.user_id, shuffled.rows[k:], shuffled.stars[k:])


def _margins(base: Foundation, start: Start, examples: list[Example], query: UserRatings, *, steps: int) -> Floats:
    support = Support(
        base.states_of([example.item_id for example in examples]),
        torch.tensor([soft_target(example.reward) for example in examples]),
        torch.ones(len(examples)),
    )
    theta = adapt(start.theta, support, loss=base.loss, steps=steps, rates=start.rates, prior=start.recipe.pull)
    states = base.states_of([base.catalog.at(int(row)).item_id for row in query.rows])
    centre = base.blocks.score(theta, base.loss.reference).mean()
    margins: Floats = (base.blocks.score(theta, states) - centre).double().numpy()
    return margins


def _steps(name: str, steps: int) -> int | None:
    return {"lm": steps, "sum": steps, "lm_0steps": 0, "sum_without_steps": 0}.get(name)
