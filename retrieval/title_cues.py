"""Signs that a name stands in a message as a title and not as ordinary language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .everyday import EVERYDAY_WORDS, TALK_WORDS
from .everyday_names import CAPITALISED_WORDS, COMPANIES
from .everyday_phrases import COURTESIES, STOCK_PHRASES
from .passage import Passage
from .text import ENGLISH_ARTICLES, FUNCTION_WORDS, bare_key, title_key, tokens, word_set
from .title_context import (
    NAMING,
    SUBJECTS,
    WORK,
    goes_on,
    has_cue,
    is_capital_behind,
    is_compared,
    is_complement,
    is_named,
    is_work_behind,
    places_of,
    word_behind,
    words_before,
)
from .title_index import Key

_KINDS = word_set("movies films books novels shows")
# Words that begin a phrase about a thing rather than a name: "liked this one", "seen anything else".
_POINTING = word_set(
    """
    the a an this that these those some any one ones all both many much more most another other every each no him her
    them it its me you us my your his our their what which who how where when why if so very too really pretty quite
    something anything everything nothing someone anyone everyone else lot last next first same such new old older good
    great best better bad movie movies film films
    """
)
# What stands before a name rather than a thing: "it is more like zombieland".
_LEADING = tuple([word] for word in ("like", "than", "accept", "not", "or"))
_TASTED = word_set(
    "loved hated liked watched seen enjoyed adored rewatched saw love hate recommend recommended suggest suggested"
)
_NAMING_NO_WORK = COMPANIES | TALK_WORDS | CAPITALISED_WORDS
_COUNTED = word_set("part chapter episode volume vol season number")


@dataclass(frozen=True, slots=True)
class TitleSigns:
    """Tell titles from language.

    Args:
        common: Words that many titles of the catalogue have.
        genres: Keys of the genres and their plurals.
    """

    common: frozenset[str]
    genres: frozenset[Key]

    def is_common(self, word: str) -> bool:
        """Say whether a folded word is an everyday one."""
        return word in EVERYDAY_WORDS or word in self.common or len(word) == 1

    def is_genre(self, key: Key) -> bool:
        """Say whether a name is a genre's."""
        return key in self.genres

    def needed(self, key: Key) -> bool:
        """Say whether a name is also everyday language: one word, or common words only."""
        bare = bare_key(key)
        if len(bare) == 1:
            return True
        return self._all_weak(list(key)) or key in STOCK_PHRASES

    def has_sign(self, passage: Passage, span: tuple[int, int]) -> bool:
        """Say whether anything marks a name that needs it as a title."""
        start, end = span
        first, last = places_of(passage, span)
        words = [word.text for word in passage.words[first : last + 1]]
        if passage.is_quoted(start, end) or passage.year_behind(passage.words[last].end):
            return True
        if self._is_refused(passage, first, last, words):
            return False
        if is_named(passage, first, last):
            return True
        if first == last and words[0] in CAPITALISED_WORDS:
            liked = passage.has_cue_before(first) and passage.words[first - 1].text != "about"
            return liked and not is_capital_behind(passage, last)
        if TALK_WORDS.issuperset(word for word in words if not word.isdecimal()):
            return self._talk_has_sign(passage, first, last, end)
        judge = self._everyday_has_sign if self._all_weak(words) else self._rare_has_sign
        return judge(passage, first, last, end)

    def may_name(self, surface: str) -> bool:
        """Say whether capitalised words can be a title at all, and no company or day alone."""
        words = [token.text for token in tokens(surface)]
        return len("".join(words)) > 1 and not _NAMING_NO_WORK.issuperset(words)

    def may_follow(self, passage: Passage, span: tuple[int, int]) -> bool:
        """Say whether a name behind a title and a comma or "and" is another title."""
        first, last = places_of(passage, span)
        words = [word.text for word in passage.words[first : last + 1]]
        if TALK_WORDS.issuperset(words) and not passage.is_capitalised(first, last):
            return False
        return passage.is_followed_plainly(last, span[1]) and not is_never_small(passage, first, last)

    def may_lead(self, passage: Passage, span: tuple[int, int]) -> bool:
        """Say whether a name before a comma or "and" and a title is another title."""
        first, last = places_of(passage, span)
        words = [word.text for word in passage.words[first : last + 1]]
        if TALK_WORDS.issuperset(words) and not passage.is_capitalised(first, last):
            return False
        return (passage.words[first].is_capitalised or not self._all_weak(words)) and not is_never_small(
            passage, first, last
        )

    def _is_refused(self, passage: Passage, first: int, last: int, words: list[str]) -> bool:
        """Say whether only quotes or a year could make the words a title."""
        small_phrase = tuple(words) in STOCK_PHRASES and not passage.is_capitalised(first, last)
        genre = self.is_genre(title_key(words)) and is_work_behind(passage, last)
        never = is_never_small(passage, first, last) or _is_never_a_name(words)
        return never or small_phrase or genre or goes_on(passage, last)

    def _is_weak(self, word: str) -> bool:
        return self.is_common(word) or word in CAPITALISED_WORDS or word.isdecimal()

    def _all_weak(self, words: list[str]) -> bool:
        return all(self._is_weak(word) for word in words)

    def _talk_has_sign(self, passage: Passage, first: int, last: int, end: int) -> bool:
        """Judge words such as "get out" and "her"."""
        words = passage.words[first : last + 1]
        capital = passage.is_capitalised(first, last)
        plain = passage.is_followed_plainly(last, end)
        if first == last:
            judged = words[0].text not in SUBJECTS and passage.is_judged(first, end)
            cue = plain and (has_cue(passage, first) or is_complement(passage, first))
            return capital and (cue or judged or is_work_behind(passage, last))
        if capital and any(word.text not in FUNCTION_WORDS for word in words):
            return plain and sum(word.is_capitalised for word in words) > 1
        return first > 0 and plain and passage.words[first - 1].text in _TASTED and words[0].text not in _POINTING

    def _everyday_has_sign(self, passage: Passage, first: int, last: int, end: int) -> bool:
        """Judge words such as "heat" and "the lion king"."""
        words = passage.words[first : last + 1]
        plain = passage.is_followed_plainly(last, end)
        telling = [word for word in words if word.text not in TALK_WORDS]
        capitals = all(word.is_capitalised or word.text.isdecimal() for word in telling)
        behind = word_behind(passage, last)
        marked = [
            passage.is_capitalised(first, last) and (plain or len(telling) > 1 or behind in WORK),
            passage.is_rated(end) or passage.fills_sentence(words[0].start, end),
            words[0].is_capitalised and passage.is_varied(first, end),
            capitals and passage.is_judged(first, end),
        ]
        if any(marked):
            return True
        points = words[0].text in _POINTING or words[0].text in FUNCTION_WORDS
        if len(telling) == 1 and first != last and not capitals and points:
            tasted = first > 0 and passage.words[first - 1].text in _TASTED
            return tasted and plain and words[0].text == "the" and behind not in _KINDS
        if has_cue(passage, first) and plain and behind not in _KINDS:
            return True
        if plain and (is_complement(passage, first) or is_compared(passage, first)):
            return True
        if words[0].text in ENGLISH_ARTICLES and len(words) > 2:
            return True
        return len(telling) > 1 and (capitals or self._is_led(passage, first, last))

    def _rare_has_sign(self, passage: Passage, first: int, last: int, end: int) -> bool:
        """Judge words such as "inception", and parts of titles."""
        words = passage.words[first : last + 1]
        if passage.is_rated(end) or passage.fills_sentence(words[0].start, end) or passage.is_judged(first, end):
            return True
        if has_cue(passage, first) and passage.is_followed_plainly(last, end):
            return True
        if all(word.is_capitalised or word.text in FUNCTION_WORDS for word in words):
            named = not is_capital_behind(passage, last) or is_work_behind(passage, last)
            return named and any(len(word.text) > 2 for word in words)
        return all(len(word.text) > 3 for word in words) and self._is_led(passage, first, last)

    def _is_led(self, passage: Passage, first: int, last: int) -> bool:
        """Say whether what stands before or behind speaks of a work: "like zombieland", "joker movie"."""
        before = words_before(passage, first)
        return before[-1:] in _LEADING or is_compared(passage, first) or is_work_behind(passage, last)


