"""LoRA tensors as plain dictionaries, and the linear layer that takes them (Hu et al., ICLR 2022)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

Theta = dict[str, Tensor]
"""LoRA tensors by name: ``<module path>.lora_A`` of shape (rank, in), ``<module path>.lora_B`` of shape (out, rank).

The tensors of several people have one more dimension in front: (n_people, rank, in) and (n_people, out, rank).
"""

_B_SCALE = 0.01


@dataclass(frozen=True, slots=True)
class LoraConfig:
    """Where the adapter sits and how large it is.

    Args:
        n_blocks: How many of the top decoder blocks carry it.
        rank: Rank of the update.
        alpha: The update is scaled by ``alpha / rank``.
        targets: Names of the linear layers inside a block; empty takes every linear layer.
        text_tokens: How many tokens the text of an item is pooled into; 0 keeps it exactly, as a summary of what the
            answer position reads of it, which is possible where one block is adapted and no key or query is.
        answer_only: The adapter acts on the answer position alone; else on every token of an item.
    """

    n_blocks: int = 1
    rank: int = 8
    alpha: int = 16
    targets: tuple[str, ...] = ("o_proj", "gate_proj", "down_proj")
    text_tokens: int = 0
    answer_only: bool = True


class LoraLinear(nn.Module):
    """A frozen linear layer plus ``alpha / rank * B A x``.

    With tensors of several people, the rows of ``x`` are theirs in order, equally many each.

    Examples:
        >>> layer = LoraLinear(nn.Linear(3, 2), LoraConfig(rank=1))
        >>> layer(torch.zeros(1, 3)).shape
        torch.Size([1, 2])
    """

    def __init__(self, base: nn.Module, config: LoraConfig) -> None:
        super().__init__()
        out_features, in_features = linear_shape(base)
        self.base = base
        self.scale = config.alpha / config.rank
        self.lora_A = nn.Parameter(torch.zeros(config.rank, in_features), requires_grad=False)
        self.lora_B = nn.Parameter(torch.zeros(out_features, config.rank), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        """Apply both."""
        if self.lora_A.dim() == 2:
            update = (x @ self.lora_A.T) @ self.lora_B.T
        else:
            rows = x.reshape(len(self.lora_A), -1, x.shape[-1])
            update = (rows @ self.lora_A.mT) @ self.lora_B.mT
            update = update.reshape(*x.shape[:-1], -1)
        result: Tensor = self.base(x) + self.scale * update
        return result


def linear_shape(layer: nn.Module) -> tuple[int, int]:
    """Return (out, in) of a linear layer; transformers' Conv1D keeps its weight the other way round."""
    weight = layer.weight
    assert isinstance(weight, Tensor)  # noqa: S101  # narrows the type: every layer chosen here has a weight
    rows, columns = weight.shape
    return (rows, columns) if isinstance(layer, nn.Linear) else (columns, rows)


def random_theta(shapes: Mapping[str, tuple[int, int]], config: LoraConfig, *, seed: int) -> Theta:
    """Draw a start: A as peft draws it, B small but not 0, so that the first step moves both.

    Args:
        shapes: (out, in) of each adapted layer by module path.
        config: The rank.
        seed: The same seed gives the same tensors.
    """
    generator = torch.Generator().manual_seed(seed)
    theta: Theta = {}
    for name, (out_features, in_features) in sorted(shapes.items()):
        bound = 1.0 / math.sqrt(in_features)
        uniform = torch.rand(config.rank, in_features, generator=generator)
        theta[f"{name}.lora_A"] = (2 * uniform - 1) * bound
        theta[f"{name}.lora_B"] = _B_SCALE * torch.randn(out_features, config.rank, generator=generator)
    return theta


def stack(thetas: Sequence[Theta]) -> Theta:
    """Put the tensors of several people together, each with one more dimension in front."""
    return {name: torch.stack([theta[name] for theta in thetas]) for name in thetas[0]}


def unstack(theta: Theta) -> list[Theta]:
    """Take the tensors of several people apart."""
    n_people = len(next(iter(theta.values())))
    return [{name: tensor[i] for name, tensor in theta.items()} for i in range(n_people)]


def distance(theta: Theta, origin: Theta) -> float:
    """Return the Euclidean distance between two sets of tensors, over all of them together."""
    return math.sqrt(sum(float(((theta[name] - origin[name]) ** 2).sum()) for name in sorted(origin)))


def is_finite(theta: Theta) -> bool:
    """Say whether no tensor holds NaN or infinity."""
    return all(bool(torch.isfinite(tensor).all()) for tensor in theta.values())
