"""From attributes with their stance to the request: hard constraints, soft wishes and comparisons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..retrieval.query import Constraints, RecQuery
from .bounds import bounds, number_bounds
from .mention import Mention

_ANY_FIELD = {"person": "people_any", "language": "languages_any", "country": "countries_any"}
_NONE_FIELD = {
    "genre": "genres_none",
    "mood": "moods_none",
    "theme": "themes_none",
    "person": "people_none",
    "language": "languages_none",
    "country": "countries_none",
}
_WITH_FIELDS = frozenset({*_NONE_FIELD, "period", "length", "pages", "number", "domain"})
_SAME_LIST = re.compile(
    r"[\s,/&-]*(?:(?:or|and|a|an|some|maybe|even|either|films?|movies?|books?|novels?|stor(?:y|ies))\b[\s,/&-]*)*"
)
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
        domain: The domain that it asks for; "" where it leaves it open.
        said: Its clauses that ask, as they stand.
    """

    text: str
    wanted: Sequence[Mention]
    refused: Sequence[Mention]
    similar_to: Sequence[str]
    items_none: Sequence[str]
    domain: str = ""
    said: str = ""


def build_query(request: Request, plain: str) -> RecQuery:
    """Return the query; ``plain`` is the message, where "or" between genres leaves the choice open.

    Examples:
        >>> western, horror = Mention("genre", "western", (2, 9)), Mention("genre", "horror", (13, 19))
        >>> query = build_query(Request("western horror", [western, horror], [], [], []), "a western or horror")
        >>> query.wanted, query.constraints.genres_any
        ((('genre', 'western'), ('genre', 'horror')), ('western', 'horror'))
    """
    sorts = [mention for mention in request.wanted if mention.kind == "genre" or mention.kind not in _WITH_FIELDS]
    lists = _open_choices([m for m in sorts if not m.is_soft], plain)
    open_choice = [mention for listed in lists for mention in listed]
    soft = [m for m in request.wanted if m.kind in {"mood", "theme"} or m in open_choice or m.is_choice or m.is_soft]
    refused = {m.value for m in request.refused if m.kind == "genre"}
    hard = [m for m in sorts if m not in soft]
    fields: dict[str, object] = {
        "genres_all": _values(m for m in hard if m.kind == "genre" and m.value not in refused),
        "genres_any": _one_of(lists, request.wanted) if not refused else (),
        "attributes_all": _pairs(m for m in hard if m.kind != "genre"),
        "attributes_none": _pairs(m for m in request.refused if m.kind not in _WITH_FIELDS),
        "items_none": frozenset(request.items_none),
        "domain": request.domain,
        "ranges": tuple(_limits(m.value for m in request.wanted if m.kind == "number")),
    }
    for kind, name in _ANY_FIELD.items():
        fields[name] = _values(m for m in request.wanted if m.kind == kind and not m.is_soft)
    for kind, name in _NONE_FIELD.items():
        fields[name] = _values(m for m in request.refused if m.kind == kind)
    periods = [m.value for m in request.wanted if m.kind == "period"]
    fields["years_none"], turned = _refused_periods(m.value for m in request.refused if m.kind == "period")
    for name, values in (
        ("year", [*periods, *turned]),
        ("runtime", [m.value for m in request.wanted if m.kind == "length"]),
        ("pages", [m.value for m in request.wanted if m.kind == "pages"]),
    ):
        fields[f"{name}_min"], fields[f"{name}_max"] = _merge(values)
    return RecQuery(
        text=request.text,
        said=request.said,
        constraints=Constraints(**fields),  # type: ignore[arg-type]  # the names are those of the fields
        wanted=tuple(dict.fromkeys((m.kind, m.value) for m in soft)),
        similar_to=tuple(dict.fromkeys(request.similar_to)),
    )


def _values(mentions: Iterable[Mention]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mention.value for mention in mentions))


def _pairs(mentions: Iterable[Mention]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((mention.kind, mention.value) for mention in mentions))


def _limits(values: Iterable[str]) -> Iterator[tuple[str, float | None, float | None]]:
    """Yield one limit for each column: of "at least 5" and "under 20" both ends hold."""
    columns: dict[str, tuple[float | None, float | None]] = {}
    for value in values:
        column, _, limit = value.rpartition(" ")
        low, high = number_bounds(limit)
        known_low, known_high = columns.get(column, (None, None))
        columns[column] = (known_low if low is None else low, known_high if high is None else high)
    yield from ((column, *ends) for column, ends in columns.items())


def _refused_periods(values: Iterable[str]) -> tuple[tuple[tuple[int, int], ...], list[str]]:
    """Return the closed periods that are refused, and the open ones turned round: not before 1970 is since 1970."""
    closed: dict[tuple[int, int], None] = {}
    turned = []
    for low, high in map(bounds, values):
        if low is not None and high is not None:
            closed[low, high] = None
        elif low is not None:
            turned.append(f"-{low - 1}")
        elif high is not None:
            turned.append(f"{high + 1}-")
    return tuple(closed), turned


def _one_of(lists: Sequence[Sequence[Mention]], wanted: Iterable[Mention]) -> tuple[str, ...]:
    """Return the genres of which one must be there: of a list with "or", else of words that leave the genre open."""
    choices = [_values(listed) for listed in lists if all(m.kind == "genre" and not m.is_choice for m in listed)]
    spans: dict[tuple[int, int], list[Mention]] = {}
    for mention in wanted:
        if mention.is_one_of and mention.kind == "genre" and not mention.is_soft:
            spans.setdefault(mention.span, []).append(mention)
    choices += map(_values, spans.values())
    return choices[0] if choices else ()


def _open_choices(genres: Sequence[Mention], plain: str) -> list[list[Mention]]:
    """Return the genres, or values of a column, of each list that has an "or" in it."""
    groups: list[tuple[list[Mention], bool]] = []
    for mention in genres:
        between = plain[groups[-1][0][-1].span[1] : mention.span[0]] if groups else "."
        if _SAME_LIST.fullmatch(between):
            groups[-1] = ([*groups[-1][0], mention], groups[-1][1] or _OR.search(between) is not None)
        else:
            groups.append(([mention], False))
    return [group for group, has_or in groups if has_or]


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
