"""One conversation as it stands: the turn, the request that holds, what was shown."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ..retrieval.query import Constraints, RecQuery
from .lexicon_talk import MORE_WORDS
from .signals import Understanding
from .vocabulary import Vocabulary

# Kind of attribute, the field that asks for it, the field that refuses it.
_FIELDS = (
    ("genre", "genres_all", "genres_none"),
    ("mood", "", "moods_none"),
    ("theme", "", "themes_none"),
    ("person", "people_any", "people_none"),
    ("language", "languages_any", "languages_none"),
    ("country", "countries_any", "countries_none"),
)
STEPS = ("understand", "retrieve", "rank", "explain", "adapt")


@dataclass(slots=True)
class Session:
    """The state of a conversation; the recommender changes it, nobody else.

    Args:
        user_id: Whose conversation it is.
        learn: False stores feedback and does not learn from it.
        turn: The number of the last turn.
        query: The request that holds.
        shown: Ids of the items shown so far.
        last: Ids of the last list, best first: what "why this?" is about.
    """

    user_id: str
    learn: bool = True
    turn: int = 0
    query: RecQuery = field(default_factory=RecQuery)
    shown: list[str] = field(default_factory=list)
    last: tuple[str, ...] = ()

    def to_query(self, understanding: Understanding) -> RecQuery:
        """Return the request that holds after a message.

        A new request ("I want a comedy") replaces the former one but keeps what was refused and the domain; a fragment
        ("from the eighties", "nothing sad") adds to it; a message that asks for nothing leaves it alone. Where the
        message contradicts what held, the message wins; a language, a country or a value of a column ("in Italian")
        takes the place of the former one unless the message says that it adds to it ("or Italian").
        """
        # "something else" asks for another list, not for items about "else".
        words = " ".join(word for word in understanding.query.text.split() if word not in MORE_WORDS)
        # Nor does a message without content ("something to watch tonight") look for items that say "something".
        said = understanding.query.said if words else ""
        new, old = replace(understanding.query, text=words, said=said), self.query
        if replace(new, said="") == RecQuery():
            return old
        asked = any(signal.kind == "request" for signal in understanding.signals)
        held = _uncontradicted(old.constraints, new)
        if understanding.vocabulary and new.constraints.domain:
            held = _had_by(new.constraints.domain, held, understanding.vocabulary)
        if asked and (new.text or new.wanted or new.similar_to or new.constraints):
            return replace(new, constraints=_refusals(held).merged(new.constraints))
        if not understanding.adds:
            held = _without_replaced(held, new.constraints)
        new = replace(new, constraints=replace(new.constraints, ranges=_narrowed(held, new.constraints)))
        refused = _refused(new.constraints)
        wanted = (pair for pair in (*old.wanted, *new.wanted) if pair not in refused)
        return RecQuery(
            text=" ".join(dict.fromkeys(f"{old.text} {new.text}".split())),
            constraints=held.merged(new.constraints),
            wanted=tuple(dict.fromkeys(wanted)),
            similar_to=tuple(dict.fromkeys((*old.similar_to, *new.similar_to))),
            said=". ".join(filter(None, (old.said, new.said))) if new.text else old.said,
        )


class Stopwatch:
    """Milliseconds by step, and in total since it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._steps = dict.fromkeys(STEPS, 0.0)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add the time of the block to a step."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self._steps[name] += 1000 * (time.perf_counter() - start)

    def read(self) -> dict[str, float]:
        """Return every step and the total, in milliseconds."""
        total = 1000 * (time.perf_counter() - self._start)
        return {name: round(value, 1) for name, value in {**self._steps, "total": total}.items()}


