"""The ridge head: a closed-form posterior over a person's bias and item factors.

Bayesian ridge regression in its dual (kernel) form, so that n events cost an n by n solve however many factors an item
has (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, equations 2.25 and 2.26).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve

from ..retrieval.attribute_table import AttributeTable
from ..retrieval.catalog import Catalog
from ..retrieval.encoder import Vectors
from .feedback import Example

Floats = NDArray[np.float64]
Rows = Sequence[int] | NDArray[np.int64]


class RidgePrior(BaseModel):
    """The empirical-Bayes prior: variances learned from many people (rewards run from -1 to 1)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bias: float = Field(default=0.1, gt=0, description="variance of a person's bias")
    noise: float = Field(default=0.2, gt=0, description="variance of one rating about its mean")
    text: float = Field(default=0.4, ge=0, description="variance along the encoder's vector")
    genre: float = Field(default=0.15, ge=0, description="variance along genres")
    word: float = Field(default=0.15, ge=0, description="variance along moods and themes")
    person: float = Field(default=0.05, ge=0, description="variance along people and series")
    factor: float = Field(default=0.0, ge=0, description="variance along the factors of others' ratings")
    slope: float = Field(default=0.3, ge=0, description="variance of how far a person follows the item prior")
    scales: dict[float, float] = Field(
        default={0.5: 0.2, 1.0: 0.2, 2.0: 0.2, 4.0: 0.2, 8.0: 0.2},
        description="share of people whose taste has that many times the variance",
    )


class ItemFactors:
    """Item factors: the centred text vector, genres, moods and themes, people, each block of length one; and loadings.

    Only the rows that are asked for are computed, so that a catalogue of a million needs no copy of its vectors.

    Args:
        table: The attributes of the items.
        vectors: Encoder vectors, shape ``(n_items, dim)``; may be a memory map.
        prior: Scales each block.
        loadings: What others' ratings say of the items, shape ``(n_items, d)``, zeros without ratings; None is none.
    """

    def __init__(
        self, table: AttributeTable, vectors: Vectors, prior: RidgePrior, loadings: Floats | None = None
    ) -> None:
        self._vectors = vectors
        self._loadings = np.sqrt(prior.factor) * (np.zeros((len(vectors), 0)) if loadings is None else loadings)
        self._mean = vectors.mean(axis=0) if len(vectors) > 1 else np.zeros(vectors.shape[1], dtype=np.float32)
        self._text = np.sqrt(prior.text)
        blocks = [
            np.sqrt(variance) * _indicators(table, kinds)
            for kinds, variance in (
                (("genre",), prior.genre),
                (("mood", "theme"), prior.word),
                (("person", "series"), prior.person),
            )
        ]
        self._words = sparse.csr_array(sparse.hstack(blocks, format="csr"))

    def __len__(self) -> int:
        return len(self._vectors)

    def diagonal(self, rows: Rows | None = None) -> Floats:
        """Return the inner product of rows with themselves, shape ``(len(rows),)``; None means every item."""
        words = self._words if rows is None else self._words[rows]
        squares = np.asarray(words.multiply(words).sum(axis=1), dtype=np.float64).ravel()
        loadings = self._loadings if rows is None else self._loadings[rows]
        diagonal: Floats = (self._text_of(rows) ** 2).sum(axis=1) + squares + (loadings**2).sum(axis=1)
        return diagonal

    def kernel(self, left: Rows | None, right: Rows) -> Floats:
        """Return inner products of rows, shape ``(len(left), len(right))``; None for ``left`` means every item."""
        words = self._words if left is None else self._words[left]
        text = self._text_of(left) @ self._text_of(right).T
        text = text + (self._loadings if left is None else self._loadings[left]) @ self._loadings[right].T
        kernel: Floats = text + np.asarray((words @ self._words[right].T).todense(), dtype=np.float64)
        return kernel

    def _text_of(self, rows: Rows | None) -> Floats:
        text = (self._vectors if rows is None else self._vectors[rows]) - self._mean
        norms = np.maximum(np.linalg.norm(text, axis=1, keepdims=True), 1e-9)
        scaled: Floats = self._text * (text / norms).astype(np.float64)
        return scaled


