import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from palate.adapters.lora import LoraConfig, Theta, random_theta
from palate.adapters.start import (
    PartWeights,
    Recipe,
    load_start,
    make_start,
    peft_config,
    peft_names,
    save_start,
    shipped_folder,
)
from palate.retrieval.errors import AdapterError
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


@pytest.fixture
def blocks() -> Any:
    return FakeBlocks()


@pytest.fixture
def theta(blocks: Any) -> Theta:
    return random_theta(blocks.shapes, blocks.config, seed=3)


RECIPE = Recipe(
    base_revision="rev-1", algorithm="pooled", rate=1.5, weights=PartWeights(lm=0.2), item_prior={"heat": 0.25}
)


def test_a_saved_start_comes_back_whole(tmp_path: Path, blocks: Any, theta: Theta) -> None:
    save_start(tmp_path / "new", theta, RECIPE, blocks)
    found = load_start(tmp_path / "new", blocks)
    assert (found.recipe, found.source) == (RECIPE, str(tmp_path / "new"))
    assert found.theta.keys() == theta.keys()
    assert all(torch.equal(found.theta[name], theta[name]) for name in theta)
    assert found.sha256 == make_start(theta, RECIPE, "elsewhere", blocks).sha256


def test_the_files_have_the_names_of_peft(tmp_path: Path, blocks: Any, theta: Theta) -> None:
    save_start(tmp_path, theta, RECIPE, blocks)
    assert set(load_file(tmp_path / "adapter_model.safetensors")) == {f"peft.{name}.weight" for name in theta}
    assert json.loads((tmp_path / "adapter_config.json").read_text("utf-8")) == peft_config(blocks)


def test_the_config_of_peft_counts_blocks_from_the_bottom(blocks: Any) -> None:
    config = peft_config(blocks)
    assert config["layers_to_transform"] == [5, 6]
    assert (config["layers_pattern"], config["target_modules"]) == ("layers", ["down", "up"])
    assert (config["r"], config["lora_alpha"], config["peft_type"]) == (2, 6, "LORA")


def test_the_hash_speaks_of_tensors_and_recipe(blocks: Any, theta: Theta) -> None:
    other = {**theta, "layers.0.mlp.up.lora_B": theta["layers.0.mlp.up.lora_B"] + 1e-3}
    hashes = [
        make_start(theta, RECIPE, "", blocks).sha256,
        make_start(other, RECIPE, "", blocks).sha256,
        make_start(theta, RECIPE.model_copy(update={"steps": 4}), "", blocks).sha256,
    ]
    assert len(set(hashes)) == 3
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


@pytest.mark.parametrize("recipe", ["", "{", '{"steps": -1}', '{"unknown": 1}'])
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


def test_the_shipped_start_can_be_read() -> None:
    folder = shipped_folder()
    recipe = Recipe.model_validate_json((folder / "recipe.json").read_text("utf-8"))
    assert len(recipe.base_revision) == 64
    assert all(torch.isfinite(tensor).all() for tensor in load_file(folder / "adapter_model.safetensors").values())
    assert sum(recipe.ridge.scales.values()) == pytest.approx(1.0, abs=0.01)
