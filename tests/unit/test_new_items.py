"""New items on forty films of two kinds, two camps of people and a tiny decoder."""

from dataclasses import replace

import numpy as np
import pytest
from palate.adapters.blocks import AdaptedBlocks
from palate.adapters.item_tokens import random_projection
from palate.adapters.lora import random_theta
from palate.adapters.rating_factors import RatingFactors, fit_rating_factors
from palate.adapters.start import Recipe, Start, make_start
from palate.bot.factory import item_prompt
from palate.bot.rated_films import RatedFilms
from palate.eval.new_items import FEWEST, new_item_people, new_items, with_first_ratings, without_ratings
from palate.eval.report import Report, Row
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import DataError
from palate.retrieval.items import Item
from palate.retrieval.ratings import UserRatings

N_FILMS = 60
CATALOG = Catalog(
    [
        Item(item_id=f"f{i}", domain="film", title=f"F{i}", year=1950 + i, genres=(("crime", "romance")[i % 2],))
        for i in range(N_FILMS)
    ]
)
ROWS = np.arange(N_FILMS)


def person(user: int) -> UserRatings:
    """Even people love crime, odd ones romance; every seventh film is the other way round."""
    kept = ROWS[(ROWS + user) % 3 > 0]
    likes = (kept % 2 == user % 2) ^ (kept % 7 == 0)
    return UserRatings(user, kept, np.where(likes, 5.0, 1.0 + (kept + user) % 3))


TRAINING, JUDGED = [person(i) for i in range(1, 31)], [person(i) for i in range(101, 111)]


@pytest.fixture(scope="module")
def films(tiny_blocks: AdaptedBlocks) -> RatedFilms:
    states = tiny_blocks.read([item_prompt(film) for film in CATALOG])
    return RatedFilms(CATALOG, tiny_blocks, states, np.random.default_rng(0).normal(size=(N_FILMS, 6)).astype("f4"))


@pytest.fixture(scope="module")
def factors() -> RatingFactors:
    return fit_rating_factors(TRAINING, N_FILMS, n_factors=2, n_seen=2, epochs=5)


@pytest.fixture(scope="module")
def start(tiny_blocks: AdaptedBlocks) -> Start:
    drawn = random_theta(tiny_blocks.shapes, tiny_blocks.config, seed=0)
    theta = {name: 10 * tensor if name.endswith("B") else tensor for name, tensor in drawn.items()}
    tokens = random_projection(2 + 2 + 2, 6, tiny_blocks.dim, seed=1)
    return make_start(theta, Recipe(steps=3, rate=0.5), "test", tiny_blocks, tokens)


def evaluate(films: RatedFilms, start: Start, factors: RatingFactors, training: list[UserRatings]) -> Report:
    return new_items(films, start, factors, training, JUDGED, k=(5,), steps=(0, 2), progress=lambda *_: None)


@pytest.fixture(scope="module")
def report(films: RatedFilms, start: Start, factors: RatingFactors) -> Report:
    return evaluate(films, start, factors, TRAINING)


def row(report: Report, name: str, steps: int | None = None) -> Row:
    return next(row for row in report.rows if (row.name, row.steps) == (name, steps))


def new_films() -> np.ndarray:
    return np.random.default_rng(0).random(N_FILMS) < 0.2


def test_every_row_is_there_and_a_difference_is_the_difference_of_its_rows(report: Report) -> None:
    for name, steps, left, right in (
        ("meta_init-0steps", 2, row(report, "meta_init", 2), row(report, "meta_init", 0)),
        ("meta_init-content_profile", 2, row(report, "meta_init", 2), row(report, "content_profile")),
        ("fitted_token-meta_init", 2, row(report, "fitted_token", 2), row(report, "meta_init", 2)),
    ):
        for metric in ("uauc", "rated_ndcg@5"):
            expected = left.metrics[metric].value - right.metrics[metric].value
            assert row(report, name, steps).metrics[metric].value == pytest.approx(expected, abs=2e-4)
    assert abs(row(report, "meta_init-0steps", 2).metrics["uauc"].value) > 1e-3
    assert row(report, "fitted_ridge").k == 5


