import numpy as np
import pytest
from palate.adapters.replay import MAX_REPLAYED, choose_events, recency
from palate.retrieval.errors import AdapterError

WESTERN, MUSICAL, HORROR = np.eye(3)


def chosen(events: list[np.ndarray], **options: float) -> list[int]:
    return choose_events(np.array(events), **options)[0].tolist()  # type: ignore[arg-type]


def test_no_more_than_the_limit_are_chosen_and_the_newest_is_among_them() -> None:
    vectors = np.random.default_rng(0).normal(size=(200, 8))
    positions, weights = choose_events(vectors)
    assert len(positions) == len(weights) == MAX_REPLAYED
    assert positions[-1] == 199
    assert weights[-1] == 1.0
    assert (np.diff(positions) > 0).all()


def test_fewer_than_the_limit_are_all_chosen_and_the_recent_count_more() -> None:
    positions, weights = choose_events(np.array([WESTERN] * 3), half_life=2.0)
    assert positions.tolist() == [0, 1, 2]
    assert weights.tolist() == pytest.approx([1 / 2, 2 / 3, 1.0])


def test_a_repeated_kind_is_thinned_out() -> None:
    # Ten westerns, then eight more after one musical and one horror film: three places go to three kinds.
    events = [WESTERN] * 10 + [MUSICAL, HORROR] + [WESTERN] * 8
    assert chosen(events, limit=3) == [10, 11, 19]


def test_by_hand_recency_decides_between_what_is_equally_new_in_kind() -> None:
    # Behind the newest western both musicals have cosine 0; the later one weighs more.
    assert chosen([MUSICAL, MUSICAL, WESTERN, WESTERN], limit=2) == [1, 3]


def test_by_hand_kind_against_age() -> None:
    # Half-life 1. The newest is a western. Left: an opposite one of age 3 (recency 1/4, distance 1, value .25), and
    # one at a right angle of age 1 (recency 1/2, distance 1/2, value .25), age 2 alike (0). A tie: the newer one.
    opposite, across = -WESTERN, MUSICAL
    assert chosen([opposite, WESTERN, across, WESTERN], limit=2, half_life=1.0) == [2, 3]
    # With a longer memory the opposite one is worth 1/(1+3/3) = .5, the other .375.
    assert chosen([opposite, WESTERN, across, WESTERN], limit=2, half_life=3.0) == [0, 3]


def test_of_events_all_alike_the_newest_are_chosen() -> None:
    assert chosen([WESTERN] * 40, limit=4) == [36, 37, 38, 39]


def test_the_length_of_a_vector_does_not_count_and_zeros_are_like_no_other() -> None:
    nothing = np.zeros(3)
    assert chosen([5 * MUSICAL, WESTERN, 9 * WESTERN], limit=2) == [0, 2]
    assert chosen([nothing, WESTERN, WESTERN], limit=2) == [0, 2]


def test_the_same_events_give_the_same_choice_and_stay_as_they_were() -> None:
    vectors = np.random.default_rng(1).normal(size=(60, 4))
    before = vectors.copy()
    first, second = choose_events(vectors), choose_events(vectors)
    assert first[0].tolist() == second[0].tolist()
    assert first[1].tolist() == second[1].tolist()
    assert (vectors == before).all()


def test_no_events_give_no_choice() -> None:
    positions, weights = choose_events(np.zeros((0, 3)))
    assert len(positions) == len(weights) == 0


def test_without_forgetting_all_count_alike() -> None:
    assert recency(3, float("inf")).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(("options", "named"), [({"limit": 0}, "limit 0"), ({"half_life": 0.0}, "half_life 0.0")])
def test_what_cannot_be_used_is_named(options: dict[str, float], named: str) -> None:
    with pytest.raises(AdapterError, match=named):
        choose_events(np.eye(3), **options)  # type: ignore[arg-type]


def test_a_half_life_that_is_no_number_is_refused() -> None:
    with pytest.raises(AdapterError, match="half_life nan"):
        recency(2, float("nan"))
