"""Items on disk: one SQLite file, so that a catalogue of a million need not live in memory.

Written once, then only read; a changed catalogue is a new file.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from .errors import DataError, EnvironmentProblem
from .items import Item

_SCHEMA = "CREATE TABLE items (position INTEGER PRIMARY KEY, item_id TEXT NOT NULL UNIQUE, record TEXT NOT NULL)"
_BATCH = 10_000
_RECORD = TypeAdapter(Item)


class ItemStore:
    """The items of one file, by position and by id; may be shared by threads.

    Raises:
        DataError: The file is missing or is no item store.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise DataError(f"the item store {path} is missing; build the catalogue again")
        self._path = path
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            weakref.finalize(self, self._connection.close)
            self._size: int = self._connection.execute("SELECT count(*) FROM items").fetchone()[0]
        except sqlite3.Error as error:
            raise DataError(f"{path} is not an item store ({error}); build the catalogue again") from error

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Item]:
        for start in range(0, self._size, _BATCH):
            with self._lock:
                rows = self._connection.execute(
                    "SELECT record FROM items WHERE position >= ? AND position < ? ORDER BY position",
                    (start, start + _BATCH),
                ).fetchall()
            for (record,) in rows:
                yield self._read(record)

    def __getitem__(self, position: int) -> Item:
        """Return the item at a position, from 0."""
        with self._lock:
            row = self._connection.execute("SELECT record FROM items WHERE position = ?", (int(position),)).fetchone()
        if row is None:
            raise IndexError(position)
        return self._read(row[0])

    def position(self, item_id: str) -> int | None:
        """Return the position of an id; None where no item has it."""
        with self._lock:
            row = self._connection.execute("SELECT position FROM items WHERE item_id = ?", (item_id,)).fetchone()
        return row[0] if row else None

    def _read(self, record: str) -> Item:
        try:
            return _RECORD.validate_json(record)
        except ValidationError as error:
            raise DataError(f"{self._path} holds a record that cannot be read; build the catalogue again") from error


def write_items(path: Path, items: Iterable[Item]) -> int:
    """Write a new item store and return the number of items.

    Raises:
        DataError: Two items have the same id.
        EnvironmentProblem: The disk is full, or the file cannot be written.
    """
    n_items = 0
    try:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(_SCHEMA)
            for item in items:
                record = _RECORD.dump_json(item, exclude_defaults=True).decode()
                try:
                    connection.execute("INSERT INTO items VALUES (?, ?, ?)", (n_items, item.item_id, record))
                except sqlite3.IntegrityError as error:
                    raise DataError(f"the id '{item.item_id}' is there twice; give each its own") from error
                n_items += 1
    except sqlite3.OperationalError as error:
        raise EnvironmentProblem(f"cannot write {path}: {error}; free some space, or choose another folder") from error
    return n_items
