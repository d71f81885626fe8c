"""The last stage: candidates to cards, best first; and what must not be offered again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..adapters.feedback import Feedback
from ..adapters.learner import Taste
from ..adapters.scorer import PersonalScorer
from ..retrieval.catalog import Catalog
from ..retrieval.encoder import Vectors
from ..retrieval.hybrid import Retriever
from ..retrieval.query import Constraints, RecQuery
from .lexicon_talk import MORE_WORDS
from .reply import Recommendation
from .session import Session
from .signals import Understanding


class Ranker:
    """Orders items for a person and a request.

    Args:
        catalog: The items.
        scorer: The personal score.
        retriever: Says how relevant an item is to a request.
        vectors: Item vectors, shape ``(n_items, dim)``.
    """

    def __init__(self, catalog: Catalog, scorer: PersonalScorer, retriever: Retriever, vectors: Vectors) -> None:
        self._catalog = catalog
        self._scorer = scorer
        self._retriever = retriever
        self._vectors = vectors
        self._mean = vectors.mean(axis=0)

    def cards(self, item_ids: Sequence[str], taste: Taste, query: RecQuery) -> tuple[Recommendation, ...]:
        """Return the items as cards, best first, ties in the order of their ids."""
        if not item_ids:
            return ()
        ranked = self._scorer.score(item_ids, taste, self._retriever.relevance(query, item_ids)).ranked()
        return tuple(
            Recommendation(
                item=self._catalog[item_id],
                score=float(ranked.scores[i]),
                parts={name: float(values[i]) for name, values in ranked.parts.items()},
            )
            for i, item_id in enumerate(ranked.item_ids)
        )

    def taste_vector(self, taste: Taste) -> Vectors | None:
        """Return the mean vector of what was liked less what was not, of length one; None where nothing was said."""
        told = [e for e in taste.examples if e.reward]
        if not told:
            return None
        rows = [self._catalog.position(example.item_id) for example in told]
        weights = np.array([example.reward * example.weight for example in told], dtype=np.float32)
        centred = self._vectors[rows] - self._mean
        vector: Vectors = weights @ centred
        length = np.float32(np.linalg.norm(vector))
        return vector / length if length > 0 else None

    def without_known(self, session: Session, events: Sequence[Feedback], understanding: Understanding) -> RecQuery:
        """Return the request without what the person has rated or named, and, if more was asked for, what was shown."""
        known = {event.item_id for event in events if event.item_id}
        known |= {signal.value for signal in understanding.signals if signal.kind == "item"}
        if understanding.query.text and MORE_WORDS & set(understanding.query.text.casefold().split()):
            known |= set(session.shown)
        known |= set(session.query.similar_to)
        constraints = session.query.constraints.merged(Constraints(items_none=frozenset(known)))
        return replace(session.query, constraints=constraints)
