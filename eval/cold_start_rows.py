"""Figures of one person after another, and the rows of the cold-start tables made of them, with paired differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cold_start_people import ColdPerson
from .ranking_metrics import catalog_metrics, exponential_gain, mae, ndcg_at, uauc
from .report import Row, bootstrap

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
METRICS = ("uauc", "ndcg@10", "recall@50", "rated_ndcg@5", "mae", "moved", "recall@200", "top10_kept")
"""The columns, in order; a row has those that it has figures for."""
COMPARED = ("uauc", "ndcg@10", "rated_ndcg@5")
"""The columns of a difference."""
RATED_AT, CATALOG_AT, RECALL_AT = 5, 10, 50


class Key(NamedTuple):
    """What names a row; ``steps`` is None where a row takes none."""

    name: str
    k: int
    steps: int | None = None


class Figures:
    """Every figure of every person, by row and metric."""

    def __init__(self) -> None:
        self._values: dict[Key, dict[str, dict[int, float]]] = {}

    def add(self, key: Key, user_id: int, values: Mapping[str, float]) -> None:
        """Keep the figures of a person; NaN, a figure that is not defined for them, is left out."""
        row = self._values.setdefault(key, {})
        for metric, value in values.items():
            if not np.isnan(value):
                row.setdefault(metric, {})[user_id] = float(value)

    def rows(self, *, seed: int) -> list[Row]:
        """Return a row for each key with the mean over people of each metric, in order of k."""
        return [
            _row(key, {metric: list(values.values()) for metric, values in found.items()}, seed)
            for key, found in sorted(self._values.items(), key=lambda entry: entry[0].k)
        ]

    def difference(self, name: str, left: Key, right: Key | Mapping[str, Key], *, seed: int) -> Row | None:
        """Return the paired difference of two rows over the people whom both have; None where there are none.

        Args:
            name: Of the row.
            left: What is compared; its k and steps are those of the result.
            right: With what; by metric where it is not the same for all.
            seed: Of the interval.
        """
        rights = dict.fromkeys(COMPARED, right) if isinstance(right, Key) else right
        found: dict[str, list[float]] = {}
        for metric, other in rights.items():
            ours, theirs = (self._values.get(key, {}).get(metric, {}) for key in (left, other))
            both = [ours[user_id] - theirs[user_id] for user_id in ours if user_id in theirs]
            if both:
                found[metric] = both
        return _row(Key(name, left.k, left.steps), found, seed) if found else None

    def best(self, names: Iterable[str], k: int) -> dict[str, Key]:
        """Return the row with the highest mean of each compared metric among those without steps."""
        keys = [Key(name, k) for name in names if Key(name, k) in self._values]
        best = {}
        for metric in COMPARED:
            means = {key: np.mean(list(found.values())) for key in keys if (found := self._values[key].get(metric))}
            if means:
                best[metric] = max(means, key=means.__getitem__)
        return best

    def has(self, key: Key) -> bool:
        """Say whether there is such a row."""
        return key in self._values


def of_rated(person: ColdPerson, scores: Floats, stars: Floats | None = None) -> dict[str, float]:
    """Return how well a person's query items were put in order, and their stars foretold.

    Args:
        person: With the query items.
        scores: Theirs, shape ``(n_query,)``.
        stars: The stars foretold, from 1 to 5, shape ``(n_query,)``; None where none were.
    """
    gains = exponential_gain(person.asked.stars)
    found = {"uauc": uauc(scores, person.liked), "rated_ndcg@5": ndcg_at(scores, gains, RATED_AT)}
    return found if stars is None else {**found, "mae": mae(stars, person.asked.stars)}


def of_catalog(person: ColdPerson, scores: Floats) -> dict[str, float]:
    """Return how well the liked query items were found in the catalogue; an item of -inf is not recommended.

    Args:
        person: With the query items.
        scores: Of every item, shape ``(n_items,)``.
    """
    wanted = person.asked.rows[person.liked]
    found = catalog_metrics(scores, person.told.rows, wanted, ndcg_k=CATALOG_AT, recall_k=RECALL_AT)
    return {f"ndcg@{CATALOG_AT}": found.ndcg, f"recall@{RECALL_AT}": found.recall}


def of_candidates(person: ColdPerson, near: Integers, scores: Floats, n_items: int) -> dict[str, float]:
    """Return the same where only the candidates ``near`` were scored; nothing else is recommended."""
    everything = np.full(n_items, -np.inf)
    everything[near] = scores
    return of_catalog(person, everything)


def probabilities_moved(still: Floats, moved: Floats) -> float:
    """Return the mean absolute change of the probability that margins mean.

    Examples:
        >>> probabilities_moved(np.array([0.0, 0.0]), np.array([0.0, np.log(3.0)]))
        0.125
    """
    return float(np.abs(1.0 / (1.0 + np.exp(-moved)) - 1.0 / (1.0 + np.exp(-still))).mean())


def top_kept(still: Floats, moved: Floats, n: int = CATALOG_AT) -> float:
    """Return which share of the best n under the margins at the start is still among the best n.

    Examples:
        >>> top_kept(np.array([3.0, 2.0, 1.0]), np.array([3.0, 1.0, 2.0]), 2)
        0.5
    """
    first, then = (set(np.argsort(-scores, kind="stable")[:n].tolist()) for scores in (still, moved))
    return len(first & then) / len(first)


def _row(key: Key, found: Mapping[str, Sequence[float]], seed: int) -> Row:
    metrics = {metric: bootstrap(found[metric], seed=seed) for metric in METRICS if metric in found}
    return Row(name=key.name, k=key.k, steps=key.steps, metrics=metrics)
