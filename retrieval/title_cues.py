"""Signs that a name stands in a message as a title and not as ordinary language."""

from __future__ import annotations

import re
from bisect import bisect_left

from .passage import Passage
from .text import bare_key, word_set
from .title_index import EVERYDAY_WORDS, Key

# So common that in small letters they are never a title, whatever stands around them.
_NEVER_SMALL = word_set("it up her big us me him go you they them this that no yes please hi hello more stop why what")
# Their capital says nothing, so "something from Brazil" is no title.
_PLACES = word_set("manhattan philadelphia berlin brazil chicago nashville munich paris rome roma vienna australia")


def places_of(passage: Passage, span: tuple[int, int]) -> tuple[int, int]:
    """Return the first and last word of the name itself, without the year behind it."""
    first = bisect_left(passage.words, span[0], key=lambda word: word.start)
    last = bisect_left(passage.words, span[1], key=lambda word: word.start) - 1
    for before in range(last - 1, max(first, last - 2) - 1, -1):
        dated = passage.year_behind(passage.words[before].end)
        if dated and dated[1] == span[1]:
            return first, before
    return first, last


def is_everyday(key: Key) -> bool:
    """Say whether a name is also everyday language: one word, or common words only; "The Matrix" is neither."""
    bare = bare_key(key)
    if len(bare) == 1:
        return len(key) == 1 or bare[0] in EVERYDAY_WORDS or len(bare[0]) < 5
    return EVERYDAY_WORDS.issuperset(word for word in key if not word.isdecimal())


def is_never_small(passage: Passage, first: int, last: int) -> bool:
    """Say whether the word is one such as "it", written so that it cannot be taken for a title."""
    word = passage.words[first]
    if first != last or (word.text not in _NEVER_SMALL and len(word.text) > 1):
        return False
    written = word.surface == word.surface.capitalize() and passage.is_capitalised(first, last)
    return not written or (len(word.text) == 1 and not passage.has_cue_before(first))


def has_sign(passage: Passage, span: tuple[int, int]) -> bool:
    """Say whether anything marks a name of everyday words as a title."""
    start, end = span
    first, last = places_of(passage, span)
    if passage.is_quoted(start, end) or passage.year_behind(passage.words[last].end):
        return True
    if is_never_small(passage, first, last):
        return False
    if passage.words[first].text in _PLACES and first == last:
        return passage.has_cue_before(first) and passage.words[first - 1].text != "about"
    if passage.is_capitalised(first, last) or passage.is_rated(end) or passage.fills_sentence(start, end):
        return True
    if passage.words[first].is_capitalised and passage.is_varied(first, end):
        return True
    plain = passage.is_followed_plainly(last, end)
    everyday = passage.words[first].text in EVERYDAY_WORDS and not passage.words[first].is_capitalised
    return (plain and passage.has_cue_before(first)) or (not everyday and passage.is_judged(first, end))


def may_be_listed(surface: str, n: int) -> bool:
    """Say whether a title may stand in a message of nothing but ``n`` titles: "Up" alone may be a request."""
    if surface.casefold() in _NEVER_SMALL or len(surface) == 1:
        return n > 1 and surface == surface.capitalize()
    return not surface.isdecimal()


def is_list(passage: Passage, spans: list[tuple[int, int]]) -> bool:
    """Say whether the message is nothing but the given titles."""
    edges = [0, *(edge for span in sorted(spans) for edge in span), len(passage.text)]
    between = [passage.text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
    return all(re.fullmatch(r"[\s,.;!?/&]*(?:and|or)?\s*", gap, re.IGNORECASE) for gap in between)
