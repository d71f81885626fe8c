"""The order of one update and its gate, on blocks whose margin is the text times one vector."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from palate.adapters.adapter_store import AdapterStore, AdapterVersion
from palate.adapters.database import Database
from palate.adapters.event_log import EventLog
from palate.adapters.examples import ExampleBuilder
from palate.adapters.feedback import Feedback
from palate.adapters.inner_loop import Centre, CentredMarginLoss, Support
from palate.adapters.item_inputs import ItemInputs
from palate.adapters.learner import AdapterLearner
from palate.adapters.lora import Theta
from palate.adapters.start import Recipe, Start
from palate.retrieval.attribute_table import AttributeTable
from palate.retrieval.catalog import Catalog
from palate.retrieval.encoder import Encoder
from palate.retrieval.errors import EnvironmentProblem
from torch import Tensor

THETA0 = {"w": torch.tensor([0.1, -0.2, 0.3, 0.0, 0.0, 0.0])}


class LinearBlocks:
    """The margin is the text times a vector; people's rows in order, as the real ones."""

    def margins(self, theta: Theta, items: ItemInputs) -> Tensor:
        w = theta["w"] if theta["w"].dim() == 2 else theta["w"][None]
        return (items.states.reshape(len(w), -1, 6) * w[:, None]).sum(dim=2).flatten()


def inputs(states: Tensor) -> ItemInputs:
    """Return items that are their texts alone."""
    return ItemInputs(states, torch.zeros(len(states), 0, 6), torch.zeros(len(states), 0, dtype=torch.bool))


class World:
    """A learner on a real log and store, with a catalogue of six films whose states are unit vectors."""

    def __init__(self, home: Path, catalog: Catalog, encoder: Encoder) -> None:
        self.home, self.catalog = home, catalog
        self.database = Database(home)
        self.log = EventLog(self.database)
        self.store = AdapterStore(self.database, home / "adapters", {"w": "peft.w"}, {})
        self.start = Start(dict(THETA0), "start-1", Recipe(steps=3), "test", {"w": 2.0})
        blocks: Any = LinearBlocks()
        self.loss = CentredMarginLoss(blocks, self.items([item.item_id for item in catalog]))
        self.examples = ExampleBuilder(
            catalog, AttributeTable(catalog), encoder.encode_items([item.text for item in catalog])
        )

    def items(self, item_ids: Sequence[str]) -> ItemInputs:
        return inputs(torch.eye(6)[[self.catalog.position(item_id) for item_id in item_ids]])

    def learner(self, **changes: Any) -> AdapterLearner:
        parts = {
            "log": self.log, "store": self.store, "start": self.start, "loss": self.loss, "examples": self.examples,
            "items": self.items, "leases": self.home / "leases", **changes,
        }  # fmt: skip
        return AdapterLearner(**parts)


@pytest.fixture
def world(tmp_path: Path, small_catalog: Catalog, word_encoder: Encoder) -> Iterator[World]:
    made = World(tmp_path, small_catalog, word_encoder)
    yield made
    made.database.close()


def rated(item_id: str, stars: int = 5, user: str = "ada") -> Feedback:
    return Feedback.from_stars(user, item_id, stars)


def test_an_event_is_appended_before_it_is_adapted_and_published_after(world: World) -> None:
    world.log.append(rated("emma-1996"))  # there is something to adapt to already
    steps: list[str] = []

    class NotedLog(EventLog):
        def append(self, feedback: Feedback) -> bool:
            steps.append("append")
            return super().append(feedback)

    class NotedStore(AdapterStore):
        def publish(self, user_id: str, theta: Theta, **facts: Any) -> AdapterVersion:
            steps.append("publish")
            return super().publish(user_id, theta, **facts)

    class NotedLoss(CentredMarginLoss):
        def __call__(self, theta: Theta, support: Support, centre: Centre) -> Tensor:
            steps.append("adapt")
            return super().__call__(theta, support, centre)

    store = NotedStore(world.database, world.home / "adapters", {"w": "peft.w"}, {})
    blocks: Any = LinearBlocks()
    loss = NotedLoss(blocks, world.loss.reference)
    world.learner(log=NotedLog(world.database), store=store, loss=loss).learn_one(rated("alien-1979"))
    assert list(dict.fromkeys(steps)) == ["append", "adapt", "publish"]
    assert (steps[0], steps[-1]) == ("append", "publish")
    assert (steps.count("append"), steps.count("publish")) == (1, 1)


def test_a_stranger_is_served_by_the_start(world: World) -> None:
    taste = world.learner().taste("nobody")
    assert (taste.examples, taste.version, taste.n_events) == ((), None, 0)
    assert taste.theta is world.start.theta


