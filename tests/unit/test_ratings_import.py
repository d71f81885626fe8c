import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.collaborative import CollaborativeTable
from palate.retrieval.errors import DataError
from palate.retrieval.rating_columns import RatingColumns
from palate.retrieval.ratings_import import RatingsImport, write_unmatched
from palate.retrieval.ratings_store import FACTORS, INTERACTIONS, MANIFEST, read_interactions
from pyarrow import parquet

REAL = Path(__file__).parents[3] / "shared" / "data"
needs_real_data = pytest.mark.skipif(not REAL.is_dir(), reason=f"the public data sets are not in {REAL}")

Import = Callable[..., RatingsImport]


def test_ratings_are_matched_counted_and_kept(tmp_path: Path, rated_catalog: Catalog, imported: Import) -> None:
    text = "user,item_id,rating,timestamp\nada,heat,5,200\nada,emma,1,100\nbob,heat,3,\nbob,gone,4,1\nbob,gone,2,1\n"
    read = imported(tmp_path, rated_catalog, text)
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


def test_of_one_person_and_item_the_latest_rating_holds(
    tmp_path: Path, rated_catalog: Catalog, imported: Import
) -> None:
    text = "user,item,rating,time\nada,heat,5,300\nada,heat,1,200\nada,emma,2,7\nada,emma,4,7\n"
    read = imported(tmp_path, rated_catalog, text)
    assert (read.report.n_ratings, read.report.n_repeated) == (2, 2)
    read.save(tmp_path / "kept")
    rows = parquet.read_table(tmp_path / "kept" / INTERACTIONS).to_pylist()
    assert [(row["item_id"], row["rating"]) for row in rows] == [("emma", 4.0), ("heat", 5.0)]


def test_a_file_without_a_known_item_is_refused(tmp_path: Path, rated_catalog: Catalog, imported: Import) -> None:
    with pytest.raises(DataError, match=r"no item of 1 is in the catalogue; the most rated is 'x'.*--catalog"):
        imported(tmp_path, rated_catalog, "user,item,rating\nada,x,5\n")
    with pytest.raises(DataError, match=r"no row that can be used; the first: row 2, column rating: 'x' is not usable"):
        imported(tmp_path, rated_catalog, "user,item,rating\nada,heat,x\n")


def test_the_unmatched_items_are_written_most_rated_first(
    tmp_path: Path, rated_catalog: Catalog, imported: Import
) -> None:
    text = "user,item,rating\na,heat,1\na,x,2\nb,y,3\nc,y,3\n"
    write_unmatched(imported(tmp_path, rated_catalog, text).report, tmp_path / "lost.csv")
    assert (tmp_path / "lost.csv").read_text().splitlines() == [
        "item,title,n_ratings,reason",
        "y,,2,no item has this id",
        "x,,1,no item has this id",
    ]


def test_the_same_file_and_seed_give_the_same_ratings_and_factors(
    tmp_path: Path, rated_catalog: Catalog, imported: Import
) -> None:
    text = "user,item,rating\n" + "".join(f"u{i},{('heat', 'emma', 'matrix')[i % 3]},{i % 5 + 1}\n" for i in range(30))
    first = imported(tmp_path, rated_catalog, text).save(tmp_path / "one", seed=7)
    second = imported(tmp_path, rated_catalog, text).save(tmp_path / "two", seed=7)
    assert first.interactions_sha256 == second.interactions_sha256
    tables = [CollaborativeTable.load(tmp_path / name / FACTORS, rated_catalog) for name in ("one", "two")]
    assert (tables[0].factors == tables[1].factors).all()


def test_json_lines_give_the_same_ratings_as_csv(tmp_path: Path, rated_catalog: Catalog, imported: Import) -> None:
    rows = [{"user": 7, "item": "heat", "rating": 5}, {"user": 8.0, "item": "emma", "rating": 2.5}]
    read = imported(tmp_path, rated_catalog, "\n".join(map(json.dumps, rows)), "r.jsonl")
    read.save(tmp_path / "kept")
    assert read_interactions(tmp_path / "kept", rated_catalog).user_ids == ("7", "8")


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
