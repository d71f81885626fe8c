import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from palate.adapters.export import activated_config
from palate.adapters.item_inputs import ItemInputs
from palate.adapters.lora import LoraConfig, Theta, random_theta
from palate.adapters.start import (
    PartWeights,
    RatingsWeights,
    Recipe,
    item_prior,
    load_start,
    make_start,
    peft_names,
    save_start,
    shipped_folder,
)
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import AdapterError
from palate.retrieval.items import Item
from safetensors.torch import load_file, save_file


class FakeBlocks:
    """What a start needs to know of the adapted blocks."""

    def __init__(self, revision: str = "rev-1") -> None:
        self.backbone = SimpleNamespace(revision=revision, name="tiny")
        self.config = LoraConfig(n_blocks=2, rank=2, alpha=6)
        self.first_block = 5
        self.shapes = {f"layers.{i}.mlp.{leaf}": (4, 3) for i in range(2) for leaf in ("up", "down")}

    def peft_name(self, name: str) -> str:
        return f"peft.{name}.weight"

    def token_ids(self, text: str) -> list[int]:
        return [len(word) for word in text.split()]


@pytest.fixture
def blocks() -> Any:
    return FakeBlocks()


@pytest.fixture
def theta(blocks: Any) -> Theta:
    return random_theta(blocks.shapes, blocks.config, seed=3)


RECIPE = Recipe(
    base_revision="rev-1", algorithm="pooled", rate=1.5, item_prior={"heat": 0.25},
    weights={0: PartWeights(still=0.2), 5: PartWeights(moved=0.4)}, ratings={3: RatingsWeights(retrieval=0.5)},
)  # fmt: skip
TOKENS = {"content.weight": torch.tensor([[0.5, -2.0], [1.25, 3.0]]), "content.bias": torch.tensor([0.125, 1.0])}


def test_a_saved_start_comes_back_whole(tmp_path: Path, blocks: Any, theta: Theta) -> None:
    save_start(tmp_path / "new", theta, RECIPE, blocks)
    found = load_start(tmp_path / "new", blocks)
    assert (found.recipe, found.source) == (RECIPE, str(tmp_path / "new"))
    assert found.theta.keys() == theta.keys()
    assert all(torch.equal(found.theta[name], theta[name]) for name in theta)
    assert found.sha256 == make_start(theta, RECIPE, "elsewhere", blocks).sha256


def test_token_weights_come_back_in_half_precision(tmp_path: Path, blocks: Any, theta: Theta) -> None:
    uneven = {**TOKENS, "factors.bias": torch.tensor([0.1])}
    save_start(tmp_path, theta, RECIPE, blocks, uneven)
    found = load_start(tmp_path, blocks).tokens
    assert found.keys() == uneven.keys()
    assert all(tensor.dtype == torch.float32 for tensor in found.values())
    assert all(torch.equal(found[name], TOKENS[name]) for name in TOKENS)
    assert found["factors.bias"].item() == pytest.approx(0.1, abs=1e-4)


def test_a_variance_comes_back_whole(tmp_path: Path, blocks: Any, theta: Theta) -> None:
    variance = {name: tensor**2 for name, tensor in theta.items()}
    save_start(tmp_path, theta, RECIPE, blocks, variance=variance)
    found = load_start(tmp_path, blocks).variance
    assert found.keys() == theta.keys()
    assert all(torch.equal(found[name], variance[name]) for name in theta)


def test_a_start_without_tokens_and_variance_writes_no_file_of_them(tmp_path: Path, blocks: Any, theta: Theta) -> None:
    save_start(tmp_path, theta, RECIPE, blocks)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "adapter_config.json", "adapter_model.safetensors", "recipe.json",
    ]  # fmt: skip
    found = load_start(tmp_path, blocks)
    assert (found.tokens, found.variance) == ({}, {})


@pytest.mark.parametrize(
    ("tokens", "message"),
    [(b"nonsense", "cannot be read: .*"), ({"content.bias": torch.tensor([float("nan")])}, "holds NaN or infinity")],
    ids=["damaged", "not a number"],
)
def test_damaged_token_weights_are_our_error(
    tmp_path: Path, blocks: Any, theta: Theta, tokens: Any, message: str
) -> None:
    save_start(tmp_path, theta, RECIPE, blocks, TOKENS)
    if isinstance(tokens, bytes):
        (tmp_path / "item_tokens.safetensors").write_bytes(tokens)
    else:
        save_file(tokens, tmp_path / "item_tokens.safetensors")
    with pytest.raises(AdapterError, match=rf"the file .*{message}; install Palate again"):
        load_start(tmp_path, blocks)


