"""Rows of goodbooks-10k as catalogue rows."""

from __future__ import annotations

import re

from .languages import language_name
from .tabular import Record

# "The Hunger Games (The Hunger Games, #1)"; parentheses without a number belong to the title.
_IN_SERIES = re.compile(r"(?P<title>.*\S)\s*\((?P<series>(?:[^()]|\([^()]*\))*#(?:[^()]|\([^()]*\))*)\)\s*")
_PLACE = re.compile(r"[\s,;]*#.*$")


def split_series(raw: str) -> tuple[str, str]:
    """Return a book title and the series that stands behind it in parentheses, the first where there are several.

    Examples:
        >>> split_series("The Hunger Games (The Hunger Games, #1)")
        ('The Hunger Games', 'The Hunger Games')
        >>> split_series("Mort (Death, #1; Discworld, #4)"), split_series("You're Never Weird (Almost)")
        (('Mort', 'Death'), ("You're Never Weird (Almost)", ''))
    """
    found = _IN_SERIES.fullmatch(raw)
    if found is None:
        return raw.strip(), ""
    return found["title"], _PLACE.sub("", found["series"].split(";")[0].removeprefix("Includes: ")).strip()


def goodbooks(row: Record) -> Record:
    """Convert a row of ``books.csv``."""
    title, series = split_series(str(row["title"]))
    original, _ = split_series(str(row["original_title"]))
    authors = (name.strip() for name in str(row["authors"]).split(","))
    return {
        "item_id": str(row["book_id"]),
        "title": title,
        "original_title": original or title,
        "year": str(row["original_publication_year"]).removesuffix(".0"),
        "authors": tuple(dict.fromkeys(name for name in authors if name)),
        "language": language_name(str(row["language_code"])),
        "series": series,
    }
