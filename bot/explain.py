"""Reasons that are true: facts from the record and the person's own events, worded by the model if it keeps to them."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from ..adapters.feedback import Feedback
from ..prompts.render import render
from ..retrieval.catalog import Catalog
from ..retrieval.items import Item
from ..retrieval.query import RecQuery
from .claims import is_supported
from .domains import noun_of, plural_of
from .phrases import asked_for, is_film, kind_of, telling_first
from .reply import Evidence, Recommendation

logger = logging.getLogger(__name__)

# What two items share tells more the rarer its kind is.
_SHARED_KINDS = {"series": 4.0, "person": 3.0, "theme": 2.0, "mood": 1.0, "genre": 1.0}
_LEAST_SHARED = 2.0
# Two films are not alike because both come from a novel.
_FORMAL = re.compile("based on|sequel|prequel|remake")
_A_BEFORE_A_VOWEL = re.compile(r"\b([Aa]) (?!one\b|once|eu|u[nst]i|u[st][eo]|usu)(?=[aeiou])")


@dataclass(frozen=True, slots=True)
class Facts:
    """What may be said of one item to one person; the evidence holds the same facts with their sources.

    Args:
        kind: What it is, as "a dark, suspenseful crime film".
        anchor: Title of the liked item it is compared with; empty where there is none.
        verb: "loved" or "liked".
        alike: Whether the anchor is of that kind too.
        again: People (or a series) that the anchor has too.
        asked: What was asked for and the item has, as phrases.
        themes: What is in it; those shared with the anchor first.
        maker: Who directed or wrote it.
        by: "from" before the maker of a film, else "by".
        joined: "with" before people that a film has again, else "from".
        evidence: The same, each with its source.
    """

    kind: str
    anchor: str = ""
    verb: str = ""
    alike: bool = False
    again: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    maker: str = ""
    by: str = "from"
    joined: str = "with"
    evidence: tuple[Evidence, ...] = field(default=())

    def words(self) -> dict[str, Any]:
        """Return what the templates use."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "evidence"}


