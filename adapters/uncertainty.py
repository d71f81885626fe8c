"""How unsure a margin is, from how unsure the tensors around θ₀ are: what is most worth asking a person about.

The Laplace approximation to first order (MacKay, Neural Computation 1992): with a diagonal covariance of the tensors,
the variance of a margin is the sum of its squared gradient times their variances.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .blocks import AdaptedBlocks
from .item_inputs import ItemInputs
from .lora import Theta

_TOGETHER = 64


def margin_variance(blocks: AdaptedBlocks, theta: Theta, items: ItemInputs, variance: Theta) -> Tensor:
    """Return the variance of each item's margin, shape ``(n_items,)``.

    Args:
        blocks: The adapted blocks.
        theta: A person's tensors.
        items: What is asked about.
        variance: The variance of every number of ``theta``, under the same names.
    """
    found = []
    for first in range(0, len(items), _TOGETHER):
        part = items.at(slice(first, first + _TOGETHER))
        # Everybody has one item, so that one backward pass gives the gradient of each.
        leaves = {n: t.detach().expand(len(part), *t.shape).clone().requires_grad_() for n, t in theta.items()}
        gradients = torch.autograd.grad(blocks.margins(leaves, part).sum(), list(leaves.values()))
        squares = [
            (gradient**2 * variance[name]).flatten(1).sum(dim=1)
            for name, gradient in zip(leaves, gradients, strict=True)
        ]
        found.append(torch.stack(squares).sum(dim=0))
    return torch.cat(found) if found else torch.zeros(0)
