import csv
from collections import Counter
from dataclasses import fields, replace
from pathlib import Path

import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import DataError
from palate.retrieval.items import Item
from palate.retrieval.schema import REQUIRED_COLUMNS

HEAT = {
    "item_id": "heat-1995", "domain": "film", "title": "Heat", "year": "1995", "genres": "crime| drama |",
    "directors": "Michael Mann", "cast": "Al Pacino|Robert De Niro", "runtime_min": "170",
    "synopsis": "A heist, watched.",
}  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "films.csv"


@pytest.fixture(scope="module")
def embedded() -> Catalog:
    return Catalog.embedded()


def write(path: Path, *rows: dict[str, str], columns: tuple[str, ...] = REQUIRED_COLUMNS) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        Catalog.load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_row_becomes_an_item(path: Path) -> None:
    assert list(Catalog.load(write(path, HEAT))) == [
        Item(
            item_id="heat-1995", domain="film", title="Heat", original_title="Heat", year=1995,
            genres=("crime", "drama"), runtime_min=170, synopsis="A heist, watched.",
            people={"director": ("Michael Mann",), "cast": ("Al Pacino", "Robert De Niro")},
        )
    ]  # fmt: skip


@pytest.mark.parametrize("column", REQUIRED_COLUMNS)
def test_a_missing_column_is_named(path: Path, column: str) -> None:
    write(path, HEAT, columns=tuple(name for name in REQUIRED_COLUMNS if name != column))
    assert refusal(path) == f"catalogue films.csv: the column '{column}' is missing; add it (it may be empty)"


def test_an_unknown_column_is_named(path: Path) -> None:
    write(path, HEAT, columns=(*REQUIRED_COLUMNS, "generes"))
    assert refusal(path) == (
        "catalogue films.csv: unknown column 'generes'; remove it or correct its name, or make a catalogue of your own "
        "columns: palate catalog build films.csv"
    )


