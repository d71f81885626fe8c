"""What the outer loop knows of a problem: named tensors, a batch of people, how they adapt, and two losses.

Meta-parameters go by name: ``theta/<tensor>`` is the start θ₀, ``rate/<tensor>`` the logarithm of its inner rate (a
scalar, or anything that broadcasts against the tensor with people in front), ``loss/<name>`` a scalar of the inner
loss; every other prefix is the problem's own. Knows no language model, no items and no ratings.
"""

from __future__ import annotations

from collections.abc import Sized
from typing import Protocol, TypeVar

from torch import Generator, Tensor

from .lora import Theta

Params = dict[str, Tensor]
"""Meta-parameters by name, with their prefix."""

THETA, RATE, LOSS = "theta/", "rate/", "loss/"
LOG_PULL = "loss/log_pull"
"""Logarithm of the pull towards θ₀ in the inner loop; a problem applies it where it is among the parameters."""

B = TypeVar("B", bound=Sized)
B_co = TypeVar("B_co", bound=Sized, covariant=True)
B_contra = TypeVar("B_contra", bound=Sized, contravariant=True)


class MetaProblem(Protocol[B_contra]):
    """People who learn from a support set and are judged on a query set; the length of a batch is their number."""

    def initial(self, seed: int) -> Params:
        """Return untrained meta-parameters; the same seed gives the same."""

    def adapt(
        self, params: Params, batch: B_contra, *, steps: int, differentiable: bool, trained: frozenset[str] | None
    ) -> Theta:
        """Take the inner steps of everybody in a batch.

        Args:
            params: Meta-parameters; not changed.
            batch: The people.
            steps: How many; 0 gives θ₀ for everybody.
            differentiable: Keep the graph, so that gradients reach ``params`` through the steps.
            trained: Names of the tensors that move, without their prefix; None means all.

        Returns:
            Tensors by name without prefix, people in front.
        """

    def loss(self, params: Params, theta: Theta, batch: B_contra) -> Tensor:
        """Return each person's query loss under their own tensors, shape ``(n_people,)``."""

    def support_loss(self, params: Params, theta: Theta, batch: B_contra) -> Tensor:
        """Return each person's support loss, as the inner loop minimises it without the pull, ``(n_people,)``."""


class TaskSource(Protocol[B_co]):
    """Where batches of people come from."""

    def draw(self, generator: Generator, n_people: int, support_size: int) -> B_co:
        """Draw people with ``support_size`` support examples each; all randomness comes from the generator."""


def part(params: Params, prefix: str) -> dict[str, Tensor]:
    """Return the parameters under a prefix, by name without it.

    Examples:
        >>> import torch
        >>> list(part({"theta/a": torch.zeros(1), "rate/a": torch.zeros(())}, "rate/"))
        ['a']
    """
    return {name.removeprefix(prefix): tensor for name, tensor in params.items() if name.startswith(prefix)}


def start(params: Params) -> Theta:
    """Return θ₀, unbatched."""
    return part(params, THETA)


def expand(theta: Theta, n_people: int) -> Theta:
    """Give everybody the same tensors, with people in front; nothing is copied."""
    return {name: tensor.expand(n_people, *tensor.shape) for name, tensor in theta.items()}


def detached(params: Params) -> Params:
    """Return the same values without their graph."""
    return {name: tensor.detach() for name, tensor in params.items()}


def leaves(params: Params) -> Params:
    """Return copies that gradients are taken at."""
    return {name: tensor.detach().clone().requires_grad_() for name, tensor in params.items()}