@dataclass(frozen=True, slots=True)
class RidgePosterior:
    """What the head knows of one person: mean and variance of the reward of each item asked about, shape ``(n,)``.

    The mean leaves the person's bias out, since it moves every item alike.
    """

    mean: Floats
    variance: Floats


class RidgeHead:
    """Computes the posterior in closed form; milliseconds, no training.

    A person's reward of an item is ``slope * prior + bias + f(item) + noise``: the slope says how far they follow what
    everybody thinks, f has the factors' covariance times a scale, and the scale is averaged over its own posterior.
    So somebody of one clear taste is believed sooner than somebody who likes a little of everything.
    """

    def __init__(self, catalog: Catalog, factors: ItemFactors, prior: RidgePrior) -> None:
        self._catalog = catalog
        self._factors = factors
        self._prior = prior

    def fit(self, examples: Sequence[Example], expected: Floats, *, rows: Rows | None = None) -> RidgePosterior:
        """Return the posterior of some items after the examples.

        Args:
            examples: What the person said of items.
            expected: What everybody thinks of every item, as a reward, shape ``(n_items,)``.
            rows: The items asked about; None means every item.
        """
        diagonal, asked = self._factors.diagonal(rows), expected if rows is None else expected[rows]
        if not examples:
            scale = np.dot(list(self._prior.scales), list(self._prior.scales.values())) / sum(
                self._prior.scales.values()
            )
            return RidgePosterior(np.zeros(len(asked)), scale * diagonal + self._prior.slope * asked**2)
        told = [self._catalog.position(example.item_id) for example in examples]
        residual = np.array([example.reward for example in examples]) - expected[told]
        noise = self._prior.noise / np.array([example.weight for example in examples])
        among, common = self._factors.kernel(told, told), self._prior.slope * np.outer(expected[told], expected[told])
        cross = self._factors.kernel(rows, told)
        slope = self._prior.slope * np.outer(asked, expected[told])
        log_weights, means, variances = [], [], []
        for scale, share in self._prior.scales.items():
            between = scale * cross + slope
            covariance = scale * among + common + self._prior.bias + np.diag(noise)
            solver = cho_factor(covariance, lower=True)
            log_weights.append(np.log(share) + log_density(residual, solver))
            means.append(between @ cho_solve(solver, residual))
            explained = np.einsum("ij,ji->i", between, cho_solve(solver, between.T))
            variances.append(np.maximum(scale * diagonal + self._prior.slope * asked**2 - explained, 0.0))
        weights = np.exp(np.array(log_weights) - np.max(log_weights))
        weights /= weights.sum()
        mean = weights @ np.array(means)
        second = weights @ (np.array(variances) + np.array(means) ** 2)
        return RidgePosterior(mean, np.maximum(second - mean**2, 0.0))


def log_density(residual: Floats, solver: tuple[Floats, bool]) -> float:
    """Return the log probability of the residuals under a Gaussian of that covariance (ibid., equation 2.30).

    Args:
        residual: Shape ``(n,)``.
        solver: The covariance as ``scipy.linalg.cho_factor`` gives it.
    """
    fit = float(residual @ cho_solve(solver, residual))
    return -0.5 * fit - float(np.log(np.diag(solver[0])).sum()) - 0.5 * len(residual) * float(np.log(2 * np.pi))


def _indicators(table: AttributeTable, kinds: tuple[str, ...]) -> sparse.csr_array:
    """Return one row an item, one column a value, rarer values heavier, rows of length one (or zero)."""
    matrix = sparse.csr_array(sparse.hstack([table.incidence(kind) for kind in kinds], format="csr"))
    counts = np.asarray(matrix.sum(axis=0)).ravel()
    matrix = matrix @ sparse.diags_array(np.sqrt(np.log1p(len(table) / np.maximum(counts, 1.0))))
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.csr_array(sparse.diags_array(1.0 / np.maximum(norms, 1e-9)) @ matrix)
