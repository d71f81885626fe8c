"""Plain pooled LoRA (Hu et al., ICLR 2022): one adapter for everybody, without steps of one's own."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..lora import Theta
from ..meta_problem import B, MetaProblem, Params, expand, start
from .algorithm import Algorithm


@dataclass(frozen=True)
class Pooled(Algorithm):
    """The query loss at zero steps alone; the baseline without meta-learning, and the start of the others."""

    def objective(self, problem: MetaProblem[B], params: Params, batch: B, steps: int) -> Tensor:
        """Return each person's loss under the common adapter, shape ``(n_people,)``; ``steps`` does not matter."""
        del steps
        return problem.loss(params, expand(start(params), len(batch)), batch)

    def adapt(self, problem: MetaProblem[B], params: Params, batch: B, steps: int) -> Theta:
        """Return the common adapter for everybody."""
        del problem, steps
        return {name: tensor.detach() for name, tensor in expand(start(params), len(batch)).items()}
