"""MeLU's split of MovieLens-1M in MetaHIN's form: who and what is cold, and which ratings are learned from.

The column ``cold_start_split`` of the ratings names the part of a row. People and films of ``meta_training`` and
``warm_up`` are warm; the other three parts hold cold people, cold films, or both (Lee et al., MeLU, KDD 2019; Lu et
al., MetaHIN, KDD 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from ..retrieval.catalog import Catalog
from ..retrieval.errors import DataError
from ..retrieval.ratings import UserRatings

TRAINING = "meta_training"
SCENARIOS = {
    "warm": "warm_up",
    "user_cold": "user_cold_testing",
    "item_cold": "item_cold_testing",
    "both_cold": "user_and_item_cold_testing",
}
FEWEST, MOST, N_QUERY = 13, 100, 10

_FILE = Path("ml-1m") / "ratings_no_timestamp.csv.gz"
_COLUMNS = {"userId": pa.int64(), "movieId": pa.int64(), "rating": pa.float64(), "cold_start_split": pa.string()}
_REMEDY = "restore the original file"


@dataclass(frozen=True, slots=True)
class Task:
    """One person of a scenario: the ratings learned from, and those asked about."""

    support: UserRatings
    query: UserRatings


@dataclass(frozen=True, slots=True)
class MeluSplit:
    """The parts of the split, people in the order of their ids.

    Args:
        training: The people of ``meta_training`` with all their ratings of that part.
        scenarios: The people of each other part, by the name of the scenario.
    """

    training: list[UserRatings]
    scenarios: dict[str, list[UserRatings]]


def read_melu_split(data_dir: Path, catalog: Catalog) -> MeluSplit:
    """Read the split, without films that the catalogue lacks; of two ratings of a film by one person the last counts.

    Args:
        data_dir: The folder that holds ``ml-1m``.
        catalog: Films with a ``movielens_id`` are matched.

    Raises:
        DataError: The file is missing, a row cannot be used, a part is empty, or a cold person or film is not cold.
    """
    path = data_dir / _FILE
    if not path.exists():
        raise DataError(f"{path} does not exist; give the folder that holds ml-1m with --data-dir")
    table = _read(path)
    users, movies = (table[name].to_numpy() for name in ("userId", "movieId"))
    stars, names = table["rating"].to_numpy(), table["cold_start_split"].to_numpy(zero_copy_only=False)
    _check_rows(path, stars, names)
    positions = {item.movielens_id: row for row, item in enumerate(catalog) if item.movielens_id}
    rows = np.array([positions.get(int(movie), -1) for movie in movies], dtype=np.int64)
    parts = {}
    for part in (TRAINING, *SCENARIOS.values()):
        of_part = (names == part) & (rows >= 0)
        if not of_part.any():
            raise DataError(f"{path.name} has no row whose cold_start_split is {part}; {_REMEDY}")
        parts[part] = of_part
    _check_cold(path, users, parts, cold=("user_cold_testing", "user_and_item_cold_testing"), what="userId")
    _check_cold(path, movies, parts, cold=("item_cold_testing", "user_and_item_cold_testing"), what="movieId")
    people = {part: _people(users[of_part], rows[of_part], stars[of_part]) for part, of_part in parts.items()}
    return MeluSplit(people[TRAINING], {name: people[part] for name, part in SCENARIOS.items()})


def of_melu_length(people: Sequence[UserRatings]) -> list[UserRatings]:
    """Return the people with 13 to 100 ratings, the only ones that MeLU trains and tests on."""
    return [person for person in people if FEWEST <= len(person) <= MOST]


def tasks_of(people: Sequence[UserRatings], *, seed: int) -> list[Task]:
    """Return a task for each person with 13 to 100 ratings: 10 random ones are the query, the rest the support.

    The draw depends on the seed and the user id alone.

    Examples:
        >>> person = UserRatings(7, np.arange(13), np.full(13, 4.0))
        >>> task, = tasks_of([person], seed=0)
        >>> len(task.support), len(task.query), sorted([*task.support.rows, *task.query.rows]) == list(range(13))
        (3, 10, True)
    """
    tasks = []
    for person in of_melu_length(people):
        order = np.random.default_rng([seed, person.user_id]).permutation(len(person))
        tasks.append(Task(_picked(person, order[N_QUERY:]), _picked(person, order[:N_QUERY])))
    return tasks


def halves_of(people: Sequence[UserRatings], *, fewest: int, seed: int) -> list[Task]:
    """Return a task for each person with enough ratings: a random half is the query, the rest the support."""
    tasks = []
    for person in people:
        if len(person) >= fewest:
            order = np.random.default_rng([seed, person.user_id]).permutation(len(person))
            half = len(person) // 2
            tasks.append(Task(_picked(person, order[half:]), _picked(person, order[:half])))
    return tasks


def _read(path: Path) -> pa.Table:
    convert = csv.ConvertOptions(column_types=_COLUMNS, include_columns=list(_COLUMNS), null_values=[])
    try:
        table = csv.read_csv(path, convert_options=convert)
    except pa.ArrowKeyError as error:
        raise DataError(f"{path.name} lacks a column: {error}; it needs {', '.join(_COLUMNS)}") from error
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path.name} cannot be read: {reason}; {_REMEDY}") from error
    if not table.num_rows:
        raise DataError(f"{path.name} holds no rating; {_REMEDY}")
    return table


def _check_rows(path: Path, stars: NDArray[np.float64], names: NDArray[np.object_]) -> None:
    for values, good in (
        (stars, (stars >= 1) & (stars <= 5)),
        (names, np.isin(names, (TRAINING, *SCENARIOS.values()))),
    ):
        if not good.all():
            first = int(np.argmin(good))
            raise DataError(f"{path.name}, row {first + 2}: {values[first]} is not usable; {_REMEDY}")


def _check_cold(
    path: Path,
    ids: NDArray[np.int64],
    parts: dict[str, NDArray[np.bool_]],
    *,
    cold: tuple[str, ...],
    what: str,
) -> None:
    warm = np.unique(ids[parts[TRAINING]])
    for part in cold:
        both = np.intersect1d(warm, ids[parts[part]])
        if len(both):
            raise DataError(f"{path.name}: {what} {both[0]} is in {TRAINING} and in {part}; {_REMEDY}")


def _people(users: NDArray[np.int64], rows: NDArray[np.int64], stars: NDArray[np.float64]) -> list[UserRatings]:
    people: dict[int, dict[int, float]] = {}
    for user, row, star in zip(users.tolist(), rows.tolist(), stars.tolist(), strict=True):
        people.setdefault(user, {})[row] = star
    return [
        UserRatings(user, np.array(list(rated), dtype=np.int64), np.array(list(rated.values())))
        for user, rated in sorted(people.items())
    ]


def _picked(person: UserRatings, order: NDArray[np.int64]) -> UserRatings:
    return UserRatings(person.user_id, person.rows[order], person.stars[order])
