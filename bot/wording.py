"""Signals to events, and events and signals to the words of an acknowledgement."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapters.feedback import Feedback
from ..prompts.render import in_a_sentence
from ..retrieval.catalog import Catalog
from .bounds import bounds
from .domains import plural_of
from .signals import PreferenceSignal

_STATED_REWARD = 0.8
_ATTRIBUTE_KINDS = frozenset({"genre", "mood", "theme", "person", "country", "language"})
_MOST_DOMAINS = 5


class Wording:
    """Knows titles; the catalogue gives them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._kinds = _ATTRIBUTE_KINDS | {kind for kind in catalog.kinds if kind != "decade"}

    @property
    def offer(self) -> str:
        """What the catalogue has, as "films and books"."""
        domains = list(self._catalog.domains)
        more = ["more"] if len(domains) > _MOST_DOMAINS else []
        return in_a_sentence([*map(plural_of, domains[:_MOST_DOMAINS]), *more]) or "nothing"

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
            if signal.lasting and signal.polarity and (signal.kind == "item" or signal.kind in self._kinds)
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
        told = [self._note(signal) for signal in signals]
        return list(dict.fromkeys(note for note in told if note))

    def _note(self, signal: PreferenceSignal) -> str:
        """Say one signal; "" where it changes nothing."""
        if signal.kind == "domain":
            return self._domain_note(signal)
        is_item, likes = signal.kind == "item", signal.polarity > 0
        what = self._label(signal) if is_item else signal.value
        if signal.lasting and signal.polarity and (is_item or signal.kind in self._kinds):
            verbs = ("liked", "did not like") if is_item else ("like", "do not like")
            return f"you {verbs[not likes]} {what}"
        if signal.polarity >= 0:
            return ""
        if signal.kind == "period":
            return f"nothing {_years(what)}"
        refusal = "not" if is_item else "nothing" if signal.kind == "mood" else "no"
        return f"{refusal} {what}" if is_item or signal.kind in self._kinds else ""

    def _domain_note(self, signal: PreferenceSignal) -> str:
        if signal.polarity < 0:
            return f"no {plural_of(signal.value)}"
        lacks = signal.polarity > 0 and signal.value not in self._catalog.domains
        return f"I have no {plural_of(signal.value)}, only {self.offer}" if lacks else ""

    def _label(self, signal: PreferenceSignal) -> str:
        return self._catalog[signal.value].label


def _years(value: str) -> str:
    """Say a period.

    Examples:
        >>> _years("1980-1989"), _years("1999-1999"), _years("-1970"), _years("2010-")
        ('from 1980 to 1989', 'from 1999', 'up to 1970', 'since 2010')
    """
    low, high = bounds(value)
    if low is None or high is None:
        return f"up to {high}" if low is None else f"since {low}"
    return f"from {low}" if low == high else f"from {low} to {high}"
