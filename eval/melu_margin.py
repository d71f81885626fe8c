"""The language model's margin beside the closed form: θ₀ is learned on the people given, a person by three steps.

Nothing that ships is used but the model itself: rating factors, item tokens and θ₀ come from the ratings of those
people. A film that none of them rated has no collaborative token; its text is read all the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from ..adapters.algorithms import algorithm_named
from ..adapters.factor_ridge import FactorRidge
from ..adapters.item_tokens import folded
from ..adapters.meta_checkpoint import latest
from ..adapters.meta_loop import MetaConfig
from ..adapters.meta_problem import LOSS, RATE, Params, part
from ..adapters.meta_problem import start as start_of
from ..adapters.meta_trainer import MetaTrainer
from ..adapters.pretraining import pretrain
from ..adapters.rating_factors import fit_rating_factors
from ..adapters.start import Recipe, make_start
from ..adapters.taste_problem import TasteBatch, TasteConfig, TasteProblem, TasteTasks
from ..bot.factory import Foundation
from ..bot.film_judge import FilmJudge
from ..bot.rated_films import RatedFilms, read_films
from ..retrieval.catalog import Catalog
from ..retrieval.errors import AdapterError
from ..retrieval.ratings import UserRatings
from .melu_content import Floats, Ints

STEPS = 3
# MeLU's people have at most 90 ratings to learn from; training people are cut to about that.
MOST_SUPPORT = 96
_ALGORITHM = "maml"
_N_QUERY, _MOST_TAUGHT = 16, 20
_POOLED_ROUNDS = 250
_JUDGED_SHARE, _JUDGED_PEOPLE, _JUDGED_SUPPORT = 10, 48, (5, 20)
_KEPT_EVERY = 25

Say = Callable[[str], None]


class MarginScore:
    """An extra score: the margin under θ₀ and what a person's steps change of it, added as they were learned.

    Args:
        base: Model and encoder.
        catalog: The films of the split.
        rounds: Rounds of the outer loop.
        seed: Decides every draw.
        work: Folder for checkpoints: a run that was cut off goes on exactly; None keeps nothing.
        say: Called with one line of progress.
    """

    def __init__(self, base: Foundation, catalog: Catalog, rounds: int, seed: int, work: Path | None, say: Say) -> None:
        self._base = base
        self._catalog = catalog
        self._config = MetaConfig(
            rounds=rounds, learning_rate=2e-3, scalar_factor=5, n_people=16, max_support=_MOST_TAUGHT, seed=seed,
            validate_every=_KEPT_EVERY, checkpoint_every=_KEPT_EVERY, validation_steps=STEPS, patience=max(1, rounds),
        )  # fmt: skip
        self._work = work
        self._say = say
        self._films: RatedFilms | None = None
        self._judge: FilmJudge
        self._still = self._moved = 0.0

    def fit(self, training: Sequence[UserRatings]) -> None:
        """Learn factors, tokens and θ₀ from people, and from nobody else.

        Raises:
            DataError: There are too few ratings to fit factors.
            AdapterError: Too few people rated enough to learn from, or a checkpoint cannot be read.
            EnvironmentProblem: A folder cannot be written.
        """
        self._say(f"the margin: learning from {len(training)} people")
        films, n_items, seed = self._read(), len(self._catalog), self._config.seed
        factors = fit_rating_factors(training, n_items, seed=seed)
        problem, mean, deviation = films.problem(factors, TasteConfig())
        trained = self._trained(problem, training)
        start = make_start(
            start_of(trained), self._recipe(trained, len(training)), "melu", films.blocks,
            folded(part(trained, "tokens/"), mean, deviation),
        )  # fmt: skip
        self._judge = FilmJudge(films, start, factors)
        self._still, self._moved = float(trained["loss/still"]), float(trained["loss/moved"])
        self._say(f"the margin: still {self._still:.3f}, moved {self._moved:.3f}")

    def score(self, support_rows: Ints, support_stars: Floats, query_rows: Ints) -> Floats:
        """Return the scores of the films asked about, shape ``(len(query_rows),)``; higher is liked better.

        Args:
            support_rows: What the person rated; the first 96 are learned from, none leaves θ₀.
            support_stars: From 1 to 5.
            query_rows: What is asked about.
        """
        told = UserRatings(0, support_rows[:MOST_SUPPORT], support_stars[:MOST_SUPPORT])
        theta = self._judge.adapt(self._judge.support(told.rows, told.rewards), steps=STEPS)
        still = self._judge.still[query_rows]
        moved = self._judge.margins(theta, query_rows) - still
        scores: Floats = self._still * still + self._moved * moved
        return scores

    def _read(self) -> RatedFilms:
        if self._films is None:
            self._films = read_every_film(self._base, self._catalog, _progress(self._say))
        return self._films

    def _trained(self, problem: TasteProblem, people: Sequence[UserRatings]) -> Params:
        """Return the parameters of the least loss of a tenth of the people, on whom no step is taken."""
        n_items, seed, folder = len(self._catalog), self._config.seed, self._folder(people)
        taught, judging = _parted(people, seed)
        ridge_of = _cross_fitted(people, n_items, seed)
        tasks, others = (TasteTasks(side, ridge_of, n_items, n_query=_N_QUERY) for side in (taught, judging))
        judged = _judged(others, seed)
        pooled = None
        if folder is None or latest(folder) is None:
            pooled = pretrain(
                problem, problem.initial(seed), taught, n_items, rounds=_POOLED_ROUNDS, seed=seed, say=self._say
            )
        trainer = MetaTrainer(problem, algorithm_named(_ALGORITHM), self._config, folder=folder, say=self._say)
        return trainer.fit(tasks, judged, start=pooled)

    def _folder(self, people: Sequence[UserRatings]) -> Path | None:
        """Return a folder of its own for these people, this model and these settings."""
        if self._work is None:
            return None
        digest = hashlib.sha256(f"{self._base.backbone.revision} {self._config.model_dump_json()}".encode())
        for person in people:
            digest.update(f" {person.user_id} {len(person)} ".encode())
            digest.update(person.rows.tobytes() + person.stars.tobytes())
        return self._work / f"margin-{digest.hexdigest()[:16]}"

    def _recipe(self, trained: Params, n_people: int) -> Recipe:
        learned = part(trained, LOSS)
        return Recipe(
            base_revision=self._base.backbone.revision, algorithm=_ALGORITHM, seed=self._config.seed, steps=STEPS,
            trained_on=f"{n_people} people of MeLU's split",
            rates={name: float(value.exp().mean()) for name, value in part(trained, RATE).items()},
            targets=tuple(learned["targets"].tolist()), sureness=tuple(learned["log_weights"].exp().tolist()),
        )  # fmt: skip


def read_every_film(base: Foundation, catalog: Catalog, progress: Callable[[str, int, int], None]) -> RatedFilms:
    """Read the texts of all films of a catalogue into the model, whoever rated them; no rating is looked at.

    Raises:
        EnvironmentProblem: The cache folder cannot be written.
    """
    everything = UserRatings(0, np.arange(len(catalog)), np.full(len(catalog), 3.0))
    return read_films(base, catalog, [everything], progress=progress)


def _parted(people: Sequence[UserRatings], seed: int) -> tuple[list[UserRatings], list[UserRatings]]:
    """Return who is learned from and who judges, among those with enough ratings for the largest support.

    Raises:
        AdapterError: Fewer than two have enough.
    """
    fewest = _N_QUERY + _MOST_TAUGHT
    able = [person for person in people if len(person) >= fewest]
    if len(able) < 2:
        raise AdapterError(f"{len(able)} training people have {fewest} ratings; give two at least, or --rounds 0")
    order = np.random.default_rng(seed).permutation(len(able))
    n_judging = -(-len(able) // _JUDGED_SHARE)
    judging = set(order[:n_judging].tolist())
    sides = [[person for i, person in enumerate(able) if (i in judging) is side] for side in (False, True)]
    return sides[0], sides[1]


def _cross_fitted(people: Sequence[UserRatings], n_items: int, seed: int) -> Callable[[UserRatings], FactorRidge]:
    """Return for everybody a ridge on factors that were fitted to the other half of the people."""
    halves = [people[0::2], people[1::2]]
    ridges = [FactorRidge(fit_rating_factors(half, n_items, seed=seed)) for half in reversed(halves)]
    own = {person.user_id: ridge for half, ridge in zip(halves, ridges, strict=True) for person in half}
    return lambda person: own[person.user_id]


def _judged(tasks: TasteTasks, seed: int) -> list[TasteBatch]:
    generator = torch.Generator().manual_seed(seed)
    return [tasks.draw(generator, min(_JUDGED_PEOPLE, len(tasks)), k) for k in _JUDGED_SUPPORT]


def _progress(say: Say) -> Callable[[str, int, int], None]:
    def progress(label: str, done: int, of: int) -> None:
        if done % 256 == 0 or done == of:
            say(f"{label}: {done} of {of}")

    return progress
