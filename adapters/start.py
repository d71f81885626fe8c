"""The start θ₀ with everything that was trained along with it, as files: loaded, saved, or drawn where none fits."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save

from ..retrieval.catalog import Catalog
from ..retrieval.errors import AdapterError
from ..retrieval.files import environment_errors
from .adapter_store import CONFIG_FILE, WEIGHTS_FILE
from .blocks import AdaptedBlocks
from .lora import Theta, is_finite, random_theta
from .ridge import RidgePrior

logger = logging.getLogger(__name__)

RECIPE_FILE = "recipe.json"
STATES_FILE = "item_states.safetensors"
VECTORS_FILE = "item_vectors.safetensors"


class PartWeights(BaseModel):
    """How much each part of the score counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prior: float = 1.0
    ridge: float = 1.0
    lm: float = 0.1
    relevance: float = 0.6


class Recipe(BaseModel):
    """How to adapt from a start and how to add up the parts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_revision: str = ""
    algorithm: str = "random"
    trained_on: str = ""
    seed: int = 0
    steps: int = Field(default=3, ge=0, le=100)
    rate: float = Field(default=1.0, gt=0)
    rates: dict[str, float] = Field(default_factory=dict, description="per tensor; the others take `rate`")
    pull: float = Field(default=0.0, ge=0, description="pull towards θ₀ in the inner loop")
    trust_radius: float = Field(default=20.0, gt=0)
    weights: PartWeights = PartWeights()
    ridge: RidgePrior = RidgePrior()
    item_prior: dict[str, float] = Field(default_factory=dict, description="expected reward by item id")


@dataclass(frozen=True, slots=True)
class Start:
    """θ₀ and its recipe.

    Args:
        theta: The tensors everybody starts from.
        sha256: Hash of tensors and recipe: adapters of another start are rebuilt.
        recipe: How to adapt from it.
        source: Where it came from, for people.
        rates: Inner learning rate of each tensor.
    """

    theta: Theta
    sha256: str
    recipe: Recipe
    source: str
    rates: Mapping[str, float] = field(default_factory=dict)


def shipped_folder() -> Path:
    """Return the folder of the start that ships with Palate."""
    return Path(str(files(__package__).joinpath("theta0")))


def item_prior(catalog: Catalog, recipe: Recipe) -> NDArray[np.float64]:
    """Return what everybody thinks of each item, as a reward, shape ``(n_items,)``; 0 where nobody is known to.

    Items of another catalogue have it by their MovieLens id.
    """
    prior = np.array([recipe.item_prior.get(item.item_id, 0.0) for item in catalog])
    if prior.any() or not any(item.movielens_id for item in catalog):
        return prior
    known = {item.movielens_id: recipe.item_prior.get(item.item_id, 0.0) for item in Catalog.embedded()}
    return np.array([known.get(item.movielens_id, 0.0) if item.movielens_id else 0.0 for item in catalog])


def load_start(folder: Path, blocks: AdaptedBlocks, *, seed: int = 0) -> Start:
    """Read a start; draw a random one where ``folder`` was trained for another model.

    Raises:
        AdapterError: The folder belongs to this model, but its files cannot be used.
    """
    recipe = read_recipe(folder)
    if recipe is None or recipe.base_revision != blocks.backbone.revision:
        logger.warning("no trained start for the model %s: the start is drawn", blocks.backbone.name)
        return make_start(random_theta(blocks.shapes, blocks.config, seed=seed), Recipe(seed=seed), "drawn", blocks)
    names = {blocks.peft_name(name): name for name in _tensor_names(blocks)}
    try:
        theta = {names[name]: tensor for name, tensor in load((folder / WEIGHTS_FILE).read_bytes()).items()}
    except (OSError, SafetensorError, KeyError) as error:
        raise AdapterError(f"the start in {folder} cannot be read: {error}; install Palate again") from error
    if set(theta) != set(names.values()):
        raise AdapterError(f"the start in {folder} lacks tensors that its recipe needs; install Palate again")
    fitting = random_theta(blocks.shapes, blocks.config, seed=0)
    if not is_finite(theta) or any(theta[name].shape != fitting[name].shape for name in fitting):
        raise AdapterError(f"the start in {folder} has tensors of another shape, or NaN; install Palate again")
    return make_start(theta, recipe, str(folder), blocks)


def make_start(theta: Theta, recipe: Recipe, source: str, blocks: AdaptedBlocks) -> Start:
    """Put tensors and recipe together."""
    digest = hashlib.sha256(save({name: theta[name].contiguous() for name in sorted(theta)}))
    digest.update(recipe.model_dump_json().encode())
    rates = {name: recipe.rates.get(name, recipe.rate) for name in _tensor_names(blocks)}
    return Start(theta, digest.hexdigest(), recipe, source, rates)


def save_start(folder: Path, theta: Theta, recipe: Recipe, blocks: AdaptedBlocks) -> None:
    """Write a start in peft's format with its recipe."""
    with environment_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {blocks.peft_name(name): theta[name].contiguous() for name in sorted(theta)}
        (folder / WEIGHTS_FILE).write_bytes(save(tensors))
        (folder / CONFIG_FILE).write_text(json.dumps(peft_config(blocks), indent=2, sort_keys=True) + "\n", "utf-8")
        (folder / RECIPE_FILE).write_text(recipe.model_dump_json(indent=1) + "\n", "utf-8")


def read_recipe(folder: Path) -> Recipe | None:
    """Return the recipe of a start; None where there is none.

    Raises:
        AdapterError: It cannot be read.
    """
    path = folder / RECIPE_FILE
    if not path.exists():
        return None
    try:
        return Recipe.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise AdapterError(f"the recipe {path} cannot be read; install Palate again") from error


def peft_names(blocks: AdaptedBlocks) -> dict[str, str]:
    """Return peft's name of each tensor by ours."""
    return {name: blocks.peft_name(name) for name in _tensor_names(blocks)}


def peft_config(blocks: AdaptedBlocks) -> dict[str, Any]:
    """Return what ``adapter_config.json`` says of an adapter of these blocks."""
    targets = sorted({name.rsplit(".", 1)[-1] for name in blocks.shapes})
    last = blocks.first_block + blocks.config.n_blocks
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": blocks.backbone.name,
        "r": blocks.config.rank,
        "lora_alpha": blocks.config.alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": targets,
        "layers_to_transform": list(range(blocks.first_block, last)),
        "layers_pattern": next(iter(blocks.shapes)).split(".", 1)[0],
        "inference_mode": True,
    }


def _tensor_names(blocks: AdaptedBlocks) -> list[str]:
    return [f"{name}.{kind}" for name in sorted(blocks.shapes) for kind in ("lora_A", "lora_B")]
