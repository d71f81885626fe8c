"""The catalogue file: one CSV, one row an item, checked row by row.

Lists are separated by ``|``. Extra columns are refused, so that a typing error in a header is not silently ignored.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from .errors import DataError
from .items import Item

REQUIRED_COLUMNS = (
    "item_id", "domain", "title", "original_title", "year", "genres", "directors", "authors", "cast",
    "country", "language", "runtime_min", "pages", "moods", "themes", "synopsis",
)  # fmt: skip
OPTIONAL_COLUMNS = ("series", "movielens_id")
_ROLES = {"director": "directors", "author": "authors", "cast": "cast"}


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split("|") if part.strip()) if isinstance(value, str) else value


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
Count = Annotated[Annotated[int, Field(ge=1, le=100_000)] | None, BeforeValidator(_blank_is_none)]
Year = Annotated[Annotated[int, Field(ge=-3000, le=2100)] | None, BeforeValidator(_blank_is_none)]


class CatalogRow(BaseModel):
    """One row of the catalogue file."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    item_id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")]
    domain: Annotated[str, Field(min_length=1, max_length=40)]
    title: Annotated[str, Field(min_length=1, max_length=300)]
    original_title: str
    year: Year
    genres: Names
    directors: Names
    authors: Names
    cast: Names
    country: str
    language: str
    runtime_min: Count
    pages: Count
    moods: Names
    themes: Names
    synopsis: Annotated[str, Field(max_length=2000)]
    series: str = ""
    movielens_id: Count = None

    def to_item(self) -> Item:
        """Return the row as an item; people by role, empty roles left out."""
        people = {role: getattr(self, column) for role, column in _ROLES.items() if getattr(self, column)}
        shared = self.model_dump(exclude={*_ROLES.values()})
        return Item(**{**shared, "people": people, "original_title": self.original_title or self.title})


def read_items(path: Path) -> Iterator[Item]:
    """Yield the items of a catalogue file.

    Raises:
        DataError: A missing file, header or column, a bad value or an id used twice; names row and column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _read_rows(csv.DictReader(file, strict=True), path)
    except FileNotFoundError as error:
        raise DataError(f"catalogue {path} does not exist; give the path of a CSV file") from error
    except IsADirectoryError as error:
        raise DataError(f"catalogue {path} is a folder; give the path of a CSV file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"catalogue {path} is not a UTF-8 CSV file: {error}; save it as CSV in UTF-8") from error


def _read_rows(reader: csv.DictReader[str], path: Path) -> Iterator[Item]:
    columns = reader.fieldnames or []
    for column in REQUIRED_COLUMNS:
        if column not in columns:
            raise DataError(f"catalogue {path.name}: the column '{column}' is missing; add it (it may be empty)")
    for column in columns:
        if column not in (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS):
            raise DataError(f"catalogue {path.name}: unknown column '{column}'; remove it or correct its name")
        if columns.count(column) > 1:
            raise DataError(f"catalogue {path.name}: the column '{column}' is there twice; remove one")
    first_row: dict[str, int] = {}
    for number, row in enumerate(reader, start=2):
        item = _read_row(row, f"catalogue {path.name}, row {number}")
        if item.item_id in first_row:
            raise DataError(
                f"catalogue {path.name}, row {number}, column item_id: '{item.item_id}' is already used in row "
                f"{first_row[item.item_id]}; give each item an id of its own"
            )
        first_row[item.item_id] = number
        yield item
    if not first_row:
        raise DataError(f"catalogue {path.name} has no rows; add at least one item")


def _read_row(row: dict[str, str], place: str) -> Item:
    if None in row or None in row.values():
        raise DataError(f"{place}: {'more' if None in row else 'fewer'} fields than columns; quote values with commas")
    try:
        return CatalogRow.model_validate(row).to_item()
    except ValidationError as error:
        first = error.errors()[0]
        column = first["loc"][0] if first["loc"] else "?"
        value = str(first["input"])[:60]
        raise DataError(f"{place}, column {column}: '{value}' is not usable: {first['msg']}") from error
