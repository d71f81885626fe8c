"""MAP: adaptation as Bayesian inference around θ₀.

The inner loop seeks the mode under the prior ``N(θ₀, 1 / pull)``, whose precision is learned (MAML as hierarchical
Bayes, Grant et al., ICLR 2018). The Laplace approximation around θ₀ gives a variance for every number (MacKay, Neural
Computation 1992): ``1 / (pull + mean curvature of the support loss)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ..lora import Theta
from ..meta_problem import LOG_PULL, B, MetaProblem, Params, expand, leaves, start
from .algorithm import Algorithm

VARIANCE = "variance/"
_FIRST_LOG_PULL = -4.0


@dataclass(frozen=True)
class Map(Algorithm):
    """Learns the pull towards θ₀ through the steps, and gives a diagonal variance at the end.

    A margin whose gradient at θ₀ is ``g`` has the variance ``sum(g² * variance)``: ask about items where it is large.

    Args:
        second_order: Without it the pull has no gradient and stays.
        probes: Random directions a batch, of which the curvature is estimated.
        seed: Of the directions.
    """

    second_order: bool = True
    probes: int = 8
    seed: int = 0

    def prepare(self, problem: MetaProblem[B], params: Params, seed: int) -> Params:
        """Add the pull where the problem has none of its own."""
        del problem, seed
        like = next(iter(start(params).values()))
        return {LOG_PULL: like.new_full((), _FIRST_LOG_PULL), **params}

    def finish(self, problem: MetaProblem[B], params: Params, batches: Sequence[B]) -> Params:
        """Add ``variance/<tensor>``, of the tensors' shapes; none without batches."""
        if not batches:
            return params
        generator = torch.Generator().manual_seed(self.seed)
        parts = [curvature(problem, params, batch, self.probes, generator) for batch in batches]
        n_people = sum(len(batch) for batch in batches)
        pull = torch.exp(params[LOG_PULL].detach())
        variance = {}
        for name in start(params):
            mean = torch.stack([part[name] for part in parts]).sum(dim=0) / n_people
            variance[VARIANCE + name] = 1.0 / (pull + mean.clamp(min=0.0))
        return {**params, **variance}


def curvature(problem: MetaProblem[B], params: Params, batch: B, probes: int, generator: torch.Generator) -> Theta:
    """Return the diagonal of the Hessian of the support loss at θ₀, summed over people; shapes as θ₀.

    Estimated with random signs (Bekas, Kokiopoulou and Saad, Applied Numerical Mathematics 2007); exact where the
    Hessian is diagonal.
    """
    # Leaves, as a problem may want gradients at θ₀ of its own.
    fixed = leaves(params)
    theta = leaves(expand(start(fixed), len(batch)))
    points = list(theta.values())
    loss = problem.support_loss(fixed, theta, batch).sum()
    slopes = torch.autograd.grad(loss, points, create_graph=True)
    total = [torch.zeros_like(point[0]) for point in points]
    for _ in range(probes):
        signs = [torch.randint(2, p.shape, generator=generator).to(p) * 2 - 1 for p in points]
        product = torch.stack([(slope * sign).sum() for slope, sign in zip(slopes, signs, strict=True)]).sum()
        bent = torch.autograd.grad(product, points, retain_graph=True, allow_unused=True, materialize_grads=True)
        total = [t + (s * b).sum(dim=0) / probes for t, s, b in zip(total, signs, bent, strict=True)]
    return dict(zip(theta, total, strict=True))
