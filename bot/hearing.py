"""What the clauses of a message say of what they name: the stance of each decides what is liked, wanted or refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..retrieval.titles import TitleMatch
from .clauses import Clause, Stance, is_asking, is_new_request
from .cues import COMPARES_BACK, OFF_TOPIC
from .domains import Span
from .mention import Mention
from .signals import PreferenceSignal

_SHORT_MESSAGE_WORDS = 4
_ASKED, _REFUSED = Stance(1, "request"), Stance(-1, "exclude")
LIMITS = frozenset({"period", "length", "pages", "number", "domain"})
# Refused they say nothing that could be excluded.
_NEVER_REFUSED = frozenset({"length", "pages", "number"})


@dataclass
class Heard:
    """What has been found in one message so far."""

    text: str
    turn: int
    signals: dict[tuple[str, str], PreferenceSignal] = field(default_factory=dict)
    wanted: list[Mention] = field(default_factory=list)
    refused: list[Mention] = field(default_factory=list)
    similar_to: list[str] = field(default_factory=list)
    items_none: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    unknown: list[Span] = field(default_factory=list)
    titles: list[Span] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    asks: bool = False
    asked_at: Span | None = None
    judges: bool = False

    def note(self, kind: str, value: str, polarity: int, span: Span, *, lasting: bool) -> None:
        """Keep a signal; of two about the same thing the later judgement holds."""
        known = self.signals.get((kind, value))
        if known is None or polarity:
            words = self.text[span[0] : span[1]]
            self.signals[kind, value] = PreferenceSignal(kind, value, polarity, self.turn, lasting, words)


def hear_titles(heard: Heard, clause: Clause, titles: list[TitleMatch], said: str) -> None:
    """Note what a clause says of the titles in it; ``said`` is the clause itself."""
    stance = clause.stance or Stance(0, "mention")
    for title in titles:
        item_id = title.item_id
        polarity = stance.polarity if stance.mode in {"taste", "exclude"} or stance.is_comparison else 0
        heard.note("item", item_id, polarity, title.span, lasting=stance.is_lasting)
        heard.judges |= stance.mode == "taste"
        if stance.is_comparison and stance.mode == "request":
            heard.similar_to.append(item_id)
            heard.asks = True
        elif polarity >= 0:
            heard.named.append(item_id)
        if stance.mode == "exclude" and not stance.is_lasting:
            heard.items_none.append(item_id)
            heard.asks = True
    back = COMPARES_BACK.search(said) if stance.mode == "request" and heard.named else None
    if back:
        heard.similar_to += heard.named if back["all"] else heard.named[-1:]
        heard.asks = True


def hear_attributes(heard: Heard, clause: Clause, mentions: list[Mention], *, has_title: bool) -> None:
    """Note what a clause says of the attributes in it."""
    for mention in mentions:
        stance = _stance_of(clause, mention)
        refuses = stance.polarity < 0
        # "The thriller Heat was boring" judges the film, and no other thriller.
        judges_title = has_title and stance.mode == "taste" and refuses and mention.kind != "mood"
        # "No old movies" refuses old ones; only "no movies" refuses films.
        only = not has_title and all(other.kind == "domain" for other in mentions)
        silent = stance.mode == "taste" or (refuses and not only)
        idle = stance.polarity == 0 or (mention.kind == "domain" and silent)
        if judges_title or idle or (refuses and mention.kind in _NEVER_REFUSED) or not (mention.is_known or refuses):
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
        elif refuses and (mention.kind in {"genre", "period"} or not stance.is_lasting):
            heard.refused += _as_refused(mention)


def _as_refused(mention: Mention) -> list[Mention]:
    """Return what a refusal means: "no slashers" refuses that theme, where there is one, and no other horror."""
    if mention.refused_as is None:
        return [mention]
    return [replace(mention, kind=kind, value=value, refused_as=None) for kind, value in mention.refused_as]


def hear_mode(heard: Heard, clause: Clause, said: str, named: list[Mention]) -> None:
    """Note what a clause asks for, whatever it names."""
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
    if mention.is_refused:
        # "Foreign films" refuses English, and "no foreign films" asks for it.
        if stance.mode == "exclude":
            return _ASKED
        return replace(stance, polarity=-stance.polarity) if stance.mode == "taste" else _REFUSED
    limits = mention.kind in LIMITS and clause.link not in {"or", "nor"}
    follows = stance.mode == "exclude" and not clause.is_own and limits
    if mention.is_wanted or follows:
        return _ASKED if mention.is_wanted else clause.before or _ASKED
    return stance


def by_clause(
    clauses: list[Clause], titles: list[TitleMatch], mentions: list[Mention], plain: str, *, describes: bool = False
) -> Iterator[tuple[Clause, list[TitleMatch], list[Mention]]]:
    """Yield each clause with its titles and attributes; those of a vague one count only in a description."""
    excluded: set[str] = set()
    is_short = len(plain.split()) <= _SHORT_MESSAGE_WORDS
    for clause in clauses:
        named = [mention for mention in mentions if within(mention.span, clause)]
        stance = clause.stance
        kinds = {mention.kind for mention in named}
        vague = kinds in (set(), {"theme"}, {"domain"}) and not is_short
        if stance is None and not describes and (vague or OFF_TOPIC.match(plain, clause.start)):
            named = []
        # "not too sad, French": behind a comma another kind of attribute is wanted again.
        turns = clause.link == "," and not clause.is_own and not excluded & {mention.kind for mention in named}
        if stance and stance.mode == "exclude" and clause.is_own:
            excluded = {mention.kind for mention in named}
        held = (
            replace(clause, stance=clause.before or _ASKED) if stance and stance.mode == "exclude" and turns else clause
        )
        yield held, [title for title in titles if within(title.span, clause)], named


def within(span: Span, clause: Clause) -> bool:
    """Say whether a span stands in a clause."""
    return clause.start <= span[0] and span[1] <= clause.end


def overlap(left: Span, right: Span) -> bool:
    """Say whether two spans have a character in common."""
    return left[0] < right[1] and right[0] < left[1]
