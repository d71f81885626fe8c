from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from palate.retrieval.cold_start import ColdStartConfig, ColdStartRetriever
from palate.retrieval.errors import DataError
from palate.retrieval.movielens import movielens_catalog
from palate.retrieval.ratings import UserRatings, read_ml_1m, split_users

REAL = Path(__file__).parents[3] / "shared" / "data"
needs_real_data = pytest.mark.skipif(
    not (REAL / "ml-1m" / "ratings_no_timestamp.csv.gz").exists(), reason=f"MovieLens-1M is not in {REAL}"
)


def person(user_id: int, stars: dict[int, float]) -> UserRatings:
    return UserRatings(user_id, np.array(list(stars)), np.array(list(stars.values()), dtype=np.float64))


PEOPLE = [
    person(1, {0: 5, 1: 4, 2: 1}),
    person(2, {0: 4, 1: 5}),
    person(3, {2: 5, 3: 4, 0: 2}),
    person(4, {2: 4, 3: 5}),
    person(5, {3: 5, 2: 5, 1: 2}),
]


def by_loops(
    people: Sequence[UserRatings], n_items: int, config: ColdStartConfig, support: dict[int, float]
) -> NDArray[np.float64]:
    """Work the estimate out from its definition, person by person and pair by pair."""
    everything = np.concatenate([user.stars for user in people])
    means = np.full(n_items, config.mean_weight * everything.mean())
    counts = np.full(n_items, config.mean_weight)
    for user in people:
        for row, stars in zip(user.rows, user.stars, strict=True):
            means[row] += stars
            counts[row] += 1
    means /= counts

    def channels(row: int, stars: float) -> list[tuple[int, float]]:
        return [(row, 1.0), (row + n_items, config.star_weight * (stars - means[row]))]

    size, share = 2 * n_items, 1 / len(people)
    diagonal, mean, prior = np.full(size, config.shrinkage / n_items), np.zeros(size), np.zeros(n_items)
    pairs, out = np.zeros((size, size)), np.zeros((size, n_items))
    for user in people:
        n = len(user)
        rated = dict(zip(user.rows.tolist(), user.stars.tolist(), strict=True))
        for row, stars in rated.items():
            prior[row] += share * (stars >= 4)
            for channel, value in channels(row, stars):
                mean[channel] += share * value / n
                diagonal[channel] += share * value**2 / n
                for other, other_stars in rated.items():
                    out[channel, other] += share * value / n * (other != row and other_stars >= 4)
                    for second, second_value in channels(other, other_stars):
                        pairs[channel, second] += share * value * second_value / (n * (n - 1)) * (channel != second)
    whiten = np.diag(diagonal**-0.5)
    values, vectors = np.linalg.eigh(whiten @ (pairs - np.outer(mean, mean)) @ whiten)
    order = np.argsort(-values)[: config.rank]
    order = order[values[order] > 0]
    z = np.zeros(size)
    for row, stars in support.items():
        for channel, value in channels(row, stars):
            z[channel] = value
    shrunk = 1 / (1 + config.overlap * (len(support) - 1) * values[order])
    inverse = whiten @ vectors[:, order] @ np.diag(shrunk) @ vectors[:, order].T @ whiten
    return prior + z @ inverse @ (out - np.outer(mean, prior))


@pytest.mark.parametrize("support", [{0: 5.0}, {2: 1.0}, {0: 4.0, 3: 2.0, 1: 5.0}])
@pytest.mark.parametrize("rank", [2, 6])
def test_scores_are_those_of_the_definition(support: dict[int, float], rank: int) -> None:
    config = ColdStartConfig(rank=rank)
    scores = ColdStartRetriever.fit(PEOPLE, 4, config).score(list(support), list(support.values()))
    np.testing.assert_allclose(scores, by_loops(PEOPLE, 4, config, support), atol=1e-3)


