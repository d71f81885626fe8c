"""From attributes with their stance to the request: hard constraints, soft wishes and comparisons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..retrieval.query import Constraints, RecQuery
from .mention import Mention
from .ranges import bounds

_ANY_FIELD = {"person": "people_any", "language": "languages_any", "country": "countries_any"}
_NONE_FIELD = {
    "genre": "genres_none",
    "mood": "moods_none",
    "theme": "themes_none",
    "person": "people_none",
    "language": "languages_none",
    "country": "countries_none",
}
_SAME_LIST = re.compile(r"[\s,/&-]*(?:(?:or|and|a|an|some|maybe|even|either|film|movie|films|movies)\b[\s,/&-]*)*")
_OR = re.compile(r"\bor\b")


@dataclass(frozen=True, slots=True)
class Request:
    """What one message asks for and refuses, before it becomes a query.

    Args:
        text: Its content words.
        wanted: Attributes asked for.
        refused: Attributes refused, for this time or for good.
        similar_to: Ids of items that it compares with.
        items_none: Ids of items that it refuses.
    """

    text: str
    wanted: Sequence[Mention]
    refused: Sequence[Mention]
    similar_to: Sequence[str]
    items_none: Sequence[str]


def build_query(request: Request, plain: str) -> RecQuery:
    """Return the query; ``plain`` is the message, where "or" between genres leaves the choice open.

    Examples:
        >>> western, horror = Mention("genre", "western", (2, 9)), Mention("genre", "horror", (13, 19))
        >>> query = build_query(Request("western horror", [western, horror], [], [], []), "a western or horror")
        >>> query.wanted, query.constraints.genres_all
        ((('genre', 'western'), ('genre', 'horror')), ())
    """
    genres = [mention for mention in request.wanted if mention.kind == "genre"]
    open_choice = _open_choices(genres, plain)
    soft = [m for m in request.wanted if m.kind in {"mood", "theme"} or m in open_choice]
    refused = {m.value for m in request.refused if m.kind == "genre"}
    fields: dict[str, object] = {
        "genres_all": _values(m for m in genres if m not in open_choice and m.value not in refused),
        "items_none": frozenset(request.items_none),
        "domain": next((m.value for m in request.wanted if m.kind == "domain"), ""),
    }
    for kind, name in _ANY_FIELD.items():
        fields[name] = _values(m for m in request.wanted if m.kind == kind)
    for kind, name in _NONE_FIELD.items():
        fields[name] = _values(m for m in request.refused if m.kind == kind)
    fields["year_min"], fields["year_max"] = _merge(m.value for m in request.wanted if m.kind == "period")
    fields["runtime_min"], fields["runtime_max"] = _merge(m.value for m in request.wanted if m.kind == "length")
    return RecQuery(
        text=request.text,
        constraints=Constraints(**fields),  # type: ignore[arg-type]  # the names are those of the fields
        wanted=tuple(dict.fromkeys((m.kind, m.value) for m in soft)),
        similar_to=tuple(dict.fromkeys(request.similar_to)),
    )


def _values(mentions: Iterable[Mention]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mention.value for mention in mentions))


def _open_choices(genres: Sequence[Mention], plain: str) -> list[Mention]:
    """Return the genres of each list that has an "or" in it."""
    groups: list[tuple[list[Mention], bool]] = []
    for mention in genres:
        between = plain[groups[-1][0][-1].span[1] : mention.span[0]] if groups else "."
        if _SAME_LIST.fullmatch(between):
            groups[-1] = ([*groups[-1][0], mention], groups[-1][1] or _OR.search(between) is not None)
        else:
            groups.append(([mention], False))
    return [mention for group, has_or in groups if has_or for mention in group]


def _merge(values: Iterable[str]) -> tuple[int | None, int | None]:
    """Join closed ranges ("the 80s or 90s"), then narrow them by open ones ("after 1950")."""
    ranges = [bounds(value) for value in values]
    closed = [(low, high) for low, high in ranges if low is not None and high is not None]
    lows = [low for low, high in ranges if low is not None and high is None]
    highs = [high for low, high in ranges if high is not None and low is None]
    if closed:
        lows.append(min(low for low, _ in closed))
        highs.append(max(high for _, high in closed))
    return max(lows, default=None), min(highs, default=None)
