"""The outer loop on a small world: 30 items, 24 people, blocks whose margin is the last token times one vector."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from palate.adapters.inner_loop import CentredMarginLoss
from palate.adapters.lora import Theta
from palate.adapters.meta_train import MetaTrainer, TrainConfig, pairwise_accuracy
from palate.adapters.start import Recipe
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import AdapterError
from palate.retrieval.items import Item
from palate.retrieval.ratings import UserRatings
from torch import Tensor

N_ITEMS, N_PEOPLE = 30, 24
KINDS = ("war", "comedy", "drama")
QUALITY = np.linspace(-1.0, 1.0, N_ITEMS)
CATALOG = Catalog(
    [Item(item_id=f"i{i:02}", domain="film", title=f"T{i}", genres=(KINDS[i % 3],)) for i in range(N_ITEMS)]
)
START = {"w": torch.zeros(4)}


class LinearBlocks:
    """The margin is the last token times a vector."""

    def margins(self, theta: Theta, states: Tensor) -> Tensor:
        return states[:, -1] @ theta["w"]


def states() -> Tensor:
    """The second coordinate is the quality of the item, the others are noise."""
    rows = torch.randn(N_ITEMS, 4, generator=torch.Generator().manual_seed(0))
    rows[:, 1] = torch.as_tensor(QUALITY)
    return torch.stack([rows, rows], dim=1)


def people(n: int = N_PEOPLE) -> list[UserRatings]:
    """Everybody likes quality, and one kind of film more than the others."""
    rng = np.random.default_rng(7)
    everything = np.arange(N_ITEMS)
    found = []
    for user in range(n):
        taste = 1.5 * QUALITY + 1.0 * (everything % 3 == user % 3) + rng.normal(0, 0.5, N_ITEMS)
        found.append(UserRatings(user + 1, everything, np.clip(np.round(2.8 + taste), 1, 5)))
    return found


def trainer(say: Callable[[str], None] = lambda _: None, **options: Any) -> MetaTrainer:
    vectors = np.random.default_rng(0).normal(size=(N_ITEMS, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    blocks: Any = LinearBlocks()
    config = TrainConfig(
        **{"epochs": 60, "batch": 16, "learning_rate": 0.05, "n_prior_people": 4, "n_validation": 3, **options}
    )
    return MetaTrainer(CATALOG, vectors, states(), CentredMarginLoss(blocks, states()[::5]), config, say)


@pytest.fixture(scope="module")
def fitted() -> tuple[Theta, Recipe]:
    return trainer().fit(START, people(20), people()[20:], base_revision="rev-1")


def pooled_loss(theta: Theta) -> float:
    """Work out the pooled loss over all items from the ratings themselves."""
    liked = np.mean([user.stars >= 4 for user in people(20)], axis=0)
    share = (liked * 20 + 1) / 22
    margins = (states()[:, 1] @ theta["w"]).numpy().astype(np.float64)
    logits = margins - margins[::5].mean() + np.log(share.mean() / (1 - share.mean()))
    return float(np.mean(np.log1p(np.exp(logits)) - share * logits))


def test_the_pooled_loss_falls(fitted: tuple[Theta, Recipe]) -> None:
    assert pooled_loss(fitted[0]) < pooled_loss(START) - 0.05


def test_the_start_learns_what_everybody_likes(fitted: tuple[Theta, Recipe]) -> None:
    weights = fitted[0]["w"]
    assert weights.argmax().item() == 1
    assert weights[1] > 0.5


def test_the_given_start_is_not_changed(fitted: tuple[Theta, Recipe]) -> None:
    assert torch.equal(START["w"], torch.zeros(4))
    assert not fitted[0]["w"].requires_grad


def test_the_same_seed_gives_the_same_bits(fitted: tuple[Theta, Recipe]) -> None:
    theta, recipe = trainer().fit(START, people(20), people()[20:], base_revision="rev-1")
    assert torch.equal(theta["w"], fitted[0]["w"])
    assert recipe == fitted[1]


def test_another_seed_gives_another_start(fitted: tuple[Theta, Recipe]) -> None:
    theta, _ = trainer(seed=1).fit(START, people(20), people()[20:], base_revision="rev-1")
    assert not torch.equal(theta["w"], fitted[0]["w"])


def test_the_recipe_says_where_it_comes_from(fitted: tuple[Theta, Recipe]) -> None:
    recipe = fitted[1]
    assert (recipe.base_revision, recipe.algorithm, recipe.seed, recipe.steps) == ("rev-1", "pooled", 0, 3)
    assert recipe.trained_on == "ml-1m: 20 training people, 4 validation people"
    assert sum(recipe.ridge.scales.values()) == pytest.approx(1.0, abs=1e-3)


def test_the_item_prior_is_the_shrunk_mean_above_the_mean_of_all(fitted: tuple[Theta, Recipe]) -> None:
    rewards = np.array([user.rewards for user in people(20)])
    by_hand = (rewards - rewards.mean()).sum(axis=0) / (20 + 20.0)
    assert fitted[1].item_prior == pytest.approx({f"i{i:02}": p for i, p in enumerate(by_hand)}, abs=1e-4)


def test_nobody_is_our_error() -> None:
    with pytest.raises(AdapterError, match="nobody in the training data has two ratings"):
        trainer().fit(START, [], people(4), base_revision="rev-1")
    lonely = [UserRatings(1, np.array([0]), np.array([5.0]))]
    with pytest.raises(AdapterError, match="nobody in the training data has two ratings"):
        trainer().fit(START, lonely, people(4), base_revision="rev-1")


def test_too_few_ratings_of_every_item_are_our_error() -> None:
    with pytest.raises(AdapterError, match="no item of the catalogue has five ratings"):
        trainer().fit(START, people(4), people(4), base_revision="rev-1")


def test_without_validation_people_the_defaults_stand() -> None:
    _, recipe = trainer(epochs=1).fit(START, people(6), [], base_revision="rev-1")
    assert (recipe.rate, recipe.weights) == (Recipe().rate, Recipe().weights)


@pytest.mark.parametrize(
    ("scores", "stars", "accuracy"),
    [
        ([0.9, 0.1, 0.5], [5, 1, 3], 1.0),
        ([0.1, 0.9, 0.5], [5, 1, 3], 0.0),
        ([0.5, 0.5], [5, 1], 0.5),
        ([0.1, 0.2], [3, 3], 0.5),
        # Pairs: 5 > 3 right, 5 > 1 tied, 3 > 1 wrong.
        ([0.4, 0.3, 0.4], [5, 3, 1], 0.5),
        # Pairs: 4 > 2 right twice, 4 > 1 right and wrong, 2 > 1 wrong twice counted once each.
        ([0.9, 0.2, 0.1, 0.5], [4, 2, 2, 1], 3 / 5),
    ],
)
def test_pairwise_accuracy_by_hand(scores: list[float], stars: list[float], accuracy: float) -> None:
    assert pairwise_accuracy(np.array(scores), np.array(stars, dtype=float)) == pytest.approx(accuracy)
