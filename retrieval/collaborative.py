"""Item factors from the ratings of many people, and a person's scores from a few of their own.

Weighted matrix factorisation by alternating least squares (Hu, Koren and Volinsky, Collaborative Filtering for Implicit
Feedback Datasets, ICDM 2008), fitted by the library implicit. It knows ratings alone: an item that nobody rated has no
factors, and the attribute graph speaks for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from scipy import sparse
from scipy.linalg import solve

from .catalog import Catalog
from .errors import DataError, RetrievalError
from .factors_header import HEADER_KEY, FactorsHeader, digest_of, matched_rows
from .files import environment_errors
from .items import ItemList

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CollaborativeTable:
    """What was learned from ratings, one row an item of a catalogue; rows of zeros where nobody rated the item.

    Args:
        factors: Shape ``(n_items, n_factors)``.
        counts: Number of ratings of each item, shape ``(n_items,)``.
        mean_rewards: Mean reward of each item from -1 to 1, 0 without ratings, shape ``(n_items,)``.
        gram: ``F.T @ F`` over all the items of the training, also those that this catalogue lacks, shape
            ``(n_factors, n_factors)``.
        regularization: Of the least squares, also of a new person's.
        alpha: How much surer a reward of 1 or -1 is than one of 0.
    """

    factors: NDArray[np.float32]
    counts: Integers
    mean_rewards: NDArray[np.float32]
    gram: Floats
    regularization: float
    alpha: float

    def save(self, path: Path, catalog: Catalog, *, trained_on: str) -> None:
        """Write the rows of rated items, factors in half precision, with their ids and a sha256 of it all.

        Args:
            path: The file; it appears whole or not at all.
            catalog: The items of the rows.
            trained_on: The data, its people and the seed, in words.

        Raises:
            EnvironmentProblem: The file cannot be written.
        """
        rated = np.flatnonzero(self.counts)
        items = [catalog.at(int(row)) for row in rated]
        tensors: dict[str, NDArray[Any]] = {
            "factors": self.factors[rated].astype(np.float16),
            "counts": self.counts[rated].astype(np.int32),
            "mean_rewards": self.mean_rewards[rated].astype(np.float16),
        }
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
    def load(cls, path: Path, catalog: Catalog) -> CollaborativeTable:
        """Read a table for a catalogue: an item takes the row of its MovieLens id, or else of its own id.

        Raises:
            RetrievalError: The file is missing, damaged or of another form.
        """
        try:
            with safe_open(path, framework="np") as file:
                header = FactorsHeader.model_validate_json((file.metadata() or {})[HEADER_KEY])
                tensors = {name: file.get_tensor(name) for name in ("factors", "counts", "mean_rewards")}
            if header.sha256 != digest_of(tensors, header):
                raise ValueError("its content has changed since it was written")
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise RetrievalError(
                f"the item factors in {path} cannot be used: {error}; restore the file or run palate fit-factors"
            ) from error
        rows, sources = matched_rows(header, catalog)
        trained = tensors["factors"].astype(np.float32)
        table = cls(
            factors=np.zeros((len(catalog), trained.shape[1]), dtype=np.float32),
            counts=np.zeros(len(catalog), dtype=np.int64),
            mean_rewards=np.zeros(len(catalog), dtype=np.float32),
            gram=_gram(trained), regularization=header.regularization, alpha=header.alpha,
        )  # fmt: skip
        table.factors[rows] = trained[sources]
        table.counts[rows] = tensors["counts"][sources]
        table.mean_rewards[rows] = tensors["mean_rewards"][sources]
        return table


class CollaborativeScores:
    """Scores every item for a person by what others who liked the same things like.

    Args:
        table: The factors.
        catalog: The items of its rows.
    """

    def __init__(self, table: CollaborativeTable, catalog: Catalog) -> None:
        self._table = table
        self._catalog = catalog
        lengths = np.linalg.norm(table.factors, axis=1, keepdims=True)
        self._directions = np.divide(table.factors, lengths, out=np.zeros_like(table.factors), where=lengths > 0)

    def scores(self, rated: Mapping[str, float]) -> Floats | None:
        """Return how much the person is expected to like every item, shape ``(n_items,)``, mostly between 0 and 1.

        The person's factors solve ``(F'F + sum((c - 1) f f') + regularization I) u = sum(c p f)`` over the rated items,
        with c and p as in ``fit_item_factors`` (ibid., equation 4); a score is ``f @ u``.

        Args:
            rated: Rewards from -1 to 1 by item id; ids that the catalogue lacks are passed over.

        Returns:
            The scores, 0 for items without ratings, and for all where nothing is liked: a dislike lowers what likes
            raised. None where the person rated nothing that has factors.
        """
        places = {item_id: self._catalog.position_or_none(item_id) for item_id in rated}
        known = {row: rated[item_id] for item_id, row in places.items() if row is not None and self._table.counts[row]}
        if not known:
            return None
        table, factors = self._table, self._table.factors[list(known)].astype(np.float64)
        rewards = np.array(list(known.values()))
        sureness = 1.0 + table.alpha * np.abs(rewards)
        left = table.gram + (factors.T * (sureness - 1.0)) @ factors + table.regularization * np.eye(len(table.gram))
        person = solve(left, factors.T @ (sureness * (rewards >= 0.0)), assume_a="pos")
        return np.asarray(table.factors @ person, dtype=np.float64)

    def similar(self, item_id: str, n: int) -> ItemList:
        """Return up to ``n`` items whose factors point the same way, with cosines; none for an item without factors.

        Raises:
            DataError: No item has this id.
        """
        row = self._catalog.position(item_id)
        cosines = (self._directions @ self._directions[row]).astype(np.float64)
        cosines[row] = 0.0
        best = np.argsort(-cosines, kind="stable")[: max(0, n)]
        best = best[cosines[best] > 0.0]
        return ItemList(tuple(self._catalog.at(int(other)).item_id for other in best), cosines[best])


def fit_item_factors(
    users: Integers, rows: Integers, rewards: Floats, n_items: int, *, n_factors: int = 32, seed: int = 0,
    strength: float = 4.0, alpha: float = 16.0,
) -> CollaborativeTable:  # fmt: skip
    """Fit item factors to the ratings of many people, on one thread: the same seed gives the same factors.

    A reward r of 0 or more is a preference p = 1, below 0 it is p = 0, both with confidence c = 1 + alpha |r|; what a
    person did not rate is p = 0 with c = 1. So a dislike enters as something surely not preferred (a negative
    confidence, in implicit's terms) and what is merely unknown as something probably not preferred.

    Args:
        users: A number for each rating's person, from 0, shape ``(n,)``.
        rows: The catalogue row of each rating, shape ``(n,)``; one rating a person and item.
        rewards: From -1 to 1, shape ``(n,)``.
        n_items: Items in the catalogue.
        n_factors: Factors an item.
        seed: Seeds the first factors.
        strength: Of the regularisation, in units of what chance alone puts into the table of ratings: its singular
            values have the size of the roots of the ratings an item and the ratings a person, so that a small data
            set is not regularised to nothing.
        alpha: How much surer a reward of 1 or -1 is than one of 0.

    Raises:
        DataError: There are no ratings, or one is out of range.
    """
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    _check(users, rows, rewards, n_items)
    sureness = np.where(rewards >= 0.0, 1.0, -1.0) * (1.0 + alpha * np.abs(rewards))
    ratings = sparse.csr_matrix((sureness.astype(np.float32), (users, rows)), shape=(int(users.max()) + 1, n_items))
    per_item, per_person = (len(rows) / len(np.unique(of)) for of in (rows, users))
    regularization = float(strength * (np.sqrt(per_item) + np.sqrt(per_person)))
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=n_factors, regularization=regularization, use_cg=False, num_threads=1, random_state=seed
        )
        model.fit(ratings, show_progress=False)
    counts = np.bincount(rows, minlength=n_items)
    factors = np.where(counts[:, None] > 0, model.item_factors, np.float32(0.0))
    means = np.bincount(rows, weights=rewards, minlength=n_items) / np.maximum(counts, 1)
    return CollaborativeTable(factors, counts, means.astype(np.float32), _gram(factors), regularization, alpha)


def shipped_factors() -> Path:
    """Return the file of factors that ships with Palate; trained on people of MovieLens-1M."""
    return Path(str(files(__package__).joinpath("data", "item_factors.safetensors")))


def _check(users: Integers, rows: Integers, rewards: Floats, n_items: int) -> None:
    if not len(users) == len(rows) == len(rewards) > 0:
        raise DataError(f"{len(users)} people, {len(rows)} items and {len(rewards)} rewards; give one of each a rating")
    if users.min() < 0 or rows.min() < 0 or rows.max() >= n_items:
        raise DataError(f"rows run from {rows.min()} to {rows.max()}; give rows of a catalogue of {n_items} items")
    if not (np.abs(rewards) <= 1.0).all():
        raise DataError("a reward is not between -1 and 1; scale the ratings first")


def _gram(factors: NDArray[np.float32]) -> Floats:
    doubles = factors.astype(np.float64)
    gram: Floats = doubles.T @ doubles
    return gram
