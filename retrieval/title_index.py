"""Every name by which an item may be called.

It looks names up; it does not read sentences.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from .catalog import Catalog
from .everyday import EVERYDAY_WORDS, TALK_WORDS
from .everyday_names import CAPITALISED_WORDS, COMPANIES
from .items import Item
from .text import ARTICLES, ENGLISH_ARTICLES, FUNCTION_WORDS, bare_key, plain_steps, title_key, tokens
from .title_spelling import SpelledNames

__all__ = ["PART", "Key", "TitleIndex", "key_of"]

Key = tuple[str, ...]

# The kind of name that is only a part of the title: what stands before or behind a colon.
PART = 3
_KINDS = 5
# A word in so many titles is an everyday word, whatever the language.
_COMMON_FROM = 20
_TELLING_NOTHING = EVERYDAY_WORDS | CAPITALISED_WORDS | COMPANIES
_SUBTITLE = re.compile(r":\s+|\s+[-–—]\s+")
_PAUSE = re.compile(r"[:,(!?]|\.\.\.|…|\s[-–—]")
_TRAILING_OR = re.compile(r"\s+or$", re.IGNORECASE)
_JOINED = re.compile(r"(?<=\w)[-–·/](?=\w)")


def key_of(name: str) -> Key:
    """Return the comparison key of a name."""
    return title_key([token.text for token in tokens(name)])


class TitleIndex:
    """Names of all items in kinds: title, original title or alias, without article, main title or subtitle, beginning.

    Args:
        catalog: The items.
        prominence: How known each item is, of shape ``(n_items,)``, higher is better known; None where nobody knows.

    Examples:
        >>> index = TitleIndex(Catalog([Item(item_id="m", domain="film", title="The Matrix", year=1999)]))
        >>> [kind_and_places for kind_and_places in index.lookup(("matrix",))]
        [(2, (0,))]
        >>> list(index.nearest(["matirx"]))
        [((0,), 0.9)]
    """

    def __init__(self, catalog: Catalog, prominence: NDArray[np.float64] | None = None) -> None:
        self._catalog = catalog
        self._prominence = prominence
        self._kinds: list[dict[Key, list[int]]] = [{} for _ in range(_KINDS)]
        self._frequency: Counter[str] = Counter()
        spelled: dict[str, list[int]] = {}
        begins: dict[Key, set[int]] = defaultdict(set)
        for position, item in enumerate(catalog):
            self._add(position, item)
            words = [token.text for token in tokens(item.title)]
            self._frequency.update(set(words))
            spelled.setdefault(" ".join(bare_key(tuple(words))), []).append(position)
            for beginning in _beginnings(item):
                begins[beginning].add(position)
        self._kinds[PART] = {key: places for key, places in self._kinds[PART].items() if _is_telling(key, places)}
        self.common = frozenset(word for word, n in self._frequency.items() if n >= _COMMON_FROM)
        self.beginnings = self._unique(begins)
        self._compact = {"".join(key): places for kind in reversed(self._kinds) for key, places in kind.items()}
        for key, places in (pair for kind in reversed(self._kinds) for pair in kind.items()):
            spelled[" ".join(bare_key(key))] = places
        self._spelled = SpelledNames(spelled)
        self._longest: dict[Key, int] = {}
        for steps in (plain_steps(key) for key in (*(k for kind in self._kinds for k in kind), *self.beginnings)):
            self._longest[steps[:2]] = max(self._longest.get(steps[:2], 0), len(steps))

    def lookup(self, key: Key) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield kind and positions of what bears exactly this name, with or without its article, best kind first."""
        for wanted in dict.fromkeys((key, bare_key(key))):
            yield from self.named(wanted)

    def named(self, key: Key) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield kind and positions of what bears this name as it stands, the best kind first."""
        yield from ((kind, tuple(names[key])) for kind, names in enumerate(self._kinds) if key in names)

    def lengths(self, words: Sequence[str]) -> list[int]:
        """Return how many of the first ``words`` may be a name, longest first; most that cannot are left out."""
        possible, steps = [], Key()
        for n, word in enumerate(words, start=1):
            steps += plain_steps([word])
            if len(steps) <= 2 or len(steps) <= self._longest.get(steps[:2], 0):
                possible.append(n)
            else:
                break
        return possible[::-1]

    def beginning(self, key: Key) -> tuple[int, ...]:
        """Return the positions of the one item or series whose titles begin so, earliest first."""
        return self.beginnings.get(key) or self.beginnings.get(bare_key(key)) or ()

    def run_together(self, key: Key) -> tuple[int, ...]:
        """Return the positions whose name is the same without spaces ("starwars")."""
        joined = "".join(bare_key(key))
        return tuple(self._compact.get(joined) or self._compact.get("".join(key)) or ()) if len(joined) > 3 else ()

    def nearest(self, words: Sequence[str]) -> Iterator[tuple[tuple[int, ...], float]]:
        """Yield positions and score of the names within one or two typing errors, nearest first."""
        plain = bare_key(tuple(words))
        for article, rest in ((plain[0], plain[1:]), (plain[-1], plain[:-1])) if len(plain) > 1 else ():
            if article not in FUNCTION_WORDS and OSA.distance(article, "the") == 1:
                yield from ((places, 0.9) for _, places in self.lookup(title_key(rest)))
        names = dict.fromkeys(" ".join(key) for key in (bare_key(title_key(words)), plain))
        for errors in (1, 2):
            for name in names:
                yield from self._spelled.nearest(name, errors)

    def similar(self, key: Key, n: int) -> list[int]:
        """Return the positions of the ``n`` items whose names look most alike, best first."""
        return self._spelled.similar(" ".join(bare_key(key)), n)

    def knows(self, word: str) -> bool:
        """Say whether any title has this word."""
        return word in self._frequency

    def order(self, places: Iterable[int], *, year: int | None, domain: str, is_part: bool) -> list[tuple[int, Item]]:
        """Return items of one name, the one most likely meant first.

        The year decides where there is one (one year off is forgiven, others are left out), then the domain; then
        the better known, the one that MovieLens has, and the newest. Of a series, or of several items of which the
        name is only a part, the earliest comes first.
        """
        found = [(place, self._catalog.at(place)) for place in places]
        if year is not None:
            found = [(place, item) for place, item in found if item.year is not None and abs(item.year - year) <= 1]
        series = {item.series for _, item in found}
        is_series = len(series) == 1 and "" not in series
        earliest = (is_part or is_series) and len({item.title for _, item in found}) > 1

        def rank(pair: tuple[int, Item]) -> tuple[float, ...]:
            place, item = pair
            known = 0.0 if self._prominence is None else float(self._prominence[place])
            age = item.year or 0
            off = abs(age - year) if year is not None else 0
            if earliest:
                return (off, item.domain != domain, -known, age)
            return (off, item.domain != domain, -known, item.movielens_id is None, -age)

        return sorted(found, key=rank)

    def _add(self, position: int, item: Item) -> None:
        articles = ENGLISH_ARTICLES if item.language in {"", "English"} else ARTICLES
        named = {0: [item.title], 1: [item.original_title, *item.aliases], PART: _parts(item)}
        for kind, names in named.items():
            for key in (key for name in names if name for key in _spellings(name)):
                self._put(kind, key, position)
                self._put({0: 2, 1: 4, PART: PART}[kind], bare_key(key, articles), position)

    def _put(self, kind: int, key: Key, position: int) -> None:
        if key and position not in (places := self._kinds[kind].setdefault(key, [])):
            places.append(position)

    def _unique(self, begins: dict[Key, set[int]]) -> dict[Key, tuple[int, ...]]:
        """Keep the beginnings of one item or series that are no name; the earliest item first."""
        kept: dict[Key, tuple[int, ...]] = {}
        for key, places in begins.items():
            if any(key in names for names in self._kinds):
                continue
            items = {place: self._catalog.at(place) for place in places}
            series = {item.series for item in items.values()}
            if len(places) == 1 or (len(series) == 1 and "" not in series):
                kept[key] = tuple(sorted(places, key=lambda place: items[place].year or 0))
        return kept


def _spellings(name: str) -> Iterator[Key]:
    yield key_of(name)
    if _JOINED.search(name):
        yield key_of(_JOINED.sub("", name))
    if "½" in name:
        yield key_of(name.replace("½", " 1/2"))


def _parts(item: Item) -> list[str]:
    """Return main title and subtitles that can stand for the item; a person's name before a colon cannot."""
    main, *rest = _SUBTITLE.split(item.title)
    words = tokens(item.title)
    mains = [_TRAILING_OR.sub("", main)] if rest and not _is_person(key_of(main)) else []
    if item.series and item.title.startswith(f"{item.series} and the "):
        rest.append(item.title.removeprefix(f"{item.series} and "))
    if len(words) > 1 and "." in words[0].surface[:-1] and words[0].text not in _TELLING_NOTHING:
        mains.append(words[0].surface)
    subtitles = [part for part in rest if sum(not word.isdecimal() for word in key_of(part)) > 1]
    return [*mains, *(part for part in subtitles if not _TELLING_NOTHING.issuperset(key_of(part)))]


