import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.catalog_folder import MANIFEST as CATALOG_MANIFEST
from palate.retrieval.collaborative import CollaborativeTable
from palate.retrieval.errors import DataError, EnvironmentProblem
from palate.retrieval.item_match import ItemMatcher
from palate.retrieval.items import Item
from palate.retrieval.rating_columns import RatingColumns, rating_columns
from palate.retrieval.rating_scale import RatingScale, guess_scale
from palate.retrieval.ratings_import import RatingsImport, write_unmatched
from palate.retrieval.ratings_store import (
    FACTORS,
    INTERACTIONS,
    MANIFEST,
    ratings_folder,
    read_interactions,
    read_ratings_manifest,
)
from pyarrow import parquet

REAL = Path(__file__).parents[3] / "shared" / "data"
needs_real_data = pytest.mark.skipif(not REAL.is_dir(), reason=f"the public data sets are not in {REAL}")


def film(item_id: str, title: str, year: int | None = 2000, **fields: object) -> Item:
    return Item(item_id=item_id, domain="film", title=title, year=year, **fields)  # type: ignore[arg-type]  # facts are those of an item


@pytest.fixture
def catalog() -> Catalog:
    return Catalog(
        [
            film("heat", "Heat", 1995),
            film("emma", "Emma", 1996),
            film("matrix", "The Matrix", 1999),
            Item(item_id="emma-book", domain="book", title="Emma", year=1815),
        ]
    )


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


def imported(folder: Path, catalog: Catalog, text: str, name: str = "r.csv", **options: object) -> RatingsImport:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    columns = options.pop("columns", RatingColumns())
    return RatingsImport(path, catalog, columns, **options)  # type: ignore[arg-type]  # options are those of the class


