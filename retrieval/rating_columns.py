"""Which column of a table of ratings holds what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .column_guess import guess_columns
from .errors import DataError

_NAMES = {
    "user": ("userid", "user", "username", "reviewerid", "customerid", "customer", "visitorid", "profilename", "uid"),
    "item": ("item", "movie", "film", "book", "product", "track", "article"),
    "rating": ("rating", "ratings", "stars", "score", "overall", "bookrating", "reviewscore", "value", "preference"),
    "time": ("timestamp", "time", "date", "datetime", "unixreviewtime", "reviewtime", "createdat", "ratedat"),
}


@dataclass(frozen=True, slots=True)
class RatingColumns:
    """Which column of a table holds what; empty where none does."""

    user: str = ""
    item: str = ""
    rating: str = ""
    time: str = ""
    title: str = ""


def rating_columns(columns: Sequence[str], given: RatingColumns) -> RatingColumns:
    """Return the columns as given, the others guessed from their names.

    Examples:
        >>> rating_columns(["User-ID", "ISBN", "Book-Rating"], RatingColumns())
        RatingColumns(user='User-ID', item='ISBN', rating='Book-Rating', time='', title='')

    Raises:
        DataError: A given column is not there, or people, items or ratings have no column.
    """
    there = ", ".join(columns)
    # A bare "id" is that of the rating, not of the item.
    by_name = {name: column for column in reversed(columns) if (name := _plain(column)) not in {"id", "key"}}
    item_id = guess_columns(list(by_name.values())).get("item_id", "")
    found = {"title": given.title}
    for what in ("user", "item", "rating", "time"):
        column = getattr(given, what)
        likely = next((by_name[name] for name in _NAMES[what] if name in by_name), "")
        found[what] = column or (what == "item" and item_id) or likely
    # Beside an id a title may be that of a review: it is read only where it is named.
    found["title"] = found["title"] or ("" if found["item"] else guess_columns(columns).get("title", ""))
    for what, column in found.items():
        if column and column not in columns:
            raise DataError(f"--{what}-col {column}: there is no such column; there are: {there}")
        if not column and what in {"user", "rating"}:
            raise DataError(f"no column looks like the {what}; name it with --{what}-col; there are: {there}")
    if not found["item"] and not found["title"]:
        raise DataError(f"no column looks like the item; name it with --item-col or --title-col; there are: {there}")
    return RatingColumns(**found)


def _plain(column: str) -> str:
    return re.sub(r"[\W_]+", "", column.casefold())
