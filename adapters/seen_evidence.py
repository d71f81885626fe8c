"""What the choice of items to rate tells of a person, whatever the stars: people rate what they went to see.

Each item has a vector from who rated it (implicit alternating least squares). The vectors of one person's items
scatter about a centre of theirs, and centres about the mean of all people, both normally: the two-covariance model
(Ioffe, Probabilistic Linear Discriminant Analysis, ECCV 2006). In the axes that make the scatter I and the centres'
covariance diagonal, the centre's posterior after k items is their mean times ``k v / (k v + 1)``, v the variance of
centres. A linear map from centres to the factors of ratings, learned from many people, then moves a person's prior.
That missing ratings are not missing at random: Marlin and Zemel, Collaborative Prediction and Ranking with Non-Random
Missing Data, RecSys 2009.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import eigh

Floats = NDArray[np.float64]

_FLOOR = 1e-4  # of a variance of centres: an axis along which people do not differ
_MOST_EXPLAINED = 0.95  # of a person's factors by a known centre


@dataclass(frozen=True, slots=True)
class SeenModel:
    """The evidence of the choice of items.

    Args:
        vectors: Of items in the axes of the model, zeros where nobody rated the item, shape ``(n_items, m)``.
        variances: Of people's centres along the axes; one item scatters by 1. Shape ``(m,)``.
        link: From a centre to a person's expected factors, shape ``(d, m)``.
    """

    vectors: Floats
    variances: Floats
    link: Floats


def fit_seen_model(
    seen: sparse.csr_array, people: Floats, *, n_seen: int, seed: int, regularization: float, alpha: float, ridge: float
) -> SeenModel:
    """Fit on one thread; the same seed gives the same model.

    Args:
        seen: Ones where a person rated an item, shape ``(n_people, n_items)``.
        people: Their factors of ratings, mean 0, shape ``(n_people, d)``.
        n_seen: Length of an item's vector.
        seed: Seeds the alternating least squares.
        regularization: Of the alternating least squares.
        alpha: How much surer it is of what was rated than of what was not.
        ridge: Of the map to the factors of ratings, in people.
    """
    counts = np.asarray(seen.sum(axis=1), dtype=np.float64).ravel()
    many = counts > 1
    vectors = _item_vectors(seen, n_seen, seed, regularization, alpha)
    centres, within, between = _scatter(sparse.csr_array(seen[many]), counts[many], vectors)
    # Where everybody rated the same items, nothing scatters.
    least = max(1e-6 * np.trace(within) / len(within), 1e-9)
    variances, axes = eigh(between, within + least * np.eye(len(within)))
    variances, axes = np.maximum(variances[::-1], _FLOOR), axes[:, ::-1]
    vectors = np.where(np.asarray(seen.sum(axis=0)).ravel()[:, None] > 0, (vectors - centres) @ axes, 0.0)
    k = counts[:, None]
    expected = (k * variances / (k * variances + 1.0)) * (seen @ vectors) / np.maximum(k, 1.0) / np.sqrt(variances)
    gram = expected.T @ expected + ridge * np.eye(len(variances))
    link = np.linalg.solve(gram, expected.T @ people).T / np.sqrt(variances)
    explained = float(np.linalg.eigvalsh((link * variances) @ link.T)[-1])
    return SeenModel(vectors, variances, link * min(1.0, np.sqrt(_MOST_EXPLAINED / max(explained, 1e-12))))


def _item_vectors(seen: sparse.csr_array, n_seen: int, seed: int, regularization: float, alpha: float) -> Floats:
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    sureness = sparse.csr_matrix(seen.astype(np.float32) * np.float32(1.0 + alpha))
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=n_seen, regularization=regularization, use_cg=False, num_threads=1, random_state=seed, iterations=12
        )
        model.fit(sureness, show_progress=False)
    return np.asarray(model.item_factors, dtype=np.float64)


def _scatter(seen: sparse.csr_array, counts: Floats, vectors: Floats) -> tuple[Floats, Floats, Floats]:
    """Return (mean of people's centres, covariance within a person, covariance between people), by moments."""
    means = (seen @ vectors) / counts[:, None]
    centre = means.mean(axis=0)
    share = np.asarray(seen.T @ (1.0 / (counts - 1.0))).ravel()
    scatter = (vectors * share[:, None]).T @ vectors - (means * (counts / (counts - 1.0))[:, None]).T @ means
    within = scatter / len(counts)
    off = means - centre
    between = off.T @ off / len(counts) - within * float(np.mean(1.0 / counts))
    return centre, within, between
