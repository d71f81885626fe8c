"""What every outer-loop algorithm shares: loss after some steps plus loss at zero steps, and its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..lora import Theta
from ..meta_problem import RATE, THETA, B, MetaProblem, Params, detached, expand, leaves, part, start

ZERO_WEIGHT = 0.3
"""Weight of the query loss at zero steps: a start that is only good after steps is bad for whom nothing is known of."""


@dataclass(frozen=True)
class Algorithm:
    """One way to train meta-parameters; subclasses change the one method that their idea is about.

    Args:
        second_order: Differentiate through the inner steps. Else their gradients are taken as constants.
    """

    second_order: bool = False

    def prepare(self, problem: MetaProblem[B], params: Params, seed: int) -> Params:
        """Return the parameters that are trained, from those of the problem."""
        del problem, seed
        return dict(params)

    def gradients(self, problem: MetaProblem[B], params: Params, batch: B, steps: int) -> tuple[Tensor, Params]:
        """Return the outer loss, a scalar, and a gradient for every parameter; zeros where there is none."""
        points = leaves(params)
        loss = self.objective(problem, points, batch, steps).mean()
        found = torch.autograd.grad(loss, list(points.values()), allow_unused=True, materialize_grads=True)
        return loss.detach(), dict(zip(points, found, strict=True))

    def objective(self, problem: MetaProblem[B], params: Params, batch: B, steps: int) -> Tensor:
        """Return each person's outer loss, shape ``(n_people,)``; gradients reach ``params``."""
        params = self.personal(problem, params, batch)
        zero = problem.loss(params, expand(start(params), len(batch)), batch)
        return problem.loss(params, self._adapted(problem, params, batch, steps), batch) + ZERO_WEIGHT * zero

    def adapt(self, problem: MetaProblem[B], params: Params, batch: B, steps: int) -> Theta:
        """Return the tensors of everybody in the batch after the steps, without gradients."""
        params = detached(self.personal(problem, params, batch))
        return problem.adapt(params, batch, steps=steps, differentiable=False, trained=self.trained(params))

    def finish(self, problem: MetaProblem[B], params: Params, batches: Sequence[B]) -> Params:
        """Return what is kept of the trained parameters, with what is estimated at the end."""
        del problem, batches
        return params

    def personal(self, problem: MetaProblem[B], params: Params, batch: B) -> Params:
        """Return the parameters with what is set for each person."""
        del problem, batch
        return params

    def trained(self, params: Params) -> frozenset[str] | None:
        """Return the names of the tensors that move inside; None means all."""
        del params
        return None

    def _adapted(self, problem: MetaProblem[B], params: Params, batch: B, steps: int) -> Theta:
        names = self.trained(params)
        if not self.second_order:
            moved = problem.adapt(detached(params), batch, steps=steps, differentiable=False, trained=names)
            return first_order(params, moved)
        # A tensor that does not move gets the gradient of the query loss alone, not one through the inner loop.
        still = set() if names is None else start(params).keys() - names
        fixed = {THETA + name: params[THETA + name] for name in sorted(still)}
        moved = problem.adapt({**params, **leaves(fixed)}, batch, steps=steps, differentiable=True, trained=names)
        return {**moved, **expand(start(fixed), len(batch))}


def first_order(params: Params, adapted: Theta) -> Theta:
    """Return the adapted tensors as a function of θ₀ and the rates, with every inner gradient a constant.

    After any number of steps, ``θ = θ₀ - rate * (sum of inner gradients)``. So the derivative of θ with respect to θ₀
    is 1 (FOMAML), and with respect to the logarithm of the rate it is ``θ - θ₀`` (the first-order hypergradient).

    Args:
        params: Meta-parameters that gradients are wanted of.
        adapted: What the inner loop gave, people in front.
    """
    rates = part(params, RATE)
    found: Theta = {}
    for name, origin in start(params).items():
        moved = (adapted[name] - origin).detach()
        rate = rates[name]
        found[name] = origin + moved * torch.exp(rate - rate.detach())
    return found
