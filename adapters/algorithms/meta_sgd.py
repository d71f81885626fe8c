"""Meta-SGD: a learned rate for every number (Li et al., arXiv:1707.09835)."""

from __future__ import annotations

from dataclasses import dataclass

from ..meta_problem import RATE, THETA, B, MetaProblem, Params, part
from .algorithm import Algorithm


@dataclass(frozen=True)
class MetaSgd(Algorithm):
    """MAML whose rates have the shape of their tensors. They stay positive here: their logarithms are learned."""

    second_order: bool = True

    def prepare(self, problem: MetaProblem[B], params: Params, seed: int) -> Params:
        """Give every number the rate of its tensor."""
        del problem, seed
        shaped = {RATE + n: t.expand_as(params[THETA + n]).clone() for n, t in part(params, RATE).items()}
        return {**params, **shaped}
