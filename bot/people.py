"""People in a message: whole names, last names, initials, and names with a typing error.

It finds names; whether the person is wanted or refused is for the clauses to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ..retrieval.everyday import EVERYDAY_WORDS
from ..retrieval.text import FUNCTION_WORDS, Token, tokens
from .mention import Mention
from .phrase_forms import Phrase
from .vocabulary import Vocabulary

_LONGEST_NAME = 6
_SHORTEST_SMALL_LAST_NAME = 5
_SHORTEST_MISSPELT_NAME = 8
_SHORTEST_MISSPELT_LAST_NAME = 6
_NAME_TRIES = 20
# Of several who bear a last name the one is meant who has so many items, and so many times those of the next.
_WELL_KNOWN_ITEMS, _WELL_KNOWN_RATIO = 3, 3
_KNOWN_MAKER_ITEMS, _KNOWN_MAKER_RATIO = 2, 2
_BEFORE_A_MAKER = frozenset({"by", "director", "directed", "author", "writer", "novelist"})
_BEFORE_A_PERSON = _BEFORE_A_MAKER | {"with", "starring", "from", "featuring", "actor", "actress"}
_LIVES = frozenset({"biography", "biographies", "life", "lives", "story", "portrait", "biopic"})
_LISTING = frozenset({"or", "and", "nor"})
_BEFORE_A_REFUSED_ONE = frozenset({"except", "besides", "excluding", "without", "not", "but"})
_PLAIN_WORDS = EVERYDAY_WORDS | FUNCTION_WORDS


class PeopleReader:
    """Find the people of one catalogue in a message.

    Args:
        vocabulary: What the catalogue's items are called.
        is_attribute: Says whether a folded word names an attribute, so that it is nobody's last name; with
            ``but_theme=True`` themes do not count: in "plays by Shakespeare" a person is meant.
        is_noun: Says whether a folded word names a domain, as in "Kurosawa films".

    Examples:
        >>> from palate.retrieval.catalog import Catalog
        >>> from palate.retrieval.items import Item
        >>> emma = Item(item_id="e", domain="book", title="Lavinia", people={"author": ("Ursula K. Le Guin",)})
        >>> words = Vocabulary.of(Catalog([emma]))
        >>> reader = PeopleReader(words, is_attribute=lambda *_, **__: False, is_noun=lambda word: word == "books")
        >>> [reader.read(tokens(said), said)[0].value for said in ("by le guin", "Ursula Le Guin?")]
        ['Ursula K. Le Guin', 'Ursula K. Le Guin']
    """

    def __init__(
        self, vocabulary: Vocabulary, *, is_attribute: Callable[..., bool], is_noun: Callable[[str], bool]
    ) -> None:
        self._vocabulary, self._is_attribute, self._is_noun = vocabulary, is_attribute, is_noun
        self._whole: dict[Phrase, str] = {}
        self._turned: dict[Phrase, str] = {}
        self._last: dict[Phrase, list[str]] = defaultdict(list)
        names = [(name, name_key(_folded(name))) for name in vocabulary.of_kind("person")]
        for name, key in names:
            self._whole.setdefault(key, name)
        for name, key in names:
            # "George Martin" for George R. R. Martin, "Cixin Liu" for Liu Cixin.
            bare = (*key[:1], *(word for word in key[1:] if not _is_initials(word)))
            self._whole.setdefault(bare, name)
            if len(bare) == 2:
                self._turned.setdefault(bare[::-1], name)
            for place in range(min(1, len(bare) - 1), len(bare)):
                self._last[bare[place:]].append(name)
        self._spelled = _Spelled(" ".join(key) for key in self._whole)
        self._spelled_last = _Spelled(key[0] for key in self._last if len(key) == 1)

    def read(self, words: list[Token], text: str, domain: str = "") -> list[Mention]:
        """Return the people named exactly, longer names first; parts of a name may be there too.

        Args:
            words: The words of the message.
            text: The message.
            domain: The domain asked for: of two with one last name the one who has items there is meant.
        """
        return [
            Mention("person", name, (words[first].start, words[last].end))
            for first, last in windows(words, _LONGEST_NAME)
            if (name := self._named(words, first, last, text, domain))
        ]

    def read_misspelt(self, words: list[Token], domain: str = "") -> Iterator[Mention]:
        """Yield the people whose name is a typing error away from what is written."""
        tries = 0
        for first, last in windows(words, 3):
            led = first > 0 and words[first - 1].text in _BEFORE_A_PERSON
            named = all(word.is_capitalised for word in words[first : last + 1])
            if tries >= _NAME_TRIES or not (led or named):
                continue
            name, span = " ".join(_texts(words, first, last)), (words[first].start, words[last].end)
            if first < last and len(name) >= _SHORTEST_MISSPELT_NAME:
                tries += 1
                if near := self._spelled.nearest(name):
                    yield Mention("person", self._whole[tuple(near.split(" "))], span)
            elif first == last and led and named and len(name) >= _SHORTEST_MISSPELT_LAST_NAME:
                near = "" if self._is_attribute(name) else self._spelled_last.nearest(name)
                if near and (person := self._bearer((near,), words, first, domain)):
                    yield Mention("person", person, span)

    def domains_of(self, names: Iterable[str]) -> frozenset[str]:
        """Return the domains in which any of these people has an item."""
        return frozenset().union(*(self._vocabulary.where("person", name) for name in names))

    def _named(self, words: list[Token], first: int, last: int, text: str, domain: str) -> str:
        if _is_subject(words, first):
            return ""
        key = name_key(_texts(words, first, last))
        led = first > 0 and words[first - 1].text in _BEFORE_A_PERSON
        if name := self._whole.get(key):
            several, marked = first < last, words[first].is_capitalised and first
            if several or marked or (led and key[0] not in _PLAIN_WORDS):
                return name
        if key in self._turned and (led or all(word.is_capitalised for word in words[first : last + 1])):
            return self._turned[key]
        telling = self._is_last_name(words, first, text) if first == last else not _PLAIN_WORDS.issuperset(key)
        is_name = key in self._last and len(key[0]) > 1 and telling
        return self._bearer(key, words, first, domain) if is_name else ""

    def _bearer(self, key: Phrase, words: list[Token], place: int, domain: str) -> str:
        """Return whose last name it is: the only one's, or that of one far better known than the others."""
        bearers = self._last[key]
        if len(bearers) > 1 and domain:
            bearers = [name for name in bearers if domain in self._vocabulary.where("person", name)] or bearers
        if len(bearers) == 1:
            return bearers[0]
        counted = sorted(((self._vocabulary.count("person", name, domain), name) for name in bearers), reverse=True)
        if counted[0][0] >= max(_WELL_KNOWN_ITEMS, _WELL_KNOWN_RATIO * counted[1][0]):
            return counted[0][1]
        if place and words[place - 1].text in _BEFORE_A_MAKER:
            makers = [(self._vocabulary.makers.get(name, 0), name) for name in bearers]
            (most, name), (next_most, _), *_ = sorted(makers, reverse=True)
            if most >= max(_KNOWN_MAKER_ITEMS, _KNOWN_MAKER_RATIO * next_most):
                return name
        return ""

    def _is_last_name(self, words: list[Token], place: int, text: str) -> bool:
        word, before = words[place], words[place - 1] if place else None
        behind = words[place + 1] if place + 1 < len(words) else None
        if self._is_attribute(word.text, but_theme=before is not None and before.text in _BEFORE_A_MAKER):
            return False
        before_noun = behind is not None and self._is_noun(behind.text) and text[word.end : behind.start] == " "
        telling = word.text not in EVERYDAY_WORDS and len(word.text) >= _SHORTEST_SMALL_LAST_NAME
        if before is None:
            return (before_noun and (word.is_capitalised or telling)) or (telling and behind is None)
        if word.is_capitalised:
            # A capitalised word on either side would make this a part of somebody else's name.
            joined = behind is not None and behind.is_capitalised and text[word.end : behind.start] == " "
            return not joined and not (before.is_capitalised and before.text not in _BEFORE_A_PERSON | _LISTING | {"i"})
        listed = before.text in _LISTING and place > 1 and name_key((words[place - 2].text,)) in self._last
        return telling and (before.text in _BEFORE_A_PERSON | _BEFORE_A_REFUSED_ONE or before_noun or listed)


