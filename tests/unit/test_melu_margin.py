"""The margin as MeLU's extra score, on a tiny random model, 48 films and two camps of people."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from palate.bot.factory import Foundation
from palate.eval.melu_margin import MOST_SUPPORT, MarginScore
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import AdapterError, DataError
from palate.retrieval.items import Item
from palate.retrieval.ratings import UserRatings

N_FILMS, N_RATED = 48, 44
NAMES = ("space", "comedy", "paris", "crime")
CATALOG = Catalog(
    [Item(item_id=f"f{i}", domain="film", title=f"{NAMES[i % 4]} {'x' * i}", genres=("drama",)) for i in range(N_FILMS)]
)
Made = Callable[..., MarginScore]


def people(n: int = 16, n_ratings: int = 40) -> list[UserRatings]:
    """Every other person loves the films of even rows; nobody rated the last four films."""
    made = []
    for user in range(n):
        rows = np.random.default_rng(user).permutation(N_RATED)[:n_ratings]
        made.append(UserRatings(user + 1, rows, np.where(rows % 2 == user % 2, 5.0, 2.0)))
    return made


@pytest.fixture
def make(
    tiny_foundation: Callable[[Catalog, Path], Foundation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Made:
    """Return what makes a score, with three pooled rounds and a checkpoint after each round of the outer loop."""
    monkeypatch.setattr("palate.eval.melu_margin._POOLED_ROUNDS", 3)
    monkeypatch.setattr("palate.eval.melu_margin._KEPT_EVERY", 1)
    base = tiny_foundation(CATALOG, tmp_path)

    def score(rounds: int = 2, *, work: Path | None = None, say: Callable[[str], None] = lambda _: None) -> MarginScore:
        return MarginScore(base, CATALOG, rounds, 0, work, say)

    return score


SUPPORT, STARS, QUERY = np.arange(8), np.where(np.arange(8) % 2 == 0, 5.0, 1.0), np.array([20, 21, 46, 47])


def test_the_score_follows_what_a_person_said_even_of_films_nobody_rated(make: Made) -> None:
    extra = make()
    extra.fit(people())
    one, turned = (extra.score(SUPPORT, stars, QUERY) for stars in (STARS, 6.0 - STARS))
    assert one.shape == (4,)
    assert np.isfinite(one).all()
    assert (np.abs(one - turned) > 1e-6).all()
    nothing = extra.score(SUPPORT[:0], STARS[:0], QUERY)
    assert not np.allclose(nothing, one)
    assert len(set(nothing.tolist())) == 4


def test_the_same_seed_gives_the_same_and_a_cut_run_goes_on_exactly(make: Made, tmp_path: Path) -> None:
    class CutError(Exception):
        """Somebody stops the run."""

    def stop(line: str) -> None:
        if line.startswith("round 2 of 3"):
            raise CutError

    whole = make(3)
    whole.fit(people())
    with pytest.raises(CutError):
        make(3, work=tmp_path / "work", say=stop).fit(people())
    lines: list[str] = []
    resumed = make(3, work=tmp_path / "work", say=lines.append)
    resumed.fit(people())
    assert "going on after round 1" in lines
    assert not any(line.startswith("pooled") for line in lines)
    assert resumed.score(SUPPORT, STARS, QUERY).tolist() == whole.score(SUPPORT, STARS, QUERY).tolist()


def test_other_people_and_other_rounds_have_a_run_of_their_own(make: Made, tmp_path: Path) -> None:
    work = tmp_path / "work"
    make(1, work=work).fit(people())
    make(1, work=work).fit(people()[:-1])
    make(2, work=work).fit(people())
    assert len(list(work.glob("margin-*"))) == 3


def test_a_fit_knows_its_own_people_alone_and_forgets_those_before(make: Made) -> None:
    extra, told = make(1), people()
    extra.fit(told)
    before = extra.score(SUPPORT, STARS, QUERY)
    extra.fit([*told, UserRatings(99, np.array([46, 47, 1, 2]), np.array([5.0, 1.0, 5.0, 1.0]))])
    after = extra.score(SUPPORT, STARS, QUERY)
    assert (before != after).any()
    extra.fit(told)
    assert extra.score(SUPPORT, STARS, QUERY).tolist() == before.tolist()


def test_a_long_history_is_cut_to_its_first_ratings(make: Made) -> None:
    extra = make(0)
    extra.fit(people())
    rows, stars = np.arange(200) % N_RATED, 1.0 + np.arange(200) % 5
    one, other = stars.copy(), stars.copy()
    other[MOST_SUPPORT:] = 1.0
    assert extra.score(rows, one, QUERY).tolist() == extra.score(rows, other, QUERY).tolist()
    other[0] = 5.0
    assert extra.score(rows, one, QUERY).tolist() != extra.score(rows, other, QUERY).tolist()


def test_too_few_people_or_ratings_are_our_errors(make: Made) -> None:
    with pytest.raises(DataError, match="give at least two"):
        make().fit(people(1))
    with pytest.raises(AdapterError, match=r"0 training people have 36 ratings; .* --rounds 0"):
        make().fit(people(4, n_ratings=10))
