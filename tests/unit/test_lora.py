import math

import pytest
import torch
from palate.adapters.lora import LoraConfig, LoraLinear, distance, is_finite, linear_shape, random_theta
from torch import nn
from transformers.pytorch_utils import Conv1D

SHAPES = {"layers.0.up": (6, 4), "layers.0.down": (4, 6)}
CONFIG = LoraConfig(rank=2, alpha=6)


def test_the_layer_adds_alpha_over_rank_times_b_a_x() -> None:
    torch.manual_seed(0)
    base, x = nn.Linear(4, 3), torch.randn(5, 4)
    layer = LoraLinear(base, CONFIG)
    a, b = torch.randn(2, 4), torch.randn(3, 2)
    layer.load_state_dict({"lora_A": a, "lora_B": b}, strict=False)
    # By a second method: merge the update into the weight.
    merged = nn.functional.linear(x, base.weight + 6 / 2 * b @ a, base.bias)
    torch.testing.assert_close(layer(x), merged)


def test_a_fresh_layer_is_its_base() -> None:
    torch.manual_seed(0)
    base, x = nn.Linear(4, 3), torch.randn(5, 4)
    assert torch.equal(LoraLinear(base, CONFIG)(x), base(x))


def test_a_conv1d_has_its_weight_the_other_way_round() -> None:
    assert linear_shape(nn.Linear(4, 3)) == (3, 4)
    assert linear_shape(Conv1D(3, 4)) == (3, 4)
    assert LoraLinear(Conv1D(3, 4), CONFIG)(torch.zeros(1, 4)).shape == (1, 3)


def test_every_layer_gets_two_tensors_of_the_right_shape() -> None:
    found = {name: tuple(tensor.shape) for name, tensor in random_theta(SHAPES, CONFIG, seed=0).items()}
    assert found == {
        "layers.0.up.lora_A": (2, 4), "layers.0.up.lora_B": (6, 2),
        "layers.0.down.lora_A": (2, 6), "layers.0.down.lora_B": (4, 2),
    }  # fmt: skip


def test_the_seed_alone_decides_the_start() -> None:
    first, again, other = (random_theta(SHAPES, CONFIG, seed=seed) for seed in (1, 1, 2))
    backwards = random_theta(dict(reversed(SHAPES.items())), CONFIG, seed=1)
    assert all(torch.equal(first[name], again[name]) and torch.equal(first[name], backwards[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first)


def test_the_start_has_the_bound_of_peft_for_a_and_a_small_b() -> None:
    theta = random_theta({"x": (400, 100)}, LoraConfig(rank=8), seed=0)
    a, b = theta["x.lora_A"], theta["x.lora_B"]
    assert 0.095 < a.abs().max().item() <= 1 / math.sqrt(100)
    assert a.mean().abs().item() < 0.01
    assert b.std().item() == pytest.approx(0.01, rel=0.1)


def test_distance_is_euclidean_over_all_tensors_together() -> None:
    origin = {"a": torch.zeros(2), "b": torch.ones(1, 1)}
    moved = {"a": torch.tensor([3.0, 0.0]), "b": torch.tensor([[5.0]])}
    assert distance(moved, origin) == pytest.approx(5.0)
    assert distance(origin, origin) == 0.0


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_bad_number_is_enough(bad: float) -> None:
    good = {"a": torch.zeros(2), "b": torch.ones(3)}
    assert is_finite(good)
    assert not is_finite({**good, "b": torch.tensor([0.0, bad, 0.0])})
