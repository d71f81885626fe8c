import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import DataError
from palate.retrieval.items import Item
from palate.retrieval.ratings import UserRatings, read_ml_1m, read_ml_latest_small, read_ratings, split_users

REAL = Path(__file__).parents[3] / "shared" / "data"
needs_real_data = pytest.mark.skipif(
    not (REAL / "ml-1m" / "ratings_no_timestamp.csv.gz").exists(), reason=f"MovieLens-1M is not in {REAL}"
)


@pytest.fixture
def catalog() -> Catalog:
    return Catalog(
        [
            Item(item_id=f"f{i}", domain="film", title=f"F{i}", movielens_id=ml)
            for i, ml in enumerate((10, None, 30, 20))
        ]
    )


def write(folder: Path, *rows: str, header: str = "userId,movieId,rating") -> Path:
    (folder / "ml-1m").mkdir()
    with gzip.open(folder / "ml-1m" / "ratings_no_timestamp.csv.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join((header, *rows)) + "\n")
    return folder


def people(n: int) -> list[UserRatings]:
    return [UserRatings(i, np.array([0, 1]), np.array([1.0, 5.0])) for i in range(1, n + 1)]


def test_ratings_come_by_person_with_the_rows_of_the_catalogue(tmp_path: Path, catalog: Catalog) -> None:
    found = read_ml_1m(write(tmp_path, "7,20,5", "2,30,1", "7,10,3", "2,99,4"), catalog)
    assert [(u.user_id, u.rows.tolist(), u.stars.tolist()) for u in found] == [(2, [2], [1.0]), (7, [3, 0], [5.0, 3.0])]


def test_items_that_the_catalogue_lacks_leave_nobody_behind(tmp_path: Path, catalog: Catalog) -> None:
    assert read_ml_1m(write(tmp_path, "1,99,5"), catalog) == []


def test_a_missing_file_names_the_option(tmp_path: Path, catalog: Catalog) -> None:
    with pytest.raises(DataError, match=r"does not exist; give the folder that holds ml-1m with --data-dir"):
        read_ml_1m(tmp_path, catalog)


@pytest.mark.parametrize(
    "row",
    [
        "1,10,6",
        "1,10,0",
        "1,10,0.5",
        "1,10,nan",
        "1,10,NaN",
        "1,10,-inf",
        "1,10,inf",
        "1,10,",
        "1,ten,3",
        "1,10",
        "nan,10,3",
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, catalog: Catalog, row: str) -> None:
    with pytest.raises(DataError, match=r"ratings_no_timestamp.csv.gz, row 3: .* is not usable; restore"):
        read_ml_1m(write(tmp_path, "1,10,5", row), catalog)


def ratings_file(folder: Path, *rows: str) -> Path:
    path = folder / "theirs.csv"
    path.write_text("\n".join(("userId,movieId,rating,timestamp", *rows)) + "\n", "utf-8")
    return path


def test_a_plain_file_is_read_as_a_zipped_one(tmp_path: Path, catalog: Catalog) -> None:
    (plain,) = read_ratings(ratings_file(tmp_path, "7,20,5,1", "7,10,3.5,2"), catalog)
    assert (plain.user_id, plain.rows.tolist(), plain.stars.tolist()) == (7, [3, 0], [5.0, 3.5])
    zipped = read_ml_1m(write(tmp_path, "7,20,5", "7,10,3.5"), catalog)[0]
    assert (zipped.rows.tolist(), zipped.stars.tolist()) == (plain.rows.tolist(), plain.stars.tolist())
    assert plain.rows.dtype == np.int64


def test_of_two_ratings_of_an_item_the_later_counts(tmp_path: Path, catalog: Catalog) -> None:
    (user,) = read_ratings(ratings_file(tmp_path, "7,20,5,1", "7,10,3,2", "7,20,1,3"), catalog)
    assert (user.rows.tolist(), user.stars.tolist()) == ([3, 0], [1.0, 3.0])


def test_an_empty_file_has_nobody(tmp_path: Path, catalog: Catalog) -> None:
    assert read_ratings(ratings_file(tmp_path), catalog) == []
    (tmp_path / "empty.csv").write_bytes(b"")
    assert read_ratings(tmp_path / "empty.csv", catalog) == []


def test_a_file_that_is_not_there_names_its_columns(tmp_path: Path, catalog: Catalog) -> None:
    with pytest.raises(DataError, match="does not exist; give a file with the columns userId, movieId and rating"):
        read_ratings(tmp_path / "gone.csv", catalog)


@pytest.fixture
def short_fields() -> Iterator[None]:
    """Give the csv module its own limit back, which other modules raise."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)


@pytest.mark.usefixtures("short_fields")
@pytest.mark.parametrize("content", [b"userId,movieId,rating\n\xff,1,2\n", b"userId,movieId,rating\n" + b"9" * 200_000])
def test_a_file_that_is_no_table_is_our_error(tmp_path: Path, catalog: Catalog, content: bytes) -> None:
    (tmp_path / "odd.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"odd.csv cannot be read: .*; restore the original file"):
        read_ratings(tmp_path / "odd.csv", catalog)


def small(folder: Path, *rows: str) -> Path:
    (folder / "ml-latest-small").mkdir()
    with gzip.open(folder / "ml-latest-small" / "ratings.csv.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(("userId,movieId,rating,timestamp", *rows)) + "\n")
    return folder


def test_half_a_star_counts_as_one_and_people_have_numbers_of_their_own(tmp_path: Path, catalog: Catalog) -> None:
    found = read_ml_latest_small(small(tmp_path, "1,10,0.5,9", "1,20,4.5,9", "2,30,5.0,9", "2,99,1.0,9"), catalog)
    assert [(u.user_id, u.rows.tolist(), u.stars.tolist()) for u in found] == [
        (-1, [0, 3], [1.0, 4.5]), (-2, [2], [5.0]),
    ]  # fmt: skip
    assert found[0].shuffled().rows.tolist() in ([0, 3], [3, 0])


def test_without_the_small_data_set_nobody_is_read(tmp_path: Path, catalog: Catalog) -> None:
    assert read_ml_latest_small(tmp_path, catalog) == []


@pytest.mark.parametrize("stars", ["0", "0.4", "5.5", "nan"])
def test_of_the_small_data_set_too_a_bad_row_is_named(tmp_path: Path, catalog: Catalog, stars: str) -> None:
    with pytest.raises(DataError, match=r"ratings.csv.gz, row 2: rating .* is not usable"):
        read_ml_latest_small(small(tmp_path, f"1,10,{stars},9"), catalog)


def test_a_missing_column_is_our_error(tmp_path: Path, catalog: Catalog) -> None:
    with pytest.raises(DataError, match=r"row 2: 'rating' is not usable"):
        read_ml_1m(write(tmp_path, "1,10,5", header="userId,movieId,stars"), catalog)


def test_a_damaged_archive_is_our_error(tmp_path: Path, catalog: Catalog) -> None:
    path = write(tmp_path, "1,10,5") / "ml-1m" / "ratings_no_timestamp.csv.gz"
    path.write_bytes(path.read_bytes()[:25])
    with pytest.raises(DataError, match="restore the original file"):
        read_ml_1m(tmp_path, catalog)


def test_rewards_run_from_minus_one_to_one() -> None:
    assert UserRatings(1, np.arange(5), np.arange(1.0, 6.0)).rewards.tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0]


def test_shuffling_keeps_pairs_and_depends_on_the_person_alone() -> None:
    user = UserRatings(3, np.arange(20), np.arange(20) % 5 + 1.0)
    first, second = user.shuffled(), user.shuffled()
    assert first.rows.tolist() == second.rows.tolist() != user.rows.tolist()
    assert sorted(first.rows) == list(range(20))
    assert (first.stars == first.rows % 5 + 1.0).all()


def test_a_split_holds_everybody_once_in_order() -> None:
    training, validation = split_users(people(20), seed=5)
    ids = [[user.user_id for user in part] for part in (training, validation)]
    assert (len(ids[0]), len(ids[1])) == (18, 2)
    assert sorted(ids[0] + ids[1]) == list(range(1, 21))
    assert [sorted(part) for part in ids] == ids


def test_the_seed_alone_decides_the_split() -> None:
    def held(seed: int) -> list[int]:
        return [user.user_id for user in split_users(people(40), seed=seed)[1]]

    assert held(0) == held(0)
    assert held(0) != held(1)


@needs_real_data
@pytest.mark.slow
def test_most_films_of_the_real_data_are_found_in_the_embedded_catalogue() -> None:
    catalog = Catalog.embedded()
    users = read_ml_1m(REAL, catalog)
    assert len(users) > 5000
    assert [u.user_id for u in users] == sorted(u.user_id for u in users)
    rated = np.unique(np.concatenate([user.rows for user in users]))
    known = sum(item.movielens_id is not None for item in catalog)
    assert len(rated) >= 0.95 * known
