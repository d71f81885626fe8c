"""New items: films are put in order that nobody's ratings speak of, after a few ratings of other films."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..adapters.factor_ridge import FactorRidge, fit_new_item
from ..adapters.rating_factors import RatingFactors
from ..adapters.start import Start
from ..bot.film_judge import FilmJudge
from ..bot.rated_films import RatedFilms
from ..retrieval.errors import DataError
from ..retrieval.ratings import UserRatings
from .cold_start_arms import Arm
from .cold_start_people import ColdPerson
from .cold_start_rows import Figures, Key, of_rated
from .content_profile import ContentProfile
from .report import Report

SHARE = 0.2
"""Of the films, drawn by the seed, that count as new."""
FEWEST = 5
"""Ratings of new films a person needs, liked ones and others among them."""
FIRST_RATINGS = 5
"""After so many ratings by other people the collaborative token of a new film is fitted."""
SUPPORTS, MOST_STEPS = (5, 20), 5
"""Of the numbers of ratings asked for these are taken, or all where none of these is; and up to so many steps."""
PROTOCOL = (
    f"new items: {SHARE:.0%} of the films, drawn by the seed, are new; k of a person's ratings of old films are "
    "learned from, all those of new films are put in order. No training person's rating of a new film reaches a row, "
    "but for fitted_*: the collaborative token is absent, and new films are in no mean, factor or reference. Two "
    "things were trained with all films: the start, each film's token dropped at random, and the factors of old "
    f"films. fitted_*: {FIRST_RATINGS} training people's ratings of each new film, its factors in closed form from "
    "these"
)
Progress = Callable[[str, int, int], None]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the people are judged with.

    Args:
        cold: The films under the start, the new ones without token.
        fitted: The same with the token of the new films fitted to a few ratings.
        ridge: On factors that know the new films by these few ratings.
        profile: The baseline.
        steps: In order.
    """

    cold: Arm
    fitted: Arm
    ridge: FactorRidge
    profile: ContentProfile
    steps: tuple[int, ...]


def new_items(
    films: RatedFilms, start: Start, factors: RatingFactors, training: Sequence[UserRatings],
    judged: Sequence[UserRatings], *, k: Sequence[int] = (5, 20), steps: Sequence[int] = (0, 1, 3, 5), seed: int = 0,
    progress: Progress,
) -> Report:  # fmt: skip
    """Report how well films that nobody rated are put in order, with paired differences.

    Args:
        films: The films as the blocks see them.
        start: θ₀.
        factors: What ratings say of the films; the rows of new films are not read.
        training: Whose ratings of old films the baseline knows.
        judged: People that nothing was trained or chosen on.
        k: Numbers of ratings that are learned from.
        steps: Numbers of steps; 0 is always among them.
        seed: Draws the new films, the first ratings of each, and the intervals.
        progress: Called with a label, the people done and their number.

    Raises:
        DataError: Nobody rated enough old and new films.
    """
    begun = time.perf_counter()
    new = np.random.default_rng(seed).random(len(films.catalog)) < SHARE
    setting = _setting(films, start, factors, training, new, steps=steps, seed=seed, progress=progress)
    figures, counts = Figures(), dict[str, int]()
    for n in sorted(k):
        people = new_item_people(judged, new, n)
        if not people:
            raise DataError(f"nobody rated {n} old films and {FEWEST} new ones of both kinds; give a smaller --k")
        _judge(setting, people, n, figures, progress)
        counts |= {f"people (k={n})": len(people), f"labels (k={n})": sum(len(person.asked) for person in people)}
    rows = figures.rows(seed=seed)
    for n in sorted(k):
        shown = [(step, Key("meta_init", n, step)) for step in setting.steps]
        pairs = [
            *((f"meta_init-{other.name}", ours, other) for _, ours in shown for other in [Key("content_profile", n)]),
            *(("meta_init-0steps", ours, shown[0][1]) for step, ours in shown if step),
            *(("fitted_token-meta_init", Key("fitted_token", n, step), ours) for step, ours in shown),
        ]
        found = [figures.difference(name, ours, other, seed=seed) for name, ours, other in pairs]
        rows += [row for row in found if row is not None]
    rated = _counts(training, len(new))
    counts |= {"new films": int(new.sum()), "films without any training rating": int((rated == 0).sum())}
    return Report(
        command="palate-eval cold-start --protocol new-items", protocol=PROTOCOL, seed=seed, counts=counts, rows=rows,
        data={"dataset": "ml-1m", "theta0": start.sha256}, elapsed_s=time.perf_counter() - begun,
    )  # fmt: skip


def new_item_people(users: Sequence[UserRatings], new: Mask, k: int) -> list[ColdPerson]:
    """Return people with their first k ratings of old films and all of new films; who has too few is left out.

    Examples:
        >>> new = np.array([False, *[True] * 5])
        >>> user = UserRatings(7, np.arange(6), np.array([1.0, 5.0, 1.0, 5.0, 1.0, 5.0]))
        >>> [(person.told.rows.tolist(), len(person.asked)) for person in new_item_people([user], new, 1)]
        [([0], 5)]
    """
    found = []
    for user in (user.shuffled() for user in users):
        old, fresh = np.flatnonzero(~new[user.rows]), np.flatnonzero(new[user.rows])
        told, asked = (UserRatings(user.user_id, user.rows[at], user.stars[at]) for at in (old[:k], fresh))
        person = ColdPerson(user.user_id, told, asked)
        if len(told) == k and len(asked) >= FEWEST and 0 < person.liked.sum() < len(asked):
            found.append(person)
    return found


