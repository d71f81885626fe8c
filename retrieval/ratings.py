"""Ratings of many people, for training and for judging: read from MovieLens-1M, items matched to a catalogue."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .catalog import Catalog
from .errors import DataError

_FILE = Path("ml-1m") / "ratings_no_timestamp.csv.gz"
_SMALL = Path("ml-latest-small") / "ratings.csv.gz"


@dataclass(frozen=True, slots=True)
class UserRatings:
    """One person's ratings.

    Args:
        user_id: The id in the data set.
        rows: Catalogue positions of the rated items, shape ``(n,)``.
        stars: Ratings from 1 to 5, shape ``(n,)``.
    """

    user_id: int
    rows: NDArray[np.int64]
    stars: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def rewards(self) -> NDArray[np.float64]:
        """The ratings as rewards from -1 to 1."""
        return (self.stars - 3.0) / 2.0

    def shuffled(self) -> UserRatings:
        """Return the ratings in an order that depends on the user id alone."""
        order = np.random.default_rng(abs(self.user_id)).permutation(len(self))
        return UserRatings(self.user_id, self.rows[order], self.stars[order])


def read_ml_1m(data_dir: Path, catalog: Catalog) -> list[UserRatings]:
    """Read MovieLens-1M, people in the order of their ids; ratings of items that the catalogue lacks are left out.

    Args:
        data_dir: The folder that holds ``ml-1m``.
        catalog: Items with a ``movielens_id`` are matched.

    Raises:
        DataError: The file is missing or a row cannot be used.
    """
    path = data_dir / _FILE
    if not path.exists():
        raise DataError(f"{path} does not exist; give the folder that holds ml-1m with --data-dir")
    return read_ratings(path, catalog)


def read_ml_latest_small(data_dir: Path, catalog: Catalog) -> list[UserRatings]:
    """Read the ratings of MovieLens latest-small of items in a catalogue; nobody where that data set is absent.

    Half a star becomes one, the least of the others; people have numbers below those of MovieLens-1M.

    Raises:
        DataError: A row cannot be used.
    """
    path = data_dir / _SMALL
    if not path.exists():
        return []
    return [UserRatings(-user.user_id, user.rows, user.stars) for user in read_ratings(path, catalog, least=0.5)]


def read_ratings(path: Path, catalog: Catalog, *, least: float = 1.0) -> list[UserRatings]:
    """Read a file with the columns userId, movieId and rating, gzipped or not; people in the order of their ids.

    Args:
        path: The file.
        catalog: Items with a ``movielens_id`` are matched; ratings of others are left out.
        least: The lowest rating that is accepted; what is below one star counts as one.

    Raises:
        DataError: The file is missing or a row cannot be used.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist; give a file with the columns userId, movieId and rating")
    rows_of = {item.movielens_id: i for i, item in enumerate(catalog) if item.movielens_id}
    people: dict[int, dict[int, float]] = {}
    try:
        for user, movie, stars in _rows(path, least):
            if movie in rows_of:
                people.setdefault(user, {})[rows_of[movie]] = max(1.0, stars)
    except (OSError, EOFError, zlib.error, csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}; restore the original file") from error
    return [
        UserRatings(user, np.array(list(rated), dtype=np.int64), np.array(list(rated.values())))
        for user, rated in sorted(people.items())
    ]


def split_users(
    users: list[UserRatings], *, seed: int, held_back: float = 0.1
) -> tuple[list[UserRatings], list[UserRatings]]:
    """Return (training, validation) people by a seeded permutation of the sorted ids."""
    order = np.random.default_rng(seed).permutation(len(users))
    cut = len(users) - round(held_back * len(users))
    return [users[i] for i in sorted(order[:cut])], [users[i] for i in sorted(order[cut:])]


def _rows(path: Path, least: float) -> Iterator[tuple[int, int, float]]:
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    with (gzip.open if zipped else open)(path, "rt", encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                stars = float(row["rating"])
                if not least <= stars <= 5.0:
                    raise ValueError(f"rating {stars}")
                yield int(row["userId"]), int(row["movieId"]), stars
            except (KeyError, TypeError, ValueError) as error:
                raise DataError(
                    f"{path.name}, row {number}: {error} is not usable; restore the original file"
                ) from error