def test_a_column_that_is_there_twice_is_named(path: Path) -> None:
    write(path, HEAT, columns=(*REQUIRED_COLUMNS, "genres"))
    assert refusal(path) == f"{path}, row 1: the column 'genres' is there 2 times; rename or remove one"


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("year", "ninety", "give a whole number from -3000 to 2100, or leave it empty"),
        ("year", "2101", "give a whole number from -3000 to 2100"),
        ("runtime_min", "0", "give a whole number from 1 to 100000"), ("item_id", "", "give every item an id"),
        ("item_id", "x" * 201, "it has 201 characters; shorten it to 200"), ("title", "", "give every item a title"),
        ("domain", "", "say what it is, such as film or book"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named_with_row_and_column(path: Path, column: str, value: str, problem: str) -> None:
    message = refusal(write(path, {**HEAT, "item_id": "other"}, {**HEAT, column: value}))
    assert message.startswith(f"catalogue films.csv, row 3, column {column}: '{value[:60]}' is not usable: ")
    assert problem in message


def test_an_id_used_twice_is_named_with_both_rows(path: Path) -> None:
    assert refusal(write(path, HEAT, {**HEAT, "item_id": "other"}, HEAT)) == (
        "catalogue films.csv, row 4, column item_id: 'heat-1995' is not usable: it is already used in row 2; "
        "give each item an id of its own"
    )


@pytest.mark.parametrize(("tail", "place"), [(",surplus", "synopsis: '17"), ("", "original_title: '3")])
def test_a_row_with_too_many_or_too_few_fields_is_named(path: Path, tail: str, place: str) -> None:
    text = write(path, HEAT).read_text(encoding="utf-8")
    path.write_text(f"{text}a,film,A{',' * (len(REQUIRED_COLUMNS) - 3) if tail else ''}{tail}\n", encoding="utf-8")
    assert refusal(path) == (
        f"catalogue films.csv, row 3, column {place} fields' is not usable: there are 16 columns; "
        "put quotation marks around a value that holds the separator"
    )


def test_a_file_without_rows_is_refused(path: Path) -> None:
    assert refusal(write(path)) == f"{path} has a header and no rows; add at least one row"


def test_an_empty_file_is_refused(path: Path) -> None:
    path.touch()
    assert refusal(path) == f"{path} is empty; give a file with a header line and rows"


def test_a_file_that_is_not_utf_8_is_refused_with_a_remedy(path: Path) -> None:
    text = write(path, {**HEAT, "title": "Amélie"}).read_text(encoding="utf-8")
    path.write_bytes(text.encode("latin-1"))
    assert refusal(path).endswith("is not utf-8; save the file as UTF-8")


def test_a_byte_order_mark_is_no_part_of_the_header(path: Path) -> None:
    text = write(path, HEAT).read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8-sig")
    assert "heat-1995" in Catalog.load(path)


def test_a_missing_file_and_a_folder_are_told_apart(path: Path, tmp_path: Path) -> None:
    assert refusal(path) == f"{path} does not exist; give the path of a file"
    assert refusal(tmp_path) == (
        f"catalogue {tmp_path} is a folder without catalog.json; give a folder that 'palate catalog build' wrote, "
        "or a CSV file"
    )


def test_ids_and_positions_agree(small_catalog: Catalog) -> None:
    assert [small_catalog.position(item.item_id) for item in small_catalog] == list(range(len(small_catalog)))
    assert small_catalog.at(2) is small_catalog["emma-1996"]


def test_an_unknown_id_is_named(small_catalog: Catalog) -> None:
    with pytest.raises(DataError, match="no item has the id 'nothing'"):
        small_catalog["nothing"]


def test_the_same_id_twice_is_refused_without_a_file_too() -> None:
    item = Item(item_id="x", domain="film", title="X")
    with pytest.raises(DataError, match="an item_id twice"):
        Catalog([item, item])


def test_vocabulary_counts_values_commonest_first(small_catalog: Catalog) -> None:
    assert list(small_catalog.vocabulary("genre").items()) == [
        ("comedy", 3), ("romance", 3), ("science fiction", 3), ("action", 1), ("drama", 1), ("horror", 1),
    ]  # fmt: skip


def test_the_same_content_has_the_same_hash(path: Path, small_catalog: Catalog) -> None:
    assert Catalog.load(write(path, HEAT)).sha256 == Catalog.load(path).sha256
    assert Catalog(list(small_catalog)).sha256 == small_catalog.sha256


@pytest.mark.parametrize("field", [field.name for field in fields(Item)])
def test_a_change_of_any_field_changes_the_hash(field: str) -> None:
    item = Item(item_id="x", domain="film", title="X", year=1990, people={"cast": ("Ada",)})
    old = getattr(item, field)
    new = {"director": ("Ada",)} if field == "people" else ("new",) if isinstance(old, tuple) else 7
    changed = replace(item, **{field: "new" if isinstance(old, str) else new})
    assert Catalog([changed]).sha256 != Catalog([item]).sha256


def test_the_order_of_the_items_is_part_of_the_hash(small_catalog: Catalog) -> None:
    assert Catalog(reversed(list(small_catalog))).sha256 != small_catalog.sha256


def test_every_embedded_item_has_what_the_conversation_needs(embedded: Catalog) -> None:
    assert embedded.domains["film"] >= 1_000
    assert embedded.domains["book"] >= 500
    assert [i.item_id for i in embedded if not (i.year and i.genres and i.makers and i.language)] == []
    assert [i.item_id for i in embedded if not (i.moods and i.themes)] == []
    assert [i.item_id for i in embedded if i.domain == "film" and not i.runtime_min] == []


def test_every_embedded_item_has_a_synopsis_of_60_to_240_characters(embedded: Catalog) -> None:
    assert {i.item_id: len(i.synopsis) for i in embedded if not 60 <= len(i.synopsis) <= 240} == {}


@pytest.mark.parametrize("field", ["item_id", "synopsis", "movielens_id"])
def test_nothing_stands_twice_in_the_embedded_catalogue(embedded: Catalog, field: str) -> None:
    counts = Counter(value for item in embedded if (value := getattr(item, field)))
    assert [value for value, count in counts.items() if count > 1] == []


def test_no_two_embedded_items_of_a_domain_have_the_same_label(embedded: Catalog) -> None:
    counts = Counter((item.domain, item.label.casefold()) for item in embedded)
    assert [label for label, count in counts.items() if count > 1] == []
