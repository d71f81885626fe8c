"""Fills the cold-start table of people known by ratings alone: every row's figures, one number of ratings at a time.

Rows that use the language model rank the catalogue in two stages, as the product does: the retriever proposes 200
candidates, the row orders these. Baselines and the ridge rank the whole catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..retrieval.ratings import UserRatings
from .cold_start_arms import Arm
from .cold_start_closed import ClosedRows, FirstStage
from .cold_start_history import HistoryInPrompt
from .cold_start_people import ColdPerson, cold_people
from .cold_start_rows import Figures, Key, of_candidates, of_rated, probabilities_moved, top_kept

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

CONTROL_K, CONTROL_PEOPLE = (1, 5, 20), 300
"""The controls take their steps after these numbers of ratings, for so many people, the first by id."""
TOP_K, TOP_PEOPLE = (5, 20), 100
"""How the top list moves is followed after these numbers of ratings, for so many people, the first by id."""
HISTORY_K, HISTORY_PEOPLE, HISTORY_ITEMS = (5, 20), 40, 30
"""Telling the history is dear: these numbers of ratings, so many people, and at most so many query items of each."""


@dataclass(frozen=True, slots=True)
class Contestants:
    """What is compared.

    Args:
        closed: Baselines, ridge and first stage.
        meta: The meta-learned start.
        pooled: The pooled start.
        random: The drawn start.
        history: The frozen model that is told the ratings.
    """

    closed: ClosedRows
    meta: Arm
    pooled: Arm
    random: Arm
    history: HistoryInPrompt


@dataclass(frozen=True, slots=True)
class Margins:
    """What a start says of one person's films after steps.

    Args:
        asked: Margins of the query items, shape ``(n_query,)``.
        near: Margins of the candidates, shape ``(n,)``; None where they were not ranked.
    """

    asked: Floats
    near: Floats | None


class RatingsTable:
    """Figures of everybody for one number of ratings after another.

    Args:
        contestants: What is compared.
        judged: The people.
        steps: Numbers of steps; 0 and those of the recipe are taken in any case.
        progress: Called with a label, the people done and their number.
    """

    def __init__(
        self, contestants: Contestants, judged: Sequence[UserRatings], steps: Sequence[int], progress: Progress
    ) -> None:
        self.figures = Figures()
        self.recipe = contestants.meta.judge.start.recipe
        self.steps = sorted({0, self.recipe.steps, *steps})
        self._rivals = contestants
        self._judged = judged
        self._progress = progress

    def fill(self, k: int) -> None:
        """Judge everybody after ``k`` ratings."""
        people, stages, rivals = cold_people(self._judged, k), list[FirstStage](), self._rivals
        weight = self.recipe.ratings_at(k).retrieval
        for done, person in enumerate(people, start=1):
            stages.append(rivals.closed.add(self.figures, person, k, weight=weight))
            for name, arm in (("pooled_lora", rivals.pooled), ("random_init", rivals.random)):
                self._add(Key(name, k, 0), arm, person, stages[-1], _still(arm, person, stages[-1]))
            self._progress(f"k={k}: baselines", done, len(people))
        told = [person.told for person in people]
        sums = self._add_meta(people, stages, k)
        if k in CONTROL_K:
            few, own = people[:CONTROL_PEOPLE], told[:CONTROL_PEOPLE]
            self._add_steps("pooled_init", rivals.pooled, few, own, stages, k)
            self._add_steps("random_init", rivals.random, few, own, stages, k)
            if len(few) > 1:
                self._add_steps("shuffled", rivals.meta, few, [*own[1:], own[0]], stages, k)
        if k in HISTORY_K:
            self._add_history(people[:HISTORY_PEOPLE], sums, k)

    def _add_meta(self, people: Sequence[ColdPerson], stages: Sequence[FirstStage], k: int) -> list[Floats]:
        """Add the meta-learned start and the sum; return the sums of everybody's query items."""
        for person, stage in zip(people, stages, strict=True):
            still = _still(self._rivals.meta, person, stage)
            self._add(Key("meta_init", k, 0), self._rivals.meta, person, stage, still)
        if k == 0:
            moved = [_still(self._rivals.meta, *pair) for pair in zip(people, stages, strict=True)]
        else:
            told = [person.told for person in people]
            moved = self._add_steps("meta_init", self._rivals.meta, people, told, stages, k)
        return [self._add_sum(*one, k) for one in zip(people, stages, moved, strict=True)]

    def _add_steps(
        self, name: str, arm: Arm, people: Sequence[ColdPerson], told: Sequence[UserRatings],
        stages: Sequence[FirstStage], k: int,
    ) -> list[Margins]:  # fmt: skip
        """Add the rows of a start with steps on what is told; return the margins after the recipe's steps."""
        after = list[Margins]()
        taken = [step for step in self.steps if step]
        follow = name == "meta_init" and k in TOP_K
        for i, path in enumerate(arm.trajectories(told, max(taken))):
            person, stage = people[i], stages[i]
            asked = arm.margins([path[step] for step in taken], person.asked.rows)
            ranked = taken if follow and i < TOP_PEOPLE else [step for step in taken if step == self.recipe.steps]
            near = dict(zip(ranked, arm.margins([path[step] for step in ranked], stage.near), strict=True))
            for step, margins in zip(taken, asked, strict=True):
                kept = near.get(step)
                found = Margins(margins, kept if step == self.recipe.steps else None)
                self._add(Key(name, k, step), arm, person, stage, found)
                if follow and kept is not None and i < TOP_PEOPLE:
                    share = top_kept(arm.judge.still[stage.near], kept)
                    self.figures.add(Key(name, k, step), person.user_id, {"top10_kept": share})
                if step == self.recipe.steps:
                    after.append(found)
            self._progress(f"k={k}: {name}", i + 1, len(people))
        return after

    def _add(self, key: Key, arm: Arm, person: ColdPerson, stage: FirstStage, found: Margins) -> None:
        still = arm.judge.still[person.asked.rows]
        values = {**of_rated(person, found.asked), "moved": probabilities_moved(still, found.asked)}
        if found.near is not None:
            values.update(of_candidates(person, stage.near, found.near, len(arm.judge.still)))
        self.figures.add(key, person.user_id, values)

    def _add_sum(self, person: ColdPerson, stage: FirstStage, moved: Margins, k: int) -> Floats:
        """Add ridge, margins at the start and what steps changed; over candidates the retrieval score too."""
        weights, still = self.recipe.ratings_at(k), _still(self._rivals.meta, person, stage)

        def total(rows: NDArray[np.int64], before: Floats, after: Floats) -> Floats:
            found: Floats = stage.ridge[rows] + weights.still * before + weights.moved * (after - before)
            return found

        asked = total(person.asked.rows, still.asked, moved.asked)
        values = of_rated(person, asked, 3.0 + 2.0 * np.clip(asked, -1.0, 1.0))
        if still.near is not None and moved.near is not None:
            near = total(stage.near, still.near, moved.near) + stage.retrieved
            values.update(of_candidates(person, stage.near, near, len(stage.ridge)))
        self.figures.add(Key("sum", k, self.recipe.steps if k else 0), person.user_id, values)
        return asked

    def _add_history(self, people: Sequence[ColdPerson], sums: Sequence[Floats], k: int) -> None:
        """Add the frozen model that is told the ratings, and the sum on the same few items beside it."""
        for i, person in enumerate(people):
            asked = UserRatings(person.user_id, person.asked.rows[:HISTORY_ITEMS], person.asked.stars[:HISTORY_ITEMS])
            few = ColdPerson(person.user_id, person.told, asked)
            margins = self._rivals.history.margins(person.told, asked.rows)
            self.figures.add(Key("history_in_prompt", k), person.user_id, of_rated(few, margins))
            beside = of_rated(few, sums[i][:HISTORY_ITEMS])
            self.figures.add(Key("sum_on_history_items", k), person.user_id, beside)
            self._progress(f"k={k}: history_in_prompt", i + 1, len(people))


def _still(arm: Arm, person: ColdPerson, stage: FirstStage) -> Margins:
    return Margins(arm.judge.still[person.asked.rows], arm.judge.still[stage.near])
