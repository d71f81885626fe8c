"""What a turn answers: text, cards with evidence, the adapter that served, timings. Plain values, ready for JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ..adapters.learner import Taste
from ..retrieval.items import Item
from .signals import PreferenceSignal

Action = Literal["ask", "recommend", "answer", "chat", "rate", "like", "dislike", "why", "rank", "forget"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that an explanation may use, and where it can be looked up."""

    claim: str
    source: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One item of an answer.

    Args:
        item: The catalogue's record.
        score: The sum of the parts.
        parts: prior, ridge, lm and relevance.
        explanation: One sentence, every claim of it in the evidence.
        evidence: The facts.
        worded_by: "model" or "template".
    """

    item: Item
    score: float
    parts: dict[str, float]
    explanation: str = ""
    evidence: tuple[Evidence, ...] = ()
    worded_by: Literal["model", "template", ""] = ""

    def as_json(self) -> dict[str, Any]:
        """Return the card as plain values."""
        item = self.item
        return {
            "item_id": item.item_id,
            "title": item.title,
            "year": item.year,
            "domain": item.domain,
            "genres": list(item.genres),
            "people": {role: list(names) for role, names in item.people.items()},
            "language": item.language,
            "country": item.country,
            "runtime_min": item.runtime_min,
            "pages": item.pages,
            "moods": list(item.moods),
            "themes": list(item.themes),
            "score": round(self.score, 6),
            "parts": {name: round(value, 6) for name, value in self.parts.items()},
            "explanation": self.explanation,
            "evidence": [{"claim": e.claim, "source": e.source} for e in self.evidence],
            "worded_by": self.worded_by,
        }


@dataclass(frozen=True, slots=True)
class AdapterReport:
    """Which weights served; version 0 is θ₀ itself."""

    version: int
    sha256: str
    steps: int
    events: int
    loss_before: float | None
    loss_after: float | None
    moved: float

    @classmethod
    def of(cls, taste: Taste, theta0: str) -> AdapterReport | None:
        """Report a taste; None before the first event."""
        if not taste.n_events:
            return None
        found = taste.version
        if found is None:
            return cls(0, theta0, 0, taste.n_events, None, None, 0.0)
        return cls(
            found.version, found.sha256, found.steps, taste.n_events, round(found.loss_before, 6),
            round(found.loss_after, 6), round(found.moved, 6),
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of one turn.

    Args:
        turn: Counts from 1 within a session.
        action: What was done.
        text: What the person reads.
        items: Cards, best first.
        signals: What the message was understood to say.
        adapter: The weights that serve now; None before the first event.
        timings_ms: Milliseconds by step: understand, retrieve, rank, explain, adapt, total.
        error: Why the turn could not do what was asked; empty where it could.
    """

    turn: int
    action: Action
    text: str
    items: tuple[Recommendation, ...] = ()
    signals: tuple[PreferenceSignal, ...] = ()
    adapter: AdapterReport | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the reply as plain values, in the form that ``palate chat --json`` prints."""
        return {
            "turn": self.turn,
            "action": self.action,
            "reply": self.text,
            "items": [item.as_json() for item in self.items],
            "signals": [
                {"kind": s.kind, "value": s.value, "polarity": s.polarity, "turn": s.turn, "lasting": s.lasting,
                 "words": s.words}
                for s in self.signals
            ],
            "adapter": self.adapter.as_json() if self.adapter else None,
            "timings_ms": self.timings_ms,
            **({"error": self.error} if self.error else {}),
        }  # fmt: skip
