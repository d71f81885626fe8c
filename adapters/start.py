"""The start θ₀ with everything that was trained along with it, as files: loaded, saved, or drawn where none fits."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from ..retrieval.catalog import Catalog
from ..retrieval.errors import AdapterError
from ..retrieval.files import environment_errors
from .adapter_store import CONFIG_FILE, WEIGHTS_FILE
from .blocks import AdaptedBlocks
from .export import activated_config
from .inner_loop import Support, interpolate
from .item_inputs import ItemInputs
from .lora import Theta, is_finite, random_theta
from .ridge import RidgePrior

logger = logging.getLogger(__name__)

RECIPE_FILE = "recipe.json"
STATES_FILE = "item_states.safetensors"
TOKENS_FILE = "item_tokens.safetensors"
VARIANCE_FILE = "theta_variance.safetensors"
RATING_FACTORS_FILE = "rating_factors.safetensors"
VECTORS_FILE = "item_vectors.safetensors"
W = TypeVar("W", bound=BaseModel)


class PartWeights(BaseModel):
    """How much each part of the score counts, all in units of reward."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prior: float = 1.0
    ridge: float = 1.0
    still: float = Field(default=0.05, description="of the margin under θ₀")
    moved: float = Field(default=0.05, description="of what the person's steps changed in the margin")
    relevance: float = 0.6


class RatingsWeights(BaseModel):
    """How much the parts count beside the ridge on rating factors, where a person is known by ratings alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    still: float = Field(default=0.0, description="of the margin under θ₀")
    moved: float = Field(default=0.0, description="of what the person's steps changed in the margin")
    retrieval: float = Field(default=1.0, description="of the first stage's standardised score, over a catalogue")


class Recipe(BaseModel):
    """How to adapt from a start and how to add up the parts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_revision: str = ""
    algorithm: str = "random"
    trained_on: str = ""
    seed: int = 0
    steps: int = Field(default=3, ge=0, le=100)
    rate: float = Field(default=0.3, gt=0)
    rates: dict[str, float] = Field(default_factory=dict, description="per tensor; the others take `rate`")
    pull: float = Field(default=0.0, ge=0, description="pull towards θ₀ in the inner loop")
    targets: tuple[float, ...] = Field(
        default=(0.05, 0.275, 0.5, 0.725, 0.95), description="wished probability by star"
    )
    sureness: tuple[float, ...] = Field(
        default=(1.0, 1.0, 1.0, 1.0, 1.0), description="how much a rating counts by star"
    )
    trust_radius: float = Field(default=20.0, gt=0)
    weights: dict[int, PartWeights] = Field(default={0: PartWeights()}, description="by the number of events")
    ratings: dict[int, RatingsWeights] = Field(default={0: RatingsWeights()}, description="by the number of ratings")
    ridge: RidgePrior = RidgePrior()
    item_prior: dict[str, float] = Field(default_factory=dict, description="expected reward by item id")

    def weights_at(self, n_events: int) -> PartWeights:
        """Return the weights for a number of events, linear in log(1 + n) between those that were learned.

        Examples:
            >>> recipe = Recipe(weights={0: PartWeights(still=0.0), 3: PartWeights(still=1.0)})
            >>> recipe.weights_at(1).still, recipe.weights_at(100).still
            (0.5, 1.0)
        """
        return _between(self.weights, n_events)

    def ratings_at(self, n_ratings: int) -> RatingsWeights:
        """Return the same for somebody known by ratings alone."""
        return _between(self.ratings, n_ratings)


