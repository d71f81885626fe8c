"""Phrases for an item: what it is ("a dark crime film") and what of it was asked for ("books by Leo Tolstoy")."""

from __future__ import annotations

from collections.abc import Sequence

from ..retrieval.items import Item
from ..retrieval.query import RecQuery
from .domains import noun_of, plural_of

_MAX_SHARED = 3
# People of a film are in it as often as they made it; a book is by somebody.
_FILMS = frozenset({"film", "movie", "series"})
_PHRASES = {
    "person": "{noun} {by} {value}",
    "language": "{noun} in {value}",
    "country": "{noun} from {value}",
    "theme": "{noun} about {value}",
}
# Genres that are the name of the thing itself, and how one of them is called.
_NAMED_BY_GENRE = {
    "biography": "biography", "essays": "collection of essays", "graphic novel": "graphic novel", "memoir": "memoir",
    "play": "play", "poetry": "book of poetry", "short stories": "collection of short stories",
}  # fmt: skip
# As what was asked for they need no noun either.
_PLURALS = {genre: genre for genre in ("essays", "poetry", "short stories")}
# Half of all books have one of these: another genre tells more.
_VAGUE_GENRES = frozenset({"fiction", "non-fiction", "classic"})


def is_film(item: Item) -> bool:
    """Say whether people are in it as often as they made it."""
    return noun_of(item.domain) in _FILMS


def telling_first(genres: Sequence[str]) -> tuple[str, ...]:
    """Return the genres, those that say little last."""
    return tuple(sorted(genres, key=lambda genre: genre in _VAGUE_GENRES))


def kind_of(moods: Sequence[str], genre: Sequence[str], noun: str) -> str:
    """Say what an item is.

    Examples:
        >>> kind_of(["dark"], ["crime"], "film"), kind_of([], ["memoir"], "book"), kind_of(["eerie"], [], "game")
        ('a dark crime film', 'a memoir', 'an eerie game')
    """
    if noun not in _FILMS and genre and genre[0] in _NAMED_BY_GENRE:
        nouns = [_NAMED_BY_GENRE[genre[0]]]
    elif noun not in _FILMS and genre and genre[0] == "children":
        nouns = [f"children's {noun}"]
    else:
        nouns = [*genre, *([] if genre and noun in genre[0] else [noun])]
    words = " ".join([*filter(None, [", ".join(moods)]), *nouns])
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def asked_for(item: Item, query: RecQuery) -> tuple[str, ...]:
    """Return what was asked for and ``item`` has, each as a phrase: "crime films", "books by Leo Tolstoy"."""
    constraints, noun = query.constraints, plural_of(item.domain)
    wanted = [(kind, value) for kind, value in query.wanted if value in item.attributes.get(kind, ())]
    hard = [
        *(("genre", genre) for genre in item.genres if genre in constraints.genres_all),
        *(("person", name) for name in item.names if name in constraints.people_any),
        *((("language", item.language),) if item.language in constraints.languages_any else ()),
        *((("country", item.country),) if item.country in constraints.countries_any else ()),
        *((kind, value) for kind, value in constraints.attributes_all if value in item.attributes.get(kind, ())),
    ]
    by = "with" if is_film(item) else "by"
    told: list[str] = []
    for kind, value in (*hard, *wanted):
        if kind == "genre" and value in _NAMED_BY_GENRE and not is_film(item):
            told.append(_PLURALS.get(value) or plural_of(value))
        else:
            told.append(_PHRASES.get(kind, "{value} {noun}").format(value=value, noun=noun, by=by))
    return tuple(dict.fromkeys(told))[:_MAX_SHARED]
