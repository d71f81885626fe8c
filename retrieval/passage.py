"""A text with what surrounds its words: quotes, a year behind, capitals, a verb such as "loved" in front.

It judges places in a text; it does not know which titles exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from .text import FUNCTION_WORDS, Token, sentence_of, tokens, word_set

OPENING, CLOSING = "\"'“‘«„", "\"'”’»“"
CUES = word_set(
    """
    loved love loves liked like likes hated hate hates watched watch watching seen saw see enjoyed enjoy adored adore
    disliked dislike film movie book novel called titled named than rate rated rewatched rewatch finished preferred
    prefer recommended recommend suggested suggest about despised
    """
)
_LISTING_CUES = CUES - {"film", "movie", "book", "novel", "than", "about"}
_TASTE_VERBS = word_set("loved hated liked watched seen enjoyed adored rewatched like rate")
_CLAUSE_WORDS = word_set("and but or because so when which that while though although")
_WORKS = word_set("movie movies film films book books novel novels series trailer franchise trilogy saga dvd")
_CALLED = frozenset({"called", "titled", "named"})
# After a lower-case everyday title only words like these may follow: "loved heat waves" speaks of no film.
_FOLLOWERS = FUNCTION_WORDS | word_set(
    """
    so too because when while though although which who yesterday today tonight again last recently movie film movies
    really very also more most much lot please recommend what than then if were isnt wasnt didnt dont have has had do
    did can cant only just twice once ages years yet still almost both either instead thanks bored sucked rocks
    """
)
_NAMING_SEPARATOR = re.compile(r"\s*(?:,|;|/|\+|&|,?\s*\b(?:and|or|but|plus|nor|then)\b)?\s*", re.IGNORECASE)
_LONGEST_SEPARATOR = 12
_YEAR = re.compile(r"\s*[(\[]\s*(\d{4})\s*[)\]]|,?\s+((?:18|19|20)\d\d)\b(?!\s*(?:s\b|-|–|to\b|and\b))")
_FROM_YEAR = re.compile(r"\s+from\s+((?:18|19|20)\d\d)\b")
_RATING = re.compile(r"\s*(?:[:=–-]|gets|is a|was a)?\s*(?:a\s+)?\d+(?:\.\d)?\s*(?:/|out of\b|stars?\b)", re.IGNORECASE)
_JUDGED = re.compile(r"\s+(?:was|is|were|are|wasn['’]?t|isn['’]?t|bored|sucked|sucks|rocks|ruled)\b", re.IGNORECASE)
_SEQUEL = re.compile(
    r"[\s:]+(?:part\s+)?(?:\d{1,2}u?|ii|iii|iv|vi|vii|viii|ix)\b"
    r"(?!\s*(?:/|\.\d|out\b|times?\b|stars?\b|of\b|years?\b|hours?\b|%))",
    re.IGNORECASE,
)
_CAPITAL_FOLLOWS = re.compile(r"(?:\s+|:\s+|-)(?!I\b|I['’])(?=[A-ZÀ-Þ])")
_QUOTED = re.compile(
    r"(?<!\w)[\"“«„](?P<name>[^\"“”«»\n]{1,80})[\"”»“](?!\w)"
    r"|(?<!\w)['‘](?P<single>[^'‘\n]{2,80})['’](?!\w)"
)
_NEVER_NAMES = word_set("i im ive id ok okay tv dvd it its")
_IN_NAMES = word_set("of the in a an to on for at from vs de la le du del")


@dataclass(frozen=True)
class Passage:
    """A text with its words, and what surrounds each of them.

    Examples:
        >>> passage = Passage("I think Heat (1995) is great")
        >>> passage.year_behind(12), passage.is_capitalised(2, 2), passage.has_cue_before(2)
        ((1995, 19, True), True, False)
    """

    text: str

    @cached_property
    def words(self) -> list[Token]:
        """The words of the text."""
        return tokens(self.text)

    @cached_property
    def _sentences(self) -> list[int]:
        numbers, current = [], 0
        for place in range(len(self.words)):
            if place and re.search(r"[.!?\n]", self.gap(place - 1)):
                current += 1
            numbers.append(current)
        return numbers

    @cached_property
    def _small_words(self) -> dict[int, list[int]]:
        """Places of the words in small letters by sentence: where there are some, a capital means something."""
        places: dict[int, list[int]] = {}
        for place, (number, word) in enumerate(zip(self._sentences, self.words, strict=True)):
            if word.surface[0].islower() and word.text not in _IN_NAMES:
                places.setdefault(number, []).append(place)
        return places

    @cached_property
    def _work_starts(self) -> set[int]:
        return {word.start for word in self.words if word.text in _WORKS}

    def gap(self, place: int) -> str:
        """Return what stands between a word and the next one; at the end, what is left."""
        end = self.words[place + 1].start if place + 1 < len(self.words) else len(self.text)
        return self.text[self.words[place].end : end]

    def is_quoted(self, start: int, end: int) -> bool:
        """Say whether quotes stand directly around a span."""
        return start > 0 and end < len(self.text) and self.text[start - 1] in OPENING and self.text[end] in CLOSING

    def year_behind(self, end: int) -> tuple[int, int, bool] | None:
        """Return a year written behind a title, where it ends, and whether it can be nothing but the title's year."""
        if match := _YEAR.match(self.text, end):
            return int(match[1] or match[2]), match.end(), True
        if match := _FROM_YEAR.match(self.text, end):
            return int(match[1]), match.end(), False
        return None

    def is_capitalised(self, first: int, last: int) -> bool:
        """Say whether a capital inside an otherwise small sentence marks the words from ``first`` to ``last``."""
        places = range(first, last + 1)
        telling = [place for place in places if self.words[place].text not in FUNCTION_WORDS] or list(places)
        marked = all(self.words[place].is_capitalised or self.words[place].text.isdecimal() for place in telling)
        inner = any(not self._begins_sentence(p) and not self.words[p].text.isdecimal() for p in telling)
        return marked and inner and self._is_mixed(first, last)

    def has_cue_before(self, first: int) -> bool:
        """Say whether a word such as "loved" stands directly before."""
        return first > 0 and self.words[first - 1].text in CUES and not re.search(r"[^\s:\"'“‘«]", self.gap(first - 1))

    def is_rated(self, end: int) -> bool:
        """Say whether a rating follows: "heat 5/5"."""
        return bool(_RATING.match(self.text, end))

    def fills_sentence(self, start: int, end: int) -> bool:
        """Say whether the span is a sentence by itself: "Titanic? Never again"."""
        first, last = sentence_of(self.text, start)
        return last < len(self.text) and self.text[first:start].strip() == self.text[end:last].strip() == ""

    def is_varied(self, first: int, end: int) -> bool:
        """Say whether a sentence begins here and asks for a variation: "Heat but funnier"."""
        return self._begins_sentence(first) and re.match(r",? but\b", self.text[end : end + 6]) is not None

    def is_judged(self, first: int, end: int) -> bool:
        """Say whether a clause begins here and judges what it names: "titanic was boring"."""
        begins = first == 0 or bool(re.search(r"[.!?,;\n]", self.gap(first - 1))) or self._follows_conjunction(first)
        return begins and bool(_JUDGED.match(self.text, end))

    def is_followed_plainly(self, last: int, end: int) -> bool:
        """Say whether what follows leaves the words a name of their own."""
        rest = self.text[end:]
        if not rest or rest[0] not in " -\t\n" or last + 1 >= len(self.words):
            return not rest[:1].isalnum()
        punctuated = re.search(r"[^\s-]", self.gap(last)) is not None
        return punctuated or (rest[0] != "-" and self.words[last + 1].text in _FOLLOWERS)

    def continues(self, last: int, end: int, title_starts: set[int]) -> bool:
        """Say whether the name goes on: another capitalised word, or the numeral of a sequel."""
        if _SEQUEL.match(self.text, end):
            return True
        if last + 1 >= len(self.words) or self.words[last + 1].start in title_starts | self._work_starts:
            return False
        return self._is_mixed(last, last) and bool(_CAPITAL_FOLLOWS.match(self.text, end))

    def belongs_to_name(self, first: int) -> bool:
        """Say whether a capitalised word directly before makes this the end of a longer name."""
        if first == 0 or self.gap(first - 1).strip(" ") or not self.words[first].is_capitalised:
            return False
        before = self.words[first - 1]
        if before.text in CUES | FUNCTION_WORDS | _FOLLOWERS | _NEVER_NAMES or before.surface.endswith(("'s", "’s")):
            return False
        return before.is_capitalised and self._is_mixed(first, first)

    def is_listed(self, previous_end: int, start: int) -> bool:
        """Say whether only a comma or a conjunction stands between two spans."""
        near = 0 < start - previous_end <= _LONGEST_SEPARATOR
        between = self.text[previous_end:start]
        return near and between != " " and _NAMING_SEPARATOR.fullmatch(between) is not None

    def quotes(self) -> Iterator[tuple[int, int]]:
        """Yield the spans between quotes that are short enough for a title."""
        for match in _QUOTED.finditer(self.text):
            group = "name" if match["name"] else "single"
            if len(match[group].split()) <= 12:
                yield match.span(group)

    def runs_behind_verbs(self) -> Iterator[tuple[int, int]]:
        """Yield the first and last word of what directly follows "loved", up to the end of the clause, eight times."""
        cues = [place for place, word in enumerate(self.words[:-1]) if word.text in _TASTE_VERBS]
        for cue in cues[:8]:
            last = cue
            while last + 1 < len(self.words) and last - cue < 6 and not self.gap(last).strip():
                if self.words[last + 1].text in _CLAUSE_WORDS:
                    break
                last += 1
            if last > cue:
                yield cue + 1, last

    def named_runs(self) -> Iterator[tuple[int, int]]:
        """Yield spans of capitalised words used as titles: after "loved" or "a film called", and listed behind."""
        place = 0
        while place < len(self.words) - 1:
            word = self.words[place]
            place += 1
            if word.text not in _LISTING_CUES or self.gap(place - 1).strip(" :"):
                continue
            if word.text not in _CALLED and self.words[place].text == "the" and place + 1 < len(self.words):
                place += self.words[place + 1].text in {"film", "movie", "book", "novel"} and 2
            while (last := self._run_from(place)) is not None:
                yield self.words[place].start, self.words[last].end
                place = last + 1
                if place < len(self.words) and self.words[place].text in {"and", "or", "but"}:
                    place += 1
                elif place >= len(self.words) or self.gap(last).strip() != ",":
                    break

    def _run_from(self, place: int) -> int | None:
        last: int | None = None
        for here in range(place, min(place + 10, len(self.words))):
            word = self.words[here]
            if here > place and self.gap(here - 1).strip(" :'’-."):
                break
            if here > place and word.text in {"i", "im", "ive", "id"}:
                break
            if word.text not in _NEVER_NAMES and (
                word.is_capitalised or (word.surface[0].isdecimal() and here > place)
            ):
                last = here
            elif word.text not in _IN_NAMES or last is None:
                break
        return last if last is not None and self._is_mixed(place, last) else None

    def _is_mixed(self, first: int, last: int) -> bool:
        """Say whether the sentence has words in small letters outside the given ones."""
        return any(not first <= place <= last for place in self._small_words.get(self._sentences[first], ()))

    def _begins_sentence(self, place: int) -> bool:
        return place == 0 or self._sentences[place] != self._sentences[place - 1]

    def _follows_conjunction(self, first: int) -> bool:
        return self.words[first - 1].text in {"and", "but", "though", "although", "because", "think", "thought", "that"}
