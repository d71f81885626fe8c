"""What to do next with a message."""

from __future__ import annotations

from ..retrieval.query import RecQuery
from .reply import Action
from .signals import Understanding


class DialoguePolicy:
    """Chooses the action for a message that was understood.

    A person who says what they like or want gets a list at once; somebody who only greets is asked.
    """

    def choose(self, understanding: Understanding, *, n_events: int) -> Action:
        """Return the action.

        Args:
            understanding: What the message said.
            n_events: How many events the person has given so far, those of this message included.
        """
        if understanding.intent == "why":
            return "why"
        if understanding.query != RecQuery() or understanding.signals:
            return "recommend"
        if understanding.unknown_titles:
            return "answer"
        if understanding.intent == "recommend":
            return "recommend"
        return "ask" if understanding.intent in ("greet", "other") and not n_events else "chat"