def test_what_was_loved_rises_and_what_was_hated_falls(world: World) -> None:
    learner = world.learner()
    learner.learn_one(rated("alien-1979", 5))
    taste = learner.learn_one(rated("emma-1996", 1))
    moved = (taste.theta["w"] - THETA0["w"]).tolist()
    assert moved[0] > 0.1
    assert moved[2] < -0.1
    told = [(example.item_id, example.reward) for example in taste.examples]
    assert told == [("alien-1979", 1.0), ("emma-1996", -1.0)]
    assert taste.examples[0].weight < taste.examples[1].weight == 1.0  # the newer counts more


def test_a_version_records_what_happened(world: World) -> None:
    learner = world.learner()
    learner.learn_one(rated("alien-1979"))
    version = learner.learn_one(rated("emma-1996")).version
    assert version is not None
    assert (version.version, version.theta0, version.events, version.steps) == (2, "start-1", 2, 3)
    assert version.last_event == world.log.numbered("ada")[-1][0]
    assert version.loss_after < version.loss_before
    assert 0 < version.moved < 1


def test_the_same_events_give_the_same_adapter_whoever_they_are_of(world: World) -> None:
    learner = world.learner()
    for user in ("ada", "bob"):
        for item_id, stars in (("alien-1979", 5), ("emma-1996", 2)):
            learner.learn_one(rated(item_id, stars, user))
    ada, bob = (world.store.current(user) for user in ("ada", "bob"))
    assert ada is not None
    assert bob is not None
    assert ada.sha256 == bob.sha256
    learner.learn_one(rated("emma-1996", 5, "bob"))
    assert world.store.current("bob").sha256 != ada.sha256  # type: ignore[union-attr]  # it was published just now


def test_an_adapter_forgets_an_opinion_that_was_replaced(world: World) -> None:
    learner = world.learner()
    for event in (rated("alien-1979", 1), rated("alien-1979", 5)):
        last = learner.learn_one(event)
    once = learner.learn_one(rated("alien-1979", 5, "bob"))
    assert torch.equal(last.theta["w"], once.theta["w"])


def test_events_that_another_process_appended_are_caught_up_with(world: World) -> None:
    learner = world.learner()
    learner.learn_one(rated("alien-1979"))
    world.log.append(rated("emma-1996", 1))
    taste = learner.taste("ada")
    assert taste.n_events == 2
    assert taste.version is not None
    assert (taste.version.version, taste.version.last_event) == (2, world.log.numbered("ada")[-1][0])


def test_a_restart_serves_the_published_adapter_without_adapting(world: World) -> None:
    published = world.learner().learn_one(rated("alien-1979"))

    class NoLoss(CentredMarginLoss):
        def logits(self, theta: Theta, items: ItemInputs, centre: Centre) -> Tensor:
            raise AssertionError("it adapted")

    blocks: Any = LinearBlocks()
    taste = world.learner(loss=NoLoss(blocks, world.loss.reference)).taste("ada")
    assert taste.version == published.version
    assert torch.equal(taste.theta["w"], published.theta["w"])


def test_an_unchanged_taste_is_not_published_again(world: World) -> None:
    learner = world.learner()
    first = learner.learn_one(rated("alien-1979"))
    assert learner.taste("ada") is first
    assert learner.learn_one(world.log.events("ada")[0]) is first


def test_a_damaged_adapter_is_rebuilt_from_the_log(world: World) -> None:
    first = world.learner().learn_one(rated("alien-1979"))
    (weights,) = (world.home / "adapters").rglob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    again = world.learner().taste("ada")
    assert first.version is not None
    assert again.version == replace(first.version, version=2)
    assert torch.equal(world.store.load(again.version)["w"], first.theta["w"])


def test_a_new_start_means_a_new_adapter(world: World) -> None:
    world.learner().learn_one(rated("alien-1979"))
    other = replace(world.start, sha256="start-2", theta={"w": torch.zeros(6)})
    taste = world.learner(start=other).taste("ada")
    assert taste.version is not None
    assert (taste.version.version, taste.version.theta0) == (2, "start-2")


def test_an_adapter_outside_the_trust_region_is_refused_and_the_start_serves(world: World) -> None:
    narrow = replace(world.start, recipe=Recipe(steps=3, trust_radius=1e-6))
    taste = world.learner(start=narrow).learn_one(rated("alien-1979"))
    assert torch.equal(taste.theta["w"], THETA0["w"])
    assert taste.version is not None
    assert (taste.version.steps, taste.version.moved) == (0, 0.0)
    assert taste.version.loss_before == taste.version.loss_after


