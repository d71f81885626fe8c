from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.collaborative import (
    CollaborativeScores,
    CollaborativeTable,
    fit_item_factors,
    shipped_factors,
)
from palate.retrieval.errors import DataError, RetrievalError
from palate.retrieval.items import Item
from scipy import sparse
from threadpoolctl import threadpool_limits


def catalog_of(ids: Sequence[str], movielens_ids: Sequence[int | None] | None = None) -> Catalog:
    numbers = movielens_ids or [None] * len(ids)
    return Catalog(Item(item_id=i, domain="film", title=i, movielens_id=n) for i, n in zip(ids, numbers, strict=True))


@pytest.fixture
def catalog() -> Catalog:
    return catalog_of("abc")


@pytest.fixture
def table() -> CollaborativeTable:
    """One factor: 1 for a, 2 for b, none for c, whom nobody rated."""
    return CollaborativeTable(
        factors=np.array([[1.0], [2.0], [0.0]], dtype=np.float32), counts=np.array([3, 4, 0]),
        mean_rewards=np.array([0.5, -0.25, 0.0], dtype=np.float32), gram=np.array([[5.0]]),
        regularization=1.0, alpha=1.0,
    )  # fmt: skip


def two_camps() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Forty people: half like items 0 to 3 and dislike 4 to 7, half the other way round; each leaves two out."""
    rng, users, rows, rewards = np.random.default_rng(0), [], [], []
    for user in range(40):
        for row in sorted(rng.permutation(8)[:6].tolist()):
            users.append(user)
            rows.append(row)
            rewards.append(1.0 if (row < 4) == (user % 2 == 0) else -1.0)
    return np.array(users), np.array(rows), np.array(rewards)


# Confidence is 1 + |reward|. On the left F'F = 1 + 4, regularisation 1, and (c - 1) f f of what is rated.
@pytest.mark.parametrize(
    ("rated", "person"),
    [
        ({"a": 1.0}, 2 / (5 + 1 + 1)),
        ({"b": 0.5}, 1.5 * 2 / (5 + 1 + 0.5 * 4)),
        ({"a": 1.0, "b": -1.0}, 2 / (5 + 1 + 1 + 4)),
        ({"a": 1.0, "b": 0.0}, (2 + 2) / (5 + 1 + 1)),
        ({"a": -1.0}, 0.0),
    ],
)
def test_scores_are_the_closed_form_of_the_paper(
    table: CollaborativeTable, catalog: Catalog, rated: dict[str, float], person: float
) -> None:
    scores = CollaborativeScores(table, catalog).scores(rated)
    assert scores is not None
    assert scores == pytest.approx([person, 2 * person, 0.0])


@pytest.mark.parametrize("rated", [{}, {"c": 1.0}, {"unknown": 1.0}, {"c": -1.0, "unknown": 0.5}])
def test_there_are_no_scores_where_nothing_rated_has_factors(
    table: CollaborativeTable, catalog: Catalog, rated: dict[str, float]
) -> None:
    assert CollaborativeScores(table, catalog).scores(rated) is None


def test_a_new_person_gets_the_factors_that_implicit_would_give() -> None:
    from implicit.cpu.als import AlternatingLeastSquares

    table = fit_item_factors(*two_camps(), 9, n_factors=3)
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(factors=3, regularization=table.regularization, num_threads=1)
        model.item_factors = table.factors
        c = 1.0 + table.alpha
        signed = sparse.csr_matrix(np.array([[c, 0, 0, 0, -c, 0, 0, 0, 0]], dtype=np.float32))
        expected = table.factors @ model.recalculate_user(0, signed)
    catalog = catalog_of("abcdefghi")
    found = CollaborativeScores(table, catalog).scores({"a": 1.0, "e": -1.0})
    assert found is not None
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_people_of_two_camps_are_told_apart() -> None:
    scorer = CollaborativeScores(fit_item_factors(*two_camps(), 9, n_factors=4, strength=1.0), catalog_of("abcdefghi"))
    scores = scorer.scores({"a": 1.0, "e": -1.0})
    assert scores is not None
    assert scores[1:4].min() > scores[5:8].max()
    assert scores[8] == 0.0
    assert set(scorer.similar("f", 3)) == {"e", "g", "h"}


def test_the_same_seed_gives_the_same_factors_and_another_one_others() -> None:
    first, again, other = (fit_item_factors(*two_camps(), 9, n_factors=4, seed=seed) for seed in (3, 3, 4))
    assert first.factors.tobytes() == again.factors.tobytes() != other.factors.tobytes()


def test_a_table_counts_ratings_and_their_mean() -> None:
    table = fit_item_factors(np.array([0, 1, 1]), np.array([0, 0, 2]), np.array([1.0, -0.5, 0.5]), 4, n_factors=2)
    assert table.counts.tolist() == [2, 0, 1, 0]
    assert table.mean_rewards.tolist() == [0.25, 0.0, 0.5, 0.0]
    assert (table.factors.shape, table.factors.dtype) == ((4, 2), np.float32)
    assert not table.factors[[1, 3]].any()


def test_regularisation_grows_with_the_ratings_an_item_and_a_person() -> None:
    users, rows = np.repeat([0, 1], 4), np.tile(np.arange(4), 2)  # two ratings an item, four a person
    table = fit_item_factors(users, rows, np.ones(8), 9, n_factors=2, strength=3.0)
    assert table.regularization == pytest.approx(3.0 * (np.sqrt(2) + np.sqrt(4)))


@pytest.mark.parametrize(
    ("users", "rows", "rewards", "message"),
    [
        ([], [], [], "0 people, 0 items and 0 rewards"),
        ([0], [0, 1], [1.0], "1 people, 2 items"),
        ([0], [3], [1.0], "rows run from 3 to 3; give rows of a catalogue of 3 items"),
        ([0], [-1], [1.0], "rows run from -1"),
        ([0], [0], [4.0], "not between -1 and 1"),
        ([0], [0], [float("nan")], "not between -1 and 1"),
    ],
)
def test_unusable_ratings_are_our_error(users: list[int], rows: list[int], rewards: list[float], message: str) -> None:
    with pytest.raises(DataError, match=message):
        fit_item_factors(np.array(users, dtype=int), np.array(rows, dtype=int), np.array(rewards), 3)


def test_what_is_similar_points_the_same_way(catalog: Catalog) -> None:
    factors = np.array([[1.0, 0.0], [3.0, 4.0], [0.0, 2.0]], dtype=np.float32)
    table = CollaborativeTable(factors, np.array([1, 1, 1]), np.zeros(3, dtype=np.float32), np.eye(2), 1.0, 1.0)
    found = CollaborativeScores(table, catalog).similar("b", 5)
    assert found.item_ids == ("c", "a")
    assert found.scores == pytest.approx([0.8, 0.6])
    assert CollaborativeScores(table, catalog).similar("a", 5).item_ids == ("b",)
    assert len(CollaborativeScores(table, catalog).similar("b", 0)) == 0


def test_nothing_is_similar_to_an_item_without_factors(table: CollaborativeTable, catalog: Catalog) -> None:
    assert len(CollaborativeScores(table, catalog).similar("c", 5)) == 0
    with pytest.raises(DataError, match="no item has the id 'd'"):
        CollaborativeScores(table, catalog).similar("d", 5)


def test_a_table_comes_back_from_its_file(table: CollaborativeTable, catalog: Catalog, tmp_path: Path) -> None:
    table.save(tmp_path / "new" / "factors", catalog, trained_on="a test")
    found = CollaborativeTable.load(tmp_path / "new" / "factors", catalog)
    assert found.factors.tolist() == [[1.0], [2.0], [0.0]]
    assert found.counts.tolist() == [3, 4, 0]
    assert found.mean_rewards.tolist() == [0.5, -0.25, 0.0]
    assert (found.gram.tolist(), found.regularization, found.alpha) == ([[5.0]], 1.0, 1.0)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["factors"]


def test_another_catalogue_takes_rows_by_id_and_by_movielens_id(table: CollaborativeTable, tmp_path: Path) -> None:
    table.save(tmp_path / "factors", catalog_of("abc", (10, None, None)), trained_on="a test")
    other = catalog_of(["x", "b", "new", "a"], (10, None, 77, 12))
    found = CollaborativeTable.load(tmp_path / "factors", other)
    # The last one has a's id and another MovieLens id: a namesake.
    assert found.counts.tolist() == [3, 4, 0, 0]
    assert found.factors.ravel().tolist() == [1.0, 2.0, 0.0, 0.0]


def test_a_person_is_fitted_against_all_items_of_the_training(
    table: CollaborativeTable, catalog: Catalog, tmp_path: Path
) -> None:
    table.save(tmp_path / "factors", catalog, trained_on="a test")
    alone = catalog_of("a")
    scores = CollaborativeScores(CollaborativeTable.load(tmp_path / "factors", alone), alone).scores({"a": 1.0})
    assert scores == pytest.approx([2 / 7])


@pytest.mark.parametrize("place", [-1, 200])
def test_a_damaged_file_is_refused(table: CollaborativeTable, catalog: Catalog, tmp_path: Path, place: int) -> None:
    path = tmp_path / "factors"
    table.save(path, catalog, trained_on="a test of what happens to a file that somebody changed later")
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(RetrievalError, match=r"cannot be used: .*; restore the file or run palate fit-factors"):
        CollaborativeTable.load(path, catalog)


def test_a_missing_or_foreign_file_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "foreign").write_text("no factors")
    for name in ("missing", "foreign"):
        with pytest.raises(RetrievalError, match=f"{name} cannot be used"):
            CollaborativeTable.load(tmp_path / name, catalog)


def test_the_shipped_factors_know_films_that_the_same_people_like() -> None:
    catalog = Catalog.embedded()
    table = CollaborativeTable.load(shipped_factors(), catalog)
    known = {item.item_id for item, count in zip(catalog, table.counts, strict=True) if count}
    assert known <= {item.item_id for item in catalog if item.movielens_id}
    assert len(known) > 700
    near = CollaborativeScores(table, catalog).similar("the-empire-strikes-back-1980", 10)
    assert "return-of-the-jedi-1983" in near.item_ids