def test_the_files_have_the_names_of_peft(tmp_path: Path, blocks: Any, theta: Theta) -> None:
    save_start(tmp_path, theta, RECIPE, blocks)
    assert set(load_file(tmp_path / "adapter_model.safetensors")) == {f"peft.{name}.weight" for name in theta}
    assert json.loads((tmp_path / "adapter_config.json").read_text("utf-8")) == activated_config(blocks)


def test_the_config_of_peft_counts_blocks_from_the_bottom(blocks: Any) -> None:
    config = activated_config(blocks)
    assert config["layers_to_transform"] == [5, 6]
    assert (config["layers_pattern"], config["target_modules"]) == ("layers", ["down", "up"])
    assert (config["r"], config["lora_alpha"], config["peft_type"]) == (2, 6, "LORA")


def test_the_hash_speaks_of_tensors_tokens_and_recipe(blocks: Any, theta: Theta) -> None:
    other = {**theta, "layers.0.mlp.up.lora_B": theta["layers.0.mlp.up.lora_B"] + 1e-3}
    hashes = [
        make_start(theta, RECIPE, "", blocks).sha256,
        make_start(other, RECIPE, "", blocks).sha256,
        make_start(theta, RECIPE.model_copy(update={"steps": 4}), "", blocks).sha256,
        make_start(theta, RECIPE, "", blocks, TOKENS).sha256,
        make_start(theta, RECIPE, "", blocks, {**TOKENS, "content.bias": torch.zeros(2)}).sha256,
    ]
    assert len(set(hashes)) == 5
    assert make_start(dict(reversed(theta.items())), RECIPE, "", blocks).sha256 == hashes[0]


def test_every_tensor_has_its_rate_or_the_common_one(blocks: Any, theta: Theta) -> None:
    recipe = RECIPE.model_copy(update={"rates": {"layers.0.mlp.up.lora_A": 9.0}})
    rates = make_start(theta, recipe, "", blocks).rates
    assert rates.keys() == theta.keys()
    assert rates.pop("layers.0.mlp.up.lora_A") == 9.0
    assert set(rates.values()) == {1.5}


def test_for_another_model_a_start_is_drawn_by_its_seed(tmp_path: Path, blocks: Any, theta: Theta) -> None:
    save_start(tmp_path, theta, RECIPE, blocks)
    other: Any = FakeBlocks("rev-2")
    drawn = load_start(tmp_path, other, seed=8)
    expected = random_theta(other.shapes, other.config, seed=8)
    assert (drawn.source, drawn.recipe) == ("drawn", Recipe(seed=8))
    assert all(torch.equal(drawn.theta[name], expected[name]) for name in expected)


def test_an_empty_folder_draws_a_start_too(tmp_path: Path, blocks: Any) -> None:
    assert load_start(tmp_path, blocks).source == "drawn"


@pytest.mark.parametrize("damage", [b"", b"nonsense"])
def test_damaged_weights_are_our_error(tmp_path: Path, blocks: Any, theta: Theta, damage: bytes) -> None:
    save_start(tmp_path, theta, RECIPE, blocks)
    (tmp_path / "adapter_model.safetensors").write_bytes(damage)
    with pytest.raises(AdapterError, match=r"the start in .* cannot be read: .*; install Palate again"):
        load_start(tmp_path, blocks)


@pytest.mark.parametrize(
    "recipe", ["", "{", '{"steps": -1}', '{"unknown": 1}', '{"rate": 0}', '{"weights": {"one": {}}}']
)
def test_a_damaged_recipe_is_our_error(tmp_path: Path, blocks: Any, recipe: str) -> None:
    (tmp_path / "recipe.json").write_text(recipe)
    with pytest.raises(AdapterError, match=r"the recipe .*recipe.json cannot be read; install Palate again"):
        load_start(tmp_path, blocks)


def rewrite(folder: Path, change: dict[str, torch.Tensor | None]) -> None:
    tensors = {**load_file(folder / "adapter_model.safetensors"), **change}
    save_file({name: t for name, t in tensors.items() if t is not None}, folder / "adapter_model.safetensors")


