"""The outer loop: batches of people, one algorithm, Adam, until the validation loss stops falling.

Knows no algorithm and no problem. All its randomness comes from one generator, which is part of every checkpoint.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic

import torch
from torch import Generator

from ..retrieval.errors import AdapterError
from .algorithms import Algorithm
from .meta_checkpoint import Facts, latest
from .meta_log import open_log
from .meta_loop import Loop, MetaConfig, log_uniform, schedule
from .meta_problem import B, MetaProblem, Params, TaskSource, detached, leaves

logger = logging.getLogger(__name__)

Say = Callable[[str], None]
Watch = Callable[[int, float], None]


class MetaTrainer(Generic[B]):
    """Trains the parameters of a problem.

    Args:
        problem: What is learned.
        algorithm: How.
        config: Sizes.
        folder: For checkpoints and the log; a run that was cut off goes on from what is there. None keeps neither.
        say: Called with one line of progress.
        watch: Called with round and loss after each validation.
    """

    def __init__(
        self, problem: MetaProblem[B], algorithm: Algorithm, config: MetaConfig, *, folder: Path | None = None,
        say: Say = logger.info, watch: Watch | None = None,
    ) -> None:  # fmt: skip
        self._problem = problem
        self._algorithm = algorithm
        self._config = config
        self._folder = folder
        self._say = say
        self._watch = watch

    def fit(self, tasks: TaskSource[B], validation: Sequence[B], *, start: Params | None = None) -> Params:
        """Return the parameters of the least validation loss; the last ones without validation.

        Args:
            tasks: Training people.
            validation: People to stop by, in neither training nor test.
            start: Parameters to start from, such as those of pooled training; the problem's own if None.

        Raises:
            AdapterError: The loss was not finite too often in a row, or the folder holds a run of another kind.
            EnvironmentProblem: The folder cannot be written.
        """
        loop = self._resume() or self._begin(start, validation)
        log = open_log(self._config.log, self._folder, after=loop.facts.round)
        clock, first = time.monotonic(), loop.facts.round
        try:
            while not self._is_over(loop):
                figures = self._round(loop, tasks)
                done = loop.facts.round
                if done % self._config.validate_every == 0 or done == self._config.rounds:
                    figures["validation"] = self._validate(loop, validation)
                    left = (time.monotonic() - clock) / (done - first) * (self._config.rounds - done)
                    self._say(_progress(done, self._config.rounds, figures, loop.facts.best, left))
                log.write(done, {name: value for name, value in figures.items() if math.isfinite(value)})
                if self._folder and (done % self._config.checkpoint_every == 0 or self._is_over(loop)):
                    loop.checkpoint().save(self._folder)
        finally:
            log.close()
        best = loop.best if validation else detached(loop.params)
        return self._algorithm.finish(self._problem, best, validation)

    def _begin(self, start: Params | None, validation: Sequence[B]) -> Loop:
        seed = self._config.seed
        params = self._algorithm.prepare(self._problem, start or self._problem.initial(seed), seed)
        loop = Loop(params, Facts(recipe=self._recipe()), Generator().manual_seed(seed), self._config)
        self._validate(loop, validation)
        return loop

    def _resume(self) -> Loop | None:
        found = latest(self._folder) if self._folder else None
        if found is None:
            return None
        if found.facts.recipe != self._recipe():
            raise AdapterError(
                f"{self._folder} holds a run of other settings ({found.facts.recipe}); choose another folder"
            )
        self._say(f"going on after round {found.facts.round}")
        generator = Generator()
        generator.set_state(found.random)
        loop = Loop(found.params, found.facts, generator, self._config)
        loop.best = found.best
        loop.restore(found.moments)
        return loop

    def _recipe(self) -> str:
        return f"{self._algorithm!r} {self._config.model_dump_json(exclude={'log'})}"

    def _is_over(self, loop: Loop) -> bool:
        return loop.facts.round >= self._config.rounds or loop.facts.stale >= self._config.patience

    def _round(self, loop: Loop, tasks: TaskSource[B]) -> dict[str, float]:
        """Take one step; a round that is not finite is skipped."""
        config = self._config
        support_size = log_uniform(config.max_support, loop.generator)
        steps = int(torch.randint(1, config.max_steps + 1, (), generator=loop.generator))
        batch = tasks.draw(loop.generator, config.n_people, support_size)
        rate = schedule(loop.facts.round, config.rounds, config.warm_up)
        figures = {"support": float(support_size), "steps": float(steps), "rate": rate * config.learning_rate}
        loop.facts.round += 1
        try:
            loss, gradients = self._algorithm.gradients(self._problem, loop.params, batch, steps)
            norm = loop.step(loss, gradients, rate)
        except AdapterError as error:
            loop.facts.failures += 1
            if loop.facts.failures >= config.max_failures:
                raise AdapterError(
                    f"no step could be taken in {loop.facts.failures} rounds in a row, the last of them round "
                    f"{loop.facts.round} ({error}); check the ratings, or lower learning_rate={config.learning_rate}"
                ) from error
            return figures | {"skipped": 1.0}
        loop.facts.failures = 0
        return figures | {"loss": float(loss), "gradient_norm": norm}

    def _validate(self, loop: Loop, validation: Sequence[B]) -> float:
        """Return the validation loss, and keep the parameters where it is the least; NaN without validation."""
        if not validation:
            return math.nan
        value = validation_loss(
            self._problem, self._algorithm, loop.params, validation, steps=self._config.validation_steps
        )
        loop.facts.stale += 1
        if value < loop.facts.best:
            loop.best, loop.facts.best_loss, loop.facts.stale = detached(leaves(loop.params)), value, 0
        if self._watch:
            self._watch(loop.facts.round, value)
        return value


def validation_loss(
    problem: MetaProblem[B], algorithm: Algorithm, params: Params, batches: Sequence[B], *, steps: int
) -> float:
    """Return the mean outer loss of the people in some batches; infinite where it is not finite."""
    total = 0.0
    for batch in batches:
        try:
            total += float(algorithm.objective(problem, leaves(params), batch, steps).detach().sum())
        except AdapterError as error:
            logger.warning("validation failed: %s", error)
            return math.inf
    value = total / max(1, sum(len(batch) for batch in batches))
    return value if math.isfinite(value) else math.inf


def _progress(done: int, rounds: int, figures: dict[str, float], best: float, seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    loss = f"loss {figures['loss']:.4f}" if "loss" in figures else "skipped"
    judged = f", validation {figures['validation']:.4f}, least {best:.4f}" if math.isfinite(best) else ""
    return f"round {done} of {rounds}: {loss}{judged}; {minutes} min {rest} s left"
