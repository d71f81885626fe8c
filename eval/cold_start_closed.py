"""The rows of the cold-start tables that take no step of the language model: baselines, ridge and the first stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..adapters.factor_ridge import FactorRidge
from ..bot.calibrate import N_CANDIDATES
from ..retrieval.cold_start import ColdStartRetriever
from .baseline import RatingBaseline
from .cold_start_people import ColdPerson
from .cold_start_rows import Figures, Key, of_candidates, of_catalog, of_rated
from .ranking_metrics import catalog_metrics

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FirstStage:
    """What is known of a person before the language model.

    Args:
        ridge: Expected rewards, shape ``(n_items,)``.
        near: Rows of the candidates, best first, shape ``(n,)``.
        retrieved: Their retrieval scores times its weight, after standardising, shape ``(n,)``.
    """

    ridge: Floats
    near: Integers
    retrieved: Floats


@dataclass(frozen=True, slots=True)
class ClosedRows:
    """Adds these rows.

    Args:
        baselines: By the name of their row; they know ratings alone.
        ridge: The closed-form posterior.
        retriever: The first stage.
    """

    baselines: Mapping[str, RatingBaseline]
    ridge: FactorRidge
    retriever: ColdStartRetriever

    def add(self, figures: Figures, person: ColdPerson, k: int, *, weight: float) -> FirstStage:
        """Add the figures of a person.

        Args:
            figures: Where they go.
            person: Who is judged.
            k: The number of ratings.
            weight: Of the standardised retrieval score beside the ridge, over the candidates.
        """
        for name, baseline in self.baselines.items():
            found = baseline.scores(person.told.rows, person.told.stars)
            stars = None if found.stars is None else found.stars[person.asked.rows]
            rated = of_rated(person, found.rated[person.asked.rows], stars)
            figures.add(Key(name, k), person.user_id, {**rated, **of_catalog(person, found.catalog)})
        # The head on its own hears the stars alone; in the sum, which items were rated is evidence beside them.
        head = self.ridge.fit(person.told.rows, person.told.rewards, chosen=[])
        rated = of_rated(person, head.mean(person.asked.rows), head.stars(person.asked.rows))
        figures.add(Key("ridge", k), person.user_id, {**rated, **of_catalog(person, head.mean())})
        posterior = self.ridge.fit(person.told.rows, person.told.rewards)
        ridge = posterior.mean()
        rated = of_rated(person, ridge[person.asked.rows], posterior.stars(person.asked.rows))
        near, scores = self._retrieve(figures, person, k)
        stage = FirstStage(ridge, near, weight * (scores - scores.mean()) / (scores.std() + 1e-9))
        found_near = of_candidates(person, near, ridge[near] + stage.retrieved, len(ridge))
        figures.add(Key("sum_without_lm", k), person.user_id, {**rated, **found_near})
        return stage

    def _retrieve(self, figures: Figures, person: ColdPerson, k: int) -> tuple[Integers, Floats]:
        """Return the candidates, best first, and their scores."""
        told = person.told
        scores = self.retriever.score(told.rows, told.stars).astype(np.float64)
        wanted = person.asked.rows[person.liked]
        recall = catalog_metrics(scores, told.rows, wanted, recall_k=N_CANDIDATES).recall
        values = {**of_catalog(person, scores), f"recall@{N_CANDIDATES}": recall}
        figures.add(Key("retrieval", k), person.user_id, values)
        scores[told.rows] = -np.inf
        near = np.argsort(-scores, kind="stable")[: min(N_CANDIDATES, len(scores) - len(told))]
        return near, scores[near]
