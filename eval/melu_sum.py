"""The seam for a further score beside the closed form, and how much of it a sum should take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..retrieval.ratings import UserRatings
from .melu_baselines import Rater
from .melu_content import Floats, Ints
from .melu_split import Task


class ExtraScore(Protocol):
    """A score that may know what the closed form does not, such as a language model's margin.

    Any scale will do, higher is better; its weight in stars is learned on training people.
    """

    def fit(self, training: Sequence[UserRatings]) -> None:
        """Learn from training people, if there is anything to learn."""
        ...

    def score(self, support_rows: Ints, support_stars: Floats, query_rows: Ints) -> Floats:
        """Return the scores of the rows asked about after the support, shape ``(len(query_rows),)``."""
        ...


@dataclass(frozen=True, slots=True)
class ExtraWeight:
    """What a sum adds to the closed form: ``slope * score + offset``, in stars."""

    slope: float
    offset: float


def calibrate(base: Rater, extra: ExtraScore, tasks: Sequence[Task]) -> ExtraWeight:
    """Return the least-squares weight of the extra score for what the base leaves over.

    Args:
        base: Fitted without the people (or films) of the tasks.
        extra: Fitted without them too.
        tasks: Of training people; at least one.
    """
    residual = np.concatenate([task.query.stars - base.predict(task.support, task.query.rows) for task in tasks])
    scores = np.concatenate([_score(extra, task.support, task.query.rows) for task in tasks])
    columns = np.column_stack([scores, np.ones(len(scores))])
    (slope, offset), *_ = np.linalg.lstsq(columns, residual)
    return ExtraWeight(float(slope), float(offset))


class WeightedSum:
    """The closed form plus a weighted extra score.

    Args:
        base: Predicts stars.
        extra: Is added to it.
        weight: How much of it.
    """

    def __init__(self, base: Rater, extra: ExtraScore, weight: ExtraWeight) -> None:
        self._base = base
        self._extra = extra
        self._weight = weight

    def predict(self, support: UserRatings, query_rows: Ints) -> Floats:
        """Return the expected stars, shape ``(n,)``."""
        added = self._weight.slope * _score(self._extra, support, query_rows) + self._weight.offset
        return self._base.predict(support, query_rows) + added


def _score(extra: ExtraScore, support: UserRatings, query_rows: Ints) -> Floats:
    return extra.score(support.rows, support.stars, query_rows)
