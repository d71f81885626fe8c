"""Which domain a message asks for: films, books, music, or whatever else a catalogue holds.

It knows nouns and verbs; whether the clause is a request is for others to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ..retrieval.text import Token, fold, tokens
from .mention import Mention

Span = tuple[int, int]

# What people call the things of a domain; the first name stands for the others. Only strong nouns speak of a domain
# that the catalogue lacks: "a game" or "a track" may be anything.
_NOUNS: Mapping[str, tuple[str, ...]] = {
    "film": ("movie", "flick", "feature film", "motion picture"),
    "book": ("novel", "novella", "paperback", "audiobook"),
    "music": ("album", "song", "record", "tune", "track", "playlist"),
    "series": ("tv series", "tv show", "television series"),
    "game": ("video game", "computer game", "board game"),
    "podcast": (),
}
_STRONG = {"film": {"film", "movie", "flick"}, "book": {"book", "novel"}, "music": {"album", "song"}}
_ASK = r"(?:(?:should|can|could|shall|to) (?:i |we )?|(?<=watch or )|(?<=read or )|(?<=listen to or ))"
# Verbs and makers that tell the domain; they constrain only where the catalogue has one of these domains.
_CUES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("film", "series"),
        rf"\b(?:{_ASK}(?:re)?watch|let's watch|watch (?:tonight|next|with)|directed by|starring|directors?|actors?|"
        r"actress(?:es)?|on (?:the )?screen|"
        r"(?:book |novel |screen |literary |page to screen )?adaptations?|(?<!a )(?<!the )cinema)\b",
    ),
    (
        ("book",),
        rf"\b(?:{_ASK}(?:re)?read|let's read|read next|bedtime reading|reading list|page[- ]turners?|"
        r"doorstop(?:per)?s?|written by|authors?|novelists?|"
        r"(?:a|an|good|great|quick|short|long|light|easy|fun|gripping|summer|beach|holiday|train|next|cosy|cozy) "
        r"reads?)\b(?!-)",
    ),
    (("music", "podcast"), rf"\b{_ASK}listen\b(?: to\b)?|\blistening to\b"),
    (("game",), rf"\b{_ASK}play\b(?! (?:a|the) (?:role|part))"),
)
_COMPILED_CUES = tuple((domains, re.compile(pattern)) for domains, pattern in _CUES)
# Behind these a noun is what something is about or comes from, and not what is asked for.
_NOT_ASKED = re.compile(
    r"(?:\b(?:based on|adapted from|(?<!what )(?<!how )about|than|featuring|with|made (?:in)?to|turned into|"
    r"like (?:a|an|the|that|this)|"
    r"(?:of|from|on|by|as|to) (?:the|a|an|his|her|their|that|this))(?:\s+[\w'-]+){0,1}|\b(?:from|into))\s+$"
)
# Before these it says what was adapted.
_OF_WHAT = re.compile(r"[\s-]+(?:adaptation|to[\s-]+(?:film|screen))")
_NEAR = 40
_TITLE_BEHIND = re.compile(r"\s*(?:called|titled|named|of|[:,])?\s*[\"'“‘«]?\s*")
_TITLE_BEFORE = re.compile(r"[\"'”’»]?\s*[,(]?\s*(?:the|a)\s+")
# Every word for a domain, each with the domain's usual name.
DOMAIN_OF = {
    form: name
    for name, nouns in _NOUNS.items()
    for noun in (name, *nouns)
    for form in (noun, f"{noun}s")
    if " " not in noun
}
# The usual nouns say nothing about what is asked for beyond its domain.
NOUN_WORDS = frozenset(f"{noun}{end}" for nouns in _STRONG.values() for noun in nouns for end in ("", "s"))
_UNCOUNTABLE = {"music": "piece of music"}


class DomainReader:
    """Find the domains that a message names.

    Args:
        domains: The domains of the catalogue with their number of items.

    Examples:
        >>> reader = DomainReader({"film": 9, "book": 5})
        >>> [mention.value for said in ("any novels?", "something to watch") for mention in reader.read(said)]
        ['book', 'film']
        >>> [mention.value for mention in reader.read("a film based on a novel")]
        ['film']
    """

    def __init__(self, domains: Mapping[str, int]) -> None:
        self.domains = tuple(domains)
        self._own = self._own_names()
        self.words: dict[tuple[str, ...], str] = {}
        for name, synonyms in _NOUNS.items():
            for noun in (name, *synonyms):
                if name in self._own or noun in _STRONG.get(name, ()):
                    self._add(noun, self._own.get(name, name))
        for domain in self.domains:
            self._add(domain, domain)
        self._cues = [(own[0], cue) for names, cue in _COMPILED_CUES if len(own := self._present(names)) == 1]
        self._longest = max((len(phrase) for phrase in self.words), default=1)

    def read(self, plain: str, titles: Iterable[Span] = ()) -> list[Mention]:
        """Return the domains asked for, nouns before verbs; a noun that says what a title is asks for nothing."""
        described = set(self.hints(plain, titles).values())
        nouns = [
            Mention("domain", domain, span)
            for span, domain in self._nouns(plain)
            if span not in described and _is_asked(plain, span[0]) and not _OF_WHAT.match(plain, span[1])
        ]
        cues = [
            Mention("domain", domain, match.span())
            for domain, cue in self._cues
            for match in cue.finditer(plain)
            if _is_asked(plain, match.start())
        ]
        return nouns + cues

    def hints(self, plain: str, titles: Iterable[Span]) -> dict[Span, Span]:
        """Return for each title beside a noun ("the novel Dune", "Dune, the book") where the noun stands."""
        nouns = [span for span, _ in self._nouns(plain)]
        found: dict[Span, Span] = {}
        for title in titles:
            for noun in nouns:
                before = noun[1] <= title[0] and _TITLE_BEHIND.fullmatch(plain, noun[1], title[0])
                behind = title[1] <= noun[0] and _TITLE_BEFORE.fullmatch(plain, title[1], noun[0])
                if before or behind:
                    found[title] = noun
        return found

    def domain_at(self, plain: str, span: Span) -> str:
        """Return the domain that the noun at a place names."""
        return self.words.get(tuple(word.text for word in tokens(plain[span[0] : span[1]])), "")

    def is_noun(self, word: str) -> bool:
        """Say whether one folded word names a domain."""
        return (word,) in self.words

    def _nouns(self, plain: str) -> Iterator[tuple[Span, str]]:
        words = tokens(plain)
        place = 0
        while place < len(words):
            size = next((n for n in range(self._longest, 0, -1) if self._phrase(words, place, n) in self.words), 0)
            if size:
                span = words[place].start, words[place + size - 1].end
                yield span, self.words[self._phrase(words, place, size)]
            place += size or 1

    def _phrase(self, words: list[Token], place: int, size: int) -> tuple[str, ...]:
        return tuple(word.text for word in words[place : place + size]) if place + size <= len(words) else ()

    def _own_names(self) -> dict[str, str]:
        """Return what the catalogue calls each of the usual domains: "movies" may be its word for films."""
        own: dict[str, str] = {}
        for name, synonyms in _NOUNS.items():
            for noun in (name, *synonyms):
                spelled = {noun, f"{noun}s"}
                for domain in self.domains:
                    if " ".join(word.text for word in tokens(domain)) in spelled:
                        own.setdefault(name, domain)
        return own

    def _present(self, names: Iterable[str]) -> list[str]:
        return [self._own[name] for name in names if name in self._own]

    def _add(self, noun: str, domain: str) -> None:
        phrase = tuple(word.text for word in tokens(noun)) or (fold(noun),)
        one = singular(phrase[-1])
        for last in (phrase[-1], one, one + "s"):
            self.words[(*phrase[:-1], last)] = domain


def _is_asked(plain: str, place: int) -> bool:
    return not _NOT_ASKED.search(plain, max(0, place - _NEAR), place)


def singular(noun: str) -> str:
    """Return a noun without its plural ending.

    Examples:
        >>> singular("movies"), singular("dresses"), singular("glass"), singular("series")
        ('movie', 'dress', 'glass', 'series')
    """
    if noun.endswith(("sses", "xes", "ches", "shes")):
        return noun[:-2]
    if noun.endswith("ies") and len(noun) > 6:
        return noun[:-3] + "y"
    return noun[:-1] if noun.endswith("s") and not noun.endswith(("ss", "series")) else noun


def noun_of(domain: str) -> str:
    """Return the word for one item of a domain.

    Examples:
        >>> noun_of("film"), noun_of("Board games"), noun_of("music"), noun_of("")
        ('film', 'board game', 'piece of music', 'item')
    """
    name = domain.strip().casefold()
    *front, last = name.split() or ["item"]
    return _UNCOUNTABLE.get(name) or " ".join([*front, singular(last)])


def plural_of(domain: str) -> str:
    """Return the word for several items of a domain.

    Examples:
        >>> plural_of("book"), plural_of("music"), plural_of("movies"), plural_of("dress"), plural_of("story")
        ('books', 'music', 'movies', 'dresses', 'stories')
    """
    name, one = domain.strip().casefold(), noun_of(domain)
    if name in _UNCOUNTABLE or one.endswith("series"):
        return name
    if one.endswith("y") and one[-2:-1] not in "aeiou":
        return f"{one[:-1]}ies"
    return f"{one}es" if one.endswith(("s", "x", "ch", "sh")) else f"{one}s"
