"""The inner loop: a few clipped gradient steps from θ₀ on the examples of one person, or of many at once.

Pure functions of tensors. Everything is shaped ``(n_people, ...)`` inside; one person is a batch of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ..retrieval.errors import AdapterError
from .blocks import AdaptedBlocks
from .item_inputs import ItemInputs
from .lora import Theta

CLIP_NORM = 10.0
# At these rewards, one for each number of stars, wished probabilities and weights are learned.
REWARDS = (-1.0, -0.5, 0.0, 0.5, 1.0)
# That many examples' worth of doubt: one example alone moves less than one among many.
DOUBT = 4.0


@dataclass(frozen=True, slots=True)
class Support:
    """What is learned from, for one person or for several with equally many examples.

    Args:
        items: What was judged; the rows of several people stand one after the other.
        targets: Wished probability of "liked", shape ``(n,)`` or ``(n_people, n)``.
        weights: How much each counts, as ``targets``; 0 fills up.
        preferred: Pairs of positions (chosen, passed over) of "A rather than B", shape ``(n_pairs, 2)``; one person.
    """

    items: ItemInputs
    targets: Tensor
    weights: Tensor
    preferred: Tensor = field(default_factory=lambda: torch.zeros(0, 2, dtype=torch.long))

    def __len__(self) -> int:
        return self.targets.shape[-1]

    def at(self, rows: list[int]) -> Support:
        """Return some examples of one person, with the pairs among them."""
        place = {row: i for i, row in enumerate(rows)}
        pairs = [[place[a], place[b]] for a, b in self.preferred.tolist() if a in place and b in place]
        kept = torch.tensor(pairs, dtype=torch.long).reshape(-1, 2)
        return Support(self.items.at(rows), self.targets[rows], self.weights[rows], kept)


class CentredMarginLoss:
    """Weighted binary cross-entropy on the margin above the mean margin of fixed reference items.

    Without the subtraction, a gradient step moves one common offset of all items, the person's base rate, which no
    ranking sees. With it, the steps go into what tells items apart. The mean is followed to first order around θ₀,
    where it and its gradient are the same for everybody: so it costs nothing a person.

    Args:
        blocks: Compute margins.
        reference: The reference items.
    """

    def __init__(self, blocks: AdaptedBlocks, reference: ItemInputs) -> None:
        self._blocks = blocks
        self.reference = reference

    def centre(self, start: Theta, *, differentiable: bool = False) -> Centre:
        """Return the mean margin of the reference items at θ₀ and its gradient."""
        leaves = start if differentiable else {n: t.detach().requires_grad_() for n, t in start.items()}
        mean = self._blocks.margins(leaves, self.reference).mean()
        names = sorted(leaves)
        found = torch.autograd.grad(mean, [leaves[name] for name in names], create_graph=differentiable)
        return Centre(leaves if differentiable else start, mean if differentiable else mean.detach(),
                      dict(zip(names, found, strict=True)))  # fmt: skip

    def __call__(self, theta: Theta, support: Support, centre: Centre) -> Tensor:
        """Return the loss of each person, shape ``(n_people,)``; ``theta`` is batched."""
        logits = self.logits(theta, support.items, centre)
        targets, weights = support.targets.reshape(logits.shape), support.weights.reshape(logits.shape)
        # Written out, since a learned target may lie outside [0, 1].
        losses = (softplus(logits) - targets * logits) * weights
        total = losses.sum(dim=1)
        if len(support.preferred):
            chosen, passed = logits[:, support.preferred[:, 0]], logits[:, support.preferred[:, 1]]
            total = total + softplus(passed - chosen).sum(dim=1)
        found: Tensor = total / (weights.sum(dim=1) + len(support.preferred) + DOUBT)
        return found

    def logits(self, theta: Theta, items: ItemInputs, centre: Centre) -> Tensor:
        """Return the centred margins, shape ``(n_people, n)``; ``theta`` is batched."""
        n_people = len(next(iter(theta.values())))
        margins = self._blocks.margins(theta, items).reshape(n_people, -1)
        return margins - centre.at(theta)[:, None]


@dataclass(frozen=True, slots=True)
class Centre:
    """The mean margin of the reference items around θ₀: ``mean + gradient · (θ - θ₀)``."""

    start: Theta
    mean: Tensor
    gradient: Theta

    def at(self, theta: Theta) -> Tensor:
        """Return it under each person's tensors, shape ``(n_people,)``."""
        moved = [
            ((theta[name] - self.start[name]) * gradient).flatten(1).sum(dim=1)
            for name, gradient in self.gradient.items()
        ]
        return self.mean + torch.stack(moved).sum(dim=0)


