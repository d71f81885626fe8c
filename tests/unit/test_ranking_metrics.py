import numpy as np
import pytest
from palate.eval.ranking_metrics import catalog_metrics, exponential_gain, mae, ndcg_at, uauc
from palate.retrieval.errors import DataError
from sklearn.metrics import ndcg_score, roc_auc_score

NONE = np.zeros(0, dtype=np.int64)
D2, D3 = 1 / np.log2(3), 0.5  # discounts of the second and third place; the first counts 1


def test_uauc_is_the_share_of_pairs_in_order() -> None:
    # Liked .8 beats .5 and .2; liked .3 beats .2 alone.
    assert uauc(np.array([0.8, 0.5, 0.3, 0.2]), np.array([True, False, True, False])) == 0.75


def test_uauc_counts_ties_half() -> None:
    assert uauc(np.zeros(5), np.array([True, False, True, True, False])) == 0.5
    assert uauc(np.array([1.0, 1.0, 2.0]), np.array([True, False, True])) == 0.75


@pytest.mark.parametrize("liked", [[True, True], [False, False], []])
def test_uauc_of_one_class_is_not_a_number(liked: list[bool]) -> None:
    assert np.isnan(uauc(np.arange(float(len(liked))), np.array(liked, dtype=bool)))


def test_ndcg_by_hand() -> None:
    gains = np.array([1.0, 31.0, 7.0])
    # Ranked: 7, 1, 31; the best order is 31, 7, 1.
    found = ndcg_at(np.array([2.0, 1.0, 3.0]), gains, 3)
    assert found == pytest.approx((7 + 1 * D2 + 31 * D3) / (31 + 7 * D2 + 1 * D3))
    assert ndcg_at(np.array([2.0, 1.0, 3.0]), gains, 2) == pytest.approx((7 + D2) / (31 + 7 * D2))


def test_ndcg_keeps_tied_items_in_the_order_given() -> None:
    assert ndcg_at(np.zeros(3), np.array([0.0, 0.0, 1.0]), 3) == pytest.approx(D3)
    assert ndcg_at(np.zeros(3), np.array([1.0, 0.0, 0.0]), 3) == 1.0


def test_ndcg_counts_what_there_is_below_the_cut_off() -> None:
    assert ndcg_at(np.array([1.0]), np.array([3.0]), 5) == 1.0
    assert np.isnan(ndcg_at(np.array([1.0, 2.0]), np.zeros(2), 5))


def test_gain_is_two_to_the_stars_less_one() -> None:
    assert exponential_gain(np.array([1.0, 2.0, 5.0])).tolist() == [1.0, 3.0, 31.0]


def test_catalogue_metrics_by_hand() -> None:
    scores = np.array([9.0, 8.0, 7.0, 6.0, 5.0])
    # Without the support 0: 1, 2, 3, 4. Liked 2 and 4 stand second and fourth; the best would be first and second.
    found = catalog_metrics(scores, np.array([0]), np.array([4, 2]), ndcg_k=3, recall_k=3)
    assert found.ndcg == pytest.approx(D2 / (1 + D2))
    assert found.recall == 0.5


def test_the_defaults_are_ten_and_fifty() -> None:
    scores = -np.arange(100.0)
    found = catalog_metrics(scores, NONE, np.array([9, 10, 49, 50]))
    assert found.ndcg == pytest.approx(1 / np.log2(11) / sum(1 / np.log2(np.arange(2, 6))))
    assert found.recall == 0.75


def test_the_catalogue_is_ranked_by_row_among_ties() -> None:
    scores = np.zeros(200)
    assert catalog_metrics(scores, NONE, np.array([0])) == (1.0, 1.0)
    assert catalog_metrics(scores, np.array([0]), np.array([1])) == (1.0, 1.0)
    assert catalog_metrics(scores, NONE, np.array([49])).recall == 1.0
    assert catalog_metrics(scores, NONE, np.array([50])).recall == 0.0


def test_ranking_by_partition_is_a_stable_sort() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        scores = rng.integers(0, 6, 90).astype(float)
        support = rng.permutation(90)[:5]
        kept = [row for row in np.argsort(-scores, kind="stable") if row not in support]
        for place in (0, 9, 10, 49, 50):
            found = catalog_metrics(scores, support, np.array([kept[place]]))
            assert found == ((1 / np.log2(place + 2)) if place < 10 else 0.0, float(place < 50))


def test_neither_support_nor_minus_infinity_is_ever_recommended() -> None:
    scores = np.array([1.0, -np.inf, 2.0])
    assert catalog_metrics(scores, np.array([2]), np.array([0, 1])).recall == 0.5
    assert catalog_metrics(np.full(3, -np.inf), NONE, np.array([0])) == (0.0, 0.0)


def test_a_small_catalogue_is_ranked_whole_and_scores_are_not_changed() -> None:
    scores = np.array([1.0, 2.0, 3.0])
    assert catalog_metrics(scores, np.array([2]), np.array([0, 1])) == (1.0, 1.0)
    assert scores.tolist() == [1.0, 2.0, 3.0]


def test_catalogue_metrics_of_nothing_liked_are_not_numbers() -> None:
    assert np.isnan(catalog_metrics(np.zeros(3), NONE, NONE)).all()


def test_mae_is_in_stars() -> None:
    assert mae(np.array([1.0, 4.0, 3.0]), np.array([2.0, 4.0, 5.0])) == 1.0
    assert np.isnan(mae(np.zeros(0), np.zeros(0)))


@pytest.mark.parametrize("metric", [uauc, mae, lambda s, o: ndcg_at(s, o, 5), lambda s, o: catalog_metrics(s, NONE, o)])
def test_scores_that_are_no_numbers_are_our_error(metric) -> None:  # type: ignore[no-untyped-def]  # of several types
    with pytest.raises(DataError, match="1 of 2 scores are NaN; give a number"):
        metric(np.array([1.0, np.nan]), np.array([1, 0]))


def test_one_score_an_item_is_needed() -> None:
    with pytest.raises(DataError, match=r"shape \(3,\) for items of shape \(2,\)"):
        uauc(np.zeros(3), np.array([True, False]))


def test_values_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        scores, stars = rng.normal(size=30), rng.integers(1, 6, 30).astype(float)
        tied, liked = np.round(scores), stars >= 4
        gains = exponential_gain(stars)
        assert ndcg_at(scores, gains, 5) == pytest.approx(ndcg_score([gains], [scores], k=5))
        for some in (scores, tied):
            assert uauc(some, liked) == pytest.approx(roc_auc_score(liked, some))
