"""Public data sets, told by their columns, and how their rows become catalogue rows.

What a known file has besides its own columns, such as plots joined to MovieLens, is understood by its column names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import profile_books, profile_films
from .column_guess import guess_columns, guess_domain, spaced
from .column_types import is_empty
from .schema import CORE_COLUMNS, column_name
from .tabular import ML_100K_GENRES, Record, Table

__all__ = ["Profile", "guess_columns", "guess_domain", "is_noise", "recognise"]

_NOISE = re.compile(
    r"(?:^|[\W_])(?:images?|img|posters?|thumbnails?|thumb|covers?|backdrops?|icons?|urls?|links?|homepage|unnamed\W*\d*)"
    r"(?:$|[\W_])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Profile:
    """A known data set.

    Args:
        name: A short name, such as "movielens".
        domain: What its rows are: "film" or "book".
        description: The data set and the file, for a person.
        convert: Turns a row into catalogue columns; lists are tuples, an unknown value is empty or None.
    """

    name: str
    domain: str
    description: str
    convert: Callable[[Record], Record]


@dataclass(frozen=True, slots=True)
class _Known:
    """A data set is known by ``columns``; ``dropped`` ones are converted too, or of no use."""

    name: str
    domain: str
    description: str
    convert: Callable[[Record], Record]
    columns: tuple[str, ...]
    dropped: tuple[str, ...] = ()


_PROFILES = (
    _Known(
        "movielens-100k", "film", "MovieLens 100K (u.item)", profile_films.movielens_100k,
        columns=("movie id", "movie title", "release date", "Film-Noir"),
        dropped=("video release date", "IMDb URL", *ML_100K_GENRES),
    ),
    _Known(
        "movielens", "film", "MovieLens 1M and later (movies.dat or movies.csv)", profile_films.movielens,
        columns=("movieId", "title", "genres"),
    ),
    _Known(
        "redial", "film", "ReDial films (movies_with_mentions.csv)", profile_films.redial,
        columns=("movieId", "movieName", "nbMentions"),
    ),
    _Known(
        "inspired", "film", "INSPIRED films (movie_database.tsv)", profile_films.inspired,
        columns=("video_id", "title", "genre", "short_plot"),
        dropped=("year", "director", "directors", "actors", "long_plot"),
    ),
    _Known(
        "tmdb-5000", "film", "TMDB 5000 (tmdb_5000_movies.csv)", profile_films.tmdb_5000,
        columns=("id", "title", "original_title", "overview", "genres", "keywords", "release_date", "runtime",
                 "original_language", "production_countries", "production_companies"),
        dropped=("budget", "revenue", "spoken_languages", "status"),
    ),
    _Known(
        "goodbooks-10k", "book", "goodbooks-10k (books.csv)", profile_books.goodbooks,
        columns=("book_id", "title", "original_title", "authors", "original_publication_year", "language_code"),
        # isbn13 has lost its last digits in the published file; the others count editions and stars.
        dropped=("best_book_id", "work_id", "books_count", "isbn13", "work_ratings_count", "work_text_reviews_count",
                 *(f"ratings_{stars}" for stars in range(1, 6))),
    ),
)  # fmt: skip


def recognise(table: Table) -> Profile | None:
    """Return the profile of a public data set whose columns the table has, or None."""
    for known in _PROFILES:
        if set(known.columns) <= set(table.columns):
            return Profile(known.name, known.domain, known.description, _converter(known, table.columns))
    return None


def _converter(known: _Known, columns: Sequence[str]) -> Callable[[Record], Record]:
    others = [name for name in columns if name not in {*known.columns, *known.dropped} and not is_noise(name)]
    targets = {source: target for target, source in guess_columns(others).items()}

    def convert(row: Record) -> Record:
        own = known.convert(row)
        rest: Record = {}
        for source in others:
            target = targets.get(source, source)
            # What the data set itself says of an item goes before a column that merely resembles it.
            name = target if target in CORE_COLUMNS and is_empty(own.get(target)) else column_name(source)
            rest[name] = row.get(source)
        return {**own, **{name: value for name, value in rest.items() if is_empty(own.get(name))}}

    return convert


def is_noise(column: str) -> bool:
    """Tell whether a column holds what no taste can speak of: addresses of images and pages, a row number.

    Examples:
        >>> [name for name in ("image_url", "Poster", "price", "unnamed_1", "discover") if is_noise(name)]
        ['image_url', 'Poster', 'unnamed_1']
    """
    return _NOISE.search(spaced(column)) is not None
