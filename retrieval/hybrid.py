"""The first stage: which items could answer this request, and how well each fits its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .catalog import Catalog
from .encoder import Encoder, Vectors
from .fusion import reciprocal_rank_fusion
from .index_store import ItemVectors
from .items import ItemList
from .lexical import LexicalIndex
from .query import RecQuery

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RetrievalConfig:
    """Weights of the fused lists, and of what makes an item relevant to a request."""

    n_candidates: int = 200
    dense: float = 1.0
    lexical: float = 1.0
    wanted: float = 1.0
    taste: float = 1.0
    prior: float = 0.5


class Retriever(Protocol):
    """Finds candidates for a request, and says how relevant any item is to it."""

    def retrieve(self, query: RecQuery, *, taste: Vectors | None = None) -> ItemList:
        """Return candidates that satisfy every constraint, best first; scores are fused reciprocal ranks."""
        ...

    def relevance(self, query: RecQuery) -> Scores:
        """Return how well every item fits the words of the request, shape ``(n_items,)``, 0 where nothing was asked."""
        ...


class HybridRetriever:
    """Dense, lexical, attribute, taste and prior lists, fused by reciprocal rank.

    Constraints act inside every list, so a narrow request still gets all the catalogue has.

    Args:
        catalog: The items.
        encoder: Turns the words of a request into a vector.
        vectors: The item vectors and their index.
        lexical: BM25 over the same items.
        prior: How much everybody likes each item, shape ``(n_items,)``.
        config: The weights.
    """

    def __init__(
        self,
        catalog: Catalog,
        encoder: Encoder,
        vectors: ItemVectors,
        lexical: LexicalIndex,
        prior: Scores,
        config: RetrievalConfig | None = None,
    ) -> None:
        self._catalog = catalog
        self._encoder = encoder
        self._vectors = vectors
        self._lexical = lexical
        self._prior = prior
        self._config = config or RetrievalConfig()

    def retrieve(self, query: RecQuery, *, taste: Vectors | None = None) -> ItemList:
        """Return candidates that satisfy every constraint, best first.

        Args:
            query: The request.
            taste: The person's taste vector, shape ``(dim,)``; None for a new person.
        """
        allowed = np.array(
            [i for i, item in enumerate(self._catalog) if query.constraints.allows(item)], dtype=np.int64
        )
        if not len(allowed):
            return ItemList((), np.zeros(0))
        config, k = self._config, min(self._config.n_candidates, len(allowed))
        lists = [(config.prior, _best(self._prior, allowed, k, positive=False))]
        for vector, weight in ((self._query_vector(query), config.dense), (taste, config.taste)):
            if vector is not None:
                found, _ = self._vectors.index.search(vector[None, :], k, allowed=allowed)
                lists.append((weight, found[0].tolist()))
        lists.append((config.lexical, _best(self._lexical.scores(query.text), allowed, k)))
        lists.append((config.wanted, _best(self._wanted(query), allowed, k)))
        fused = reciprocal_rank_fusion(lists)
        ids = tuple(self._catalog.at(i).item_id for i in fused)
        return ItemList(ids, np.array(list(fused.values()))).ranked().top(config.n_candidates)

    def relevance(self, query: RecQuery) -> Scores:
        """Return how well every item fits the request, shape ``(n_items,)``, about 0 to 3.

        The sum of the share of wanted attributes, the BM25 score over its maximum, and the cosine above the
        catalogue's mean in standard deviations over 3, floored at 0.
        """
        relevance = self._wanted(query) + _scaled(self._lexical.scores(query.text))
        vector = self._query_vector(query)
        if vector is not None:
            cosine = (self._vectors.vectors @ vector).astype(np.float64)
            relevance += np.maximum(0.0, (cosine - cosine.mean()) / (cosine.std() + 1e-9) / 3.0)
        return relevance

    def _query_vector(self, query: RecQuery) -> Vectors | None:
        parts = [self._vectors.vectors[self._catalog.position(item_id)] for item_id in query.similar_to]
        if query.text:
            parts.append(self._encoder.encode_queries([query.text])[0])
        if not parts:
            return None
        mean: Vectors = np.mean(parts, axis=0, dtype=np.float32)
        return mean / np.float32(np.linalg.norm(mean) + 1e-9)

    def _wanted(self, query: RecQuery) -> Scores:
        share = np.zeros(len(self._catalog))
        for kind, value in query.wanted:
            share += [value in item.attributes.get(kind, ()) for item in self._catalog]
        return share / max(1, len(query.wanted))


def _best(scores: Scores, allowed: NDArray[np.int64], k: int, *, positive: bool = True) -> list[int]:
    """Return up to ``k`` allowed rows by score, only those above 0 where ``positive``."""
    rows = allowed[scores[allowed] > 0] if positive else allowed
    best: list[int] = rows[np.argsort(-scores[rows], kind="stable")][:k].tolist()
    return best


def _scaled(scores: Scores) -> Scores:
    top = scores.max(initial=0.0)
    return scores / top if top > 0 else scores