def test_shorter_steps_are_tried_before_an_adapter_is_refused(world: World) -> None:
    full = world.learner().learn_one(rated("alien-1979"))
    length = float((full.theta["w"] - THETA0["w"]).norm())
    narrow = replace(world.start, sha256="start-2", recipe=Recipe(steps=3, trust_radius=length * 0.7))
    taste = world.learner(start=narrow).taste("ada")
    assert 0.3 * length < float((taste.theta["w"] - THETA0["w"]).norm()) < 0.7 * length


class BrokenLoss(CentredMarginLoss):
    """A loss whose value, or only its gradient, is not a number away from the start."""

    def __init__(self, inner: CentredMarginLoss, damage: Callable[[Tensor], Tensor]) -> None:
        blocks: Any = LinearBlocks()
        super().__init__(blocks, inner.reference)
        self.damage = damage

    def __call__(self, theta: Theta, support: Support, centre: Centre) -> Tensor:
        value = super().__call__(theta, support, centre)
        return value if torch.equal(theta["w"][0], THETA0["w"]) and not theta["w"].requires_grad else self.damage(value)


@pytest.mark.parametrize(
    "damage",
    [lambda value: value * math.nan, lambda value: value + torch.sqrt(value.clone() * 0.0)],
    ids=["the loss", "its gradient"],
)
def test_a_loss_that_is_not_finite_is_refused_and_the_start_serves(
    world: World, damage: Callable[[Tensor], Tensor]
) -> None:
    learner = world.learner(loss=BrokenLoss(world.loss, damage))
    taste = learner.learn_one(rated("alien-1979"))
    assert torch.equal(taste.theta["w"], THETA0["w"])
    assert taste.version is not None
    assert taste.version.steps == 0
    assert taste.n_events == 1


def test_an_adapter_that_is_not_finite_after_its_last_step_is_refused(world: World) -> None:
    one_step = replace(world.start, recipe=Recipe(steps=1))
    loss = BrokenLoss(world.loss, lambda value: value + torch.sqrt(value.clone() * 0.0))
    taste = world.learner(start=one_step, loss=loss).learn_one(rated("alien-1979"))
    assert torch.equal(taste.theta["w"], THETA0["w"])
    assert taste.version is not None
    assert taste.version.steps == 0


def test_an_adapter_that_is_worse_on_events_it_has_not_seen_is_refused(world: World) -> None:
    # Of six examples the gate holds back the fourth, which contradicts what all others say of items that are alike.
    alike = torch.zeros(6, 6)
    alike[:, 0] = 1.0
    fast = replace(world.start, rates={"w": 20.0})
    learner = world.learner(start=fast, items=lambda ids: inputs(alike[: len(ids)]))
    for item_id, stars in zip((item.item_id for item in world.catalog), (5, 5, 5, 1, 5, 5), strict=True):
        taste = learner.learn_one(rated(item_id, stars))
    assert taste.version is not None
    assert (taste.version.events, taste.version.steps) == (6, 0)
    assert torch.equal(taste.theta["w"], THETA0["w"])


def test_an_adapter_that_cannot_be_written_serves_from_memory_and_is_published_later(world: World) -> None:
    class FullDisk(AdapterStore):
        def publish(self, user_id: str, theta: Theta, **facts: Any) -> AdapterVersion:
            raise EnvironmentProblem("the disk is full")

    store = FullDisk(world.database, world.home / "adapters", {"w": "peft.w"}, {})
    taste = world.learner(store=store).learn_one(rated("alien-1979"))
    assert taste.version is None
    later = world.learner().taste("ada")
    assert later.version is not None
    torch.testing.assert_close(later.theta["w"], taste.theta["w"], atol=1e-3, rtol=0)  # it is stored in halves
    assert not torch.allclose(taste.theta["w"], THETA0["w"], atol=1e-2)


def test_an_event_that_cannot_be_stored_changes_nothing(world: World) -> None:
    class FullLog(EventLog):
        def append(self, feedback: Feedback) -> bool:
            raise EnvironmentProblem("the disk is full")

    with pytest.raises(EnvironmentProblem):
        world.learner(log=FullLog(world.database)).learn_one(rated("alien-1979"))
    assert world.store.current("ada") is None


def test_somebody_forgotten_is_a_stranger_and_leaves_no_adapter(world: World) -> None:
    learner = world.learner()
    for item_id in ("alien-1979", "emma-1996"):
        learner.learn_one(rated(item_id))
    learner.learn_one(rated("alien-1979", 1, "bob"))
    assert learner.forget("ada") == 2
    assert learner.taste("ada").version is None
    assert world.store.count() == 1
    assert learner.taste("bob").n_events == 1


def test_events_about_items_that_are_gone_leave_the_start(world: World) -> None:
    taste = world.learner().learn_one(rated("gone-1900"))
    assert torch.equal(taste.theta["w"], THETA0["w"])
    assert (taste.examples, taste.n_events) == ((), 1)
