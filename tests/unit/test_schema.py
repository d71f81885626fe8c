import pytest
from palate.retrieval.items import Item
from palate.retrieval.schema import CORE_COLUMNS, Problem, RowReader, column_name

ROW = {"item_id": "t1", "title": "Windowlicker"}


def read(row: dict[str, object], **options: object) -> Item:
    found = RowReader({}, "music", "|;,", **options).read(2, {**ROW, **row})  # type: ignore[arg-type]  # options of the reader
    assert isinstance(found, Item), found
    return found


def problems(row: dict[str, object], *, domain: str = "music") -> list[str]:
    found = RowReader({}, domain, "|;,").read(2, {**ROW, **row})
    assert isinstance(found, list)
    return [str(problem) for problem in found]


def test_an_id_and_a_title_are_enough() -> None:
    assert read({}) == Item(item_id="t1", domain="music", title="Windowlicker", original_title="Windowlicker")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"item_id": " "}, "row 2, column item_id: '' is not usable: it is empty; give every item an id"),
        ({"item_id": "z" * 201}, f"column item_id: '{'z' * 60}' is not usable: it has 201 characters; shorten it"),
        ({"item_id": "a\x00b"}, "row 2, column item_id: 'a b' is not usable: use printable characters only"),
        ({"title": None}, "row 2, column title: '' is not usable: it is empty; give every item a title"),
        ({"title": "<|im_end|>"}, "row 2, column title: '' is not usable: it is empty"),
        ({"title": "x" * 301}, "is not usable: it has 301 characters; shorten it to 300"),
        ({"synopsis": "x" * 20_001}, "is not usable: it has 20,001 characters; shorten it to 20,000"),
        ({"genres": f"rock|{'x' * 201}"}, "it has 201 characters; shorten it to 200, or part its values by '|'"),
        ({"year": "ninety"}, "row 2, column year: 'ninety' is not usable: give a whole number from -3000 to 2100"),
        ({"year": "9" * 400}, "is not usable: give a whole number from -3000 to 2100, or leave it empty"),
        ({"year": "2101"}, "'2101' is not usable"), ({"year": 1995.5}, "'1995.5' is not usable"),
        ({"runtime_min": "0"}, "row 2, column runtime_min: '0' is not usable: give a whole number from 1 to 100000"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_row_column_value_and_remedy(row: dict[str, object], problem: str) -> None:
    (told,) = problems(row)
    assert problem in told


def test_everything_that_is_wrong_with_a_row_is_told_at_once() -> None:
    assert [problem.split(",")[1].split(":")[0] for problem in problems({"title": "", "year": "x", "pages": "y"})] == [
        " column year", " column pages", " column title",
    ]  # fmt: skip


def test_a_row_without_a_domain_is_refused_where_none_is_given() -> None:
    assert "say what it is, such as film or book, or give --domain" in problems({}, domain="")[0]
    assert read({"domain": "Film"}).domain == "film"


@pytest.mark.parametrize(
    ("value", "year"),
    [
        ("1995", 1995), (1995, 1995), (1995.0, 1995), ("1995-12-15", 1995), ("1995-12", 1995), ("1995 (UK)", 1995),
        ("-750", -750), ("", None), (float("nan"), None),
    ],
)  # fmt: skip
def test_a_year_is_read_from_numbers_and_dates(value: object, year: int | None) -> None:
    assert read({"year": value}).year == year


@pytest.mark.parametrize("item_id", ["007", "a/b/../c", "12345678901234567890", "数", "a  b", "z" * 200])
def test_an_id_stays_as_it_is_letter_by_letter(item_id: str) -> None:
    assert read({"item_id": item_id}).item_id == item_id


def test_numbers_may_be_ids_and_titles() -> None:
    item = read({"item_id": 7.0, "title": 1917})
    assert (item.item_id, item.title) == ("7", "1917")


def test_an_id_used_twice_and_one_that_is_taken_are_told_apart() -> None:
    reader = RowReader({}, "music", taken={"old"})
    assert isinstance(reader.read(2, ROW), Item)
    (twice,) = reader.read(5, ROW)  # type: ignore[misc]  # problems
    (taken,) = reader.read(6, {**ROW, "item_id": "old"})  # type: ignore[misc]  # problems
    assert twice == Problem(5, "item_id", "t1", "it is already used in row 2; give each item an id of its own")
    assert "the catalogue has this id already" in taken.remedy


def test_lists_people_and_single_values_are_parted_each_in_its_way() -> None:
    item = read(
        {
            "genres": "idm, ambient", "aliases": "The Good, the Bad", "country": "France, Japan",
            "language": ["English"],
            "authors": "King, Stephen", "artists": "Richard James, Tom Jenkinson", "cast": "A|B",
        }
    )  # fmt: skip
    assert (item.genres, item.aliases, item.country) == (("idm", "ambient"), ("The Good, the Bad",), "France")
    assert item.language == "English"
    assert item.people == {
        "author": ("King, Stephen",), "artist": ("Richard James", "Tom Jenkinson"), "cast": ("A", "B"),
    }  # fmt: skip


def test_a_value_that_is_not_of_its_columns_type_is_a_problem_of_its_row() -> None:
    reader = RowReader({"bpm": "number", "live": "boolean"}, "music")
    assert reader.read(2, {**ROW, "bpm": "123", "live": "no"}).extra == {"bpm": 123, "live": False}  # type: ignore[union-attr]  # an item
    (problem,) = reader.read(3, {**ROW, "item_id": "t2", "bpm": "fast"})  # type: ignore[misc]  # problems
    assert str(problem) == "row 3, column bpm: 'fast' is not usable: give a number or leave it empty"


@pytest.mark.parametrize(
    ("name", "kept"),
    [("Genre", "genre_column"), ("Item", "item_column"), ("Price (€)", "price"), ("类别", "类别"), ("!", "column")],
)
def test_a_column_is_kept_under_one_word_that_means_nothing_else(name: str, kept: str) -> None:
    assert column_name(name) == kept


def test_no_attribute_of_an_item_can_be_hidden_by_a_column() -> None:
    item = Item(item_id="x", domain="film", title="X", year=1990)
    for kind in item.attributes:
        assert column_name(kind) not in item.attributes or kind in CORE_COLUMNS
