"""New people, cold: the protocols by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ..retrieval.errors import DataError
from .cold_start_ground import Ground, Progress, Say
from .cold_start_people import ColdStartOptions
from .cold_start_ratings import ratings
from .new_items import MOST_STEPS, SUPPORTS, new_items
from .report import Report
from .statements import statements


class ColdStartProtocol(Protocol):
    """Fills one table."""

    def __call__(self, ground: Ground, options: ColdStartOptions, *, progress: Progress, say: Say) -> Report:
        """Return the report."""


def protocol_named(name: str) -> ColdStartProtocol:
    """Return a protocol.

    Raises:
        DataError: There is none of that name.
    """
    if name not in PROTOCOLS:
        raise DataError(f"the protocol {name!r} is not known; give one of {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]


def _new_items(ground: Ground, options: ColdStartOptions, *, progress: Progress, say: Say) -> Report:
    say("films that nobody rated are put in order")
    people, steps = ground.people, [step for step in options.steps if step <= MOST_STEPS]
    told = [k for k in options.k if k in SUPPORTS] or [k for k in options.k if k]
    return new_items(
        ground.films, ground.start, ground.factors, people.training, people.judged, k=told, steps=steps,
        seed=options.seed, progress=progress,
    )  # fmt: skip


def _statements(ground: Ground, options: ColdStartOptions, *, progress: Progress, say: Say) -> Report:
    say("films are put in order after three statements")
    people = ground.people
    return statements(
        ground.films, ground.start, ground.factors, people.training, people.judged, seed=options.seed,
        progress=progress,
    )  # fmt: skip


PROTOCOLS: Mapping[str, ColdStartProtocol] = {
    "ratings": ratings,
    "new-items": _new_items,
    "statements": _statements,
}
