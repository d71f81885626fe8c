"""The first look: does a clear taste, told by eight ratings, lift the held-back titles of its kind?

Each hand-made taste rates five loved and three hated films, of opposite kinds, and ranks twelve others before and
after. Pairwise accuracy is the share of (loved kind, hated kind) pairs in the right order.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..adapters.feedback import Feedback
from ..bot.recommender import ConversationalRecommender
from ..bot.reply import Reply
from ..bot.session import Session
from ..retrieval.errors import DataError
from .report import Report, Row, bootstrap

_OPENING = "I want something to watch tonight"


class Taste(BaseModel):
    """One hand-made taste: what it rates, and what it ranks."""

    model_config = ConfigDict(extra="forbid")

    name: str
    loved: list[str] = Field(min_length=1)
    hated: list[str] = Field(min_length=1)
    held_back_loved: list[str] = Field(min_length=1)
    held_back_hated: list[str] = Field(min_length=1)


def read_tastes(path: Path | None) -> list[Taste]:
    """Read hand-made tastes, the shipped ones by default.

    Raises:
        DataError: The file or a line cannot be used.
    """
    source = path or Path(str(files(__package__).joinpath("data", "tastes.jsonl")))
    try:
        lines = source.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"tastes {source} cannot be read: {error}; give a JSON Lines file") from error
    tastes = []
    for number, line in enumerate(lines, start=1):
        try:
            tastes += [Taste.model_validate(json.loads(line))] if line.strip() else []
        except (ValueError, ValidationError, RecursionError) as error:
            reason = str(error).replace("\n", " ")[:200]
            raise DataError(f"tastes {source.name}, line {number}: {reason}; correct the line") from error
    if not tastes:
        raise DataError(f"tastes {source} holds no taste; write one JSON object a line")
    return tastes


def first_look(recommender: ConversationalRecommender, tastes: Sequence[Taste], *, seed: int) -> Report:
    """Run every taste as a person of its own and report the rows before, after and no_learn.

    Raises:
        DataError: A title is not in the catalogue.
    """
    begun = time.perf_counter()
    rows: dict[str, list[float]] = {"before": [], "after": [], "no_learn": []}
    moved, changed = [], 0
    for number, taste in enumerate(tastes):
        before, after, learned = _run(recommender, taste, f"first-look-{number}", learn=True)
        held, frozen, _ = _run(recommender, taste, f"first-look-frozen-{number}", learn=False)
        rows["before"].append(before)
        rows["after"].append(after)
        rows["no_learn"].append(frozen)
        changed += held != frozen
        moved.append(learned.adapter.moved if learned.adapter else 0.0)
    metric = "pairwise_accuracy"
    report = Report(
        command="palate-eval first-look", seed=seed,
        protocol="eight ratings of one hand-made taste, then twelve held-back titles",
        data={"tastes": [taste.name for taste in tastes], "theta0": recommender.parts.start.sha256},
        counts={"tastes": len(tastes), "changed_without_learning": changed},
        rows=[Row(name=name, k=8 if name != "before" else 0, metrics={metric: bootstrap(values, seed=seed)})
              for name, values in rows.items()],
    )  # fmt: skip
    report.rows[1].metrics["moved"] = bootstrap(moved, seed=seed)
    gain = [after - before for before, after in zip(rows["before"], rows["after"], strict=True)]
    report.rows.append(Row(name="after-before", k=8, metrics={metric: bootstrap(gain, seed=seed)}))
    report.add_goal("after", metric, at_least=0.75, k=8)
    report.add_goal("after-before", metric, at_least=0.15, k=8)
    report.elapsed_s = time.perf_counter() - begun
    return report


def _run(recommender: ConversationalRecommender, taste: Taste, user: str, *, learn: bool) -> tuple[float, float, Reply]:
    session = Session(user_id=user, learn=learn)
    recommender.forget(session)
    recommender.respond(_OPENING, session)
    loved = [_item(recommender, title) for title in taste.held_back_loved]
    hated = [_item(recommender, title) for title in taste.held_back_hated]
    before = _accuracy(recommender.rank([*loved, *hated], session), loved, hated)
    ratings = [(title, 5) for title in taste.loved] + [(title, 1) for title in taste.hated]
    events = [Feedback.from_stars(user, _item(recommender, title), stars) for title, stars in ratings]
    # Every adaptation begins at θ₀ with all events, so the last one is all that counts.
    for event in events[:-1]:
        recommender.parts.log.append(event)
    recommender.learn(events[-1], session)
    reply = recommender.rank([*loved, *hated], session)
    recommender.forget(session)
    return before, _accuracy(reply, loved, hated), reply


def _item(recommender: ConversationalRecommender, title: str) -> str:
    match = recommender.resolve(title)
    if match is None:
        raise DataError(f"the catalogue has no '{title}'; correct the title in the tastes")
    return match.item_id


def _accuracy(reply: Reply, loved: Sequence[str], hated: Sequence[str]) -> float:
    """Return the share of pairs in the right order; equal scores count a half."""
    score = {card.item.item_id: card.score for card in reply.items}
    pairs = [(score[a], score[b]) for a in loved for b in hated]
    return sum((a > b) + 0.5 * (a == b) for a, b in pairs) / len(pairs)
