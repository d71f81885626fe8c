"""Tables of any common format as rows of named values: CSV, TSV, JSON Lines, Parquet, MovieLens; plain or gzip.

The format is told by the name and by the first bytes: a gzip file without ``.gz``, or a Parquet file named ``.csv``, is
read all the same. Knows nothing of items: what the columns mean is the work of ``profiles``.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .errors import DataError
from .packed import decodes, first_bytes, open_seekable, open_text, readable

Record = dict[str, object]

# A longer field is a quotation mark that was never closed, and would take all memory.
_LONGEST_FIELD = 16 * 1024 * 1024
_BATCH = 1024
_FORMATS = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".json": "jsonl", ".parquet": "parquet"}
ML_100K_GENRES = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
_RATING = ("userId", "movieId", "rating", "timestamp")
# Files without a header line: separator and columns, as the README of each data set gives them.
_HEADERLESS = {
    "u.item": ("|", ("movie id", "movie title", "release date", "video release date", "IMDb URL", *ML_100K_GENRES)),
    "u.data": ("\t", _RATING),
    "movies.dat": ("::", ("movieId", "title", "genres")),
    "ratings.dat": ("::", _RATING),
}


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read.

    Args:
        number: The row as a person counts, the header being row 1; of JSON Lines the line, of Parquet the record.
        column: Where it went wrong; empty where no column can be named.
        value: What stands there, shortened.
        remedy: What to do about it.
    """

    number: int
    column: str
    value: str
    remedy: str


Rows = Iterator[tuple[int, Record] | BadRow]


@dataclass(frozen=True, slots=True)
class Table:
    """A file of rows; ``rows()`` reads it anew each time, a piece at a time.

    Args:
        path: The file.
        columns: Every column of the file, in its order; of JSON Lines every key of every object.
        format: "csv", "tsv", "jsonl", "parquet", or the name of a MovieLens file that has no header.
        encoding: Of text.
    """

    path: Path
    columns: tuple[str, ...]
    format: str
    encoding: str
    _read: Callable[[], Rows] = field(repr=False)

    def rows(self) -> Rows:
        """Yield (row number, values by column), or a ``BadRow`` in place of a row that cannot be read.

        Values are text for CSV and TSV, else what JSON or Parquet hold. A key that a JSON object lacks is absent.

        Raises:
            DataError: The file cannot be read further: it is damaged or not in its encoding.
        """
        with readable(self.path, self.encoding):
            yield from self._read()


def open_table(path: Path, *, encoding: str | None = None) -> Table:
    """Open a table and read its columns.

    Args:
        path: A ``.csv``, ``.tsv``, ``.jsonl`` or ``.parquet`` file, or ``u.item``, ``u.data``, ``movies.dat`` or
            ``ratings.dat`` of MovieLens; each also as ``.gz``. A ``.csv`` may be separated by semicolons or tabs.
        encoding: Of text; where None UTF-8 with or without a byte order mark, and for MovieLens UTF-8 or else Latin-1.

    Raises:
        DataError: The file is missing, empty, of no known format, not in its encoding, or has no usable column or row.
    """
    with readable(path, encoding or "utf-8"):
        kind = _kind(path, first_bytes(path), encoding)
        if kind in _HEADERLESS:
            table = _headerless(path, kind, encoding)
        elif kind == "parquet":
            table = _parquet(path)
        elif kind == "jsonl":
            table = _jsonl(path, encoding or "utf-8-sig")
        else:
            table = _delimited(path, kind, encoding or "utf-8-sig")
    for name, count in Counter(table.columns).items():
        if count > 1:
            raise DataError(f"{path}, row 1: the column '{name}' is there {count} times; rename or remove one")
    if next(table.rows(), None) is None:
        raise DataError(f"{path} has a header and no rows; add at least one row")
    return table


def _kind(path: Path, head: bytes, encoding: str | None) -> str:
    name = path.name.lower().removesuffix(".gz")
    kind = _FORMATS.get(Path(name).suffix, "")
    if not head.strip():
        raise DataError(f"{path} is empty; give a file with a header line and rows")
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        raise DataError(f"{path} is a ZIP archive or a workbook; unpack it, or save the sheet as CSV in UTF-8")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and encoding is None:
        raise DataError(f"{path} is in UTF-16; save it as UTF-8")
    if name in _HEADERLESS:
        return name
    if not kind:
        known = ", ".join([*_FORMATS, *_HEADERLESS])
        raise DataError(f"{path} has no known format; known endings and names, each also with .gz: {known}")
    if kind == "parquet":
        raise DataError(f"{path} is not a Parquet file; write it anew, or name it after its format")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if kind == "jsonl" and start.startswith(b"["):
        raise DataError(f"{path} is one JSON array; write one object a line (JSON Lines)")
    return "jsonl" if start.startswith(b'{"') else kind