@pytest.mark.parametrize(
    "change",
    [
        {"peft.layers.0.mlp.up.lora_A.weight": None},
        {"peft.layers.9.mlp.up.lora_A.weight": torch.zeros(2, 3)},
        {"peft.layers.0.mlp.up.lora_A.weight": torch.zeros(8, 3)},
        {"peft.layers.0.mlp.up.lora_A.weight": torch.full((2, 3), float("nan"))},
    ],
    ids=["lacks one", "one too many", "wrong rank", "not a number"],
)
def test_tensors_that_do_not_fit_the_model_are_our_error(
    tmp_path: Path, blocks: Any, theta: Theta, change: dict[str, torch.Tensor | None]
) -> None:
    save_start(tmp_path, theta, RECIPE, blocks)
    rewrite(tmp_path, change)
    with pytest.raises(AdapterError, match="install Palate again"):
        load_start(tmp_path, blocks)


def test_names_of_peft_are_one_to_one(blocks: Any, theta: Theta) -> None:
    names = peft_names(blocks)
    assert names.keys() == theta.keys()
    assert len(set(names.values())) == len(theta)


@pytest.mark.parametrize(
    ("n_events", "still", "moved"),
    # In log(1 + n), 1 event is half way between 0 and 3, and 7 events are half way between 3 and 15.
    [(0, 0.2, 0.0), (1, 0.1, 0.2), (3, 0.0, 0.4), (7, 0.5, 1.4), (15, 1.0, 2.4), (400, 1.0, 2.4)],
)
def test_weights_run_between_those_that_were_learned(n_events: int, still: float, moved: float) -> None:
    learned = {15: (1.0, 2.4), 0: (0.2, 0.0), 3: (0.0, 0.4)}
    recipe = Recipe(weights={n: PartWeights(still=s, moved=m) for n, (s, m) in learned.items()})
    found = recipe.weights_at(n_events)
    assert (found.still, found.moved) == (pytest.approx(still), pytest.approx(moved))
    assert (found.prior, found.ridge, found.relevance) == (1.0, 1.0, 0.6)


def test_weights_by_ratings_alone_have_a_table_of_their_own() -> None:
    recipe = Recipe(ratings={1: RatingsWeights(still=0.0), 3: RatingsWeights(still=1.0, retrieval=3.0)})
    assert [recipe.ratings_at(n).still for n in (0, 1, 3, 9)] == [0.0, 0.0, 1.0, 1.0]
    assert recipe.ratings_at(20).retrieval == 3.0
    assert recipe.ratings_at(1).retrieval == 1.0


def test_rewards_become_wished_probabilities_and_weights_as_they_were_learned(blocks: Any, theta: Theta) -> None:
    recipe = Recipe(targets=(0.0, 0.1, 0.5, 0.6, 1.0), sureness=(3.0, 2.0, 1.0, 2.0, 4.0))
    states = torch.zeros(3, 2)
    items = ItemInputs(states, torch.zeros(3, 0, 2), torch.zeros(3, 0, dtype=torch.bool))
    start = make_start(theta, recipe, "", blocks)
    found = start.support(items, [-1.0, 0.75, 0.0])
    assert found.items is items
    assert found.targets.tolist() == pytest.approx([0.0, 0.8, 0.5])
    assert found.weights.tolist() == pytest.approx([3.0, 3.0, 1.0])
    weighed = start.support(items, [-1.0, 0.75, 0.0], [1.0, 0.5, 0.1])
    assert weighed.weights.tolist() == pytest.approx([3.0, 1.5, 0.1])


def test_what_everybody_thinks_goes_by_item_id(small_catalog: Catalog) -> None:
    recipe = Recipe(item_prior={"emma-1996": -0.5, "alien-1979": 0.25, "gone-1900": 1.0})
    assert item_prior(small_catalog, recipe).tolist() == [0.25, 0.0, -0.5, 0.0, 0.0, 0.0]


def test_another_catalogue_has_what_everybody_thinks_by_movielens_id() -> None:
    known = next(item for item in Catalog.embedded() if item.movielens_id)
    other = [
        Item(item_id="x", domain="film", title="X", movielens_id=known.movielens_id),
        Item(item_id="y", domain="film", title="Y"),
    ]
    recipe = Recipe(item_prior={known.item_id: 0.75})
    assert item_prior(Catalog(other), recipe).tolist() == [0.75, 0.0]
    assert item_prior(Catalog(other[1:]), recipe).tolist() == [0.0]


def test_the_shipped_start_can_be_read() -> None:
    folder = shipped_folder()
    recipe = Recipe.model_validate_json((folder / "recipe.json").read_text("utf-8"))
    assert len(recipe.base_revision) == 64
    assert all(torch.isfinite(tensor).all() for tensor in load_file(folder / "adapter_model.safetensors").values())
    assert sum(recipe.ridge.scales.values()) == pytest.approx(1.0, abs=0.01)
