import csv
import gzip
import io
import json
from pathlib import Path

import pyarrow as pa
import pytest
from palate.retrieval.errors import DataError
from palate.retrieval.tabular import BadRow, Record, open_table
from pyarrow import parquet

REAL = Path(__file__).parents[3] / "shared" / "data"
needs_real_data = pytest.mark.skipif(not REAL.is_dir(), reason=f"the public data sets are not in {REAL}")
FLAGS = "|".join("0" * 19)


def write(folder: Path, name: str, content: str | bytes, *, packed: bool | None = None) -> Path:
    """Write a file; it is gzip where its name says so, or where told."""
    data = content.encode() if isinstance(content, str) else content
    path = folder / name
    path.write_bytes(gzip.compress(data) if (name.endswith(".gz") if packed is None else packed) else data)
    return path


def records(path: Path) -> list[Record]:
    """Read a file that has no bad row."""
    rows = list(open_table(path).rows())
    assert not [row for row in rows if isinstance(row, BadRow)]
    return [row[1] for row in rows if not isinstance(row, BadRow)]


def parquet_bytes(**columns: list[object]) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def refused(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        for _ in open_table(path).rows():
            pass
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "id,title\n1,Heat\n"),
        ("t.csv", "\ufeffid,title\r\n1,Heat\r\n"),
        ("t.csv", "id;title\n1;Heat\n"),
        ("t.csv", '"id";"title"\n"1";"Heat"\n'),
        ("t.csv", "id\ttitle\n1\tHeat\n"),
        ("t.tsv", "id\ttitle\n1\tHeat\n"),
        ("t.jsonl", '{"id": "1", "title": "Heat"}\n'),
        ("t.json", '\n{"id": "1", "title": "Heat"}'),
        ("t.csv", '{"id": "1", "title": "Heat"}\n'),
        ("t.parquet", parquet_bytes(id=["1"], title=["Heat"])),
        ("t.csv", parquet_bytes(id=["1"], title=["Heat"])),
    ],
)
@pytest.mark.parametrize(("ending", "packed"), [("", False), (".gz", True), ("", True), (".gz", False)])
def test_every_format_gives_the_same_rows(
    tmp_path: Path, name: str, content: str | bytes, ending: str, packed: bool
) -> None:
    path = write(tmp_path, name + ending, content, packed=packed)
    assert records(path) == [{"id": "1", "title": "Heat"}]
    assert open_table(path).columns == ("id", "title")


def test_a_table_can_be_read_again(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, "t.csv", "id\n1\n2\n"))
    assert list(table.rows()) == list(table.rows()) == [(2, {"id": "1"}), (3, {"id": "2"})]


def test_a_quoted_value_may_hold_separators_quotes_and_lines(tmp_path: Path) -> None:
    path = write(tmp_path, "t.csv", 'id,title\n1,"Me, ""Myself""\nand I"\n\n2,Heat\n')
    assert list(open_table(path).rows()) == [
        (2, {"id": "1", "title": 'Me, "Myself"\nand I'}),
        (4, {"id": "2", "title": "Heat"}),
    ]


def test_a_very_long_field_is_read_whole(tmp_path: Path) -> None:
    long = "plot, " * 100_000
    assert records(write(tmp_path, "t.csv", f'id,plot\n1,"{long}"\n')) == [{"id": "1", "plot": long}]


@pytest.mark.parametrize(("row", "column"), [("1", "title"), ("1,Heat,1995,x", "year"), ("1,Heat", "year")])
def test_a_ragged_row_is_told_and_the_others_are_read(tmp_path: Path, row: str, column: str) -> None:
    path = write(tmp_path, "t.csv", f"id,title,year\n{row}\n2,Emma,1996\n")
    bad, good = open_table(path).rows()
    assert isinstance(bad, BadRow)
    assert (bad.number, bad.column, bad.value) == (2, column, f"{row.count(',') + 1} fields")
    assert "there are 3 columns; put quotation marks" in bad.remedy
    assert good == (3, {"id": "2", "title": "Emma", "year": "1996"})


def test_a_stray_quotation_mark_is_told_and_reading_goes_on(tmp_path: Path) -> None:
    bad, good = open_table(write(tmp_path, "t.csv", 'id,title\n1,"Heat"x\n2,Emma\n')).rows()
    assert isinstance(bad, BadRow)
    assert bad.number == 2
    assert "close each quotation mark" in bad.remedy
    assert good == (3, {"id": "2", "title": "Emma"})


def test_json_keeps_its_types_and_every_key_is_a_column(tmp_path: Path) -> None:
    lines = [{"id": 1, "genres": ["crime"]}, {"id": 2, "year": 1996.5, "seen": True}]
    path = write(tmp_path, "t.jsonl", "\n".join(map(json.dumps, lines)) + '\n{"id": NaN}\n')
    assert open_table(path).columns == ("id", "genres", "year", "seen")
    assert records(path) == [*lines, {"id": None}]


@pytest.mark.parametrize(
    ("line", "remedy"), [("{", "not JSON"), ("[1]", "not an object but list"), ("7", "not an object but int")]
)
def test_a_bad_json_line_is_told_and_the_others_are_read(tmp_path: Path, line: str, remedy: str) -> None:
    good, bad, last = open_table(write(tmp_path, "t.jsonl", f'{{"id": 1}}\n{line}\n{{"id": 2}}\n')).rows()
    assert isinstance(bad, BadRow)
    assert (bad.number, bad.value) == (2, line)
    assert remedy in bad.remedy
    assert (good, last) == ((1, {"id": 1}), (3, {"id": 2}))


