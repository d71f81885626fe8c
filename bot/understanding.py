"""What a message says about taste and wishes, by rules: the same message always gives the same answer.

It knows words and titles; what to do about them is for the dialogue policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..retrieval.catalog import Catalog
from ..retrieval.passage import Passage
from ..retrieval.text import FUNCTION_WORDS, tokens
from ..retrieval.titles import TitleLinker, TitleMatch
from .attributes import AttributeReader, plain_text
from .clauses import Clause, Stance, is_asking, is_new_request, mask, split_clauses
from .cues import GREETING, MARKUP, OFF_TOPIC, THANKS, WHY
from .lexicon import DOMAINS, EMPTY_WORDS, MORE_WORDS, OTHER_NAMES
from .mention import Mention
from .query_builder import Request, build_query
from .signals import Intent, PreferenceSignal, SignalKind, Understanding

_LONGEST_MESSAGE = 4_000
_SHORT_MESSAGE_WORDS = 4
_DOMAIN_WORDS = frozenset(DOMAINS)
_ASKED = Stance(1, "request")


@dataclass
class _Heard:
    """What has been found in one message so far."""

    text: str
    turn: int
    signals: dict[tuple[str, str], PreferenceSignal] = field(default_factory=dict)
    wanted: list[Mention] = field(default_factory=list)
    refused: list[Mention] = field(default_factory=list)
    similar_to: list[str] = field(default_factory=list)
    items_none: list[str] = field(default_factory=list)
    asks: bool = False
    asked_at: tuple[int, int] | None = None
    judges: bool = False

    def note(self, kind: SignalKind, value: str, polarity: int, span: tuple[int, int], *, lasting: bool) -> None:
        """Keep a signal; of two about the same thing the later judgement holds."""
        known = self.signals.get((kind, value))
        if known is None or polarity:
            words = self.text[span[0] : span[1]]
            self.signals[kind, value] = PreferenceSignal(kind, value, polarity, self.turn, lasting, words)


class PreferenceExtractor:
    """Turn a message into signals, a request and an intent.

    Examples:
        >>> from palate.retrieval.items import Item
        >>> heat = Item(item_id="heat", domain="film", title="Heat", year=1995, genres=("crime",))
        >>> catalog = Catalog([heat])
        >>> said = PreferenceExtractor(catalog, TitleLinker(catalog)).extract("I loved Heat. Any good crime?", turn=1)
        >>> [(signal.kind, signal.value, signal.polarity) for signal in said.signals]
        [('item', 'heat', 1), ('genre', 'crime', 1), ('request', 'recommend', 1)]
        >>> said.query.constraints.genres_all, said.intent
        (('crime',), 'recommend')
    """

    def __init__(self, catalog: Catalog, linker: TitleLinker) -> None:
        self._linker = linker
        self._attributes = AttributeReader(catalog)

    def extract(self, message: str, *, turn: int) -> Understanding:
        """Return everything that ``message`` says; only its first 4,000 characters are read."""
        text = MARKUP.sub(lambda match: " " * len(match[0]), message[:_LONGEST_MESSAGE])
        plain, heard = plain_text(text), _Heard(text, turn)
        titles = self._linker.link(text)
        mentions = self._attributes.read(text, [title.span for title in titles])
        unknown = self._unknown_titles(text, titles, mentions)
        mentions = [m for m in mentions if not any(_overlap(m.span, span) for span in unknown)]
        names = [*(title.span for title in titles), *unknown]
        clauses = split_clauses(mask(plain, names, [m.span for m in mentions if m.kind != "domain"]))
        if WHY.search(plain):
            for title in titles:
                heard.note("item", title.item_id, 0, title.span, lasting=False)
            return Understanding(signals=tuple(heard.signals.values()), intent="why")
        for clause, here, named in _by_clause(clauses, titles, mentions, plain):
            _hear_titles(heard, clause, here)
            _hear_attributes(heard, clause, named, has_title=bool(here))
            _hear_mode(heard, clause, plain[clause.start : clause.end], named)
        heard.judges |= any(c.stance and c.stance.mode == "taste" for c in clauses for s in unknown if _within(s, c))
        return self._conclude(heard, plain, clauses, names, unknown)

    def _conclude(
        self,
        heard: _Heard,
        plain: str,
        clauses: list[Clause],
        names: list[tuple[int, int]],
        unknown: list[tuple[int, int]],
    ) -> Understanding:
        words = ""
        if heard.asks:
            ranges = [m.span for m in heard.wanted if m.kind in {"period", "length"} or m.is_wanted]
            refused = [m.span for m in heard.refused]
            named = [m.span for m in heard.wanted if m.kind != "domain"]
            words = " ".join(_content_words(heard.text, clauses, [*names, *ranges, *refused], named))
            goes_on = not heard.wanted and not heard.similar_to and set(words.split()) & MORE_WORDS
            if heard.asked_at and not goes_on:
                heard.note("request", "recommend", 1, heard.asked_at, lasting=False)
        request = Request(words, heard.wanted, heard.refused, heard.similar_to, heard.items_none)
        return Understanding(
            signals=tuple(heard.signals.values()),
            query=build_query(request, plain),
            intent=_intent(heard, plain),
            unknown_titles=tuple(dict.fromkeys(heard.text[start:end].strip() for start, end in unknown)),
        )

    def _unknown_titles(self, text: str, titles: list[TitleMatch], mentions: list[Mention]) -> list[tuple[int, int]]:
        passage = Passage(text)
        quotes = [(start, end) for start, end in passage.quotes() if text[start].isupper()]
        runs = [run for run in passage.named_runs() if not any(_overlap(run, quote) for quote in quotes)]
        spans = [span for span in (*quotes, *runs) if not any(_overlap(span, title.span) for title in titles)]
        return sorted(span for span in spans if self._is_title_like(text, span, mentions))

    def _is_title_like(self, text: str, span: tuple[int, int], mentions: list[Mention]) -> bool:
        inside = [mention for mention in mentions if _overlap(mention.span, span)]
        if any(mention.kind == "person" for mention in inside):
            return False
        return any(
            not any(_overlap((span[0] + word.start, span[0] + word.end), mention.span) for mention in inside)
            and word.text not in EMPTY_WORDS | OTHER_NAMES
            and not self._attributes.names(word.text)
            for word in tokens(text[span[0] : span[1]])
        )


def _hear_titles(heard: _Heard, clause: Clause, titles: list[TitleMatch]) -> None:
    stance = clause.stance or Stance(0, "mention")
    for title in titles:
        item_id = title.item_id
        polarity = stance.polarity if stance.mode in {"taste", "exclude"} or stance.is_comparison else 0
        heard.note("item", item_id, polarity, title.span, lasting=stance.is_lasting)
        heard.judges |= stance.mode == "taste"
        if stance.is_comparison and stance.mode == "request":
            heard.similar_to.append(item_id)
            heard.asks = True
        if stance.mode == "exclude" and not stance.is_lasting:
            heard.items_none.append(item_id)
            heard.asks = True


def _hear_attributes(heard: _Heard, clause: Clause, mentions: list[Mention], *, has_title: bool) -> None:
    for mention in mentions:
        stance = _stance_of(clause, mention)
        refuses = stance.polarity < 0
        # "The thriller Heat was boring" judges the film, and no other thriller.
        judges_title = has_title and stance.mode == "taste" and refuses and mention.kind != "mood"
        idle = stance.polarity == 0 or (mention.kind == "domain" and (stance.mode != "request" or not clause.stance))
        if judges_title or idle or (refuses and mention.kind == "length") or not (mention.is_known or refuses):
            continue
        heard.note(
            mention.kind,
            mention.value,
            stance.polarity,
            mention.span,
            lasting=stance.mode == "taste" or stance.is_lasting,
        )
        if stance.mode == "taste":
            heard.judges = True
        if stance.mode == "request":
            heard.wanted.append(mention)
        elif refuses and (mention.kind == "genre" or not stance.is_lasting):
            heard.refused.append(mention)


def _hear_mode(heard: _Heard, clause: Clause, said: str, named: list[Mention]) -> None:
    stance = clause.stance or _ASKED
    has_content, has_domain = bool(named), any(mention.kind == "domain" for mention in named)
    if stance.mode == "request" and (clause.stance or has_content):
        heard.asks |= has_content or is_asking(said)
    opens = stance.is_comparison or has_domain or is_new_request(said)
    if heard.asks and heard.asked_at is None and stance.mode == "request" and opens:
        heard.asked_at = clause.start, clause.end
    if stance.mode == "exclude" and not stance.is_lasting and has_content:
        heard.asks = True
    if stance.mode == "taste" and clause.is_own:
        heard.judges = True


def _stance_of(clause: Clause, mention: Mention) -> Stance:
    """Return the stance that holds for one attribute: lengths and periods leave an exclusion that they only follow."""
    stance = clause.stance or _ASKED
    follows = stance.mode == "exclude" and not clause.is_own and mention.kind in {"length", "period"}
    if mention.is_wanted or follows:
        return _ASKED if mention.is_wanted else clause.before or _ASKED
    return stance


def _by_clause(
    clauses: list[Clause], titles: list[TitleMatch], mentions: list[Mention], plain: str
) -> Iterator[tuple[Clause, list[TitleMatch], list[Mention]]]:
    excluded: set[str] = set()
    is_short = len(plain.split()) <= _SHORT_MESSAGE_WORDS
    for clause in clauses:
        named = [mention for mention in mentions if _within(mention.span, clause)]
        stance = clause.stance
        vague = all(mention.kind in {"theme", "domain"} for mention in named) and not is_short
        if stance is None and (vague or OFF_TOPIC.match(plain, clause.start)):
            named = []
        # "not too sad, French": behind a comma another kind of attribute is wanted again.
        turns = clause.link == "," and not clause.is_own and not excluded & {mention.kind for mention in named}
        if stance and stance.mode == "exclude" and clause.is_own:
            excluded = {mention.kind for mention in named}
        held = (
            replace(clause, stance=clause.before or _ASKED) if stance and stance.mode == "exclude" and turns else clause
        )
        yield held, [title for title in titles if _within(title.span, clause)], named


def _intent(heard: _Heard, plain: str) -> Intent:
    if heard.asks:
        return "recommend"
    if heard.judges:
        return "feedback"
    if THANKS.search(plain):
        return "thanks"
    return "greet" if GREETING.search(plain) else "other"


def _content_words(
    text: str, clauses: list[Clause], taken: list[tuple[int, int]], named: list[tuple[int, int]]
) -> Iterator[str]:
    asked = [clause for clause in clauses if clause.stance is None or clause.stance.mode == "request"]
    for word in tokens(text):
        span = word.start, word.end
        said = any(_within(span, clause) for clause in asked) and not any(_overlap(span, other) for other in taken)
        names_attribute = (
            any(_overlap(span, other) for other in named) and word.text not in FUNCTION_WORDS | _DOMAIN_WORDS
        )
        if said and (word.text not in EMPTY_WORDS or names_attribute):
            yield word.surface.casefold()


def _within(span: tuple[int, int], clause: Clause) -> bool:
    return clause.start <= span[0] and span[1] <= clause.end


def _overlap(left: tuple[int, int], right: tuple[int, int]) -> bool:
    return left[0] < right[1] and right[0] < left[1]
