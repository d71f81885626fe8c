"""The language model's margin as a part of TALLRec's answer: the shipped start, moved by a prompt's few verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..adapters.rating_factors import RatingFactors
from ..adapters.start import RATING_FACTORS_FILE, load_start, shipped_folder
from ..bot.factory import Foundation
from ..bot.film_judge import FilmJudge
from ..retrieval.movielens import movielens_catalog
from .melu_margin import read_every_film
from .tallrec_films import FilmLinker

STEPS = 3


class FilmMargin:
    """How far the margin of a target lies above zero after three steps on the titles liked and disliked.

    Titles that the catalogue lacks contribute nothing: nothing is learned from them, and as a target they score 0.

    Args:
        judge: Margins of the films.
        linker: Rows of titles in the same films.
    """

    def __init__(self, judge: FilmJudge, linker: FilmLinker) -> None:
        self._judge = judge
        self._linker = linker
        self._margin_of = lru_cache(maxsize=65536)(self._margin)

    def score(self, liked_titles: Sequence[str], disliked_titles: Sequence[str], target: str) -> float:
        """Return the centred margin of the target, 0 where it is not known."""
        row = self._linker.row(target)
        if row is None:
            return 0.0
        return self._margin_of(self._rows(liked_titles), self._rows(disliked_titles), row)

    def _rows(self, titles: Sequence[str]) -> tuple[int, ...]:
        found = (self._linker.row(title) for title in titles)
        return tuple(row for row in found if row is not None)

    def _margin(self, liked: tuple[int, ...], disliked: tuple[int, ...], target: int) -> float:
        support = self._judge.support([*liked, *disliked], [1.0] * len(liked) + [-1.0] * len(disliked))
        theta = self._judge.adapt(support, steps=STEPS)
        return float(self._judge.margins(theta, np.array([target]))[0])


def film_margin(
    base: Foundation, data_dir: Path, *, progress: Callable[[str, int, int], None], folder: Path | None = None
) -> FilmMargin:
    """Put the margin together: the films of MovieLens-1M under a trained start.

    Args:
        base: Model and encoder.
        data_dir: The folder that holds ml-1m.
        progress: Called with a label, the films read and their number.
        folder: Of the start and its rating factors; the shipped one if None.

    Raises:
        DataError: The films are missing or cannot be used.
        AdapterError: The start or the factors cannot be used.
        EnvironmentProblem: The cache folder cannot be written.
    """
    catalog, place = movielens_catalog(data_dir), folder or shipped_folder()
    start = load_start(place, base.blocks)
    factors = RatingFactors.load(place / RATING_FACTORS_FILE, catalog)
    judge = FilmJudge(read_every_film(base, catalog, progress), start, factors)
    return FilmMargin(judge, FilmLinker(catalog))
