"""Every name by which an item may be called, and the nearest name to a misspelt one.

It looks names up; it does not read sentences.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from .catalog import Catalog
from .items import Item
from .text import ARTICLES, ENGLISH_ARTICLES, FUNCTION_WORDS, bare_key, title_key, tokens, word_set

Key = tuple[str, ...]

# A name of one of these words alone is part of everyday language, so neither it nor a beginning made of such words
# ("Some Like") is taken for a title without a sign.
EVERYDAY_WORDS = FUNCTION_WORDS | word_set(
    """
    about abyss actually after again alien aliens all almost always american amy another any anything arrival
    avenger avengers away babe back bad batch beach beautiful beauty before best better big birds black blade blue
    body boy boys bride brother brothers can cast celebration cell cells central children christmas city clerks
    clueless cold come comedy conversation country crash crazy crow cry dad daddy dark date daughter dave day days
    dead death deep departed die diner disco do dog doors dream dreams drive earth easy election elf end enemy epic
    escape ever everything excalibur exorcist eyes face family fantasia father field fight film fire firm first fish
    fly food forever frequency friend friends frozen fugitive full funny game games get ghost gift girl girls glory
    go going gone good graduate grail grease great green gun hangover happy hard head heart heat heaven heavy hell
    help here hero hidden high holy home hook hot hour house how hunger hunt husband ice impact incredibles
    independence inside insider into jaws joker journey juno just kid kids kill killer killing king kings kiss know
    lady last late later let liar life light like little long lord lost love lover lucky mad magic magnolia man
    manhattan mask mean meet memento men metal middle midnight mind mission mom moment money monster monsters mood
    moon moonlight more morning mother movie movies mummy murder music mustang name negotiator never new next night
    notebook now office old once one only open ordinary orphanage other out outbreak over pain paper parasite
    parenthood park party past patriot payback people perfect persona place planet platoon player point police power
    predator president prestige psycho quiet quiz rain real rear red rest right ring road robin rock room round run
    running rush sad safe same saw say scary school scream sea search second secret see seven shadow shining show
    side sight signs silence sing sister sky sleeper sneakers snow so some something sometimes son song sorceress
    sound space special speed spirit splash stalker stand star stargate starman state sting stop story stranger
    street stripes sun sunshine superman swingers take taxi tell ten thing things time today together tomorrow too
    top touch town toy train trip true truth twister under unforgiven untouchables up us vertigo victory waiting
    wall want war warrior watch water way wedding week west western what wheel when where white who why wife wild
    will willow window wings winter wish witness woman women wonderful word work world wrong year years yes young
    """
)
_SUBTITLE = re.compile(r":\s+|\s+[-–—]\s+")
_TRAILING_OR = re.compile(r"\s+or$", re.IGNORECASE)
_JOINED = re.compile(r"(?<=\w)[-–·/](?=\w)")
_SHORTEST_MISSPELT = 6
_LOOSELY_MISSPELT = 8
_LONG_ENOUGH_FOR_TWO = 10
_SIMILAR_ENOUGH = 0.9


def key_of(name: str) -> Key:
    """Return the comparison key of a name."""
    return title_key([token.text for token in tokens(name)])


_ALIKE = 0.75


class TitleIndex:
    """Names of all items in ranks: title, original title, without article, main title or subtitle, beginning.

    Examples:
        >>> index = TitleIndex(Catalog([Item(item_id="m", domain="film", title="The Matrix", year=1999)]))
        >>> [rank for rank in index.lookup(("matrix",))]
        [(0,)]
        >>> index.nearest(("matirx",))
        ((0,), 0.9)
    """

    def __init__(self, catalog: Catalog) -> None:
        self._items = tuple(catalog)
        self._ranks: list[defaultdict[Key, list[int]]] = [defaultdict(list) for _ in range(5)]
        for position, item in enumerate(self._items):
            self._add(position, item)
        self.beginnings = self._unique_beginnings()
        self._compact = {"".join(key): positions for rank in reversed(self._ranks) for key, positions in rank.items()}
        bare = {bare_key(key): places for rank in reversed(self._ranks) for key, places in rank.items()}
        self._spelled = {" ".join(key): positions for key, positions in bare.items()}
        self.longest: dict[str, int] = defaultdict(int)
        for key in (*(key for rank in self._ranks for key in rank), *self.beginnings):
            self.longest[key[0]] = max(self.longest[key[0]], len(key))

    def lookup(self, key: Key) -> Iterator[tuple[int, ...]]:
        """Yield the positions that bear exactly this name, the best kind of name first."""
        for wanted in dict.fromkeys((key, bare_key(key))):
            for rank in self._ranks:
                if wanted in rank:
                    yield tuple(rank[wanted])

    def named(self, key: Key) -> Iterator[tuple[int, ...]]:
        """Yield the positions that bear this name as it stands, the best kind of name first."""
        yield from (tuple(rank[key]) for rank in self._ranks if key in rank)

    def beginning(self, key: Key) -> tuple[int, ...]:
        """Return the positions of the one item or series whose titles begin so, earliest first."""
        return self.beginnings.get(key) or self.beginnings.get(bare_key(key)) or ()

    def run_together(self, key: Key) -> tuple[int, ...]:
        """Return the positions whose name is the same without spaces ("starwars")."""
        joined = "".join(bare_key(key))
        return tuple(self._compact.get(joined) or self._compact.get("".join(key)) or ()) if len(joined) > 3 else ()

    def nearest(self, key: Key) -> tuple[tuple[int, ...], float]:
        """Return the positions of the name within one or two typing errors, and a score from 0 to 1."""
        name = " ".join(bare_key(key))
        if len(name) < _SHORTEST_MISSPELT:
            return (), 0.0
        near = process.extract(name, self._spelled.keys(), scorer=OSA.distance, score_cutoff=2, limit=10)
        for spelled, distance, _ in near:
            if _is_misspelling(name, spelled, int(distance)):
                return tuple(self._spelled[spelled]), round(1 - 0.1 * int(distance), 2)
        return (), 0.0

    def similar(self, key: Key, n: int) -> list[int]:
        """Return the positions of the ``n`` items whose names look most alike, best first."""
        name = " ".join(bare_key(key))
        near = process.extract(
            name, self._spelled.keys(), scorer=JaroWinkler.similarity, limit=4 * n, score_cutoff=_ALIKE
        )
        return list(dict.fromkeys(place for spelled, _, _ in near for place in self._spelled[spelled]))[:n]

    def _add(self, position: int, item: Item) -> None:
        articles = ENGLISH_ARTICLES if item.language in {"", "English"} else ARTICLES
        main, subs = _main_and_subtitles(item)
        named: tuple[list[str], ...] = ([item.title], [item.original_title], [], [*main, *subs], [])
        for rank, names in enumerate(named):
            for key in (key for name in names for key in _spellings(name)):
                self._put(rank, key, position)
                self._put(rank if rank == 3 else rank + 2 if rank == 0 else 4, bare_key(key, articles), position)

    def _put(self, rank: int, key: Key, position: int) -> None:
        if key and position not in self._ranks[rank][key]:
            self._ranks[rank][key].append(position)

    def _unique_beginnings(self) -> dict[Key, tuple[int, ...]]:
        begins: dict[Key, set[int]] = defaultdict(set)
        for position, item in enumerate(self._items):
            key = bare_key(key_of(item.title), ENGLISH_ARTICLES)
            # What a numeral follows is the name of an earlier item: "Blade Runner" is not "Blade Runner 2049".
            for n in (n for n in range(1, len(key)) if not key[n].isdecimal()):
                begins[key[:n]].add(position)
        named = {key for rank in self._ranks for key in rank}
        return {
            key: tuple(sorted(places, key=lambda place: self._items[place].year or 0))
            for key, places in begins.items()
            if key not in named and _can_stand_alone(key) and self._is_one(places)
        }

    def _is_one(self, places: set[int]) -> bool:
        series = {self._items[place].series for place in places}
        return len(places) == 1 or (len(series) == 1 and "" not in series)


def _spellings(name: str) -> Iterator[Key]:
    yield key_of(name)
    if _JOINED.search(name):
        yield key_of(_JOINED.sub("", name))
    if "½" in name:
        yield key_of(name.replace("½", " 1/2"))


def _main_and_subtitles(item: Item) -> tuple[list[str], list[str]]:
    title = item.title
    main, *rest = _SUBTITLE.split(title)
    mains = [_TRAILING_OR.sub("", main)] if rest else []
    if item.series and title.startswith(f"{item.series} and the "):
        rest.append(title.removeprefix(f"{item.series} and "))
    if (words := tokens(title)) and "." in words[0].surface[:-1] and len(words) > 1:
        mains.append(words[0].surface)
    subtitles = [part for part in rest if sum(not word.isdecimal() for word in key_of(part)) > 1]
    return mains, [part for part in subtitles if not EVERYDAY_WORDS.issuperset(key_of(part))]


def _can_stand_alone(key: Key) -> bool:
    return len(key) > 1 and key[-1] not in FUNCTION_WORDS and not EVERYDAY_WORDS.issuperset(key)


def _is_misspelling(name: str, spelled: str, distance: int) -> bool:
    """Tell a typing error from another title: numerals equal, short words nearly so, one of 6 letters more alike."""
    if len(spelled) < _SHORTEST_MISSPELT or _numerals(name) != _numerals(spelled):
        return False
    left, right = name.split(), spelled.split()
    if len(left) != len(right):
        return distance <= 1
    pairs = [(a, b) for a, b in zip(left, right, strict=True) if a != b]
    if any(OSA.distance(a, b) > (1 if min(len(a), len(b)) < _SHORTEST_MISSPELT else 2) for a, b in pairs):
        return False
    if distance < 2:
        return True
    # Two letters replaced make another word ("Superbad", "Superman"); two swapped or left out do not.
    replaced = len(name) == len(spelled) and sorted(name) != sorted(spelled)
    length = min(len(name), len(spelled))
    if replaced:
        return length >= _LONG_ENOUGH_FOR_TWO
    return length >= _LOOSELY_MISSPELT or JaroWinkler.similarity(name, spelled) >= _SIMILAR_ENOUGH


def _numerals(name: str) -> list[str]:
    return sorted(re.findall(r"\d+", name))
