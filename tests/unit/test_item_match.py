"""Which item of a catalogue a rated one is: by its own id, its MovieLens id, or its title and year."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import DataError
from palate.retrieval.item_match import ItemMatcher
from palate.retrieval.items import Item
from palate.retrieval.rating_columns import RatingColumns
from palate.retrieval.ratings_import import RatingsImport
from palate.retrieval.ratings_store import read_interactions

Import = Callable[..., RatingsImport]


def film(item_id: str, title: str, year: int | None = 2000, **fields: object) -> Item:
    return Item(item_id=item_id, domain="film", title=title, year=year, **fields)  # type: ignore[arg-type]  # facts are those of an item


@pytest.fixture
def movielens_catalog() -> Catalog:
    """Own ids that look like MovieLens ids of other films."""
    return Catalog(
        [
            film("10", "Heat", 1995, movielens_id=6),
            film("6", "Emma", 1996, movielens_id=10),
            film("x", "The Matrix", 1999),
        ]
    )


def test_titles_match_where_ids_do_not(tmp_path: Path, rated_catalog: Catalog, imported: Import) -> None:
    text = (
        'user,item,rating,name\nada,1,5,"Matrix, The (1999)"\nada,2,4,Emma (1997)\nada,3,3,Emma\nada,4,2,Heat (1986)\n'
    )
    report = imported(tmp_path, rated_catalog, text, columns=RatingColumns(title="name")).report
    assert report.matched == {"title and year": 2}
    assert {item.title: item.reason for item in report.unmatched} == {
        "Emma": "2 items have this title",
        "Heat (1986)": "no item has this id or this title and year",
    }


def test_a_file_of_titles_alone_is_matched_by_them(tmp_path: Path, rated_catalog: Catalog, imported: Import) -> None:
    report = imported(tmp_path, rated_catalog, "user,title,rating\nada,heat,5\n").report
    assert report.columns.title == "title"
    assert report.matched == {"title": 1}


def test_movielens_ids_go_before_equal_ids_of_ones_own(
    tmp_path: Path, movielens_catalog: Catalog, imported: Import
) -> None:
    read = imported(tmp_path, movielens_catalog, "userId,movieId,rating,timestamp\n1,6,5.0,1\n1,10,0.5,2\n")
    read.save(tmp_path / "kept")
    assert read.report.matched == {"MovieLens id": 2}
    assert read_interactions(tmp_path / "kept", movielens_catalog).rows.tolist() == [0, 1]


def test_films_without_a_movielens_id_are_found_by_the_titles_beside_the_file(
    tmp_path: Path, movielens_catalog: Catalog, imported: Import
) -> None:
    with gzip.open(tmp_path / "movies.dat.gz", "wb") as file:
        file.write(b"2571::Matrix, The (1999)::Action\n")
    report = imported(tmp_path, movielens_catalog, "1::2571::4::9\n1::6::3::9\n", "ratings.dat").report
    assert report.matched == {"title and year": 1, "MovieLens id": 1}
    assert report.titles_from.endswith("movies.dat.gz")


def test_ids_of_the_100k_set_are_never_taken_for_later_ones(
    tmp_path: Path, movielens_catalog: Catalog, imported: Import
) -> None:
    with pytest.raises(DataError, match="its ids are those of the 100K set alone; put"):
        imported(tmp_path, movielens_catalog, "1\t6\t4\t9\n", "u.data")
    flags = "|".join("0" * 19)
    (tmp_path / "u.item").write_text(f"6|Emma (1996)|||x|{flags}\n")
    read = imported(tmp_path, movielens_catalog, "1\t6\t4\t9\n", "u.data")
    read.save(tmp_path / "kept")
    assert read_interactions(tmp_path / "kept", movielens_catalog).rows.tolist() == [1]


def test_ids_of_the_100k_set_are_those_of_a_catalogue_made_from_it(tmp_path: Path, imported: Import) -> None:
    made = Catalog([film("6", "Heat", 1995), film("7", "Emma", 1996)])
    assert imported(tmp_path, made, "1\t7\t4\t9\n", "u.data").report.matched == {"item id": 1}


def test_films_are_not_matched_to_books_of_the_same_title(rated_catalog: Catalog) -> None:
    assert ItemMatcher(rated_catalog, domain="film").match("", "Emma").row == 1
    assert ItemMatcher(rated_catalog).match("", "Emma").row is None
