"""Search for settings of the outer loop with Optuna (Akiba et al., KDD 2019): the least validation loss wins."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..retrieval.errors import AdapterError, OptionalDependencyError
from .algorithms import Algorithm
from .meta_loop import MetaConfig
from .meta_problem import B, MetaProblem, Params, TaskSource
from .meta_trainer import MetaTrainer, Say

if TYPE_CHECKING:
    from optuna import Trial
    from optuna.trial import BaseTrial

logger = logging.getLogger(__name__)

Suggest = Callable[["BaseTrial", MetaConfig], MetaConfig]


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of a search.

    Args:
        config: The settings of the least validation loss.
        loss: That loss. It was searched for, so it is too good: report another, on people who were not used here.
        losses: Of every trial in order; infinite where it failed or was stopped before its first validation.
    """

    config: MetaConfig
    loss: float
    losses: tuple[float, ...]


def suggest_rates(trial: BaseTrial, config: MetaConfig) -> MetaConfig:
    """Vary the rates, the warm-up and the number of people a batch."""
    return config.model_copy(
        update={
            "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
            "scalar_factor": trial.suggest_float("scalar_factor", 1.0, 30.0, log=True),
            "warm_up": trial.suggest_float("warm_up", 0.0, 0.2),
            "n_people": trial.suggest_categorical("n_people", [4, 8, 16]),
        }
    )


def search(
    problem: MetaProblem[B], algorithm: Algorithm, tasks: TaskSource[B], validation: Sequence[B], config: MetaConfig, *,
    n_trials: int, start: Params | None = None, suggest: Suggest = suggest_rates, say: Say = logger.info,
) -> Found:  # fmt: skip
    """Train with several settings; trials that fall behind the median of the others stop early.

    Args:
        problem: What is learned.
        algorithm: How.
        tasks: Training people.
        validation: People by whom the settings are chosen.
        config: What is not varied, and the seed.
        n_trials: How many settings.
        start: Parameters that every trial starts from.
        suggest: What is varied.
        say: Called with one line a trial.

    Raises:
        OptionalDependencyError: Optuna is not installed.
        AdapterError: There is nobody to validate on, or every trial failed.
    """
    try:
        import optuna
    except ImportError as error:
        raise OptionalDependencyError("optuna", extra="train") from error
    if not validation:
        raise AdapterError("a search needs validation people; give some")
    losses: list[float] = []

    def run(trial: Trial) -> float:
        tried = suggest(trial, config)
        losses.append(math.inf)

        def watch(round_number: int, loss: float) -> None:
            losses[-1] = min(losses[-1], loss)
            trial.report(loss, round_number)
            if trial.should_prune():
                raise optuna.TrialPruned

        try:
            MetaTrainer(problem, algorithm, tried, say=logger.debug, watch=watch).fit(tasks, validation, start=start)
        finally:
            say(f"trial {trial.number + 1} of {n_trials}: loss {losses[-1]:.4f} with {trial.params}")
        return losses[-1]

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=config.seed), pruner=optuna.pruners.MedianPruner()
    )
    study.optimize(run, n_trials=n_trials, catch=(AdapterError,))
    done = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    if not done:
        raise AdapterError(f"none of {n_trials} trials gave a finite loss; check the ratings")
    chosen = suggest(optuna.trial.FixedTrial(study.best_params), config)
    return Found(chosen, study.best_value, tuple(losses))
