"""Tasks, losses and adaptation on a tiny random model, twelve items and a few people."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from palate.adapters.algorithms import ALGORITHMS
from palate.adapters.blocks import AdaptedBlocks
from palate.adapters.inner_loop import CentredMarginLoss
from palate.adapters.item_inputs import ItemInputs
from palate.adapters.item_tokens import ItemFeatures, project
from palate.adapters.meta_loop import MetaConfig
from palate.adapters.meta_problem import LOG_PULL, Params, expand, leaves, part, start
from palate.adapters.meta_trainer import MetaTrainer
from palate.adapters.taste_problem import TasteBatch, TasteConfig, TasteProblem, TasteTasks, pairwise_loss
from palate.retrieval.ratings import UserRatings
from torch import Tensor

N_ITEMS = 12
TEXTS = [f"would you like {'x' * i} film {i * 7} then ? Answer:" for i in range(N_ITEMS)]
REFERENCE = torch.tensor([0, 5, 11])


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


def features() -> ItemFeatures:
    generator = torch.Generator().manual_seed(4)
    known = torch.arange(N_ITEMS) != 3
    return ItemFeatures(
        torch.randn(N_ITEMS, 4, generator=generator), known, torch.randn(N_ITEMS, 5, generator=generator)
    )


@pytest.fixture(scope="module")
def problem(tiny_blocks: AdaptedBlocks) -> TasteProblem:
    return TasteProblem(tiny_blocks, tiny_blocks.read(TEXTS), features(), REFERENCE, TasteConfig())


@pytest.fixture
def params(problem: TasteProblem) -> Params:
    return problem.initial(0)


def open_batch(batch: TasteBatch) -> TasteBatch:
    """Hide no item."""
    return replace(batch, hidden=torch.zeros(N_ITEMS, dtype=torch.bool))


def by_hand(problem: TasteProblem, blocks: AdaptedBlocks, params: Params, rows: Tensor, hidden: Tensor) -> ItemInputs:
    """Return items without any prefix that was kept."""
    given, states = features().at(rows), blocks.read(TEXTS)[rows]
    present = given.present
    present[:, 0] &= ~hidden[rows]
    return ItemInputs(states, project(part(params, "tokens/"), given), present)


def test_the_loss_is_of_the_margin_and_of_the_sum(
    problem: TasteProblem, tiny_blocks: AdaptedBlocks, params: Params
) -> None:
    batch = draw()
    theta = problem.adapt(params, batch, steps=2, differentiable=False)
    rows, rewards = batch.query
    items = by_hand(problem, tiny_blocks, params, rows.flatten(), batch.hidden)
    moved = tiny_blocks.margins(theta, items).reshape(rows.shape)
    still = tiny_blocks.margins(start(params), items).reshape(rows.shape)
    total = 4.0 * batch.ridge + 0.1 * still + 0.3 * (moved - still)
    expected = pairwise_loss(moved, rewards) + pairwise_loss(total, rewards)
    torch.testing.assert_close(problem.loss(params, theta, batch), expected, atol=1e-4, rtol=1e-4)
    assert (moved - still).abs().max() > 1e-4


def test_the_short_cut_at_the_start_gives_what_the_full_computation_gives(
    problem: TasteProblem, params: Params
) -> None:
    batch = draw()
    short = expand(start(params), 3)
    full = {name: tensor.clone() for name, tensor in short.items()}
    torch.testing.assert_close(problem.loss(params, short, batch), problem.loss(params, full, batch))


def test_the_short_cut_is_of_the_batch_and_parameters_at_hand(problem: TasteProblem, params: Params) -> None:
    other = {name: tensor * 1.5 for name, tensor in params.items()}
    answers = [
        problem.loss(given, expand(start(given), 3), batch)
        for given, batch in ((params, draw()), (params, draw(1)), (other, draw(1)), (params, draw()))
    ]
    torch.testing.assert_close(answers[0], answers[3])
    assert (answers[0] - answers[1]).abs().max() > 1e-3
    assert (answers[1] - answers[2]).abs().max() > 1e-4


def test_gradients_at_the_start_are_those_of_the_full_computation(problem: TasteProblem, params: Params) -> None:
    batch, found = draw(), []
    for copied in (False, True):
        points = {name: tensor.clone().requires_grad_() for name, tensor in params.items()}
        theta = expand(start(points), 3)
        theta = {name: tensor.clone() for name, tensor in theta.items()} if copied else theta
        gradients = torch.autograd.grad(
            problem.loss(points, theta, batch).sum(), list(points.values()), allow_unused=True, materialize_grads=True
        )
        found.append(dict(zip(points, gradients, strict=True)))
    for name in params:
        if name != "loss/moved":  # what did not move has gradient 0 either way, but for rounding
            torch.testing.assert_close(found[0][name], found[1][name], atol=1e-4, rtol=1e-3)
    assert any(found[0][name].abs().max() > 1e-6 for name in params if name.startswith("theta/"))
    assert any(found[0][name].abs().max() > 1e-6 for name in params if name.startswith("tokens/"))


def test_what_is_learned_from_has_learned_targets_and_weights(
    problem: TasteProblem, tiny_blocks: AdaptedBlocks, params: Params
) -> None:
    params["loss/targets"] = torch.tensor([0.0, 0.1, 0.5, 0.8, 1.0])
    params["loss/log_weights"] = torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0])
    params, batch = leaves(params), open_batch(draw(n_people=1, k=4))
    rows, rewards = batch.support
    loss = CentredMarginLoss(tiny_blocks, problem.items(params, REFERENCE))
    theta = expand(start(params), 1)
    place = (rewards[0] * 2 + 2).long()
    logits = loss.logits(theta, problem.items(params, rows[0]), loss.centre(start(params)))[0]
    targets, weights = params["loss/targets"][place], params["loss/log_weights"][place].exp()
    losses = -(targets * torch.log_softmax(torch.stack([logits, 0 * logits]), 0)[0]
               + (1 - targets) * torch.log_softmax(torch.stack([0 * logits, logits]), 0)[0])  # fmt: skip
    expected = (losses * weights).sum() / (weights.sum() + 4.0)
    assert problem.support_loss(params, theta, batch).item() == pytest.approx(expected.item(), rel=1e-4)


def test_steps_lower_the_support_loss_of_everybody(problem: TasteProblem, params: Params) -> None:
    params, batch = leaves(params), draw(n_people=4)
    before = problem.support_loss(params, expand(start(params), 4), batch)
    after = problem.support_loss(params, problem.adapt(params, batch, steps=3, differentiable=False), batch)
    assert (after < before).all()


def test_no_steps_give_the_start(problem: TasteProblem, params: Params) -> None:
    theta = problem.adapt(params, draw(), steps=0, differentiable=False)
    assert all(torch.equal(theta[name], expand(start(params), 3)[name]) for name in theta)


def test_a_learned_pull_keeps_people_nearer_the_start(problem: TasteProblem, params: Params) -> None:
    def moved(given: Params) -> float:
        theta = problem.adapt(given, draw(), steps=3, differentiable=False)
        return sum(float(((theta[name] - tensor) ** 2).sum()) for name, tensor in start(given).items())

    assert moved({**params, LOG_PULL: torch.tensor(0.5)}) < 0.9 * moved(params)


@pytest.mark.parametrize("prefix", ["theta/", "rate/", "tokens/", "loss/targets", "loss/log_weights"])
def test_gradients_reach_the_parameters_through_the_steps(problem: TasteProblem, params: Params, prefix: str) -> None:
    points = {name: tensor.clone().requires_grad_() for name, tensor in params.items()}
    batch = open_batch(draw())
    theta = problem.adapt(points, batch, steps=2, differentiable=True)
    names = [name for name in points if name.startswith(prefix)]
    found = torch.autograd.grad(problem.loss(points, theta, batch).sum(), [points[name] for name in names])
    assert any(gradient.abs().max() > 1e-8 for gradient in found)
    assert all(torch.isfinite(gradient).all() for gradient in found)


def test_a_hidden_item_has_no_collaborative_token(problem: TasteProblem, params: Params) -> None:
    rows, hidden = torch.tensor([2, 3, 4]), torch.arange(N_ITEMS) == 2
    assert problem.items(params, rows).present.tolist() == [[True, True], [False, True], [True, True]]
    assert problem.items(params, rows, hidden).present.tolist() == [[False, True], [False, True], [True, True]]
    shown, taken = problem.margins(params, rows), problem.margins(params, rows, hidden)
    assert abs(shown[0] - taken[0]) > 1e-4
    torch.testing.assert_close(shown[1:], taken[1:], atol=1e-5, rtol=1e-5)


def test_hiding_leaves_the_features_as_they_were(problem: TasteProblem, params: Params) -> None:
    before = problem.margins(params, torch.arange(N_ITEMS))
    problem.margins(params, torch.arange(N_ITEMS), torch.ones(N_ITEMS, dtype=torch.bool))
    torch.testing.assert_close(problem.margins(params, torch.arange(N_ITEMS)), before)


def test_without_collaborative_tokens_ratings_of_others_change_nothing(tiny_blocks: AdaptedBlocks) -> None:
    states, rows = tiny_blocks.read(TEXTS), torch.arange(N_ITEMS)
    given = features()
    other = ItemFeatures(given.factors * 3, given.known, given.content)
    alone = [TasteProblem(tiny_blocks, states, f, REFERENCE, TasteConfig(collaborative=False)) for f in (given, other)]
    params = alone[0].initial(0)
    torch.testing.assert_close(alone[0].margins(params, rows), alone[1].margins(params, rows))


def test_features_are_the_hidden_states_that_the_margin_is_read_from(
    problem: TasteProblem, tiny_blocks: AdaptedBlocks, params: Params
) -> None:
    batch = draw()
    support, query = problem.features(params, expand(start(params), 3), batch)
    assert support.features.shape == (3, 4, tiny_blocks.dim)
    torch.testing.assert_close(query.targets, (batch.query[1] + 1) / 2)
    assert query.weights.tolist() == torch.ones(3, 6).tolist()
    items = by_hand(problem, tiny_blocks, params, batch.query[0].flatten(), batch.hidden)
    torch.testing.assert_close(
        query.features.reshape(18, -1), tiny_blocks.hidden(start(params), items), atol=1e-4, rtol=1e-4
    )


def test_drawn_parameters_go_by_their_seed(problem: TasteProblem, params: Params) -> None:
    again, other = problem.initial(0), problem.initial(1)
    assert all(torch.equal(params[name], again[name]) for name in params)
    assert not any(torch.equal(params[name], other[name]) for name in params if name.startswith(("theta/", "tokens/")))
    assert all(float(value.exp()) == pytest.approx(0.3) for value in part(params, "rate/").values())


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_trains_on_people_the_same_twice(problem: TasteProblem, name: str) -> None:
    def train() -> Params:
        config = MetaConfig(rounds=2, n_people=3, max_support=4, max_steps=2)
        return MetaTrainer(problem, ALGORITHMS[name], config, say=lambda _: None).fit(tasks(), [draw(9)])

    one, two = train(), train()
    assert all(bool(torch.isfinite(tensor).all()) for tensor in one.values())
    assert one.keys() == two.keys()
    assert all(torch.equal(one[key], two[key]) for key in one)
