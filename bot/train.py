"""Trains a start from ratings and writes it with everything that ships along: tokens, factors, recipe, item states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from ..adapters.algorithms import VARIANCE, algorithm_named
from ..adapters.factor_ridge import FactorRidge
from ..adapters.item_tokens import folded
from ..adapters.meta_loop import MetaConfig
from ..adapters.meta_problem import LOG_PULL, LOSS, RATE, Params, part
from ..adapters.meta_problem import start as start_of
from ..adapters.meta_search import search
from ..adapters.meta_trainer import MetaTrainer
from ..adapters.pretraining import pretrain
from ..adapters.rating_factors import RatingFactors, fit_rating_factors
from ..adapters.start import RATING_FACTORS_FILE, STATES_FILE, VECTORS_FILE, Recipe, Start, make_start, save_start
from ..adapters.taste_problem import TasteBatch, TasteConfig, TasteTasks
from ..retrieval.catalog import Catalog
from ..retrieval.cold_start import ColdStartRetriever
from ..retrieval.errors import DataError
from ..retrieval.kept_vectors import save_vectors
from ..retrieval.movielens import movielens_catalog
from ..retrieval.ratings import UserRatings, read_ml_1m, read_ml_latest_small, split_users
from .calibrate import product_recipe, ratings_weights
from .factory import Foundation, build_foundation, item_prompt
from .film_judge import FilmJudge
from .rated_films import RatedFilms, read_films
from .settings import Settings

Say = Callable[[str], None]
_SCALAR_FACTOR, _PATIENCE = 5.0, 30
_SEARCH_SHARE = 10
_PRETRAINING = 250
_SAMPLE_RATINGS, _SAMPLE_PRETRAINING = 20, 20
_JUDGED_SUPPORT = (1, 5, 20)
_JUDGED_PEOPLE = 48


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What a training run is asked for.

    Args:
        algorithm: One of the outer-loop algorithms.
        loop: Sizes and rates of the outer loop.
        pretraining: Rounds of the pooled LoRA before it.
        sample: Learn from that many people and 20 ratings of each, and leave the catalogue's priors as they are: a
            trial. None takes everybody.
        work: Folder for checkpoints and the log; a run that was cut off goes on from there.
        search: Settings of the outer loop that are tried first.
    """

    algorithm: str = "maml"
    loop: MetaConfig = field(default_factory=MetaConfig)
    pretraining: int = _PRETRAINING
    sample: int | None = None
    work: Path | None = None
    search: int = 0


def train_options(
    algorithm: str, *, sample: int | None = None, work: Path | None = None, search: int = 0, **loop: Any
) -> TrainOptions:
    """Return options from what a person gave.

    Raises:
        DataError: A value cannot be used; names it.
    """
    algorithm_named(algorithm)
    try:
        config = MetaConfig(scalar_factor=_SCALAR_FACTOR, patience=_PATIENCE, **loop)
    except ValidationError as error:
        first = error.errors()[0]
        raise DataError(f"{first['loc'][0]}={first['input']!r} is not usable: {first['msg']}; correct it") from error
    pretraining = _PRETRAINING if sample is None else _SAMPLE_PRETRAINING
    return TrainOptions(algorithm, config, pretraining, sample, work, search)


