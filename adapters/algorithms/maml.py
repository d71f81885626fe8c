"""Second-order MAML: Model-Agnostic Meta-Learning (Finn et al., ICML 2017)."""

from __future__ import annotations

from dataclasses import dataclass

from .algorithm import Algorithm


@dataclass(frozen=True)
class Maml(Algorithm):
    """The outer gradient goes through the inner steps, to θ₀, rates, tokens and the scalars of the inner loss alike."""

    second_order: bool = True
