import math
from typing import Any

import pytest
import torch
from palate.adapters.feedback import Example
from palate.adapters.inner_loop import CLIP_NORM, CentredMarginLoss, Support, adapt, soft_target
from palate.adapters.lora import Theta
from palate.retrieval.errors import AdapterError
from torch import Tensor

START = {"a": torch.tensor([3.0, 0.0]), "b": torch.tensor([4.0])}
RATES = {"a": 0.5, "b": 0.25}


def support(n: int = 1) -> Support:
    return Support(torch.zeros(n, 2, 2), torch.full((n,), 0.5), torch.ones(n))


def quadratic(theta: Theta, _: Support) -> Tensor:
    """Half the squared length: the gradient is theta itself."""
    return (theta["a"] ** 2).sum() / 2 + (theta["b"] ** 2).sum() / 2


class LinearBlocks:
    """Blocks whose margin is the last token times a vector, plus an offset."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def margins(self, theta: Theta, states: Tensor) -> Tensor:
        return states[:, -1] @ theta["w"] + self.offset


def centred(reference: Tensor, offset: float = 0.0) -> CentredMarginLoss:
    blocks: Any = LinearBlocks(offset)
    return CentredMarginLoss(blocks, reference)


def test_a_long_gradient_is_cut_to_length_one() -> None:
    # The gradient (3, 0, 4) has length 5: it becomes (0.6, 0, 0.8).
    found = adapt(START, support(), loss=quadratic, steps=1, rates=RATES)
    assert CLIP_NORM == 1.0
    assert found["a"].tolist() == pytest.approx([3 - 0.5 * 0.6, 0.0])
    assert found["b"].tolist() == pytest.approx([4 - 0.25 * 0.8])


def test_a_short_gradient_is_taken_as_it_is() -> None:
    start = {"a": torch.tensor([0.3, 0.0]), "b": torch.tensor([0.4])}
    found = adapt(start, support(), loss=quadratic, steps=2, rates=RATES)
    assert found["a"].tolist() == pytest.approx([0.3 * 0.5 * 0.5, 0.0])
    assert found["b"].tolist() == pytest.approx([0.4 * 0.75 * 0.75])


def test_the_prior_pulls_back_towards_the_start() -> None:
    def slope(theta: Theta, _: Support) -> Tensor:
        return 0.5 * theta["x"].sum()

    # Gradients 0.5, then 0.5 + 2 * (-0.1 - 0).
    found = adapt({"x": torch.zeros(1)}, support(), loss=slope, steps=2, rates={"x": 0.2}, prior=2.0)
    assert found["x"].item() == pytest.approx(-0.1 - 0.2 * 0.3)


@pytest.mark.parametrize(("steps", "n"), [(0, 1), (3, 0)])
def test_no_steps_or_no_examples_return_the_start(steps: int, n: int) -> None:
    found = adapt(START, support(n), loss=quadratic, steps=steps, rates=RATES)
    assert all(torch.equal(found[name], START[name]) for name in START)


def test_the_start_is_not_changed() -> None:
    start = {name: tensor.clone().requires_grad_() for name, tensor in START.items()}
    found = adapt(start, support(), loss=quadratic, steps=3, rates=RATES)
    assert all(torch.equal(start[name], START[name]) and start[name].grad is None for name in START)
    assert not any(tensor.requires_grad for tensor in found.values())


def test_the_same_input_gives_the_same_bits() -> None:
    first, second = (adapt(START, support(), loss=quadratic, steps=5, rates=RATES) for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in START)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_is_an_error_that_names_the_step(bad: float) -> None:
    def breaks_at_second_step(theta: Theta, given: Support) -> Tensor:
        moved = not torch.equal(theta["a"], START["a"])
        return quadratic(theta, given) * (bad if moved else 1.0)

    with pytest.raises(AdapterError, match=rf"the support loss is {bad} at step 2; check the ratings"):
        adapt(START, support(), loss=breaks_at_second_step, steps=3, rates=RATES)


def test_the_loss_is_weighted_cross_entropy_above_the_mean_of_the_reference() -> None:
    states = torch.tensor([[[9.0, 9.0], [2.0, 0.0]], [[9.0, 9.0], [0.0, 1.0]]])
    reference = torch.tensor([[[0.0, 0.0], [1.0, 0.0]], [[0.0, 0.0], [0.0, 3.0]]])
    given = Support(states, torch.tensor([0.95, 0.2]), torch.tensor([1.0, 0.5]))
    theta = {"w": torch.tensor([1.0, -1.0])}

    def entropy(logit: float, target: float) -> float:
        chance = 1 / (1 + math.exp(-logit))
        return -target * math.log(chance) - (1 - target) * math.log(1 - chance)

    # Margins 2 and -1; the reference has 1 and -3, mean -1.
    by_hand = (entropy(3.0, 0.95) + 0.5 * entropy(0.0, 0.2)) / 1.5
    assert centred(reference)(theta, given).item() == pytest.approx(by_hand, rel=1e-5)


def test_a_common_offset_of_all_items_changes_nothing() -> None:
    generator = torch.Generator().manual_seed(0)
    states, reference = (torch.randn(n, 2, 3, generator=generator) for n in (4, 5))
    given = Support(states, torch.rand(4, generator=generator), torch.ones(4))
    theta = {"w": torch.randn(3, generator=generator)}
    plain, shifted = (centred(reference, offset)(theta, given).item() for offset in (0.0, 7.5))
    assert plain == pytest.approx(shifted, abs=1e-5)


def test_adapting_raises_what_was_liked_above_what_was_not() -> None:
    states = torch.tensor([[[0.0, 0.0], [1.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]]])
    loss = centred(torch.zeros(3, 2, 2))
    given = Support(states, torch.tensor([soft_target(1.0), soft_target(-1.0)]), torch.ones(2))
    found = adapt({"w": torch.zeros(2)}, given, loss=loss, steps=3, rates={"w": 1.0})
    liked, disliked = loss.logits(found, states).tolist()
    assert liked == pytest.approx(-disliked)
    assert liked > 0.3


@pytest.mark.parametrize(("reward", "target"), [(-1.0, 0.05), (-0.5, 0.275), (0.0, 0.5), (1.0, 0.95)])
def test_rewards_become_chances_that_leave_room_for_doubt(reward: float, target: float) -> None:
    assert soft_target(reward) == pytest.approx(target)


def test_chosen_rows_keep_their_targets_and_weights() -> None:
    given = Support(torch.arange(3.0)[:, None, None], torch.tensor([0.1, 0.2, 0.3]), torch.tensor([1.0, 2.0, 3.0]))
    part = given.at([2, 0])
    assert len(part) == 2
    assert [t.flatten().tolist() for t in (part.states, part.weights)] == [[2.0, 0.0], [3.0, 1.0]]
    assert part.targets.tolist() == pytest.approx([0.3, 0.1])


def test_an_example_counts_one_unless_it_says_otherwise() -> None:
    assert Example("heat", 1.0).weight == 1.0
