"""One row of a catalogue, checked: what is wrong with it is said by row, column, value and remedy.

It knows the columns that every part of Palate understands; every other column keeps its name and becomes a typed
attribute. It does not open files, but for the fixed form of the embedded catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .column_types import SEPARATOR, ColumnType, is_empty, plain_text, split_list, typed_value
from .errors import DataError
from .items import Item, Value
from .tabular import BadRow, open_table

PEOPLE = {"directors": "director", "authors": "author", "artists": "artist", "cast": "cast"}
_LISTS = ("aliases", "genres", "moods", "themes")
_TEXTS = {"title": 300, "original_title": 300, "series": 200, "synopsis": 20_000}
# Of several values the first counts.
_SINGLE = ("domain", "country", "language")
_NUMBERS = {"year": (-3000, 2100), "runtime_min": (1, 100_000), "pages": (1, 100_000), "movielens_id": (1, 10**9)}
CORE_COLUMNS = frozenset({"item_id", *_TEXTS, *_SINGLE, *_LISTS, *_NUMBERS, *PEOPLE})
# Kinds of attributes and of statements: a column of the same name would be taken for them.
_TAKEN = frozenset(
    {"genre", "mood", "theme", "person", "decade", "numbers", "item", "period", "length", "number", "request"}
)
_LONGEST_ID, _LONGEST_NAME, _LONGEST_SHOWN = 200, 200, 60
# A date counts by its year, "120 min" by its number.
_FIRST_NUMBER = re.compile(r"(-?\d{1,9})(?:\.0*)?(?=$|-\d\d(?:$|-\d\d)|\s)")

REQUIRED_COLUMNS = (
    "item_id", "domain", "title", "original_title", "year", "genres", "directors", "authors", "cast",
    "country", "language", "runtime_min", "pages", "moods", "themes", "synopsis",
)  # fmt: skip
OPTIONAL_COLUMNS = ("series", "movielens_id")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be used.

    Args:
        row: The line or record number, as a person counts.
        column: The column, in the catalogue's names; empty where the whole row is meant.
        value: What stands there, shortened.
        remedy: What is wrong and how to mend it.
    """

    row: int
    column: str
    value: str
    remedy: str

    @classmethod
    def of(cls, row: BadRow) -> Problem:
        """Return why a row cannot even be read."""
        return cls(row.number, row.column, plain_text(row.value)[:_LONGEST_SHOWN], row.remedy)

    def __str__(self) -> str:
        place = f"row {self.row}, column {self.column}" if self.column else f"row {self.row}"
        return f"{place}: '{self.value}' is not usable: {self.remedy}"


@dataclass(slots=True)
class RowReader:
    """Turns rows into items and remembers which ids it has seen.

    Args:
        types: The type of each column outside the core ones.
        domain: The domain of rows that name none.
        list_separators: What may separate values of a list, the strongest first.
        taken: Ids that the catalogue has already.
    """

    types: Mapping[str, ColumnType]
    domain: str = ""
    list_separators: str = SEPARATOR
    taken: Container[str] = ()
    _first_row: dict[str, int] = field(default_factory=dict)

    def read(self, number: int, row: Mapping[str, object]) -> Item | list[Problem]:
        """Return the item of a row, or everything that is wrong with the row.

        Examples:
            >>> reader = RowReader({"bpm": "number"}, domain="music")
            >>> reader.read(2, {"item_id": "t1", "title": "Windowlicker", "bpm": "123"}).extra
            {'bpm': 123}
            >>> str(reader.read(3, {"item_id": "t2", "title": "Flim", "year": "MCMXCVII"})[0])
            "row 3, column year: 'MCMXCVII' is not usable: give a whole number from -3000 to 2100, or leave it empty"
        """
        cells = _Cells(number, row, self.list_separators)
        fields: dict[str, object] = {"item_id": self._item_id(cells)}
        fields |= {column: cells.text(column, longest) for column, longest in _TEXTS.items()}
        fields |= {column: cells.first(column) for column in _SINGLE}
        fields |= {column: cells.whole_number(column, low, high) for column, (low, high) in _NUMBERS.items()}
        fields |= {column: cells.names(column) for column in _LISTS}
        fields["domain"] = str(fields["domain"]).casefold() or self.domain
        fields["people"] = {role: names for column, role in PEOPLE.items() if (names := cells.people(column))}
        fields["extra"] = {
            name: value for name, kind in self.types.items() if (value := cells.typed(name, kind)) is not None
        }
        cells.need("title", fields["title"], "give every item a title")
        cells.need("domain", fields["domain"], "say what it is, such as film or book, or give --domain")
        if cells.problems:
            return cells.problems
        fields["original_title"] = fields["original_title"] or fields["title"]
        return Item(**fields)  # type: ignore[arg-type]  # the cells checked each field

    def _item_id(self, cells: _Cells) -> str:
        item_id = cells.identifier("item_id")
        cells.need("item_id", item_id, "give every item an id")
        if not item_id:
            return ""
        first = self._first_row.setdefault(item_id, cells.number)
        if first != cells.number:
            cells.complain("item_id", item_id, f"it is already used in row {first}; give each item an id of its own")
        elif item_id in self.taken:
            cells.complain("item_id", item_id, "the catalogue has this id already; give another, or remove that item")
        return item_id


