"""Areas under the curve with intervals: over all prompts, and per person where people can be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from .report import Metric, Row

N_RESAMPLED = 1000
# A person counts for the per-person figure with at least so many prompts, and both answers among them.
FEWEST_PROMPTS = 5
Floats = NDArray[np.float64]
Key = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """What is reported of one draw of the shots.

    Args:
        answers: Whether each target was liked, shape ``(n,)``.
        people: The person of each prompt, shape ``(n,)``.
        scores: Of each row of the report by name and number of shots, shape ``(n,)``.
    """

    answers: NDArray[np.bool_]
    people: NDArray[np.int64]
    scores: Mapping[Key, Floats]


def rows_of(judged: Sequence[Judged], *, seed: int) -> list[Row]:
    """Return a row for each score and one for each difference of the sum to a control.

    Values are means over the draws. An interval holds 95 % of what comes of taking a draw at random and its people
    with replacement, so that it says how far both the shots and the people matter.

    Args:
        judged: One for each draw, all with the same scores.
        seed: Of the resampling.
    """
    keys = list(judged[0].scores)
    plain = np.array([[auc(draw.scores[key], draw.answers) for key in keys] for draw in judged])
    own = [np.array([_of_people(draw, key) for key in keys]) for draw in judged]
    resampled = _resampled(judged, own, keys, seed=seed)
    values = {"auc": plain.mean(axis=0)}
    if all((~np.isnan(figures[0])).sum() > 1 for figures in own):
        values["person_auc"] = np.mean([np.nanmean(figures, axis=1) for figures in own], axis=0)
    rows = [
        Row(name=name, k=k, metrics={m: _metric(values[m][i], resampled[m][:, i]) for m in values})
        for i, (name, k) in enumerate(keys)
    ]
    for left, right in _pairs(keys):
        i, j = keys.index(left), keys.index(right)
        metrics = {m: _metric(values[m][i] - values[m][j], resampled[m][:, i] - resampled[m][:, j]) for m in values}
        rows.append(Row(name=f"{left[0]}-{right[0]}", k=left[1], metrics=metrics))
    return rows


def auc(scores: Floats, answers: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve, ties counted half; NaN where there is only one answer.

    Examples:
        >>> auc(np.array([3.0, 2.0, 2.0, 1.0]), np.array([True, True, False, False]))
        0.875
    """
    n_yes, n = int(answers.sum()), len(answers)
    if n_yes in {0, n}:
        return float("nan")
    return float((rankdata(scores)[answers].sum() - n_yes * (n_yes + 1) / 2) / (n_yes * (n - n_yes)))


def _of_people(draw: Judged, key: Key) -> Floats:
    """Return the area of each person of a draw, NaN for who does not count."""
    places = [np.flatnonzero(draw.people == person) for person in np.unique(draw.people)]
    return np.array(
        [
            auc(draw.scores[key][place], draw.answers[place]) if len(place) >= FEWEST_PROMPTS else np.nan
            for place in places
        ]
    )


def _resampled(judged: Sequence[Judged], own: Sequence[Floats], keys: list[Key], *, seed: int) -> dict[str, Floats]:
    rng = np.random.default_rng(seed)
    found: dict[str, list[list[float] | Floats]] = {"auc": [], "person_auc": []}
    prompts_of = [[np.flatnonzero(draw.people == person) for person in np.unique(draw.people)] for draw in judged]
    for _ in range(N_RESAMPLED):
        number = int(rng.integers(len(judged)))
        picks = rng.integers(len(prompts_of[number]), size=len(prompts_of[number]))
        chosen = np.concatenate([prompts_of[number][pick] for pick in picks])
        draw = judged[number]
        found["auc"].append([auc(draw.scores[key][chosen], draw.answers[chosen]) for key in keys])
        figures = own[number][:, picks]
        found["person_auc"].append(np.nansum(figures, axis=1) / np.maximum((~np.isnan(figures)).sum(axis=1), 1e-9))
    return {name: np.array(figures) for name, figures in found.items()}


def _metric(value: float, resampled: Floats) -> Metric:
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    return Metric(value=round(float(value), 4), low=round(float(low), 4), high=round(float(high), 4))


def _pairs(keys: Sequence[Key]) -> list[tuple[Key, Key]]:
    learned, controls = [key for key in keys if key[1]], [key for key in keys if key[0] in {"like_share", "ridge"}]
    return [(key, control) for control in controls for key in learned]
