"""An attribute named in a message, and where."""

from __future__ import annotations

from dataclasses import dataclass

from .signals import SignalKind


@dataclass(frozen=True, slots=True)
class Mention:
    """One attribute that a message names.

    Args:
        kind: What it speaks of.
        value: In the catalogue's own words.
        span: Where it stands in the message.
        is_known: Whether the catalogue has the value; what it lacks can be refused but not asked for.
        is_wanted: Whether the words themselves say that it is wanted ("no subtitles" asks for English).
    """

    kind: SignalKind
    value: str
    span: tuple[int, int]
    is_known: bool = True
    is_wanted: bool = False
