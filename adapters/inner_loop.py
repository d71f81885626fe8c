"""The inner loop: a few clipped gradient steps from θ₀ on one person's examples. A pure function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from ..retrieval.errors import AdapterError
from .blocks import AdaptedBlocks
from .lora import Theta

CLIP_NORM = 1.0


@dataclass(frozen=True, slots=True)
class Support:
    """What is learned from.

    Args:
        states: Item states, shape ``(n, n_tokens, dim)``.
        targets: Wished probability of "liked" in [0, 1], shape ``(n,)``.
        weights: How much each counts, shape ``(n,)``.
    """

    states: Tensor
    targets: Tensor
    weights: Tensor

    def __len__(self) -> int:
        return len(self.targets)

    def at(self, rows: list[int]) -> Support:
        """Return the examples in ``rows``."""
        return Support(self.states[rows], self.targets[rows], self.weights[rows])


Loss = Callable[[Theta, Support], Tensor]


class CentredMarginLoss:
    """Weighted binary cross-entropy on the margin above the mean margin of fixed reference items.

    Without the subtraction, a gradient step moves one common offset of all items, the person's base rate, which no
    ranking sees. With it, the steps go into what tells items apart.

    Args:
        blocks: Compute margins.
        reference: States of the reference items, shape ``(n_reference, n_tokens, dim)``.
    """

    def __init__(self, blocks: AdaptedBlocks, reference: Tensor) -> None:
        self._blocks = blocks
        self.reference = reference

    def __call__(self, theta: Theta, support: Support) -> Tensor:
        """Return the mean loss over the support, a scalar."""
        logits = self.logits(theta, support.states)
        losses = binary_cross_entropy_with_logits(logits, support.targets, reduction="none")
        return (losses * support.weights).sum() / support.weights.sum()

    def logits(self, theta: Theta, states: Tensor) -> Tensor:
        """Return the centred margins, shape ``(n,)``."""
        margins = self._blocks.margins(theta, torch.cat([states, self.reference]))
        return margins[: len(states)] - margins[len(states) :].mean()


def soft_target(reward: float) -> float:
    """Return the wished probability for a reward from -1 to 1: 0.05 to 0.95.

    Examples:
        >>> soft_target(0.0), soft_target(1.0)
        (0.5, 0.95)
    """
    return 0.5 + 0.45 * reward


def adapt(
    theta: Theta, support: Support, *, loss: Loss, steps: int, rates: Mapping[str, float], prior: float = 0.0
) -> Theta:
    """Take gradient steps on the support loss plus ``prior / 2 * |theta - start|²``.

    Args:
        theta: The start θ₀; it is not changed.
        support: What is learned from; empty returns the start.
        loss: Support loss as a function of the tensors.
        steps: How many; 0 returns the start.
        rates: Learning rate of each tensor by name.
        prior: Pull towards the start (MAP estimate under a Gaussian prior).

    Returns:
        New tensors.

    Raises:
        AdapterError: The loss is not finite.
    """
    start = {name: tensor.detach() for name, tensor in theta.items()}
    current = dict(start)
    for step in range(steps if len(support) else 0):
        leaves = {name: tensor.detach().requires_grad_() for name, tensor in current.items()}
        value = loss(leaves, support)
        if not torch.isfinite(value):
            raise AdapterError(f"the support loss is {value.item()} at step {step + 1}; check the ratings")
        names = sorted(leaves)
        gradients = dict(zip(names, torch.autograd.grad(value, [leaves[name] for name in names]), strict=True))
        for name in names:
            gradients[name] = gradients[name] + prior * (current[name] - start[name])
        norm = torch.sqrt(torch.stack([(gradients[name] ** 2).sum() for name in names]).sum())
        shrink = torch.clamp(CLIP_NORM / (norm + 1e-12), max=1.0)
        current = {name: current[name] - rates[name] * shrink * gradients[name] for name in names}
    return current
