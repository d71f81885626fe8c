"""Statements on films of three genres and a tiny decoder: what is said, what is understood, what stands for it."""

from typing import Any

import numpy as np
import pytest
from palate.adapters.blocks import AdaptedBlocks
from palate.adapters.inner_loop import Support
from palate.adapters.lora import Theta, random_theta
from palate.adapters.rating_factors import RatingFactors, fit_rating_factors
from palate.adapters.start import RatingsWeights, Recipe, Start, make_start
from palate.bot.factory import item_prompt
from palate.bot.film_judge import FilmJudge
from palate.bot.rated_films import RatedFilms
from palate.eval.report import Report, Row
from palate.eval.stated_tastes import Speaker
from palate.eval.statements import Hearing, Learner, StatementWeights, statement_people, statements
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import DataError
from palate.retrieval.items import Item
from palate.retrieval.ratings import UserRatings

GENRES = ("crime", "romance", "musical")
N_FILMS = 60
CATALOG = Catalog(
    [
        Item(item_id=f"f{i}", domain="film", title=f"Zq{i}", year=1970 + i % 30, genres=(GENRES[i % 3],),
             people={"director": (f"Ada {'ABCDE'[i % 5]}lund",)})
        for i in range(N_FILMS)
    ]
)  # fmt: skip
ROWS, THREE = np.arange(N_FILMS), np.full(N_FILMS, 3.0)


def person(user: int) -> UserRatings:
    return UserRatings(user, ROWS, 1.0 + (ROWS * (user + 3) + ROWS % 3 * user) % 5)


TRAINING, JUDGED = [person(i) for i in range(1, 21)], [person(i) for i in range(101, 107)]


@pytest.fixture(scope="module")
def films(tiny_blocks: AdaptedBlocks) -> RatedFilms:
    states = tiny_blocks.read([item_prompt(film) for film in CATALOG])
    kinds = np.eye(3, dtype=np.float32)[ROWS % 3]
    return RatedFilms(CATALOG, tiny_blocks, states, kinds + 0.001 * ROWS[:, None].astype("f4") * kinds)


@pytest.fixture(scope="module")
def factors() -> RatingFactors:
    return fit_rating_factors(TRAINING, N_FILMS, n_factors=2, n_seen=2, epochs=3)


@pytest.fixture(scope="module")
def start(tiny_blocks: AdaptedBlocks) -> Start:
    drawn = random_theta(tiny_blocks.shapes, tiny_blocks.config, seed=0)
    theta = {name: 10 * tensor if name.endswith("B") else tensor for name, tensor in drawn.items()}
    recipe = Recipe(steps=2, rate=0.5, ratings={0: RatingsWeights(still=0.1, moved=0.2)})
    return make_start(theta, recipe, "test", tiny_blocks)


@pytest.fixture(scope="module")
def hearing(films: RatedFilms, factors: RatingFactors) -> Hearing:
    return Hearing(films, factors, StatementWeights(exemplars=4, weight=0.3, least_rated=5))


@pytest.fixture(scope="module")
def report(films: RatedFilms, start: Start, factors: RatingFactors) -> Report:
    return statements(films, start, factors, TRAINING, JUDGED, progress=lambda *_: None)


def row(report: Report, name: str, steps: int) -> Row:
    return next(row for row in report.rows if (row.name, row.steps) == (name, steps))


def test_the_ratings_behind_the_statements_are_neither_learned_from_nor_judged() -> None:
    for one, behind in statement_people(JUDGED):
        groups = [set(part.rows.tolist()) for part in (behind, one.told, one.asked)]
        assert [len(group) for group in groups] == [10, 5, N_FILMS - 15]
        assert len(set.union(*groups)) == N_FILMS


def test_what_is_said_is_what_the_ratings_show() -> None:
    # Everybody in training gives 3 on average; this person loves crime and gives musicals the least.
    everybody = [UserRatings(i, ROWS, np.full(N_FILMS, 3.0)) for i in range(2)]
    rows = np.array([0, 3, 6, 9, 1, 4, 7, 2, 5, 8])
    stars = np.array([5.0] * 4 + [3.0] * 3 + [1.0] * 3)
    speaker = Speaker(CATALOG, everybody)
    assert speaker.tastes(UserRatings(1, rows, stars))[0][:2] == ("genre", "crime")
    text = speaker.text(UserRatings(1, rows, stars))
    assert text.startswith("I love crime films.")
    assert text.endswith("I cannot stand musical films.")


def test_by_hand_the_shrunken_mean_residual() -> None:
    everybody = [UserRatings(i, ROWS, np.full(N_FILMS, 3.0)) for i in range(2)]
    told = UserRatings(1, np.array([0, 3, 1, 4]), np.array([5.0, 5.0, 1.0, 1.0]))
    found = {(t.kind, t.value): t.residual for t in Speaker(CATALOG, everybody).tastes(told)}
    assert found["genre", "crime"] == pytest.approx((2.0 + 2.0) / (2 + 2))
    assert found["genre", "romance"] == pytest.approx(-1.0)


