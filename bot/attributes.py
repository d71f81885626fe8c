"""Attributes in a message: genres, moods, themes, people, nationality, periods, lengths, columns of the catalogue.

It finds what is named; whether it is wanted or refused is for the clauses to say.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..retrieval.catalog import Catalog
from ..retrieval.text import tokens
from .columns import ColumnReader
from .domains import DomainReader, Span
from .lengths import length_in
from .mention import Mention
from .narration import narrated
from .people import PeopleReader
from .phrase_reader import PhraseReader
from .ranges import read_ranges
from .readings import PhraseBook
from .vocabulary import Vocabulary

_NO_SUBTITLES = re.compile(
    r"\b(?:no|without|hate|don't want|avoid)\s+(?:any\s+)?subtitles?\b|\bnot subtitled\b|\bdubbed\b"
)
_SUBTITLES = re.compile(
    r"\b(?:with|has|have|in)\s+(?:\w+\s+)?subtitles\b(?! (?:is|are|ok|okay|fine))|\bsubtitled\b|\bin translation\b|"
    r"\btranslated (?:fiction|novels?|books?|literature)\b|\bforeign[- ]language\b|"
    r"\bnon[- ]english(?:[- ](?:language|speaking))?\b"
)
_LIVE_ACTION = re.compile(r"\blive[- ]action\b")
# "In the spirit of" compares and asks for no spirits.
_COMPARING = re.compile(r"\bin the (?:spirit|style|tradition|mold|mould|manner|vein) of\b")
_NEAR_NOUN = 25
_MADE = re.compile(
    r"(?:made|released|written|from|since|before|after|pre|post|older|newer|until|up to|not|no|nothing)\b"
)
_OR_LIST = re.compile(r"\s*(?:,|/|\bor\b|\band\b|-)+\s*(?:from )?")


class AttributeReader:
    """Find the attributes that a message names, in the words of one catalogue.

    Examples:
        >>> from palate.retrieval.items import Item
        >>> heat = Item(item_id="heat", domain="film", title="Heat", year=1995, genres=("crime",), language="English")
        >>> reader = AttributeReader(Catalog([heat]))
        >>> [(mention.kind, mention.value) for mention in reader.read("crime from the 90s", ())]
        [('genre', 'crime'), ('period', '1990-1999')]
    """

    def __init__(self, catalog: Catalog) -> None:
        self.vocabulary = Vocabulary.of(catalog)
        self.domains = DomainReader(self.vocabulary.domains)
        self.people = PeopleReader(self.vocabulary, is_attribute=self.names, is_noun=self.domains.is_noun)
        self._phrases = PhraseBook(self.vocabulary)
        self._phrase_reader = PhraseReader(self._phrases, self.domains)
        self._columns = ColumnReader(self.vocabulary)
        self._paged = frozenset(self.vocabulary.columns.get("pages", ()))
        self._timed = frozenset(self.vocabulary.columns.get("runtime_min", ()))

    def read(self, text: str, taken: Iterable[Span], domain: str = "", *, strict: bool = False) -> list[Mention]:
        """Return the attributes named outside the spans already ``taken``, in order; longer phrases win.

        Args:
            text: The message.
            taken: Where its titles stand.
            domain: The domain asked for or held, which decides what "short" or "historical" means; "" where open.
            strict: Whether the message itself asks for that domain.
        """
        plain, words, titles = plain_text(text), tokens(text), list(taken)
        occupied = _Occupied(titles)
        nouns = [mention for mention in self.domains.read(plain, titles) if occupied.is_free(mention.span)]
        told = narrated(plain)
        found = [mention for mention in _signs(plain) if occupied.take(mention.span)]
        for match in _COMPARING.finditer(plain):
            occupied.take(match.span())
        found += [mention for mention in self._columns.read_numbers(plain) if occupied.take(mention.span)]
        found += [mention for mention in self._columns.read_named(words) if occupied.take(mention.span)]
        for mention in read_ranges(plain):
            if occupied.take(mention.span) and not _is_told(mention, plain, told):
                found.append(self._ranged(mention, plain, domain, nouns))
        found += [mention for mention in self.people.read(words, text, domain) if occupied.take(mention.span)]
        whole = {mention.span for mention in nouns if self.domains.domain_at(plain, mention.span)}
        for mentions in self._phrase_reader.read(words, text, told, domain, strict=strict):
            if mentions[0].span not in whole and occupied.take(mentions[0].span):
                found += mentions
        found += [mention for mention in self._columns.read_values(words) if occupied.take(mention.span)]
        found += [mention for mention in self.people.read_misspelt(words, domain) if occupied.take(mention.span)]
        # "A short read" and, where it tells books from films, "a scary movie" name a domain inside another attribute.
        cues = {mention.span for mention in nouns} - whole
        shared = {"length", "genre", "theme", "mood"} if len(self.vocabulary.domains) > 1 else {"length"}
        others = [m.span for m in found if m.kind not in shared or (m.kind in {"theme", "mood"} and m.span not in cues)]
        found += [mention for mention in nouns if not any(_overlap(mention.span, span) for span in others)]
        origins = sorted(self._origins(found, plain), key=lambda mention: mention.span)
        return self._alike(origins, plain)

    def names(self, word: str, *, but_theme: bool = False) -> bool:
        """Say whether one folded word is itself the name of an attribute, or of one that is no theme."""
        if but_theme and self._phrases.is_theme((word,)):
            return False
        return (word,) in self._phrases or (word,) in self._phrases.countries or self.domains.is_noun(word)

    def _ranged(self, mention: Mention, plain: str, domain: str, nouns: list[Mention]) -> Mention:
        """Return a period or length in the terms of its domain: "short" in minutes or pages, "classic" as a genre."""
        near = (m.value for m in nouns if 0 <= m.span[0] - mention.span[1] <= _NEAR_NOUN)
        domain = next(near, domain)
        said = plain[mention.span[0] : mention.span[1]]
        if mention.kind == "period" and said.startswith("classic") and domain:
            for reading in self._phrases.choose(("classic",), domain, strict=True):
                if reading.domains:
                    return replace(mention, kind="genre", value=reading.values[0][1])
        by_pages = domain in self._paged or (not domain and not self._timed)
        return length_in(mention, "pages" if by_pages and self._paged else "length")

    def _origins(self, found: list[Mention], plain: str) -> Iterator[Mention]:
        """Yield the mentions; of "a French film in Italian" the first is a country, where there is one."""
        spoken = [m for m in found if m.kind == "language" and _is_spoken(plain, m)]
        for mention in found:
            if spoken and mention.kind == "language" and mention not in spoken and not mention.is_wanted:
                said = tuple(word.text for word in tokens(plain[mention.span[0] : mention.span[1]]))
                country = self._phrases.country(said)
                yield replace(mention, kind="country", value=country) if country else mention
            elif mention.kind == "country" and _is_spoken(plain, mention):
                said = tuple(word.text for word in tokens(plain[mention.span[0] : mention.span[1]]))
                language = self._phrases.language(said)
                yield replace(mention, kind="language", value=language) if language else mention
            else:
                yield mention

    def _alike(self, found: list[Mention], plain: str) -> list[Mention]:
        """Return the mentions; in a list of languages and countries, as in "French or Irish", all are countries."""
        origins = [m for m in found if m.kind in {"language", "country"} and not m.is_wanted]
        mixed: set[Mention] = set()
        for left, right in itertools.pairwise(origins):
            joined = _OR_LIST.fullmatch(plain, left.span[1], max(left.span[1], right.span[0]))
            if joined and left.kind != right.kind and not _is_spoken(plain, left):
                mixed |= {left, right}
        found = [replace(m, kind="country", value=self._country(m, plain)) if m in mixed else m for m in found]
        return [mention for mention in found if mention.value]

    def _country(self, mention: Mention, plain: str) -> str:
        if mention.kind == "country":
            return mention.value
        return self._phrases.country(tuple(word.text for word in tokens(plain[mention.span[0] : mention.span[1]])))


class _Occupied:
    """Spans that are taken already."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = list(spans)

    def is_free(self, span: Span) -> bool:
        return not any(_overlap(span, other) for other in self._spans)

    def take(self, span: Span) -> bool:
        if not self.is_free(span):
            return False
        self._spans.append(span)
        return True


