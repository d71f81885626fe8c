"""Nearest vectors by inner product: what an index must do, and a plain NumPy reference."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .encoder import Vectors
from .errors import RetrievalError

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]
Allowed = Ids | Mask
NO_ITEM = -1


class VectorIndex(Protocol):
    """A store of vectors that finds the nearest ones.

    Ids are the rows of the catalogue. ``search`` returns ``(ids, scores)``, both of shape ``(n_queries, k)``, best
    first, ties in the order of the ids; where fewer than ``k`` are allowed, ids are -1 and scores -inf. An approximate
    index may miss some of the best, also some that tie at the cut, but gives ``k`` where that many are allowed.
    """

    def build(self, vectors: Vectors) -> None:
        """Replace the content by ``vectors``, shape ``(n_items, dim)``; row i gets the id i."""
        ...

    def search(self, queries: Vectors, k: int, *, allowed: Allowed | None = None) -> tuple[Ids, Vectors]:
        """Return the ``k`` best ids and scores for each row of ``queries``, only among ``allowed`` if given.

        Args:
            queries: Shape ``(n_queries, dim)``.
            k: How many.
            allowed: Ids, or a mask of shape ``(n_rows,)`` that is true where an id may come back.
        """
        ...

    def save(self, path: Path) -> None:
        """Write a file; what has been removed may be kept in a second one beside it."""
        ...

    def load(self, path: Path) -> None:
        """Replace the content by what was saved; nothing is written.

        Raises:
            RetrievalError: It cannot be read.
        """
        ...


class GrowingIndex(VectorIndex, Protocol):
    """A vector index that items are added to and removed from.

    An id belongs to one vector for the life of the index: ``add`` gives the next free ids, ``remove`` neither moves an
    id nor frees it, also where the index rebuilds itself to be rid of what was removed. Only ``build`` numbers anew;
    a catalogue that closes the gaps in its rows builds its index anew.
    """

    @property
    def n_rows(self) -> int:
        """How many ids were ever given: the length of a mask."""
        ...

    def add(self, vectors: Vectors) -> Ids:
        """Add vectors, shape ``(n, dim)``; return their ids, which follow the last one."""
        ...

    def remove(self, ids: Ids) -> None:
        """Let these ids never come back; one that is already removed stays so.

        Raises:
            RetrievalError: An id was never given.
        """
        ...


class NumpyIndex:
    """The reference: all inner products, then a stable sort. A removed row is kept as NaN.

    Examples:
        >>> index = NumpyIndex()
        >>> index.build(np.eye(3, dtype=np.float32))
        >>> index.search(np.array([[0, 1, 0]], dtype=np.float32), 2)[0].tolist()
        [[1, 0]]
    """

    suffix = ".npy"

    def __init__(self) -> None:
        self._vectors: Vectors = np.zeros((0, 0), dtype=np.float32)

    @property
    def n_rows(self) -> int:
        """How many ids were ever given."""
        return len(self._vectors)

    def build(self, vectors: Vectors) -> None:
        """Replace the content."""
        self._vectors = np.array(vectors, dtype=np.float32)

    def add(self, vectors: Vectors) -> Ids:
        """Add vectors; return their ids."""
        before = self.n_rows
        self._vectors = np.concatenate([self._vectors, vectors], dtype=np.float32)
        return np.arange(before, self.n_rows)

    def remove(self, ids: Ids) -> None:
        """Let these ids never come back."""
        self._vectors[checked_ids(ids, self.n_rows)] = np.nan

    def search(self, queries: Vectors, k: int, *, allowed: Allowed | None = None) -> tuple[Ids, Vectors]:
        """Return ids and scores, shape ``(n_queries, k)``."""
        scores = queries @ self._vectors.T
        scores[np.isnan(scores)] = -np.inf
        if allowed is not None:
            scores[:, ~allowed_mask(allowed, self.n_rows)] = -np.inf
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
            raise unreadable(path) from error


def allowed_mask(allowed: Allowed, n_rows: int) -> Mask:
    """Return ``allowed`` as a mask of shape ``(n_rows,)``.

    Raises:
        RetrievalError: An id was never given, or a mask has another length.

    Examples:
        >>> allowed_mask(np.array([2, 0]), 3).tolist()
        [True, False, True]
    """
    if allowed.dtype == np.bool_:
        if allowed.shape != (n_rows,):
            raise RetrievalError(
                f"the mask has the shape {allowed.shape}, the index {n_rows} rows; give one value a row"
            )
        return allowed.astype(np.bool_, copy=False)
    mask = np.zeros(n_rows, dtype=np.bool_)
    mask[checked_ids(allowed, n_rows)] = True
    return mask


def checked_ids(ids: Allowed, n_rows: int) -> Ids:
    """Return ids that were all given.

    Raises:
        RetrievalError: One was never given.
    """
    rows = np.asarray(ids, dtype=np.int64)
    wrong = rows[(rows < 0) | (rows >= n_rows)]
    if len(wrong):
        raise RetrievalError(f"the index has no row {wrong[0]}, only 0 to {n_rows - 1}; give rows of its catalogue")
    return rows


def unreadable(path: Path) -> RetrievalError:
    """Return the error for a file of an index that cannot be read."""
    return RetrievalError(f"the file {path} of the index cannot be read; delete it, it is rebuilt")


def _padded(ids: Ids, scores: Vectors, k: int) -> tuple[Ids, Vectors]:
    missing = k - ids.shape[1]
    if missing <= 0:
        return ids, scores
    pad = ((0, 0), (0, missing))
    return np.pad(ids, pad, constant_values=NO_ITEM), np.pad(scores, pad, constant_values=-np.inf)
