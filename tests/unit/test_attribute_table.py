from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from palate.retrieval.attribute_table import AttributeTable
from palate.retrieval.catalog import Catalog
from palate.retrieval.items import Item
from palate.retrieval.query import Constraints


def some(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2).map(tuple)


# Few values, some in two spellings, so that constraints and items meet often.
GENRES, MOODS, THEMES = some("crime", "Crime", "war", "drama"), some("sad", "dark"), some("space", "İstanbul", "straße")
PEOPLE, LANGUAGES, COUNTRIES = some("Ada", "ADA", "Bo"), some("English", "french"), some("France", "Japan")
YEARS = st.integers(1989, 1993)
AMOUNTS = st.sampled_from([-1.5, 0, 1, 2, 2.5, 100])
KINDS = st.sampled_from(["label", "genre", "decade", "series", "person", "nothing"])
WORDS = st.sampled_from(["Warp", "warp", "crime", "1990s", "Dune", "Ada"])
ITEMS = st.builds(
    Item, item_id=st.sampled_from("abcdefgh"), domain=st.sampled_from(["film", "book"]), title=st.just("T"),
    year=st.none() | YEARS, genres=GENRES, moods=MOODS, themes=THEMES,
    people=st.dictionaries(st.sampled_from(["director", "cast"]), PEOPLE),
    language=st.sampled_from(["", "English", "French"]), country=st.sampled_from(["", "France", "Japan"]),
    runtime_min=st.none() | st.integers(1, 3), pages=st.none() | st.integers(1, 3),
    series=st.sampled_from(["", "Dune"]),
    extra=st.fixed_dictionaries(
        {}, optional={"price": AMOUNTS, "label": some("Warp", "warp"), "vinyl": st.booleans(), "note": WORDS}
    ),
)  # fmt: skip
FIELDS: dict[str, st.SearchStrategy[object]] = {
    "domain": st.sampled_from(["film", "book", "music"]), "genres_all": GENRES, "genres_any": GENRES,
    "genres_none": GENRES,
    "moods_none": MOODS, "themes_none": THEMES, "year_min": YEARS, "year_max": YEARS,
    "years_none": st.lists(st.tuples(YEARS, YEARS), max_size=2).map(tuple),
    "runtime_min": st.integers(1, 3), "runtime_max": st.integers(1, 3), "pages_min": st.integers(1, 3),
    "pages_max": st.integers(1, 3), "people_any": PEOPLE, "people_none": PEOPLE, "languages_any": LANGUAGES,
    "languages_none": LANGUAGES, "countries_any": COUNTRIES, "countries_none": COUNTRIES,
    "attributes_all": st.lists(st.tuples(KINDS, WORDS), max_size=2).map(tuple),
    "attributes_none": st.lists(st.tuples(KINDS, WORDS), max_size=2).map(tuple),
    "ranges": st.lists(
        st.tuples(st.sampled_from(["price", "year", "vinyl"]), st.none() | AMOUNTS, st.none() | AMOUNTS), max_size=2
    ).map(tuple),
    "items_none": st.frozensets(st.sampled_from("abz")),
}  # fmt: skip
CATALOGS = st.lists(ITEMS, max_size=8, unique_by=lambda item: item.item_id)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(items=CATALOGS, given_fields=st.fixed_dictionaries({}, optional=FIELDS))
def test_the_mask_is_what_the_constraints_allow_item_by_item(
    items: list[Item], given_fields: dict[str, object]
) -> None:
    constraints = Constraints(**given_fields)  # type: ignore[arg-type]  # FIELDS holds the fields
    mask = AttributeTable(Catalog(items)).mask(constraints)
    assert mask.tolist() == [constraints.allows(item) for item in items]


@pytest.mark.parametrize("field", [field.name for field in fields(Constraints)])
def test_every_single_constraint_decides_alone(field: str) -> None:
    """The property holds field by field, and each field does exclude something."""
    excluded = 0

    @settings(max_examples=25, derandomize=True, deadline=None)
    @given(items=CATALOGS, value=FIELDS[field])
    def holds(items: list[Item], value: object) -> None:
        nonlocal excluded
        constraints = Constraints(**{field: value})  # type: ignore[arg-type]  # FIELDS holds the fields
        mask = AttributeTable(Catalog(items)).mask(constraints).tolist()
        assert mask == [constraints.allows(item) for item in items]
        excluded += mask.count(False)

    holds()
    assert excluded > 0


@pytest.fixture
def table(small_catalog: Catalog) -> AttributeTable:
    return AttributeTable(small_catalog)


def test_rows_and_incidence_say_the_same(table: AttributeTable) -> None:
    incidence = table.incidence("genre").toarray()
    assert incidence.shape == (6, len(table.values("genre")))
    for column, value in enumerate(table.values("genre")):
        assert np.flatnonzero(incidence[:, column]).tolist() == table.rows("genre", value.upper()).tolist()


def test_a_kind_that_no_item_has_is_empty(table: AttributeTable) -> None:
    assert table.incidence("label").shape == (6, 0)
    assert (table.values("label"), table.rows("label", "Warp").tolist()) == ((), [])
    assert np.isnan(table.numbers("price")).all()


def test_numbers_stand_in_the_rows_of_their_items(table: AttributeTable) -> None:
    assert table.numbers("year").tolist() == [1979, 1986, 1996, 2001, 1972, 1953]
    assert set(table.number_columns) == {"year", "runtime_min"}


def test_the_share_counts_the_wanted_attributes_of_each_item(table: AttributeTable) -> None:
    share = table.share((("genre", "Comedy"), ("mood", "charming"), ("theme", "nothing")))
    assert share.round(3).tolist() == [0, 0, 0.667, 0.333, 0, 0.667]
    assert table.share(()).tolist() == [0.0] * 6


def test_domains_are_counted_most_first() -> None:
    items = [Item(item_id=str(i), domain="book" if i else "film", title="T") for i in range(3)]
    assert list(AttributeTable(Catalog(items)).domains.items()) == [("book", 2), ("film", 1)]
