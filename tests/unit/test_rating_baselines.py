import time
from pathlib import Path

import numpy as np
import pytest
from palate.eval.baseline import BaselineScores, RatingBaseline, TrainingRatings, user_bias
from palate.eval.factor_baseline import AlsRidge
from palate.eval.neighbour_baselines import Ease, ItemKnn, ItemKnnResidual, PopularityKnn
from palate.eval.ranking_metrics import catalog_metrics, uauc
from palate.eval.rating_baselines import ItemMean, Popularity, fit_rating_baselines
from palate.retrieval.errors import DataError
from palate.retrieval.movielens import movielens_catalog
from palate.retrieval.ratings import UserRatings, read_ml_1m, split_users

REAL = Path(__file__).parents[3] / "shared" / "data"
needs_real_data = pytest.mark.skipif(
    not (REAL / "ml-1m" / "ratings_no_timestamp.csv.gz").exists(), reason=f"MovieLens-1M is not in {REAL}"
)
NAMES = ["popularity", "item_mean", "item_knn", "item_knn_residual", "popularity_knn", "ease", "als_ridge"]
NO_ROWS, NO_STARS = np.zeros(0, dtype=np.int64), np.zeros(0)

# Four people, four items; the last item is rated by nobody. Likes: a 0, 1; b 0; c 0, 2; d 2.
STARS = np.array([[5, 4, 1, 0], [4, 2, 0, 0], [5, 0, 4, 0], [0, 1, 5, 0]], dtype=float)


def people(table: np.ndarray) -> list[UserRatings]:
    return [UserRatings(i, np.flatnonzero(stars), stars[stars > 0]) for i, stars in enumerate(table)]


@pytest.fixture
def training() -> TrainingRatings:
    return TrainingRatings(people(STARS), 4)


@pytest.fixture(scope="module")
def two_camps() -> list[UserRatings]:
    """Sixty people: half love items 0 to 4 and hate 5 to 9, half the other way round; each leaves three out."""
    rng, table = np.random.default_rng(0), np.zeros((60, 10))
    for person in range(60):
        rated = rng.permutation(10)[:7]
        table[person, rated] = np.where((rated < 5) == (person % 2 == 0), 5.0, 1.0)
    return people(table)


