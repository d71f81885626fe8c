import numpy as np
import pytest
from palate.adapters.examples import ExampleBuilder
from palate.adapters.feedback import Example, Feedback
from palate.adapters.replay import HALF_LIFE, MAX_REPLAYED
from palate.retrieval.attribute_table import AttributeTable
from palate.retrieval.catalog import Catalog
from palate.retrieval.encoder import Encoder
from palate.retrieval.items import Item


@pytest.fixture
def builder(small_catalog: Catalog, word_encoder: Encoder) -> ExampleBuilder:
    return ExampleBuilder(
        small_catalog, AttributeTable(small_catalog), word_encoder.encode_items([item.text for item in small_catalog])
    )


def stated(attribute: str, reward: float) -> Feedback:
    return Feedback("ada", "", reward, "attribute", attribute)


def test_a_rating_counts_one_and_a_mention_less(builder: ExampleBuilder) -> None:
    events = [Feedback.from_stars("ada", "alien-1979", 2), Feedback("ada", "emma-1996", 1.0, "like")]
    before = 1 / (1 + 1 / HALF_LIFE)
    assert builder.build(events) == [Example("alien-1979", -0.5, before), Example("emma-1996", 1.0, 0.7)]


def test_a_later_rating_replaces_an_earlier_mention(builder: ExampleBuilder) -> None:
    events = [Feedback("ada", "emma-1996", 1.0, "like"), Feedback.from_stars("ada", "emma-1996", 1)]
    assert builder.build(events) == [Example("emma-1996", -1.0, 1.0)]


def test_items_that_the_catalogue_no_longer_has_are_passed_over(builder: ExampleBuilder) -> None:
    assert builder.build([Feedback.from_stars("ada", "gone-1900", 5)]) == []


def test_a_stated_taste_becomes_every_item_that_has_it(builder: ExampleBuilder) -> None:
    examples = builder.build([stated("genre:Romance", -1.0)])
    assert {e.item_id for e in examples} == {"emma-1996", "amelie-2001", "roman-holiday-1953"}
    assert {(e.reward, e.weight) for e in examples} == {(-1.0, 0.3)}


def test_what_was_said_of_an_item_itself_goes_before_what_was_stated(builder: ExampleBuilder) -> None:
    examples = builder.build([stated("genre:romance", -1.0), Feedback.from_stars("ada", "emma-1996", 5)])
    assert examples[0] == Example("emma-1996", 1.0, 1.0)
    assert sorted(e.item_id for e in examples[1:]) == ["amelie-2001", "roman-holiday-1953"]
    assert {e.weight for e in examples[1:]} == {0.3 / (1 + 1 / HALF_LIFE)}


@pytest.mark.parametrize("attribute", ["genre:polka", "colour:red", "nothing", ""])
def test_an_attribute_that_no_item_has_teaches_nothing(builder: ExampleBuilder, attribute: str) -> None:
    assert builder.exemplars(attribute) == ()


def test_the_six_nearest_to_the_middle_stand_for_an_attribute() -> None:
    catalog = Catalog([Item(item_id=f"i{i}", domain="film", title=str(i), genres=("war",)) for i in range(9)])
    angles = np.deg2rad([80, 5, -4, 3, -2, 1, 0, -70, 60])
    builder = ExampleBuilder(
        catalog, AttributeTable(catalog), np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    )
    # By hand: the middle lies at about 9 degrees.
    assert builder.exemplars("genre:war") == ("i1", "i3", "i5", "i6", "i4", "i2")


def test_of_many_events_the_recent_are_replayed_and_an_old_one_of_another_kind() -> None:
    # One musical, then 60 films of war: the encoder tells the two kinds apart and nothing else.
    genres = ["musical", *["war"] * 60]
    catalog = Catalog(
        [Item(item_id=f"i{i}", domain="film", title=str(i), genres=(genre,)) for i, genre in enumerate(genres)]
    )
    vectors = np.array([[genre == "musical", genre == "war"] for genre in genres], dtype=np.float32)
    events = [Feedback.from_stars("ada", item.item_id, 5) for item in catalog]
    examples = ExampleBuilder(catalog, AttributeTable(catalog), vectors).build(events)
    assert [e.item_id for e in examples] == ["i0", *(f"i{i}" for i in range(61 - MAX_REPLAYED + 1, 61))]
    assert [e.weight for e in examples] == sorted(e.weight for e in examples)
    assert examples[-1].weight == 1.0


def test_events_that_teach_nothing_take_no_place(builder: ExampleBuilder) -> None:
    gone = [stated("colour:red", 1.0), Feedback.from_stars("ada", "gone-1900", 5)]
    assert builder.build([Feedback.from_stars("ada", "emma-1996", 5), *gone]) == [Example("emma-1996", 1.0, 1.0)]


def test_no_events_teach_nothing(builder: ExampleBuilder) -> None:
    assert builder.build([]) == []
