"""Rows of the public film data sets as catalogue rows: MovieLens, TMDB 5000, ReDial, INSPIRED."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from .languages import language_name
from .naming import TitleParts, split_title
from .tabular import Record

_GENRE_NAMES = {
    "sci-fi": "science fiction", "film-noir": "film noir", "children": "family", "children's": "family",
}  # fmt: skip
# They stand among the genres and are none.
_NO_GENRES = frozenset({"", "(no genres listed)", "unknown", "imax", "foreign", "n/a"})
_COUNTRY_NAMES = {"United States of America": "United States", "USA": "United States", "UK": "United Kingdom"}
_TMDB_AMOUNTS = {"runtime_min": "runtime", "budget": "budget", "revenue": "revenue"}
# Made for television or video: it stands behind the year in the 100K set.
_MEDIUM = re.compile(r"\s*\((?:V|TV)\)\s*$")


def genre_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return genres by the names of the embedded catalogue, each once.

    Examples:
        >>> genre_names(["Sci-Fi", "Children's", "Drama", "(no genres listed)", "Children"])
        ('science fiction', 'family', 'drama')
    """
    plain = (name.strip().casefold() for name in names)
    return tuple(dict.fromkeys(_GENRE_NAMES.get(name, name) for name in plain if name not in _NO_GENRES))


def movielens_100k(row: Record) -> Record:
    """Convert a row of ``u.item``; its ids are of this set alone, so there is no ``movielens_id``."""
    parts = split_title(_MEDIUM.sub("", str(row["movie title"])))
    released = re.search(r"\d{4}$", str(row["release date"]).strip())
    flags = (name for name, value in row.items() if value == "1" and name != "movie id")
    return {
        "item_id": str(row["movie id"]),
        **_title(parts),
        "year": parts.year or (int(released[0]) if released else None),
        "genres": genre_names(flags),
    }


def movielens(row: Record) -> Record:
    """Convert a row of ``movies.dat`` (1M, 10M) or ``movies.csv`` (20M and later)."""
    parts = split_title(str(row["title"]))
    return {
        "item_id": str(row["movieId"]),
        "movielens_id": str(row["movieId"]),
        **_title(parts),
        "year": parts.year,
        "genres": genre_names(str(row["genres"]).split("|")),
    }


def redial(row: Record) -> Record:
    """Convert a row of ``movies_with_mentions.csv``; its ids are of this set alone."""
    parts = split_title(str(row["movieName"]))
    return {"item_id": str(row["movieId"]), **_title(parts), "year": parts.year, "mentions": row["nbMentions"]}


def inspired(row: Record) -> Record:
    """Convert a row of ``movie_database.tsv``; the id is the video id of the trailer, as the dialogues cite it."""
    parts = split_title(_text(row, "title"))
    people = {"directors": ("director", "directors"), "cast": ("actors",)}
    return {
        "item_id": _text(row, "video_id"),
        **_title(parts),
        "year": _text(row, "year") or parts.year,
        "genres": genre_names(_text(row, "genre").split(",")),
        **{role: _comma_list(next((_text(row, c) for c in names if c in row), "")) for role, names in people.items()},
        "synopsis": _text(row, "short_plot") or _text(row, "long_plot"),
    }


def tmdb_5000(row: Record) -> Record:
    """Convert a row of ``tmdb_5000_movies.csv``; ``country`` is the first of the countries as TMDB lists them."""
    countries = tuple(_COUNTRY_NAMES.get(name, name) for name in _json_names(row["production_countries"]))
    return {
        "item_id": _text(row, "id"),
        "title": _text(row, "title"),
        "original_title": _text(row, "original_title"),
        "year": _text(row, "release_date")[:4],
        "genres": genre_names(_json_names(row["genres"])),
        "themes": tuple(name.casefold() for name in _json_names(row["keywords"])),
        "country": countries[0] if countries else "",
        "countries": countries,
        "studios": _json_names(row["production_companies"]),
        "language": language_name(_text(row, "original_language")),
        # A nought says that nobody knows.
        **{target: _text(row, source).removesuffix(".0").removeprefix("0") for target, source in _TMDB_AMOUNTS.items()},
        "synopsis": _text(row, "overview"),
    }


def _title(parts: TitleParts) -> Record:
    return {"title": parts.title, "aliases": parts.aliases}


def _text(row: Record, column: str) -> str:
    value = row.get(column)
    text = "" if value is None else str(value).strip()
    return "" if text in {"N/A", "nan"} else text


def _comma_list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _json_names(value: object) -> tuple[str, ...]:
    """Return the names in a JSON list of objects; nothing where it is no such list."""
    try:
        entries = json.loads(value) if isinstance(value, str) and value.strip() else value
    except ValueError:
        return ()
    if not isinstance(entries, list):
        return ()
    return tuple(
        dict.fromkeys(str(entry["name"]) for entry in entries if isinstance(entry, dict) and entry.get("name"))
    )
