"""Signals to events, and events and signals to the words of an acknowledgement."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapters.feedback import Feedback
from ..retrieval.catalog import Catalog
from .signals import PreferenceSignal

_STATED_REWARD = 0.8
_ATTRIBUTE_KINDS = frozenset({"genre", "mood", "theme", "person", "country", "language"})


class Wording:
    """Knows titles; the catalogue gives them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def events(self, signals: Sequence[PreferenceSignal], user_id: str) -> list[Feedback]:
        """Return what a message teaches: liked and disliked items, and lasting tastes for attributes."""
        return [
            Feedback(
                user_id,
                item_id=signal.value if signal.kind == "item" else "",
                reward=signal.polarity * _STATED_REWARD,
                kind=("like" if signal.polarity > 0 else "dislike") if signal.kind == "item" else "attribute",
                context="" if signal.kind == "item" else f"{signal.kind}:{signal.value}",
            )
            for signal in signals
            if signal.lasting and signal.polarity and (signal.kind == "item" or signal.kind in _ATTRIBUTE_KINDS)
        ]

    def event(self, feedback: Feedback) -> str:
        """Say one event, as "Heat (1995), 5 stars"."""
        label = self._catalog[feedback.item_id].label
        if feedback.kind == "rating":
            stars = feedback.context.removeprefix("stars=")
            return f"{label}, {stars} star{'' if stars == '1' else 's'}"
        return f"you {'liked' if feedback.reward > 0 else 'did not like'} {label}"

    def noted(self, signals: Sequence[PreferenceSignal]) -> list[str]:
        """Say what a message was understood to like, dislike or refuse."""
        told = []
        for signal in signals:
            if signal.kind == "item" and signal.lasting and signal.polarity:
                told.append(f"you {'liked' if signal.polarity > 0 else 'did not like'} {self._label(signal)}")
            elif signal.kind in _ATTRIBUTE_KINDS and signal.lasting and signal.polarity:
                told.append(f"{'you like' if signal.polarity > 0 else 'you do not like'} {signal.value}")
            elif signal.kind == "item" and signal.polarity < 0:
                told.append(f"not {self._label(signal)}")
            elif signal.kind in _ATTRIBUTE_KINDS and signal.polarity < 0:
                told.append(f"{'nothing' if signal.kind == 'mood' else 'no'} {signal.value}")
        return list(dict.fromkeys(told))

    def _label(self, signal: PreferenceSignal) -> str:
        return self._catalog[signal.value].label
