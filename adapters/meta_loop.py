"""The state of the outer loop, its settings, and the draws and rates of a round."""

from __future__ import annotations

import math

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Generator, Tensor
from torch.nn.utils import clip_grad_norm_

from ..retrieval.errors import AdapterError
from .meta_checkpoint import Checkpoint, Facts
from .meta_log import LogKind
from .meta_problem import LOSS, RATE, Params, detached, leaves


class MetaConfig(BaseModel):
    """Sizes and rates of the outer loop.

    Args:
        rounds: Steps of the outer loop at most.
        n_people: People a batch.
        max_support: Support sizes are drawn log-uniformly from 1 to this.
        max_steps: Inner steps are drawn uniformly from 1 to this.
        learning_rate: Adam's, at its height.
        scalar_factor: The same for inner rates and scalars of the inner loss, relative to it.
        warm_up: Share of the rounds over which it rises; then it falls as a cosine.
        clip_norm: Largest norm of the gradient of all parameters together.
        validate_every: Rounds between validations.
        validation_steps: Inner steps there.
        patience: Stop after so many validations without a new least loss.
        checkpoint_every: Rounds between checkpoints.
        max_failures: Give up after so many rounds in a row that are not finite.
        seed: The same seed gives the same result.
        log: Where figures go.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rounds: int = Field(default=2000, ge=0)
    n_people: int = Field(default=8, ge=1)
    max_support: int = Field(default=20, ge=1)
    max_steps: int = Field(default=5, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    scalar_factor: float = Field(default=10.0, gt=0)
    warm_up: float = Field(default=0.05, ge=0, le=1)
    clip_norm: float = Field(default=1.0, gt=0)
    validate_every: int = Field(default=100, ge=1)
    validation_steps: int = Field(default=3, ge=0)
    patience: int = Field(default=10, ge=1)
    checkpoint_every: int = Field(default=100, ge=1)
    max_failures: int = Field(default=5, ge=1)
    seed: int = 0
    log: LogKind = "none"


class Loop:
    """What changes from round to round."""

    def __init__(self, params: Params, facts: Facts, generator: Generator, config: MetaConfig) -> None:
        # In one order always: that of a sum is part of its last digit.
        self.params = leaves(dict(sorted(params.items())))
        self.best = detached(leaves(params))
        self.facts = facts
        self.generator = generator
        self._clip_norm = config.clip_norm
        scalars = [n for n in sorted(params) if n.startswith((RATE, LOSS))]
        others = [n for n in sorted(params) if not n.startswith((RATE, LOSS))]
        groups = [(others, config.learning_rate), (scalars, config.learning_rate * config.scalar_factor)]
        self._heights = [height for names, height in groups if names]
        self._adam = torch.optim.Adam(
            [{"params": [self.params[n] for n in names], "lr": height} for names, height in groups if names]
        )

    def step(self, loss: Tensor, gradients: Params, rate: float) -> float:
        """Take a step of Adam at a share of the full rates; return the norm of the gradient before clipping.

        Raises:
            AdapterError: Loss or gradient is not finite; nothing has changed.
        """
        for name, tensor in self.params.items():
            tensor.grad = gradients[name]
        norm = float(clip_grad_norm_(self.params.values(), self._clip_norm))
        if not (math.isfinite(norm) and math.isfinite(float(loss))):
            raise AdapterError(f"loss {float(loss)}, gradient norm {norm}")
        for group, height in zip(self._adam.param_groups, self._heights, strict=True):
            group["lr"] = height * rate
        self._adam.step()
        return norm

    def checkpoint(self) -> Checkpoint:
        """Return everything that the next round depends on."""
        moments = {
            f"{name}|{kind}": value
            for name, tensor in self.params.items()
            for kind, value in self._adam.state[tensor].items()
        }
        return Checkpoint(self.facts.model_copy(), self.params, self.best, moments, self.generator.get_state())

    def restore(self, moments: dict[str, Tensor]) -> None:
        """Put Adam's state back."""
        for key, value in moments.items():
            name, _, kind = key.rpartition("|")
            self._adam.state[self.params[name]][kind] = value


def log_uniform(highest: int, generator: Generator) -> int:
    """Draw from 1 to ``highest`` with probabilities ``log((k + 1) / k)``, up to a constant."""
    drawn = torch.rand((), generator=generator, dtype=torch.float64)
    return min(highest, int(math.exp(float(drawn) * math.log(highest + 1))))


def schedule(round_number: int, rounds: int, warm_up: float) -> float:
    """Return the share of the full rate: a straight rise, then half a cosine to 0 (Loshchilov and Hutter, ICLR 2017).

    Examples:
        >>> [round(schedule(i, 10, 0.2), 2) for i in (0, 1, 2, 6, 9)]
        [0.5, 1.0, 1.0, 0.5, 0.04]
    """
    rising = math.ceil(rounds * warm_up)
    if round_number < rising:
        return (round_number + 1) / rising
    return 0.5 * (1.0 + math.cos(math.pi * (round_number - rising) / max(1, rounds - rising)))