def test_ratings_are_matched_counted_and_kept(tmp_path: Path, catalog: Catalog) -> None:
    text = "user,item_id,rating,timestamp\nada,heat,5,200\nada,emma,1,100\nbob,heat,3,\nbob,gone,4,1\nbob,gone,2,1\n"
    read = imported(tmp_path, catalog, text)
    report = read.report
    assert report.columns == RatingColumns("user", "item_id", "rating", "timestamp", "")
    assert (report.n_rows, report.n_ratings, report.n_users, report.n_items) == (5, 3, 2, 2)
    assert report.matched == {"item id": 3}
    assert report.n_unmatched == 2
    assert [(item.item, item.n_ratings, item.reason) for item in report.unmatched] == [
        ("gone", 2, "no item has this id")
    ]
    folder = tmp_path / "kept"
    manifest = read.save(folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted([INTERACTIONS, FACTORS, MANIFEST])
    assert (manifest.n_ratings, manifest.scale, manifest.source) == (3, (1.0, 5.0), "r.csv")
    assert parquet.read_table(folder / INTERACTIONS).to_pylist() == [
        {"user": "ada", "item_id": "emma", "rating": 1.0, "time": datetime.fromtimestamp(100, UTC)},
        {"user": "ada", "item_id": "heat", "rating": 5.0, "time": datetime.fromtimestamp(200, UTC)},
        {"user": "bob", "item_id": "heat", "rating": 3.0, "time": None},
    ]


def test_kept_ratings_are_read_with_rows_and_rewards(tmp_path: Path, catalog: Catalog) -> None:
    imported(tmp_path, catalog, "user,item,rating\nada,matrix,5\nbob,heat,2\n").save(tmp_path / "kept")
    kept = read_interactions(tmp_path / "kept", catalog)
    assert kept.user_ids == ("ada", "bob")
    assert (kept.users.tolist(), kept.rows.tolist(), kept.rewards.tolist()) == ([0, 1], [2, 0], [1.0, -0.5])


def test_factors_are_fitted_to_the_rated_items(tmp_path: Path, catalog: Catalog) -> None:
    rows = "".join(f"u{i},{('heat', 'matrix')[i % 2]},{5 if i < 9 else 1}\n" for i in range(12))
    imported(tmp_path, catalog, "user,item,rating\n" + rows).save(tmp_path / "kept", seed=3)
    table = CollaborativeTable.load(tmp_path / "kept" / FACTORS, catalog)
    assert table.counts.tolist() == [6, 0, 6, 0]
    # heat: five fives and a one; matrix: four fives and two ones.
    assert np.allclose(table.mean_rewards, [4 / 6, 0, 2 / 6, 0], atol=1e-3)


def test_ratings_of_items_that_are_gone_are_left_out(tmp_path: Path, catalog: Catalog) -> None:
    imported(tmp_path, catalog, "user,item,rating\nada,heat,5\nada,matrix,4\nbob,heat,1\n").save(tmp_path / "kept")
    kept = read_interactions(tmp_path / "kept", Catalog([item for item in catalog if item.item_id != "heat"]))
    assert (kept.users.tolist(), kept.rewards.tolist()) == ([0], [0.5])


def test_damaged_or_missing_ratings_are_told(tmp_path: Path, catalog: Catalog) -> None:
    assert read_ratings_manifest(tmp_path / "none") is None
    with pytest.raises(DataError, match="import some with 'palate ratings import'"):
        read_interactions(tmp_path / "none", catalog)
    kept = tmp_path / "kept"
    imported(tmp_path, catalog, "user,item,rating\nada,heat,5\n").save(kept)
    (kept / INTERACTIONS).write_bytes(b"PAR1")
    with pytest.raises(DataError, match="has changed since it was written"):
        read_interactions(kept, catalog)
    (kept / MANIFEST).write_text("{}")
    with pytest.raises(DataError, match="cannot be read; import the ratings again"):
        read_ratings_manifest(kept)


def test_a_failed_save_leaves_what_was_there(tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "kept"
    imported(tmp_path, catalog, "user,item,rating\nada,heat,5\n").save(kept)
    before = {path.name: path.read_bytes() for path in kept.iterdir()}

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(EnvironmentProblem, match="the disk is full"):
        imported(tmp_path, catalog, "user,item,rating\nada,emma,1\n").save(kept)
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before
    assert not list(tmp_path.glob(".new-*"))


def test_of_one_person_and_item_the_latest_rating_holds(tmp_path: Path, catalog: Catalog) -> None:
    text = "user,item,rating,time\nada,heat,5,300\nada,heat,1,200\nada,emma,2,7\nada,emma,4,7\n"
    read = imported(tmp_path, catalog, text)
    assert (read.report.n_ratings, read.report.n_repeated) == (2, 2)
    read.save(tmp_path / "kept")
    rows = parquet.read_table(tmp_path / "kept" / INTERACTIONS).to_pylist()
    assert [(row["item_id"], row["rating"]) for row in rows] == [("emma", 4.0), ("heat", 5.0)]


@pytest.mark.parametrize(
    ("row", "column", "value", "remedy"),
    [
        ("ada,heat,good,1", "rating", "good", "give a number"),
        ("ada,heat,,1", "rating", "", "give a number"),
        ("ada,heat,nan,1", "rating", "nan", "give a number"),
        (",heat,5,1", "user", "", "it is empty"),
        ("ada,,5,1", "item", "", "it is empty"),
        ("ada,heat,5,soon", "time", "soon", "give seconds since 1970 or a date"),
        ("ada,heat,9,1", "rating", "9", "it is outside --scale 1 5"),
        ("ada,heat,5", "time", "3 fields", "there are 4 columns"),
    ],
)
def test_a_bad_row_is_told_and_the_others_count(
    tmp_path: Path, catalog: Catalog, row: str, column: str, value: str, remedy: str
) -> None:
    text = f"user,item,rating,time\nbob,heat,4,2\n{row}\n"
    report = imported(tmp_path, catalog, text, scale=RatingScale(1, 5)).report
    assert (report.n_rows, report.n_bad, report.n_ratings) == (2, 1, 1)
    (problem,) = report.problems
    assert (problem.row, problem.column, problem.value) == (3, column, value)
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        ("1000000000", 1_000_000_000),
        ("1000000000.7", 1_000_000_000),
        ("1000000000000", 1_000_000_000),
        ("2001-09-09T01:46:40Z", 1_000_000_000),
        ("2001-09-09 03:46:40+02:00", 1_000_000_000),
        ("2001-09-09 01:46:40", 1_000_000_000),
        ("2001-09-09", 999_993_600),
    ],
)
def test_times_are_read_in_seconds_milliseconds_or_as_dates(
    tmp_path: Path, catalog: Catalog, time: str, seconds: int
) -> None:
    imported(tmp_path, catalog, f"user,item,rating,time\nada,heat,4,{time}\n").save(tmp_path / "kept")
    (row,) = parquet.read_table(tmp_path / "kept" / INTERACTIONS).to_pylist()
    assert row["time"] == datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    ("low", "high", "scale", "neutral"),
    [
        (1, 5, RatingScale(1, 5), 3),
        (0.5, 5, RatingScale(0.5, 5), 3),
        (2, 4.5, RatingScale(1, 5), 3),
        (0, 5, RatingScale(0, 5), 3),
        (0, 1, RatingScale(0, 1), 0.5),
        (1, 1, RatingScale(0, 1), 0.5),
        (-1, 1, RatingScale(-1, 1), 0),
        (1, 10, RatingScale(1, 10), 5.5),
        (0, 9, RatingScale(0, 10), 5),
        (3, 87, RatingScale(0, 100), 50),
        (-10, 10, RatingScale(-10, 10), 0),
    ],
)
def test_the_scale_is_the_narrowest_usual_one(low: float, high: float, scale: RatingScale, neutral: float) -> None:
    guessed = guess_scale(low, high)
    assert (guessed, guessed.neutral) == (scale, neutral)
    ends = guessed.rewards(np.array([scale.low, neutral, scale.high]))
    assert ends.tolist() == [-1.0, 0.0, 1.0]


