"""The language model's margins after a few steps on a person's ratings, from a start: many people at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..adapters.blocks import AdaptedBlocks
from ..adapters.inner_loop import Centre, CentredMarginLoss, Support, adapt_many
from ..adapters.item_inputs import ItemInputs
from ..adapters.item_tokens import folded
from ..adapters.lora import Theta
from ..adapters.meta_problem import Params, part
from ..adapters.meta_problem import start as start_of
from ..adapters.pretraining import pretrain
from ..adapters.rating_factors import RatingFactors
from ..adapters.start import Recipe, make_start
from ..adapters.taste_problem import TasteConfig
from ..bot.film_judge import FilmJudge
from ..bot.rated_films import RatedFilms
from ..retrieval.ratings import UserRatings
from .cold_start_people import ColdPerson, cold_people
from .ranking_metrics import uauc

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

POOLED_ROUNDS = 600
RATES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Inner rates that are tried for the starts that learned none."""
RATE_PEOPLE, RATE_K = 48, 5
"""A rate is chosen by the UAUC of that many choosing people after that many ratings."""
_TOGETHER = 16
_MOST_ROWS = 2048


class Arm:
    """A start and the margins it gives after steps.

    Args:
        judge: The films under the start.
        blocks: The adapted blocks.
        rate: Inner rate of every tensor; None takes those of the start.
    """

    def __init__(self, judge: FilmJudge, blocks: AdaptedBlocks, *, rate: float | None = None) -> None:
        self.judge = judge
        self.rate = rate
        rates = judge.start.rates
        self._rates = rates if rate is None else dict.fromkeys(rates, rate)
        self._loss = _Watched(blocks, judge.loss.reference)
        self._centre = judge.loss.centre(judge.start.theta)

    def trajectories(self, told: Sequence[UserRatings], steps: int) -> Iterator[list[Theta]]:
        """Yield the tensors of one person after another after 0, 1, ... steps, each with a dimension of one in front.

        Args:
            told: What is learned from, equally many ratings each.
            steps: The largest number of steps.
        """
        start = self.judge.start
        for first in range(0, len(told), _TOGETHER):
            some = told[first : first + _TOGETHER]
            rewards = np.concatenate([user.rewards for user in some])
            support = self.judge.support(np.concatenate([user.rows for user in some]), rewards)
            self._loss.seen.clear()
            last = adapt_many(
                start.theta, support, n_people=len(some), loss=self._loss, steps=steps, rates=self._rates,
                prior=start.recipe.pull, centre=self._centre,
            )  # fmt: skip
            path = [*self._loss.seen, last]
            yield from ([{n: t[i : i + 1] for n, t in theta.items()} for theta in path] for i in range(len(some)))

    @torch.no_grad()
    def margins(self, path: Sequence[Theta], rows: Integers) -> Floats:
        """Return the centred margins of films under each of some tensors, shape ``(len(path), len(rows))``."""
        together = max(1, _MOST_ROWS // max(1, len(rows)))
        parts = []
        for first in range(0, len(path), together):
            some = path[first : first + together]
            theta = {name: torch.cat([one[name] for one in some]) for name in some[0]}
            parts.append(self._loss.logits(theta, self.judge.items(np.tile(rows, len(some))), self._centre))
        margins: Floats = torch.cat(parts).double().numpy()
        return margins


class _Watched(CentredMarginLoss):
    """The same loss; it keeps the tensors that it is asked about, which are those before each step."""

    def __init__(self, blocks: AdaptedBlocks, reference: ItemInputs) -> None:
        super().__init__(blocks, reference)
        self.seen: list[Theta] = []

    def __call__(self, theta: Theta, support: Support, centre: Centre) -> torch.Tensor:
        self.seen.append({name: tensor.detach() for name, tensor in theta.items()})
        return super().__call__(theta, support, centre)


@dataclass(frozen=True, slots=True)
class ControlMaker:
    """Makes the starts that the meta-learned one is compared with, on the same films, targets and steps.

    Args:
        films: The films.
        factors: What ratings say of them.
        recipe: Of the meta-learned start; its inner rates are not taken over.
        say: Called with one line of progress.
    """

    films: RatedFilms
    factors: RatingFactors
    recipe: Recipe
    say: Callable[[str], None]

    def pooled(self, training: Sequence[UserRatings], choosing: Sequence[UserRatings], *, seed: int) -> Arm:
        """Return one adapter for everybody, trained on the share of people who liked each film."""
        problem, mean, deviation = self.films.problem(self.factors, TasteConfig())
        params = pretrain(
            problem, problem.initial(seed), training, len(self.films.catalog), rounds=POOLED_ROUNDS, seed=seed,
            say=self.say,
        )  # fmt: skip
        return self._with_best_rate("pooled", params, mean, deviation, choosing)

    def random(self, choosing: Sequence[UserRatings], *, seed: int) -> Arm:
        """Return an adapter and tokens as they are drawn."""
        problem, mean, deviation = self.films.problem(self.factors, TasteConfig())
        return self._with_best_rate("random", problem.initial(seed), mean, deviation, choosing)

    def _with_best_rate(
        self, name: str, params: Params, mean: torch.Tensor, deviation: torch.Tensor, choosing: Sequence[UserRatings]
    ) -> Arm:
        tokens = folded(part(params, "tokens/"), mean, deviation)
        start = make_start(start_of(params), self.recipe, name, self.films.blocks, tokens)
        judge = FilmJudge(self.films, start, self.factors)
        arms = {rate: Arm(judge, self.films.blocks, rate=rate) for rate in RATES}
        people = cold_people(choosing, RATE_K)[:RATE_PEOPLE]
        found = {rate: _mean_uauc(arm, people, self.recipe.steps) for rate, arm in arms.items()}
        best = max(found, key=found.__getitem__)
        self.say(f"{name} start: inner rate {best:g}, UAUC {found[best]:.4f} of {len(people)} choosing people")
        return arms[best]


def _mean_uauc(arm: Arm, people: Sequence[ColdPerson], steps: int) -> float:
    found = [
        uauc(arm.margins(path[-1:], person.asked.rows)[0], person.liked)
        for person, path in zip(people, arm.trajectories([person.told for person in people], steps), strict=True)
    ]
    return float(np.nanmean(found)) if not np.isnan(found).all() else float("nan")
