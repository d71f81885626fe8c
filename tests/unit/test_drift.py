"""A switch of taste on films of four genres: who is judged, what is replayed, what the figures mean."""

import numpy as np
import pytest
from palate.adapters.blocks import AdaptedBlocks
from palate.adapters.lora import random_theta
from palate.adapters.rating_factors import fit_rating_factors
from palate.adapters.replay import MAX_REPLAYED
from palate.adapters.start import Recipe, make_start
from palate.bot.factory import item_prompt
from palate.bot.rated_films import RatedFilms
from palate.eval.cli import run
from palate.eval.cold_start_people import LIKED
from palate.eval.drift import AFTER, JUDGED_AT, DriftFigures, drift, follow, ratio
from palate.eval.drift_people import FEWEST_ASKED, N_NEW, N_OLD, DriftPerson, drift_people
from palate.eval.report import Report, Row
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import DataError
from palate.retrieval.items import Item
from palate.retrieval.ratings import UserRatings

GENRES = ("crime", "western", "romance", "musical")
N_FILMS = 160
CATALOG = Catalog(
    [Item(item_id=f"f{i}", domain="film", title=f"F{i}", genres=(GENRES[i % 4],)) for i in range(N_FILMS)]
)
ROWS, THREE = np.arange(N_FILMS), np.full(N_FILMS, 3.0)


