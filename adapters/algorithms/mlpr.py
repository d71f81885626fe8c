"""MLPR: a meta-learner of inner rates, trained jointly with the start it is for.

Follows ALFA (Baik et al., NeurIPS 2020, arXiv:2011.00209): a small network reads each tensor's support gradient and
sets that tensor's rate for the person. Here it reads the support once, at θ₀, and sets rates alone; the pull is
``map``'s.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import linear

from ..meta_problem import RATE, B, MetaProblem, Params, expand, leaves, part, start
from .algorithm import Algorithm

PREFIX = "learner/"
_SMALL = 1e-8


@dataclass(frozen=True)
class Mlpr(Algorithm):
    """Rates for each person, by a network whose weights are among the parameters under ``learner/``.

    Args:
        second_order: Else network and rates learn by the first-order hypergradient, as with FOMAML.
        hidden: Width of the network.
        widest: A rate is multiplied by at most ``exp(widest)``, at least its inverse.
    """

    hidden: int = 16
    widest: float = 2.0

    def prepare(self, problem: MetaProblem[B], params: Params, seed: int) -> Params:
        """Add a network that multiplies every rate by 1."""
        del problem
        generator = torch.Generator().manual_seed(seed)
        theta = start(params)
        like = next(iter(theta.values()))
        width = len(theta) + 2
        first = torch.randn(self.hidden, width, generator=generator).to(like) / width**0.5
        return {
            **params, f"{PREFIX}in": first, f"{PREFIX}in_bias": like.new_zeros(self.hidden),
            f"{PREFIX}out": like.new_zeros(len(theta), self.hidden), f"{PREFIX}out_bias": like.new_zeros(len(theta)),
        }  # fmt: skip

    def personal(self, problem: MetaProblem[B], params: Params, batch: B) -> Params:
        """Return the parameters with logarithmic rates of shape ``(n_people, 1, ...)``."""
        net = part(params, PREFIX)
        hidden = torch.tanh(linear(summary(problem, params, batch), net["in"], net["in_bias"]))
        change = self.widest * torch.tanh(linear(hidden, net["out"], net["out_bias"]))
        rates = part(params, RATE)
        personal = {
            RATE + name: rates[name] + change[:, i].reshape(-1, *[1] * tensor.dim())
            for i, (name, tensor) in enumerate(sorted(start(params).items()))
        }
        return {**params, **personal}


def summary(problem: MetaProblem[B], params: Params, batch: B) -> Tensor:
    """Return what is read of each person's support, shape ``(n_people, n_tensors + 2)``; without a graph.

    That is the logarithm of the gradient's norm at θ₀, each tensor's share of it (as a logarithm), and the loss.
    """
    # Leaves, as a problem may want gradients at θ₀ of its own.
    fixed = leaves(params)
    theta = leaves(expand(start(fixed), len(batch)))
    values = problem.support_loss(fixed, theta, batch)
    names = sorted(theta)
    found = torch.autograd.grad(
        values.sum(), [theta[name] for name in names], allow_unused=True, materialize_grads=True
    )
    norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in found], dim=1)
    total = norms.norm(dim=1, keepdim=True) + _SMALL
    shares = torch.log(norms / total + _SMALL).clamp(min=-5.0)
    return torch.cat([shares, torch.log(total), values.detach()[:, None]], dim=1)
