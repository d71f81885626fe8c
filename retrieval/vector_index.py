"""Nearest vectors by inner product: a plain NumPy reference, and FAISS."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .encoder import Vectors
from .errors import RetrievalError

Ids = NDArray[np.int64]
NO_ITEM = -1


class VectorIndex(Protocol):
    """A store of vectors that finds the nearest ones.

    Ids are the rows of the catalogue. ``search`` returns ``(ids, scores)``, both of shape ``(n_queries, k)``, best
    first, ties in the order of the ids; where fewer than ``k`` are allowed, ids are -1 and scores -inf.
    """

    def build(self, vectors: Vectors) -> None:
        """Replace the content by ``vectors``, shape ``(n_items, dim)``; row i gets the id i."""
        ...

    def search(self, queries: Vectors, k: int, *, allowed: Ids | None = None) -> tuple[Ids, Vectors]:
        """Return the ``k`` best ids and scores for each row of ``queries``, only among ``allowed`` if given."""
        ...

    def save(self, path: Path) -> None:
        """Write one file."""
        ...

    def load(self, path: Path) -> None:
        """Replace the content by a saved file.

        Raises:
            RetrievalError: The file cannot be read.
        """
        ...


class NumpyIndex:
    """The reference: all inner products, then a stable sort.

    Examples:
        >>> index = NumpyIndex()
        >>> index.build(np.eye(3, dtype=np.float32))
        >>> index.search(np.array([[0, 1, 0]], dtype=np.float32), 2)[0].tolist()
        [[1, 0]]
    """

    suffix = ".npy"

    def __init__(self) -> None:
        self._vectors: Vectors = np.zeros((0, 0), dtype=np.float32)

    def build(self, vectors: Vectors) -> None:
        """Replace the content."""
        self._vectors = np.ascontiguousarray(vectors, dtype=np.float32)

    def search(self, queries: Vectors, k: int, *, allowed: Ids | None = None) -> tuple[Ids, Vectors]:
        """Return ids and scores, shape ``(n_queries, k)``."""
        scores = queries @ self._vectors.T
        if allowed is not None:
            blocked = np.ones(self._vectors.shape[0], dtype=bool)
            blocked[allowed] = False
            scores[:, blocked] = -np.inf
        ids = np.argsort(-scores, axis=1, kind="stable")[:, :k].astype(np.int64)
        best = np.take_along_axis(scores, ids, axis=1)
        ids[np.isneginf(best)] = NO_ITEM
        return _padded(ids, best.astype(np.float32), k)

    def save(self, path: Path) -> None:
        """Write one ``.npy`` file."""
        with path.open("wb") as file:
            np.save(file, self._vectors, allow_pickle=False)

    def load(self, path: Path) -> None:
        """Replace the content by a saved file.

        Raises:
            RetrievalError: NumPy cannot read the file.
        """
        try:
            self._vectors = np.load(path, allow_pickle=False)
        except (OSError, EOFError, ValueError) as error:
            raise RetrievalError(f"the file {path} of the index cannot be read; delete it, it is rebuilt") from error


class FaissIndex:
    """Exact search with FAISS (``IndexIDMap2`` over a flat inner-product index)."""

    suffix = ".faiss"

    def __init__(self) -> None:
        self._index: Any = None

    def build(self, vectors: Vectors) -> None:
        """Replace the content."""
        import faiss

        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), np.arange(vectors.shape[0], dtype=np.int64))
        self._index = index

    def search(self, queries: Vectors, k: int, *, allowed: Ids | None = None) -> tuple[Ids, Vectors]:
        """Return ids and scores, shape ``(n_queries, k)``."""
        import faiss

        queries = np.ascontiguousarray(queries, dtype=np.float32)
        # The selector borrows the array: both must outlive the calls.
        batch = None if allowed is None else np.ascontiguousarray(allowed, dtype=np.int64)
        params = None if batch is None else faiss.SearchParameters(sel=faiss.IDSelectorBatch(batch))  # type: ignore[call-arg]  # its stub lacks it
        wide = k + 1
        ids, scores = self._ordered(queries, wide, params)
        # Of the items that tie at the cut FAISS keeps any: ask for more until the tie is whole.
        while wide < self._index.ntotal and (np.isfinite(scores[:, -1]) & (scores[:, k - 1] == scores[:, -1])).any():
            wide *= 2
            ids, scores = self._ordered(queries, wide, params)
        return ids[:, :k], scores[:, :k]

    def _ordered(self, queries: Vectors, k: int, params: Any) -> tuple[Ids, Vectors]:
        scores, ids = self._index.search(queries, k, params=params)
        scores = np.where(ids == NO_ITEM, -np.inf, scores).astype(np.float32)
        order = np.lexsort((np.where(ids == NO_ITEM, np.iinfo(np.int64).max, ids), -scores), axis=1)
        return np.take_along_axis(ids, order, axis=1), np.take_along_axis(scores, order, axis=1)

    def save(self, path: Path) -> None:
        """Write one FAISS file."""
        import faiss

        faiss.write_index(self._index, str(path))

    def load(self, path: Path) -> None:
        """Replace the content by a saved file.

        Raises:
            RetrievalError: FAISS cannot read the file.
        """
        import faiss

        try:
            self._index = faiss.read_index(str(path))
        except RuntimeError as error:
            raise RetrievalError(f"the file {path} of the index cannot be read; delete it, it is rebuilt") from error


def _padded(ids: Ids, scores: Vectors, k: int) -> tuple[Ids, Vectors]:
    missing = k - ids.shape[1]
    if missing <= 0:
        return ids, scores
    pad = ((0, 0), (0, missing))
    return np.pad(ids, pad, constant_values=NO_ITEM), np.pad(scores, pad, constant_values=-np.inf)