def test_a_star_means_the_same_with_and_without_halves() -> None:
    stars = np.array([1.0, 2.0, 4.0, 5.0])
    assert (
        RatingScale(0.5, 5).rewards(stars).tolist() == RatingScale(1, 5).rewards(stars).tolist() == [-1, -0.5, 0.5, 1]
    )


def test_an_empty_scale_is_refused() -> None:
    with pytest.raises(DataError, match="the scale 5 to 1 is empty"):
        RatingScale(5, 1)


def test_titles_match_where_ids_do_not(tmp_path: Path, catalog: Catalog) -> None:
    text = (
        'user,item,rating,name\nada,1,5,"Matrix, The (1999)"\nada,2,4,Emma (1997)\nada,3,3,Emma\nada,4,2,Heat (1986)\n'
    )
    report = imported(tmp_path, catalog, text, columns=RatingColumns(title="name")).report
    assert report.matched == {"title and year": 2}
    assert {item.title: item.reason for item in report.unmatched} == {
        "Emma": "2 items have this title",
        "Heat (1986)": "no item has this id or this title and year",
    }


def test_a_file_of_titles_alone_is_matched_by_them(tmp_path: Path, catalog: Catalog) -> None:
    report = imported(tmp_path, catalog, "user,title,rating\nada,heat,5\n").report
    assert report.columns.title == "title"
    assert report.matched == {"title": 1}


def test_movielens_ids_go_before_equal_ids_of_ones_own(tmp_path: Path, movielens_catalog: Catalog) -> None:
    read = imported(tmp_path, movielens_catalog, "userId,movieId,rating,timestamp\n1,6,5.0,1\n1,10,0.5,2\n")
    read.save(tmp_path / "kept")
    assert read.report.matched == {"MovieLens id": 2}
    assert read_interactions(tmp_path / "kept", movielens_catalog).rows.tolist() == [0, 1]


def test_films_without_a_movielens_id_are_found_by_the_titles_beside_the_file(
    tmp_path: Path, movielens_catalog: Catalog
) -> None:
    with gzip.open(tmp_path / "movies.dat.gz", "wb") as file:
        file.write(b"2571::Matrix, The (1999)::Action\n")
    report = imported(tmp_path, movielens_catalog, "1::2571::4::9\n1::6::3::9\n", "ratings.dat").report
    assert report.matched == {"title and year": 1, "MovieLens id": 1}
    assert report.titles_from.endswith("movies.dat.gz")


def test_ids_of_the_100k_set_are_never_taken_for_later_ones(tmp_path: Path, movielens_catalog: Catalog) -> None:
    with pytest.raises(DataError, match="its ids are those of the 100K set alone; put"):
        imported(tmp_path, movielens_catalog, "1\t6\t4\t9\n", "u.data")
    flags = "|".join("0" * 19)
    (tmp_path / "u.item").write_text(f"6|Emma (1996)|||x|{flags}\n")
    read = imported(tmp_path, movielens_catalog, "1\t6\t4\t9\n", "u.data")
    read.save(tmp_path / "kept")
    assert read_interactions(tmp_path / "kept", movielens_catalog).rows.tolist() == [1]


def test_ids_of_the_100k_set_are_those_of_a_catalogue_made_from_it(tmp_path: Path) -> None:
    made = Catalog([film("6", "Heat", 1995), film("7", "Emma", 1996)])
    assert imported(tmp_path, made, "1\t7\t4\t9\n", "u.data").report.matched == {"item id": 1}


def test_films_are_not_matched_to_books_of_the_same_title(catalog: Catalog) -> None:
    assert ItemMatcher(catalog, domain="film").match("", "Emma").row == 1
    assert ItemMatcher(catalog).match("", "Emma").row is None


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["userId", "movieId", "rating", "timestamp"], ("userId", "movieId", "rating", "timestamp", "")),
        (["User-ID", "ISBN", "Book-Rating"], ("User-ID", "ISBN", "Book-Rating", "", "")),
        (["reviewerID", "asin", "overall", "title"], ("reviewerID", "asin", "overall", "", "")),
        (["id", "user", "item", "stars"], ("user", "item", "stars", "", "")),
        (["user", "title", "score"], ("user", "", "score", "", "title")),
    ],
)  # fmt: skip
def test_columns_are_guessed(columns: list[str], expected: tuple[str, ...]) -> None:
    assert rating_columns(columns, RatingColumns()) == RatingColumns(*expected)


