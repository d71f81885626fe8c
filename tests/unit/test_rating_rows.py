from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.rating_scale import RatingScale
from palate.retrieval.ratings_import import RatingsImport
from palate.retrieval.ratings_store import INTERACTIONS
from pyarrow import parquet

Import = Callable[..., RatingsImport]


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
    tmp_path: Path, rated_catalog: Catalog, row: str, column: str, value: str, remedy: str, imported: Import
) -> None:
    text = f"user,item,rating,time\nbob,heat,4,2\n{row}\n"
    report = imported(tmp_path, rated_catalog, text, scale=RatingScale(1, 5)).report
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
    tmp_path: Path, rated_catalog: Catalog, time: str, seconds: int, imported: Import
) -> None:
    imported(tmp_path, rated_catalog, f"user,item,rating,time\nada,heat,4,{time}\n").save(tmp_path / "kept")
    (row,) = parquet.read_table(tmp_path / "kept" / INTERACTIONS).to_pylist()
    assert row["time"] == datetime.fromtimestamp(seconds, UTC)
