from dataclasses import Field, fields

import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.items import Item
from palate.retrieval.query import Constraints, RecQuery


@pytest.mark.parametrize(
    ("constraints", "left"),
    [
        (Constraints(), "alien-1979 aliens-1986 emma-1996 amelie-2001 solaris-1972 roman-holiday-1953"),
        (Constraints(domain="film", genres_all=("comedy", "romance")), "emma-1996 amelie-2001 roman-holiday-1953"),
        (Constraints(domain="book"), ""),
        (Constraints(genres_none=("comedy", "horror")), "aliens-1986 solaris-1972"),
        (Constraints(moods_none=("charming", "scary")), "aliens-1986 amelie-2001 solaris-1972"),
        (Constraints(themes_none=("space",)), "emma-1996 amelie-2001 roman-holiday-1953"),
        (Constraints(year_min=1986), "aliens-1986 emma-1996 amelie-2001"),
        (Constraints(year_max=1972), "solaris-1972 roman-holiday-1953"),
        (Constraints(year_min=1979, year_max=1979), "alien-1979"),
        (Constraints(runtime_min=137), "aliens-1986 solaris-1972"),
        (Constraints(runtime_max=117), "alien-1979"),
        (Constraints(years_none=((1950, 1979), (1996, 1996))), "aliens-1986 amelie-2001"),
        (Constraints(attributes_all=(("theme", "Space"), ("decade", "1970s"))), "alien-1979 solaris-1972"),
        (Constraints(attributes_all=(("label", "Warp"),)), ""),
        (Constraints(attributes_none=(("decade", "1970s"),), year_max=1986), "aliens-1986 roman-holiday-1953"),
        (Constraints(ranges=(("year", 1986, 1996), ("runtime_min", None, 130.5))), "emma-1996"),
        (Constraints(ranges=(("year", None, None),), year_min=2000), "amelie-2001"),
        (Constraints(people_any=("Ridley Scott", "William Wyler")), "alien-1979 roman-holiday-1953"),
        (Constraints(people_none=("Ridley Scott",), genres_all=("science fiction",)), "aliens-1986 solaris-1972"),
        (Constraints(languages_any=("French", "Russian")), "amelie-2001 solaris-1972"),
        (Constraints(languages_none=("English", "French")), "solaris-1972"),
        (Constraints(countries_any=("United Kingdom",)), "emma-1996"),
        (Constraints(countries_none=("United States", "France")), "emma-1996 solaris-1972"),
        (Constraints(items_none=frozenset({"emma-1996"}), year_min=1996), "amelie-2001"),
    ],
)  # fmt: skip
def test_each_constraint_leaves_exactly_what_it_allows(
    small_catalog: Catalog, constraints: Constraints, left: str
) -> None:
    assert [item.item_id for item in small_catalog if constraints.allows(item)] == left.split()


def test_names_compare_without_case(small_catalog: Catalog) -> None:
    assert Constraints(genres_all=("HORROR",), people_any=("ridley scott",)).allows(small_catalog["alien-1979"])


@pytest.mark.parametrize(
    "constraints",
    [
        Constraints(year_min=1900), Constraints(year_max=2100), Constraints(runtime_max=500),
        Constraints(languages_any=("English",)), Constraints(countries_any=("France",)),
        Constraints(people_any=("Anyone",)), Constraints(genres_all=("drama",)), Constraints(pages_max=300),
        Constraints(attributes_all=(("label", "Warp"),)), Constraints(ranges=(("price", None, 20.0),)),
    ],
)  # fmt: skip
def test_an_unknown_fact_fails_the_constraint_that_needs_it(constraints: Constraints) -> None:
    assert not constraints.allows(Item(item_id="x", domain="film", title="X"))


def test_an_unknown_fact_passes_what_only_excludes() -> None:
    none = Constraints(
        genres_none=("drama",), languages_none=("English",), countries_none=("France",), years_none=((1900, 1999),)
    )
    assert none.allows(Item(item_id="x", domain="film", title="X"))


def test_columns_of_ones_own_can_be_constrained() -> None:
    item = Item(
        item_id="x", domain="music", title="X", pages=90, extra={"label": ("Warp",), "price": 9.5, "live": True}
    )
    assert Constraints(attributes_all=(("label", "warp"),), ranges=(("price", 9.5, 9.5),), pages_min=90).allows(item)
    assert not Constraints(ranges=(("price", None, 9.4),)).allows(item)
    assert not Constraints(ranges=(("live", 0, 1),)).allows(item)


def test_of_two_ranges_of_a_column_the_newer_holds_and_other_columns_stay() -> None:
    older = Constraints(ranges=(("price", 1.0, 5.0), ("bpm", 90.0, None)))
    merged = older.merged(Constraints(ranges=(("price", None, 20.0),)))
    assert merged.ranges == (("price", None, 20.0), ("bpm", 90.0, None))


def test_refused_periods_and_attributes_add_up() -> None:
    older = Constraints(years_none=((1980, 1989),), attributes_all=(("label", "Warp"),))
    merged = older.merged(Constraints(years_none=((1990, 1999),), attributes_all=(("label", "Warp"), ("format", "LP"))))
    assert merged.years_none == ((1980, 1989), (1990, 1999))
    assert merged.attributes_all == (("label", "Warp"), ("format", "LP"))


def test_of_single_values_the_newer_holds_and_silence_keeps_the_older() -> None:
    merged = Constraints(year_min=1980, year_max=1990, domain="film").merged(Constraints(year_min=1985))
    assert merged == Constraints(year_min=1985, year_max=1990, domain="film")


def test_lists_add_up_each_value_once() -> None:
    older = Constraints(genres_none=("horror", "war"), items_none=frozenset({"a"}))
    merged = older.merged(Constraints(genres_none=("war", "drama"), items_none=frozenset({"b"})))
    assert merged == Constraints(genres_none=("horror", "war", "drama"), items_none=frozenset({"a", "b"}))


def test_merging_with_nothing_changes_nothing() -> None:
    some = Constraints(year_min=0, people_any=("Ada",))
    assert some.merged(Constraints()) == Constraints().merged(some) == some


@pytest.mark.parametrize("field", fields(Constraints), ids=lambda field: field.name)
def test_only_empty_constraints_are_false(field: Field[object]) -> None:
    values = {
        "str": "x", "int | None": 0, "frozenset[str]": frozenset({"x"}), "tuple[str, ...]": ("x",),
        "tuple[tuple[str, str], ...]": (("label", "x"),), "tuple[tuple[int, int], ...]": ((1, 2),),
        "tuple[tuple[str, float | None, float | None], ...]": (("price", None, 1.0),),
    }  # fmt: skip
    assert Constraints(**{field.name: values[str(field.type)]})  # type: ignore[arg-type]  # the value is of the field's type
    assert not Constraints()


def test_an_empty_request_asks_for_nothing() -> None:
    query = RecQuery()
    assert (query.text, bool(query.constraints), query.wanted, query.similar_to) == ("", False, (), ())
