"""Every vector index gives the values of plain inner products, in the same order."""

from collections.abc import Callable, Iterator
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from palate.retrieval.errors import RetrievalError
from palate.retrieval.index_faiss import FaissIndex
from palate.retrieval.index_presets import ExactIndex, HnswIndex, IvfPqIndex
from palate.retrieval.vector_index import NO_ITEM, NumpyIndex

AnyIndex = NumpyIndex | FaissIndex
EXACT = [NumpyIndex, ExactIndex, HnswIndex]  # a graph over a few items keeps all of them in view
ALL = [*EXACT, IvfPqIndex]
Floats = NDArray[np.float32]
# Sixteenths: their products and sums are exact in float32, so that equal means equal.
SIXTEENTHS = st.integers(-16, 16).map(lambda n: n / 16)


def expected(vectors: Floats, query: Floats, k: int, allowed: list[int]) -> list[tuple[int, float]]:
    """Work out the answer one item at a time."""
    scored = [(i, sum(float(a) * float(b) for a, b in zip(vectors[i], query, strict=True))) for i in allowed]
    best = sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:k]
    return best + [(NO_ITEM, -np.inf)] * (k - len(best))


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny indexes are slower on two threads, much slower on a busy machine; and a graph is the same every time."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    yield
    faiss.omp_set_num_threads(before)


def maker(kind: type[AnyIndex]) -> Callable[..., AnyIndex]:
    def build(vectors: Floats) -> AnyIndex:
        index = kind()
        index.build(vectors)
        return index

    return build


@pytest.fixture(params=EXACT)
def make_exact(request: pytest.FixtureRequest) -> Callable[..., AnyIndex]:
    return maker(request.param)


@pytest.fixture(params=ALL)
def make(request: pytest.FixtureRequest) -> Callable[..., AnyIndex]:
    return maker(request.param)


