"""Item factors from the ratings of many people: what a new person's few ratings are judged by.

Holds a factor analysis of the stars and the evidence of which items a person chose to rate. It knows ratings alone:
an item that nobody rated has the loadings of an average item.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from scipy import sparse

from ..retrieval.catalog import Catalog
from ..retrieval.errors import AdapterError, DataError
from ..retrieval.factors_header import HEADER_KEY, FactorsHeader, digest_of, matched_rows
from ..retrieval.files import environment_errors
from ..retrieval.ratings import UserRatings
from .factor_analysis import fit_factor_analysis
from .seen_evidence import fit_seen_model

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_OF_ITEMS = ("means", "loadings", "noise", "counts", "seen")


@dataclass(frozen=True, slots=True)
class RatingFactors:
    """What was learned from ratings: of items, one row each; and of people and items at large.

    A person's reward of item i is ``means[i] + loadings[i] @ x + e``, e of variance ``noise[i]``, x standard normal
    before anything is known of the person.

    Args:
        means: Expected reward of the average person, shape ``(n_items,)``.
        loadings: Shape ``(n_items, d)``; the mean loadings for an item without ratings.
        noise: Variance of one rating, shape ``(n_items,)``; includes what is not known of an item without ratings.
        counts: Number of ratings, shape ``(n_items,)``.
        seen: Vectors of who rates the item, zeros without ratings, shape ``(n_items, m)``.
        spread: Variance of people along the m axes of ``seen``, in units of one item's scatter, shape ``(m,)``.
        link: From a person's place on those axes to their expected x, shape ``(d, m)``.
        item_mean: Mean of (mean, loadings) over items, shape ``(1 + d,)``.
        item_covariance: Their covariance, shape ``(1 + d, 1 + d)``.
        common_noise: Variance of one rating over all items, shape ``(1,)``.
        regularization: With which ``seen`` was fitted.
        alpha: With which ``seen`` was fitted.
    """

    means: Floats
    loadings: Floats
    noise: Floats
    counts: Integers
    seen: Floats
    spread: Floats
    link: Floats
    item_mean: Floats
    item_covariance: Floats
    common_noise: Floats
    regularization: float
    alpha: float

    @property
    def n_factors(self) -> int:
        """The number of factors."""
        return int(self.loadings.shape[1])

    def at(self, rows: Sequence[int]) -> RatingFactors:
        """Return some items."""
        return replace(self, **{name: getattr(self, name)[rows] for name in _OF_ITEMS})

    def centred_loadings(self) -> Floats:
        """Return the loadings about their mean over items, zeros for items without ratings, shape ``(n_items, d)``."""
        return (self.loadings - self.item_mean[1:]) * (self.counts > 0)[:, None]

    def save(self, path: Path, catalog: Catalog, *, trained_on: str) -> None:
        """Write the rows of rated items, in half precision, with their ids and a sha256 of it all.

        Args:
            path: The file; it appears whole or not at all.
            catalog: The items of the rows.
            trained_on: The data, its people and the seed, in words.

        Raises:
            EnvironmentProblem: The file cannot be written.
        """
        rated = np.flatnonzero(self.counts)
        items = [catalog.at(int(row)) for row in rated]
        tensors = {name: value[rated] if name in _OF_ITEMS else value for name, value in self._arrays().items()}
        # safetensors writes the memory as it lies, so transposed arrays must be laid out anew.
        tensors = {name: np.ascontiguousarray(value, dtype=_kept_as(name)) for name, value in tensors.items()}
        header = FactorsHeader(
            item_ids=tuple(item.item_id for item in items),
            movielens_ids=tuple(item.movielens_id for item in items),
            regularization=self.regularization, alpha=self.alpha, trained_on=trained_on,
        )  # fmt: skip
        header = header.model_copy(update={"sha256": digest_of(tensors, header)})
        content = save(tensors, metadata={HEADER_KEY: header.model_dump_json()})
        draft = path.with_name(f".new-{path.name}")
        with environment_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with draft.open("wb") as file:
                    file.write(content)
                    os.fsync(file.fileno())
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path, catalog: Catalog) -> RatingFactors:
        """Read factors for a catalogue: an item takes the row of its MovieLens id, or else of its own id.

        Raises:
            AdapterError: The file is missing, damaged or of another form.
        """
        try:
            with safe_open(path, framework="np") as file:
                header = FactorsHeader.model_validate_json((file.metadata() or {})[HEADER_KEY])
                tensors = {name: file.get_tensor(name) for name in _array_names()}
            if header.sha256 != digest_of(tensors, header):
                raise ValueError("its content has changed since it was written")
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise AdapterError(
                f"the rating factors in {path} cannot be used: {error}; restore the file or fit them again"
            ) from error
        rows, sources = matched_rows(header, catalog)
        values = {name: value.astype(np.float64) for name, value in tensors.items()}
        filled = _unrated(len(catalog), values["seen"].shape[1], values)
        for name in _OF_ITEMS:
            filled[name][rows] = tensors[name][sources]
        common = {name: value for name, value in values.items() if name not in _OF_ITEMS}
        return cls(**filled, **common, regularization=header.regularization, alpha=header.alpha)

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self, name) for name in _array_names()}


def fit_rating_factors(
    users: Sequence[UserRatings], n_items: int, *, n_factors: int = 32, n_seen: int = 64, seed: int = 0,
    epochs: int = 15, noise_strength: float = 20.0, regularization: float = 10.0, alpha: float = 4.0,
    ridge: float = 30.0,
) -> RatingFactors:  # fmt: skip
    """Fit item factors to many people's ratings, on one thread: the same seed gives the same factors.

    Args:
        users: The people; at least two, one of them with two ratings.
        n_items: Items in the catalogue.
        n_factors: Factors of a person.
        n_seen: Length of the vectors of who rates an item.
        seed: Seeds the first factors.
        epochs: Steps of expectation-maximisation.
        noise_strength: Ratings' worth of the common noise in an item's noise.
        regularization: Of the alternating least squares behind ``seen``.
        alpha: How much surer those are of what was rated than of what was not.
        ridge: Of the link between ``seen`` and the factors, in people.

    Raises:
        DataError: There are too few ratings, or one cannot be used.
    """
    from threadpoolctl import threadpool_limits

    ratings = _matrix(users, n_items)
    seen = sparse.csr_array((np.ones(len(ratings.data)), ratings.indices, ratings.indptr), shape=ratings.shape)
    with threadpool_limits(1, "blas"):
        analysis = fit_factor_analysis(
            ratings, n_factors=n_factors, seed=seed, epochs=epochs, noise_strength=noise_strength
        )
        choice = fit_seen_model(
            seen, analysis.people, n_seen=n_seen, seed=seed, regularization=regularization, alpha=alpha, ridge=ridge
        )
    common = {
        "item_mean": analysis.prior_mean, "item_covariance": analysis.prior_covariance,
        "common_noise": np.array([analysis.common_noise]), "spread": choice.variances, "link": choice.link,
    }  # fmt: skip
    filled = _unrated(n_items, choice.vectors.shape[1], common)
    filled["counts"] = np.bincount(ratings.indices, minlength=n_items).astype(np.int64)
    rated = filled["counts"] > 0
    filled["means"][rated], filled["loadings"][rated] = analysis.weights[rated, 0], analysis.weights[rated, 1:]
    filled["noise"][rated], filled["seen"][rated] = analysis.noise[rated], choice.vectors[rated]
    return RatingFactors(**filled, **common, regularization=regularization, alpha=alpha)


def _array_names() -> list[str]:
    return [field.name for field in fields(RatingFactors) if field.name not in {"regularization", "alpha"}]


def _kept_as(name: str) -> type[np.generic]:
    if name == "counts":
        return np.int32
    return np.float16 if name in _OF_ITEMS else np.float32


def _unrated(n_items: int, n_seen: int, common: dict[str, Floats]) -> dict[str, NDArray[Any]]:
    """Return the rows of items of which nothing is known: those of the average item, less sure."""
    mean, covariance = common["item_mean"], common["item_covariance"]
    noise = float(common["common_noise"][0] + np.trace(covariance))
    return {
        "means": np.full(n_items, mean[0]), "loadings": np.tile(mean[1:], (n_items, 1)),
        "noise": np.full(n_items, noise), "counts": np.zeros(n_items, dtype=np.int64),
        "seen": np.zeros((n_items, n_seen)),
    }  # fmt: skip


def _matrix(users: Sequence[UserRatings], n_items: int) -> sparse.csr_array:
    """Return rewards, one row a person, columns in order within a row."""
    if len(users) < 2 or max(len(user) for user in users) < 2:
        raise DataError(f"{len(users)} people do not suffice; give at least two, one of them with two ratings")
    rows = np.concatenate([user.rows for user in users])
    rewards = np.concatenate([user.rewards for user in users])
    if rows.min() < 0 or rows.max() >= n_items:
        raise DataError(f"rows run from {rows.min()} to {rows.max()}; give rows of a catalogue of {n_items} items")
    if not (np.abs(rewards) <= 1.0).all():
        raise DataError("a rating is not between 1 and 5 stars; scale the ratings first")
    people = np.repeat(np.arange(len(users)), [len(user) for user in users])
    matrix = sparse.csr_array((rewards, (people, rows)), shape=(len(users), n_items))
    if matrix.nnz < len(rows):
        raise DataError("a person rated the same item twice; give one rating a person and item")
    matrix.sort_indices()
    return matrix
