"""What stands around a name in a message: words that announce it, works, comparisons, longer names.

It judges places in a passage; it does not know which titles exist.
"""

from __future__ import annotations

from bisect import bisect_left

from .passage import Passage
from .text import FUNCTION_WORDS, word_set

WORK = word_set("movie film flick novel book trailer series franchise trilogy saga remake sequel")
NAMING = frozenset({"called", "titled", "named"})
SUBJECTS = word_set("i he she it we you they this that these those there here what who which where when how why one")
_DOMAIN_OF = {
    **dict.fromkeys(("film", "films", "movie", "movies", "flick"), "film"),
    **dict.fromkeys(("book", "books", "novel", "novels"), "book"),
}
_ASKED_ABOUT = word_set("what how think thought thinking feel heard hear know forget forgot")
_COMPARED = word_set("similar closer close compared comparable akin")
_INSIDE_NAMES = word_set("in of to the v vs")


def places_of(passage: Passage, span: tuple[int, int]) -> tuple[int, int]:
    """Return the first and last word of the name itself, without the year behind it."""
    first = bisect_left(passage.words, span[0], key=lambda word: word.start)
    last = bisect_left(passage.words, span[1], key=lambda word: word.start) - 1
    for before in range(last - 1, max(first, last - 2) - 1, -1):
        dated = passage.year_behind(passage.words[before].end)
        if dated and dated[1] == span[1]:
            return first, before
    return first, last


def domain_near(passage: Passage, first: int, last: int) -> str:
    """Return the domain that a word right before or behind a name tells ("the novel Dune"), or ""."""
    near = [place for place in (first - 1, last + 1, last + 2) if 0 <= place < len(passage.words)]
    return next((_DOMAIN_OF[passage.words[p].text] for p in near if passage.words[p].text in _DOMAIN_OF), "")


def word_behind(passage: Passage, last: int) -> str:
    """Return the word behind a name, or ""."""
    return passage.words[last + 1].text if last + 1 < len(passage.words) else ""


def has_cue(passage: Passage, first: int) -> bool:
    """Say whether a cue stands before that also holds for small letters: "the movie inception", no "movie store"."""
    if not passage.has_cue_before(first):
        return False
    before, earlier = passage.words[first - 1].text, passage.words[first - 2].text if first > 1 else ""
    if passage.words[first].is_capitalised:
        return True
    if before in {"movie", "film", "book", "novel"}:
        return earlier in {"the", "that", "this"}
    return before != "about" or earlier in _ASKED_ABOUT


def is_capital_behind(passage: Passage, last: int) -> bool:
    """Say whether a name is followed at once by a capitalised word that may belong to it."""
    return (
        last + 1 < len(passage.words)
        and passage.gap(last).strip() == ""
        and passage.words[last + 1].is_capitalised
        and passage.words[last + 1].text not in FUNCTION_WORDS
    )


def is_work_behind(passage: Passage, last: int) -> bool:
    """Say whether a word such as "movie" follows at once."""
    return word_behind(passage, last) in WORK and not passage.gap(last).strip()


def is_named(passage: Passage, first: int, last: int) -> bool:
    """Say whether words are announced as a name: "called what we did", "the movie Old School"."""
    if not first or passage.gap(first - 1).strip(" :"):
        return False
    before, words = passage.words[first - 1].text, passage.words[first : last + 1]
    if before in NAMING:
        return len(words) > 1 or words[0].text not in SUBJECTS
    telling = [word for word in words if word.text not in FUNCTION_WORDS]
    return before in {"movie", "film", "novel", "book"} and telling != [] and passage.is_capitalised(first, last)


def goes_on(passage: Passage, last: int) -> bool:
    """Say whether a longer name goes on behind: "Once Upon a Time" of "in Hollywood", "Ford" of "v Ferrari"."""
    if last + 2 >= len(passage.words) or (passage.gap(last) + passage.gap(last + 1)).strip():
        return False
    joint = passage.words[last + 1]
    joins = joint.text in _INSIDE_NAMES or joint.surface == "&"
    return joins and passage.words[last].is_capitalised and passage.words[last + 2].is_capitalised


def words_before(passage: Passage, first: int) -> list[str]:
    """Return up to three words directly before, an article left out; none where anything stands between."""
    if not first or passage.gap(first - 1).strip():
        return []
    before = [word.text for word in passage.words[max(0, first - 3) : first]]
    return before[:-1] if before[-1] == "the" else before


def is_compared(passage: Passage, first: int) -> bool:
    """Say whether something is compared with a word: "similar to grease"."""
    before = words_before(passage, first)
    return before[-1:] == ["to"] and bool(_COMPARED.intersection(before[-2:-1]))


def is_complement(passage: Passage, first: int) -> bool:
    """Say whether a word stands where a name does: "the last film I saw was Us", "my favourite is lion"."""
    if not first or passage.gap(first - 1).strip():
        return False
    before, earlier = passage.words[first - 1].text, passage.words[first - 2].text if first > 1 else ""
    if before in {"is", "was"} and earlier in WORK | {"favorite", "favourite"}:
        return True
    return passage.words[first].is_capitalised and before in {"is", "was", "about", "in", "like", "than"}
