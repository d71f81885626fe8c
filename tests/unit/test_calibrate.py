"""Weights of the parts on a judge whose margins are known, and priors for a small catalogue."""

import gzip
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from palate.adapters.factor_ridge import FactorRidge
from palate.adapters.lora import random_theta
from palate.adapters.rating_factors import RatingFactors, fit_rating_factors
from palate.adapters.start import RatingsWeights, Recipe, make_start
from palate.bot.calibrate import KNOTS, product_recipe, ratings_weights
from palate.bot.factory import Foundation
from palate.retrieval.catalog import Catalog
from palate.retrieval.items import Item
from palate.retrieval.ratings import UserRatings

N_ITEMS = 40
RNG = np.random.default_rng(0)
QUALITY = RNG.normal(size=N_ITEMS)


def people(n: int, n_rated: int = 30) -> list[UserRatings]:
    rng, found = np.random.default_rng(n), []
    for u in range(n):
        rows = np.sort(rng.permutation(N_ITEMS)[:n_rated])
        stars = np.clip(np.round(3 + QUALITY[rows] + rng.normal(size=n_rated)), 1, 5)
        found.append(UserRatings(u + 1, rows, stars))
    return found


@pytest.fixture(scope="module")
def factors() -> RatingFactors:
    return fit_rating_factors(people(30), N_ITEMS, n_factors=2, n_seen=2, epochs=3)


class KnownJudge:
    """A judge whose margins are what the ridge leaves open, times a number."""

    def __init__(self, factors: RatingFactors, still: float, moved: float) -> None:
        self.ridge, self.parts = FactorRidge(factors), (still, moved)
        self.start = SimpleNamespace(recipe=Recipe(steps=2))
        self.still = still * QUALITY
        self.steps: set[int] = set()

    def support(self, rows: Any, rewards: Any) -> Any:
        return rows, rewards

    def adapt(self, support: Any, *, steps: int) -> Any:
        self.steps.add(steps)
        return support

    def margins(self, theta: Any, rows: Any) -> Any:
        return self.still[rows] + self.parts[1] * np.cos(np.asarray(rows))


class FlatRetriever:
    """Every film scores alike, but for its row."""

    def score(self, rows: Any, stars: Any) -> Any:
        return -np.arange(N_ITEMS) / 100.0


def weights(judge: Any, factors: RatingFactors, users: list[UserRatings]) -> dict[int, RatingsWeights]:
    retriever: Any = FlatRetriever()
    return ratings_weights(judge, factors, retriever, users, lambda _: None)


def truth(factors: RatingFactors, n: int = 40) -> list[UserRatings]:
    """People whose rewards are the ridge's expectation of a stranger plus .2 of the quality and .1 of the cosine."""
    users = []
    for user in people(n, 35):
        expected = FactorRidge(factors).fit([], []).mean(user.rows)
        rewards = np.clip(expected + 0.2 * QUALITY[user.rows] + 0.1 * np.cos(user.rows), -1, 1)
        users.append(UserRatings(user.user_id, user.rows, 3 + 2 * rewards))
    return users


def test_each_number_of_ratings_has_weights_and_nought_has_no_moved_part(factors: RatingFactors) -> None:
    judge = KnownJudge(factors, 1.0, 1.0)
    found = weights(judge, factors, truth(factors))
    assert sorted(found) == [0, *KNOTS]
    assert (found[0].still, found[0].moved, found[0].retrieval) == (found[1].still, 0.0, found[1].retrieval)
    assert judge.steps == {2}


def test_margins_that_order_what_the_ridge_leaves_open_count_and_others_do_not(factors: RatingFactors) -> None:
    right, wrong = (weights(KnownJudge(factors, sign, sign), factors, truth(factors))[1] for sign in (1.0, -1.0))
    assert right.still > 0
    assert right.moved > 0
    assert (wrong.still, wrong.moved) == (0.0, 0.0)


def test_a_number_of_ratings_that_nobody_has_is_left_out(factors: RatingFactors) -> None:
    found = weights(KnownJudge(factors, 1.0, 1.0), factors, people(20, 8))
    assert sorted(found) == [0, 1, 3, 5]


def test_with_nobody_to_choose_the_defaults_stand(factors: RatingFactors) -> None:
    assert weights(KnownJudge(factors, 1.0, 1.0), factors, []) == {0: RatingsWeights()}


def test_the_first_stage_counts_where_it_knows_what_is_liked(factors: RatingFactors) -> None:
    users = people(40, 35)

    class Knowing(FlatRetriever):
        def score(self, rows: Any, stars: Any) -> Any:
            return QUALITY.copy()

    class Misled(FlatRetriever):
        def score(self, rows: Any, stars: Any) -> Any:
            return -QUALITY

    judge: Any = KnownJudge(factors, 0.0, 0.0)
    found = [ratings_weights(judge, factors, retriever, users, lambda _: None)[1].retrieval
             for retriever in (Knowing(), Misled())]  # type: ignore[arg-type]  # fakes  # fmt: skip
    assert found[0] > found[1]


def write_ratings(folder: Path, users: list[UserRatings]) -> None:
    (folder / "ml-1m").mkdir()
    lines = [f"{u.user_id},{row + 1},{stars:g}" for u in users for row, stars in zip(u.rows, u.stars, strict=True)]
    text = "\n".join(("userId,movieId,rating", *lines)) + "\n"
    (folder / "ml-1m" / "ratings_no_timestamp.csv.gz").write_bytes(gzip.compress(text.encode()))


def catalog(*, known: bool = True) -> Catalog:
    words = ("space", "comedy", "romance", "horror", "paris")
    return Catalog(
        [Item(item_id=f"f{i}", domain="film", title=f"{words[i % 5]} {i}", genres=(words[i % 3],),
              movielens_id=i + 1 if known else None) for i in range(N_ITEMS)]
    )  # fmt: skip


@pytest.mark.parametrize("known", [True, False])
def test_a_catalogue_gets_priors_where_its_items_were_rated(
    tiny_foundation: Callable[[Catalog, Path], Foundation], tmp_path: Path, factors: RatingFactors, known: bool
) -> None:
    write_ratings(tmp_path, people(40))
    base = tiny_foundation(catalog(known=known), tmp_path / "home")
    start = make_start(random_theta(base.blocks.shapes, base.blocks.config, seed=0), Recipe(steps=1), "x", base.blocks)
    lines: list[str] = []
    recipe = product_recipe(base, start, factors, tmp_path, 4, lines.append)
    if not known:
        assert recipe == start.recipe
        assert lines == ["nobody rated items of the catalogue: its priors stay as they are"]
        return
    best, worst = f"f{QUALITY.argmax()}", f"f{QUALITY.argmin()}"
    assert recipe.item_prior[best] > 0.1 > -0.1 > recipe.item_prior[worst]
    assert recipe.weights[0].moved == 0.0
    assert set(recipe.weights) == {0, *KNOTS}
    assert recipe.ridge != Recipe().ridge
