"""One event of feedback, and how a person's events become examples to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

from ..retrieval.errors import DataError

EventKind = Literal["rating", "like", "dislike", "attribute"]
_STARS_REWARD = {1: -1.0, 2: -0.5, 3: 0.0, 4: 0.5, 5: 1.0}


@dataclass(frozen=True, slots=True)
class Feedback:
    """One event: a rating, a like or dislike of an item, or a stated taste for an attribute.

    Args:
        user_id: Whose it is.
        item_id: The item; empty for the kind "attribute".
        reward: From -1 (hated) over 0 (neither) to 1 (loved).
        kind: How it was given.
        context: For a rating its stars; for an attribute its kind and value, as "genre:western".
        channel: Where it came from; with ``event_id`` it names the event, so that a repeated delivery counts once.
        event_id: Unique within the channel.
        time: When it was given, in UTC.
    """

    user_id: str
    item_id: str
    reward: float
    kind: EventKind
    context: str = ""
    channel: str = "local"
    event_id: str = field(default_factory=lambda: uuid4().hex)
    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        if not -1.0 <= self.reward <= 1.0:
            raise DataError(f"reward {self.reward} is out of range; give a number from -1 to 1")
        if bool(self.item_id) == (self.kind == "attribute"):
            raise DataError(f"an event of kind '{self.kind}' needs {'no' if self.item_id else 'an'} item_id")

    @classmethod
    def from_stars(cls, user_id: str, item_id: str, stars: int, *, channel: str = "local") -> Feedback:
        """Make a rating.

        Raises:
            DataError: Stars other than 1 to 5.

        Examples:
            >>> Feedback.from_stars("ada", "heat-1995", 5).reward
            1.0
        """
        if isinstance(stars, bool) or stars not in _STARS_REWARD:
            raise DataError(f"stars must be a whole number from 1 to 5, not {stars!r}")
        return cls(user_id, item_id, _STARS_REWARD[stars], "rating", f"stars={stars}", channel)

    @property
    def subject(self) -> str:
        """What it is about: a newer event about the same subject replaces an older one."""
        return self.context if self.kind == "attribute" else self.item_id


@dataclass(frozen=True, slots=True)
class Example:
    """One item to learn from: its reward from -1 to 1, and how much it counts (a rating counts 1)."""

    item_id: str
    reward: float
    weight: float = 1.0


def standing(events: Sequence[Feedback]) -> list[Feedback]:
    """Return the events that still hold, in order: the last about each subject.

    Examples:
        >>> first, second = Feedback.from_stars("ada", "m", 1), Feedback.from_stars("ada", "m", 5)
        >>> [event.reward for event in standing([first, second])]
        [1.0]
    """
    last: dict[str, Feedback] = {}
    for event in events:
        last.pop(event.subject, None)
        last[event.subject] = event
    return list(last.values())
