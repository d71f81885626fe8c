"""What every FAISS index here shares: filters that act inside the search, removed rows, files. Knows no preset."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from .encoder import Vectors
from .errors import RetrievalError
from .files import environment_errors
from .vector_index import NO_ITEM, Allowed, Ids, Mask, allowed_mask, checked_ids, unreadable

REBUILD_SHARE = 0.15
"""An index rebuilds itself once more than this share of its vectors is removed."""

_BLOCK = 65_536


class FaissIndex(ABC):
    """A FAISS index whose positions are the ids that are held, in their order.

    A removed id is first filtered out of every search (FAISS cannot take a vector out of a graph), and dropped by a
    rebuild from the stored vectors when there are many.
    """

    suffix = ".faiss"
    narrow_share: ClassVar[float]
    """Up to this share allowed, every allowed vector is compared: quicker than a search that skips the others."""
    mapped: ClassVar[bool]
    """Whether ``load`` maps the file into memory instead of reading it."""

    def __init__(self) -> None:
        self._index: Any = None
        self._held: Mask = np.zeros(0, dtype=np.bool_)
        self._live: Mask = np.zeros(0, dtype=np.bool_)
        self._is_mapped = False

    @property
    def n_rows(self) -> int:
        """How many ids were ever given: the length of a mask."""
        return len(self._held)

    def build(self, vectors: Vectors) -> None:
        """Replace the content by ``vectors``, shape ``(n_items, dim)``, read block by block; row i gets the id i."""
        self._index, self._is_mapped = self._trained(vectors), False
        self._held = self._live = np.zeros(0, dtype=np.bool_)
        self.add(vectors)

    def add(self, vectors: Vectors) -> Ids:
        """Add vectors, shape ``(n, dim)``; return their ids, which follow the last one.

        Raises:
            RetrievalError: The vectors are of another length.
        """
        n, dim = vectors.shape
        if dim != self._index.d:
            raise RetrievalError(f"vectors of length {dim} do not fit an index of length {self._index.d}; build anew")
        self._read_whole()
        for start in range(0, n, _BLOCK):
            self._index.add(np.ascontiguousarray(vectors[start : start + _BLOCK], dtype=np.float32))
        before, new = self.n_rows, np.ones(n, dtype=np.bool_)
        self._held, self._live = np.concatenate([self._held, new]), np.concatenate([self._live, new])
        return np.arange(before, before + n)

    def remove(self, ids: Ids) -> None:
        """Let these ids never come back.

        Raises:
            RetrievalError: An id was never given.
        """
        self._live[checked_ids(ids, self.n_rows)] = False
        removed = int(self._held.sum()) - int(self._live.sum())
        if removed > REBUILD_SHARE * self._held.sum():
            self._rebuild()

    def search(self, queries: Vectors, k: int, *, allowed: Allowed | None = None) -> tuple[Ids, Vectors]:
        """Return ids and scores, shape ``(n_queries, k)``; as many items as are allowed, up to ``k``.

        Args:
            queries: Shape ``(n_queries, dim)``.
            k: How many.
            allowed: Ids, or a mask of shape ``(n_rows,)``.

        Raises:
            RetrievalError: An id was never given, or a mask has another length.
        """
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        mask, n_held = self._allowed_positions(allowed), self._index.ntotal
        n_allowed = n_held if mask is None else int(np.count_nonzero(mask))
        selector = None if mask is None or n_allowed == n_held else _selector(mask)
        share = n_allowed / max(1, n_held)
        if n_allowed == 0 or share <= self.narrow_share:
            found, scores = self._compare_all(queries, k, selector)
        else:
            found, scores = self._search(queries, k, selector, share)
            short = (found == NO_ITEM).sum(axis=1) > max(0, k - n_allowed)
            if short.any():
                found[short], scores[short] = self._compare_all(queries[short], k, selector)
        if not self._held.all():
            found = np.append(np.flatnonzero(self._held), NO_ITEM)[found]
        return found, scores

    def save(self, path: Path) -> None:
        """Write one FAISS file, and ``<name>.rows.npy`` (0 dropped, 1 removed, 2 there) where ids were removed.

        Raises:
            EnvironmentProblem: The file cannot be written.
        """
        faiss = faiss_module()
        beside = path.with_name(path.name + ".new")  # the file may be the one that is mapped
        with environment_errors(path):
            # Written by Python: FAISS itself does not tell when the disk is full at the last bytes.
            with beside.open("wb") as file:
                faiss.write_index(self._index, faiss.PyCallbackIOWriter(file.write))
            beside.replace(path)
            if self._live.all():
                _rows_file(path).unlink(missing_ok=True)
            else:
                np.save(_rows_file(path), self._held.astype(np.uint8) + self._live, allow_pickle=False)

    def load(self, path: Path) -> None:
        """Replace the content by what was saved.

        Raises:
            RetrievalError: FAISS cannot read the file, or it does not fit the removed rows.
        """
        faiss = faiss_module()
        try:
            self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC if self.mapped else 0)
            rows = _rows_file(path)
            states = np.load(rows, allow_pickle=False) if rows.exists() else np.full(self._index.ntotal, 2)
        except (RuntimeError, OSError, EOFError, ValueError) as error:
            raise unreadable(path) from error
        self._held, self._live = states > 0, states > 1
        self._is_mapped = self.mapped
        if np.count_nonzero(self._held) != self._index.ntotal:
            raise unreadable(path)

    @abstractmethod
    def _trained(self, vectors: Vectors) -> Any:
        """Return an empty FAISS index that is ready for ``vectors``."""

    @abstractmethod
    def _search(self, queries: Vectors, k: int, selector: Any, share: float) -> tuple[Ids, Vectors]:
        """Return positions and scores; a selector lets the given share pass."""

    @property
    @abstractmethod
    def _stored(self) -> Any:
        """The FAISS index of the stored vectors, which compares a query with every one."""

    def _compare_all(self, queries: Vectors, k: int, selector: Any) -> tuple[Ids, Vectors]:
        """Return the best positions of all that pass, ties in their order."""
        faiss = faiss_module()
        params = None if selector is None else faiss.SearchParameters(sel=selector)
        wide = k + 1
        ids, scores = ordered(self._stored.search(queries, wide, params=params))
        # Of the items that tie at the cut FAISS keeps any: ask for more until the tie is whole.
        while wide < self._stored.ntotal and (np.isfinite(scores[:, -1]) & (scores[:, k - 1] == scores[:, -1])).any():
            wide *= 2
            ids, scores = ordered(self._stored.search(queries, wide, params=params))
        return ids[:, :k], scores[:, :k]

    def _allowed_positions(self, allowed: Allowed | None) -> Mask | None:
        if allowed is None:
            return None if self._live.all() else self._live[self._held]
        mask = allowed_mask(allowed, self.n_rows)
        return mask if self._live.all() else (mask & self._live)[self._held]

    def _rebuild(self) -> None:
        """Drop what is removed: the trained quantisers stay, the stored vectors are added anew."""
        faiss = faiss_module()
        kept = np.flatnonzero(self._live[self._held])
        self._read_whole()
        fresh = faiss.clone_index(self._index)
        fresh.reset()
        for start in range(0, len(kept), _BLOCK):
            fresh.add(self._stored.reconstruct_batch(kept[start : start + _BLOCK]))
        self._index, self._held = fresh, self._live.copy()

    def _read_whole(self) -> None:
        """Copy a mapped file into memory: what is mapped cannot grow."""
        faiss = faiss_module()
        if self._is_mapped:
            self._index = faiss.deserialize_index(faiss.serialize_index(self._index))
            self._is_mapped = False


def faiss_module() -> Any:
    """Return FAISS without its types: its stubs lack much of what is used here."""
    import faiss

    return faiss


def ordered(found: tuple[Vectors, Ids]) -> tuple[Ids, Vectors]:
    """Put what FAISS found into the order of scores, ties in the order of positions."""
    scores, ids = found
    missing = ids == NO_ITEM
    scores = np.where(missing, -np.inf, scores).astype(np.float32)
    order = np.lexsort((np.where(missing, np.iinfo(np.int64).max, ids), -scores), axis=1)
    return np.take_along_axis(ids, order, axis=1), np.take_along_axis(scores, order, axis=1)


def _selector(mask: Mask) -> Any:
    faiss = faiss_module()
    # The selector borrows the bits; its Python object keeps them alive.
    return faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))


def _rows_file(path: Path) -> Path:
    return path.with_name(path.name + ".rows.npy")
