"""Genres, moods, themes and nationalities in a message, each as what it is where it stands.

"French" before "comedy" is asked for, before "chef" it is not; "family" before "film" is a genre, after "his" not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from ..retrieval.text import Token, word_set
from .domains import DomainReader, Span
from .mention import Mention
from .narration import origin
from .people import windows
from .phrase_forms import Phrase, phrase_of
from .readings import PhraseBook, Reading
from .regions import PLACES

_LONGEST_PHRASE = 6
_FROM = frozenset({"language", "country"})
_NOT_AN_ORIGIN = frozenset({"in", "about", "to", "into", "through", "of"})
_TOPICAL = frozenset({"about", "on", "exploring", "involving", "with"})
_PLACES = frozenset(phrase_of(place) for place in PLACES)
_FAMILY = frozenset({("family",), ("families",)})
_FOREIGN = ("foreign",)
_OCCASIONS = word_set("evening night day morning afternoon weekend sunday saturday friday monday flight journey mood")
_FITTING = frozenset({"cosy", "romantic", "feel-good", "funny", "heartwarming", "uplifting", "scary", "eerie"})


class PhraseReader:
    """Find the phrases of one catalogue in a message.

    Args:
        phrases: What each phrase means.
        domains: The words for the domains.
    """

    def __init__(self, phrases: PhraseBook, domains: DomainReader) -> None:
        self._phrases, self._domains = phrases, domains

    def read(
        self, words: list[Token], text: str, told: list[Span], domain: str = "", *, strict: bool = False
    ) -> list[list[Mention]]:
        """Return the mentions of each phrase, longer phrases first; those of one phrase have one span.

        Args:
            words: The words of the message.
            text: The message.
            told: Where it tells a plot, in which everything is a wish.
            domain: The domain asked for or held; "" where it is open.
            strict: Whether the domain was asked for.
        """
        found = []
        for first, last in windows(words, _LONGEST_PHRASE):
            phrase = tuple(word.text for word in words[first : last + 1])
            if phrase not in self._phrases and phrase != _FOREIGN:
                continue
            span = words[first].start, words[last].end
            in_plot = any(start <= span[0] and span[1] <= end for start, end in told)
            place = _Place(words, first, last, text, in_plot)
            if phrase == _FOREIGN:
                if place.origin(self._is_name) == "asked":
                    found.append([Mention("language", "English", span, is_refused=True)])
                continue
            topical = bool(_TOPICAL.intersection(place.before))
            readings = self._phrases.choose(phrase, domain, strict=strict, topical=topical)
            if mentions := list(self._mentions(phrase, readings, place)):
                found.append(mentions)
        return sorted(found, key=lambda mentions: mentions[0].span[0] - mentions[0].span[1])

    def _mentions(self, phrase: Phrase, readings: list[Reading], place: _Place) -> Iterator[Mention]:
        kinds = readings[0].kinds
        is_soft = (place.in_plot or place.belongs(self._is_name)) and phrase[0] != "for"
        if phrase in self._phrases.countries or phrase in _PLACES:
            if not self._is_origin(phrase, place):
                readings = self._phrases.themes(phrase)
        elif kinds <= _FROM and place.before[-1:] != ["in"] and not place.is_negated:
            how = place.origin(self._is_name)
            readings, is_soft = (readings, how == "wished") if how else ([], False)
        elif phrase in _FAMILY and not self._is_for_families(place):
            readings = self._phrases.themes(phrase)
        elif kinds == {"mood"} and (place.describes_somebody(self._is_name) or self._is_occasion(readings, place)):
            readings = []
        genres = all("genre" in reading.kinds for reading in readings)
        for reading in readings:
            mention = Mention(
                "", "", place.span, bool(reading.domains), is_choice=reading.is_choice,
                is_one_of=reading.is_choice and genres, is_soft=is_soft,
                is_refused=place.is_negated and reading.kinds <= _FROM, refused_as=reading.refused_as,
            )  # fmt: skip
            yield from (replace(mention, kind=kind, value=value) for kind, value in reading.values)

    def _is_name(self, word: str) -> bool:
        return self._domains.is_noun(word) or self._phrases.is_asked(word)

    def _is_origin(self, phrase: Phrase, place: _Place) -> bool:
        """Say whether a country is where something comes from, and neither its setting nor an ordinary word."""
        before = place.before[-1] if place.before else ""
        if before in {"or", "and"} and len(place.before) > 1:
            listed = (place.before[-2],)
            return listed in self._phrases.countries or listed in self._phrases
        if phrase in {("hollywood",), ("bollywood",)}:
            return before not in _NOT_AN_ORIGIN
        made = before == "in" and place.before[-2:-1] in (["made"], ["produced"], ["filmed"], ["written"])
        capital = place.is_capitalised or phrase[0] == "the"
        if place.in_plot and before != "from":
            return False
        return made or place.is_negated or (before not in _NOT_AN_ORIGIN and (capital or before == "from"))

    def _is_for_families(self, place: _Place) -> bool:
        before = place.before[-1] if place.before and place.follows_closely else ""
        named = place.behind in {"friendly", "viewing", "night", "fun"} or self._is_name(place.behind)
        return named or before in {"", "for"} or (before == "the" and place.before[0] == "for")

    def _is_occasion(self, readings: list[Reading], place: _Place) -> bool:
        """Say whether a mood is that of the evening: "for a dark evening"."""
        if place.behind not in _OCCASIONS or not {"for", "on", "this"}.intersection(place.before):
            return False
        return not any(value in _FITTING for reading in readings for _, value in reading.values)


class _Place:
    """Where a phrase stands."""

    def __init__(self, words: list[Token], first: int, last: int, text: str, in_plot: bool) -> None:
        self._words, self._first, self._last, self._text = words, first, last, text
        self.in_plot = in_plot
        self.span = words[first].start, words[last].end
        self.before = [word.text for word in words[max(0, first - 2) : first]]
        self.is_capitalised = words[first].is_capitalised
        self.follows_closely = first > 0 and not text[words[first - 1].end : words[first].start].strip()
        self.is_negated = (
            re.search(r"\b(?:non[- ]|outside (?:of )?(?:the )?)$", text[: self.span[0]].casefold()) is not None
        )

    @property
    def behind(self) -> str:
        """The word that follows without a sign between; "" where there is none."""
        if self._last + 1 == len(self._words):
            return ""
        behind = self._words[self._last + 1]
        return "" if self._text[self.span[1] : behind.start].strip(" -") else behind.text

    def origin(self, is_name: Callable[[str], bool]) -> str:
        """Return how an adjective of origin here is meant."""
        return origin(self._words, self._first, self._last, self._text, is_name=is_name, told=self.in_plot)

    def belongs(self, is_name: Callable[[str], bool]) -> bool:
        """Say whether it belongs to what stands before it: "accused of a crime"."""
        of = self.before[-2:] in (["of", "a"], ["of", "the"], ["of", "his"], ["of", "her"], ["to", "a"], ["in", "a"])
        return of and not is_name(self.behind)

    def describes_somebody(self, is_name: Callable[[str], bool]) -> bool:
        """Say whether an adjective belongs to somebody or something in a plot: "paints it a strange colour"."""
        determined = self.before[-1:] in (["a"], ["an"], ["the"], ["his"], ["her"], ["their"])
        return self.in_plot and determined and self.behind != "" and not is_name(self.behind)
