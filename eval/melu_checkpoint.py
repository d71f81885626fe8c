"""Keeps what is slow to fit, under a name made of what it was fitted on, so that a stopped run goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ..retrieval.files import new_folder
from ..retrieval.ratings import UserRatings
from .melu_head import FilmModel, Variances

_FORM = "2"
_FILE = "fitted.safetensors"
Arrays = Mapping[str, NDArray[np.generic]]


class Checkpoint:
    """Fitted models in a folder; a file that cannot be read is fitted again.

    Args:
        folder: Where to keep them; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def films(self, people: Sequence[UserRatings], seed: int, fit: Callable[[], FilmModel]) -> FilmModel:
        """Return the films fitted before, or fit and keep them."""

        def arrays() -> Arrays:
            fitted = fit()
            return {"means": fitted.means, "factors": fitted.factors, "rated": fitted.rated}

        kept = self._kept("films", people, seed, arrays)
        return FilmModel(kept["means"], kept["factors"], kept["rated"])  # type: ignore[arg-type]  # kept as they were

    def variances(self, people: Sequence[UserRatings], seed: int, fit: Callable[[], Variances]) -> Variances:
        """Return the variances learned before, or learn and keep them."""

        def arrays() -> Arrays:
            fitted = fit()
            return {"known": fitted.known, "new": fitted.new}

        kept = self._kept("variances", people, seed, arrays)
        return Variances(kept["known"], kept["new"])  # type: ignore[arg-type]  # kept as they were

    def _kept(self, what: str, people: Sequence[UserRatings], seed: int, fit: Callable[[], Arrays]) -> Arrays:
        if self._folder is None:
            return fit()
        place = self._folder / f"{what}-{_digest(people, seed)}"
        try:
            kept: Arrays = load_file(place / _FILE)
        except (OSError, SafetensorError):
            fitted = fit()
        else:
            return kept
        with new_folder(place) as draft:
            save_file({name: np.ascontiguousarray(array) for name, array in fitted.items()}, draft / _FILE)
        return fitted


def _digest(people: Sequence[UserRatings], seed: int) -> str:
    """Return a name for ratings and seed: equal for equal ones."""
    digest = hashlib.sha256(f"{_FORM} {seed}".encode())
    for person in people:
        digest.update(f" {person.user_id} {len(person)} ".encode())
        digest.update(person.rows.tobytes())
        digest.update(person.stars.tobytes())
    return digest.hexdigest()[:16]
