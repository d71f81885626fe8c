import math
from typing import Any

import pytest
import torch
from palate.adapters.inner_loop import (
    CLIP_NORM,
    DOUBT,
    Centre,
    CentredMarginLoss,
    Support,
    adapt,
    adapt_many,
    interpolate,
)
from palate.adapters.item_inputs import ItemInputs
from palate.adapters.lora import Theta
from palate.retrieval.errors import AdapterError
from torch import Tensor

START = {"w": torch.tensor([0.5, -1.0]), "b": torch.tensor([0.25])}
RATES = {"w": 0.5, "b": 0.25}


class BilinearBlocks:
    """Blocks whose margin is ``w · x + b x₀²``, plus an offset: people's rows in order, as the real ones."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def margins(self, theta: Theta, items: ItemInputs) -> Tensor:
        w, b = (theta[n] if theta[n].dim() == 2 else theta[n][None] for n in ("w", "b"))
        rows = items.states.reshape(len(w), -1, 2)
        return ((rows * w[:, None]).sum(dim=2) + b * rows[:, :, 0] ** 2 + self.offset).flatten()


def items(*rows: tuple[float, float]) -> ItemInputs:
    states = torch.tensor(rows).reshape(-1, 2)
    return ItemInputs(states, torch.zeros(len(states), 0, 2), torch.zeros(len(states), 0, dtype=torch.bool))


def loss_over(*reference: tuple[float, float], offset: float = 0.0) -> CentredMarginLoss:
    blocks: Any = BilinearBlocks(offset)
    return CentredMarginLoss(blocks, items(*(reference or ((0.0, 0.0),))))


def support(n: int, *, seed: int = 0, preferred: Tensor | None = None) -> Support:
    generator = torch.Generator().manual_seed(seed)
    states = torch.randn(n, 2, generator=generator)
    given = (ItemInputs(states, states.new_zeros(n, 0, 2), torch.zeros(n, 0, dtype=torch.bool)),
             torch.rand(n, generator=generator), torch.ones(n))  # fmt: skip
    return Support(*given) if preferred is None else Support(*given, preferred)


def padded(people: list[Support], n: int) -> Support:
    """Put people together; blanks that weigh nothing fill up."""
    blank = items(*[(7.0, -7.0)] * n)
    parts = [ItemInputs.join([p.items, blank]).at(slice(n)) for p in people]
    targets = torch.stack([torch.cat([p.targets, torch.full((n,), 0.9)])[:n] for p in people])
    weights = torch.stack([torch.cat([p.weights, torch.zeros(n)])[:n] for p in people])
    return Support(ItemInputs.join(parts), targets, weights)


def one(theta: Theta) -> Theta:
    return {name: tensor[None] for name, tensor in theta.items()}


def value_of(loss: CentredMarginLoss, theta: Theta, given: Support) -> float:
    return loss(one(theta), given, loss.centre(START)).item()


def entropy(logit: float, target: float) -> float:
    chance = 1 / (1 + math.exp(-logit))
    return -target * math.log(chance) - (1 - target) * math.log(1 - chance)


def test_the_loss_is_weighted_cross_entropy_above_the_mean_of_the_reference() -> None:
    loss = loss_over((1.0, 0.0), (0.0, 3.0))
    given = Support(items((2.0, 0.0), (0.0, 1.0)), torch.tensor([0.95, 0.2]), torch.tensor([1.0, 0.5]))
    # Margins .5 * 2 + .25 * 4 = 2 and -1; the reference has .75 and -3, mean -1.125.
    by_hand = (entropy(3.125, 0.95) + 0.5 * entropy(0.125, 0.2)) / (1.5 + DOUBT)
    assert value_of(loss, START, given) == pytest.approx(by_hand, rel=1e-5)


def test_a_common_offset_of_all_items_changes_nothing() -> None:
    plain, shifted = (value_of(loss_over((1.0, 2.0), offset=offset), START, support(4)) for offset in (0.0, 7.5))
    assert plain == pytest.approx(shifted, abs=1e-5)


def test_the_centre_is_the_mean_and_follows_to_first_order() -> None:
    loss = loss_over((1.0, 0.0), (0.0, 3.0))
    moved = {"w": torch.tensor([1.5, 1.0]), "b": torch.tensor([2.0])}
    # Linear in θ, so that the first order is all there is.
    expected = [-1.125, (1.5 + 2.0 + 3.0) / 2]
    found = loss.centre(START).at({name: torch.stack([START[name], moved[name]]) for name in START})
    assert found.tolist() == pytest.approx(expected)


def test_a_chosen_item_counts_above_the_one_passed_over() -> None:
    given = Support(items((1.0, 0.0), (0.0, 1.0)), torch.tensor([0.5, 0.5]), torch.zeros(2), torch.tensor([[1, 0]]))
    # Margins .75 and -1; the pair is one example, the two items weigh nothing.
    by_hand = entropy(-1.0 - 0.75, 1.0) / (1 + DOUBT)
    assert value_of(loss_over(), START, given) == pytest.approx(by_hand, rel=1e-5)


def test_a_pair_alone_raises_the_chosen_item() -> None:
    given = Support(items((1.0, 0.0), (0.0, 1.0)), torch.tensor([0.5, 0.5]), torch.zeros(2), torch.tensor([[1, 0]]))
    found = adapt(START, given, loss=loss_over(), steps=2, rates=RATES)
    assert (found["w"] - START["w"])[1] > 0 > (found["w"] - START["w"])[0]


def by_hand_step(theta: Theta, given: Support, prior: float = 0.0) -> dict[str, list[float]]:
    """One step with the gradient written out; the reference is the origin."""
    total = float(given.weights.sum()) + DOUBT
    gradient = torch.zeros(3)
    for (x, y), target, weight in zip(given.items.states.tolist(), given.targets, given.weights, strict=True):
        margin = theta["w"][0] * x + theta["w"][1] * y + theta["b"][0] * x * x
        gradient += weight * (torch.sigmoid(margin) - target) * torch.tensor([x, y, x * x]) / total
    moved = torch.cat([theta["w"], theta["b"]]) - torch.cat([START["w"], START["b"]])
    gradient += prior * moved
    gradient *= min(1.0, CLIP_NORM / float(gradient.norm()))
    return {"w": (theta["w"] - 0.5 * gradient[:2]).tolist(), "b": (theta["b"] - 0.25 * gradient[2:]).tolist()}


def test_a_step_goes_down_the_gradient_by_the_rate_of_each_tensor() -> None:
    found = adapt(START, support(3), loss=loss_over(), steps=1, rates=RATES)
    expected = by_hand_step(START, support(3))
    assert {name: tensor.tolist() for name, tensor in found.items()} == {
        name: pytest.approx(values, rel=1e-4) for name, values in expected.items()
    }


def test_the_prior_pulls_back_towards_the_start() -> None:
    first = adapt(START, support(3), loss=loss_over(), steps=1, rates=RATES, prior=2.0)
    second = adapt(START, support(3), loss=loss_over(), steps=2, rates=RATES, prior=2.0)
    expected = by_hand_step(first, support(3), prior=2.0)
    assert second["w"].tolist() == pytest.approx(expected["w"], rel=1e-4)
    free = adapt(START, support(3), loss=loss_over(), steps=2, rates=RATES)
    assert (second["w"] - START["w"]).norm() < (free["w"] - START["w"]).norm()


def test_a_long_gradient_is_cut_to_the_clip_norm() -> None:
    far = Support(items((300.0, -400.0)), torch.tensor([0.0]), torch.tensor([1e4]))
    found = adapt(START, far, loss=loss_over(), steps=1, rates=dict.fromkeys(START, 1.0))
    moved = torch.cat([found[name] - START[name] for name in START])
    assert moved.norm().item() == pytest.approx(CLIP_NORM, rel=1e-3)


@pytest.mark.parametrize(("steps", "n"), [(0, 1), (3, 0)])
def test_no_steps_or_no_examples_return_the_start(steps: int, n: int) -> None:
    found = adapt(START, support(n), loss=loss_over(), steps=steps, rates=RATES)
    assert all(torch.equal(found[name], START[name]) for name in START)


def test_the_start_is_not_changed() -> None:
    start = {name: tensor.clone().requires_grad_() for name, tensor in START.items()}
    found = adapt(start, support(3), loss=loss_over(), steps=3, rates=RATES)
    assert all(torch.equal(start[name], START[name]) and start[name].grad is None for name in START)
    assert not any(tensor.requires_grad for tensor in found.values())
    assert not torch.equal(found["w"], START["w"])


def test_the_same_input_gives_the_same_bits() -> None:
    first, second = (adapt(START, support(4), loss=loss_over(), steps=5, rates=RATES) for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in START)


def test_a_known_centre_gives_what_a_computed_one_gives() -> None:
    loss = loss_over((1.0, 2.0))
    computed = adapt(START, support(4), loss=loss, steps=3, rates=RATES)
    known = adapt(START, support(4), loss=loss, steps=3, rates=RATES, centre=loss.centre(START))
    assert all(torch.equal(computed[name], known[name]) for name in START)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_is_an_error_that_names_the_step(bad: float) -> None:
    given = support(2)
    given.targets[1] = bad
    with pytest.raises(AdapterError, match="the support loss is not finite at step 1; check the ratings"):
        adapt(START, given, loss=loss_over(), steps=3, rates=RATES)


def test_one_person_of_many_that_is_not_finite_is_an_error_too() -> None:
    given = padded([support(2), support(2, seed=1)], 2)
    given.targets[1, 0] = math.nan
    with pytest.raises(AdapterError, match="not finite at step 1"):
        adapt_many(START, given, n_people=2, loss=loss_over(), steps=1, rates=RATES)


def test_many_in_one_batch_are_as_one_by_one_and_blanks_weigh_nothing() -> None:
    people, loss = [support(n, seed=n) for n in (3, 1, 5)], loss_over((1.0, 2.0), (0.5, -1.0))
    together = adapt_many(START, padded(people, 5), n_people=3, loss=loss, steps=3, rates=RATES, prior=0.1)
    for i, person in enumerate(people):
        alone = adapt(START, person, loss=loss, steps=3, rates=RATES, prior=0.1)
        for name in START:
            torch.testing.assert_close(together[name][i], alone[name], atol=1e-6, rtol=1e-5)
    assert not torch.allclose(together["w"][0], together["w"][2])


@pytest.mark.parametrize("tracked", [False, True])
def test_with_the_graph_kept_the_numbers_are_the_same(tracked: bool) -> None:
    given, loss = padded([support(3), support(3, seed=1)], 3), loss_over((1.0, 2.0))
    start = {name: tensor.clone().requires_grad_(tracked) for name, tensor in START.items()}
    plain = adapt_many(START, given, n_people=2, loss=loss, steps=3, rates=RATES, prior=0.1)
    kept = adapt_many(
        start, given, n_people=2, loss=loss, steps=3, rates=RATES, prior=0.1, centre=loss.centre(START),
        differentiable=True,
    )  # fmt: skip
    for name in START:
        torch.testing.assert_close(kept[name].detach(), plain[name], atol=1e-6, rtol=1e-5)


def test_gradients_through_the_steps_are_those_of_finite_differences() -> None:
    given, query, loss = _double(support(3)), _double(support(4, seed=9)), _double_loss()
    rates = {name: torch.tensor(0.5, dtype=torch.float64, requires_grad=True) for name in START}
    start = {name: tensor.double().requires_grad_() for name, tensor in START.items()}

    def outer(w: Tensor, b: Tensor, rate: Tensor) -> Tensor:
        theta = {"w": w, "b": b}
        moved = adapt_many(
            theta, given, n_people=1, loss=loss, steps=2, rates={"w": rate, "b": rates["b"].detach()}, prior=0.1,
            differentiable=True,
        )  # fmt: skip
        return loss(moved, query, loss.centre(theta, differentiable=True)).sum()

    assert torch.autograd.gradcheck(outer, (start["w"], start["b"], rates["w"]))


def _double(given: Support) -> Support:
    plain = given.items
    states = ItemInputs(plain.states.double(), plain.tokens.double(), plain.present)
    return Support(states, given.targets.double(), given.weights.double())


def _double_loss() -> CentredMarginLoss:
    blocks: Any = BilinearBlocks()
    return CentredMarginLoss(blocks, _double(support(3, seed=5)).items)


def test_a_tensor_that_is_not_trained_stays_at_the_start() -> None:
    given = padded([support(3)], 3)
    found = adapt_many(
        START, given, n_people=1, loss=loss_over(), steps=2, rates=RATES, trained=frozenset({"w"})
    )  # fmt: skip
    assert torch.equal(found["b"][0], START["b"])
    assert not torch.equal(found["w"][0], START["w"])


def test_adapting_raises_what_was_liked_above_what_was_not() -> None:
    loss, given = loss_over(), items((1.0, 0.0), (-1.0, 0.0))
    liked = Support(given, torch.tensor([0.95, 0.05]), torch.ones(2))
    start = {name: torch.zeros_like(tensor) for name, tensor in START.items()}
    found = adapt(start, liked, loss=loss, steps=3, rates=dict.fromkeys(START, 2.0))
    first, second = loss.logits(one(found), given, loss.centre(start))[0].tolist()
    assert first - second > 0.5


def test_a_table_over_the_stars_is_linear_between_them() -> None:
    table = torch.tensor([0.1, 0.2, 0.6, 0.7, 0.9], requires_grad=True)
    rewards = torch.tensor([-1.0, -0.75, 0.0, 0.9, 1.0])
    found = interpolate(table, rewards)
    assert found.tolist() == pytest.approx([0.1, 0.15, 0.6, 0.86, 0.9])
    found.sum().backward()
    assert table.grad is not None
    assert table.grad.tolist() == pytest.approx([1.5, 0.5, 1.0, 0.2, 1.8])


def test_chosen_rows_keep_their_targets_weights_and_pairs() -> None:
    given = Support(items((0.0, 0.0), (1.0, 1.0), (2.0, 2.0)), torch.tensor([0.1, 0.2, 0.3]),
                    torch.tensor([1.0, 2.0, 3.0]), torch.tensor([[0, 2], [1, 0]]))  # fmt: skip
    part = given.at([2, 0])
    assert len(part) == 2
    assert part.items.states[:, 0].tolist() == [2.0, 0.0]
    assert (part.targets.tolist(), part.weights.tolist()) == (pytest.approx([0.3, 0.1]), [3.0, 1.0])
    assert part.preferred.tolist() == [[1, 0]]


def test_a_centre_at_its_own_start_is_its_mean() -> None:
    centre = Centre(START, torch.tensor(0.5), {name: torch.ones_like(tensor) for name, tensor in START.items()})
    assert centre.at(one(START)).tolist() == [0.5]
