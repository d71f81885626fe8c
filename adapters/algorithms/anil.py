"""ANIL: Almost No Inner Loop (Raghu et al., ICLR 2020)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..meta_problem import Params, start
from .algorithm import Algorithm

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Anil(Algorithm):
    """Only the head moves inside: the LoRA B of the last adapted decoder layer. The rest has outer gradients only.

    Args:
        second_order: As the paper does for the head; the rest never has a gradient through the inner loop.
        head: Names of the tensors that move, without prefix; None chooses them.
    """

    second_order: bool = True
    head: tuple[str, ...] | None = None

    def trained(self, params: Params) -> frozenset[str]:
        """Return the names of the head."""
        return last_b(start(params)) if self.head is None else frozenset(self.head)


def last_b(names: Iterable[str]) -> frozenset[str]:
    """Return the ``lora_B`` names of the layer of the highest number.

    Examples:
        >>> sorted(last_b(["layers.9.o.lora_B", "layers.10.o.lora_A", "layers.10.o.lora_B", "layers.10.up.lora_B"]))
        ['layers.10.o.lora_B', 'layers.10.up.lora_B']
    """
    numbers = {name: [int(n) for n in _NUMBER.findall(name)] for name in names if name.endswith("lora_B")}
    last = max(numbers.values(), default=[])
    return frozenset(name for name, found in numbers.items() if found == last)
