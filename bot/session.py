"""One conversation as it stands: the turn, the request that holds, what was shown."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from ..retrieval.query import Constraints, RecQuery
from .lexicon import MORE_WORDS
from .signals import Understanding

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

        A new request ("I want a comedy") replaces the former one but keeps what was refused; a fragment ("from the
        eighties", "nothing sad") adds to it; a message that asks for nothing leaves it alone. Where the message
        contradicts what held, the message wins.
        """
        # "something else" asks for another list, not for items about "else".
        words = " ".join(word for word in understanding.query.text.split() if word not in MORE_WORDS)
        new, old = replace(understanding.query, text=words), self.query
        if new == RecQuery():
            return old
        asked = any(signal.kind == "request" for signal in understanding.signals)
        held = _uncontradicted(old.constraints, new)
        if asked and (new.text or new.wanted or new.similar_to or new.constraints):
            return replace(new, constraints=_refusals(held).merged(new.constraints))
        wanted = (pair for pair in (*old.wanted, *new.wanted) if pair[1] not in _refused(new.constraints, pair[0]))
        return RecQuery(
            text=" ".join(dict.fromkeys(f"{old.text} {new.text}".split())),
            constraints=held.merged(new.constraints),
            wanted=tuple(dict.fromkeys(wanted)),
            similar_to=tuple(dict.fromkeys((*old.similar_to, *new.similar_to))),
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
    for name in ("year", "runtime"):
        low, high = f"{name}_min", f"{name}_max"
        if _crossed(getattr(new, low), getattr(old, high)):
            changes[high] = None
        if _crossed(getattr(old, low), getattr(new, high)):
            changes[low] = None
    return replace(old, **changes)  # type: ignore[arg-type]  # the names are those of the fields


def _refused(constraints: Constraints, kind: str) -> tuple[str, ...]:
    found: tuple[str, ...] = next((getattr(constraints, refuses) for k, _, refuses in _FIELDS if k == kind), ())
    return found


def _crossed(low: int | None, high: int | None) -> bool:
    return low is not None and high is not None and low > high


def _refusals(constraints: Constraints) -> Constraints:
    return Constraints(
        genres_none=constraints.genres_none, moods_none=constraints.moods_none, themes_none=constraints.themes_none,
        people_none=constraints.people_none, languages_none=constraints.languages_none,
        countries_none=constraints.countries_none, items_none=constraints.items_none,
    )  # fmt: skip