def _is_telling(key: Key, places: Sequence[int]) -> bool:
    """Say whether a part of a title says which: "World War II" of one title does not, "Star Wars" of many does."""
    return len(places) > 1 or len(key) == 1 or not EVERYDAY_WORDS.issuperset(w for w in key if not w.isdecimal())


def _beginnings(item: Item) -> Iterator[Key]:
    """Yield the first words of a title where it pauses, or of any title of a series."""
    words = tokens(item.title)
    key = bare_key(key_of(item.title), ENGLISH_ARTICLES)
    skipped = len(words) - len(key)
    for n in range(1, len(key)):
        # What a numeral follows is the name of an earlier item: "Blade Runner" is not "Blade Runner 2049".
        if key[n].isdecimal() or not _can_stand_alone(key[:n]):
            continue
        gap = item.title[words[n + skipped - 1].end : words[n + skipped].start] if skipped in {0, 1} else ""
        of_series = item.series != "" and not EVERYDAY_WORDS.issuperset(key[:n])
        if of_series or (_PAUSE.search(gap) and not _is_person(key[:n])):
            yield key[:n]


def _is_person(key: Key) -> bool:
    return len(key) == 2 and key[0] in CAPITALISED_WORDS


def _can_stand_alone(key: Key) -> bool:
    return len(key) > 1 and key[-1] not in FUNCTION_WORDS and not TALK_WORDS.issuperset(key)
