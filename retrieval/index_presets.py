"""The kinds of index, chosen from the number of items: exact, a graph, or compressed lists with refinement."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log2, sqrt
from typing import Any, Literal

import numpy as np

from .encoder import Vectors
from .index_faiss import FaissIndex, faiss_module, ordered
from .vector_index import Ids

Preset = Literal["exact", "hnsw", "ivf-pq"]

EXACT_UP_TO = 20_000
HNSW_UP_TO = 150_000


def choose_preset(n_items: int) -> Preset:
    """Return the kind of index for a catalogue of this size.

    Examples:
        >>> [choose_preset(n) for n in (20_000, 100_000, 1_000_000)]
        ['exact', 'hnsw', 'ivf-pq']
    """
    if n_items <= EXACT_UP_TO:
        return "exact"
    return "hnsw" if n_items <= HNSW_UP_TO else "ivf-pq"


def new_index(preset: Preset) -> FaissIndex:
    """Return an empty index of a kind."""
    return _PRESETS[preset]()


class ExactIndex(FaissIndex):
    """All inner products, ``4 * dim`` bytes an item.

    Examples:
        >>> index = ExactIndex()
        >>> index.build(np.eye(3, dtype=np.float32))
        >>> index.search(np.array([[0, 1, 0]], dtype=np.float32), 2, allowed=np.array([0, 2]))[0].tolist()
        [[0, 2]]
    """

    narrow_share = 0.0
    mapped = False

    def _trained(self, vectors: Vectors) -> Any:
        return _made(vectors.shape[1], "Flat")

    def _search(self, queries: Vectors, k: int, selector: Any, share: float) -> tuple[Ids, Vectors]:  # noqa: ARG002
        return self._compare_all(queries, k, selector)

    @property
    def _stored(self) -> Any:
        return self._index


@dataclass(frozen=True, slots=True)
class HnswConfig:
    """A graph: links a vertex, and how many vertices are kept in view while it is built and searched."""

    links: int = 32
    ef_construction: int = 80
    ef_search: int = 256


class HnswIndex(FaissIndex):
    """A navigable small-world graph over the whole vectors, ``4 * dim + 8 * links`` bytes an item.

    Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using hierarchical navigable small
    world graphs", 2018. Several threads build it, and their order may change a few of its links.
    """

    narrow_share = 0.2
    mapped = True

    def __init__(self, config: HnswConfig | None = None) -> None:
        super().__init__()
        self.config = config or HnswConfig()

    def _trained(self, vectors: Vectors) -> Any:
        index = _made(vectors.shape[1], f"HNSW{self.config.links}")
        index.hnsw.efConstruction = self.config.ef_construction
        return index

    def _search(self, queries: Vectors, k: int, selector: Any, share: float) -> tuple[Ids, Vectors]:
        faiss = faiss_module()
        # The walk also passes items that may not come back: keep as many more in view.
        in_view = ceil(max(self.config.ef_search, k) / share)
        params = faiss.SearchParametersHNSW(efSearch=in_view, sel=selector)
        return ordered(self._index.search(queries, k, params=params))

    @property
    def _stored(self) -> Any:
        faiss = faiss_module()
        return faiss.downcast_index(self._index.storage)


@dataclass(frozen=True, slots=True)
class IvfPqConfig:
    """Compressed lists: the share of them that is probed, and how many times ``k`` are compared again.

    Where only a share s of the items may come back, ``s ** -widening`` times as many lists are probed.
    """

    probed: float = 0.125
    least_probed: int = 16
    widening: float = 0.35
    refined: int = 8
    least_refined: int = 200
    seed: int = 0


class IvfPqIndex(FaissIndex):
    """Inverted lists of product-quantised vectors, the best compared again by 8-bit ones; ``1.25 * dim`` bytes an item.

    Scores are inner products with the 8-bit vectors, off by about 0.001 for vectors of length one. Jégou, Douze and
    Schmid, "Product quantization for nearest neighbor search", 2011; 4-bit codes scanned in registers after André,
    Kermarrec and Le Scouarnec, "Quicker ADC", 2019.
    """

    narrow_share = 0.03
    mapped = True

    def __init__(self, config: IvfPqConfig | None = None) -> None:
        super().__init__()
        self.config = config or IvfPqConfig()

    def _trained(self, vectors: Vectors) -> Any:
        faiss = faiss_module()
        n, dim = vectors.shape
        n_lists = number_of_lists(n)
        index = _made(dim, f"IVF{n_lists},PQ{dim // 2 if dim % 2 == 0 else dim}x4fs,Refine(SQ8)")
        lists = faiss.downcast_index(index.base_index)
        lists.cp.niter, lists.cp.seed, lists.cp.max_points_per_centroid = 8, self.config.seed, _TRAINED_ON
        lists.cp.min_points_per_centroid = lists.pq.cp.min_points_per_centroid = 1
        index.train(_sample(vectors, max(_TRAINED_ON * n_lists, _LEAST_SAMPLE), self.config.seed))
        return index

    def _search(self, queries: Vectors, k: int, selector: Any, share: float) -> tuple[Ids, Vectors]:
        faiss = faiss_module()
        config, n_lists = self.config, faiss.downcast_index(self._index.base_index).nlist
        probed = max(config.least_probed, ceil(n_lists * config.probed * share**-config.widening))
        params = faiss.IndexRefineSearchParameters(
            k_factor=max(config.refined, config.least_refined / k),
            base_index_params=faiss.SearchParametersIVF(nprobe=min(probed, n_lists), sel=selector),
        )
        return ordered(self._index.search(queries, k, params=params))

    @property
    def _stored(self) -> Any:
        faiss = faiss_module()
        return faiss.downcast_index(self._index.refine_index)


_PRESETS: dict[Preset, type[FaissIndex]] = {"exact": ExactIndex, "hnsw": HnswIndex, "ivf-pq": IvfPqIndex}
_TRAINED_ON = 50
"""Vectors a list that the lists are trained on."""
_LEAST_SAMPLE = 4096
_LEAST_REPEATED = 256
"""Product quantisers of 4 bits need 16 vectors; more keep their training even."""


def number_of_lists(n_items: int) -> int:
    """Return the power of two next to twice the root of the number of items, few where the items are few.

    Examples:
        >>> number_of_lists(200_000), number_of_lists(1_000_000), number_of_lists(10)
        (1024, 2048, 1)
    """
    return int(min(2 ** round(log2(2 * sqrt(n_items))), max(1, n_items // _TRAINED_ON)))


def _made(dim: int, description: str) -> Any:
    faiss = faiss_module()
    return faiss.index_factory(dim, description, faiss.METRIC_INNER_PRODUCT)


def _sample(vectors: Vectors, n: int, seed: int) -> Vectors:
    """Return up to ``n`` rows in their order; too few to train on are repeated."""
    n_items = len(vectors)
    if n_items <= n:
        rows = np.arange(max(n_items, _LEAST_REPEATED)) % n_items
    else:
        rows = np.sort(np.random.default_rng(seed).choice(n_items, n, replace=False))
    return np.ascontiguousarray(vectors[rows], dtype=np.float32)