def support(*pairs: tuple[int, float]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([row for row, _ in pairs]), np.array([stars for _, stars in pairs])


def test_tables_by_hand(training: TrainingRatings) -> None:
    mean = 31 / 9
    assert training.mean == pytest.approx(mean)
    assert training.counts.tolist() == [3, 3, 3, 0]
    assert training.item_means == pytest.approx(
        [(s + 5 * mean) / (n + 5) for s, n in ((14, 3), (7, 3), (10, 3), (0, 0))]
    )
    assert training.likes.toarray().tolist() == [[1, 1, 0, 0], [1, 0, 0, 0], [1, 0, 1, 0], [0, 0, 1, 0]]
    assert training.like_counts.tolist() == [3, 1, 2, 0]
    first = STARS[0, :3] - training.item_means[:3]
    assert training.residuals.toarray()[0] == pytest.approx([*first, 0.0])
    assert training.centred_residuals.toarray()[0] == pytest.approx([*(first - first.sum() / 8), 0.0])


def test_popularity_counts_likes_and_foretells_no_stars(training: TrainingRatings) -> None:
    found = Popularity(training).scores(*support((0, 5.0)))
    assert (found.rated.tolist(), found.catalog.tolist(), found.stars) == ([3, 1, 2, 0], [3, 1, 2, 0], None)


def test_the_item_mean_is_the_same_for_everybody(training: TrainingRatings) -> None:
    baseline = ItemMean(training)
    for told in (support((0, 1.0)), (NO_ROWS, NO_STARS)):
        assert baseline.scores(*told).rated.tolist() == training.item_means.tolist()


def test_item_knn_sums_the_cosines_of_what_is_liked(training: TrainingRatings) -> None:
    # Likers: item 0 three, item 1 one of them, item 2 two, of whom one likes 0.
    cosines = {0: [1, 1 / np.sqrt(3), 1 / np.sqrt(6), 0], 2: [1 / np.sqrt(6), 0, 1, 0]}
    baseline = ItemKnn(training)
    assert baseline.scores(*support((0, 5.0), (1, 3.0))).catalog == pytest.approx(cosines[0])
    both = np.array(cosines[0]) + cosines[2]
    assert baseline.scores(*support((0, 4.0), (2, 5.0))).rated == pytest.approx(both)


def test_popularity_and_neighbours_count_equally(training: TrainingRatings) -> None:
    knn = ItemKnn(training)
    parts = np.log1p([3.0, 1.0, 2.0, 0.0]), knn.scores(*support((2, 5.0))).catalog
    expected = sum((part - part.mean()) / part.std() for part in parts)
    assert PopularityKnn(training, knn).scores(*support((2, 5.0))).catalog == pytest.approx(expected)


def test_popularity_is_left_where_nothing_is_liked(training: TrainingRatings) -> None:
    found = PopularityKnn(training, ItemKnn(training)).scores(*support((2, 1.0))).catalog
    assert np.argsort(-found).tolist() == [0, 2, 1, 3]


def test_residual_neighbours_by_a_second_way(training: TrainingRatings) -> None:
    rows, stars = support((0, 2.0), (2, 5.0))
    centred, means = training.centred_residuals.toarray(), training.item_means
    residuals = stars - means[rows]
    bias = residuals.sum() / 7
    expected = []
    for item in range(4):
        weights = []
        for row in rows:
            lengths = np.linalg.norm(centred[:, item]) * np.linalg.norm(centred[:, row])
            both = np.sum((STARS[:, item] > 0) & (STARS[:, row] > 0))
            cosine = centred[:, item] @ centred[:, row] / lengths if lengths else 0.0
            weights.append(cosine * both / (both + 100))
        moved = np.dot(weights, residuals - bias) / (np.abs(weights).sum() + 0.5)
        expected.append(means[item] + bias + moved)
    assert ItemKnnResidual(training).scores(rows, stars).rated == pytest.approx(expected, abs=1e-6)


def test_ease_foretells_each_item_from_the_others_by_least_squares(training: TrainingRatings) -> None:
    ridge, likes = 2.0, training.likes.toarray().astype(float)
    weights = np.zeros((4, 4))
    for item in range(4):
        others = [row for row in range(4) if row != item]
        left = likes[:, others]
        weights[others, item] = np.linalg.solve(left.T @ left + ridge * np.eye(3), left.T @ likes[:, item])
    found = Ease(training, ridge=ridge).scores(*support((0, 5.0), (1, 2.0), (2, 4.0)))
    assert found.catalog == pytest.approx(weights[0] + weights[2], abs=1e-6)


def test_the_fold_in_is_the_primal_ridge_solution(two_camps: list[UserRatings]) -> None:
    training = TrainingRatings(two_camps, 10)
    baseline = AlsRidge(training, n_factors=2, regularization=0.5)
    rows, stars = support((0, 5.0), (6, 2.0), (7, 1.0))
    told, noise, prior = baseline._factors[rows], baseline._noise, baseline._prior
    left = told.T @ told / noise + np.linalg.inv(prior)
    person = np.linalg.solve(left, told.T @ (stars - training.item_means[rows]) / noise)
    expected = training.item_means + baseline._factors @ person
    assert baseline.scores(rows, stars).rated == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("name", ["item_knn", "item_knn_residual", "ease", "als_ridge"])
def test_a_few_ratings_tell_the_camps_apart(two_camps: list[UserRatings], name: str) -> None:
    baseline = fit_rating_baselines(two_camps, 10)[name]
    for likes, hates in ((0, 5), (5, 0)):
        scores = baseline.scores(*support((likes, 5.0), (hates, 1.0))).rated
        assert scores[likes + 1 : likes + 5].min() > scores[hates + 1 : hates + 5].max()


@pytest.mark.parametrize("name", NAMES)
def test_every_row_gives_a_number_for_each_item_whatever_the_support(two_camps: list[UserRatings], name: str) -> None:
    baseline: RatingBaseline = fit_rating_baselines(two_camps, 12)[name]
    assert baseline.name == name
    for told in (
        (NO_ROWS, NO_STARS),
        support((11, 5.0)),
        support((0, 1.0)),
        support(*((row, 3.0) for row in range(12))),
    ):
        found: BaselineScores = baseline.scores(*told)
        for scores in (found.rated, found.catalog, *(() if found.stars is None else (found.stars,))):
            assert (scores.shape, scores.dtype) == ((12,), np.float64)
            assert np.isfinite(scores).all()
        if found.stars is not None:
            assert 1.0 <= found.stars.min() <= found.stars.max() <= 5.0


def test_the_rows_have_the_names_of_the_table(two_camps: list[UserRatings]) -> None:
    assert list(fit_rating_baselines(two_camps, 10)) == NAMES


def test_the_seed_alone_decides_the_factors(two_camps: list[UserRatings]) -> None:
    def scores(seed: int) -> bytes:
        return fit_rating_baselines(two_camps, 10, seed=seed)["als_ridge"].scores(*support((0, 5.0))).rated.tobytes()

    assert scores(1) == scores(1) != scores(2)


def test_a_bias_is_shrunken() -> None:
    assert user_bias(np.array([2.0])) == pytest.approx(2 / 6)
    assert user_bias(NO_STARS) == 0.0


def test_unusable_ratings_are_our_error() -> None:
    with pytest.raises(DataError, match="1 people rated nothing of the catalogue"):
        TrainingRatings([UserRatings(1, NO_ROWS, NO_STARS)], 4)
    with pytest.raises(DataError, match="rows run from 0 to 2; give rows of a catalogue of 2 items"):
        TrainingRatings(people(STARS), 2)


@needs_real_data
@pytest.mark.slow
def test_the_rows_stand_in_the_known_order_on_real_people() -> None:
    catalog = movielens_catalog(REAL)
    training, validation = split_users(read_ml_1m(REAL, catalog), seed=0)
    fitted = fit_rating_baselines(training, len(catalog))
    order, ranked = dict.fromkeys(fitted, 0.0), dict.fromkeys(fitted, 0.0)
    people, begun = validation[:200], time.process_time()
    for name, baseline in fitted.items():
        judged = [_judge(baseline, user.shuffled()) for user in people]
        order[name], ranked[name] = np.nanmean(judged, axis=0)
    per_person = (time.process_time() - begun) / len(people) / len(fitted)
    assert order["popularity"] < order["item_mean"] < order["als_ridge"]
    assert order["als_ridge"] > 0.72
    assert ranked["item_mean"] < ranked["popularity"] < ranked["item_knn"] < ranked["ease"]
    assert per_person < 0.005


def _judge(baseline: RatingBaseline, user: UserRatings) -> tuple[float, float]:
    found, query, liked = baseline.scores(user.rows[:20], user.stars[:20]), user.rows[20:], user.stars[20:] >= 4.0
    in_catalog = catalog_metrics(found.catalog, user.rows[:20], query[liked])
    return uauc(found.rated[query], liked) if len(query) else float("nan"), in_catalog.ndcg
