"""People whose taste is made to switch: first their ratings of some genres, then those of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..retrieval.catalog import Catalog
from ..retrieval.ratings import UserRatings
from .cold_start_people import LIKED

Floats = NDArray[np.float64]

N_OLD, N_NEW = 30, 10
"""Events before the switch and behind it."""
FEWEST_ASKED = 10
"""Held-back ratings a person needs of either group of genres, liked ones and others among them."""
_SHRINKAGE = 5.0


@dataclass(frozen=True, slots=True)
class DriftPerson:
    """One person, their ratings in order.

    Args:
        user_id: The id in the data set.
        old: What is learned from before the switch, shape ``(N_OLD,)``.
        new: What is learned from behind it, shape ``(N_NEW,)``.
        old_asked: Held-back ratings of the first genres.
        new_asked: Held-back ratings of the later genres.
    """

    user_id: int
    old: UserRatings
    new: UserRatings
    old_asked: UserRatings
    new_asked: UserRatings

    def events(self, n_new: int, *, n_old: int = N_OLD) -> UserRatings:
        """Return the last ``n_old`` events before the switch and ``n_new`` behind it, the oldest first."""
        skipped = len(self.old) - n_old
        rows = np.concatenate([self.old.rows[skipped:], self.new.rows[:n_new]])
        stars = np.concatenate([self.old.stars[skipped:], self.new.stars[:n_new]])
        return UserRatings(self.user_id, rows, stars)


def drift_people(users: Sequence[UserRatings], catalog: Catalog, expected: Floats) -> list[DriftPerson]:
    """Return those who rated enough of two groups of genres which they do not like alike.

    A person's genres are put in order by what they gave beyond ``expected``, and cut in two where the smaller group
    keeps most films; films with genres of both are left out. By the parity of the user id, the better liked group or
    the other comes first. Within a group the order depends on the user id alone.

    Args:
        users: People with all their ratings.
        catalog: The films.
        expected: Stars that everybody together gives each film, shape ``(n_items,)``.
    """
    genres = [frozenset(item.genres) for item in catalog]
    found = []
    for user in (user.shuffled() for user in users):
        liked, other = _groups(user, [genres[row] for row in user.rows], expected)
        first, then = (other, liked) if user.user_id % 2 else (liked, other)
        if min(len(first) - N_OLD, len(then) - N_NEW) < FEWEST_ASKED:
            continue
        parts = first[:N_OLD], then[:N_NEW], first[N_OLD:], then[N_NEW:]
        old, new, *asked = (UserRatings(user.user_id, user.rows[at], user.stars[at]) for at in parts)
        if all(0 < (one.stars >= LIKED).sum() < len(one) for one in asked):
            found.append(DriftPerson(user.user_id, old, new, *asked))
    return found


def _groups(
    user: UserRatings, genres: Sequence[frozenset[str]], expected: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of a person's ratings of their better liked genres and of the others."""
    residuals = user.stars - expected[user.rows]
    means = {}
    for genre in sorted(frozenset().union(*genres)):
        of_genre = residuals[[genre in one for one in genres]]
        means[genre] = float(of_genre.sum()) / (len(of_genre) + _SHRINKAGE)
    order = sorted(means, key=lambda genre: -means[genre])
    best = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    for cut in range(1, len(order)):
        top = frozenset(order[:cut])
        groups = (
            np.flatnonzero([bool(one) and one <= top for one in genres]),
            np.flatnonzero([bool(one) and not one & top for one in genres]),
        )
        if min(map(len, groups)) > min(map(len, best)):
            best = groups
    return best
