"""A switch of taste: how fast new genres are followed, and whether the earlier ones are kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..adapters.factor_ridge import FactorRidge
from ..adapters.rating_factors import RatingFactors
from ..adapters.replay import HALF_LIFE, MAX_REPLAYED, choose_events
from ..adapters.start import Start
from ..bot.film_judge import FilmJudge
from ..bot.rated_films import RatedFilms
from ..retrieval.errors import DataError
from ..retrieval.ratings import UserRatings
from .baseline import TrainingRatings
from .cold_start_people import LIKED
from .drift_people import N_NEW, N_OLD, DriftPerson, drift_people
from .ranking_metrics import uauc
from .report import N_BOOTSTRAP, Metric, Report, Row, bootstrap

Floats = NDArray[np.float64]
Score = Callable[[UserRatings, Floats, NDArray[np.int64]], Floats]
"""Scores of films by row, from rated ones and how much each of those counts."""
Progress = Callable[[str, int, int], None]

AFTER = (1, 2, 3, 4, 5, 7, N_NEW)
JUDGED_AT = 5
RECOVERED, LOST = 0.9, 0.02
"""Goals after ``JUDGED_AT`` events: at least that share of the fresh start's quality, at most that loss of the old."""
MOST_PEOPLE = 100
PROTOCOL = (
    f"drift: {N_OLD} ratings of some genres, then {N_NEW} of others, by genres which the person likes differently; at "
    f"most {MAX_REPLAYED} events are replayed, by recency (half-life {HALF_LIFE:g}) and diversity; new_uauc and "
    "old_uauc are on held-back ratings of the later and the first genres; recovery is new_uauc over that of the fresh "
    f"start, which learned all {N_NEW} later ratings and no other, old_loss is of old_uauc before the switch; "
    "*_of_gain take off each UAUC first what it is with nothing known; newest_after replays the newest alone, all alike"
)


class DriftFigures:
    """UAUC of new and old genres of one person after another, by row."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, int], list[tuple[float, float]]] = {}

    def add(self, name: str, n_new: int, new: float, old: float) -> None:
        """Keep the figures of a person, everybody's in the same order."""
        self._values.setdefault((name, n_new), []).append((new, old))

    def rows(self, *, seed: int) -> list[Row]:
        """Return the rows with intervals over people; ratios are of means, paired."""
        values = {key: np.array(found).T for key, found in self._values.items()}
        fresh, before = values["fresh_start", N_NEW][0], values["before_switch", 0][1]
        new_0, old_0 = values["nothing_known", 0]
        rows = []
        for (name, n_new), (new, old) in values.items():
            metrics = {"new_uauc": bootstrap(new, seed=seed), "old_uauc": bootstrap(old, seed=seed)}
            metrics["recovery"] = ratio(new, fresh, seed=seed)
            metrics["recovery_of_gain"] = ratio(new - new_0, fresh - new_0, seed=seed)
            metrics["old_loss"] = _lost(ratio(old, before, seed=seed))
            metrics["old_loss_of_gain"] = _lost(ratio(old - old_0, before - old_0, seed=seed))
            rows.append(Row(name=name, k=n_new, metrics=metrics))
        return rows


def drift(
    films: RatedFilms, start: Start, factors: RatingFactors, training: Sequence[UserRatings],
    judged: Sequence[UserRatings], *, seed: int = 0, progress: Progress,
) -> Report:  # fmt: skip
    """Report how a switch of taste is followed by the sum of closed form and language model, and by each alone.

    Args:
        films: The films as the blocks see them.
        start: θ₀.
        factors: What ratings say of the films.
        training: Their mean ratings tell which genres a person likes beyond expectation.
        judged: People that nothing was trained or chosen on; at most ``MOST_PEOPLE`` of them, drawn by the seed.
        seed: Draws the people and the intervals.
        progress: Called with a label, the people done and their number.

    Raises:
        DataError: Nobody rated enough of two groups of genres.
    """
    begun = time.perf_counter()
    expected = TrainingRatings(training, len(films.catalog)).item_means
    everybody = drift_people(judged, films.catalog, expected)
    if not everybody:
        raise DataError(f"nobody of {len(judged)} people rated enough of two groups of genres; give more people")
    chosen = np.random.default_rng(seed).permutation(len(everybody))[:MOST_PEOPLE]
    people = [everybody[place] for place in sorted(chosen)]
    figures = follow(people, films.vectors, summed(FilmJudge(films, start, factors), factors), progress=progress)
    report = Report(
        command="palate-eval drift", protocol=PROTOCOL, seed=seed, rows=figures.rows(seed=seed),
        data={"dataset": "ml-1m", "theta0": start.sha256},
        counts={"people": len(people), "of": len(everybody), "labels": sum(_n_labels(person) for person in people)},
    )  # fmt: skip
    report.add_goal("after_switch", "recovery", at_least=RECOVERED, k=JUDGED_AT)
    report.add_goal("after_switch", "recovery_of_gain", at_least=RECOVERED, k=JUDGED_AT)
    report.add_goal("after_switch", "old_loss", at_most=LOST, k=JUDGED_AT)
    report.elapsed_s = time.perf_counter() - begun
    return report


