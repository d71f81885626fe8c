from collections.abc import Iterator

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray
from palate.retrieval.errors import RetrievalError
from palate.retrieval.index_faiss import REBUILD_SHARE
from palate.retrieval.index_presets import (
    ExactIndex,
    HnswConfig,
    HnswIndex,
    IvfPqConfig,
    IvfPqIndex,
    choose_preset,
    new_index,
    number_of_lists,
)
from palate.retrieval.vector_index import NO_ITEM, NumpyIndex

Floats = NDArray[np.float32]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny indexes are slower on two threads, much slower on a busy machine; and a graph is the same every time."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    yield
    faiss.omp_set_num_threads(before)


@pytest.fixture(scope="module")
def vectors() -> Floats:
    """Unit vectors around two hundred centres; the last hundred are for queries."""
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(200, 32))[rng.integers(200, size=20_100)] + 0.8 * rng.normal(size=(20_100, 32))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def recall(found: NDArray[np.int64], items: Floats, queries: Floats, k: int) -> float:
    right = np.argsort(-queries @ items.T, axis=1)[:, :k]
    return float(np.mean([np.isin(b, a).mean() for a, b in zip(found, right, strict=True)]))


@pytest.mark.parametrize(
    ("n_items", "preset"),
    [(0, "exact"), (20_000, "exact"), (20_001, "hnsw"), (150_000, "hnsw"), (150_001, "ivf-pq"), (10**7, "ivf-pq")],
)
def test_the_preset_follows_from_the_size(n_items: int, preset: str) -> None:
    assert choose_preset(n_items) == preset


def test_each_preset_has_its_index() -> None:
    kinds = [type(new_index(preset)) for preset in ("exact", "hnsw", "ivf-pq")]
    assert kinds == [ExactIndex, HnswIndex, IvfPqIndex]


@pytest.mark.parametrize(("n_items", "n_lists"), [(1, 1), (99, 1), (100, 2), (10**4, 200), (10**6, 2048)])
def test_lists_are_as_many_as_there_are_vectors_to_train_them(n_items: int, n_lists: int) -> None:
    assert number_of_lists(n_items) == n_lists


@pytest.mark.parametrize(
    ("little", "much"),
    [
        (HnswIndex(HnswConfig(links=8, ef_construction=20, ef_search=1)), HnswConfig(ef_search=500)),
        (IvfPqIndex(IvfPqConfig(probed=0.001, least_probed=1)), IvfPqConfig(probed=0.5)),
    ],
    ids=["hnsw", "ivf-pq"],
)
def test_more_effort_finds_more(
    little: HnswIndex | IvfPqIndex, much: HnswConfig | IvfPqConfig, vectors: Floats
) -> None:
    little.build(vectors[:-100])
    few = recall(little.search(vectors[-100:], 20)[0], vectors[:-100], vectors[-100:], 20)
    little.config = much  # type: ignore[assignment]  # each its own
    assert recall(little.search(vectors[-100:], 20)[0], vectors[:-100], vectors[-100:], 20) > max(0.9, few + 0.05)


def test_a_search_that_probes_too_little_for_k_still_fills_the_list(vectors: Floats) -> None:
    index = IvfPqIndex(IvfPqConfig(probed=0.0001, least_probed=1, widening=0.0))
    index.build(vectors[:-100])
    found, scores = index.search(vectors[-3:], 2000)
    reference = NumpyIndex()
    reference.build(vectors[:-100])
    right, _ = reference.search(vectors[-3:], 2000)
    assert not (found == NO_ITEM).any()
    assert np.mean([np.isin(a, b).mean() for a, b in zip(right, found, strict=True)]) > 0.98
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("kind", [ExactIndex, IvfPqIndex])
def test_the_same_vectors_and_seed_make_the_same_index(kind: type[ExactIndex | IvfPqIndex], vectors: Floats) -> None:
    one, two = kind(), kind()
    for index in (one, two):
        index.build(vectors[:3000])
    for a, b in zip(one.search(vectors[-100:], 20), two.search(vectors[-100:], 20), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", [ExactIndex, HnswIndex, IvfPqIndex])
def test_what_is_removed_is_dropped_once_it_is_a_large_share(
    kind: type[ExactIndex | HnswIndex | IvfPqIndex], vectors: Floats
) -> None:
    index = kind()
    index.build(vectors[:1000])
    index.remove(np.arange(int(1000 * REBUILD_SHARE)))
    assert index._index.ntotal == 1000
    index.remove(np.array([500]))
    assert index._index.ntotal == 1000 - int(1000 * REBUILD_SHARE) - 1
    assert index.n_rows == 1000
    assert index.search(vectors[999:1000], 1)[0].tolist() == [[999]]
    assert index.add(vectors[1000:1001]).tolist() == [1000]


def test_vectors_of_another_length_are_our_error(vectors: Floats) -> None:
    index = ExactIndex()
    index.build(vectors[:10])
    with pytest.raises(RetrievalError, match="vectors of length 3 do not fit an index of length 32"):
        index.add(np.ones((1, 3), dtype=np.float32))


def test_removing_what_was_never_given_is_our_error(vectors: Floats) -> None:
    index = ExactIndex()
    index.build(vectors[:10])
    with pytest.raises(RetrievalError, match="the index has no row 10, only 0 to 9"):
        index.remove(np.array([10]))
