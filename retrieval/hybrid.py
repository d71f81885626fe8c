"""The first stage: which items could answer this request, and how well each fits its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .attribute_table import AttributeTable, Mask
from .catalog import Catalog
from .encoder import Encoder, Vectors
from .fusion import reciprocal_rank_fusion
from .index_store import ItemVectors
from .items import ItemList
from .lexical import LexicalIndex
from .query import RecQuery

Scores = NDArray[np.float64]
# Cosines are judged against those of this many items.
_SAMPLE = 20_000


@dataclass(frozen=True, slots=True)
class RetrievalConfig:
    """Weights of the fused lists.

    Those of words, wishes, comparisons and the prior were chosen on the tuning half of ``eval/data/requests.jsonl``.
    ``dense`` counts twice where a message leaves words besides its constraints: for them and for the message itself.
    """

    n_candidates: int = 200
    dense: float = 1.0
    lexical: float = 0.5
    wanted: float = 1.0
    taste: float = 1.0
    similar: float = 1.0
    collaborative: float = 1.0
    prior: float = 0.2


class Affinity(Protocol):
    """Says what goes with items that are liked or disliked: through the ratings of others, or through attributes."""

    def scores(self, rated: Mapping[str, float]) -> Scores | None:
        """Return a score of every item, shape ``(n_items,)``, 0 for those it knows nothing of.

        Args:
            rated: Item ids with rewards from -1 to 1; unknown ids are passed over.

        Returns:
            None where it knows none of the rated items.
        """
        ...


class Retriever(Protocol):
    """Finds candidates for a request, and says how relevant an item is to it."""

    def retrieve(
        self, query: RecQuery, *, taste: Vectors | None = None, rated: Mapping[str, float] | None = None
    ) -> ItemList:
        """Return candidates that satisfy every constraint, best first; scores are fused reciprocal ranks."""
        ...

    def relevance(self, query: RecQuery, item_ids: Sequence[str]) -> Scores:
        """Return how well items fit the words of the request, shape ``(len(item_ids),)``, 0 where nothing was asked."""
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """What a hybrid retriever draws from.

    Args:
        table: The attributes of the items; decides the constraints.
        encoder: Turns the words of a request into a vector.
        vectors: The item vectors and their index.
        lexical: BM25 over the same items.
        prior: How much everybody likes each item, shape ``(n_items,)``.
        graph: What goes with items through attributes; None leaves it out.
        collaborative: What goes with items through other people's ratings; None where there are none.
    """

    table: AttributeTable
    encoder: Encoder
    vectors: ItemVectors
    lexical: LexicalIndex
    prior: Scores
    graph: Affinity | None = None
    collaborative: Affinity | None = None


class HybridRetriever:
    """Dense, lexical, attribute, graph, collaborative, taste and prior lists, fused by reciprocal rank.

    Constraints act inside every list, so a narrow request still gets all the catalogue has.

    Args:
        catalog: The items.
        sources: What the lists are drawn from.
        config: The weights.
    """

    def __init__(self, catalog: Catalog, sources: Sources, config: RetrievalConfig | None = None) -> None:
        self._catalog = catalog
        self._from = sources
        self._config = config or RetrievalConfig()
        self._latest: tuple[RecQuery, list[Vectors]] | None = None

    def configured(self, config: RetrievalConfig) -> HybridRetriever:
        """Return a retriever that draws from the same sources with other weights."""
        return HybridRetriever(self._catalog, self._from, config)

    def retrieve(
        self, query: RecQuery, *, taste: Vectors | None = None, rated: Mapping[str, float] | None = None
    ) -> ItemList:
        """Return candidates that satisfy every constraint, best first.

        Args:
            query: The request.
            taste: The person's taste vector, shape ``(dim,)``; None for a new person.
            rated: What the person rated, as rewards from -1 to 1 by item id.
        """
        allowed = self._from.table.mask(query.constraints)
        if not allowed.any():
            return ItemList((), np.zeros(0))
        lists = self._lists(query, allowed, taste, rated or {})
        fused = reciprocal_rank_fusion(lists)
        ids = tuple(self._catalog.at(row).item_id for row in fused)
        return ItemList(ids, np.array(list(fused.values()))).ranked().top(self._config.n_candidates)

    def _lists(
        self, query: RecQuery, allowed: Mask, taste: Vectors | None, rated: Mapping[str, float]
    ) -> list[tuple[float, list[int]]]:
        config, k = self._config, min(self._config.n_candidates, int(allowed.sum()))
        rows = np.flatnonzero(allowed)
        lists = [(config.prior, _best(self._from.prior, rows, k, positive=False))]
        vectors = self._query_vectors(query)
        for vector, weight in (*((vector, config.dense) for vector in vectors), (taste, config.taste)):
            if vector is not None and weight:
                found, _ = self._from.vectors.index.search(vector[None, :], k, allowed=allowed)
                lists.append((weight, [row for row in found[0].tolist() if row >= 0]))
        lists.append((config.lexical, _best(self._from.lexical.scores(query.text or query.said), rows, k)))
        lists.append((config.wanted, self._wanted(query, rows, k, vectors)))
        like = dict.fromkeys(query.similar_to, 1.0)
        for source, given, weight in (
            (self._from.graph, like, config.similar),
            (self._from.collaborative, like, config.similar),
            (self._from.collaborative, rated, config.collaborative),
        ):
            scores = source.scores(given) if source and given and weight else None
            if scores is not None:
                lists.append((weight, _best(scores, rows, k)))
        return lists

    def relevance(self, query: RecQuery, item_ids: Sequence[str]) -> Scores:
        """Return how well items fit the request, shape ``(len(item_ids),)``, about 0 to 3.

        The sum of the share of wanted attributes, the BM25 score over its maximum, and the cosine above the
        catalogue's mean in standard deviations over 3, floored at 0 and averaged over the message and its words.
        """
        rows = np.array([self._catalog.position(item_id) for item_id in item_ids], dtype=np.int64)
        words = _scaled(self._from.lexical.scores(query.text or query.said))
        relevance = self._from.table.share(query.wanted)[rows] + words[rows]
        vectors = self._query_vectors(query)
        for vector in vectors:
            sample = self._from.vectors.vectors[:: max(1, len(self._catalog) // _SAMPLE)] @ vector
            cosine = (self._from.vectors.vectors[rows] @ vector).astype(np.float64)
            above = (cosine - float(sample.mean())) / (float(sample.std()) + 1e-9)
            relevance += np.maximum(0.0, above / 3.0) / len(vectors)
        return relevance

    def _wanted(self, query: RecQuery, rows: NDArray[np.int64], k: int, vectors: Sequence[Vectors]) -> list[int]:
        """Return the rows that have most of what is wanted; of those that have as much, the nearest in words first."""
        share = self._from.table.share(query.wanted)
        some = np.flatnonzero(share > 0)
        if len(some) and vectors:
            share[some] += 1e-3 * (1.0 + self._from.vectors.vectors[some] @ vectors[0])
        return _best(share, rows, k)

    def _query_vectors(self, query: RecQuery) -> list[Vectors]:
        """Return a vector of the message and one of its words, each averaged with the items it compares with."""
        latest = self._latest
        if latest and latest[0] == query:  # a turn asks twice: to retrieve, and for the relevance of what was found
            return latest[1]
        texts = list(dict.fromkeys(text for text in (query.said, query.text) if text))
        like = [self._from.vectors.vectors[self._catalog.position(item_id)] for item_id in query.similar_to]
        encoded: Sequence[Vectors] = self._from.encoder.encode_queries(texts) if texts else ()  # type: ignore[assignment]  # an array of rows
        found = []
        for vector in [[row] for row in encoded] or ([[]] if like else []):
            mean: Vectors = np.mean([*like, *vector], axis=0, dtype=np.float32)
            found.append(mean / np.float32(np.linalg.norm(mean) + 1e-9))
        self._latest = query, found
        return found


def _best(scores: Scores, allowed: NDArray[np.int64], k: int, *, positive: bool = True) -> list[int]:
    """Return up to ``k`` allowed rows by score, only those above 0 where ``positive``."""
    rows = allowed[scores[allowed] > 0] if positive else allowed
    if len(rows) > 4 * k:  # sort only those that can come first, all that tie at the cut among them
        cut = np.partition(scores[rows], len(rows) - k)[len(rows) - k]
        rows = rows[scores[rows] >= cut]
    best: list[int] = rows[np.argsort(-scores[rows], kind="stable")][:k].tolist()
    return best


def _scaled(scores: Scores) -> Scores:
    top = scores.max(initial=0.0)
    return scores / top if top > 0 else scores
