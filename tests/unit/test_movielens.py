import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from palate.retrieval.errors import DataError
from palate.retrieval.movielens import movielens_catalog

REAL = Path(__file__).parents[3] / "shared" / "data"
needs_real_data = pytest.mark.skipif(
    not (REAL / "ml-1m" / "movies.dat.gz").exists(), reason=f"MovieLens-1M is not in {REAL}"
)
MOVIES = (
    "1::Toy Story (1995)::Animation|Children's|Comedy",
    "12::Postman, The (Il Postino) (1994)::Drama|Romance",
    "7::Amélie (2001)::Comedy",
)
COLUMNS = "movieId,directors,actors,keywords"


def write(folder: Path, *lines: str, metadata: str | None = None) -> Path:
    (folder / "ml-1m").mkdir()
    (folder / "ml-1m" / "movies.dat.gz").write_bytes(gzip.compress("".join(f"{s}\n" for s in lines).encode("latin-1")))
    if metadata is not None:
        (folder / "movie-metadata-joined").mkdir()
        (folder / "movie-metadata-joined" / "movielens_metadata.csv.gz").write_bytes(gzip.compress(metadata.encode()))
    return folder


def test_films_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    catalog = movielens_catalog(write(tmp_path, *MOVIES))
    assert [item.item_id for item in catalog] == ["ml-1", "ml-12", "ml-7"]
    assert [item.movielens_id for item in catalog] == [1, 12, 7]
    assert [item.year for item in catalog] == [1995, 1994, 2001]
    assert {item.domain for item in catalog} == {"film"}


def test_titles_and_genres_are_put_into_words(tmp_path: Path) -> None:
    toys, postman, amelie = movielens_catalog(write(tmp_path, *MOVIES))
    assert (toys.title, postman.title, amelie.title) == ("Toy Story", "The Postman", "Amélie")
    assert set(postman.genres) == {"drama", "romance"}
    assert {"animation", "comedy"} <= set(toys.genres)


def test_without_metadata_nobody_is_named(tmp_path: Path) -> None:
    toys = movielens_catalog(write(tmp_path, *MOVIES))["ml-1"]
    assert (dict(toys.people), toys.themes) == ({}, ())


def test_people_and_keywords_come_from_the_metadata(tmp_path: Path) -> None:
    metadata = f'{COLUMNS}\n1," John Lasseter ,","A,B,,B,C,D,E","toy|boy||toy|a|b|c|d|e"\n99,X,Y,z\n7,,,\n'
    catalog = movielens_catalog(write(tmp_path, *MOVIES, metadata=metadata))
    toys = catalog["ml-1"]
    assert toys.people == {"director": ("John Lasseter",), "cast": ("A", "B", "C", "D")}
    assert toys.themes == ("toy", "boy", "a", "b", "c", "d")
    assert (dict(catalog["ml-7"].people), catalog["ml-7"].themes) == ({}, ())
    assert len(catalog) == 3


def test_an_empty_file_has_no_films(tmp_path: Path) -> None:
    assert len(movielens_catalog(write(tmp_path))) == 0


def test_a_missing_file_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"movies.dat.gz does not exist; give the folder that holds ml-1m with --data-dir"
    ):
        movielens_catalog(tmp_path)


@pytest.mark.parametrize("line", ["1::Toy Story (1995)", "one::Toy Story (1995)::Comedy", "1::A::B::C", ""])
def test_a_bad_line_is_our_error(tmp_path: Path, line: str) -> None:
    with pytest.raises(DataError, match=r"movies.dat.gz cannot be read: .*; restore the original file"):
        movielens_catalog(write(tmp_path, MOVIES[0], line))


def test_a_film_twice_is_our_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the catalogue has an item_id twice"):
        movielens_catalog(write(tmp_path, MOVIES[0], MOVIES[0]))


def test_a_damaged_archive_is_our_error(tmp_path: Path) -> None:
    path = write(tmp_path, *MOVIES) / "ml-1m" / "movies.dat.gz"
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(DataError, match="restore the original file"):
        movielens_catalog(tmp_path)


def test_a_short_row_of_metadata_names_nobody(tmp_path: Path) -> None:
    toys = movielens_catalog(write(tmp_path, *MOVIES, metadata=f"{COLUMNS}\n1,X\n"))["ml-1"]
    assert (toys.people, toys.themes) == ({"director": ("X",)}, ())


@pytest.fixture
def short_fields() -> Iterator[None]:
    """Give the csv module its own limit back, which other modules raise."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)


@pytest.mark.usefixtures("short_fields")
@pytest.mark.parametrize("metadata", ["film,directors\n1,X\n", f"{COLUMNS}\n1,{'x' * 200_000}\n"])
def test_metadata_that_is_no_such_table_is_our_error(tmp_path: Path, metadata: str) -> None:
    with pytest.raises(DataError, match=r"movielens_metadata.csv.gz cannot be read: .*; restore the original file"):
        movielens_catalog(write(tmp_path, *MOVIES, metadata=metadata))


@needs_real_data
def test_the_real_films_are_all_there() -> None:
    catalog = movielens_catalog(REAL)
    assert len(catalog) == 3883
    assert all(item.title and item.year and item.genres for item in catalog)
