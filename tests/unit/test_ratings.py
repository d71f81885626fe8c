import gzip
from pathlib import Path

import numpy as np
import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import DataError
from palate.retrieval.items import Item
from palate.retrieval.ratings import UserRatings, read_ml_1m, split_users

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


@pytest.mark.parametrize("row", ["1,10,6", "1,10,0", "1,10,nan", "1,ten,3", "1,10"])
def test_a_bad_row_is_named(tmp_path: Path, catalog: Catalog, row: str) -> None:
    with pytest.raises(DataError, match=r"ratings_no_timestamp.csv.gz, row 3: .* is not usable; restore"):
        read_ml_1m(write(tmp_path, "1,10,5", row), catalog)


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