class Explainer:
    """Explains recommendations.

    Args:
        catalog: The items.
        chat_model: Words the facts, any LangChain chat model; None leaves everything to the template.
    """

    def __init__(self, catalog: Catalog, chat_model: BaseChatModel | None) -> None:
        self._catalog = catalog
        self._chat_model = chat_model

    def explain(
        self, cards: Sequence[Recommendation], events: Sequence[Feedback], query: RecQuery
    ) -> tuple[Recommendation, ...]:
        """Return the cards with explanation and evidence.

        Args:
            cards: The items, best first.
            events: The person's events that hold.
            query: What was asked for.
        """
        liked = [event for event in events if event.reward > 0 and event.item_id in self._catalog]
        facts = [self.facts(card.item, liked, query) for card in cards]
        worded = self._word(facts)
        return tuple(self._explained(card, fact, text) for card, fact, text in zip(cards, facts, worded, strict=True))

    def facts(self, item: Item, liked: Sequence[Feedback], query: RecQuery) -> Facts:
        """Collect what may be said of ``item``, each fact with its source."""
        anchor, shared = self._anchor(item, liked)
        other = self._catalog[anchor.item_id] if anchor else None
        asked = asked_for(item, query)
        moods = _first(item.moods, shared.get("mood", ()))[:2]
        genre = telling_first(_first(item.genres, shared.get("genre", ())))[:1]
        film = is_film(item)
        series = tuple(f"the {name} series" for name in shared.get("series", ()))
        again = (*shared.get("person", ()), *series)[:2]
        themes = _first(item.themes, shared.get("theme", ()))[:2]
        maker = next((name for name in item.makers if name not in again and name not in " ".join(asked)), "")
        evidence = _evidence(item, {"mood": moods, "genre": genre, "in it": themes, "from": (maker,) if maker else ()})
        if anchor and other:
            both = [*series, *(value for kind, values in shared.items() if kind != "series" for value in values)]
            told = f"your {anchor.kind}: {anchor.item_id} {anchor.context}".strip()
            evidence = (
                Evidence(f"you {_verb(anchor)} {other.title}", told),
                Evidence(
                    f"shared with {other.title}: {', '.join(both)}", f"catalogue: {item.item_id}, {other.item_id}"
                ),
                *evidence,
            )
        if asked:
            evidence = (Evidence(f"you asked for {', '.join(asked)}", f"your request; {_record(item)}"), *evidence)
        return Facts(
            kind=kind_of(moods, genre, noun_of(item.domain)), anchor=other.title if other else "",
            verb=_verb(anchor) if anchor else "", alike=bool(other and _is_alike(item, other, moods, genre)),
            again=again, asked=asked, themes=themes, maker=maker, by="from" if film else "by",
            joined="with" if film else "from", evidence=evidence,
        )  # fmt: skip

    def _anchor(self, item: Item, liked: Sequence[Feedback]) -> tuple[Feedback | None, dict[str, tuple[str, ...]]]:
        """Return the liked item that shares most with ``item``, and what they share by kind."""
        best: tuple[float, Feedback | None, dict[str, tuple[str, ...]]] = (0.0, None, {})
        for event in reversed(liked):
            other = self._catalog[event.item_id]
            if other.item_id == item.item_id:
                continue
            both = {
                kind: tuple(v for v in item.attributes[kind] if v in other.attributes[kind] and not _FORMAL.match(v))
                for kind in _SHARED_KINDS
            }
            shared = sum(_SHARED_KINDS[kind] * len(values) for kind, values in both.items())
            strength = shared * event.reward
            if shared >= _LEAST_SHARED and strength > best[0]:
                best = strength, event, {kind: values for kind, values in both.items() if values}
        return best[1], best[2]

    def _word(self, facts: Sequence[Facts]) -> list[str]:
        """Return what the model makes of the facts; empty texts where there is no model or it fails."""
        texts = [""] * len(facts)
        # People in common are left to the template: a small model mixes up who did what.
        chosen = [i for i, fact in enumerate(facts) if (fact.anchor or fact.asked) and not fact.again]
        if self._chat_model is None or not chosen:
            return texts
        try:
            replies = self._chat_model.batch([_prompt(facts[i]) for i in chosen])
        except Exception as error:  # noqa: BLE001  # any chat model may stand here, each with errors of its own
            logger.warning("the chat model did not word the reasons, the template does: %s", type(error).__name__)
            return texts
        for i, reply in zip(chosen, replies, strict=True):
            texts[i] = _tidied(str(reply.content))
        return texts

    def _explained(self, card: Recommendation, facts: Facts, text: str) -> Recommendation:
        domain = card.item.domain
        claims = [*(evidence.claim for evidence in facts.evidence), noun_of(domain), plural_of(domain)]
        worded = is_supported(text, claims, anchor=facts.anchor, alike=facts.alike, domain=domain)
        return replace(
            card,
            explanation=text if worded else render("reason", **facts.words()),
            evidence=facts.evidence,
            worded_by="model" if worded else "template",
        )


def _tidied(text: str) -> str:
    """Return the text in single spaces, "a" before a vowel mended."""
    return _A_BEFORE_A_VOWEL.sub(r"\1n ", " ".join(text.split()))


def _prompt(facts: Facts) -> list[BaseMessage]:
    messages: list[BaseMessage] = [SystemMessage(render("wording_system"))]
    lines = render("wording_examples").splitlines()
    for given, wished in zip(lines[::2], lines[1::2], strict=True):
        messages += [HumanMessage(given), AIMessage(wished.removeprefix("=> "))]
    return [*messages, HumanMessage(render("wording_facts", **facts.words()))]


def _evidence(item: Item, facts: dict[str, tuple[str, ...]]) -> tuple[Evidence, ...]:
    told = [(label, values) for label, values in facts.items() if values]
    return tuple(Evidence(f"{label}: {', '.join(values)}", _record(item)) for label, values in told)


def _record(item: Item) -> str:
    return f"catalogue: {item.item_id}"


def _first(values: Sequence[str], shared: Sequence[str]) -> tuple[str, ...]:
    """Return the values, shared ones first."""
    return tuple(dict.fromkeys((*shared, *values)))


def _is_alike(item: Item, other: Item, moods: Sequence[str], genre: Sequence[str]) -> bool:
    """Say whether "too" is true: the other item is of the same domain and has every word of the kind."""
    return (
        item.domain == other.domain
        and bool(genre)
        and set(moods) <= set(other.moods)
        and set(genre) <= set(other.genres)
    )


def _verb(event: Feedback) -> str:
    return "loved" if event.reward >= 1.0 else "liked"
