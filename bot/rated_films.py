"""The films of MovieLens-1M as the adapted blocks see them: text states, vectors and rating factors."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..adapters.blocks import AdaptedBlocks
from ..adapters.item_tokens import ItemFeatures
from ..adapters.rating_factors import RatingFactors
from ..adapters.states import ItemStates
from ..adapters.taste_problem import TasteConfig, TasteProblem
from ..retrieval.catalog import Catalog
from ..retrieval.encoder import Vectors
from ..retrieval.ratings import UserRatings
from .factory import N_REFERENCE, Foundation, item_prompt

_OFTEN = 20


@dataclass(frozen=True, slots=True)
class RatedFilms:
    """Films by row.

    Args:
        catalog: The films.
        blocks: The adapted blocks.
        states: What is kept of their texts, shape ``(n_items, state_width)``; zeros where a film was not read.
        vectors: Encoder vectors, shape ``(n_items, dim)``.
    """

    catalog: Catalog
    blocks: AdaptedBlocks
    states: Tensor
    vectors: Vectors

    def problem(self, factors: RatingFactors, config: TasteConfig) -> tuple[TasteProblem, Tensor, Tensor]:
        """Return the meta-learning problem on standardised factors, with their mean and deviation."""
        features, mean, deviation = ItemFeatures.of(factors, self.vectors).standardised()
        return TasteProblem(self.blocks, self.states, features, self.reference(factors), config), mean, deviation

    def reference(self, factors: RatingFactors) -> Tensor:
        """Return the rows that margins are centred on: often rated films of the smallest hashed ids."""
        often = [int(row) for row in np.flatnonzero(factors.counts >= min(_OFTEN, int(factors.counts.max())))]
        hashes = {row: hashlib.sha256(self.catalog.at(row).item_id.encode()).digest() for row in often}
        return torch.tensor(sorted(often, key=hashes.__getitem__)[:N_REFERENCE])


def read_films(
    base: Foundation, catalog: Catalog, people: Sequence[UserRatings], *, progress: Callable[[str, int, int], None]
) -> RatedFilms:
    """Read the films that some people rated into the model; what was read before is in the cache folder.

    Args:
        base: Model and encoder.
        catalog: The films.
        people: Those whose films are wanted.
        progress: Called with a label, the films done and their number.

    Raises:
        EnvironmentProblem: The cache folder cannot be written.
    """
    rated = sorted({int(row) for user in people for row in user.rows})
    kept = ItemStates(base.blocks, home=base.settings.cache / "states", progress=progress)
    states = torch.zeros(len(catalog), base.blocks.state_width)
    vectors = np.zeros((len(catalog), base.encoder.dim), dtype=np.float32)
    if rated:
        states[rated] = kept.get([item_prompt(catalog.at(row)) for row in rated])
        vectors[rated] = base.encoder.encode_items([catalog.at(row).text for row in rated])
    return RatedFilms(catalog, base.blocks, states, vectors)
