from datetime import UTC
from itertools import pairwise

import pytest
from palate.adapters.feedback import Feedback, standing
from palate.retrieval.errors import DataError


@pytest.mark.parametrize(("stars", "reward"), [(1, -1.0), (2, -0.5), (3, 0.0), (4, 0.5), (5, 1.0)])
def test_stars_become_rewards(stars: int, reward: float) -> None:
    event = Feedback.from_stars("ada", "heat", stars, channel="web")
    assert (event.reward, event.kind, event.context, event.channel) == (reward, "rating", f"stars={stars}", "web")


@pytest.mark.parametrize("stars", [0, 6, -1, 4.5, True, None, "5"])
def test_other_stars_are_refused(stars: object) -> None:
    with pytest.raises(DataError, match="stars must be a whole number from 1 to 5"):
        Feedback.from_stars("ada", "heat", stars)  # type: ignore[arg-type]  # that is the test


@pytest.mark.parametrize("reward", [-1.01, 1.5, float("nan"), float("inf")])
def test_a_reward_out_of_range_is_refused(reward: float) -> None:
    with pytest.raises(DataError, match=r"reward .* is out of range; give a number from -1 to 1"):
        Feedback("ada", "heat", reward, "like")


def test_an_attribute_has_no_item_and_everything_else_has_one() -> None:
    with pytest.raises(DataError, match="'attribute' needs no item_id"):
        Feedback("ada", "heat", 1.0, "attribute", "genre:western")
    with pytest.raises(DataError, match="'like' needs an item_id"):
        Feedback("ada", "", 1.0, "like")


def test_events_have_ids_of_their_own_and_a_time_in_utc() -> None:
    first, second = (Feedback.from_stars("ada", "heat", 5) for _ in range(2))
    assert first.event_id != second.event_id
    assert first.time.tzinfo is UTC


def test_the_subject_is_the_item_or_the_attribute() -> None:
    assert Feedback("ada", "heat", 1.0, "like").subject == "heat"
    assert Feedback("ada", "", 1.0, "attribute", "genre:western").subject == "genre:western"


def test_the_last_event_about_a_subject_holds_in_its_place() -> None:
    events = [
        Feedback("ada", "a", 1.0, "like"), Feedback("ada", "", 1.0, "attribute", "genre:war"),
        Feedback("ada", "b", -1.0, "dislike"), Feedback("ada", "a", -1.0, "dislike"),
        Feedback("ada", "", -1.0, "attribute", "genre:war"),
    ]  # fmt: skip
    assert [(e.subject, e.reward) for e in standing(events)] == [("b", -1.0), ("a", -1.0), ("genre:war", -1.0)]


def test_every_event_that_holds_is_there_however_many() -> None:
    events = [Feedback("ada", f"i{i}", 1.0, "like") for i in range(100)]
    held = standing(events)
    assert held == events
    assert all(a.time <= b.time for a, b in pairwise(held))