@pytest.mark.parametrize(
    ("columns", "given", "message"),
    [
        (["a", "item", "rating"], RatingColumns(), "no column looks like the user; name it with --user-col"),
        (["user", "item", "b"], RatingColumns(), "no column looks like the rating; name it with --rating-col"),
        (["user", "c", "rating"], RatingColumns(), "no column looks like the item; name it with --item-col"),
        (["user", "item", "rating"], RatingColumns(time="when"), "--time-col when: there is no such column; there are"),
    ],
)
def test_a_missing_column_is_told_with_the_option(columns: list[str], given: RatingColumns, message: str) -> None:
    with pytest.raises(DataError, match=message):
        rating_columns(columns, given)


def test_a_file_without_a_known_item_is_refused(tmp_path: Path, catalog: Catalog) -> None:
    with pytest.raises(DataError, match=r"no item of 1 is in the catalogue; the most rated is 'x'.*--catalog"):
        imported(tmp_path, catalog, "user,item,rating\nada,x,5\n")
    with pytest.raises(DataError, match=r"no row that can be used; the first: row 2, column rating: 'x' is not usable"):
        imported(tmp_path, catalog, "user,item,rating\nada,heat,x\n")


def test_the_unmatched_items_are_written_most_rated_first(tmp_path: Path, catalog: Catalog) -> None:
    text = "user,item,rating\na,heat,1\na,x,2\nb,y,3\nc,y,3\n"
    write_unmatched(imported(tmp_path, catalog, text).report, tmp_path / "lost.csv")
    assert (tmp_path / "lost.csv").read_text().splitlines() == [
        "item,title,n_ratings,reason",
        "y,,2,no item has this id",
        "x,,1,no item has this id",
    ]


def test_ratings_lie_in_a_built_catalogue_or_else_at_home(tmp_path: Path, catalog: Catalog) -> None:
    built = tmp_path / "built"
    built.mkdir()
    at_home = tmp_path / "home" / "ratings" / catalog.sha256[:16]
    assert ratings_folder(tmp_path / "home", catalog, built) == at_home
    (built / CATALOG_MANIFEST).write_text("{}")
    assert ratings_folder(tmp_path / "home", catalog, built) == built / "ratings"
    assert ratings_folder(tmp_path / "home", catalog) == at_home


def test_the_same_file_and_seed_give_the_same_ratings_and_factors(tmp_path: Path, catalog: Catalog) -> None:
    text = "user,item,rating\n" + "".join(f"u{i},{('heat', 'emma', 'matrix')[i % 3]},{i % 5 + 1}\n" for i in range(30))
    first = imported(tmp_path, catalog, text).save(tmp_path / "one", seed=7)
    second = imported(tmp_path, catalog, text).save(tmp_path / "two", seed=7)
    assert first.interactions_sha256 == second.interactions_sha256
    tables = [CollaborativeTable.load(tmp_path / name / FACTORS, catalog) for name in ("one", "two")]
    assert (tables[0].factors == tables[1].factors).all()


def test_json_lines_give_the_same_ratings_as_csv(tmp_path: Path, catalog: Catalog) -> None:
    rows = [{"user": 7, "item": "heat", "rating": 5}, {"user": 8.0, "item": "emma", "rating": 2.5}]
    read = imported(tmp_path, catalog, "\n".join(map(json.dumps, rows)), "r.jsonl")
    read.save(tmp_path / "kept")
    assert read_interactions(tmp_path / "kept", catalog).user_ids == ("7", "8")


@needs_real_data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n_rows", "least_share"),
    [
        ("ml-latest-small/ratings.csv.gz", 100_836, 0.5),
        ("ml-100k/u.data.gz", 100_000, 0.6),
        ("ml-1m/ratings_no_timestamp.csv.gz", 899_709, 0.65),
    ],
)
def test_most_ratings_of_the_public_files_are_of_films_that_ship_with_palate(
    name: str, n_rows: int, least_share: float
) -> None:
    report = RatingsImport(REAL / name, Catalog.embedded(), RatingColumns()).report
    assert (report.n_rows, report.n_bad) == (n_rows, 0)
    assert sum(report.matched.values()) + report.n_unmatched == n_rows
    assert sum(report.matched.values()) >= least_share * n_rows
