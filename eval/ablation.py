"""One design choice changed at a time: what it is worth, what it costs, under the same short training.

The figures compare the rows with each other. They are below those of the shipped start, which was trained for longer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from ..adapters.algorithms import ALGORITHMS
from ..adapters.blocks import AdaptedBlocks
from ..adapters.factor_ridge import FactorRidge
from ..adapters.lora import LoraConfig
from ..adapters.meta_loop import MetaConfig
from ..adapters.meta_problem import start
from ..adapters.meta_trainer import MetaTrainer
from ..adapters.pretraining import pretrain
from ..adapters.rating_factors import RatingFactors, fit_rating_factors
from ..adapters.taste_problem import TasteBatch, TasteConfig, TasteTasks
from ..bot.factory import Foundation
from ..bot.rated_films import read_films
from ..retrieval.catalog import Catalog
from ..retrieval.errors import DataError
from ..retrieval.movielens import movielens_catalog
from ..retrieval.ratings import UserRatings, read_ml_1m, split_users
from .ranking_metrics import uauc
from .report import Metric, Report, Row, bootstrap

_BASE = LoraConfig()
_POOLED = replace(_BASE, text_tokens=2)
_ATTENTION_TOO = ("q_proj", "v_proj", "o_proj", "gate_proj", "down_proj")
_N_RATINGS, _N_QUERY, _K = 60, 20, 5
_STEPS = 3
_TIMED = 20


@dataclass(frozen=True, slots=True)
class Variant:
    """A design: where the adapter sits, and which tokens an item has beside its text."""

    config: LoraConfig
    collaborative: bool = True


VARIANTS = {
    "base": Variant(_BASE),
    "rank_2": Variant(replace(_BASE, rank=2, alpha=4)),
    "rank_4": Variant(replace(_BASE, rank=4, alpha=8)),
    "up_projection_too": Variant(replace(_BASE, targets=("o_proj", "gate_proj", "up_proj", "down_proj"))),
    "down_only": Variant(replace(_BASE, targets=("down_proj",))),
    "no_collaborative_token": Variant(_BASE, collaborative=False),
    "text_tokens_1": Variant(replace(_BASE, text_tokens=1)),
    "text_tokens_4": Variant(replace(_BASE, text_tokens=4)),
    "blocks_2": Variant(replace(_POOLED, n_blocks=2)),
    "blocks_4": Variant(replace(_POOLED, n_blocks=4)),
    "blocks_4_queries_too": Variant(replace(_POOLED, n_blocks=4, targets=_ATTENTION_TOO)),
    "blocks_4_every_position": Variant(replace(_POOLED, n_blocks=4, targets=_ATTENTION_TOO, answer_only=False)),
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much each variant is trained and judged."""

    rounds: int = 150
    training: int = 150
    judged: int = 80


def ablation(
    base: Foundation, data_dir: Path, names: Sequence[str], sizes: Sizes, *, seed: int,
    progress: Callable[[str, int, int], None],
) -> Report:  # fmt: skip
    """Train and judge each variant on the same people.

    Raises:
        DataError: A variant is unknown, or the ratings cannot be used.
    """
    begun = time.perf_counter()
    if unknown := [name for name in names if name not in VARIANTS]:
        raise DataError(f"there is no variant '{unknown[0]}'; choose from {', '.join(VARIANTS)}")
    catalog = movielens_catalog(data_dir)
    training, judged = _people(data_dir, catalog, sizes, seed)
    factors = fit_rating_factors(training, len(catalog), seed=seed)
    rows = []
    for number, name in enumerate(names, start=1):
        rows.append(_row(base, catalog, name, factors, training, judged, sizes, seed, progress))
        progress("judging variants", number, len(names))
    return Report(
        command="palate-eval ablation", seed=seed,
        protocol=f"{sizes.rounds} rounds of maml, then {_STEPS} steps on {_K} ratings; the same people for all",
        data={"dataset": "ml-1m", "variants": list(names)},
        counts={"training_people": len(training), "judged_people": len(judged)},
        rows=rows, elapsed_s=time.perf_counter() - begun,
    )  # fmt: skip


