"""What the columns of somebody's own catalogue hold, found from their values."""

from __future__ import annotations

import ast
import math
import re
import unicodedata
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from .items import Value

ColumnType = Literal["number", "boolean", "category", "list", "text", "identifier", "empty"]

SEPARATOR = "|"
_URL = re.compile(r"https?://", re.IGNORECASE)
# Marks by which chat models know whose turn it is, such as <|im_end|>: nothing that a catalogue may say.
_TURN_MARK = re.compile(r"<\|\w{1,40}\|>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>", re.ASCII)
_TRUE, _FALSE = frozenset({"true", "yes"}), frozenset({"false", "no"})
# Said in place of a value that nobody knows; a word like any other where words stand.
_UNKNOWN = frozenset({"n/a", "na", "nan", "null", "none", "-", "?"})
_IDENTIFIER_NAME = re.compile(r"(?:^|_)(?:id|ids|isbn\d*|asin|sku|ean|upc|uuid|code|url|uri)$")
_MOST_VALUES = 5_000
_LONG_TEXT, _SHORT_TEXT = 60, 25
_LONGEST_LIST = 20_000


class ColumnProfile:
    """Sees the values of one column one by one and then names its type.

    Examples:
        >>> column = ColumnProfile("price")
        >>> for value in ("9.50", "12", ""):
        ...     column.see(value)
        >>> column.type
        'number'
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._odd = ""
        self._n = self._numbers = self._booleans = self._lists = self._urls = self._letters = self._spaced = 0
        self._values: set[str] = set()

    def see(self, value: object) -> None:
        """Take one value into account; empty ones say nothing."""
        if is_empty(value):
            return
        text = plain_text(value)
        if text.casefold() in _UNKNOWN:
            return
        self._n += 1
        if isinstance(value, (list, tuple)):
            self._lists += 1
            return
        self._booleans += _as_boolean(value) is not None
        is_number = _as_number(value) is not None
        self._numbers += is_number
        if not is_number and not self._odd:
            self._odd = text
        self._lists += SEPARATOR in text or _written_list(text) is not None
        self._urls += _URL.match(text) is not None
        self._letters += len(text)
        self._spaced += " " in text or len(text) > _LONG_TEXT
        if len(self._values) < _MOST_VALUES:
            self._values.add(text)

    @property
    def type(self) -> ColumnType:
        """What the column holds.

        A column of addresses, or of codes that hardly repeat, is an identifier: nothing that a taste or a request can
        speak of.
        """
        if not self._n:
            return "empty"
        if self._urls > self._n / 2:
            return "identifier"
        if self._booleans == self._n:
            return "boolean"
        if self._numbers == self._n:
            is_code = _IDENTIFIER_NAME.search(self._name) or (self._is_rare and self._name.endswith("id"))
            return "identifier" if is_code else "number"
        return "list" if self._lists >= max(1.0, 0.05 * self._n) else self._type_of_words()

    @property
    def odd(self) -> str:
        """The first value that keeps a column, which holds numbers else, from being one of numbers; or nothing."""
        nearly = self._n > self._numbers > 0.8 * self._n and self.type != "identifier"
        return self._odd if nearly else ""

    @property
    def _is_rare(self) -> bool:
        return self._n > 20 and len(self._values) > 0.9 * min(self._n, _MOST_VALUES)

    def _type_of_words(self) -> ColumnType:
        rare = self._is_rare
        if rare and (not self._spaced or _IDENTIFIER_NAME.search(self._name)):
            return "identifier"
        length = self._letters / self._n
        return "text" if length > _LONG_TEXT or (rare and length > _SHORT_TEXT) else "category"


def profile_columns(rows: Iterable[Mapping[str, object]], core: frozenset[str]) -> dict[str, ColumnProfile]:
    """Return what every column outside ``core`` holds, in the order in which the columns appear.

    Examples:
        >>> columns = profile_columns([{"id": "1", "price": "9.5"}, {"id": "2", "seen": "yes"}], frozenset({"id"}))
        >>> {name: column.type for name, column in columns.items()}
        {'price': 'number', 'seen': 'boolean'}
    """
    seen: dict[str, ColumnProfile] = {}
    for row in rows:
        for name, value in row.items():
            if name not in core:
                if name not in seen:
                    seen[name] = ColumnProfile(name)
                seen[name].see(value)
    return seen


def agreed_types(known: Mapping[str, ColumnType], new: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    """Return the types of the columns of a catalogue to which a table is added: what is known holds.

    A column that was empty takes the new type, and one of single values may come to hold several.

    Examples:
        >>> agreed_types({"price": "number", "label": "category"}, {"price": "text", "label": "list", "bpm": "number"})
        {'price': 'number', 'label': 'list', 'bpm': 'number'}
    """
    agreed = dict(known)
    for name, kind in new.items():
        old = agreed.get(name, "empty")
        if old == "empty" or (old, kind) == ("category", "list"):
            agreed[name] = kind
    return agreed


def typed_value(value: object, kind: ColumnType) -> Value | None:
    """Return one value in the form of its column's type; None where it is empty.

    Raises:
        ValueError: The value is not of that type.

    Examples:
        >>> typed_value(" 9.50 ", "number"), typed_value("Yes", "boolean"), typed_value("Warp", "category")
        (9.5, True, ('Warp',))
    """
    if is_empty(value) or (kind in {"number", "boolean"} and plain_text(value).casefold() in _UNKNOWN):
        return None
    if kind == "number":
        if (number := _as_number(value)) is None:
            raise ValueError("give a number or leave it empty")
        return number
    if kind == "boolean":
        if (truth := _as_boolean(value)) is None:
            raise ValueError("give true or false or leave it empty")
        return truth
    if kind == "list":
        return split_list(value) or None
    text = plain_text(value)
    return ((text,) if kind == "category" else text) if text else None


def split_list(value: object, separators: str = SEPARATOR) -> tuple[str, ...]:
    """Return the values of a list, each once, without blanks.

    Text is parted by the first of the ``separators`` that occurs in it; a list as Python or JSON write it is read.

    Examples:
        >>> split_list("crime | drama|"), split_list(["war", "war"]), split_list("a; b", "|;"), split_list("['x', 'y']")
        (('crime', 'drama'), ('war',), ('a', 'b'), ('x', 'y'))
    """
    if is_empty(value):
        return ()
    parts = value if isinstance(value, (list, tuple)) else _parted(str(value).strip(), separators)
    texts = (plain_text(_name_of(part)) for part in parts if not is_empty(part))
    return tuple(dict.fromkeys(text for text in texts if text))


def plain_text(value: object) -> str:
    r"""Return a value as one line of text: blanks are single, control characters and turn marks of models are gone.

    Examples:
        >>> plain_text(300.0), plain_text("A \n heist.<|im_end|>"), plain_text("\x1b[31mHeat")
        ('300', 'A heist.', '[31mHeat')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = _TURN_MARK.sub(" ", str(value))
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(mark) in {"Cc", "Cs", "Zl", "Zp"} else mark for mark in text)
    return " ".join(text.split())


def is_empty(value: object) -> bool:
    """Say whether a cell holds nothing: None, blanks, an empty list, or a number that is none."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, (list, tuple, dict)) and not value) or not str(value).strip()


def _as_number(value: object) -> int | float | None:
    """Return a finite number; a code such as "007" is none."""
    if isinstance(value, bool) or re.match(r"\s*[-+]?0\d", str(value)) or "_" in str(value):
        return None
    try:
        number = float(str(value))
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _as_boolean(value: object) -> bool | None:
    text = str(value).strip().casefold()
    return True if text in _TRUE else False if text in _FALSE else None


def _parted(text: str, separators: str) -> Sequence[object]:
    written = _written_list(text)
    return text.split(next((mark for mark in separators if mark in text), SEPARATOR)) if written is None else written


def _name_of(part: object) -> object:
    """Return the name of an object in a list, as in {"id": 28, "name": "Action"}; anything else as it is."""
    return part.get("name", part) if isinstance(part, dict) else part


def _written_list(text: str) -> list[object] | None:
    """Return the list that a text writes out, as in "['war', 'peace']"; None where it does not."""
    if not (text.startswith("[") and text.endswith("]")) or len(text) > _LONGEST_LIST:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stray backslash is no concern of the reader
            value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, list) else None
