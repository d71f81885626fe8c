"""What a message said, as typed values: signals, the request, titles that nobody knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..retrieval.query import RecQuery
from .vocabulary import Vocabulary

SignalKind = Literal[
    "item", "genre", "mood", "theme", "person", "period", "length", "pages", "number", "country", "language", "domain",
    "request",
]  # fmt: skip
Intent = Literal["recommend", "feedback", "why", "greet", "thanks", "other"]


@dataclass(frozen=True, slots=True)
class PreferenceSignal:
    """One stated like, dislike or constraint.

    Args:
        kind: What it speaks of: a ``SignalKind``, or a column of the catalogue such as "brand".
        value: An item id for the kind "item", else the value in the catalogue's own words ("science fiction",
            "1970-1979", "<=100", "price <=20").
        polarity: 1 liked or wanted, -1 disliked or refused, 0 only mentioned.
        turn: The turn in which it was said, from 1.
        lasting: True for taste ("I love westerns"), False for this request ("a western tonight").
        words: The words it came from.
    """

    kind: str
    value: str
    polarity: int
    turn: int
    lasting: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Understanding:
    """Everything that one message said.

    Args:
        signals: In the order of the message.
        query: The request, if there was one; its constraints hold for this request.
        intent: What the message is mainly about.
        unknown_titles: Names that were used as titles and that the catalogue lacks.
        adds: Whether it says that it comes on top of what was asked for ("or Italian", "Italian too").
        vocabulary: What each domain of the catalogue has, where the message asks for one; older conditions
            that it lacks do not hold on.
    """

    signals: tuple[PreferenceSignal, ...] = ()
    query: RecQuery = field(default_factory=RecQuery)
    intent: Intent = "other"
    unknown_titles: tuple[str, ...] = ()
    adds: bool = False
    vocabulary: Vocabulary | None = field(default=None, compare=False, repr=False)