@pytest.fixture(scope="module")
def crowd() -> Floats:
    """Six thousand unit vectors in thirty groups."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(30, 48))[rng.integers(30, size=6000)] + rng.normal(size=(6000, 48))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module", params=ALL)
def crowded(request: pytest.FixtureRequest, crowd: Floats) -> AnyIndex:
    return maker(request.param)(crowd[:5900])


def recall(found: NDArray[np.int64], right: NDArray[np.int64]) -> float:
    return float(
        np.mean([len(np.intersect1d(a, b[b >= 0])) / (b >= 0).sum() for a, b in zip(found, right, strict=True)])
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), n_items=st.integers(1, 12), k=st.integers(1, 15))
def test_any_search_equals_sorting_every_inner_product(
    make_exact: Callable[..., AnyIndex], data: st.DataObject, n_items: int, k: int
) -> None:
    vectors = data.draw(hnp.arrays(np.float32, (n_items, 3), elements=SIXTEENTHS))
    queries = data.draw(hnp.arrays(np.float32, (2, 3), elements=SIXTEENTHS))
    allowed = sorted(data.draw(st.sets(st.integers(0, n_items - 1))))
    ids, scores = make_exact(vectors).search(queries, k, allowed=np.array(allowed, dtype=np.int64))
    for row, query in enumerate(queries):
        right = expected(vectors, query, k, allowed)
        assert ids[row].tolist() == [i for i, _ in right]
        assert scores[row] == pytest.approx([score for _, score in right], abs=1e-5)


def test_values_equal_the_inner_products_of_unit_vectors(make_exact: Callable[..., AnyIndex]) -> None:
    vectors = np.random.default_rng(0).normal(size=(200, 48)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids, scores = make_exact(vectors).search(vectors[:25], 10)
    exact = vectors[:25].astype(np.float64) @ vectors.T.astype(np.float64)
    assert ids[:, 0].tolist() == list(range(25))
    np.testing.assert_allclose(scores, np.take_along_axis(exact, ids, axis=1), atol=1e-5)
    np.testing.assert_allclose(scores, -np.sort(-exact, axis=1)[:, :10], atol=1e-5)


def test_only_allowed_items_come_back(make: Callable[..., AnyIndex]) -> None:
    index = make(np.array([[1.0], [0.8], [0.6], [0.4]], dtype=np.float32))
    ids, scores = index.search(np.ones((1, 1), dtype=np.float32), 2, allowed=np.array([3, 1]))
    assert ids.tolist() == [[1, 3]]
    assert scores[0] == pytest.approx([0.8, 0.4], abs=0.01)


def test_more_than_there_are_gives_no_item_and_no_score(make: Callable[..., AnyIndex]) -> None:
    ids, scores = make(np.eye(2, dtype=np.float32)).search(np.array([[1.0, 0.0]], dtype=np.float32), 4)
    assert ids.tolist() == [[0, 1, NO_ITEM, NO_ITEM]]
    assert scores[0] == pytest.approx([1.0, 0.0, -np.inf, -np.inf], abs=0.01)


def test_nothing_allowed_gives_nothing(make: Callable[..., AnyIndex]) -> None:
    ids, scores = make(np.eye(2, dtype=np.float32)).search(
        np.eye(2, dtype=np.float32), 1, allowed=np.array([], np.int64)
    )
    assert ids.tolist() == [[NO_ITEM], [NO_ITEM]]
    assert np.isneginf(scores).all()


@pytest.mark.parametrize("k", [1, 2, 3, 7])
@pytest.mark.parametrize("kind", [NumpyIndex, ExactIndex])
def test_of_items_that_tie_at_the_cut_the_first_ids_stay(kind: type[AnyIndex], k: int) -> None:
    vectors = np.array([[0.5]] * 9 + [[0.75]], dtype=np.float32)
    ids, _ = maker(kind)(vectors).search(np.ones((1, 1), dtype=np.float32), k)
    assert ids[0].tolist() == [9, 0, 1, 2, 3, 4, 5][:k]


def test_build_replaces_what_was_there(make: Callable[..., AnyIndex]) -> None:
    index = make(np.eye(3, dtype=np.float32))
    index.build(np.array([[2.0]], dtype=np.float32))
    ids, scores = index.search(np.ones((1, 1), dtype=np.float32), 2)
    assert ids.tolist() == [[0, NO_ITEM]]
    assert scores[0] == pytest.approx([2.0, -np.inf], abs=0.01)


def test_a_saved_index_answers_as_before(make: Callable[..., AnyIndex], tmp_path: Path) -> None:
    vectors = np.random.default_rng(1).normal(size=(30, 4)).astype(np.float32)
    index, other = make(vectors), make(np.eye(2, dtype=np.float32))
    index.save(tmp_path / f"index{index.suffix}")
    other.load(tmp_path / f"index{index.suffix}")
    for before, after in zip(index.search(vectors, 5), other.search(vectors, 5), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("damage", [b"", b"not an index"])
def test_a_damaged_file_is_our_error_with_a_remedy(
    make: Callable[..., AnyIndex], tmp_path: Path, damage: bytes
) -> None:
    path = tmp_path / "index"
    path.write_bytes(damage)
    with pytest.raises(RetrievalError, match=r"of the index cannot be read; delete it"):
        make(np.eye(2, dtype=np.float32)).load(path)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1, 0.01])
def test_a_search_finds_what_the_reference_finds_however_narrow_it_is(
    crowded: AnyIndex, crowd: Floats, share: float
) -> None:
    allowed = np.random.default_rng(2).random(5900) < share
    ids, scores = crowded.search(crowd[5900:], 20, allowed=allowed)
    right, _ = maker(NumpyIndex)(crowd[:5900]).search(crowd[5900:], 20, allowed=allowed)
    assert allowed[ids].all()
    assert recall(ids, right) >= 0.95
    exact = np.take_along_axis(crowd[5900:] @ crowd[:5900].T, ids, axis=1)
    np.testing.assert_allclose(scores, exact, atol=0.01)
    assert (np.diff(scores, axis=1) <= 0).all()


@pytest.mark.parametrize("n_allowed", [1, 7, 150, 700, 3000])
def test_a_mask_means_the_same_as_its_ids_and_fills_the_list(crowded: AnyIndex, crowd: Floats, n_allowed: int) -> None:
    rows = np.sort(np.random.default_rng(n_allowed).permutation(5900)[:n_allowed])
    mask = np.isin(np.arange(5900), rows)
    by_mask, by_rows = (crowded.search(crowd[5900:], 800, allowed=allowed)[0] for allowed in (mask, rows))
    np.testing.assert_array_equal(by_mask, by_rows)
    assert (by_mask != NO_ITEM).sum(axis=1).tolist() == [min(800, n_allowed)] * 100
    assert all(len(set(row)) == min(800, n_allowed) for row in by_mask[:, : min(800, n_allowed)].tolist())


def test_added_vectors_get_the_next_ids_and_are_found(make: Callable[..., AnyIndex], crowd: Floats) -> None:
    index = make(crowd[:300])
    assert index.add(crowd[300:320]).tolist() == list(range(300, 320))
    assert index.n_rows == 320
    assert index.search(crowd[300:320], 1)[0][:, 0].tolist() == list(range(300, 320))


@pytest.mark.parametrize("n_removed", [20, 200], ids=["filtered", "rebuilt"])
def test_removed_ids_never_come_back_and_the_others_keep_theirs(
    make: Callable[..., AnyIndex], crowd: Floats, tmp_path: Path, n_removed: int
) -> None:
    index, reference = make(crowd[:300]), maker(NumpyIndex)(crowd[:310])
    removed = np.random.default_rng(3).permutation(300)[:n_removed]
    index.remove(removed[:5])
    index.remove(removed)
    index.add(crowd[300:310])
    reference.remove(removed)
    index.save(tmp_path / "index")
    again = type(index)()
    again.load(tmp_path / "index")
    right, _ = reference.search(crowd[:300], 5)
    for found in (index, again):
        assert found.n_rows == 310
        ids, values = found.search(crowd[:300], 5)
        assert recall(ids, right) >= 0.97
        exact = np.take_along_axis(crowd[:300] @ crowd[:310].T, ids, axis=1)
        np.testing.assert_allclose(values, exact, atol=0.05)  # what was added may lie outside the range of 8 bits
        assert not np.isin(ids, removed).any()
        mask = np.arange(310) >= 290
        alive = sorted(set(range(290, 310)) - set(removed.tolist()))
        assert sorted(found.search(crowd[:1], len(alive), allowed=mask)[0][0].tolist()) == alive


def test_a_loaded_index_grows_as_a_built_one(make: Callable[..., AnyIndex], crowd: Floats, tmp_path: Path) -> None:
    make(crowd[:300]).save(tmp_path / "index")
    before = (tmp_path / "index").read_bytes()
    index = make(np.eye(2, dtype=np.float32))
    index.load(tmp_path / "index")
    index.add(crowd[300:302])
    index.remove(np.arange(100))
    assert index.search(crowd[[0, 150, 301]], 1)[0][1:, 0].tolist() == [150, 301]
    assert index.search(crowd[:300], 1)[0].min() >= 100
    assert (tmp_path / "index").read_bytes() == before
    index.save(tmp_path / "index")
    again = type(index)()
    again.load(tmp_path / "index")
    np.testing.assert_array_equal(again.search(crowd[:300], 5)[0], index.search(crowd[:300], 5)[0])


def test_when_everything_is_removed_nothing_comes_back(make: Callable[..., AnyIndex], crowd: Floats) -> None:
    index = make(crowd[:40])
    index.remove(np.arange(40))
    assert index.search(crowd[:1], 2)[0].tolist() == [[NO_ITEM, NO_ITEM]]
    assert index.add(crowd[40:41]).tolist() == [40]
    assert index.search(crowd[40:41], 2)[0].tolist() == [[40, NO_ITEM]]


@pytest.mark.parametrize("wrong", [np.array([3]), np.array([-1]), np.ones(2, dtype=bool)], ids=["id", "-1", "mask"])
def test_what_is_not_a_row_of_the_index_is_our_error(make: Callable[..., AnyIndex], wrong: NDArray[np.int64]) -> None:
    index = make(np.eye(3, dtype=np.float32))
    with pytest.raises(RetrievalError, match=r"index (has no row|3 rows)"):
        index.search(np.eye(3, dtype=np.float32), 1, allowed=wrong)
