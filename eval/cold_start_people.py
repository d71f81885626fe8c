"""Who trains, who chooses and who is judged in the cold-start tables, and what the tables are asked for."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..retrieval.catalog import Catalog
from ..retrieval.errors import DataError
from ..retrieval.movielens import movielens_catalog
from ..retrieval.ratings import UserRatings, read_ml_1m, read_ml_latest_small, read_ratings, split_users

DATASETS = ("ml-1m",)
LIKED = 4.0
"""Stars from which a rating counts as liked."""
MOST_RATINGS, MOST_STEPS = 100, 100
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ColdStartOptions:
    """What a table is asked for.

    Args:
        data_dir: Folder that holds ``ml-1m``.
        k: Numbers of ratings that are learned from, in order.
        steps: Numbers of steps that are taken, in order.
        dataset: One of ``DATASETS``.
        test_ratings: File of the ratings of the people to judge; None judges the second half of the validation people.
        people: Judge that many at most, the first by id; None judges all.
        start: Folder of the start θ₀; None takes the shipped one.
        figures: Folder for the figures; None draws none.
        seed: Of every draw.
    """

    data_dir: Path
    k: tuple[int, ...] = (0, 1, 3, 5, 10, 20)
    steps: tuple[int, ...] = (0, 1, 3, 5, 10)
    dataset: str = DATASETS[0]
    test_ratings: Path | None = None
    people: int | None = None
    start: Path | None = None
    figures: Path | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.dataset not in DATASETS:
            raise DataError(f"the data set {self.dataset!r} is not known; give one of {', '.join(DATASETS)}")


@dataclass(frozen=True, slots=True)
class ColdPerson:
    """One person: what is learned from, and what is then judged.

    Args:
        user_id: The id in the data set.
        told: Support, the first k ratings.
        asked: Query, all the others; at least one.
    """

    user_id: int
    told: UserRatings
    asked: UserRatings

    @property
    def liked(self) -> NDArray[np.bool_]:
        """Which query items were liked, shape ``(n_query,)``."""
        return self.asked.stars >= LIKED


@dataclass(frozen=True, slots=True)
class ColdStartPeople:
    """The people by what they are for; nobody who trains is judged.

    Args:
        catalog: The films.
        training: The training people of ``ml-1m``, whom the baselines are fitted to.
        others: The people of ``ml-latest-small``, who train the start too; nobody where that data set is absent.
        choosing: The first half of the validation people: they stopped the training and chose the weights.
        judged: Those that the table is about.
        of: What they are, in words.
        n_dropped: Ratings of films that the data set lacks.
    """

    catalog: Catalog
    training: list[UserRatings]
    others: list[UserRatings]
    choosing: list[UserRatings]
    judged: list[UserRatings]
    of: str
    n_dropped: int = 0

    @property
    def everybody(self) -> list[UserRatings]:
        """All of them, for what has to be known of every film."""
        return [*self.training, *self.others, *self.choosing, *self.judged]


def read_people(options: ColdStartOptions, *, split_seed: int) -> ColdStartPeople:
    """Read the data set and say who is judged.

    Args:
        options: What is asked for.
        split_seed: Seed of the split that the start was trained with.

    Raises:
        DataError: A file is missing or cannot be used, nobody is left, or somebody judged has trained the start.
    """
    catalog = movielens_catalog(options.data_dir)
    training, validation = split_users(read_ml_1m(options.data_dir, catalog), seed=split_seed)
    half = max(1, len(validation) // 2)
    judged, of, dropped = validation[half:], "the second half of the validation people; the first half chose", 0
    if options.test_ratings:
        judged, of = read_ratings(options.test_ratings, catalog), f"the people of {options.test_ratings.name}"
        _refuse_known(judged, training, options.test_ratings)
        dropped = _n_unknown(options.test_ratings, catalog)
    judged = judged[: options.people]
    if not judged:
        raise DataError(f"nobody is left to be judged among {of}; give ratings of films that ml-1m has")
    others = read_ml_latest_small(options.data_dir, catalog)
    return ColdStartPeople(catalog, training, others, validation[:half], judged, of, dropped)


def cold_people(users: Sequence[UserRatings], k: int) -> list[ColdPerson]:
    """Split everybody's ratings into the first k and the others; who has no others is left out.

    Examples:
        >>> user = UserRatings(7, np.arange(3), np.array([1.0, 4.0, 5.0]))
        >>> [len(person.asked) for person in cold_people([user], 1)], cold_people([user], 3)
        ([2], [])
    """
    found = []
    for user in (user.shuffled() for user in users if len(user) > k):
        told = UserRatings(user.user_id, user.rows[:k], user.stars[:k])
        found.append(ColdPerson(user.user_id, told, UserRatings(user.user_id, user.rows[k:], user.stars[k:])))
    return found


def numbers_of(text: str, option: str, *, most: int) -> tuple[int, ...]:
    """Read different whole numbers from 0 on, and put them in order.

    Raises:
        DataError: One is not a whole number, out of range or there twice.

    Examples:
        >>> numbers_of("5, 0,1", "--k", most=100)
        (0, 1, 5)
    """
    try:
        numbers = sorted(int(number) for number in text.split(","))
    except ValueError as error:
        raise DataError(f"{option} {text!r} is not a list of whole numbers; give them like 0,1,5") from error
    if numbers[0] < 0 or numbers[-1] > most or len(set(numbers)) < len(numbers):
        raise DataError(f"{option} {text!r} holds a number twice or not from 0 to {most}; give different ones")
    return tuple(numbers)


def _refuse_known(judged: Sequence[UserRatings], training: Sequence[UserRatings], path: Path) -> None:
    known = {user.user_id for user in judged} & {user.user_id for user in training}
    if known:
        raise DataError(
            f"user {min(known)} of {path.name} is one of the {len(known)} there who trained the start; leave them out"
        )


def _n_unknown(path: Path, catalog: Catalog) -> int:
    """Return how many ratings of a file, which could be read, are of films that the catalogue lacks."""
    known = {str(item.movielens_id) for item in catalog if item.movielens_id}
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    with (gzip.open if zipped else open)(path, "rt", encoding="utf-8", newline="") as file:
        return sum(row["movieId"].strip() not in known for row in csv.DictReader(file))
