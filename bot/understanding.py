"""What a message says about taste and wishes, by rules: the same message always gives the same answer.

It knows words and titles; what to do about them is for the dialogue policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..retrieval.catalog import Catalog
from ..retrieval.passage import Passage
from ..retrieval.text import FUNCTION_WORDS, tokens
from ..retrieval.titles import TitleLinker, TitleMatch
from .asked_domain import asked_domain, compared_domain, other_domain
from .attributes import AttributeReader, plain_text
from .clauses import mask, split_clauses
from .comparison import makers, overlapping, relations
from .cues import ADDS, GREETING, MARKUP, SAME, SWITCH, THANKS, WHY
from .domains import NOUN_WORDS
from .hearing import LIMITS, Heard, by_clause, hear_attributes, hear_mode, hear_titles, overlap, within
from .lexicon_talk import EMPTY_WORDS, MORE_WORDS, OTHER_NAMES
from .mention import Mention
from .narration import is_description
from .query_builder import Request, build_query
from .signals import Intent, PreferenceSignal, Understanding

_LONGEST_MESSAGE = 4_000
_UNTELLING = FUNCTION_WORDS | NOUN_WORDS


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
        self._catalog = catalog
        self._linker = linker
        self._attributes = AttributeReader(catalog)
        self._vocabulary = self._attributes.vocabulary

    def extract(self, message: str, *, turn: int, domain: str = "", only: bool = False) -> Understanding:
        """Return everything that ``message`` says; only its first 4,000 characters are read.

        Args:
            message: What the person wrote.
            turn: The number of the turn.
            domain: The domain of the request that holds, which decides what is ambiguous; "" where it is open.
            only: Whether nothing but that domain can be asked for.
        """
        text = MARKUP.sub(lambda match: " " * len(match[0]), message[:_LONGEST_MESSAGE])
        plain = plain_text(text)
        heard = self._hear(text, plain, turn, domain, strict=only)
        if WHY.search(plain):
            return Understanding(signals=_mentioned(heard), intent="why")
        asked = "" if only else asked_domain(heard, plain, self._vocabulary, self._attributes.domains)
        if asked and len(self._vocabulary.domains) > 1:
            # What is asked for may read otherwise: "historical" is a genre of its own among books.
            heard = self._hear(text, plain, turn, asked, strict=True)
        if only:
            return self._conclude(heard, plain, domain)
        turned = asked or other_domain(heard, domain, self._vocabulary) or compared_domain(heard, domain, self._catalog)
        return self._conclude(heard, plain, turned)

    def _hear(self, text: str, plain: str, turn: int, domain: str, *, strict: bool = False) -> Heard:
        heard = Heard(text, turn)
        titles = self._titles(text, plain, domain)
        mentions = self._attributes.read(text, [title.span for title in titles], domain, strict=strict)
        heard.unknown = self._unknown_titles(text, titles, mentions)
        mentions = [m for m in mentions if not any(overlap(m.span, span) for span in heard.unknown)]
        heard.titles = [*(title.span for title in titles), *heard.unknown]
        named_titles = mask(plain, heard.titles, ())
        made_by = list(makers(named_titles, titles, self._catalog))
        mentions += [mention for mention, _ in made_by]
        heard.clauses = split_clauses(mask(plain, heard.titles, [m.span for m in mentions if m.kind != "domain"]))
        describes = is_description(plain) and not any(clause.is_own for clause in heard.clauses)
        for clause, here, named in by_clause(heard.clauses, titles, mentions, plain, describes=describes):
            said = plain[clause.start : clause.end]
            hear_titles(heard, clause, here, said)
            hear_attributes(heard, clause, named, has_title=bool(here))
            hear_mode(heard, clause, said, named)
        tastes = [clause for clause in heard.clauses if clause.stance and clause.stance.mode == "taste"]
        heard.judges |= any(within(span, clause) for clause in tastes for span in heard.unknown)
        heard.items_none += [item_id for _, item_id in made_by if heard.asks]
        compared = list(relations(named_titles, titles, heard.similar_to, self._catalog)) if heard.asks else []
        heard.wanted = [
            m for m in heard.wanted if m.kind not in LIMITS or not overlapping(m, [c.span for c in compared])
        ]
        heard.wanted += compared
        if strict and domain in self._vocabulary.domains:
            # "A Stephen King adaptation": films know no such person, so the name stays a word.
            heard.wanted = [m for m in heard.wanted if m.kind != "person" or self._has(domain, m)]
        if describes and not heard.asks and not heard.judges:
            heard.asks, heard.asked_at = True, (0, len(plain))
        return heard

    def _has(self, domain: str, mention: Mention) -> bool:
        return domain in self._vocabulary.where(mention.kind, mention.value)

    def _titles(self, text: str, plain: str, domain: str) -> list[TitleMatch]:
        """Return the titles; of several items with one name the one of the domain that the words say, or ``domain``."""
        titles = self._linker.link(text)
        nouns = self._attributes.domains.hints(plain, [title.span for title in titles])
        said = {span: self._attributes.domains.domain_at(plain, noun) for span, noun in nouns.items()}
        return [self._of_domain(title, said.get(title.span) or domain) for title in titles]

    def _of_domain(self, title: TitleMatch, domain: str) -> TitleMatch:
        if not domain or self._catalog[title.item_id].domain == domain:
            return title
        other = next((i for i in title.alternatives if self._catalog[i].domain == domain), title.item_id)
        return replace(title, item_id=other)

    def _conclude(self, heard: Heard, plain: str, domain: str) -> Understanding:
        words = ""
        if heard.asks:
            limits = [m.span for m in heard.wanted if m.kind in LIMITS or m.is_wanted]
            refused = [m.span for m in heard.refused]
            named = [m.span for m in heard.wanted if m.kind != "domain"]
            words = " ".join(_content_words(heard, [*heard.titles, *limits, *refused], named))
            if heard.asked_at and not _goes_on(heard, words, plain):
                heard.note("request", "recommend", 1, heard.asked_at, lasting=False)
        said = _said(heard) if heard.asks else ""
        refused_now = self._narrowed(heard)
        request = Request(words, heard.wanted, refused_now, heard.similar_to, heard.items_none, domain, said)
        return Understanding(
            signals=tuple(heard.signals.values()),
            query=build_query(request, plain),
            intent=_intent(heard, plain),
            unknown_titles=tuple(dict.fromkeys(heard.text[start:end].strip() for start, end in heard.unknown)),
            adds=ADDS.search(plain) is not None,
            vocabulary=self._vocabulary if domain in self._vocabulary.domains else None,
        )

    def _narrowed(self, heard: Heard) -> list[Mention]:
        """Return what is refused; of words that mean two things at once, as "anime", only what is not asked for."""
        asked = {(mention.kind, mention.value) for mention in heard.wanted}
        kept: list[Mention] = []
        for span in dict.fromkeys(mention.span for mention in heard.refused):
            here = [mention for mention in heard.refused if mention.span == span]
            genres = [m for m in here if m.kind == "genre"]
            together = len({(m.kind, m.value) for m in here}) > 1 and bool(genres) and not genres[0].is_choice
            if together:
                left = [m for m in here if (m.kind, m.value) not in asked]
                left.sort(key=lambda m: (m.kind != "genre", self._vocabulary.count(m.kind, m.value)))
                here = left[:1]
            kept += here
        return kept

    def _unknown_titles(self, text: str, titles: list[TitleMatch], mentions: list[Mention]) -> list[tuple[int, int]]:
        passage = Passage(text)
        quotes = [(start, end) for start, end in passage.quotes() if text[start].isupper()]
        runs = [run for run in passage.named_runs() if not any(overlap(run, quote) for quote in quotes)]
        spans = [span for span in (*quotes, *runs) if not any(overlap(span, title.span) for title in titles)]
        return sorted(span for span in spans if self._is_title_like(text, span, mentions))

    def _is_title_like(self, text: str, span: tuple[int, int], mentions: list[Mention]) -> bool:
        inside = [mention for mention in mentions if overlap(mention.span, span)]
        if any(mention.kind == "person" for mention in inside):
            return False
        return any(
            not any(overlap((span[0] + word.start, span[0] + word.end), mention.span) for mention in inside)
            and word.text not in EMPTY_WORDS | OTHER_NAMES
            and not self._attributes.names(word.text)
            for word in tokens(text[span[0] : span[1]])
        )


def _intent(heard: Heard, plain: str) -> Intent:
    if heard.asks:
        return "recommend"
    if heard.judges:
        return "feedback"
    if THANKS.search(plain):
        return "thanks"
    return "greet" if GREETING.search(plain) else "other"


def _mentioned(heard: Heard) -> tuple[PreferenceSignal, ...]:
    """Return the items that a message names, whatever it says of them."""
    return tuple(replace(s, polarity=0, lasting=False) for s in heard.signals.values() if s.kind == "item")


def _goes_on(heard: Heard, words: str, plain: str) -> bool:
    """Say whether a message goes on from the request before: "something else", "and a book on the same?"."""
    more = not heard.wanted and not heard.similar_to and bool(set(words.split()) & MORE_WORDS)
    only_domain = bool(heard.wanted) and all(m.kind == "domain" for m in heard.wanted) and not words
    turns = only_domain and not heard.similar_to and SWITCH.search(plain) is not None
    return more or turns or (SAME.search(plain) is not None and not heard.similar_to)


def _said(heard: Heard) -> str:
    """Return the clauses that ask, in full and in order, without those that judge or refuse."""
    told: list[tuple[int, int]] = []
    goes_on = False
    for clause in heard.clauses:
        asks = clause.stance is None or clause.stance.mode == "request"
        if asks and goes_on:
            told[-1] = told[-1][0], clause.end
        elif asks:
            told.append((clause.start, clause.end))
        goes_on = asks
    return ". ".join(heard.text[start:end].strip(" ,;.-\n") for start, end in told)


def _content_words(heard: Heard, taken: list[tuple[int, int]], named: list[tuple[int, int]]) -> Iterator[str]:
    asked = [clause for clause in heard.clauses if clause.stance is None or clause.stance.mode == "request"]
    for word in tokens(heard.text):
        span = word.start, word.end
        said = any(within(span, clause) for clause in asked) and not any(overlap(span, other) for other in taken)
        names_attribute = any(overlap(span, other) for other in named) and word.text not in _UNTELLING
        if said and (word.text not in EMPTY_WORDS or names_attribute):
            yield word.surface.casefold()