def _delimited(path: Path, kind: str, encoding: str) -> Table:
    delimiters = "\t" if kind == "tsv" else ",;\t"
    headers = [(_header(path, encoding, delimiter), delimiter) for delimiter in delimiters]
    names, delimiter = max(headers, key=lambda header: len(header[0]))
    if not names:
        raise DataError(f"{path}, row 1 is no header; write the names of the columns, each quotation mark closed")

    def read() -> Rows:
        csv.field_size_limit(_LONGEST_FIELD)
        with open_text(path, encoding) as file:
            reader, number = csv.reader(file, delimiter=delimiter, strict=True), 0
            header_seen = False
            while True:
                number += 1
                try:
                    row = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield BadRow(number, "", str(error), "close each quotation mark and double those inside a value")
                    continue
                if row and header_seen:
                    yield _record(number, row, columns)
                header_seen = header_seen or bool(row)

    columns = tuple(name.strip() or f"unnamed_{place}" for place, name in enumerate(names, start=1))
    return Table(path, columns, kind, encoding, read)


def _header(path: Path, encoding: str, delimiter: str) -> list[str]:
    csv.field_size_limit(_LONGEST_FIELD)
    with open_text(path, encoding) as file:
        try:
            return next((row for row in csv.reader(file, delimiter=delimiter, strict=True) if row), [])
        except csv.Error:
            return []


def _headerless(path: Path, kind: str, encoding: str | None) -> Table:
    delimiter, columns = _HEADERLESS[kind]
    # The 100K and 1M sets are in Latin-1, later ones of the same names in UTF-8.
    known = encoding or ("utf-8" if decodes(path, "utf-8") else "latin-1")

    def read() -> Rows:
        with open_text(path, known) as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _record(number, line.rstrip("\r\n").split(delimiter), columns)

    return Table(path, columns, kind, known, read)


def _record(number: int, row: list[str], columns: tuple[str, ...]) -> tuple[int, Record] | BadRow:
    if len(row) == len(columns):
        return number, dict(zip(columns, row, strict=True))
    column = columns[min(len(row), len(columns) - 1)]
    remedy = f"there are {len(columns)} columns; put quotation marks around a value that holds the separator"
    return BadRow(number, column, f"{len(row)} fields", remedy)


def _jsonl(path: Path, encoding: str) -> Table:
    def read() -> Rows:
        with open_text(path, encoding) as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _json_record(number, line.strip())

    columns: dict[str, None] = {}
    for row in read():
        if not isinstance(row, BadRow):
            columns.update(dict.fromkeys(row[1]))
    if not columns:
        raise DataError(f"{path} holds no JSON object with a key; write one object a line (JSON Lines)")
    return Table(path, tuple(columns), "jsonl", encoding, read)


def _json_record(number: int, line: str) -> tuple[int, Record] | BadRow:
    try:
        # NaN is no JSON, yet common where a value is missing.
        value = json.loads(line, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        return BadRow(number, "", line[:60], f"not JSON ({error}); write one object a line")
    if not isinstance(value, dict):
        return BadRow(number, "", line[:60], f"not an object but {type(value).__name__}; write one object a line")
    return number, value


def _parquet(path: Path) -> Table:
    from pyarrow import parquet

    def read() -> Rows:
        with open_seekable(path) as file, _arrow_errors(path):
            batches = parquet.ParquetFile(file).iter_batches(batch_size=_BATCH)
            yield from enumerate((record for batch in batches for record in batch.to_pylist()), start=1)

    with open_seekable(path) as file, _arrow_errors(path):
        names = parquet.read_schema(file).names
    return Table(path, tuple(names), "parquet", "", read)


@contextmanager
def _arrow_errors(path: Path) -> Iterator[None]:
    import pyarrow

    try:
        yield
    except pyarrow.ArrowException as error:
        raise DataError(f"{path} cannot be read as Parquet: {error}; write the file anew") from error