def test_who_likes_everything_alike_says_nothing() -> None:
    everybody = [UserRatings(i, ROWS, np.full(N_FILMS, 3.0)) for i in range(2)]
    assert Speaker(CATALOG, everybody).text(UserRatings(1, np.arange(10), np.full(10, 3.0))) == ""


def test_the_words_are_understood_by_the_product(hearing: Hearing) -> None:
    text = "I love crime films. I love films from the 1970s. I cannot stand films with Ada Alund."
    assert hearing.understood(text) == [
        ("genre", "crime", 1), ("decade", "1970s", 1), ("person", "Ada Alund", -1),
    ]  # fmt: skip
    assert hearing.understood("Good morning.") == []


def test_often_rated_central_films_stand_for_words_and_none_that_is_judged(hearing: Hearing) -> None:
    without = np.array([57, 54])
    rows, directions, weights = hearing.examples("I love crime films. I cannot stand musical films.", without)
    assert len(rows) == 8
    assert not set(rows) & set(without)
    assert {int(r) % 3 for r in rows[:4]} == {0}
    assert directions.tolist() == [1.0] * 4 + [-1.0] * 4
    assert set(weights) == {0.3}


def test_a_film_that_stands_for_two_statements_counts_for_both(films: RatedFilms, factors: RatingFactors) -> None:
    everything = Hearing(films, factors, StatementWeights(exemplars=60, weight=0.3, least_rated=1))
    rows, directions, weights = everything.examples(
        "I love crime films. I cannot stand films with Ada Alund.", ROWS[:0]
    )
    both = rows.tolist().index(0)  # crime, by Ada Alund
    assert directions[both] == 0.0
    assert weights[both] == pytest.approx(0.6)


def test_no_words_give_no_examples(hearing: Hearing) -> None:
    assert [len(part) for part in hearing.examples("", ROWS[:0])] == [0, 0, 0]


def test_words_move_the_score_towards_what_was_loved_and_their_opposite_away(
    films: RatedFilms, start: Start, factors: RatingFactors
) -> None:
    learner = Learner(FilmJudge(films, start, factors), factors, shift=0.4, steps=2)
    silent = UserRatings(1, ROWS[:0], THREE[:0])
    loved, hated, none = (
        learner.scores(silent, (ROWS[:9:3], sign * np.ones(n), np.ones(n)) if n else (ROWS[:0], THREE[:0], THREE[:0]),
                       ROWS[:9:3])
        for sign, n in ((1.0, 3), (-1.0, 3), (0.0, 0))
    )  # fmt: skip
    for up, down, still in zip(loved, hated, none, strict=True):
        assert up.mean() > still.mean() > down.mean()


def test_by_hand_the_wished_probability_is_that_of_the_start_shifted(
    films: RatedFilms, start: Start, factors: RatingFactors
) -> None:
    judge = FilmJudge(films, start, factors)
    seen: list[Support] = []

    class Watched(FilmJudge):
        def adapt(self, support: Support, **options: Any) -> Theta:
            seen.append(support)
            return super().adapt(support, **options)

    learner = Learner(Watched(films, start, factors), factors, shift=0.4, steps=1)
    learner.scores(UserRatings(1, ROWS[:1], np.array([5.0])), (ROWS[3:5], np.array([1.0, -1.0]), THREE[:2]), ROWS[:4])
    still = 1 / (1 + np.exp(-judge.still[3:5]))
    assert seen[0].targets.tolist() == pytest.approx([start.recipe.targets[-1], still[0] + 0.2, still[1] - 0.2])
    assert seen[0].weights.tolist() == [1.0, 3.0, 3.0]


def test_every_row_is_there_and_a_difference_is_the_difference_of_its_rows(report: Report) -> None:
    for name, left, right in (
        ("statements-0steps", row(report, "statements", 2), row(report, "statements", 0)),
        ("statements+ratings5-ratings5", row(report, "statements+ratings5", 2), row(report, "ratings5", 2)),
        ("sum_statements+ratings5-sum_ratings5", row(report, "sum_statements+ratings5", 2),
         row(report, "sum_ratings5", 2)),
    ):  # fmt: skip
        for metric in ("uauc", "rated_ndcg@5"):
            expected = left.metrics[metric].value - right.metrics[metric].value
            assert row(report, name, 2).metrics[metric].value == pytest.approx(expected, abs=2e-4)
    assert report.counts == {"people": 6, "labels": 6 * (N_FILMS - 15)}
    assert "I " in report.data["example"]


def test_statements_move_what_is_judged(report: Report) -> None:
    assert row(report, "statements", 2).metrics != row(report, "statements", 0).metrics


def test_people_with_too_few_ratings_are_said(films: RatedFilms, start: Start, factors: RatingFactors) -> None:
    few = [UserRatings(1, ROWS[:12], np.full(12, 4.0))]
    with pytest.raises(DataError, match="nobody of 1 people has 17 ratings"):
        statements(films, start, factors, TRAINING, few, progress=lambda *_: None)
