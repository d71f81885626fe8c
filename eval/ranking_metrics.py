"""How well one person's items were put in order, or their stars foretold: plain numbers from plain arrays.

Ties: ``uauc`` counts a tied pair as half. The ranked metrics keep tied items in the order given, that is by row for the
catalogue and in the order of the query for rated items; so give a query in an order that knows nothing of the stars
(``UserRatings.shuffled``), or a constant score profits from it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from ..retrieval.errors import DataError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]


class CatalogMetrics(NamedTuple):
    """How well the whole catalogue was ranked for one person; both NaN where nothing is liked."""

    ndcg: float
    recall: float


def uauc(scores: Floats, liked: Mask) -> float:
    """Return the share of (liked, not liked) pairs in the right order, a tie counting half.

    The area under the ROC curve as the Mann-Whitney statistic (Hanley and McNeil, Radiology 143, 1982).

    Args:
        scores: Higher is better, shape ``(n,)``.
        liked: Shape ``(n,)``.

    Returns:
        From 0 to 1; NaN where nothing or everything is liked.

    Raises:
        DataError: A score is NaN, or there is not one score an item.

    Examples:
        >>> uauc(np.array([0.9, 0.5, 0.5]), np.array([True, False, True]))
        0.75
    """
    _check(scores, liked)
    n_liked = int(np.count_nonzero(liked))
    n_pairs = n_liked * (len(liked) - n_liked)
    if not n_pairs:
        return float("nan")
    return float((rankdata(scores)[liked].sum() - n_liked * (n_liked + 1) / 2) / n_pairs)


def ndcg_at(scores: Floats, gains: Floats, k: int) -> float:
    """Return the discounted gain of the ``k`` best scored items over that of the best order there is.

    The discount is ``1 / log2(rank + 1)`` (Järvelin and Kekäläinen, ACM TOIS 20, 2002). Tied items stay in the order
    given.

    Args:
        scores: Higher is better, shape ``(n,)``.
        gains: Not negative, shape ``(n,)``; see ``exponential_gain``.
        k: The cut-off; fewer items are all counted.

    Returns:
        From 0 to 1; NaN where no gain is above 0.

    Raises:
        DataError: A score is NaN, or there is not one score an item.

    Examples:
        >>> round(ndcg_at(np.array([0.1, 0.9]), np.array([3.0, 0.0]), 2), 4)
        0.6309
    """
    _check(scores, gains)
    best = np.sort(gains)[::-1][:k]
    ideal = float(best @ _discounts(len(best)))
    if not ideal > 0.0:
        return float("nan")
    found = gains[np.argsort(-scores, kind="stable")[:k]]
    return float(found @ _discounts(len(found))) / ideal


def exponential_gain(stars: Floats) -> Floats:
    """Return ``2**stars - 1`` (Burges et al., Learning to Rank using Gradient Descent, ICML 2005).

    Examples:
        >>> exponential_gain(np.array([1.0, 5.0])).tolist()
        [1.0, 31.0]
    """
    return np.exp2(stars) - 1.0


def catalog_metrics(
    scores: Floats, support_rows: Integers, liked_query_rows: Integers, *, ndcg_k: int = 10, recall_k: int = 50
) -> CatalogMetrics:
    """Return nDCG@10 with binary gain and recall@50 over the whole catalogue without the support.

    Recall is the share of all the liked query items that are among the first ``recall_k``. Tied items are ranked by
    row, the lowest first.

    Args:
        scores: Of every item, higher is better, shape ``(n_items,)``; an item of -inf is never recommended.
        support_rows: What the person rated already, shape ``(k,)``.
        liked_query_rows: What is to be found, each row once, shape ``(n,)``; none of the support.
        ndcg_k: Cut-off of the nDCG.
        recall_k: Cut-off of the recall.

    Raises:
        DataError: A score is NaN.

    Examples:
        >>> catalog_metrics(np.array([9.0, 1.0, 5.0, 3.0]), np.array([0]), np.array([2, 1]), ndcg_k=1, recall_k=2)
        CatalogMetrics(ndcg=1.0, recall=0.5)
    """
    _check(scores, scores)
    if not len(liked_query_rows):
        return CatalogMetrics(float("nan"), float("nan"))
    ranked = _first(scores, support_rows, max(ndcg_k, recall_k))
    hits = np.isin(ranked, liked_query_rows)
    ideal = float(_discounts(min(ndcg_k, len(liked_query_rows))).sum())
    found = hits[:ndcg_k]
    ndcg = float(_discounts(len(found)) @ found) / ideal
    return CatalogMetrics(ndcg, float(hits[:recall_k].sum()) / len(liked_query_rows))


def mae(predicted: Floats, stars: Floats) -> float:
    """Return the mean absolute error in stars; NaN of no ratings.

    Examples:
        >>> mae(np.array([3.5, 4.0]), np.array([4.0, 2.0]))
        1.25
    """
    _check(predicted, stars)
    return float(np.abs(predicted - stars).mean()) if len(stars) else float("nan")


def _first(scores: Floats, without: Integers, n: int) -> Integers:
    """Return the rows of the ``n`` best scores, best first, ties by row; as a stable sort of all would."""
    open_scores = scores.astype(np.float64)
    open_scores[without] = -np.inf
    n = min(n, len(scores))
    worst = -np.partition(-open_scores, n - 1)[n - 1] if n else np.inf
    rows = np.flatnonzero((open_scores >= worst) & (open_scores > -np.inf))
    first: Integers = rows[np.argsort(-open_scores[rows], kind="stable")[:n]]
    return first


def _discounts(n: int) -> Floats:
    discounts: Floats = 1.0 / np.log2(np.arange(2, n + 2))
    return discounts


def _check(scores: Floats, others: NDArray[np.float64] | Mask) -> None:
    if scores.shape != others.shape or scores.ndim != 1:
        raise DataError(f"scores of shape {scores.shape} for items of shape {others.shape}; give one score an item")
    if np.isnan(scores).any():
        raise DataError(f"{int(np.isnan(scores).sum())} of {len(scores)} scores are NaN; give a number for each item")
