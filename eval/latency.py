"""How long a turn takes on this machine, warm: to the first items, to the whole reply, to learn a rating."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from ..adapters.feedback import Feedback
from ..bot.recommender import ConversationalRecommender
from ..bot.session import Session
from .report import Metric, Report, Row

_MESSAGES = (
    "I want something to watch tonight",
    "a tense crime film from the nineties",
    "something funny and romantic, nothing sad",
    "I love slow science fiction, what should I watch?",
    "a French film before 1970",
    "something for the kids, under 100 minutes",
)
_TO_ITEMS = ("understand", "adapt", "retrieve", "rank")


def latency(recommender: ConversationalRecommender, *, turns: int, seed: int) -> Report:
    """Time ``turns`` first messages of new people, and eight ratings in a row of another.

    The first turn warms the caches and is not counted.
    """
    begun = time.perf_counter()
    items, whole = [], []
    for turn in range(turns + 1):
        session = Session(user_id=f"latency-{turn}")
        reply = recommender.respond(_MESSAGES[turn % len(_MESSAGES)], session)
        recommender.forget(session)
        if turn:
            items.append(sum(reply.timings_ms[step] for step in _TO_ITEMS))
            whole.append(reply.timings_ms["total"])
    learned = _ratings(recommender)
    report = Report(
        command="palate-eval latency", seed=seed, protocol="first messages of new people; eight ratings of one more",
        data={"messages": list(_MESSAGES), "model": recommender.parts.backbone.name},
        counts={"turns": turns, "ratings": len(learned)},
        rows=[_row("first_items", items), _row("whole_reply", whole), _row("learn_one", learned)],
    )  # fmt: skip
    report.add_goal("first_items", "p50_ms", at_most=1500)
    report.add_goal("learn_one", "p95_ms", at_most=1500)
    report.elapsed_s = time.perf_counter() - begun
    return report


def _ratings(recommender: ConversationalRecommender) -> list[float]:
    session = Session(user_id="latency-ratings")
    recommender.forget(session)
    replies = [
        recommender.learn(
            Feedback.from_stars(session.user_id, recommender.parts.catalog.at(row).item_id, stars), session
        )
        for row, stars in enumerate((5, 1, 4, 2, 5, 1, 3, 5))
    ]
    recommender.forget(session)
    return [reply.timings_ms["adapt"] for reply in replies]


def _row(name: str, values: Sequence[float]) -> Row:
    p50, p95 = np.quantile(values, [0.5, 0.95])
    return Row(name=name, metrics={"p50_ms": Metric(value=round(p50, 1)), "p95_ms": Metric(value=round(p95, 1))})