def follow(
    people: Sequence[DriftPerson], vectors: NDArray[np.floating], score: Score, *, half_life: float = HALF_LIFE,
    progress: Progress,
) -> DriftFigures:  # fmt: skip
    """Return the figures of people along the events behind their switch.

    Args:
        people: The people.
        vectors: What events are told apart by, one a film, shape ``(n_items, d)``.
        score: The recommender.
        half_life: Of the recency.
        progress: Called with a label, the people done and their number.
    """
    figures = DriftFigures()

    def judge(person: DriftPerson, name: str, n_new: int, events: UserRatings, weights: Floats) -> None:
        asked = person.new_asked, person.old_asked
        scores = score(events, weights, np.concatenate([one.rows for one in asked]))
        parts = np.split(scores, [len(asked[0])])
        new, old = (uauc(part, one.stars >= LIKED) for part, one in zip(parts, asked, strict=True))
        figures.add(name, n_new, new, old)

    for done, person in enumerate(people, start=1):
        judge(person, "nothing_known", 0, person.events(0, n_old=0), np.zeros(0))
        for n_new in (0, *AFTER):
            name = "after_switch" if n_new else "before_switch"
            judge(person, name, n_new, *replayed(person.events(n_new), vectors, half_life))
        for n_new in (JUDGED_AT, N_NEW):
            newest = person.events(n_new, n_old=MAX_REPLAYED - n_new)
            judge(person, "newest_after", n_new, newest, np.ones(len(newest)))
            fresh = person.events(n_new, n_old=0)
            judge(person, "fresh_start", n_new, *replayed(fresh, vectors, half_life))
        progress("judging people", done, len(people))
    return figures


def replayed(events: UserRatings, vectors: NDArray[np.floating], half_life: float) -> tuple[UserRatings, Floats]:
    """Return the events that are replayed, and how much each counts."""
    kept, weights = choose_events(vectors[events.rows], half_life=half_life)
    return UserRatings(events.user_id, events.rows[kept], events.stars[kept]), weights


def closed_form(factors: RatingFactors) -> Score:
    """Return the score of the ridge alone."""
    ridge = FactorRidge(factors)
    return lambda events, weights, rows: ridge.fit(events.rows, events.rewards, weights).mean(rows)


def summed(judge: FilmJudge, factors: RatingFactors) -> Score:
    """Return the score of the ridge and the language model together."""
    ridge, recipe = closed_form(factors), judge.start.recipe

    def score(events: UserRatings, weights: Floats, rows: NDArray[np.int64]) -> Floats:
        theta = judge.adapt(judge.support(events.rows, events.rewards, weights.tolist()), steps=recipe.steps)
        still, parts = judge.still[rows], recipe.ratings_at(len(events))
        moved = judge.margins(theta, rows) - still
        total: Floats = ridge(events, weights, rows) + parts.still * still + parts.moved * moved
        return total

    return score


def ratio(values: Floats, base: Floats, *, seed: int) -> Metric:
    """Return the ratio of two means over the same people with its 95 % interval over resampled people.

    Where the second mean is 0 there is no ratio, and the value NaN.

    Examples:
        >>> ratio(np.array([0.4, 0.8]), np.array([0.5, 1.0]), seed=0)
        Metric(value=0.8, low=0.8, high=0.8)
    """
    picks = np.random.default_rng(seed).integers(len(values), size=(N_BOOTSTRAP, len(values)))
    if not base.mean():
        return Metric(value=float("nan"))
    over = base[picks].mean(axis=1)
    found = np.divide(values[picks].mean(axis=1), over, out=np.full(len(over), np.nan), where=over != 0.0)
    low, high = np.nanquantile(found, [0.025, 0.975])
    return Metric(
        value=round(float(values.mean() / base.mean()), 4), low=round(float(low), 4), high=round(float(high), 4)
    )


def _lost(kept: Metric) -> Metric:
    """Return the loss that a share kept means."""
    low, high = kept.low, kept.high
    return Metric(
        value=round(1.0 - kept.value, 4),
        low=None if high is None else round(1.0 - high, 4),
        high=None if low is None else round(1.0 - low, 4),
    )


def _n_labels(person: DriftPerson) -> int:
    return len(person.new_asked) + len(person.old_asked)
