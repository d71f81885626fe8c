"""Somebody's own table as catalogue rows: which column means what, of which type the others are, what is wrong.

It reads and checks; it writes nothing.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .column_types import ColumnType, agreed_types, is_empty, plain_text, profile_columns
from .errors import DataError
from .items import Item
from .languages import language_name
from .naming import split_title
from .profiles import Profile, guess_columns, guess_domain, recognise
from .schema import CORE_COLUMNS, Problem, RowReader, column_name
from .tabular import BadRow, Record, Table, open_table

_SAMPLE = 1_000
_MOST_DATED = 0.8
# Values of a list are parted by the first of these that occurs in the cell.
_SEPARATORS = "|;,"
# Nothing that a taste or a request can speak of: a model that read them would read noise.
_NOT_CARRIED = frozenset({"empty", "identifier"})


@dataclass(slots=True)
class SourceReport:
    """What a reading of the whole file found; filled while the items are read.

    Args:
        n_rows: Rows of the file.
        n_items: Rows that can be used.
        problems: Everything that is wrong, row by row.
        domains: Usable rows by domain.
        missing: Usable rows that lack a year, genres or a synopsis.
    """

    n_rows: int = 0
    n_items: int = 0
    problems: list[Problem] = field(default_factory=list)
    domains: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    @property
    def n_bad(self) -> int:
        """Rows that cannot be used."""
        return self.n_rows - self.n_items


class CatalogSource:
    """A table of items of any kind.

    Only an id and a title are needed. Columns of a known data set or of a telling name are understood; ``mapping`` says
    the rest. Where no column holds the year and titles end in one, as in "Heat (1995)", it is taken from there.
    Addresses and codes are told as identifiers and are not carried into the items.

    Args:
        path: The file; any format of ``tabular``.
        mapping: Source column by catalogue column, such as ``{"title": "Name"}``.
        domain: What the rows are; guessed from the columns where empty.

    Raises:
        DataError: The file cannot be read, a mapped column is not there, or no column is an id or a title.
    """

    def __init__(self, path: Path, *, mapping: Mapping[str, str] | None = None, domain: str = "") -> None:
        self.table: Table = open_table(path)
        self.profile: Profile | None = None if mapping else recognise(self.table)
        self.mapping = {} if self.profile else _mapping(self.table, mapping or {})
        self.domain = domain or (self.profile.domain if self.profile else guess_domain(self.table.columns))
        self._others = _other_names(self.table.columns, self.mapping)
        self._convert: Callable[[Record], Record] = self.profile.convert if self.profile else self._renamed
        self._dated = not self.profile and "year" not in self.mapping and self._titles_are_dated()
        columns = profile_columns((row for _, row in self._readable_rows()), CORE_COLUMNS)
        self.types: Mapping[str, ColumnType] = {name: column.type for name, column in columns.items()}
        self.hints = [
            f"{name} is taken as {column.type}, though it nearly always holds a number: '{column.odd[:40]}' is none"
            for name, column in columns.items()
            if column.odd
        ]

    def items(
        self, report: SourceReport, *, taken: Container[str] = (), known: Mapping[str, ColumnType] | None = None
    ) -> Iterator[Item]:
        """Yield the items of the usable rows; every other row is told in ``report``.

        Args:
            report: Is filled.
            taken: Ids that are in the catalogue already.
            known: The types of the columns of the catalogue that the items join; they hold for the new rows too.
        """
        agreed = agreed_types(known or {}, self.types)
        types = {name: agreed[name] for name in self.types if agreed[name] not in _NOT_CARRIED}
        reader = RowReader(types, self.domain, _SEPARATORS, taken)
        for row in self._rows():
            report.n_rows += 1
            found = [Problem.of(row)] if isinstance(row, BadRow) else reader.read(*row)
            if isinstance(found, list):
                report.problems.extend(found)
                continue
            report.n_items += 1
            report.domains[found.domain] += 1
            report.missing.update(name for name in ("year", "genres", "synopsis") if not getattr(found, name))
            yield found

    def check(self, *, taken: Container[str] = (), known: Mapping[str, ColumnType] | None = None) -> SourceReport:
        """Read the whole file and return what was found; the arguments are those of ``items``."""
        report = SourceReport()
        for _ in self.items(report, taken=taken, known=known):
            pass
        return report

    def _rows(self) -> Iterator[tuple[int, Record] | BadRow]:
        for row in self.table.rows():
            yield row if isinstance(row, BadRow) else (row[0], self._dated_apart(self._convert(row[1])))

    def _readable_rows(self) -> Iterator[tuple[int, Record]]:
        return (row for row in self._rows() if not isinstance(row, BadRow))

    def _renamed(self, row: Record) -> Record:
        renamed = {self._others[name]: value for name, value in row.items() if name in self._others}
        renamed |= {target: row.get(source) for target, source in self.mapping.items()}
        if isinstance(language := renamed.get("language"), str):
            renamed["language"] = language_name(language)
        return renamed

    def _dated_apart(self, row: Record) -> Record:
        if not self._dated or is_empty(row.get("title")):
            return row
        parts = split_title(plain_text(row["title"]))
        return {**row, "title": parts.title, "aliases": row.get("aliases") or parts.aliases, "year": parts.year}

    def _titles_are_dated(self) -> bool:
        rows = itertools.islice((row for row in self.table.rows() if not isinstance(row, BadRow)), _SAMPLE)
        titles = [str(title) for _, row in rows if not is_empty(title := row.get(self.mapping["title"]))]
        dated = sum(split_title(title).year is not None for title in titles)
        return bool(titles) and dated >= _MOST_DATED * len(titles)


def _mapping(table: Table, given: Mapping[str, str]) -> dict[str, str]:
    """Return the source column of each catalogue column, what was given before what is guessed."""
    there = ", ".join(table.columns)
    wanted: dict[str, str] = {}
    for target, source in given.items():
        if source not in table.columns:
            raise DataError(f"--map {target}={source}: {table.path.name} has no column '{source}'; it has: {there}")
        # A catalogue column may be called by any name that would be guessed: "name" is the title.
        wanted[next(iter(guess_columns([target])), column_name(target))] = source
    guessed = guess_columns([column for column in table.columns if column not in wanted.values()])
    mapping = {**{target: source for target, source in guessed.items() if target not in wanted}, **wanted}
    for needed, example in (("item_id", "id"), ("title", "title")):
        if needed not in mapping:
            raise DataError(
                f"{table.path.name}: no column looks like the {example} of an item; say which one it is with "
                f"--map {needed}=COLUMN; it has: {there}"
            )
    return mapping


def _other_names(columns: tuple[str, ...], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the name under which each column without a mapping is kept; no two are the same.

    Examples:
        >>> _other_names(("id", "Name", "Title", "Price", "price"), {"item_id": "id", "title": "Name"})
        {'Title': 'title_column', 'Price': 'price', 'price': 'price_2'}
    """
    names: dict[str, str] = {}
    used = {*mapping, *CORE_COLUMNS}
    for column in (name for name in columns if name not in mapping.values()):
        plain = column_name(column)
        first = f"{plain}_column" if plain in CORE_COLUMNS else plain
        candidates = itertools.chain([first], (f"{first}_{n}" for n in itertools.count(2)))
        names[column] = next(name for name in candidates if name not in used)
        used.add(names[column])
    return names
