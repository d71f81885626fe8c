"""Attributes in a message: genres, moods, themes, people, countries, languages, periods and lengths.

It finds what is named; whether it is wanted or refused is for the clauses to say.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ..retrieval.catalog import Catalog
from ..retrieval.text import FUNCTION_WORDS, Token, fold, tokens
from ..retrieval.title_index import EVERYDAY_WORDS
from .lexicon import COUNTRIES, DOMAINS, GENRES, MOODS
from .mention import Mention
from .ranges import read_ranges
from .signals import SignalKind

Phrase = tuple[str, ...]
Value = tuple[SignalKind, str, bool]

_LONGEST_PHRASE = 6
_SHORTEST_THEME_WORD = 5
_SHORTEST_MISSPELT_NAME = 8
_SHORTEST_MISSPELT_LAST_NAME = 6
_NAME_TRIES = 20
_WELL_KNOWN_ITEMS, _WELL_KNOWN_RATIO = 3, 3
_BEFORE_A_PERSON = frozenset(
    {"by", "with", "starring", "from", "featuring", "directed", "director", "actor", "actress"}
)
_NOT_AN_ORIGIN = frozenset({"in", "about", "to", "into", "through", "of"})
_DOMAIN_WORDS = frozenset((word,) for word in DOMAINS)
_NO_SUBTITLES = re.compile(
    r"\b(?:no|without|hate|don't want|avoid)\s+(?:any\s+)?subtitles?\b|\bnot subtitled\b|\bdubbed\b"
)


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
        self._phrases: dict[Phrase, tuple[Value, ...]] = {}
        self._add_themes(catalog.vocabulary("theme"))
        self._add_synonyms("country", COUNTRIES, catalog.vocabulary("country"))
        self._add_synonyms("language", {}, catalog.vocabulary("language"))
        self._add_synonyms("mood", MOODS, catalog.vocabulary("mood"))
        self._add_synonyms("genre", GENRES, catalog.vocabulary("genre"))
        self._add_synonyms("domain", DOMAINS, {item.domain: 1 for item in catalog})
        self._phrases[("anime",)] = (("genre", "animation", True), ("language", "Japanese", True))
        self._countries = {_phrase(country) for country in catalog.vocabulary("country")}
        self._people = {_phrase(name): name for name in catalog.vocabulary("person")}
        self._spelled = {" ".join(phrase): name for phrase, name in self._people.items()}
        self._last_names = _telling_last_names(catalog.vocabulary("person"))

    def read(self, text: str, taken: Iterable[tuple[int, int]]) -> list[Mention]:
        """Return the attributes named outside the spans already ``taken``, in order; longer phrases win."""
        plain = plain_text(text)
        occupied = _Occupied(taken)
        found = [Mention("language", "English", m.span(), True, True) for m in _NO_SUBTITLES.finditer(plain)]
        found = [mention for mention in found if occupied.take(mention.span)]
        found += [mention for mention in read_ranges(plain) if occupied.take(mention.span)]
        words = tokens(text)
        for mentions in (*self._read_people(words, text), *self._read_phrases(words)):
            if occupied.take(mentions[0].span):
                found += mentions
        found += [m for ms in self._read_misspelt_people(words) if occupied.take(ms[0].span) for m in ms]
        return sorted(found, key=lambda mention: mention.span)

    def names(self, word: str) -> bool:
        """Say whether one folded word is itself the name of an attribute."""
        return (word,) in self._phrases or (word,) in self._countries

    def _read_phrases(self, words: list[Token]) -> list[list[Mention]]:
        found: list[list[Mention]] = []
        for first, last in _windows(words, _LONGEST_PHRASE):
            phrase = tuple(word.text for word in words[first : last + 1])
            values = self._phrases.get(phrase)
            before = words[first - 1].text if first else ""
            if values and not (phrase in self._countries and not _is_origin(words[first], before)):
                span = words[first].start, words[last].end
                found.append([Mention(kind, value, span, known) for kind, value, known in values])
        return sorted(found, key=lambda mentions: mentions[0].span[0] - mentions[0].span[1])

    def _read_people(self, words: list[Token], text: str) -> Iterator[list[Mention]]:
        for first, last in _windows(words, 4):
            phrase = tuple(word.text for word in words[first : last + 1])
            span = words[first].start, words[last].end
            name = self._people.get(phrase)
            if (name and (first < last or (words[first].is_capitalised and first))) or (
                first == last and (name := self._last_names.get(phrase[0])) and self._is_surname(words, first, text)
            ):
                yield [Mention("person", name, span)]

    def _is_surname(self, words: list[Token], place: int, text: str) -> bool:
        word, before = words[place], words[place - 1] if place else None
        behind = words[place + 1] if place + 1 < len(words) else None
        if self.names(word.text):
            return False
        if before is None:
            return word.is_capitalised and behind is not None and (behind.text,) in _DOMAIN_WORDS
        if word.is_capitalised:
            # A capitalised word on either side would make this a part of somebody else's name.
            joined = behind is not None and behind.is_capitalised and text[word.end : behind.start] == " "
            return not joined and not (
                before.is_capitalised and before.text not in _BEFORE_A_PERSON | {"i", "and", "or"}
            )
        return before.text in _BEFORE_A_PERSON and word.text not in EVERYDAY_WORDS and len(word.text) > 4

    def _read_misspelt_people(self, words: list[Token]) -> Iterator[list[Mention]]:
        tries = 0
        for first, last in _windows(words, 3):
            named = all(word.is_capitalised for word in words[first : last + 1])
            led = first > 0 and words[first - 1].text in _BEFORE_A_PERSON
            name = " ".join(word.text for word in words[first : last + 1])
            if first == last and led and len(name) >= _SHORTEST_MISSPELT_LAST_NAME and not self.names(name):
                surname = process.extractOne(name, self._last_names.keys(), scorer=OSA.distance, score_cutoff=1)
                if surname and words[first].is_capitalised:
                    yield [Mention("person", self._last_names[surname[0]], (words[first].start, words[last].end))]
            if first == last or tries >= _NAME_TRIES or len(name) < _SHORTEST_MISSPELT_NAME or not (named or led):
                continue
            tries += 1
            near = process.extractOne(name, self._spelled.keys(), scorer=OSA.distance, score_cutoff=1)
            if near:
                yield [Mention("person", self._spelled[near[0]], (words[first].start, words[last].end))]

    def _add_synonyms(
        self, kind: SignalKind, synonyms: Mapping[str, tuple[str, ...]], vocabulary: Mapping[str, int]
    ) -> None:
        own = {fold_phrase(value): value for value in vocabulary}
        for said, values in ({" ".join(_phrase(value)): (value,) for value in vocabulary} | dict(synonyms)).items():
            known = all(fold_phrase(value) in own for value in values)
            named: tuple[Value, ...] = tuple((kind, own.get(fold_phrase(value), value), known) for value in values)
            # A mood is a wish, so one that the catalogue lacks does no harm; a domain that it lacks must be said.
            always = kind in {"mood", "domain"}
            named = tuple((k, value, known or always) for k, value, known in named)
            for phrase in _with_plural(_phrase(said)):
                if known or always or phrase not in self._phrases:
                    self._phrases[phrase] = named

    def _add_themes(self, vocabulary: Mapping[str, int]) -> None:
        for theme in vocabulary:
            phrase = _phrase(theme)
            if len(phrase) > 1 or (len(phrase[0]) >= _SHORTEST_THEME_WORD and phrase[0] not in FUNCTION_WORDS):
                for variant in _with_plural(phrase):
                    self._phrases.setdefault(variant, (("theme", theme, True),))


class _Occupied:
    """Spans that are taken already."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._spans = list(spans)

    def take(self, span: tuple[int, int]) -> bool:
        if any(span[0] < end and start < span[1] for start, end in self._spans):
            return False
        self._spans.append(span)
        return True


