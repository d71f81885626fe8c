"""Two tokens beside an item's text: what ratings say of it, and what the sentence encoder says.

Each is a learned projection into the space of hidden states. An item that nobody rated has no collaborative token.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..retrieval.encoder import Vectors
from .rating_factors import RatingFactors

N_TOKENS = 2
# Encoder vectors have length one; their entries are brought to about this size.
_CONTENT_SIZE = 0.3
_LEAST_DEVIATION = 1e-4


@dataclass(frozen=True, slots=True)
class ItemFeatures:
    """What the tokens of some items are made of.

    Args:
        factors: Rating-derived factors, shape ``(n_items, n_factors)``.
        known: Which items have factors, shape ``(n_items,)``, bool.
        content: Encoder vectors, shape ``(n_items, n_content)``.
    """

    @classmethod
    def of(cls, factors: RatingFactors, vectors: Vectors) -> ItemFeatures:
        """Put together what is known of items: loadings, who rates them, mean and number of ratings; and vectors."""
        columns = [factors.loadings, factors.seen, factors.means[:, None], np.log1p(factors.counts)[:, None]]
        size = _CONTENT_SIZE * math.sqrt(vectors.shape[1])
        return cls(
            torch.tensor(np.concatenate(columns, axis=1), dtype=torch.float32),
            torch.tensor(factors.counts > 0),
            torch.tensor(np.asarray(vectors, dtype=np.float32) * size),
        )

    def standardised(self) -> tuple[ItemFeatures, Tensor, Tensor]:
        """Return the features with factors of mean 0 and deviation 1 over the items that have them, and those two."""
        mean, deviation = self.factors[self.known].mean(dim=0), self.factors[self.known].std(dim=0) + 1e-6
        # What is the same for all items tells nothing, and must not be blown up when the weights are folded.
        deviation = torch.where(deviation < _LEAST_DEVIATION, 1.0, deviation)
        factors = (self.factors - mean) / deviation * self.known[:, None]
        return ItemFeatures(factors, self.known, self.content), mean, deviation

    factors: Tensor
    known: Tensor
    content: Tensor

    def at(self, rows: Tensor) -> ItemFeatures:
        """Return the items in ``rows``."""
        return ItemFeatures(self.factors[rows], self.known[rows], self.content[rows])

    @property
    def present(self) -> Tensor:
        """Which tokens an item has, shape ``(n_items, N_TOKENS)``."""
        return torch.stack([self.known, torch.ones_like(self.known)], dim=1)


def random_projection(n_factors: int, n_content: int, dim: int, *, seed: int) -> dict[str, Tensor]:
    """Draw the weights of the projection: ``<token>.weight`` of shape (dim, n_in) and ``<token>.bias`` of (dim,)."""
    generator = torch.Generator().manual_seed(seed)
    return {
        "factors.weight": torch.randn(dim, n_factors, generator=generator) / math.sqrt(n_factors),
        "factors.bias": torch.randn(dim, generator=generator),
        "content.weight": torch.randn(dim, n_content, generator=generator),
        "content.bias": torch.randn(dim, generator=generator),
    }


def folded(weights: Mapping[str, Tensor], mean: Tensor, deviation: Tensor) -> dict[str, Tensor]:
    """Return weights for factors as they are, from weights that were trained on standardised ones."""
    scaled = weights["factors.weight"] / deviation
    return {**weights, "factors.weight": scaled, "factors.bias": weights["factors.bias"] - scaled @ mean}


def project(weights: Mapping[str, Tensor], features: ItemFeatures) -> Tensor:
    """Return the tokens of items, shape ``(n_items, N_TOKENS, dim)``."""
    collaborative = features.factors @ weights["factors.weight"].T + weights["factors.bias"]
    content = features.content @ weights["content.weight"].T + weights["content.bias"]
    return torch.stack([collaborative, content], dim=1)