class _Spelled:
    """Names by length and first or last two letters: what is one typing error away agrees in one of the two."""

    def __init__(self, names: Iterable[str]) -> None:
        self._blocks: dict[tuple[int, str], list[str]] = defaultdict(list)
        for name in names:
            self._blocks[len(name), "^" + name[:2]].append(name)
            self._blocks[len(name), name[-2:] + "$"].append(name)

    def nearest(self, name: str) -> str:
        """Return a name within one typing error; "" where there is none."""
        near = [
            other
            for length in range(len(name) - 1, len(name) + 2)
            for part in ("^" + name[:2], name[-2:] + "$")
            for other in self._blocks.get((length, part), ())
        ]
        found = process.extractOne(name, near, scorer=OSA.distance, score_cutoff=1)
        return str(found[0]) if found else ""


def name_key(words: Iterable[str]) -> Phrase:
    """Return the words of a name with its initials in one: alike for "J.R.R." and "J. R. R." and "jrr".

    Examples:
        >>> name_key(["j", "r", "r", "tolkien"]), name_key(["george", "rr", "martin"])
        (('jrr', 'tolkien'), ('george', 'rr', 'martin'))
    """
    key: list[str] = []
    joins = False
    for word in words:
        if len(word) == 1 and joins:
            key[-1] += word
        else:
            key.append(word)
        joins = len(word) == 1
    return tuple(key)


def windows(words: list[Token], longest: int) -> Iterator[tuple[int, int]]:
    """Yield the first and last place of every run of words, the longest runs first."""
    for length in range(longest, 0, -1):
        yield from ((first, first + length - 1) for first in range(len(words) - length + 1))


def _is_subject(words: list[Token], place: int) -> bool:
    """Say whether what follows is whom it is about, and not by: "about Kurosawa", "a life of Darwin"."""
    before = [word.text for word in words[max(0, place - 2) : place]]
    return before[-1:] == ["about"] or (before[-1:] == ["of"] and before[0] in _LIVES)


def _texts(words: list[Token], first: int, last: int) -> list[str]:
    """Return the folded words of a run, the last without the "'s" of a possessive."""
    texts = [word.text for word in words[first : last + 1]]
    if words[last].surface.endswith(("'s", "’s")):
        texts[-1] = texts[-1][:-1]
    return texts


def _folded(name: str) -> list[str]:
    return [word.text for word in tokens(name)] or [name.casefold()]


def _is_initials(word: str) -> bool:
    """Say whether a word behind the first name is left out as often as not; "Ng" and "Li" are names."""
    return len(word) == 1 or word in {"jr", "sr"} or (len(word) <= 3 and word != "ng" and not set(word) & set("aeiouy"))