def interpolate(table: Tensor, rewards: Tensor) -> Tensor:
    """Return the values of a table over ``REWARDS`` at some rewards, linearly between its entries.

    Examples:
        >>> interpolate(torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0]), torch.tensor([-1.0, 0.25])).tolist()
        [0.0, 2.5]
    """
    place = (rewards + 1.0) * 2.0
    left = place.floor().clamp(0, len(REWARDS) - 2).long()
    share = place - left
    return table[left] * (1 - share) + table[left + 1] * share


def adapt(
    theta: Theta, support: Support, *, loss: CentredMarginLoss, steps: int, rates: Mapping[str, float | Tensor],
    prior: float | Tensor = 0.0, centre: Centre | None = None,
) -> Theta:  # fmt: skip
    """Take gradient steps for one person on the support loss plus ``prior / 2 * |theta - start|²``.

    Args:
        theta: The start θ₀; it is not changed.
        support: What is learned from; empty returns the start.
        loss: Support loss.
        steps: How many; 0 returns the start.
        rates: Learning rate of each tensor by name.
        prior: Pull towards the start (MAP estimate under a Gaussian prior).
        centre: The centre of the margins at θ₀ where it is known already.

    Returns:
        New tensors.

    Raises:
        AdapterError: The loss is not finite.
    """
    start = {name: tensor.detach() for name, tensor in theta.items()}
    if not len(support) or not steps:
        return start
    many = adapt_many(start, support, n_people=1, loss=loss, steps=steps, rates=rates, prior=prior, centre=centre)
    return {name: tensor[0] for name, tensor in many.items()}


def adapt_many(
    start: Theta, support: Support, *, n_people: int, loss: CentredMarginLoss, steps: int,
    rates: Mapping[str, float | Tensor], prior: float | Tensor = 0.0, centre: Centre | None = None,
    differentiable: bool = False, trained: frozenset[str] | None = None,
) -> Theta:  # fmt: skip
    """Take the steps of many people in one batch, each with tensors of their own.

    Args:
        start: θ₀, unbatched.
        support: The examples of all, equally many each.
        n_people: How many people.
        loss: Support loss.
        steps: How many.
        rates: Learning rate of each tensor by name.
        prior: Pull towards the start.
        centre: The centre of the margins at θ₀; computed if None.
        differentiable: Keep the graph, so that gradients of the result reach ``start`` and ``rates`` through the steps.
        trained: Names of the tensors that move; None means all.

    Returns:
        Tensors with a dimension for people in front.

    Raises:
        AdapterError: A loss is not finite.
    """
    centre = centre or loss.centre(start, differentiable=differentiable)
    first = {name: tensor.expand(n_people, *tensor.shape) for name, tensor in start.items()}
    names = sorted(start if trained is None else trained)
    current = dict(first)
    for step in range(steps):
        if not differentiable:
            current = {name: tensor.detach() for name, tensor in current.items()}
        leaves = {n: t if differentiable else t.clone().requires_grad_(n in names) for n, t in current.items()}
        if differentiable and step == 0 and not any(t.requires_grad for t in leaves.values()):
            leaves = {name: tensor.clone().requires_grad_() for name, tensor in leaves.items()}
        values = loss(leaves, support, centre)
        if not bool(torch.isfinite(values).all()):
            raise AdapterError(f"the support loss is not finite at step {step + 1}; check the ratings")
        found = torch.autograd.grad(values.sum(), [leaves[name] for name in names], create_graph=differentiable)
        gradients = {n: g + prior * (leaves[n] - first[n]) for n, g in zip(names, found, strict=True)}
        shrink = _shrink(gradients)
        current = dict(leaves)
        for name in names:
            scale = shrink.reshape(-1, *[1] * (gradients[name].dim() - 1))
            current[name] = leaves[name] - rates[name] * scale * gradients[name]
    return current if differentiable else {name: tensor.detach() for name, tensor in current.items()}


def _shrink(gradients: Theta) -> Tensor:
    """Return by how much each person's gradient shrinks to the clip norm, shape ``(n_people,)``."""
    squares = torch.stack([(gradient**2).flatten(1).sum(dim=1) for gradient in gradients.values()]).sum(dim=0)
    return torch.clamp(CLIP_NORM / torch.sqrt(squares + 1e-12), max=1.0)
