"""Columns of somebody's own catalogue in a message: "brand Acme", "Acme headphones", "price under 20".

It knows the catalogue's own names of columns and their values, nothing about any subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..retrieval.everyday import EVERYDAY_WORDS, TALK_WORDS
from ..retrieval.text import Token
from .domains import singular
from .mention import Mention
from .people import windows
from .phrase_forms import Phrase, phrase_of
from .vocabulary import Vocabulary

_LONGEST_VALUE = 6
# Kinds that are read elsewhere, or whose name is a kind of signal.
_READ_ELSEWHERE = frozenset(
    {"genre", "mood", "theme", "person", "country", "language", "decade", "item", "period", "length", "pages", "number",
     "domain", "request"}
)  # fmt: skip
_ONLY_WITH_NAME = frozenset({"series"})
_ABOUT = frozenset({"about", "like", "of", "on"})
_SPELLINGS = (("colour", "color"), ("flavour", "flavor"), ("centre", "center"), ("odour", "odor"))
_SORT_OF_COUNT = frozenset({"count", "num", "number", "n", "total"})
_IS = r"(?:\s*[:=]\s*|\s+(?:is|of|being|that is|that's|be|at)\s+|\s+)"
_NUMBER = r"[$€£]?\s?(?P<{0}>\d[\d,]*(?:\.\d+)?)(?P<{0}k>k\b)?"
_AT_MOST = (
    r"(?:under|below|less than|lower than|smaller than|cheaper than|fewer than|at most|up to|no more than|"
    r"not more than|not over|nothing over|nothing above|max(?:imum)?(?: of)?|within|<=?|≤)"
)
_AT_LEAST = (
    r"(?:over|above|more than|higher than|greater than|better than|larger than|bigger than|at least|no less than|"
    r"not under|not below|min(?:imum)?(?: of)?|from|>=?|≥)"
)
_MONEY_NAMES = frozenset({"price", "cost"})
_MONEY = r"(?:dollars?|euros?|pounds?|bucks|quid|usd|eur|gbp|€|\$|£)"


class ColumnReader:
    """Find values and limits of the catalogue's own columns.

    Examples:
        >>> from palate.retrieval.catalog import Catalog
        >>> from palate.retrieval.items import Item
        >>> item = Item(item_id="x", domain="headphones", title="X1", extra={"brand": ("Acme",), "list_price": 19.0})
        >>> reader = ColumnReader(Vocabulary.of(Catalog([item])))
        >>> [mention.value for mention in reader.read_numbers("list price under 20 or at least $5")]
        ['list_price <=20', 'list_price >=5']
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._names: dict[Phrase, str] = {}
        self._values: dict[Phrase, list[tuple[str, str]]] = {}
        for kind in vocabulary.values:
            if kind in _READ_ELSEWHERE:
                continue
            self._names.update((phrase, kind) for phrase in _names_of(kind))
            for value in vocabulary.of_kind(kind):
                phrase = phrase_of(value)
                if len(phrase) <= _LONGEST_VALUE:
                    self._values.setdefault(phrase, []).append((kind, value))
        self._limits = tuple(_limits(vocabulary.number_columns))

    def read_numbers(self, plain: str) -> Iterator[Mention]:
        """Yield the limits, as "price <=20": clearer patterns first, so that the first of overlapping ones holds."""
        for relation, columns, pattern in self._limits:
            for match in pattern.finditer(plain):
                column = columns[" ".join(match["name"].split()) if "name" in match.groupdict() else ""]
                low, high = _amount(match, "a"), _amount(match, "b") if relation == "between" else ""
                ends = sorted((low, high), key=float) if relation == "between" else []
                yield Mention("number", f"{column} {'-'.join(ends) or relation + low}", match.span())

    def read_named(self, words: list[Token]) -> Iterator[Mention]:
        """Yield the values beside the name of their column: "brand Acme", "black colour", "in the colour black"."""
        for first, last in windows(words, _LONGEST_VALUE) if self._values else ():
            values = self._values.get(tuple(word.text for word in words[first : last + 1]), ())
            for kind, value in values:
                left, right = self._named_before(words, first, kind), self._named_behind(words, last, kind)
                if left is not None or right is not None:
                    start, end = words[first if left is None else left], words[last if right is None else right]
                    yield Mention(kind, value, (start.start, end.end))
                    break

    def read_values(self, words: list[Token]) -> Iterator[Mention]:
        """Yield the values that tell their column by themselves, longer ones first."""
        for first, last in windows(words, _LONGEST_VALUE) if self._values else ():
            phrase = tuple(word.text for word in words[first : last + 1])
            before = [word.text for word in words[max(0, first - 2) : first]]
            named = [pair for pair in self._values.get(phrase, ()) if pair[0] not in _ONLY_WITH_NAME]
            if named and _is_telling(phrase, before):
                yield Mention(*named[0], (words[first].start, words[last].end))

    def _named_before(self, words: list[Token], first: int, kind: str) -> int | None:
        for gap in (0, 1):
            for size in (3, 2, 1):
                start = first - gap - size
                if start < 0 or (gap and words[first - 1].text not in {"is", "of", "the"}):
                    continue
                if self._names.get(tuple(word.text for word in words[start : start + size])) == kind:
                    return start
        return None

    def _named_behind(self, words: list[Token], last: int, kind: str) -> int | None:
        for size in (3, 2, 1):
            behind = words[last + 1 : last + 1 + size]
            if self._names.get(tuple(word.text for word in behind)) == kind:
                return last + len(behind)
        return None


