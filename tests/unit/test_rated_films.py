"""The films that people rated, read into a tiny random model."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from palate.adapters.rating_factors import RatingFactors, fit_rating_factors
from palate.adapters.taste_problem import TasteConfig
from palate.bot.factory import Foundation, item_prompt
from palate.bot.rated_films import RatedFilms, read_films
from palate.retrieval.catalog import Catalog
from palate.retrieval.items import Item
from palate.retrieval.ratings import UserRatings

WORDS = ("space", "comedy", "romance", "horror", "paris", "grief", "crime")
CATALOG = Catalog(
    [Item(item_id=f"f{i}", domain="film", title=f"{WORDS[i % 7]} {i}", themes=(WORDS[i % 5],)) for i in range(60)]
)
UNRATED = 7


def people(n: int = 30) -> list[UserRatings]:
    """Everybody rated every film but one; the first film has one rating only."""
    rows = np.array([i for i in range(1, 60) if i != UNRATED])
    made = [UserRatings(u + 1, rows, 1.0 + (rows * (u + 3)) % 5) for u in range(n)]
    return [*made, UserRatings(n + 1, np.array([0, 1]), np.array([4.0, 2.0]))]


@pytest.fixture(scope="module")
def base(
    tiny_foundation: Callable[[Catalog, Path], Foundation], tmp_path_factory: pytest.TempPathFactory
) -> Foundation:
    return tiny_foundation(CATALOG, tmp_path_factory.mktemp("films"))


@pytest.fixture(scope="module")
def films(base: Foundation) -> RatedFilms:
    return read_films(base, CATALOG, people(), progress=lambda *_: None)


@pytest.fixture(scope="module")
def factors() -> RatingFactors:
    return fit_rating_factors(people(), 60, n_factors=2, n_seen=3, epochs=3)


def test_rated_films_have_their_text_and_vector_and_others_nothing(base: Foundation, films: RatedFilms) -> None:
    texts = base.blocks.read([item_prompt(CATALOG.at(row)) for row in (3, 40)]).half().float()
    assert torch.equal(films.states[[3, 40]], texts)
    np.testing.assert_allclose(films.vectors[[3, 40]], base.vectors.vectors[[3, 40]])
    assert not films.states[UNRATED].any()
    assert not films.vectors[UNRATED].any()


def test_what_was_read_before_comes_out_of_the_cache(base: Foundation, films: RatedFilms) -> None:
    seen: list[tuple[str, int, int]] = []
    again = read_films(base, CATALOG, people(), progress=lambda *step: seen.append(step))
    assert torch.equal(again.states, films.states)
    assert seen == []
    assert list((base.settings.cache / "states").rglob("*.safetensors"))


def test_margins_are_centred_on_often_rated_films(films: RatedFilms, factors: RatingFactors) -> None:
    rows = films.reference(factors).tolist()
    assert len(set(rows)) == len(rows) == 48
    assert not {0, UNRATED} & set(rows)


def test_a_new_film_changes_few_of_those(films: RatedFilms, factors: RatingFactors) -> None:
    more = Catalog([*CATALOG, Item(item_id="new", domain="film", title="New")])
    grown = RatedFilms(more, films.blocks, films.states, films.vectors)
    added = factors.at([*range(60), 1])
    before, after = films.reference(factors).tolist(), grown.reference(added).tolist()
    assert len(set(before) - set(after)) <= 1


def test_where_no_film_is_rated_often_the_most_rated_serve(films: RatedFilms) -> None:
    few = fit_rating_factors(people(3), 60, n_factors=2, n_seen=3, epochs=3)
    # Film 1 has four ratings, everything else three or less.
    assert films.reference(few).tolist() == [1]


def test_the_problem_stands_on_standardised_factors(films: RatedFilms, factors: RatingFactors) -> None:
    problem, mean, deviation = films.problem(factors, TasteConfig())
    params = problem.initial(0)
    assert mean.shape == deviation.shape == (2 + 3 + 2,)
    assert params["tokens/factors.weight"].shape == (films.blocks.dim, 7)
    assert mean[-1].item() == pytest.approx(np.log1p(factors.counts[factors.counts > 0]).mean(), abs=1e-5)
    present = problem.items(params, torch.tensor([3, UNRATED])).present
    assert present.tolist() == [[True, True], [False, True]]
