"""What the columns of an unknown table probably mean, from their names alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Catalogue column -> names it goes by elsewhere, the likeliest first; case, blanks and underscores do not count.
_NAMES: dict[str, tuple[str, ...]] = {
    "item_id": (
        "itemid", "productid", "asin", "parentasin", "sku", "movieid", "filmid", "showid", "bookid", "trackid",
        "songid", "albumid", "gameid", "recipeid", "articleid", "tconst", "imdbid", "tmdbid", "isbn13", "isbn",
        "ean", "upc", "id", "uri", "key",
    ),
    "title": (
        "title", "itemtitle", "producttitle", "movietitle", "filmtitle", "booktitle", "tracktitle", "songtitle",
        "albumtitle", "gametitle", "primarytitle", "name", "itemname", "productname", "moviename", "filmname",
        "bookname", "trackname", "songname", "albumname", "gamename",
    ),
    "original_title": ("originaltitle", "originalname"),
    "aliases": ("aliases", "alias", "alternativetitles", "alternatetitles", "akas", "aka", "alsoknownas"),
    "domain": ("domain",),
    "year": (
        "year", "releaseyear", "yearreleased", "yearofrelease", "publicationyear", "originalpublicationyear",
        "publishedyear", "yearpublished", "yearofpublication", "publishyear", "startyear", "releasedate",
        "publicationdate", "publisheddate", "publishdate", "published", "released",
    ),
    "genres": ("genres", "genre", "categories", "category", "subjects", "subject", "styles", "style"),
    "directors": ("directors", "director", "directedby", "directorname"),
    "authors": ("authors", "author", "authorname", "authornames", "bookauthor", "writtenby"),
    "artists": ("artists", "artist", "artistname", "artistnames", "performers", "performer", "band", "musician"),
    "cast": ("cast", "actors", "actor", "stars", "starring"),
    "country": ("country", "countries", "countryoforigin", "productioncountry", "productioncountries"),
    "language": ("language", "lang", "originallanguage", "languages", "languagecode"),
    "runtime_min": ("runtimemin", "runtime", "runtimeminutes", "runtimemins", "durationmin", "durationminutes"),
    "pages": ("pages", "numpages", "pagecount", "numberofpages", "npages", "pagenumber"),
    "moods": ("moods", "mood"),
    "themes": ("themes", "theme", "keywords", "plotkeywords", "tags", "topics"),
    "series": ("series", "seriesname", "seriestitle", "franchise"),
    "synopsis": (
        "synopsis", "description", "overview", "plot", "summary", "plotsummary", "shortplot", "productdescription",
        "shortdescription", "longdescription", "blurb", "abstract", "about",
    ),
    "movielens_id": ("movielensid",),
}  # fmt: skip
# Words in column names that tell what the rows are; "item" is what is left.
_DOMAIN_WORDS = {
    "film": {"movie", "movies", "film", "films", "director", "directors", "runtime", "imdb", "tmdb", "movielens",
             "actor", "actors", "cast", "starring"},
    "book": {"book", "books", "author", "authors", "isbn", "isbn13", "pages", "publisher", "goodreads"},
    "music": {"artist", "artists", "album", "track", "song", "songs", "bpm", "tempo", "danceability", "musician"},
}  # fmt: skip


def guess_columns(columns: Sequence[str]) -> dict[str, str]:
    """Return which column of a table is which of a catalogue: catalogue column -> source column.

    Each source column is used once; a catalogue column that nothing resembles is left out.

    Examples:
        >>> guess_columns(["Product ID", "name", "artist_name", "Price"])
        {'item_id': 'Product ID', 'title': 'name', 'artists': 'artist_name'}
    """
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(re.sub(r"[\W_]+", "", column.casefold()), column)
    guessed: dict[str, str] = {}
    for target, names in _NAMES.items():
        found = next((by_name[name] for name in names if name in by_name), None)
        if found is not None:
            guessed[target] = found
    return guessed


def guess_domain(columns: Sequence[str]) -> str:
    """Return "film", "book" or "music" by the words in the column names, or "item" where none or several fit best.

    Examples:
        >>> guess_domain(["isbn", "title", "num_pages"]), guess_domain(["sku", "name", "price"])
        ('book', 'item')
    """
    words = {word for column in columns for word in re.findall(r"[a-z0-9]+", spaced(column).casefold())}
    scores = {domain: len(words & telling) for domain, telling in _DOMAIN_WORDS.items()}
    best = max(scores.values())
    likely = [domain for domain, score in scores.items() if score == best]
    return likely[0] if best and len(likely) == 1 else "item"


def spaced(column: str) -> str:
    """Return a column name with its words apart.

    Examples:
        >>> spaced("imageUrl")
        'image Url'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
