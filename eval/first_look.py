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
    """Run every taste as a person of its own.

    Rows: `before`, `after`, `no_learn` (the whole score), `before_lm`, `after_lm`, `after_ridge` (one part alone), and
    the paired difference `after-before`.

    Raises:
        DataError: A title is not in the catalogue.
    """
    begun = time.perf_counter()
    values: dict[str, list[float]] = {}
    moved, changed = [], 0
    for number, taste in enumerate(tastes):
        before, after, pairs = _run(recommender, taste, f"first-look-{number}", learn=True)
        held, frozen, _ = _run(recommender, taste, f"first-look-frozen-{number}", learn=False)
        for name, reply, part in (
            ("before", before, ""), ("after", after, ""), ("no_learn", frozen, ""),
            ("before_lm", before, "lm"), ("after_lm", after, "lm"), ("after_ridge", after, "ridge"),
        ):  # fmt: skip
            values.setdefault(name, []).append(_accuracy(reply, pairs, part))
        changed += [(c.item.item_id, c.score) for c in held.items] != [(c.item.item_id, c.score) for c in frozen.items]
        moved.append(after.adapter.moved if after.adapter else 0.0)
    values["after-before"] = [a - b for a, b in zip(values["after"], values["before"], strict=True)]
    metric = "pairwise_accuracy"
    report = Report(
        command="palate-eval first-look", seed=seed,
        protocol="eight ratings of one hand-made taste, then twelve held-back titles",
        data={"tastes": [taste.name for taste in tastes], "theta0": recommender.parts.start.sha256},
        counts={"tastes": len(tastes), "changed_without_learning": changed},
        rows=[Row(name=name, k=0 if name.startswith("before") else 8, metrics={metric: bootstrap(found, seed=seed)})
              for name, found in values.items()],
    )  # fmt: skip
    report.rows[1].metrics["moved"] = bootstrap(moved, seed=seed)
    report.add_goal("after", metric, at_least=0.75, k=8)
    report.add_goal("after-before", metric, at_least=0.15, k=8)
    report.elapsed_s = time.perf_counter() - begun
    return report


def _run(
    recommender: ConversationalRecommender, taste: Taste, user: str, *, learn: bool
) -> tuple[Reply, Reply, list[tuple[str, str]]]:
    """Return the ranking before and after, and the pairs (loved kind, hated kind) that should be in this order."""
    session = Session(user_id=user, learn=learn)
    recommender.forget(session)
    recommender.respond(_OPENING, session)
    loved = [_item(recommender, title) for title in taste.held_back_loved]
    hated = [_item(recommender, title) for title in taste.held_back_hated]
    before = recommender.rank([*loved, *hated], session)
    ratings = [(title, 5) for title in taste.loved] + [(title, 1) for title in taste.hated]
    events = [Feedback.from_stars(user, _item(recommender, title), stars) for title, stars in ratings]
    # Every adaptation begins at θ₀ with all events, so the last one is all that counts.
    for event in events[:-1]:
        recommender.parts.log.append(event)
    recommender.learn(events[-1], session)
    after = recommender.rank([*loved, *hated], session)
    recommender.forget(session)
    return before, after, [(a, b) for a in loved for b in hated]


def _item(recommender: ConversationalRecommender, title: str) -> str:
    match = recommender.resolve(title)
    if match is None:
        raise DataError(f"the catalogue has no '{title}'; correct the title in the tastes")
    return match.item_id


def _accuracy(reply: Reply, pairs: Sequence[tuple[str, str]], part: str) -> float:
    """Return the share of pairs in the right order by the score, or by one part of it; equal ones count a half."""
    score = {card.item.item_id: card.parts[part] if part else card.score for card in reply.items}
    found = [(score[a], score[b]) for a, b in pairs]
    return sum((a > b) + 0.5 * (a == b) for a, b in found) / len(found)