def _people(data_dir: Path, catalog: Catalog, sizes: Sizes, seed: int) -> tuple[list[UserRatings], list[UserRatings]]:
    everybody = split_users(read_ml_1m(data_dir, catalog), seed=seed)
    wanted = (sizes.training, sizes.judged)
    found = []
    for people, n in zip(everybody, wanted, strict=True):
        enough = [user.shuffled() for user in people if len(user) >= _N_RATINGS][:n]
        if not enough:
            raise DataError(f"nobody has {_N_RATINGS} ratings; give more people with more ratings")
        found.append([UserRatings(u.user_id, u.rows[:_N_RATINGS], u.stars[:_N_RATINGS]) for u in enough])
    return found[0], found[1]


def _row(
    base: Foundation, catalog: Catalog, name: str, factors: RatingFactors, training: Sequence[UserRatings],
    judged: Sequence[UserRatings], sizes: Sizes, seed: int, progress: Callable[[str, int, int], None],
) -> Row:  # fmt: skip
    variant = VARIANTS[name]
    blocks = AdaptedBlocks(base.backbone, variant.config)
    films = read_films(replace(base, blocks=blocks), catalog, [*training, *judged], progress=progress)
    problem, _, _ = films.problem(factors, TasteConfig(collaborative=variant.collaborative))
    params = pretrain(
        problem, problem.initial(seed), training, len(catalog), rounds=sizes.rounds, seed=seed, say=lambda _: None
    )
    ridge = FactorRidge(factors)
    tasks = TasteTasks(training, lambda _: ridge, len(catalog), n_query=_N_QUERY)
    config = MetaConfig(rounds=sizes.rounds, learning_rate=2e-3, seed=seed, scalar_factor=5.0)
    params = MetaTrainer(problem, ALGORITHMS["maml"], config, say=lambda _: None).fit(tasks, [], start=params)
    gains, after, seconds = [], [], []
    for user in judged:
        batch = _batch(user, len(catalog))
        clock = time.perf_counter()
        theta = problem.adapt(params, batch, steps=_STEPS, differentiable=False)
        seconds.append(time.perf_counter() - clock)
        rows = batch.query[0][0]
        with torch.no_grad():
            still = problem.margins(params, rows).double().numpy()
            moved = problem.margins({**params, **{f"theta/{n}": t[0] for n, t in theta.items()}}, rows).double().numpy()
        liked = user.stars[_K:] >= 4
        after.append(uauc(moved, liked))
        gains.append(uauc(moved, liked) - uauc(still, liked))
    numbers = sum(tensor.numel() for tensor in start(params).values())
    usable = np.isfinite(gains)
    return Row(
        name=name, k=_K, steps=_STEPS,
        metrics={
            "uauc": bootstrap(np.array(after)[usable].tolist(), seed=seed),
            "gain": bootstrap(np.array(gains)[usable].tolist(), seed=seed),
            "adapt_ms": Metric(value=1e3 * float(np.median(seconds[-_TIMED:]))),
            "adapter_kb": Metric(value=numbers * 2 / 1024),
            "item_bytes": Metric(value=2.0 * blocks.state_width),
        },
    )  # fmt: skip


def _batch(user: UserRatings, n_items: int) -> TasteBatch:
    rows, rewards = torch.tensor(user.rows[None]), torch.tensor(user.rewards[None], dtype=torch.float32)
    return TasteBatch(
        (rows[:, :_K], rewards[:, :_K]), (rows[:, _K:], rewards[:, _K:]), torch.zeros(1, rows.shape[1] - _K),
        torch.zeros(n_items, dtype=torch.bool),
    )  # fmt: skip
