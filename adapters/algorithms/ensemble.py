"""Adapter averaging: several members trained side by side, whose mean is what is kept.

Members share their start but for a little noise, as the average of weights needs one basin (model soups, Wortsman et
al., ICML 2022), and each leaves out its share of every batch, so that they learn from different people (a committee as
in bagging, Breiman, Machine Learning 1996).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..lora import Theta
from ..meta_problem import THETA, B, MetaProblem, Params, leaves
from .algorithm import Algorithm
from .fomaml import Fomaml


@dataclass(frozen=True)
class Ensemble(Algorithm):
    """While they are trained, the tensors of all members are stacked: each parameter has members in front.

    Args:
        second_order: Unused; the members' own counts.
        member: How each learns; by its ``objective``.
        n_members: How many.
        noise: Standard deviation of the noise on θ₀, relative to the root mean square of each tensor.
    """

    member: Algorithm = field(default_factory=Fomaml)
    n_members: int = 3
    noise: float = 0.05

    def prepare(self, problem: MetaProblem[B], params: Params, seed: int) -> Params:
        """Return the stacked starts, each with noise from a seed of its own."""
        members = [self._noisy(self.member.prepare(problem, params, seed), seed + i) for i in range(self.n_members)]
        return {name: torch.stack([member[name] for member in members]) for name in members[0]}

    def gradients(self, problem: MetaProblem[B], params: Params, batch: B, steps: int) -> tuple[Tensor, Params]:
        """Return the mean loss of the members and their stacked gradients."""
        losses, found = [], []
        for i in range(self.n_members):
            points = leaves({name: tensor[i] for name, tensor in params.items()})
            values = self.member.objective(problem, points, batch, steps)
            loss = values[self._people(i, len(batch))].mean()
            found.append(torch.autograd.grad(loss, list(points.values()), allow_unused=True, materialize_grads=True))
            losses.append(loss.detach())
        return torch.stack(losses).mean(), {
            n: torch.stack(g) for n, g in zip(params, zip(*found, strict=True), strict=True)
        }

    def objective(self, problem: MetaProblem[B], params: Params, batch: B, steps: int) -> Tensor:
        """Return each person's loss under the mean of the members, shape ``(n_people,)``."""
        return self.member.objective(problem, average(params), batch, steps)

    def adapt(self, problem: MetaProblem[B], params: Params, batch: B, steps: int) -> Theta:
        """Adapt from the mean of the members."""
        return self.member.adapt(problem, average(params), batch, steps)

    def finish(self, problem: MetaProblem[B], params: Params, batches: Sequence[B]) -> Params:
        """Return the mean of the members, which is used as the parameters of one."""
        return self.member.finish(problem, average(params), batches)

    def _noisy(self, params: Params, seed: int) -> Params:
        generator = torch.Generator().manual_seed(seed)
        found = dict(params)
        for name, tensor in sorted(params.items()):
            if name.startswith(THETA):
                spread = self.noise * tensor.square().mean().sqrt()
                found[name] = tensor + spread * torch.randn(tensor.shape, generator=generator).to(tensor)
        return found

    def _people(self, i: int, n_people: int) -> list[int]:
        kept = [person for person in range(n_people) if person % self.n_members != i]
        return kept or list(range(n_people))


def average(params: Params) -> Params:
    """Return the mean over members."""
    return {name: tensor.mean(dim=0) for name, tensor in params.items()}
