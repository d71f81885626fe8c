"""Words of a text, folded for comparison, with their place in the original.

Folding removes accents, case, apostrophes and the dots of "E.T."; it does not know titles.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

ENGLISH_ARTICLES = frozenset({"the", "a", "an"})
ARTICLES = ENGLISH_ARTICLES | {
    "le", "la", "les", "l", "el", "los", "las", "der", "die", "das", "il", "lo", "gli", "un", "une", "una",
}  # fmt: skip
FUNCTION_WORDS = ENGLISH_ARTICLES | {
    "of", "in", "on", "at", "to", "for", "from", "with", "by", "and", "or", "but", "as", "is", "are", "was", "be",
    "that", "not", "no", "my", "your", "his", "her", "its", "our", "their", "this", "it", "i", "me", "you", "we", "he",
    "she",
}  # fmt: skip

_LETTER = r"[^\W_][̀-ͯ]*"
_WORD = re.compile(
    rf"(?<!\w)(?:[^\W\d_][.*]){{2,}}(?:[^\W\d_](?!\w))?"  # E.T., M*A*S*H
    rf"|(?:{_LETTER})+(?:['’ʼ`´](?:{_LETTER})+)*"
    r"|&|(?<=\s)\+(?=\s)"
)
_UNDECOMPOSED = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "&": "and", "+": "and"}
)
_DROPPED = re.compile(r"['’ʼ`´.*⁄]")
_NUMBERS = {
    word: str(number)
    for number, words in enumerate(
        ("one i", "two ii", "three iii", "four iv", "five v", "six vi", "seven vii", "eight viii", "nine ix", "ten x",
         "eleven xi", "twelve xii", "thirteen xiii"), start=1,
    )
    for word in words.split()
}  # fmt: skip
# These are words or names as often as numbers ("I, Robot", "V for Vendetta", "The One"): a number only at the end.
_ONLY_AT_THE_END = frozenset({"i", "v", "x", "one"})
_COUNTERS = frozenset({"part", "vol", "volume", "chapter", "episode", "number", "no"})
_LEET = str.maketrans("013457", "oieasv")
_LEET_WORD = re.compile(r"[a-z]+[013457]+[a-z]+")


@dataclass(frozen=True, slots=True)
class Token:
    """One word: as folded, and where it stands in the original."""

    text: str
    start: int
    end: int
    surface: str

    @property
    def is_capitalised(self) -> bool:
        """Whether it begins with a capital letter; digits and scripts without case do not."""
        return self.surface[0].isupper()


def word_set(listed: str) -> frozenset[str]:
    """Return the words of a list written with spaces between.

    Examples:
        >>> sorted(word_set("big up"))
        ['big', 'up']
    """
    return frozenset(listed.split())


def fold(word: str) -> str:
    """Return a word without accents, case, apostrophes and inner dots.

    Examples:
        >>> fold("Amélie"), fold("Schindler’s"), fold("E.T."), fold("&")
        ('amelie', 'schindlers', 'et', 'and')
    """
    folded = word.casefold().translate(_UNDECOMPOSED)
    if not folded.isascii():
        folded = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return _DROPPED.sub("", folded)


def tokens(text: str) -> list[Token]:
    """Split a text into its words.

    Examples:
        >>> [(word.text, word.start, word.end) for word in tokens("Lilo & Stitch")]
        [('lilo', 0, 4), ('and', 5, 6), ('stitch', 7, 13)]
    """
    found = (Token(fold(m.group()), m.start(), m.end(), m.group()) for m in _WORD.finditer(text))
    return [token for token in found if token.text]


def is_number_word(word: str) -> bool:
    """Say whether a folded word can be a number: "ii", "seven"; digits are not asked for."""
    return word in _NUMBERS


def plain_steps(words: Sequence[str]) -> tuple[str, ...]:
    """Return folded words with every numeral in digits and no "part": alike for all spellings of one title key.

    Examples:
        >>> plain_steps(["i", "robot"]), plain_steps(["godfather", "part", "ii"])
        (('1', 'robot'), ('godfather', '2'))
    """
    spelled = (word.translate(_LEET) if _LEET_WORD.fullmatch(word) else word for word in words)
    return tuple(_NUMBERS.get(word, word) for word in spelled if word not in _COUNTERS)


def title_key(words: Sequence[str]) -> tuple[str, ...]:
    """Return folded words as titles are compared: numerals in digits, "part" before them dropped.

    Examples:
        >>> title_key(["the", "godfather", "part", "ii"]), title_key(["twelve", "monkeys"]), title_key(["se7en"])
        (('the', 'godfather', '2'), ('12', 'monkeys'), ('7',))
    """
    key: list[str] = []
    for place, word in enumerate(words):
        plain = word.translate(_LEET) if _LEET_WORD.fullmatch(word) else word
        number = _NUMBERS.get(plain, plain)
        counted = bool(key) and key[-1] in _COUNTERS
        is_number = number.isdecimal() and (
            plain not in _ONLY_AT_THE_END or counted or (place == len(words) - 1 and place > 0)
        )
        if is_number and counted and len(key) > 1:
            key.pop()
        key.append(number if is_number else plain)
    return tuple(key)


def bare_key(key: tuple[str, ...], articles: frozenset[str] = ARTICLES) -> tuple[str, ...]:
    """Return a key without the article in front or, as in library lists, behind.

    Examples:
        >>> bare_key(("the", "matrix")), bare_key(("matrix", "the")), bare_key(("the",))
        (('matrix',), ('matrix',), ('the',))
    """
    if len(key) > 1 and key[0] in articles:
        return key[1:]
    if len(key) > 1 and key[-1] in articles:
        return key[:-1]
    return key


def sentence_of(text: str, position: int) -> tuple[int, int]:
    """Return where the sentence around a position begins and ends."""
    start = max(text.rfind(mark, 0, position) for mark in ".!?\n") + 1
    ends = [end for mark in ".!?\n" if (end := text.find(mark, position)) >= 0]
    return start, min(ends, default=len(text))