def _is_telling(phrase: Phrase, before: list[str]) -> bool:
    if _ABOUT.intersection(before) or len("".join(phrase)) < 2 or "".join(phrase).isdecimal():
        return False
    if len(phrase) > 1:
        return not TALK_WORDS.issuperset(phrase)
    return phrase[0] not in EVERYDAY_WORDS or (before[-1:] == ["in"] and phrase[0] not in TALK_WORDS)


def _names_of(column: str) -> Iterator[Phrase]:
    """Yield how a column is called: with spaces, in the singular, in both spellings of English."""
    spoken = column.replace("_", " ").casefold()
    spellings = {spoken, *(spoken.replace(*pair) for pair in _SPELLINGS)}
    spellings |= {spoken.replace(b, a) for a, b in _SPELLINGS if a not in spoken}
    for spelled in sorted(spellings):
        *front, last = phrase_of(spelled)
        yield (*front, last)
        yield (*front, singular(last))


def _limits(columns: Iterable[str]) -> Iterator[tuple[str, dict[str, str], re.Pattern[str]]]:
    """Yield relation, names of columns and pattern; patterns with the column's name in front come first."""
    names, units, money = _number_names(columns)
    if names:
        said, unit = rf"\b{_one_of(names)}{_IS}", rf"\s*{_one_of(units)}(?!\w)"
        more, less = "(?:more|above|higher|better|over|up)", "(?:less|below|lower|under|cheaper)"
        yield "between", names, re.compile(rf"{said}(?:between\s+|from\s+)?{_TWO}")
        yield "<=", names, re.compile(rf"{said}(?:{_AT_MOST})\s*{_ONE}")
        yield ">=", names, re.compile(rf"{said}(?:{_AT_LEAST})\s*{_ONE}")
        yield ">=", names, re.compile(rf"{said}{_ONE}\s*(?:\+|(?:or|and)\s+{more})")
        yield "<=", names, re.compile(rf"{said}{_ONE}\s*(?:or|and)\s+{less}")
        yield "between", units, re.compile(rf"\bbetween\s+{_TWO}{unit}")
        yield "<=", units, re.compile(rf"{_AT_MOST}\s*{_ONE}{unit}")
        yield ">=", units, re.compile(rf"{_AT_LEAST}\s*{_ONE}{unit}")
    if money:
        yield from _prices({"": money})


def _number_names(columns: Iterable[str]) -> tuple[dict[str, str], dict[str, str], str]:
    """Return what stands before a number ("rating"), what stands behind one ("players"), and the column of prices."""
    names: dict[str, str] = {}
    units: dict[str, str] = {}
    money = ""
    for column in columns:
        words = column.replace("_", " ").casefold().split()
        spoken, counted = " ".join(words), " ".join(word for word in words if word not in _SORT_OF_COUNT)
        also = [name for name in ("price", "cost", "rating") if name in words and counted == spoken]
        names |= {name: names.get(name, column) for name in (spoken, singular(spoken), *also)}
        if "rating" in also:
            names.setdefault("rated", column)
            units.setdefault("stars", column)
        money = money or (column if _MONEY_NAMES.intersection(also) else "")
        for unit in filter(None, (spoken, counted, singular(counted), f"{singular(counted)}s")):
            units.setdefault(unit, column)
    return names, units, money


_ONE = _NUMBER.format("a")
_TWO = rf"{_ONE}\s*(?:and|to|-)\s*{_NUMBER.format('b')}"


def _prices(columns: dict[str, str]) -> Iterator[tuple[str, dict[str, str], re.Pattern[str]]]:
    priced = rf"(?:(?=[$€£]\s?\d){_ONE}|{_ONE.replace('<a', '<x')}\s*{_MONEY})"
    between = rf"\bbetween\s+(?:(?=[$€£]){_TWO}|{_TWO.replace('<a', '<x').replace('<b', '<y')}\s*{_MONEY})"
    yield "between", columns, re.compile(between)
    yield "<=", columns, re.compile(rf"\b(?:for\s+|costing\s+)?{_AT_MOST}\s*{priced}")
    yield ">=", columns, re.compile(rf"{_AT_LEAST}\s*{priced}")
    yield "<=", columns, re.compile(rf"{priced}\s*(?:or\s+(?:less|under|cheaper)|max(?:imum)?\b|tops|at most)")
    yield "<=", columns, re.compile(rf"\b(?:cheaper than|costing (?:less than|under|at most)|budget of)\s*{_ONE}")


def _one_of(names: Iterable[str]) -> str:
    spelled = sorted(names, key=len, reverse=True)
    return "(?P<name>" + "|".join(r"\s+".join(map(re.escape, name.split())) for name in spelled) + ")"


def _amount(match: re.Match[str], group: str) -> str:
    groups = match.groupdict()
    key = group if groups.get(group) else {"a": "x", "b": "y"}[group]
    amount = float(groups[key].replace(",", "")) * (1000 if groups.get(f"{key}k") else 1)
    return f"{amount:.10g}"