def without_ratings(factors: RatingFactors, new: Mask) -> RatingFactors:
    """Return factors that know nothing of some items: theirs are those of the average item.

    Args:
        factors: They are not changed.
        new: Which items, shape ``(n_items,)``.
    """
    unsure = float(factors.common_noise[0] + np.trace(factors.item_covariance))
    return replace(
        factors,
        means=np.where(new, factors.item_mean[0], factors.means),
        loadings=np.where(new[:, None], factors.item_mean[1:], factors.loadings),
        noise=np.where(new, unsure, factors.noise),
        counts=np.where(new, 0, factors.counts),
        seen=np.where(new[:, None], 0.0, factors.seen),
    )


def with_first_ratings(
    cold: RatingFactors, training: Sequence[UserRatings], new: Mask, *, seed: int, n: int = FIRST_RATINGS
) -> RatingFactors:
    """Return factors in which new items have what the first ratings by other people tell of them, in closed form.

    Those people are known by their ratings of old items alone. An item that none of them rated stays unknown.

    Args:
        cold: Factors that know nothing of the new items.
        training: The other people.
        new: Which items are new, shape ``(n_items,)``.
        seed: Draws whose ratings come first.
        n: At most so many ratings an item.
    """
    ridge, raters = FactorRidge(cold), dict[int, list[tuple[int, float]]]()
    for place in np.random.default_rng(seed).permutation(len(training)):
        user = training[place]
        for at in np.flatnonzero(new[user.rows]):
            of_item = raters.setdefault(int(user.rows[at]), [])
            if len(of_item) < n:
                of_item.append((int(place), float(user.rewards[at])))
    known = {}
    for place in sorted({place for of_item in raters.values() for place, _ in of_item}):
        user = training[place]
        old = ~new[user.rows]
        known[place] = ridge.fit(user.rows[old], user.rewards[old])
    means, loadings, counts = cold.means.copy(), cold.loadings.copy(), cold.counts.copy()
    for row, of_item in raters.items():
        people = [known[place] for place, _ in of_item]
        item = fit_new_item(
            cold, np.array([one.person for one in people]), [reward for _, reward in of_item],
            np.array([one.covariance for one in people]),
        )  # fmt: skip
        means[row], loadings[row], counts[row] = item.mean, item.loadings, len(of_item)
    return replace(cold, means=means, loadings=loadings, counts=counts)


def _setting(
    films: RatedFilms, start: Start, factors: RatingFactors, training: Sequence[UserRatings], new: Mask, *,
    steps: Sequence[int], seed: int, progress: Progress,
) -> Setting:  # fmt: skip
    cold = without_ratings(factors, new)
    old = [
        UserRatings(user.user_id, user.rows[~new[user.rows]], user.stars[~new[user.rows]])
        for user in training
        if not new[user.rows].all()
    ]
    progress("preparing the films", 0, 3)
    fitted = with_first_ratings(cold, training, new, seed=seed)
    progress("preparing the films", 1, 3)
    arms = []
    for known in (cold, fitted):
        # Margins stay centred on old films: a new one that gets a token joins no reference.
        arms.append(Arm(FilmJudge(films, start, known, hidden=new & (known.counts == 0)), films.blocks))
        progress("preparing the films", 1 + len(arms), 3)
    profile = ContentProfile(old, films.catalog)
    return Setting(arms[0], arms[1], FactorRidge(fitted), profile, tuple(sorted({0, *steps})))


def _judge(setting: Setting, people: Sequence[ColdPerson], k: int, figures: Figures, progress: Progress) -> None:
    """Add the figures of each person."""
    told = [person.told for person in people]
    most = setting.steps[-1] if k else 0
    paths = zip(setting.cold.trajectories(told, most), setting.fitted.trajectories(told, most), strict=True)
    for done, (person, both) in enumerate(zip(people, paths, strict=True), start=1):
        rows = person.asked.rows
        for name, arm, path in zip(("meta_init", "fitted_token"), (setting.cold, setting.fitted), both, strict=True):
            kept = [step for step in setting.steps if step <= most]
            for step, margins in zip(kept, arm.margins([path[step] for step in kept], rows), strict=True):
                figures.add(Key(name, k, step), person.user_id, of_rated(person, margins))
        found = setting.profile.scores(person.told.rows, person.told.stars).rated[rows]
        figures.add(Key("content_profile", k), person.user_id, of_rated(person, found))
        expected = setting.ridge.fit(person.told.rows, person.told.rewards).mean(rows)
        figures.add(Key("fitted_ridge", k), person.user_id, of_rated(person, expected))
        progress(f"judging people, {k} ratings", done, len(people))


def _counts(training: Sequence[UserRatings], n_items: int) -> NDArray[np.int64]:
    return np.bincount(np.concatenate([user.rows for user in training]), minlength=n_items)
