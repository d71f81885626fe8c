"""Tasks drawn from made-up people, and the pairwise loss by hand."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from palate.adapters.taste_problem import TasteBatch, TasteTasks, pairwise_loss
from palate.retrieval.errors import AdapterError
from palate.retrieval.ratings import UserRatings

N_ITEMS = 12


class RowRidge:
    """A ridge whose score of an item is its row, plus a hundredth for each rating that was told."""

    def __init__(self, told: int = 0) -> None:
        self.told = told

    def fit(self, rows: Any, rewards: Any) -> "RowRidge":
        assert len(rows) == len(rewards)
        return RowRidge(len(rows))

    def mean(self, rows: Any) -> Any:
        return rows + self.told / 100


def ridge_of(_: UserRatings) -> Any:
    return RowRidge()


def users(n: int = 5, n_ratings: int = N_ITEMS) -> list[UserRatings]:
    """Person u gives item i the star 1 + (i + u) % 5, so that a reward tells its row and person apart."""
    rows = np.arange(n_ratings)
    return [UserRatings(u + 1, rows, 1.0 + (rows + u) % 5) for u in range(n)]


def tasks(people: list[UserRatings] | None = None, *, n_query: int = 6) -> TasteTasks:
    return TasteTasks(users() if people is None else people, ridge_of, N_ITEMS, n_query=n_query)


def draw(seed: int = 0, n_people: int = 3, k: int = 4) -> TasteBatch:
    return tasks().draw(torch.Generator().manual_seed(seed), n_people, k)


def test_a_draw_goes_by_its_generator() -> None:
    one, again, other = draw(), draw(), draw(1)
    for left, right in ((one.support, again.support), (one.query, again.query)):
        assert all(torch.equal(a, b) for a, b in zip(left, right, strict=True))
    assert torch.equal(one.hidden, again.hidden)
    assert torch.equal(one.ridge, again.ridge)
    assert not torch.equal(one.support[0], other.support[0])


def test_one_generator_gives_another_task_each_time() -> None:
    generator, given = torch.Generator().manual_seed(0), tasks()
    first, second = (given.draw(generator, 3, 4) for _ in range(2))
    assert not torch.equal(first.query[0], second.query[0])


def test_support_and_query_are_different_ratings_of_the_same_person() -> None:
    batch = draw(n_people=8)
    assert len(batch) == 8
    assert (batch.support[0].shape, batch.query[0].shape, batch.ridge.shape) == ((8, 4), (8, 6), (8, 6))
    for person in range(8):
        rows = torch.cat([batch.support[0][person], batch.query[0][person]])
        rewards = torch.cat([batch.support[1][person], batch.query[1][person]])
        assert len(rows.unique()) == 10
        # A reward tells the row's place plus the person's number, which is the same for all ten.
        assert len(((rewards * 2 + 2).long() - rows).remainder(5).unique()) == 1


def test_the_query_has_the_score_of_the_ridge_on_the_support() -> None:
    batch = draw(k=4)
    torch.testing.assert_close(batch.ridge, batch.query[0] + 0.04)


def test_of_a_short_list_the_support_is_smaller_for_all() -> None:
    found = tasks([*users(1, 9), *users(1, 12)]).draw(torch.Generator().manual_seed(0), 40, 20)
    assert found.support[0].shape == (40, 3)


def test_now_and_then_every_collaborative_token_is_hidden_else_about_a_fifth() -> None:
    shares = np.array([draw(seed).hidden.float().mean().item() for seed in range(300)])
    assert (shares == 1.0).mean() == pytest.approx(0.2, abs=0.06)
    assert shares[shares < 1.0].mean() == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize("people", [[], users(3, 7)], ids=["nobody", "too few ratings"])
def test_people_without_enough_ratings_are_our_error(people: list[UserRatings]) -> None:
    with pytest.raises(AdapterError, match="nobody has 8 ratings; give more people, or people with more ratings"):
        tasks(people)


def test_a_person_with_one_rating_is_left_out() -> None:
    assert len(tasks([*users(), UserRatings(9, np.array([0]), np.array([5.0]))])) == 5


def test_the_pairwise_loss_by_hand() -> None:
    # Loved (1) over neither (0): liked and not, distance 1. Neither over hated (-1): both not liked, a quarter.
    scores, rewards = torch.tensor([[2.0, 0.5, 1.0]]), torch.tensor([[1.0, 0.0, -1.0]])
    terms = [(1.0, 1.5), (2.0, 1.0), (0.25, -0.5)]  # weight and difference of the pairs (0, 1), (0, 2), (1, 2)
    by_hand = sum(w * math.log1p(math.exp(-d)) for w, d in terms) / sum(w for w, _ in terms)
    assert pairwise_loss(scores, rewards).tolist() == pytest.approx([by_hand])


def test_the_pairwise_loss_of_each_person_is_their_own() -> None:
    generator = torch.Generator().manual_seed(0)
    scores, rewards = torch.randn(2, 5, generator=generator), torch.tensor([[-1, 0, 0.5, 1, 1], [0.5, 0, -1, -0.5, 1]])
    alone = [pairwise_loss(scores[i : i + 1], rewards[i : i + 1]).item() for i in range(2)]
    assert pairwise_loss(scores, rewards).tolist() == pytest.approx(alone)
    torch.testing.assert_close(pairwise_loss(scores + 7.0, rewards), pairwise_loss(scores, rewards))


def test_equal_ratings_have_no_pairs_and_no_loss_and_no_gradient() -> None:
    scores = torch.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    loss = pairwise_loss(scores, torch.full((1, 3), 0.5))
    loss.sum().backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    assert loss.tolist() == [0.0]
    assert scores.grad is not None
    assert scores.grad.tolist() == [[0.0] * 3]
