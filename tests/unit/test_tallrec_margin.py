"""The margin as a part of TALLRec's answer, on a tiny random model and twenty films."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from palate.adapters.blocks import AdaptedBlocks
from palate.adapters.item_tokens import random_projection
from palate.adapters.lora import random_theta
from palate.adapters.rating_factors import RatingFactors, fit_rating_factors
from palate.adapters.start import RATING_FACTORS_FILE, Recipe, Start, make_start, save_start
from palate.bot.factory import Foundation
from palate.bot.film_judge import FilmJudge
from palate.bot.rated_films import RatedFilms
from palate.eval.tallrec_films import FilmLinker
from palate.eval.tallrec_margin import STEPS, FilmMargin, film_margin
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import AdapterError
from palate.retrieval.items import Item
from palate.retrieval.ratings import UserRatings

N_FILMS = 20
NAMES = [f"Bravo{letter * 3}" for letter in "abcdefghijklmnopqrst"]
TITLES = [f"{name} ({1950 + 2 * i})" for i, name in enumerate(NAMES)]
CATALOG = Catalog([Item(item_id=f"f{i}", domain="film", title=name, year=1950 + 2 * i) for i, name in enumerate(NAMES)])


@pytest.fixture(scope="module")
def factors() -> RatingFactors:
    rows = np.arange(N_FILMS)
    people = [UserRatings(u + 1, rows[u % 3 :], 1.0 + (rows[u % 3 :] * (u + 2)) % 5) for u in range(12)]
    return fit_rating_factors(people, N_FILMS, n_factors=2, n_seen=2, epochs=3)


def start_for(blocks: AdaptedBlocks, n_content: int) -> Start:
    drawn = random_theta(blocks.shapes, blocks.config, seed=0)
    theta = {name: 10 * tensor if name.endswith("B") else tensor for name, tensor in drawn.items()}
    recipe = Recipe(base_revision=blocks.backbone.revision, rate=0.5)
    return make_start(theta, recipe, "test", blocks, random_projection(2 + 2 + 2, n_content, blocks.dim, seed=1))


@pytest.fixture(scope="module")
def judge(tiny_blocks: AdaptedBlocks, factors: RatingFactors) -> FilmJudge:
    states = tiny_blocks.read([f"would you like {'z' * i} film {i} then ? Answer:" for i in range(N_FILMS)])
    vectors = np.random.default_rng(0).normal(size=(N_FILMS, 6)).astype(np.float32)
    return FilmJudge(RatedFilms(CATALOG, tiny_blocks, states, vectors), start_for(tiny_blocks, 6), factors)


@pytest.fixture(scope="module")
def margin(judge: FilmJudge) -> FilmMargin:
    return FilmMargin(judge, FilmLinker(CATALOG))


def test_the_score_is_the_margin_after_steps_on_likes_and_dislikes(margin: FilmMargin, judge: FilmJudge) -> None:
    theta = judge.adapt(judge.support([2, 9, 4], [1.0, 1.0, -1.0]), steps=STEPS)
    expected = judge.margins(theta, [7])[0]
    assert margin.score([TITLES[2], TITLES[9]], [TITLES[4]], TITLES[7]) == pytest.approx(expected)
    assert abs(expected - judge.still[7]) > 1e-3


def test_a_film_just_liked_scores_higher_than_when_it_was_disliked(margin: FilmMargin) -> None:
    for title in TITLES[:5]:
        assert margin.score([title], [], title) > margin.score([], [title], title)


def test_titles_that_are_not_linked_contribute_nothing(margin: FilmMargin, judge: FilmJudge) -> None:
    unknown = "Zzyzx Road Nobody Knows (2031)"
    assert margin.score([TITLES[2]], [], unknown) == 0.0
    linked = margin.score([TITLES[2]], [TITLES[3]], TITLES[7])
    assert margin.score([TITLES[2], unknown], [unknown, TITLES[3]], TITLES[7]) == linked
    assert margin.score([unknown], [], TITLES[7]) == pytest.approx(judge.still[7], abs=1e-4)


def test_what_was_asked_before_is_not_worked_out_again(judge: FilmJudge, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    adapt = judge.adapt

    def counted(support, *, steps):  # type: ignore[no-untyped-def]
        asked.append(steps)
        return adapt(support, steps=steps)

    monkeypatch.setattr(judge, "adapt", counted)
    margin = FilmMargin(judge, FilmLinker(CATALOG))
    one, again = (margin.score([TITLES[1]], [TITLES[5]], TITLES[8]) for _ in range(2))
    assert (one, asked) == (again, [STEPS])


def test_a_folder_of_a_start_becomes_a_part(
    tiny_foundation: Callable[[Catalog, Path], Foundation], factors: RatingFactors, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    base = tiny_foundation(CATALOG, tmp_path)
    monkeypatch.setattr("palate.eval.tallrec_margin.movielens_catalog", lambda _: CATALOG)
    start = start_for(base.blocks, base.encoder.dim)
    save_start(tmp_path / "start", start.theta, start.recipe, base.blocks, start.tokens)
    read: list[tuple[str, int, int]] = []
    with pytest.raises(AdapterError, match=RATING_FACTORS_FILE):
        film_margin(base, tmp_path, progress=lambda *told: read.append(told), folder=tmp_path / "start")
    factors.save(tmp_path / "start" / RATING_FACTORS_FILE, CATALOG, trained_on="test")
    found = film_margin(base, tmp_path, progress=lambda *told: read.append(told), folder=tmp_path / "start")
    assert read[-1][1:] == (N_FILMS, N_FILMS)
    assert found.score([TITLES[2]], [], TITLES[2]) > found.score([], [TITLES[2]], TITLES[2])
