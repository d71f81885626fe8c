import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from palate.eval.cli import run
from palate.eval.melu import melu, ndcg
from palate.eval.melu_baselines import AlsRidge, ItemMean, Ratings, UserItemBias, als_factors
from palate.eval.melu_checkpoint import Checkpoint
from palate.eval.melu_content import CONTENT, ContentKernels, Floats, Ints, fit_variances
from palate.eval.melu_head import FilmModel, GaussianHead, Variances, set_aside
from palate.eval.melu_split import SCENARIOS, read_melu_split, tasks_of
from palate.eval.melu_sum import WeightedSum, calibrate
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import DataError
from palate.retrieval.items import Item
from palate.retrieval.movielens import movielens_catalog
from palate.retrieval.ratings import UserRatings

REAL = Path(__file__).parents[3] / "shared" / "data"
needs_real_data = pytest.mark.skipif(
    not (REAL / "ml-1m" / "ratings_no_timestamp.csv.gz").exists(), reason=f"MovieLens-1M is not in {REAL}"
)
HEADER = "userId,movieId,rating,cold_start_split"
N_OLD, N_FILMS = 100, 140
GENRES = ("Comedy", "Horror")


def quiet(what: str, done: int, of: int) -> None:
    """Progress that nobody sees."""


def folder_of(root: Path, rows: Sequence[str], header: str = HEADER) -> Path:
    (root / "ml-1m").mkdir(exist_ok=True)
    with gzip.open(root / "ml-1m" / "movies.dat.gz", "wt", encoding="latin-1") as file:
        file.writelines(f"{i}::Film {i} ({1960 + i % 40})::{GENRES[i % 2]}\n" for i in range(1, N_FILMS + 1))
    with gzip.open(root / "ml-1m" / "ratings_no_timestamp.csv.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join((header, *rows)) + "\n")
    return root


def synthetic_rows() -> list[str]:
    """People who love one genre and hate the other; even ids comedies, odd ids horror."""
    generator, rows = np.random.default_rng(0), []
    old, new = np.arange(1, N_OLD + 1), np.arange(N_OLD + 1, N_FILMS + 1)
    parts = [
        ("meta_training", old, range(1, 61), 70),
        ("warm_up", old, range(1, 8), 15),
        ("user_cold_testing", old, range(101, 121), 20),
        ("item_cold_testing", new, range(1, 21), 20),
        ("user_and_item_cold_testing", new, range(101, 111), 20),
    ]
    for part, films, people, n in parts:
        for person in people:
            for film in generator.permutation(films)[:n]:
                loved = film % 2 == person % 2
                stars = int(np.clip((4 if loved else 2) + generator.integers(-1, 2), 1, 5))
                rows.append(f"{person},{film},{stars},{part}")
    return rows


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(tmp_path_factory.mktemp("melu"), synthetic_rows())


def person(user_id: int, *stars: float) -> UserRatings:
    return UserRatings(user_id, np.arange(len(stars)), np.array(stars))


def test_parts_hold_their_people_and_cold_films_are_new(data_dir: Path) -> None:
    split = read_melu_split(data_dir, movielens_catalog(data_dir))
    assert len(split.training) == 60
    assert {name: len(people) for name, people in split.scenarios.items()} == {
        "warm": 7, "user_cold": 20, "item_cold": 20, "both_cold": 10,
    }  # fmt: skip
    assert (
        max(max(one.rows) for one in split.training)
        < N_OLD
        <= min(min(one.rows) for one in split.scenarios["item_cold"])
    )


def test_ten_ratings_are_asked_about_and_only_people_with_13_to_100_take_part() -> None:
    people = [UserRatings(n, np.arange(n), np.full(n, 3.0)) for n in (12, 13, 100, 101)]
    tasks = tasks_of(people, seed=0)
    assert [(len(task.support), len(task.query)) for task in tasks] == [(3, 10), (90, 10)]
    assert all(not set(task.support.rows) & set(task.query.rows) for task in tasks)


def test_the_draw_follows_the_seed_and_the_person_alone() -> None:
    people = [UserRatings(n, np.arange(20), np.full(20, 3.0)) for n in (1, 2)]
    first, again, other = tasks_of(people, seed=0), tasks_of(people[1:], seed=0), tasks_of(people, seed=1)
    assert first[1].query.rows.tolist() == again[0].query.rows.tolist()
    assert first[1].query.rows.tolist() != other[1].query.rows.tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: ["7,1,6,meta_training", *rows], r"row 2: 6.0 is not usable; restore"),
        (lambda rows: ["7,1,nan,meta_training", *rows], r"row 2: nan is not usable; restore"),
        (lambda rows: ["7,1,3,elsewhere", *rows], r"row 2: elsewhere is not usable; restore"),
        (lambda rows: ["7,one,3,warm_up", *rows], r"cannot be read: .*one.*; restore"),
        (lambda rows: [row for row in rows if "warm_up" not in row], r"no row whose cold_start_split is warm_up"),
        (lambda rows: ["1,1,3,user_cold_testing", *rows], r"userId 1 is in meta_training and in user_cold_testing"),
        (lambda rows: ["1,1,3,item_cold_testing", *rows], r"movieId 1 is in meta_training and in item_cold_testing"),
        (lambda _: [], r"holds no rating; restore"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_remedy(tmp_path: Path, change, message: str) -> None:  # type: ignore[no-untyped-def]
    folder = folder_of(tmp_path, change(synthetic_rows()))
    with pytest.raises(DataError, match=message):
        read_melu_split(folder, movielens_catalog(folder))


def test_a_file_without_the_split_names_the_column(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["1,1,3"], header="userId,movieId,rating")
    with pytest.raises(DataError, match=r"lacks a column: .*cold_start_split"):
        read_melu_split(folder, movielens_catalog(folder))


def test_a_missing_file_is_one_line_and_exit_code_3(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["melu", "--data-dir", str(tmp_path)]) == 3
    assert "with --data-dir" in capsys.readouterr().err


def test_ndcg_has_both_gains() -> None:
    scores, stars = np.array([3.0, 2.0, 1.0]), np.array([3.0, 5.0, 4.0])
    assert ndcg(scores, stars, 1) == pytest.approx(3 / 5)
    assert ndcg(scores, stars, 1, exponential=True) == pytest.approx(7 / 31)
    worth = 1 / np.log2([2, 3, 4])
    assert ndcg(scores, stars, 3) == pytest.approx(stars @ worth / (np.array([5, 4, 3]) @ worth))


def test_item_means_and_biases_by_hand() -> None:
    ratings = Ratings.of([person(1, 5.0, 3.0), person(2, 3.0)], n_items=3)
    assert ItemMean(ratings).predict(person(9), np.array([0, 1, 2])).tolist() == pytest.approx([4.0, 3.0, 11 / 3])
    head = UserItemBias(ratings)
    nothing, high = head.predict(person(9), np.array([2])), head.predict(person(9, 5.0, 5.0, 5.0), np.array([2]))
    assert nothing == pytest.approx([11 / 3])
    assert high > nothing


def test_als_factors_tell_two_tastes_apart_and_are_zero_where_nobody_rated() -> None:
    people = [
        UserRatings(i, np.arange(20), 3.0 + (1 - 2 * (i % 2)) * np.where(np.arange(20) < 10, 1.0, -1.0))
        for i in range(60)
    ]
    ratings = Ratings.of(people, n_items=21)
    factors = als_factors(ratings, ratings.stars - 3.0, seed=0)
    assert factors[0] @ factors[1] > 0 > factors[0] @ factors[19]
    assert not factors[20].any()
    expected = AlsRidge(ratings, seed=0).predict(UserRatings(99, np.arange(5), np.full(5, 5.0)), np.array([9, 19]))
    assert expected[0] > expected[1]


def films(*facts: tuple[str, int]) -> Catalog:
    return Catalog(
        [
            Item(item_id=f"f{i}", domain="film", title=f"F{i}", genres=(genre,), year=year)
            for i, (genre, year) in enumerate(facts)
        ]
    )


def test_kernels_by_hand() -> None:
    found = ContentKernels(films(("comedy", 1980), ("comedy", 1995), ("horror", 1980))).between(
        np.array([0]), np.arange(3)
    )
    by_name = dict(zip(CONTENT, found[:, 0], strict=True))
    assert by_name["all"].tolist() == [1, 1, 1]
    assert by_name["genre"].tolist() == [1, 1, 0]
    assert by_name["theme"].tolist() == [0, 0, 0]
    assert by_name["genre_year"] == pytest.approx([1, np.exp(-0.5), 0])


def test_variances_are_found_again() -> None:
    generator = np.random.default_rng(0)
    cases = [
        (np.stack([np.ones((8, 8)), np.eye(8)]), generator.normal(0, 2) + generator.normal(0, 1, 8)) for _ in range(800)
    ]
    assert fit_variances(cases, np.ones(2)) == pytest.approx([4.0, 1.0], rel=0.15)


def test_the_head_is_gaussian_regression_worked_out_by_hand() -> None:
    content = ContentKernels(films(("comedy", 1980), ("comedy", 1980), ("horror", 1980)))
    known = np.zeros(len(CONTENT) + 3)
    known[CONTENT.index("genre")], known[-1] = 0.5, 0.5
    model = FilmModel(np.full(3, 3.0), np.zeros((3, 2)), np.ones(3, dtype=bool))
    head = GaussianHead(model, Variances(known, known), content)
    assert head.predict(person(1, 5.0), np.arange(3)) == pytest.approx([4.0, 4.0, 3.0])


def test_what_is_set_aside_is_not_fitted_on(data_dir: Path) -> None:
    split = read_melu_split(data_dir, movielens_catalog(data_dir))
    calibration = set_aside(split.training, N_FILMS, seed=0)
    fitted = {int(row) for one in calibration.fit for row in one.rows}
    assert not fitted & {int(row) for one in calibration.new for row in one.rows}
    assert not {one.user_id for one in calibration.fit} & {one.user_id for one in calibration.known}


def test_too_few_people_to_set_any_aside_is_our_error() -> None:
    with pytest.raises(DataError, match=r"1 training people rated too little .* give a fuller ratings file"):
        set_aside([person(1, 3.0, 4.0)], 2, seed=0)


class FilmScore:
    """An extra score with one known value per film."""

    def __init__(self, values: Floats) -> None:
        self.values = values
        self.fitted_on: list[int] = []

    def fit(self, training: Sequence[UserRatings]) -> None:
        self.fitted_on = [one.user_id for one in training]

    def score(self, support_rows: Ints, support_stars: Floats, query_rows: Ints) -> Floats:
        found: Floats = self.values[query_rows]
        return found


def test_the_weight_of_an_extra_score_is_that_of_least_squares() -> None:
    values = np.linspace(-1, 1, 20)
    flat = ItemMean(Ratings.of([UserRatings(1, np.arange(20), np.full(20, 3.0))], 20))
    tasks = tasks_of([UserRatings(2, np.arange(20), 3.5 + values)], seed=0)
    extra = FilmScore(2.0 * values)
    weight = calibrate(flat, extra, tasks)
    assert (weight.slope, weight.offset) == pytest.approx((0.5, 0.5))
    assert WeightedSum(flat, extra, weight).predict(person(3), np.array([0, 19])) == pytest.approx([2.5, 4.5])


def test_the_ridge_follows_taste_where_means_cannot_even_on_new_films(data_dir: Path) -> None:
    report = melu(data_dir, seed=0, progress=quiet)
    mae = {row.name: row.metrics["mae"].value for row in report.rows}
    for scenario in SCENARIOS:
        for training in ("as_melu", "all_warm"):
            assert mae[f"{scenario}/{training}/ridge"] < mae[f"{scenario}/{training}/item_mean"] - 0.2
    assert mae["item_cold/all_warm/ridge"] < mae["item_cold/all_warm/als_ridge"] - 0.2
    assert {goal.row for goal in report.goals} == {"user_cold/all_warm/ridge", "item_cold/all_warm/ridge"}
    assert "604 people" in report.protocol


def test_an_extra_score_makes_a_sum_and_never_sees_who_was_set_aside(data_dir: Path) -> None:
    extra = FilmScore(np.zeros(N_FILMS))
    report = melu(data_dir, seed=0, extra=extra, progress=quiet)
    names = [row.name for row in report.rows]
    assert "both_cold/as_melu/sum-ridge" in names
    assert {goal.row.split("/")[-1] for goal in report.goals} == {"sum"}
    assert 0 < len(extra.fitted_on) < 60


def test_a_second_run_goes_on_from_what_was_kept(data_dir: Path, tmp_path: Path) -> None:
    people = [person(1, 3.0)]
    films_once = FilmModel(np.ones(1), np.ones((1, 2)), np.ones(1, dtype=bool))

    def never() -> FilmModel:
        raise AssertionError("fitted again")

    Checkpoint(tmp_path).films(people, 0, lambda: films_once)
    assert Checkpoint(tmp_path).films(people, 0, never).factors.tolist() == [[1.0, 1.0]]
    with pytest.raises(AssertionError, match="fitted again"):
        Checkpoint(tmp_path).films(people, 1, never)
    for kept in tmp_path.rglob("*.safetensors"):
        kept.write_bytes(b"torn")
    assert Checkpoint(tmp_path).films(people, 0, lambda: films_once).means.tolist() == [1.0]


def test_the_command_prints_json_and_is_the_same_twice(data_dir: Path, tmp_path: Path) -> None:
    work, outs = tmp_path / "work", [tmp_path / "a.json", tmp_path / "b.json"]
    for out in outs:
        assert run(["melu", "--data-dir", str(data_dir), "--work", str(work), "--rounds", "0", "--json", str(out)]) == 0
    first, second = ({**json.loads(out.read_text()), "elapsed_s": 0} for out in outs)
    assert first == second
    assert len(list(work.iterdir())) == 4 - 2 * (first["counts"]["training people as_melu"] == 60)


@needs_real_data
@pytest.mark.slow
def test_movielens_reaches_the_published_scenarios() -> None:
    split = read_melu_split(REAL, movielens_catalog(REAL))
    assert len(split.training) == 4356
    assert {name: len(tasks_of(people, seed=0)) for name, people in split.scenarios.items()} == {
        "warm": 1467, "user_cold": 612, "item_cold": 2564, "both_cold": 652,
    }  # fmt: skip
