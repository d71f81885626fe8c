"""Every vector index gives the values of plain inner products, in the same order."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from palate.retrieval.errors import RetrievalError
from palate.retrieval.vector_index import NO_ITEM, FaissIndex, NumpyIndex

AnyIndex = NumpyIndex | FaissIndex
Floats = NDArray[np.float32]
# Sixteenths: their products and sums are exact in float32, so that equal means equal.
SIXTEENTHS = st.integers(-16, 16).map(lambda n: n / 16)


def expected(vectors: Floats, query: Floats, k: int, allowed: list[int]) -> list[tuple[int, float]]:
    """Work out the answer one item at a time."""
    scored = [(i, sum(float(a) * float(b) for a, b in zip(vectors[i], query, strict=True))) for i in allowed]
    best = sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:k]
    return best + [(NO_ITEM, -np.inf)] * (k - len(best))


@pytest.fixture(params=[NumpyIndex, FaissIndex])
def make(request: pytest.FixtureRequest) -> Callable[..., AnyIndex]:
    def build(vectors: Floats) -> AnyIndex:
        index: AnyIndex = request.param()
        index.build(vectors)
        return index

    return build


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), n_items=st.integers(1, 12), k=st.integers(1, 15))
def test_any_search_equals_sorting_every_inner_product(
    make: Callable[..., AnyIndex], data: st.DataObject, n_items: int, k: int
) -> None:
    vectors = data.draw(hnp.arrays(np.float32, (n_items, 3), elements=SIXTEENTHS))
    queries = data.draw(hnp.arrays(np.float32, (2, 3), elements=SIXTEENTHS))
    allowed = sorted(data.draw(st.sets(st.integers(0, n_items - 1))))
    ids, scores = make(vectors).search(queries, k, allowed=np.array(allowed, dtype=np.int64))
    for row, query in enumerate(queries):
        right = expected(vectors, query, k, allowed)
        assert ids[row].tolist() == [i for i, _ in right]
        assert scores[row] == pytest.approx([score for _, score in right], abs=1e-5)


def test_values_equal_the_inner_products_of_unit_vectors(make: Callable[..., AnyIndex]) -> None:
    vectors = np.random.default_rng(0).normal(size=(200, 48)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids, scores = make(vectors).search(vectors[:25], 10)
    exact = vectors[:25].astype(np.float64) @ vectors.T.astype(np.float64)
    assert ids[:, 0].tolist() == list(range(25))
    np.testing.assert_allclose(scores, np.take_along_axis(exact, ids, axis=1), atol=1e-5)
    np.testing.assert_allclose(scores, -np.sort(-exact, axis=1)[:, :10], atol=1e-5)


def test_only_allowed_items_come_back(make: Callable[..., AnyIndex]) -> None:
    index = make(np.array([[1.0], [0.8], [0.6], [0.4]], dtype=np.float32))
    ids, scores = index.search(np.ones((1, 1), dtype=np.float32), 2, allowed=np.array([3, 1]))
    assert ids.tolist() == [[1, 3]]
    assert scores[0] == pytest.approx([0.8, 0.4])


def test_more_than_there_are_gives_no_item_and_no_score(make: Callable[..., AnyIndex]) -> None:
    ids, scores = make(np.eye(2, dtype=np.float32)).search(np.array([[1.0, 0.0]], dtype=np.float32), 4)
    assert ids.tolist() == [[0, 1, NO_ITEM, NO_ITEM]]
    assert scores.tolist() == [[1.0, 0.0, -np.inf, -np.inf]]


def test_nothing_allowed_gives_nothing(make: Callable[..., AnyIndex]) -> None:
    ids, scores = make(np.eye(2, dtype=np.float32)).search(
        np.eye(2, dtype=np.float32), 1, allowed=np.array([], np.int64)
    )
    assert ids.tolist() == [[NO_ITEM], [NO_ITEM]]
    assert np.isneginf(scores).all()


@pytest.mark.parametrize("k", [1, 2, 3, 7])
def test_of_items_that_tie_at_the_cut_the_first_ids_stay(make: Callable[..., AnyIndex], k: int) -> None:
    vectors = np.array([[0.5]] * 9 + [[0.75]], dtype=np.float32)
    ids, _ = make(vectors).search(np.ones((1, 1), dtype=np.float32), k)
    assert ids[0].tolist() == [9, 0, 1, 2, 3, 4, 5][:k]


def test_build_replaces_what_was_there(make: Callable[..., AnyIndex]) -> None:
    index = make(np.eye(3, dtype=np.float32))
    index.build(np.array([[2.0]], dtype=np.float32))
    ids, scores = index.search(np.ones((1, 1), dtype=np.float32), 2)
    assert (ids.tolist(), scores.tolist()) == ([[0, NO_ITEM]], [[2.0, -np.inf]])


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