def test_parquet_keeps_its_types_and_is_read_in_batches(tmp_path: Path) -> None:
    path = write(tmp_path, "t.parquet", parquet_bytes(id=list(range(3000)), tags=[["a"], None, []] * 1000))
    rows = list(open_table(path).rows())
    assert rows[0] == (1, {"id": 0, "tags": ["a"]})
    assert rows[-1] == (3000, {"id": 2999, "tags": []})
    assert len(rows) == 3000


def test_movielens_100k_items_have_columns_by_name(tmp_path: Path) -> None:
    path = write(tmp_path, "u.item", f"1|Misérables, Les (1995)|01-Jan-1995||http://x|{FLAGS}\n".encode("latin-1"))
    (row,) = records(path)
    assert row["movie title"] == "Misérables, Les (1995)"
    assert row["Film-Noir"] == "0"
    assert len(row) == 24


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_movielens_1m_films_are_read_in_either_encoding(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "movies.dat.gz", "73::Misérables, Les (1995)::Drama|Musical\n".encode(encoding))
    assert records(path) == [{"movieId": "73", "title": "Misérables, Les (1995)", "genres": "Drama|Musical"}]


def test_ratings_without_a_header_have_columns_by_name(tmp_path: Path) -> None:
    expected = [{"userId": "1", "movieId": "2", "rating": "3", "timestamp": "4"}]
    assert records(write(tmp_path, "ratings.dat", "1::2::3::4\n")) == expected
    assert records(write(tmp_path, "u.data", "1\t2\t3\t4\n")) == expected


def test_a_column_without_a_name_is_numbered(tmp_path: Path) -> None:
    assert open_table(write(tmp_path, "t.csv", ", title \n0,Heat\n")).columns == ("unnamed_1", "title")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", "", "is empty; give a file with a header line and rows"),
        ("t.csv.gz", "", "is empty"),
        ("t.csv", "\n\n", "is empty"),
        ("t.csv", "id,title\n", "has a header and no rows; add at least one row"),
        ("t.csv", "id,title,id\n1,Heat,1\n", "row 1: the column 'id' is there 2 times; rename or remove one"),
        ("t.csv", "id,Ti\xefd\n1,Heat\n".encode("latin-1"), "line 1, byte 6 (0xef) is not utf-8"),
        ("t.csv", "id\n1\n\xe9\n".encode("latin-1"), "line 3, byte 1 (0xe9) is not utf-8; save the file"),
        ("t.csv", "id\n1\n".encode("utf-16"), "is in UTF-16; save it as UTF-8"),
        ("t.csv", b"PK\x03\x04rest", "is a ZIP archive or a workbook; unpack it"),
        ("t.csv", '"id\n1\n', "row 1 is no header"),
        ("t.xml", "<a/>", "has no known format; known endings and names"),
        ("users.dat", "1::F\n", "has no known format"),
        ("t.parquet", "id\n1\n", "is not a Parquet file; write it anew"),
        ("t.parquet", b"PAR1 and no more", "cannot be read as Parquet"),
        ("t.parquet", parquet_bytes(id=[]), "has a header and no rows"),
        ("t.json", '[{"id": 1}]', "is one JSON array; write one object a line"),
        ("t.jsonl", "{}\n", "holds no JSON object with a key"),
        ("t.csv.gz", gzip.compress(b"id\n1\n" * 999)[:-9], "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_a_remedy(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    packed = name.endswith(".gz") and not (isinstance(content, bytes) and content.startswith(b"\x1f\x8b"))
    path = write(tmp_path, name, content, packed=packed)
    said = refused(path)
    assert said.startswith(str(path))
    assert message in said


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "none.csv")
    assert "is a folder" in refused(tmp_path)


def test_an_encoding_can_be_named_and_must_be_known(tmp_path: Path) -> None:
    path = write(tmp_path, "t.csv", "titre\nAmélie\n".encode("latin-1"))
    assert list(open_table(path, encoding="latin-1").rows()) == [(2, {"titre": "Amélie"})]
    with pytest.raises(DataError, match="unknown encoding: klingon; give a name that Python knows"):
        open_table(path, encoding="klingon")


def test_reading_a_table_leaves_the_limit_of_the_csv_module_high(tmp_path: Path) -> None:
    open_table(write(tmp_path, "t.csv", "id\n1\n"))
    assert csv.field_size_limit() > 131_072


@needs_real_data
@pytest.mark.parametrize(
    ("name", "columns", "rows"),
    [
        ("ml-100k/u.item.gz", 24, 1682),
        ("ml-1m/movies.dat.gz", 3, 3883),
        ("ml-latest-small/movies.csv.gz", 3, 9742),
        ("goodbooks-10k/books.csv.gz", 23, 10_000),
        ("redial/movies_with_mentions.csv.gz", 3, 6924),
        ("redial/valid_data.jsonl.gz", 7, 901),
        ("tmdb5000/tmdb_5000_movies.csv.gz", 20, 4803),
    ],
)
def test_the_public_files_are_read_to_the_last_row(name: str, columns: int, rows: int) -> None:
    table = open_table(REAL / name)
    assert len(table.columns) == columns
    assert len(records(REAL / name)) == rows