def test_without_ratings_the_score_is_the_share_of_people_who_like_the_item() -> None:
    scores = ColdStartRetriever.fit(PEOPLE, 4).score([], [])
    np.testing.assert_allclose(scores, [0.4, 0.4, 0.6, 0.6], atol=1e-6)


def test_a_rating_lifts_what_its_raters_like() -> None:
    retriever = ColdStartRetriever.fit(PEOPLE, 4)
    change = retriever.score([0], [5.0]) - retriever.score([], [])
    assert change[1] > 0 > change[3]


def test_a_low_rating_says_less_for_the_neighbours_than_a_high_one() -> None:
    retriever = ColdStartRetriever.fit(PEOPLE, 4, ColdStartConfig(star_weight=1.0))
    assert retriever.score([0], [1.0])[1] < retriever.score([0], [5.0])[1]


def test_the_order_of_the_ratings_does_not_matter_and_the_last_of_two_counts() -> None:
    retriever = ColdStartRetriever.fit(PEOPLE, 4)
    expected = retriever.score([0, 2], [5.0, 1.0])
    np.testing.assert_allclose(retriever.score([2, 0], [1.0, 5.0]), expected, rtol=1e-5)
    np.testing.assert_allclose(retriever.score([2, 0, 2], [4.0, 5.0, 1.0]), expected, rtol=1e-5)


def test_two_fits_are_equal_and_a_person_with_one_rating_changes_nothing() -> None:
    first = ColdStartRetriever.fit(PEOPLE, 4).score([1], [4.0])
    second = ColdStartRetriever.fit([*PEOPLE, person(6, {0: 1.0})], 4).score([1], [4.0])
    assert first.tobytes() == second.tobytes()


def test_an_item_that_nobody_rated_is_scored_and_can_be_rated() -> None:
    retriever = ColdStartRetriever.fit(PEOPLE, 5)
    assert np.isfinite(retriever.score([4], [5.0])).all()
    assert retriever.score([], [])[4] == 0


def test_people_who_all_rate_alike_give_finite_scores() -> None:
    alike = [person(i, {0: 3.0, 1: 3.0}) for i in range(3)]
    assert np.isfinite(ColdStartRetriever.fit(alike, 2).score([0, 1], [3.0, 3.0])).all()


@pytest.mark.parametrize(
    ("rows", "stars", "message"),
    [
        ([4], [5.0], "row 4"),
        ([-1], [5.0], "row -1"),
        ([0.5], [5.0], r"row 0\.5"),
        ([0], [6.0], r"rating 6\.0"),
        ([0], [float("nan")], "rating nan"),
        ([0, 1], [5.0], r"\(2,\) rows with \(1,\) stars"),
    ],
)
def test_ratings_that_cannot_be_used_are_named(rows: list[int], stars: list[float], message: str) -> None:
    with pytest.raises(DataError, match=message):
        ColdStartRetriever.fit(PEOPLE, 4).score(rows, stars)


def test_people_who_cannot_be_learned_from_are_named() -> None:
    with pytest.raises(DataError, match="none of 1 people has two ratings"):
        ColdStartRetriever.fit([person(1, {0: 5.0})], 4)
    with pytest.raises(DataError, match="not all below 3"):
        ColdStartRetriever.fit(PEOPLE, 3)


@needs_real_data
def test_five_ratings_find_more_of_what_people_like_than_popularity() -> None:
    catalog = movielens_catalog(REAL)
    training, held = split_users(split_users(read_ml_1m(REAL, catalog), seed=0)[0], seed=1)
    retriever = ColdStartRetriever.fit(training[::3], len(catalog))
    found = {0: 0.0, 5: 0.0}
    for user in (person.shuffled() for person in held[::2]):
        liked = set(user.rows[5:][user.stars[5:] >= 4].tolist())
        for k in found:
            scores = retriever.score(user.rows[:k], user.stars[:k])
            scores[user.rows[:5]] = -np.inf
            found[k] += len(liked.intersection(np.argsort(-scores)[:10].tolist()))
    assert found[5] > 1.2 * found[0]