def train_start(settings: Settings, options: TrainOptions, *, data_dir: Path, out: Path, say: Say) -> None:
    """Train a start and write it to ``out``.

    Args:
        settings: Model, encoder and catalogue to train for.
        options: What is asked for.
        data_dir: Folder that holds ``ml-1m``, and ``ml-latest-small`` where it is to be learned from too.
        out: Folder for the result.
        say: Called with one line of progress.

    Raises:
        PalateError: An unknown algorithm, unusable data, or a folder that cannot be written.
    """
    seed, algorithm = options.loop.seed, algorithm_named(options.algorithm)
    base = build_foundation(settings, seed=seed, progress=_progress(say), say=say)
    catalog = movielens_catalog(data_dir)
    training, choosing = _people(data_dir, catalog, seed, options.sample)
    told = f"{len(training)} people of ml-1m and ml-latest-small train, {len(choosing)} others of ml-1m choose"
    say(told)
    films = read_films(base, catalog, [*training, *choosing], progress=_progress(say))
    factors = fit_rating_factors(training, len(catalog), seed=seed)
    say(f"fitted {factors.n_factors} factors to the ratings of {len(training)} people")
    problem, mean, deviation = films.problem(factors, TasteConfig())
    params = pretrain(
        problem, problem.initial(seed), training, len(catalog), rounds=options.pretraining, seed=seed, say=say
    )
    n_query = 32 if options.sample is None else 8
    ridge_of = _cross_fitted(training, factors, len(catalog), seed)
    tasks, others = (TasteTasks(people, ridge_of, len(catalog), n_query=n_query) for people in (training, choosing))
    judged, loop = _judged(others, seed), options.loop
    if options.search:
        short = loop.model_copy(update={"rounds": max(1, loop.rounds // _SEARCH_SHARE), "log": "none"})
        found = search(problem, algorithm, tasks, judged, short, n_trials=options.search, start=params, say=say)
        loop = found.config.model_copy(update={"rounds": loop.rounds, "log": loop.log})
    trainer = MetaTrainer(problem, algorithm, loop, folder=options.work, say=say)
    trained = trainer.fit(tasks, judged, start=params)
    recipe = _recipe(trained, options, base.backbone.revision, told)
    tokens = folded(part(trained, "tokens/"), mean, deviation)
    start = make_start(start_of(trained), recipe, str(out), base.blocks, tokens)
    out.mkdir(parents=True, exist_ok=True)
    factors.save(out / RATING_FACTORS_FILE, catalog, trained_on=told)
    trial = options.sample is not None
    recipe = _weighed(base, films, start, factors, (training, choosing), data_dir, out, say, trial=trial)
    save_start(out, start.theta, recipe, base.blocks, start.tokens, part(trained, VARIANCE))
    base.states.save(out / STATES_FILE, [item_prompt(item) for item in base.catalog])
    save_vectors(out / VECTORS_FILE, base.encoder, [item.text for item in base.catalog])
    say(f"wrote {out}")


def _people(
    data_dir: Path, catalog: Catalog, seed: int, sample: int | None
) -> tuple[list[UserRatings], list[UserRatings]]:
    """Return who trains, and who chooses: the first half of the validation people."""
    training, validation = split_users(read_ml_1m(data_dir, catalog), seed=seed)
    choosing = validation[: max(1, len(validation) // 2)]
    if sample is None:
        return [*training, *read_ml_latest_small(data_dir, catalog)], choosing
    kept = slice(_SAMPLE_RATINGS)
    short = [[UserRatings(u.user_id, u.shuffled().rows[kept], u.shuffled().stars[kept]) for u in people]
             for people in (training[:sample], choosing[:sample])]  # fmt: skip
    return short[0], short[1]


def _cross_fitted(
    training: list[UserRatings], factors: RatingFactors, n_items: int, seed: int
) -> Callable[[UserRatings], FactorRidge]:
    """Return a ridge for everybody whose factors were fitted without them: for training people, to the other half."""
    halves = [training[0::2], training[1::2]]
    ridges = [FactorRidge(fit_rating_factors(half, n_items, seed=seed)) for half in reversed(halves)]
    own = {user.user_id: ridge for half, ridge in zip(halves, ridges, strict=True) for user in half}
    everybody = FactorRidge(factors)
    return lambda user: own.get(user.user_id, everybody)


def _judged(tasks: TasteTasks, seed: int) -> list[TasteBatch]:
    generator = torch.Generator().manual_seed(seed)
    return [tasks.draw(generator, min(_JUDGED_PEOPLE, len(tasks)), k) for k in _JUDGED_SUPPORT]


def _recipe(trained: Params, options: TrainOptions, revision: str, told: str) -> Recipe:
    rates = {name: float(value.exp().mean()) for name, value in part(trained, RATE).items()}
    learned = part(trained, LOSS)
    return Recipe(
        base_revision=revision, algorithm=options.algorithm, seed=options.loop.seed, trained_on=told,
        steps=options.loop.validation_steps, rates=rates,
        pull=float(trained[LOG_PULL].exp()) if LOG_PULL in trained else 0.0,
        targets=tuple(learned["targets"].tolist()), sureness=tuple(learned["log_weights"].exp().tolist()),
    )  # fmt: skip


def _weighed(
    base: Foundation, films: RatedFilms, start: Start, factors: RatingFactors,
    people: tuple[list[UserRatings], list[UserRatings]], data_dir: Path, out: Path, say: Say, *, trial: bool,
) -> Recipe:  # fmt: skip
    """Return the recipe with the weights of the parts; for a trial, those of the catalogue stay as they are."""
    training, choosing = people
    retriever = ColdStartRetriever.fit(training, len(films.catalog))
    judge = FilmJudge(films, start, factors)
    weights = ratings_weights(judge, factors, retriever, choosing, say)
    recipe = start.recipe.model_copy(update={"ratings": weights})
    if trial:
        return recipe
    return product_recipe(
        base, replace(start, recipe=recipe), RatingFactors.load(out / RATING_FACTORS_FILE, base.catalog), data_dir,
        len(choosing), say,
    )  # fmt: skip


def _progress(say: Say) -> Callable[[str, int, int], None]:
    def progress(label: str, done: int, of: int) -> None:
        if done % 256 == 0 or done == of:
            say(f"{label}: {done} of {of}")

    return progress
