"""The baseline rows of the cold-start table, fitted together: what a new way has to beat on ratings alone.

The rows that stand for no more than the crowd are here; neighbours, EASE and factors have modules of their own.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..retrieval.ratings import UserRatings
from .baseline import BaselineScores, Floats, Integers, RatingBaseline, TrainingRatings, as_stars
from .factor_baseline import AlsRidge
from .neighbour_baselines import Ease, ItemKnn, ItemKnnResidual, PopularityKnn


class Popularity:
    """Scores an item by how many people like it, the same for everybody."""

    name = "popularity"

    def __init__(self, training: TrainingRatings) -> None:
        self._scores = BaselineScores(training.like_counts, training.like_counts)

    def scores(self, rows: Integers, stars: Floats) -> BaselineScores:  # noqa: ARG002  # the signature is the seam's
        """Return the same for every support."""
        return self._scores


class ItemMean:
    """Scores an item by its mean stars, shrunken towards the mean of all, the same for everybody."""

    name = "item_mean"

    def __init__(self, training: TrainingRatings) -> None:
        means = training.item_means
        self._scores = BaselineScores(means, means, as_stars(means))

    def scores(self, rows: Integers, stars: Floats) -> BaselineScores:  # noqa: ARG002  # the signature is the seam's
        """Return the same for every support."""
        return self._scores


def fit_rating_baselines(users: Sequence[UserRatings], n_items: int, *, seed: int = 0) -> dict[str, RatingBaseline]:
    """Fit every baseline to the training people; by name, in the order of the table.

    Args:
        users: The training people, none of those to be judged.
        n_items: Items in the catalogue that their rows are of.
        seed: Seeds the factors; nothing else is drawn.

    Raises:
        DataError: There are no ratings, or a row lies outside the catalogue.
    """
    training = TrainingRatings(users, n_items)
    knn = ItemKnn(training)
    fitted: tuple[RatingBaseline, ...] = (
        Popularity(training), ItemMean(training), knn, ItemKnnResidual(training), PopularityKnn(training, knn),
        Ease(training), AlsRidge(training, seed=seed),
    )  # fmt: skip
    return {baseline.name: baseline for baseline in fitted}
