"""The films of MovieLens-1M as a catalogue.

Titles, years and genres come from ``ml-1m/movies.dat.gz``; directors, cast and keywords from
``movie-metadata-joined`` where that folder is there too. No plot is read.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path

from .catalog import Catalog
from .errors import DataError
from .items import Item
from .naming import split_title
from .profile_films import genre_names

_MOVIES = Path("ml-1m") / "movies.dat.gz"
_METADATA = Path("movie-metadata-joined") / "movielens_metadata.csv.gz"
_N_CAST, _N_KEYWORDS = 4, 6


def movielens_catalog(data_dir: Path) -> Catalog:
    """Return the films of MovieLens-1M in the order of the file; ``item_id`` is ``ml-`` and the MovieLens id.

    Args:
        data_dir: The folder that holds ``ml-1m``.

    Raises:
        DataError: The file is missing or cannot be used.
    """
    path = data_dir / _MOVIES
    if not path.exists():
        raise DataError(f"{path} does not exist; give the folder that holds ml-1m with --data-dir")
    known = _metadata(data_dir / _METADATA)
    items = []
    try:
        with gzip.open(path, "rt", encoding="latin-1") as file:
            for line in file:
                movielens_id, title, genres = line.rstrip("\n").split("::")
                items.append(_film(int(movielens_id), title, genres, known.get(movielens_id, {})))
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}; restore the original file") from error
    return Catalog(items)


def _film(movielens_id: int, title: str, genres: str, known: Mapping[str, str]) -> Item:
    parts = split_title(title)
    people = {
        "director": _names(known.get("directors", ""), ","),
        "cast": _names(known.get("actors", ""), ",")[:_N_CAST],
    }
    return Item(
        item_id=f"ml-{movielens_id}",
        domain="film",
        title=parts.title,
        year=parts.year,
        genres=genre_names(genres.split("|")),
        people={role: names for role, names in people.items() if names},
        themes=_names(known.get("keywords", ""), "|")[:_N_KEYWORDS],
        movielens_id=movielens_id,
    )


def _metadata(path: Path) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            return {row["movieId"]: row for row in csv.DictReader(file, restval="")}
    except (OSError, EOFError, zlib.error, csv.Error, UnicodeDecodeError, KeyError) as error:
        raise DataError(f"{path} cannot be read: {error}; restore the original file") from error


def _names(text: str, separator: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(separator) if name.strip()))
