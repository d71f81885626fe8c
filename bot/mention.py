"""An attribute named in a message, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mention:
    """One attribute that a message names.

    Args:
        kind: What it speaks of: a ``SignalKind``, or a column of the catalogue such as "brand".
        value: In the catalogue's own words.
        span: Where it stands in the message.
        is_known: Whether the catalogue has the value; what it lacks can be refused but not asked for.
        is_wanted: Whether the words themselves say that it is wanted ("no subtitles" asks for English).
        is_choice: Whether it is one of several that the same words may mean; as a request it is a wish, no condition.
        is_one_of: Whether all of those are genres, so that one of them is a condition.
        is_soft: Whether it stands in a plot, so that as a request it is a wish and no condition.
        is_refused: Whether the words themselves say that it is refused ("outside the US", "foreign films").
        refused_as: The (kind, value) pairs that a refusal means instead: "no slashers" refuses no other horror; None
            where it means itself.
    """

    kind: str
    value: str
    span: tuple[int, int]
    is_known: bool = True
    is_wanted: bool = False
    is_choice: bool = False
    is_one_of: bool = False
    is_soft: bool = False
    is_refused: bool = False
    refused_as: tuple[tuple[str, str], ...] | None = None
