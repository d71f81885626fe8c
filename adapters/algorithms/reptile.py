"""Reptile: towards where the inner steps lead (Nichol et al., arXiv:1803.02999)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..meta_problem import RATE, THETA, B, MetaProblem, Params, expand, leaves, start
from .algorithm import ZERO_WEIGHT, Algorithm, first_order


@dataclass(frozen=True)
class Reptile(Algorithm):
    """The gradient of θ₀ is ``θ₀ - adapted``, averaged over people.

    Rates are left alone: the definition has no outer loss to learn them from. What else the problem has (tokens,
    scalars) gets the direct gradient of the outer loss that is reported.
    """

    def gradients(self, problem: MetaProblem[B], params: Params, batch: B, steps: int) -> tuple[Tensor, Params]:
        """Return the reported outer loss and the direction of every parameter."""
        points = leaves(params)
        origin = start(points)
        adapted = self.adapt(problem, points, batch, steps)
        zero = problem.loss(points, expand(origin, len(batch)), batch)
        loss = (problem.loss(points, first_order(points, adapted), batch) + ZERO_WEIGHT * zero).mean()
        others = [name for name in points if not name.startswith((THETA, RATE))]
        found = _gradient(loss, [points[name] for name in others])
        still = {name: torch.zeros_like(tensor) for name, tensor in params.items()}
        moved = {THETA + name: (tensor.detach() - adapted[name]).mean(dim=0) for name, tensor in origin.items()}
        return loss.detach(), {**still, **dict(zip(others, found, strict=True)), **moved}


def _gradient(loss: Tensor, points: list[Tensor]) -> tuple[Tensor, ...]:
    return torch.autograd.grad(loss, points, allow_unused=True, materialize_grads=True) if points else ()
