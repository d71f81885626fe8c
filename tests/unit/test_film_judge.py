"""Margins of films on a tiny random model, under θ₀ and under a person's ratings."""

import numpy as np
import pytest
import torch
from palate.adapters.blocks import AdaptedBlocks
from palate.adapters.item_inputs import ItemInputs
from palate.adapters.item_tokens import ItemFeatures, project, random_projection
from palate.adapters.lora import random_theta
from palate.adapters.rating_factors import RatingFactors, fit_rating_factors
from palate.adapters.start import Recipe, Start, make_start
from palate.bot.film_judge import FilmJudge
from palate.bot.rated_films import RatedFilms
from palate.retrieval.catalog import Catalog
from palate.retrieval.items import Item
from palate.retrieval.ratings import UserRatings

N_ITEMS, UNRATED = 20, 4
CATALOG = Catalog([Item(item_id=f"f{i}", domain="film", title=f"F{i}") for i in range(N_ITEMS)])
ROWS, REWARDS = np.array([2, 9, 13]), np.array([1.0, -1.0, 0.5])
EVERYTHING = np.arange(N_ITEMS)


@pytest.fixture(scope="module")
def films(tiny_blocks: AdaptedBlocks) -> RatedFilms:
    states = tiny_blocks.read([f"would you like {'z' * i} film {i} then ? Answer:" for i in range(N_ITEMS)])
    vectors = np.random.default_rng(0).normal(size=(N_ITEMS, 6)).astype(np.float32)
    return RatedFilms(CATALOG, tiny_blocks, states, vectors)


@pytest.fixture(scope="module")
def factors() -> RatingFactors:
    rows = np.array([i for i in range(N_ITEMS) if i != UNRATED])
    people = [UserRatings(u + 1, rows[u % 3 :], 1.0 + (rows[u % 3 :] * (u + 2)) % 5) for u in range(12)]
    return fit_rating_factors(people, N_ITEMS, n_factors=2, n_seen=2, epochs=3)


def start(blocks: AdaptedBlocks, *, tokens: bool = True) -> Start:
    drawn = random_theta(blocks.shapes, blocks.config, seed=0)
    theta = {name: 10 * tensor if name.endswith("B") else tensor for name, tensor in drawn.items()}
    weights = random_projection(2 + 2 + 2, 6, blocks.dim, seed=1) if tokens else {}
    return make_start(theta, Recipe(steps=3, rate=0.1), "test", blocks, weights)


@pytest.fixture(scope="module")
def judge(films: RatedFilms, factors: RatingFactors) -> FilmJudge:
    return FilmJudge(films, start(films.blocks), factors)


def test_still_margins_are_those_under_the_start_about_the_reference(
    judge: FilmJudge, films: RatedFilms, factors: RatingFactors
) -> None:
    features = ItemFeatures.of(factors, films.vectors)
    items = ItemInputs(films.states, project(judge.start.tokens, features), features.present)
    margins = films.blocks.score(judge.start.theta, items).double().numpy()
    centre = margins[films.reference(factors).numpy()].mean()
    np.testing.assert_allclose(judge.still, margins - centre, atol=1e-4)
    assert judge.still.std() > 1e-3


def test_no_steps_leave_the_still_margins(judge: FilmJudge) -> None:
    theta = judge.adapt(judge.support(ROWS, REWARDS), steps=0)
    np.testing.assert_allclose(judge.margins(theta, EVERYTHING), judge.still, atol=1e-5)


def test_no_ratings_leave_the_still_margins(judge: FilmJudge) -> None:
    theta = judge.adapt(judge.support(np.zeros(0, dtype=np.int64), np.zeros(0)), steps=3)
    np.testing.assert_allclose(judge.margins(theta, [5, 1]), judge.still[[5, 1]], atol=1e-5)


def test_steps_lower_the_loss_of_what_was_rated(judge: FilmJudge) -> None:
    support = judge.support(ROWS, REWARDS)
    centre = judge.loss.centre(judge.start.theta)
    losses = [judge.loss(judge.adapt(support, steps=n), support, centre).item() for n in (0, 1, 3)]
    assert losses[2] < losses[1] < losses[0]


def test_what_was_loved_rises_against_what_was_hated(judge: FilmJudge) -> None:
    theta = judge.adapt(judge.support([2, 9], [1.0, -1.0]), steps=3)
    moved = judge.margins(theta, [2, 9]) - judge.still[[2, 9]]
    assert moved[0] > moved[1]


def test_other_rates_and_weights_take_other_steps(judge: FilmJudge) -> None:
    support = judge.support(ROWS, REWARDS)
    plain = judge.margins(judge.adapt(support, steps=2), EVERYTHING)
    nowhere = judge.margins(judge.adapt(support, steps=2, rates=dict.fromkeys(judge.start.theta, 0.0)), EVERYTHING)
    np.testing.assert_allclose(nowhere, judge.still, atol=1e-5)
    weighed = judge.margins(judge.adapt(judge.support(ROWS, REWARDS, [1.0, 0.1, 3.0]), steps=2), EVERYTHING)
    assert np.abs(weighed - plain).max() > 1e-4


def test_the_same_ratings_give_the_same_bits(judge: FilmJudge) -> None:
    one, again = (judge.adapt(judge.support(ROWS, REWARDS), steps=3) for _ in range(2))
    assert all(torch.equal(one[name], again[name]) for name in one)


def test_items_come_in_the_order_asked_for(judge: FilmJudge) -> None:
    theta = judge.adapt(judge.support(ROWS, REWARDS), steps=1)
    every = judge.margins(theta, EVERYTHING)
    np.testing.assert_allclose(judge.margins(theta, [7, 0, 7]), every[[7, 0, 7]], atol=1e-5)


def test_a_hidden_film_is_judged_without_its_ratings(films: RatedFilms, factors: RatingFactors) -> None:
    hidden = EVERYTHING == 3
    given = start(films.blocks)
    shown, taken = FilmJudge(films, given, factors), FilmJudge(films, given, factors, hidden=hidden)
    assert taken.items([3, 5]).present.tolist() == [[False, True], [True, True]]
    assert shown.items([3, UNRATED]).present.tolist() == [[True, True], [False, True]]
    # What is left differs by the centre alone.
    change = (taken.still - shown.still)[~hidden]
    np.testing.assert_allclose(change, change[0], atol=1e-4)
    assert abs((taken.still - shown.still)[3] - change[0]) > 1e-3


def test_a_start_without_tokens_reads_the_texts_alone(films: RatedFilms, factors: RatingFactors) -> None:
    judge = FilmJudge(films, start(films.blocks, tokens=False), factors)
    assert judge.items(EVERYTHING).tokens.shape == (N_ITEMS, 0, films.blocks.dim)
    other = FilmJudge(films, start(films.blocks, tokens=False), factors, hidden=EVERYTHING < 9)
    np.testing.assert_allclose(judge.still, other.still, atol=1e-5)
