"""The whole system, one turn after the other. Read this file first: it holds the order of the steps and no details.

message  -> understand -> session.to_query -> policy -> retrieve -> rank -> explain -> reply
feedback -> event log (stored before it is acknowledged) -> ridge head and LoRA -> the next turn uses them
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..adapters.feedback import Feedback, standing
from ..adapters.learner import Taste
from ..prompts.render import render
from ..retrieval.items import Item
from ..retrieval.query import RecQuery
from ..retrieval.titles import TitleMatch
from .parts import Parts
from .reply import Action, AdapterReport, Recommendation, Reply
from .session import Session, Stopwatch
from .signals import PreferenceSignal, Understanding

MAX_MESSAGE = 4_000


@dataclass(frozen=True, slots=True)
class Progress:
    """What a turn has so far: first the cards, then the text piece by piece, last the reply."""

    items: tuple[Recommendation, ...] = ()
    text: str = ""
    reply: Reply | None = None


class ConversationalRecommender:
    """Answers messages and learns from feedback; built by ``bot/factory.py``.

    Args:
        parts: Everything that does the work.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def parts(self) -> Parts:
        """What does the work; connectors and evaluations may look, not change."""
        return self._parts

    def respond(self, message: str, session: Session, *, n: int = 5) -> Reply:
        """Answer one message."""
        for progress in self.stream(message, session, n=n):
            if progress.reply:
                return progress.reply
        raise AssertionError("a stream ends with its reply")

    def stream(self, message: str, session: Session, *, n: int = 5) -> Iterator[Progress]:
        """Answer one message, cards first, then words, then the whole reply."""
        clock = self._begin(session)
        if not message.strip():
            yield Progress(reply=self._reply(session, clock, "chat", render("empty_message"), error="empty message"))
            return
        with clock.step("understand"):
            held = session.query.constraints.domain
            understanding = self._parts.extractor.extract(message[:MAX_MESSAGE], turn=session.turn, domain=held)
            session.query = session.to_query(understanding)
        with clock.step("adapt"):
            taste = self._learn_stated(understanding, session)
        action = self._parts.policy.choose(understanding, n_events=taste.n_events)
        if action == "why":
            yield Progress(reply=self._why_asked(understanding, session, clock))
        elif action == "recommend":
            clipped = MAX_MESSAGE if len(message) > MAX_MESSAGE else 0
            yield from self._recommend(session, clock, taste, n, understanding, clipped=clipped)
        else:
            text = self._say(action, understanding)
            yield Progress(reply=self._reply(session, clock, action, text, signals=understanding.signals))

    def recommend(self, session: Session, *, n: int = 5) -> Reply:
        """Answer the request that holds with ``n`` items."""
        clock = self._begin(session)
        with clock.step("adapt"):
            taste = self.taste(session)
        *_, last = self._recommend(session, clock, taste, n, Understanding())
        assert last.reply  # noqa: S101  # a stream ends with its reply
        return last.reply

    def learn(self, feedback: Feedback, session: Session) -> Reply:
        """Store one event, learn from it, and acknowledge it.

        Raises:
            EnvironmentProblem: It could not be stored; nothing was acknowledged.
        """
        clock = self._begin(session)
        with clock.step("adapt"):
            taste = self._learn_all([feedback], session)
        report = AdapterReport.of(taste, self._parts.start.sha256)
        what = self._parts.wording.event(feedback)
        text = render("noted", what=what, learn=session.learn, moved=report.moved if report else 0.0)
        action: Action = "rate" if feedback.kind == "rating" else "like" if feedback.reward > 0 else "dislike"
        return self._reply(session, clock, action, text, taste=taste)

    def rank(self, item_ids: Sequence[str], session: Session) -> Reply:
        """Score exactly these items for this person and request, best first."""
        clock = self._begin(session)
        with clock.step("adapt"):
            taste = self.taste(session)
        with clock.step("rank"):
            cards = self._parts.ranker.cards(item_ids, taste, session.query)
        text = "\n".join(f"{i}. {card.item.label} ({card.score:+.3f})" for i, card in enumerate(cards, start=1))
        return self._reply(session, clock, "rank", text, items=cards, taste=taste)

    def why(self, item_id: str, session: Session) -> Reply:
        """Explain one item, with the parts of its score and the evidence."""
        clock = self._begin(session)
        return self._why(item_id, session, clock)

    def forget(self, session: Session) -> Reply:
        """Delete everything that is stored of a person."""
        clock = self._begin(session)
        with clock.step("adapt"):
            n_events = self._parts.learner.forget(session.user_id)
        session.query, session.shown, session.last = RecQuery(), [], ()
        return self._reply(session, clock, "forget", render("forgotten", n_events=n_events))

    def unknown(self, action: Action, title: str, session: Session) -> Reply:
        """Say that a title is unknown; nothing is stored."""
        clock = self._begin(session)
        near = [item.label for item in self._parts.linker.suggest(title)]
        text = render("unknown_title", title=title[:100], suggestions=near)
        return self._reply(session, clock, action, text, error="unknown title")

    def resolve(self, name: str) -> TitleMatch | None:
        """Return the item that a title or id means; None where the catalogue has none."""
        return self._parts.linker.resolve(name)

    def taste(self, session: Session) -> Taste:
        """Return the taste that serves this session: θ₀ and no examples where learning is off."""
        if session.learn:
            return self._parts.learner.taste(session.user_id)
        n_events = len(self._parts.log.events(session.user_id))
        return Taste((), self._parts.start.theta, None, n_events)

    # The steps, in their order.

    def _begin(self, session: Session) -> Stopwatch:
        session.turn += 1
        return Stopwatch()

    def _learn_stated(self, understanding: Understanding, session: Session) -> Taste:
        events = self._parts.wording.events(understanding.signals, session.user_id)
        return self._learn_all(events, session)

    def _learn_all(self, events: Sequence[Feedback], session: Session) -> Taste:
        for event in events:
            self._parts.log.append(event)
        return self.taste(session)

    def _recommend(
        self,
        session: Session,
        clock: Stopwatch,
        taste: Taste,
        n: int,
        understanding: Understanding,
        *,
        clipped: int = 0,
    ) -> Iterator[Progress]:
        parts, events = self._parts, standing(self._parts.log.events(session.user_id))
        query = parts.ranker.without_known(session, events, understanding)
        with clock.step("retrieve"):
            rated = {example.item_id: example.reward * example.weight for example in taste.examples}
            candidates = parts.retriever.retrieve(query, taste=parts.ranker.taste_vector(taste), rated=rated)
        with clock.step("rank"):
            cards = parts.ranker.cards(candidates.item_ids, taste, query)[:n]
        yield Progress(items=cards)
        with clock.step("explain"):
            cards = parts.explainer.explain(cards, events, query)
        session.last = tuple(card.item.item_id for card in cards)
        session.shown += [item_id for item_id in session.last if item_id not in session.shown]
        noted = parts.wording.noted(understanding.signals)
        text = render(
            "reply", items=cards, wanted=n, noted=noted, unknown=understanding.unknown_titles, learned=taste.examples,
            cut=clipped,
        )  # fmt: skip
        for line in text.splitlines(keepends=True):
            yield Progress(items=cards, text=line)
        signals = understanding.signals
        reply = self._reply(session, clock, "recommend", text, items=cards, signals=signals, taste=taste)
        yield Progress(items=cards, reply=reply)

    def _why_asked(self, understanding: Understanding, session: Session, clock: Stopwatch) -> Reply:
        named = [signal.value for signal in understanding.signals if signal.kind == "item"]
        asked = (*named, *session.last)
        if not asked:
            return self._reply(session, clock, "why", render("nothing_shown"))
        return self._why(asked[0], session, clock)

    def _why(self, item_id: str, session: Session, clock: Stopwatch) -> Reply:
        taste, events = self.taste(session), standing(self._parts.log.events(session.user_id))
        with clock.step("rank"):
            cards = self._parts.ranker.cards([item_id], taste, session.query)
        with clock.step("explain"):
            (card,) = self._parts.explainer.explain(cards, events, session.query)
        return self._reply(session, clock, "why", render("why", card=card), items=(card,), taste=taste)

    def _say(self, action: Action, understanding: Understanding) -> str:
        if action == "answer":
            title: str = understanding.unknown_titles[0]
            near: list[Item] = self._parts.linker.suggest(title)
            return render("unknown_title", title=title, suggestions=[item.label for item in near])
        return render(action, offer=self._parts.wording.offer)

    def _reply(
        self, session: Session, clock: Stopwatch, action: Action, text: str, *,
        items: tuple[Recommendation, ...] = (), signals: tuple[PreferenceSignal, ...] = (),
        taste: Taste | None = None, error: str = "",
    ) -> Reply:  # fmt: skip
        report = AdapterReport.of(taste or self.taste(session), self._parts.start.sha256)
        return Reply(session.turn, action, text, items, signals, report, clock.read(), error)