def is_never_small(passage: Passage, first: int, last: int) -> bool:
    """Say whether the word is one such as "it", written so that it cannot be taken for a title."""
    word = passage.words[first]
    if first != last or (word.text not in TALK_WORDS and len(word.text) > 1):
        return False
    written = word.surface == word.surface.capitalize() and passage.is_capitalised(first, last)
    work = is_work_behind(passage, last) and word.surface.isupper()
    return not (written or (work and passage.is_capitalised(first, last))) or (
        len(word.text) == 1 and not (first and passage.words[first - 1].text in _TASTED | NAMING)
    )


def may_be_listed(passage: Passage, span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    """Say whether a title may stand in a message of nothing but titles: "Up" alone may be a request."""
    first, last = places_of(passage, span)
    words = passage.words[first : last + 1]
    if _is_never_a_name([word.text for word in words]):
        return passage.is_quoted(*span)
    if not _is_talk(passage, span) or passage.is_quoted(*span):
        return not passage.text[slice(*span)].isdecimal()
    capitals = all(word.surface == word.surface.capitalize() for word in words)
    named = len(words) > 1 and not FUNCTION_WORDS.issuperset(word.text for word in words if not word.text.isdecimal())
    return capitals and (named or any(not _is_talk(passage, other) for other in others))


def _is_talk(passage: Passage, span: tuple[int, int]) -> bool:
    first, last = places_of(passage, span)
    return all(w.text in TALK_WORDS or len(w.text) <= 2 for w in passage.words[first : last + 1])


def is_list(passage: Passage, spans: list[tuple[int, int]]) -> bool:
    """Say whether the message is nothing but the given titles."""
    edges = [0, *(edge for span in sorted(spans) for edge in span), len(passage.text)]
    between = [passage.text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
    separated = all(gap.strip() for gap in between[1:-1])
    return separated and all(re.fullmatch(r"[\s,.;!?/&]*(?:and|or)?\s*", gap, re.IGNORECASE) for gap in between)


def _is_never_a_name(words: list[str]) -> bool:
    """Say whether words are a company, a courtesy or the number of a part."""
    return COMPANIES.issuperset(words) or words[0] in _COUNTED or tuple(words) in COURTESIES