def read_items(path: Path) -> Iterator[Item]:
    """Yield the items of a catalogue file in the form of the embedded one; the first problem ends it.

    Its columns are fixed, so that a typing error in a header is not silently taken for an attribute.

    Raises:
        DataError: A missing file, header or column, a bad value or an id used twice; names row and column.
    """
    table = open_table(path)
    for column in REQUIRED_COLUMNS:
        if column not in table.columns:
            raise DataError(f"catalogue {path.name}: the column '{column}' is missing; add it (it may be empty)")
    for column in table.columns:
        if column not in (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS):
            raise DataError(
                f"catalogue {path.name}: unknown column '{column}'; remove it or correct its name, or make a catalogue "
                f"of your own columns: palate catalog build {path.name}"
            )
    reader = RowReader({})
    for row in table.rows():
        found = [Problem.of(row)] if isinstance(row, BadRow) else reader.read(*row)
        if isinstance(found, list):
            raise DataError(f"catalogue {path.name}, {found[0]}")
        yield found


def column_name(name: str) -> str:
    """Return the name under which a column is kept: lower case, one word, none that has another meaning here.

    Examples:
        >>> column_name("Screen Size (in)"), column_name("Genre")
        ('screen_size_in', 'genre_column')
    """
    plain = "_".join(re.findall(r"\w+", name.casefold()))
    return f"{plain}_column" if plain in _TAKEN else plain or "column"


class _Cells:
    """The cells of one row, read one by one; problems are collected."""

    def __init__(self, number: int, row: Mapping[str, object], separators: str) -> None:
        self.number = number
        self.problems: list[Problem] = []
        self._row = row
        self._separators = separators

    def complain(self, column: str, value: object, remedy: str) -> None:
        self.problems.append(Problem(self.number, column, plain_text(value)[:_LONGEST_SHOWN], remedy))

    def need(self, column: str, value: object, remedy: str) -> None:
        if not value and not any(problem.column == column for problem in self.problems):
            self.complain(column, "", f"it is empty; {remedy}")

    def identifier(self, column: str) -> str:
        """Return an id letter by letter as it stands there, so that "007" is not "7"."""
        value = self._row.get(column)
        if is_empty(value):
            return ""
        text = plain_text(value) if isinstance(value, float) else str(value).strip()
        if not text.isprintable():
            self.complain(column, text, "use printable characters only")
        elif len(text) > _LONGEST_ID:
            self.complain(column, text, f"it has {len(text):,} characters; shorten it to {_LONGEST_ID}")
        return text

    def text(self, column: str, longest: int) -> str:
        value = self._row.get(column)
        text = "" if is_empty(value) else plain_text(value)
        if len(text) > longest:
            self.complain(column, text, f"it has {len(text):,} characters; shorten it to {longest:,}")
        return text

    def whole_number(self, column: str, low: int, high: int) -> int | None:
        value = self._row.get(column)
        if is_empty(value):
            return None
        found = _FIRST_NUMBER.match(str(value).strip())
        number = int(found[1]) if found else None
        if number is None or not low <= number <= high:
            self.complain(column, value, f"give a whole number from {low} to {high}, or leave it empty")
            return None
        return number

    def names(self, column: str) -> tuple[str, ...]:
        # A title may hold a comma.
        separators = self._separators.replace(",", "") if column == "aliases" else self._separators
        return self._short(column, split_list(self._row.get(column), separators))

    def first(self, column: str) -> str:
        return next(iter(self.names(column)), "")

    def people(self, column: str) -> tuple[str, ...]:
        """Return names; a comma parts them only where every part is a full name ("King, Stephen" stays whole)."""
        value, strong = self._row.get(column), self._separators.replace(",", "")
        names = split_list(value, strong)
        if "," in self._separators and isinstance(value, str) and not set(strong) & set(value):
            parts = split_list(value, ",")
            names = parts if all(" " in part for part in parts) else names
        return self._short(column, names)

    def typed(self, column: str, kind: ColumnType) -> Value | None:
        value = self._row.get(column)
        try:
            return typed_value(value, kind)
        except ValueError as error:
            self.complain(column, value, str(error))
            return None

    def _short(self, column: str, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if len(name) > _LONGEST_NAME:
                remedy = f"it has {len(name):,} characters; shorten it to {_LONGEST_NAME}, or part its values by '|'"
                self.complain(column, name, remedy)
        return names