def plain_text(text: str) -> str:
    """Return the text in small letters with plain apostrophes and hyphens, every character in its place."""
    small = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return small.translate(str.maketrans("’‘ʼ`´–—‐‑\x00", "'''''---- "))


def fold_phrase(value: str) -> str:
    """Return a value as phrases are compared."""
    return " ".join(_phrase(value))


def _phrase(value: str) -> Phrase:
    return tuple(word.text for word in tokens(value)) or (fold(value),)


def _with_plural(phrase: Phrase) -> tuple[Phrase, ...]:
    """Return the phrase with its last word in singular and plural."""
    *front, last = phrase
    if last.endswith(("oes", "ches", "shes", "sses", "xes")):
        other = last[:-2]
    elif last.endswith("ies") and len(last) > 5:
        other = last[:-3] + "y"
    elif last.endswith("s") and not last.endswith("ss"):
        other = last[:-1]
    else:
        other = last[:-1] + "ies" if last.endswith("y") and last[-2:-1] not in "aeiou" else last + "s"
    return phrase, (*front, other)


def _windows(words: list[Token], longest: int) -> Iterator[tuple[int, int]]:
    for length in range(longest, 0, -1):
        yield from ((first, first + length - 1) for first in range(len(words) - length + 1))


def _is_origin(word: Token, before: str) -> bool:
    """Say whether a country is where a film comes from, and neither its setting nor an ordinary word."""
    return before not in _NOT_AN_ORIGIN and (word.is_capitalised or before == "from")


def _telling_last_names(people: Mapping[str, int]) -> dict[str, str]:
    """Return last names that one person bears, or one far more often in the catalogue than the others."""
    bearers: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for name, count in people.items():
        if len(phrase := _phrase(name)) > 1:
            bearers[phrase[-1]].append((count, name))
    found = {}
    for last, counted in bearers.items():
        (first, name), *others = sorted(counted, reverse=True)
        if not others or first >= max(_WELL_KNOWN_ITEMS, _WELL_KNOWN_RATIO * others[0][0]):
            found[last] = name
    return found
