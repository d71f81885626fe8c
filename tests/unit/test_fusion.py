import pytest
from palate.retrieval.fusion import RANK_CONSTANT, reciprocal_rank_fusion


def test_ranks_count_from_one_and_lists_add_up() -> None:
    fused = reciprocal_rank_fusion([(1.0, [7, 8]), (1.0, [8, 9])], constant=1.0)
    assert fused == pytest.approx({7: 1 / 2, 8: 1 / 3 + 1 / 2, 9: 1 / 3})


def test_a_weight_scales_its_list() -> None:
    assert reciprocal_rank_fusion([(3.0, [1]), (0.5, [2])], constant=1.0) == pytest.approx({1: 1.5, 2: 0.25})


def test_the_constant_of_the_paper_is_the_default() -> None:
    assert RANK_CONSTANT == 60.0
    assert reciprocal_rank_fusion([(1.0, [4])]) == pytest.approx({4: 1 / 61})


def test_agreement_of_two_lists_beats_first_place_in_one() -> None:
    fused = reciprocal_rank_fusion([(1.0, [1, 2]), (1.0, [3, 2])])
    assert max(fused, key=fused.__getitem__) == 2


def test_no_lists_give_nothing() -> None:
    assert reciprocal_rank_fusion([]) == {}
    assert reciprocal_rank_fusion([(1.0, [])]) == {}