def test_no_training_rating_of_a_new_film_reaches_the_rows(
    films: RatedFilms, start: Start, factors: RatingFactors, report: Report
) -> None:
    new = new_films()
    turned = [replace(u, stars=np.where(new[u.rows], 6.0 - u.stars, u.stars)) for u in TRAINING]
    wild = replace(
        factors, means=np.where(new, 9.0, factors.means), counts=np.where(new, 999, factors.counts),
        loadings=np.where(new[:, None], -7.0, factors.loadings), seen=np.where(new[:, None], 5.0, factors.seen),
    )  # fmt: skip
    other = evaluate(films, start, wild, turned)
    for name, steps in (("meta_init", 0), ("meta_init", 2), ("content_profile", None)):
        assert row(other, name, steps) == row(report, name, steps)
    assert row(other, "fitted_ridge") != row(report, "fitted_ridge")
    assert row(other, "fitted_token", 0) != row(report, "fitted_token", 0)


def test_support_is_of_old_films_and_query_of_new_ones() -> None:
    new = new_films()
    people = new_item_people(JUDGED, new, 5)
    assert people
    for one in people:
        assert len(one.told) == 5
        assert not new[one.told.rows].any()
        assert new[one.asked.rows].all()
        assert len(one.asked) >= FEWEST
        assert 0 < one.liked.sum() < len(one.asked)


def test_who_has_too_few_new_films_or_no_two_kinds_of_answers_is_left_out() -> None:
    new = np.array([False] * 5 + [True] * 6)
    rows, mixed = np.arange(11), np.array([3.0] * 5 + [1.0, 5.0] * 3)
    assert new_item_people([UserRatings(1, rows, np.full(11, 5.0))], new, 5) == []
    assert new_item_people([UserRatings(1, rows[:9], mixed[:9])], new, 5) == []
    assert new_item_people([UserRatings(1, rows, mixed)], new, 6) == []
    assert len(new_item_people([UserRatings(1, rows, mixed)], new, 5)) == 1


def test_nobody_with_enough_ratings_is_said(films: RatedFilms, start: Start, factors: RatingFactors) -> None:
    with pytest.raises(DataError, match="nobody rated 59 old films"):
        new_items(films, start, factors, TRAINING, JUDGED, k=(59,), progress=lambda *_: None)


def test_a_film_without_ratings_is_the_average_film(factors: RatingFactors) -> None:
    new = ROWS == 3
    cold = without_ratings(factors, new)
    assert cold.counts[3] == 0
    assert cold.means[3] == factors.item_mean[0]
    assert (cold.loadings[3] == factors.item_mean[1:]).all()
    assert (cold.loadings[4:] == factors.loadings[4:]).all()
    assert factors.counts[3] > 0


def test_the_first_ratings_of_other_people_tell_whether_a_new_film_is_good(factors: RatingFactors) -> None:
    new = (ROWS == 3) | (ROWS == 5)
    cold = without_ratings(factors, new)
    old = np.array([0, 1, 2, 4, 6, 8])
    people = [UserRatings(i, np.array([3, 5, *old]), np.array([5.0, 1.0, *1.0 + (old + i) % 5])) for i in range(12)]
    fitted = with_first_ratings(cold, people, new, seed=0)
    assert fitted.counts[[3, 5]].tolist() == [5, 5]
    assert fitted.means[3] > cold.means[3] > fitted.means[5]
    assert (fitted.means[~new] == cold.means[~new]).all()
    assert (with_first_ratings(cold, people[:0], new, seed=0).means == cold.means).all()


def test_the_same_seed_gives_the_same_report(
    films: RatedFilms, start: Start, factors: RatingFactors, report: Report
) -> None:
    again = evaluate(films, start, factors, TRAINING)
    assert again.rows == report.rows
    assert again.counts == report.counts