def plain_text(text: str) -> str:
    """Return the text in small letters with plain apostrophes and hyphens, every character in its place."""
    small = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return small.translate(str.maketrans("’‘ʼ`´–—‐‑\x00", "'''''---- "))


def _signs(plain: str) -> Iterator[Mention]:
    """Yield what a turn of phrase says of language and genre: no subtitles is English, live action no animation."""
    yield from (Mention("language", "English", m.span(), is_wanted=True) for m in _NO_SUBTITLES.finditer(plain))
    yield from (Mention("language", "English", m.span(), is_refused=True) for m in _SUBTITLES.finditer(plain))
    yield from (Mention("genre", "animation", m.span(), is_refused=True) for m in _LIVE_ACTION.finditer(plain))


def _is_told(mention: Mention, plain: str, told: list[Span]) -> bool:
    """Say whether a period or a length belongs to the plot: "set in the 1920s", "about an old man"."""
    start, end = mention.span
    plot = next((span for span in told if span[0] <= start and end <= span[1]), None)
    if plot is None or plain.startswith("with", plot[0]):
        return False
    before = plain[max(plot[0], start - 12) : end]
    if mention.kind == "period":
        return not re.search(rf"\b{_MADE.pattern}", before)
    return mention.value.isalpha() or " " in mention.value


def _is_spoken(plain: str, mention: Mention) -> bool:
    return plain[: mention.span[0]].endswith("in ")


def _overlap(left: Span, right: Span) -> bool:
    return left[0] < right[1] and right[0] < left[1]