def person(user: int) -> UserRatings:
    """Somebody who likes two genres better, and in each of the four every fifth film the other way round."""
    likes = (ROWS % 4 < 2) ^ (ROWS // 4 % 5 == 0)
    return UserRatings(user, ROWS, np.where(likes, 4.0 + ROWS % 2, 1.0 + ROWS % 3))


def nothing(*_: object) -> None:
    """Say nothing."""


def one(user: int = 2) -> DriftPerson:
    (found,) = drift_people([person(user)], CATALOG, THREE)
    return found


def test_the_groups_are_of_other_genres_and_nothing_is_learned_and_judged() -> None:
    found = one()
    genres = [{ROWS[row] % 4 for row in part.rows} for part in (found.old, found.new, found.old_asked, found.new_asked)]
    assert genres[0] == genres[2] == {0, 1}
    assert genres[1] == genres[3] == {2, 3}
    assert (len(found.old), len(found.new)) == (N_OLD, N_NEW)
    rows = np.concatenate([part.rows for part in (found.old, found.new, found.old_asked, found.new_asked)])
    assert len(set(rows.tolist())) == len(rows)


def test_by_the_parity_of_the_id_the_better_liked_genres_come_first_or_last() -> None:
    assert {row % 4 for row in one(2).old.rows} == {0, 1}
    assert {row % 4 for row in one(3).old.rows} == {2, 3}


def test_films_of_both_groups_are_left_out() -> None:
    mixed = Catalog(
        [
            Item(item_id=f"f{i}", domain="film", title=f"F{i}",
                 genres=GENRES if i in (0, 2) else (GENRES[i % 4],))
            for i in range(N_FILMS)
        ]
    )  # fmt: skip
    (found,) = drift_people([person(2)], mixed, THREE)
    parts = (found.old, found.new, found.old_asked, found.new_asked)
    assert not {0, 2} & {int(row) for part in parts for row in part.rows}


def test_who_has_too_few_ratings_or_answers_of_one_kind_is_left_out() -> None:
    few = UserRatings(2, ROWS[: 2 * (N_OLD + FEWEST_ASKED) - 4], person(2).stars[: 2 * (N_OLD + FEWEST_ASKED) - 4])
    alike = UserRatings(2, ROWS, np.where(ROWS % 4 < 2, 5.0, 1.0))
    assert drift_people([few, alike], CATALOG, THREE) == []


def test_events_run_from_the_old_to_the_new() -> None:
    found = one()
    assert found.events(0).rows.tolist() == found.old.rows.tolist()
    assert found.events(2).rows.tolist() == [*found.old.rows, *found.new.rows[:2]]
    assert found.events(2, n_old=0).rows.tolist() == found.new.rows[:2].tolist()
    assert found.events(2, n_old=1).rows.tolist() == [found.old.rows[-1], *found.new.rows[:2]]


def test_what_is_replayed_is_bounded_and_recent_events_weigh_more() -> None:
    seen: list[tuple[int, np.ndarray]] = []

    def score(events: UserRatings, weights: np.ndarray, rows: np.ndarray) -> np.ndarray:
        seen.append((len(events), weights))
        return np.asarray(-rows, dtype=np.float64)

    follow([one()], np.eye(4)[ROWS % 4], score, half_life=10.0, progress=nothing)
    lengths = [n for n, _ in seen]
    assert lengths[0] == 0
    assert max(lengths) == MAX_REPLAYED
    after_ten = seen[1 + len(AFTER)][1]
    assert after_ten[-1] == 1.0
    assert (np.diff(after_ten) > 0).all()


def test_who_learns_at_once_recovers_and_who_forgets_loses() -> None:
    stars = dict(zip(ROWS.tolist(), person(2).stars.tolist(), strict=True))

    def score(events: UserRatings, _: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Know the genres of the last event alone, and nothing of the others."""
        if not len(events):
            return np.zeros(len(rows))
        known = (rows % 4 < 2) == (events.rows[-1] % 4 < 2)
        return np.where(known, [stars[int(row)] for row in rows], 0.0)

    rows = follow([one()], np.eye(4)[ROWS % 4], score, progress=nothing).rows(seed=0)
    found = {(row.name, row.k): row.metrics for row in rows}
    assert found["before_switch", 0]["new_uauc"].value == 0.5
    assert found["before_switch", 0]["recovery_of_gain"].value == 0.0
    assert found["after_switch", 1]["recovery"].value == found["after_switch", 1]["recovery_of_gain"].value == 1.0
    assert found["after_switch", 1]["old_uauc"].value == 0.5
    assert found["after_switch", 1]["old_loss"].value == 0.5
    assert found["after_switch", 1]["old_loss_of_gain"].value == 1.0
    assert found["fresh_start", N_NEW]["recovery"].value == 1.0


def test_by_hand_the_figures_are_ratios_of_means() -> None:
    figures = DriftFigures()
    for new, old in ((0.6, 0.9), (0.8, 0.7)):
        figures.add("nothing_known", 0, 0.5, 0.5)
        figures.add("before_switch", 0, 0.5, 1.0)
        figures.add("after_switch", JUDGED_AT, new, old)
        figures.add("fresh_start", N_NEW, 1.0, 0.5)
    row: Row = figures.rows(seed=0)[2]
    assert row.metrics["recovery"].value == 0.7
    assert row.metrics["recovery_of_gain"].value == pytest.approx(0.4)
    assert row.metrics["old_loss"].value == pytest.approx(0.2)
    low, high = row.metrics["old_loss"].low, row.metrics["old_loss"].high
    assert low is not None
    assert high is not None
    assert 0.1 <= low <= 0.2 <= high <= 0.3


def test_a_ratio_over_nothing_gained_is_no_number() -> None:
    assert np.isnan(ratio(np.array([0.1]), np.array([0.0]), seed=0).value)


@pytest.fixture(scope="module")
def report(tiny_blocks: AdaptedBlocks) -> Report:
    training, judged = [person(i) for i in range(1, 12)], [person(i) for i in range(101, 104)]
    kinds = np.eye(4, dtype=np.float32)[ROWS % 4]
    films = RatedFilms(CATALOG, tiny_blocks, tiny_blocks.read([item_prompt(film) for film in CATALOG]), kinds)
    factors = fit_rating_factors(training, N_FILMS, n_factors=2, n_seen=2, epochs=3)
    theta = random_theta(tiny_blocks.shapes, tiny_blocks.config, seed=0)
    start = make_start(theta, Recipe(steps=1, rate=0.1), "test", tiny_blocks)
    return drift(films, start, factors, training, judged, progress=nothing)


def test_the_report_has_every_row_and_goal(report: Report) -> None:
    assert [(row.name, row.k) for row in report.rows] == [
        ("nothing_known", 0), ("before_switch", 0), *(("after_switch", n) for n in AFTER),
        *((name, n) for n in (JUDGED_AT, N_NEW) for name in ("newest_after", "fresh_start")),
    ]  # fmt: skip
    assert [(goal.metric, goal.k) for goal in report.goals] == [
        ("recovery", 5), ("recovery_of_gain", 5), ("old_loss", 5),
    ]  # fmt: skip
    assert report.counts["people"] == 3


def test_the_command_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["drift", "--help"]) == 0
    assert "--test-ratings" in capsys.readouterr().out


def test_nobody_with_enough_ratings_is_said(report: Report, tiny_blocks: AdaptedBlocks) -> None:
    films = RatedFilms(CATALOG, tiny_blocks, tiny_blocks.read(["film"]), np.zeros((N_FILMS, 2), dtype=np.float32))
    training = [person(i) for i in range(1, 4)]
    factors = fit_rating_factors(training, N_FILMS, n_factors=2, n_seen=2, epochs=1)
    start = make_start(random_theta(tiny_blocks.shapes, tiny_blocks.config, seed=0), Recipe(), "t", tiny_blocks)
    few = [UserRatings(1, ROWS[:20], THREE[:20] + LIKED - 3)]
    with pytest.raises(DataError, match="nobody of 1 people rated enough"):
        drift(films, start, factors, training, few, progress=nothing)
