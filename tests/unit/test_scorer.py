"""The sum of parts on blocks whose margin is the text times one vector, each part worked out by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from palate.adapters.feedback import Example
from palate.adapters.inner_loop import CentredMarginLoss
from palate.adapters.item_inputs import ItemInputs
from palate.adapters.learner import Taste
from palate.adapters.lora import Theta
from palate.adapters.ridge import ItemFactors, RidgeHead, RidgePrior
from palate.adapters.scorer import PARTS, PersonalScorer
from palate.adapters.start import PartWeights, Recipe, Start
from palate.retrieval.attribute_table import AttributeTable
from palate.retrieval.catalog import Catalog
from palate.retrieval.encoder import Encoder
from torch import Tensor

THETA0 = {"w": torch.tensor([0.5, -1.0])}
MOVED = {"w": torch.tensor([0.5, 1.0])}
TEXTS = torch.tensor([[2.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 2.0], [4.0, 4.0], [-2.0, 0.0]])
REFERENCE = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
# Under THETA0 the reference has .5 and -1, mean -.25; under MOVED .5 and 1, mean .75.
STILL = np.array([1.25, -0.25, -0.75, -1.75, -1.75, -0.75])
CHANGE = np.array([0.25, 0.75, 0.25, 1.25, 5.25, -1.75]) - STILL
PRIOR = np.array([0.1, -0.1, 0.2, 0.0, 0.3, -0.3])
EXAMPLE = Example("alien-1979", 1.0)
ALIEN, EMMA, SOLARIS = 0, 2, 4


def inputs(states: Tensor) -> ItemInputs:
    return ItemInputs(states, torch.zeros(len(states), 0, 2), torch.zeros(len(states), 0, dtype=torch.bool))


class LinearBlocks:
    """The margin is the text times a vector; they note how many items they scored."""

    def __init__(self) -> None:
        self.scored: list[int] = []

    def margins(self, theta: Theta, items: ItemInputs) -> Tensor:
        w = theta["w"] if theta["w"].dim() == 2 else theta["w"][None]
        return (items.states.reshape(len(w), -1, 2) * w[:, None]).sum(dim=2).flatten()

    def score(self, theta: Theta, items: ItemInputs) -> Tensor:
        self.scored.append(len(items))
        return self.margins(theta, items).detach()


class World:
    """A scorer over six films."""

    def __init__(self, catalog: Catalog, encoder: Encoder) -> None:
        self.catalog, self.read = catalog, list[str]()
        self.blocks: Any = LinearBlocks()
        table, variances = AttributeTable(catalog), RidgePrior()
        vectors = encoder.encode_items([item.text for item in catalog])
        self.ridge = RidgeHead(catalog, ItemFactors(table, vectors, variances), variances)

    def items(self, item_ids: Sequence[str]) -> ItemInputs:
        self.read.extend(item_ids)
        return inputs(TEXTS[[self.catalog.position(item_id) for item_id in item_ids]])

    def scorer(self, n_read: int | None = None, **weights: PartWeights) -> PersonalScorer:
        self.start = Start(
            THETA0,
            "start-1",
            Recipe(weights={int(name.removeprefix("at")): value for name, value in weights.items()}),
            "test",
        )
        loss = CentredMarginLoss(self.blocks, inputs(REFERENCE))
        return PersonalScorer(self.catalog, self.blocks, loss, self.ridge, self.start, self.items, PRIOR, n_read=n_read)

    def ids(self, *rows: int) -> list[str]:
        return [self.catalog.at(row).item_id for row in rows]


@pytest.fixture
def world(small_catalog: Catalog, word_encoder: Encoder) -> World:
    return World(small_catalog, word_encoder)


def taste(theta: Theta = THETA0, n_examples: int = 0) -> Taste:
    return Taste((EXAMPLE,) * n_examples, theta, None, n_examples)


def test_the_score_is_the_sum_of_its_parts(world: World) -> None:
    scorer = world.scorer(at0=PartWeights(prior=2.0, ridge=0.5, still=0.1, moved=0.2, relevance=3.0))
    relevance = np.array([0.5, 0.0, 1.0])
    person = taste(MOVED, 1)
    found = scorer.score(world.ids(SOLARIS, ALIEN, EMMA), person, relevance)
    rows = np.array([SOLARIS, ALIEN, EMMA])
    assert tuple(found.parts) == PARTS
    assert found.item_ids == tuple(world.ids(*rows))
    np.testing.assert_allclose(found.parts["prior"], 2.0 * PRIOR[rows])
    np.testing.assert_allclose(found.parts["ridge"], 0.5 * scorer.posterior(person, rows).mean)
    np.testing.assert_allclose(found.parts["lm"], 0.1 * STILL[rows] + 0.2 * CHANGE[rows], atol=1e-6)
    np.testing.assert_allclose(found.parts["relevance"], [1.5, 0.0, 3.0])
    np.testing.assert_allclose(found.scores, sum(found.parts.values()))


@pytest.mark.parametrize(("n_examples", "weight"), [(0, 0.0), (1, 0.5), (3, 1.0), (30, 1.0)])
def test_weights_go_by_the_number_of_events(world: World, n_examples: int, weight: float) -> None:
    scorer = world.scorer(at0=PartWeights(still=0.0, prior=0.0), at3=PartWeights(still=1.0, prior=1.0))
    found = scorer.score(world.ids(*range(6)), taste(n_examples=n_examples), np.zeros(6))
    np.testing.assert_allclose(found.parts["lm"], weight * STILL, atol=1e-6)
    np.testing.assert_allclose(found.parts["prior"], weight * PRIOR, atol=1e-12)


def test_what_steps_changed_has_a_weight_of_its_own(world: World) -> None:
    def margins(theta: Theta, weights: PartWeights) -> np.ndarray:
        return world.scorer(at0=weights).score(world.ids(*range(6)), taste(theta), np.zeros(6)).parts["lm"]

    still, moved = PartWeights(still=1.0, moved=0.0), PartWeights(still=0.0, moved=1.0)
    np.testing.assert_allclose(margins(MOVED, still), STILL, atol=1e-6)
    np.testing.assert_allclose(margins(MOVED, moved), CHANGE, atol=1e-6)


def test_where_nothing_moved_the_moved_part_is_nought(world: World) -> None:
    scorer = world.scorer(at0=PartWeights(still=0.0, moved=5.0))
    for theta in (THETA0, {"w": THETA0["w"].clone()}):
        found = scorer.score(world.ids(*range(6)), taste(theta), np.zeros(6))
        np.testing.assert_allclose(found.parts["lm"], np.zeros(6), atol=1e-6)


def test_theta_zero_itself_is_scored_once(world: World) -> None:
    scorer = world.scorer(at0=PartWeights())
    scorer.score(world.ids(*range(6)), taste(world.start.theta), np.zeros(6))
    assert world.blocks.scored == [6]
    scorer.score(world.ids(*range(6)), taste(MOVED), np.zeros(6))
    assert world.blocks.scored == [6, 6, 6]


def test_a_common_shift_of_all_margins_moves_no_score(world: World) -> None:
    scorer = world.scorer(at0=PartWeights())
    before = scorer.score(world.ids(*range(6)), taste(MOVED), np.zeros(6)).scores
    world.blocks.margins, plain = lambda theta, items: plain(theta, items) + 7.0, world.blocks.margins
    after = world.scorer(at0=PartWeights()).score(world.ids(*range(6)), taste(MOVED), np.zeros(6)).scores
    np.testing.assert_allclose(after, before, atol=1e-5)


def test_only_the_best_of_the_other_parts_are_read(world: World) -> None:
    scorer = world.scorer(2, at0=PartWeights(prior=1.0, ridge=0.0, still=1.0, relevance=1.0))
    found = scorer.score(world.ids(0, 1, 2, 3), taste(), np.array([0.0, 1.0, 0.0, 0.0]))
    # The others add up to .1, .9, .2 and 0.
    assert world.read == world.ids(1, 2)
    np.testing.assert_allclose(found.parts["lm"], [0.0, STILL[1], STILL[2], 0.0], atol=1e-6)


def test_a_loved_film_lifts_its_like_and_the_ridge_says_by_how_much(world: World) -> None:
    scorer = world.scorer(at0=PartWeights(still=0.0, moved=0.0, prior=0.0))
    found = scorer.score(world.ids(1, EMMA), taste(n_examples=1), np.zeros(2))
    assert found.parts["ridge"][0] > found.parts["ridge"][1]
    nobody = scorer.score(world.ids(1, EMMA), taste(), np.zeros(2))
    assert nobody.parts["ridge"].tolist() == [0.0, 0.0]


def test_no_items_have_no_scores(world: World) -> None:
    scorer = world.scorer(at0=PartWeights())
    world.blocks.score = lambda theta, items: torch.zeros(len(items))
    assert scorer.score([], taste(MOVED, 1), np.zeros(0)).scores.shape == (0,)