@dataclass(frozen=True, slots=True)
class Start:
    """θ₀ and its recipe.

    Args:
        theta: The tensors everybody starts from.
        sha256: Hash of tensors and recipe: adapters of another start are rebuilt.
        recipe: How to adapt from it.
        source: Where it came from, for people.
        rates: Inner learning rate of each tensor.
        tokens: Weights that turn item factors and vectors into tokens; empty: items are their texts alone.
        variance: How far people lie from θ₀, for every number of it, where the algorithm estimates it; else empty.
    """

    theta: Theta
    sha256: str
    recipe: Recipe
    source: str
    rates: Mapping[str, float] = field(default_factory=dict)
    tokens: Mapping[str, Tensor] = field(default_factory=dict)
    variance: Theta = field(default_factory=dict)

    def support(self, items: ItemInputs, rewards: Sequence[float], weights: Sequence[float] | None = None) -> Support:
        """Return what is learned from: rewards become wished probabilities and weights as they were learned.

        Args:
            items: What was judged.
            rewards: From -1 to 1, one an item.
            weights: How much each event counts beside that; None means 1.
        """
        told = torch.tensor(list(rewards), dtype=torch.float32)
        given = torch.ones(len(told)) if weights is None else torch.tensor(list(weights), dtype=torch.float32)
        return Support(
            items,
            interpolate(torch.tensor(self.recipe.targets), told),
            interpolate(torch.tensor(self.recipe.sureness), told) * given,
        )


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
    start = make_start(theta, recipe, str(folder), blocks, _read_tensors(folder / TOKENS_FILE))
    return replace(start, variance=_read_tensors(folder / VARIANCE_FILE))


def make_start(
    theta: Theta, recipe: Recipe, source: str, blocks: AdaptedBlocks, tokens: Mapping[str, Tensor] | None = None
) -> Start:
    """Put tensors, recipe and token weights together."""
    given = dict(tokens or {})
    digest = hashlib.sha256(save({name: theta[name].contiguous() for name in sorted(theta)}))
    digest.update(save({name: given[name].contiguous() for name in sorted(given)}))
    digest.update(recipe.model_dump_json().encode())
    rates = {name: recipe.rates.get(name, recipe.rate) for name in _tensor_names(blocks)}
    return Start(theta, digest.hexdigest(), recipe, source, rates, given)


def save_start(
    folder: Path, theta: Theta, recipe: Recipe, blocks: AdaptedBlocks, tokens: Mapping[str, Tensor] | None = None,
    variance: Theta | None = None,
) -> None:  # fmt: skip
    """Write a start in peft's format with its recipe, the token weights in half precision, and what variance it has."""
    with environment_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {blocks.peft_name(name): theta[name].contiguous() for name in sorted(theta)}
        (folder / WEIGHTS_FILE).write_bytes(save(tensors))
        (folder / CONFIG_FILE).write_text(
            json.dumps(activated_config(blocks), indent=2, sort_keys=True) + "\n", "utf-8"
        )
        (folder / RECIPE_FILE).write_text(recipe.model_dump_json(indent=1) + "\n", "utf-8")
        if tokens:
            halves = {name: tokens[name].half().contiguous() for name in sorted(tokens)}
            (folder / TOKENS_FILE).write_bytes(save(halves))
        if variance:
            (folder / VARIANCE_FILE).write_bytes(save({name: variance[name].contiguous() for name in sorted(variance)}))


def _read_tensors(path: Path) -> dict[str, Tensor]:
    if not path.exists():
        return {}
    try:
        tokens = {name: tensor.float() for name, tensor in load(path.read_bytes()).items()}
    except (OSError, SafetensorError) as error:
        raise AdapterError(f"the file {path} cannot be read: {error}; install Palate again") from error
    if not is_finite(tokens):
        raise AdapterError(f"the file {path} holds NaN or infinity; install Palate again")
    return tokens


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


def _between(knots: Mapping[int, W], n: int) -> W:
    places = np.log1p(sorted(knots))
    values = [knots[k] for k in sorted(knots)]
    kind = type(values[0])
    return kind(**{
        name: float(np.interp(np.log1p(n), places, [getattr(value, name) for value in values]))
        for name in kind.model_fields
    })  # fmt: skip


def _tensor_names(blocks: AdaptedBlocks) -> list[str]:
    return [f"{name}.{kind}" for name in sorted(blocks.shapes) for kind in ("lora_A", "lora_B")]
