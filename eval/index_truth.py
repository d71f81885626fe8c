"""The true neighbours: every inner product, block by block, with NumPy alone."""

from __future__ import annotations

import numpy as np

from ..retrieval.encoder import Vectors
from ..retrieval.vector_index import NO_ITEM, Ids, Mask


class Truth:
    """The best ``k`` of all vectors seen so far.

    Args:
        queries: Shape ``(n_queries, dim)``.
        k: How many.

    Examples:
        >>> truth = Truth(np.ones((1, 1), dtype=np.float32), 2)
        >>> truth.see(np.array([[1.0], [3.0], [2.0]], dtype=np.float32), 10)
        >>> truth.ids.tolist()
        [[11, 12]]
    """

    def __init__(self, queries: Vectors, k: int) -> None:
        self._queries = queries
        self._scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        self.ids: Ids = np.full((len(queries), k), NO_ITEM, dtype=np.int64)

    def see(self, vectors: Vectors, start: int, mask: Mask | None = None) -> None:
        """Take in a block whose first id is ``start``, or only its rows under a mask."""
        rows = np.arange(len(vectors)) if mask is None else np.flatnonzero(mask)
        scores = np.concatenate([self._scores, self._queries @ vectors[rows].T], axis=1)
        ids = np.concatenate([self.ids, np.broadcast_to(rows + start, (len(self.ids), len(rows)))], axis=1)
        best = np.argsort(-scores, axis=1, kind="stable")[:, : self.ids.shape[1]]
        self._scores, self.ids = (np.take_along_axis(values, best, axis=1) for values in (scores, ids))


def recalls(found: Ids, right: Ids) -> list[float]:
    """Return the share of the right ids that were found, query by query.

    Examples:
        >>> recalls(np.array([[3, 1], [7, -1]]), np.array([[1, 2], [7, -1]]))
        [0.5, 1.0]
    """
    pairs = zip(found, (row[row != NO_ITEM] for row in right), strict=True)
    return [float(np.isin(true, row).mean()) if len(true) else 1.0 for row, true in pairs]
