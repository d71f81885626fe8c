"""Columns of somebody's own catalogue in requests."""

import pytest
from palate.bot.understanding import PreferenceExtractor
from palate.retrieval.items import Item
from palate.retrieval.query import Constraints


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Acme headphones", Constraints(domain="headphones", attributes_all=(("brand", "Acme"),))),
        ("brand Acme", Constraints(attributes_all=(("brand", "Acme"),))),
        ("something from acme", Constraints(attributes_all=(("brand", "Acme"),))),
        ("by Zeta Audio", Constraints(attributes_all=(("brand", "Zeta Audio"),))),
        ("colour black", Constraints(attributes_all=(("colour", "black"),))),
        ("the color is red", Constraints(attributes_all=(("colour", "red"),))),
        ("headphones in black", Constraints(domain="headphones", attributes_all=(("colour", "black"),))),
        ("something sky blue", Constraints(attributes_all=(("colour", "sky blue"),))),
        ("the brand Next", Constraints(attributes_all=(("brand", "Next"),))),
        ("what should I get next?", Constraints()),
        ("a black one", Constraints()),
        ("a good one", Constraints()),
        ("no Acme please", Constraints(attributes_none=(("brand", "Acme"),))),
        ("anything but Zeta Audio", Constraints(attributes_none=(("brand", "Zeta Audio"),))),
        ("price under 20", Constraints(ranges=(("list_price", None, 20.0),))),
        ("under 20 dollars", Constraints(ranges=(("list_price", None, 20.0),))),
        ("at most 50 euros", Constraints(ranges=(("list_price", None, 50.0),))),
        ("$30 or less", Constraints(ranges=(("list_price", None, 30.0),))),
        ("between $20 and $50", Constraints(ranges=(("list_price", 20.0, 50.0),))),
        ("rating at least 4", Constraints(ranges=(("average_rating", 4.0, None),))),
        ("average rating above 4.5", Constraints(ranges=(("average_rating", 4.5, None),))),
        ("more than 1,000 ratings", Constraints(ranges=(("ratings_count", 1000.0, None),))),
        ("weight between 1 and 2", Constraints(ranges=(("weight", 1.0, 2.0),))),
        ("Acme headphones under $20, weight below 2", Constraints(
            domain="headphones", attributes_all=(("brand", "Acme"),),
            ranges=(("list_price", None, 20.0), ("weight", None, 2.0)))),
    ],
)  # fmt: skip
def test_columns_of_somebodys_own_catalogue_are_conditions(
    shop: PreferenceExtractor, message: str, expected: Constraints
) -> None:
    assert shop.extract(message, turn=1).query.constraints == expected


def test_values_joined_by_or_are_wishes(shop: PreferenceExtractor) -> None:
    query = shop.extract("acme or zeta audio headphones", turn=1).query
    assert query.wanted == (("brand", "Acme"), ("brand", "Zeta Audio"))
    assert query.constraints == Constraints(domain="headphones")


def test_a_refused_value_is_in_no_answer() -> None:
    headphones = Item(item_id="1", domain="headphones", title="Q", extra={"brand": ("Acme",)})
    assert not Constraints(attributes_none=(("brand", "acme"),)).allows(headphones)
    assert Constraints(attributes_none=(("brand", "Zeta"), ("maker", "Acme"))).allows(headphones)


def test_the_name_of_a_column_may_end_the_message(shop: PreferenceExtractor) -> None:
    assert shop.extract("something of the acme brand", turn=1).query.constraints.attributes_all == (("brand", "Acme"),)
