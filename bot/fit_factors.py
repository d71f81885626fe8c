"""Fits the collaborative item factors to ratings, and says what they are worth beside popularity and neighbours.

Strength of regularisation and confidence are chosen on some of the training people, whom the fit that chooses does not
see; then all training people are fitted, and the result is judged on the validation people, who played no part.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

from ..retrieval.catalog import Catalog
from ..retrieval.collaborative import CollaborativeScores, CollaborativeTable, fit_item_factors
from ..retrieval.errors import DataError
from ..retrieval.ratings import UserRatings, read_ml_1m, split_users

Floats = NDArray[np.float64]
Scorer = Callable[[UserRatings], Floats]

_STRENGTHS = (1.5, 3.0, 4.0, 5.5, 7.0)
_ALPHAS = (8.0, 16.0, 32.0)
_NEIGHBOURS = (20, 50, 100, 200)
_FEWEST_RATINGS = 20
_SUPPORT = 8
_CUT = 50


def fit_factors(
    catalog: Catalog, *, data_dir: Path, out: Path, n_factors: int, seed: int, say: Callable[[str], None]
) -> None:
    """Choose, fit, write and judge item factors.

    Args:
        catalog: The items.
        data_dir: Folder that holds ``ml-1m``.
        out: The file to write.
        n_factors: Factors an item.
        seed: Seeds the splits and the first factors.
        say: Called with one line of progress or result.

    Raises:
        DataError: The ratings are missing, cannot be used or are too few.
        EnvironmentProblem: The file cannot be written.
    """
    training, validation = split_users(read_ml_1m(data_dir, catalog), seed=seed)
    fitted, held = split_users(training, seed=seed + 1)
    judged, choosing = _judged(validation), _judged(held)
    if not judged or not choosing:
        raise DataError(f"too few people have {_FEWEST_RATINGS} ratings of items of the catalogue; give more ratings")
    quality: dict[tuple[float, float], float] = {}
    for strength, alpha in product(_STRENGTHS, _ALPHAS):
        table = _fit(catalog, fitted, n_factors, seed, strength, alpha)
        values = _quality(_als(table, catalog), choosing, _rated(fitted, len(catalog)))
        quality[strength, alpha] = float(values[:, 1].mean())
        say(f"strength {strength:g}, alpha {alpha:g}: {_told(values)}")
    strength, alpha = max(quality, key=lambda pair: quality[pair])
    table = _fit(catalog, training, n_factors, seed, strength, alpha)
    table.save(out, catalog, trained_on=f"ml-1m: {len(training)} training people of the split with seed {seed}")
    say(f"wrote {out}: {np.count_nonzero(table.counts)} items, strength {strength:g}, alpha {alpha:g}")
    neighbours = _neighbours(catalog, fitted, choosing, training)
    rated = _rated(training, len(catalog))
    als = _quality(_als(CollaborativeTable.load(out, catalog), catalog), judged, rated)
    say(f"{len(judged)} validation people, {_SUPPORT} ratings in, items they liked among {np.count_nonzero(rated)}:")
    say(f"als: {_told(als)}")
    for name, scorer in (("popularity", _popularity(training, len(catalog))), ("item-kNN", neighbours)):
        other = _quality(scorer, judged, rated)
        say(f"{name}: {_told(other)}; als better by {_gain(als[:, 1] - other[:, 1], seed)} nDCG")


def _judged(people: Sequence[UserRatings]) -> list[UserRatings]:
    """Return those with enough ratings and something liked after the first ones, in their own order."""
    shuffled = [user.shuffled() for user in people if len(user) >= _FEWEST_RATINGS]
    return [user for user in shuffled if (user.stars[_SUPPORT:] >= 4).any()]


def _fit(
    catalog: Catalog, people: Sequence[UserRatings], n_factors: int, seed: int, strength: float, alpha: float
) -> CollaborativeTable:
    users = np.repeat(np.arange(len(people)), [len(user) for user in people])
    rows = np.concatenate([user.rows for user in people])
    rewards = np.concatenate([user.rewards for user in people])
    return fit_item_factors(
        users, rows, rewards, len(catalog),
        n_factors=n_factors, seed=seed, strength=strength, alpha=alpha,
    )  # fmt: skip


def _als(table: CollaborativeTable, catalog: Catalog) -> Scorer:
    model = CollaborativeScores(table, catalog)

    def score(user: UserRatings) -> Floats:
        ids = [catalog.at(int(row)).item_id for row in user.rows]
        found = model.scores(dict(zip(ids, user.rewards.tolist(), strict=True)))
        return np.zeros(len(catalog)) if found is None else found

    return score


def _popularity(people: Sequence[UserRatings], n_items: int) -> Scorer:
    likes = np.asarray(_likes(people, n_items).sum(axis=0), dtype=np.float64).ravel()
    return lambda _: likes


def _neighbours(
    catalog: Catalog, fitted: Sequence[UserRatings], choosing: Sequence[UserRatings], people: Sequence[UserRatings]
) -> Scorer:
    """Return item-kNN over all the people, with the number of neighbours that is best on those who choose."""
    rated = _rated(fitted, len(catalog))
    best = max(_NEIGHBOURS, key=lambda k: _quality(_knn(fitted, len(catalog), k), choosing, rated)[:, 1].mean())
    return _knn(people, len(catalog), best)


def _knn(people: Sequence[UserRatings], n_items: int, k: int) -> Scorer:
    from implicit.nearest_neighbours import TFIDFRecommender
    from implicit.utils import ParameterWarning

    model = TFIDFRecommender(K=k, num_threads=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ParameterWarning)  # implicit hands itself a COO matrix
        model.fit(_likes(people, n_items), show_progress=False)
    return lambda user: np.asarray((_likes([user], n_items) @ model.similarity).todense(), dtype=np.float64).ravel()


def _likes(people: Sequence[UserRatings], n_items: int) -> sparse.csr_matrix:
    """Return who rated what at least 3 stars, shape ``(n_people, n_items)``, as item factors count it too."""
    liked = [user.rows[user.rewards >= 0.0] for user in people]
    rows = np.concatenate(liked)
    users = np.repeat(np.arange(len(people)), [len(rows) for rows in liked])
    return sparse.csr_matrix((np.ones(len(rows)), (users, rows)), shape=(len(people), n_items))


def _rated(people: Sequence[UserRatings], n_items: int) -> NDArray[np.bool_]:
    mask = np.zeros(n_items, dtype=bool)
    mask[np.concatenate([user.rows for user in people])] = True
    return mask


def _quality(scorer: Scorer, people: Sequence[UserRatings], rated: NDArray[np.bool_]) -> Floats:
    """Return recall@50 (of at most 50) and nDCG@50 of what each person liked later, shape ``(n_people, 2)``."""
    from sklearn.metrics import ndcg_score

    values = []
    for user in people:
        seen = UserRatings(user.user_id, user.rows[:_SUPPORT], user.stars[:_SUPPORT])
        candidates = rated.copy()
        candidates[seen.rows] = False
        liked = np.zeros(len(rated))
        liked[user.rows[_SUPPORT:][user.stars[_SUPPORT:] >= 4]] = 1.0
        scores, relevant = scorer(seen)[candidates], liked[candidates]
        hits = relevant[np.argsort(-scores, kind="stable")[:_CUT]].sum()
        ndcg = ndcg_score([relevant], [scores], k=_CUT, ignore_ties=True)
        values.append((hits / max(1.0, min(_CUT, relevant.sum())), ndcg))
    return np.array(values)


def _told(values: Floats) -> str:
    recall, ndcg = values.mean(axis=0)
    return f"recall@{_CUT} {recall:.4f}, nDCG@{_CUT} {ndcg:.4f}"


def _gain(differences: Floats, seed: int) -> str:
    found = stats.bootstrap((differences,), np.mean, method="percentile", rng=np.random.default_rng(seed))
    interval = found.confidence_interval
    return f"{differences.mean():+.4f} [{interval.low:+.4f}, {interval.high:+.4f}]"