def _uncontradicted(old: Constraints, newer: RecQuery) -> Constraints:
    """Return the older constraints without those that nothing could satisfy together with the newer request."""
    new = newer.constraints
    changes: dict[str, object] = {}
    for kind, asks, refuses in _FIELDS:
        wanted = {value for wanted_kind, value in newer.wanted if wanted_kind == kind}
        if asks:
            wanted |= set(getattr(new, asks))
            changes[asks] = tuple(value for value in getattr(old, asks) if value not in getattr(new, refuses))
        changes[refuses] = tuple(value for value in getattr(old, refuses) if value not in wanted)
    changes["genres_none"] = tuple(value for value in old.genres_none if value not in _asked_genres(newer))
    left = tuple(value for value in old.genres_any if value not in new.genres_none)
    changes["genres_any"] = () if new.genres_any else left
    pairs = {*newer.wanted, *new.attributes_all}
    changes["attributes_none"] = tuple(pair for pair in old.attributes_none if pair not in pairs)
    changes["attributes_all"] = tuple(pair for pair in old.attributes_all if pair not in new.attributes_none)
    changes["years_none"] = tuple(p for p in old.years_none if not _inside((new.year_min, new.year_max), p))
    for name in ("year", "runtime", "pages"):
        low, high = f"{name}_min", f"{name}_max"
        if _crossed(getattr(new, low), getattr(old, high)):
            changes[high] = None
        if _crossed(getattr(old, low), getattr(new, high)):
            changes[low] = None
    if any(_inside((old.year_min, old.year_max), period) for period in new.years_none):
        changes |= {"year_min": None, "year_max": None}
    if "" != old.domain != new.domain != "":
        # "Under two hours" says nothing about a book.
        changes |= {"runtime_min": None, "runtime_max": None, "pages_min": None, "pages_max": None}
    return replace(old, **changes)  # type: ignore[arg-type]  # the names are those of the fields


def _asked_genres(newer: RecQuery) -> set[str]:
    wanted = (value for kind, value in newer.wanted if kind == "genre")
    return {*wanted, *newer.constraints.genres_all, *newer.constraints.genres_any}


def _had_by(domain: str, old: Constraints, vocabulary: Vocabulary) -> Constraints:
    """Return the older constraints without those that nothing of a domain can satisfy."""

    def had(kind: str, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(value for value in values if domain in vocabulary.where(kind, value))

    limits = {column for column, _, _ in old.limits if domain not in vocabulary.columns.get(column, ())}
    gone: dict[str, Any] = {f"{name}_{end}": None for name in ("runtime", "pages", "year") for end in ("min", "max")
            if {name, f"{name}_min"} & limits}  # fmt: skip
    return replace(
        old, **gone, genres_all=had("genre", old.genres_all), genres_any=had("genre", old.genres_any),
        people_any=had("person", old.people_any), languages_any=had("language", old.languages_any),
        countries_any=had("country", old.countries_any),
        attributes_all=tuple(pair for pair in old.attributes_all if had(pair[0], (pair[1],))),
        ranges=tuple(limit for limit in old.ranges if limit[0] not in limits),
    )  # fmt: skip


def _without_replaced(old: Constraints, new: Constraints) -> Constraints:
    """Return the older constraints without the nationality and the values of columns that the newer ones replace."""
    kinds = {kind for kind, _ in new.attributes_all}
    kept = replace(old, attributes_all=tuple(pair for pair in old.attributes_all if pair[0] not in kinds))
    return replace(kept, languages_any=(), countries_any=()) if new.languages_any or new.countries_any else kept


def _narrowed(old: Constraints, new: Constraints) -> tuple[tuple[str, float | None, float | None], ...]:
    """Return the newer ranges; where one leaves an end open the older one of that column still limits it."""
    known = {column: (low, high) for column, low, high in old.ranges}
    found = []
    for column, low, high in new.ranges:
        old_low, old_high = known.get(column, (None, None))
        kept_low = old_low if low is None and not _crossed(old_low, high) else low
        kept_high = old_high if high is None and not _crossed(low, old_high) else high
        found.append((column, kept_low, kept_high))
    return tuple(found)


def _refused(constraints: Constraints) -> set[tuple[str, str]]:
    return {(kind, value) for kind, values in constraints.refused for value in values}


def _crossed(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and low > high


def _inside(asked: tuple[int | None, int | None], refused: tuple[int, int]) -> bool:
    low, high = asked
    return low is not None and high is not None and refused[0] <= low and high <= refused[1]


def _refusals(constraints: Constraints) -> Constraints:
    return Constraints(
        domain=constraints.domain, years_none=constraints.years_none, attributes_none=constraints.attributes_none,
        genres_none=constraints.genres_none, moods_none=constraints.moods_none, themes_none=constraints.themes_none,
        people_none=constraints.people_none, languages_none=constraints.languages_none,
        countries_none=constraints.countries_none, items_none=constraints.items_none,
    )  # fmt: skip
