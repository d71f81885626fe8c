"""First-order MAML (Finn et al., ICML 2017, section 5.2; named by Nichol et al., arXiv:1803.02999)."""

from __future__ import annotations

from dataclasses import dataclass

from .algorithm import Algorithm


@dataclass(frozen=True)
class Fomaml(Algorithm):
    """The gradient of the query loss at the adapted tensors is applied to θ₀.

    Rates learn by the first-order hypergradient: the query gradient times the whole movement. Everything else gets the
    direct gradient of the query loss; a scalar of the inner loss has none and stays.
    """
