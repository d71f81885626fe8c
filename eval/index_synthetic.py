"""Vectors to measure an index with: clustered, of many directions, no easier than real texts.

A mixture of about ``n / 1000`` Gaussians of unequal weight. Centres and the noise around them share one spectrum, whose
variances fall as ``i ** -0.75`` in a random basis, and every vector is brought to length one. With 30 % of the variance
between the clusters, neighbourhoods cross their borders.

How hard is that beside real texts? The 2107 vectors of the embedded catalogue have a local intrinsic dimension of 29
(maximum-likelihood estimate of Levina and Bickel, 2004, over 20 neighbours) and a median cosine of 0.57 to the nearest
neighbour; as many drawn from 42 clusters have 30 and 0.46, drawn from 1000 clusters 39 and 0.38: no easier.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..retrieval.encoder import Vectors

BLOCK = 65_536
_ITEMS_A_CLUSTER = 1000
_BETWEEN = 0.3
_DECAY = 0.75


class Mixture:
    """A mixture to draw from.

    Args:
        n_items: How many items will be drawn: decides the number of clusters.
        dim: Length of a vector.
        seed: Decides clusters and draws.

    Examples:
        >>> Mixture(2000, 8, seed=0).draw(3).shape
        (3, 8)
    """

    def __init__(self, n_items: int, dim: int, *, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        deviations = np.arange(1, dim + 1) ** (-_DECAY / 2)
        basis = np.linalg.qr(self._rng.standard_normal((dim, dim)))[0]
        self._scaled = (deviations[:, None] * basis / np.linalg.norm(deviations)).astype(np.float32)
        n_clusters = max(1, round(n_items / _ITEMS_A_CLUSTER))
        self._centres = self._noise(n_clusters)
        self._weights: NDArray[np.float64] = self._rng.dirichlet(np.ones(n_clusters))

    def draw(self, n: int) -> Vectors:
        """Return the next ``n`` vectors, shape ``(n, dim)``."""
        clusters = self._rng.choice(len(self._weights), size=n, p=self._weights)
        drawn = np.float32(_BETWEEN**0.5) * self._centres[clusters] + np.float32((1 - _BETWEEN) ** 0.5) * self._noise(n)
        unit: Vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
        return unit

    def blocks(self, n: int) -> Iterator[Vectors]:
        """Yield ``n`` vectors in blocks, so that a million need no more memory than 65,536."""
        for start in range(0, n, BLOCK):
            yield self.draw(min(BLOCK, n - start))

    def _noise(self, n: int) -> Vectors:
        noise: Vectors = self._rng.standard_normal((n, len(self._scaled)), dtype=np.float32) @ self._scaled
        return noise
