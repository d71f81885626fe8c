"""Ratings read from a table of any format into arrays, a row at a time."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from .column_types import is_empty
from .item_match import ItemMatcher, Match
from .rating_columns import RatingColumns
from .rating_scale import RatingScale
from .schema import Problem
from .tabular import BadRow, Record, Table

# A time that nobody gave.
NO_TIME = np.iinfo(np.int64).min
# Above it a number counts milliseconds, not seconds, since 1970: as seconds it would lie after the year 5000.
_MILLISECONDS = 10**11
_SHOWN_PROBLEMS = 1_000


@dataclass(slots=True)
class Unmatched:
    """An item that the catalogue lacks, and how many ratings it has."""

    item: str
    title: str
    reason: str
    n_ratings: int = 0


@dataclass(slots=True)
class RatingRows:
    """Ratings of items that a catalogue has, as they stood in the file.

    Args:
        user_names: The people by code.
        users: Code of the person of each rating.
        rows: Row of the item in the catalogue.
        ratings: As given.
        times: Seconds since 1970, or ``NO_TIME``.
        n_rows: Rows of the file.
        n_bad: Rows that cannot be used.
        problems: What is wrong with them, of the first 1,000.
        matched: Ratings by how their item was found.
        unmatched: Items that were not found.
    """

    user_names: dict[str, int] = field(default_factory=dict)
    users: array[int] = field(default_factory=lambda: array("i"))
    rows: array[int] = field(default_factory=lambda: array("i"))
    ratings: array[float] = field(default_factory=lambda: array("d"))
    times: array[int] = field(default_factory=lambda: array("q"))
    n_rows: int = 0
    n_bad: int = 0
    problems: list[Problem] = field(default_factory=list)
    matched: dict[str, int] = field(default_factory=dict)
    unmatched: dict[tuple[str, str], Unmatched] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptRatings:
    """Ratings of items of a catalogue, one a person and item; all arrays of shape ``(n,)``.

    Args:
        users: Code of the person.
        rows: Row of the item in the catalogue.
        ratings: As given.
        times: Seconds since 1970, or ``NO_TIME``.
        user_names: The people by code.
    """

    users: NDArray[np.int32]
    rows: NDArray[np.int32]
    ratings: NDArray[np.float64]
    times: NDArray[np.int64]
    user_names: tuple[str, ...]


def read_rating_rows(
    table: Table,
    columns: RatingColumns,
    matcher: ItemMatcher,
    *,
    titles: dict[str, str] | None = None,
    scale: RatingScale | None = None,
    say: Callable[[str], None] | None = None,
) -> RatingRows:
    """Read a table of ratings.

    Args:
        table: One rating a row.
        columns: Which column holds what.
        matcher: Finds the items in the catalogue.
        titles: Titles of items by id, where another file has them.
        scale: Ratings outside it are told as bad rows.
        say: Told about each million rows.

    Raises:
        DataError: The file as a whole cannot be read.
    """
    read = RatingRows()
    matches: dict[tuple[str, str], Match] = {}
    for row in table.rows():
        read.n_rows += 1
        if say and read.n_rows % 1_000_000 == 0:
            say(f"{read.n_rows // 1_000_000} million rows read")
        try:
            if isinstance(row, BadRow):
                raise _RowError(row.column, row.value, row.remedy)
            _take(read, row[1], columns, matcher, matches, titles or {}, scale)
        except _RowError as error:
            read.n_bad += 1
            if len(read.problems) < _SHOWN_PROBLEMS:
                number = row.number if isinstance(row, BadRow) else row[0]
                read.problems.append(Problem(number, error.column, error.value, error.remedy))
    return read


class _RowError(Exception):
    def __init__(self, column: str, value: object, remedy: str) -> None:
        super().__init__(remedy)
        self.column, self.value, self.remedy = column, str(value)[:60], remedy


def _take(
    read: RatingRows,
    row: Record,
    columns: RatingColumns,
    matcher: ItemMatcher,
    matches: dict[tuple[str, str], Match],
    titles: dict[str, str],
    scale: RatingScale | None,
) -> None:
    user = _name(row, columns.user)
    item = _name(row, columns.item) if columns.item else ""
    title = str(row.get(columns.title) or "") if columns.title else titles.get(item, "")
    rating = _rating(row, columns.rating, scale)
    time = _seconds(row.get(columns.time), columns.time) if columns.time else NO_TIME
    key = (item, title)
    match = matches.get(key)
    if match is None:
        match = matches[key] = matcher.match(item, title)
    if match.row is None:
        read.unmatched.setdefault(key, Unmatched(item, title, match.reason)).n_ratings += 1
        return
    how = match.how or ""
    read.matched[how] = read.matched.get(how, 0) + 1
    read.users.append(read.user_names.setdefault(user, len(read.user_names)))
    read.rows.append(match.row)
    read.ratings.append(rating)
    read.times.append(time)


def _name(row: Record, column: str) -> str:
    value = row.get(column)
    if is_empty(value):
        raise _RowError(column, "", "it is empty; every rating needs a person and an item")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _rating(row: Record, column: str, scale: RatingScale | None) -> float:
    value = row.get(column)
    try:
        rating = float(value) if isinstance(value, (int, float)) else float(str(value))
    except ValueError:
        rating = math.nan
    if not math.isfinite(rating):
        raise _RowError(column, "" if value is None else value, "give a number")
    if scale is not None and not scale.low <= rating <= scale.high:
        raise _RowError(column, value, f"it is outside --scale {scale.low:g} {scale.high:g}; correct either")
    return rating


def _seconds(value: object, column: str) -> int:
    if is_empty(value):
        return NO_TIME
    if isinstance(value, datetime):
        moment = value
    else:
        text = str(value).strip()
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            return int(number / 1000) if abs(number) > _MILLISECONDS else int(number)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            remedy = "give seconds since 1970 or a date such as 2001-12-31 23:59:59, or leave it empty"
            raise _RowError(column, text, remedy) from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def last_of_each_pair(read: RatingRows) -> KeptRatings:
    """Return the ratings that hold, ordered by person and time: of one person and item the latest.

    Where times are equal or missing the one further down in the file is the latest.
    """
    users, rows = np.frombuffer(read.users, dtype=np.int32), np.frombuffer(read.rows, dtype=np.int32)
    times = np.frombuffer(read.times, dtype=np.int64)
    order = np.lexsort((times, rows, users))
    is_last = np.ones(len(order), dtype=bool)
    is_last[:-1] = (users[order][1:] != users[order][:-1]) | (rows[order][1:] != rows[order][:-1])
    kept = order[is_last]
    kept = kept[np.lexsort((kept, times[kept], users[kept]))]
    ratings = np.frombuffer(read.ratings, dtype=np.float64)[kept]
    return KeptRatings(users[kept], rows[kept], ratings, times[kept], tuple(read.user_names))
