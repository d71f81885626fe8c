import json
from pathlib import Path

import pytest
from palate.retrieval.catalog_source import CatalogSource, SourceReport
from palate.retrieval.errors import DataError
from palate.retrieval.items import Item


def write(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def items(source: CatalogSource) -> list[Item]:
    report = SourceReport()
    found = list(source.items(report))
    assert report.problems == []
    return found


def test_any_table_with_an_id_and_a_title_becomes_items_with_typed_attributes(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "SKU,Name,Artist,Price,Vinyl,Formats,Description\n"
        "7,Selected Works,Aphex Twin,9.50,yes,LP|CD,Ambient pieces.\n"
        "8,Homework,Daft Punk,12,no,CD,House music.\n",
    )
    source = CatalogSource(path)
    assert source.types == {"price": "number", "vinyl": "boolean", "formats": "list"}
    first, second = items(source)
    assert (first.item_id, first.title, first.domain, first.synopsis) == (
        "7",
        "Selected Works",
        "music",
        "Ambient pieces.",
    )
    assert first.people == {"artist": ("Aphex Twin",)}
    assert first.extra == {"price": 9.5, "vinyl": True, "formats": ("LP", "CD")}
    assert second.extra == {"price": 12, "vinyl": False, "formats": ("CD",)}


def test_a_mapping_wins_over_what_is_guessed_and_may_use_any_known_name(tmp_path: Path) -> None:
    path = write(tmp_path, "id,title,label,made\n1,Loser,Beck,1994\n")
    source = CatalogSource(path, mapping={"name": "label", "artist": "title", "year": "made"}, domain="music")
    (item,) = items(source)
    assert source.mapping == {"item_id": "id", "title": "label", "artists": "title", "year": "made"}
    assert (item.title, item.people, item.year, item.extra) == ("Beck", {"artist": ("Loser",)}, 1994, {})


def test_one_column_may_serve_as_id_and_title(tmp_path: Path) -> None:
    path = write(tmp_path, "city,people\nRome,3\nOslo,1\n")
    source = CatalogSource(path, mapping={"item_id": "city", "title": "city"}, domain="city")
    assert [(item.item_id, item.title, item.extra) for item in items(source)] == [
        ("Rome", "Rome", {"people": 3}), ("Oslo", "Oslo", {"people": 1}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "mapping", "message"),
    [
        ("a,b\n1,2\n", {}, "no column looks like the id of an item; say which one it is with --map item_id=COLUMN"),
        ("id,b\n1,2\n", {}, "no column looks like the title of an item; say which one it is with --map title="),
        ("id,b\n1,2\n", {"title": "Name"}, "--map title=Name: table.csv has no column 'Name'; it has: id, b"),
        ("", {}, "is empty"), ("id,title\n", {}, "has a header and no rows"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_understood_is_refused_with_the_remedy(
    tmp_path: Path, text: str, mapping: dict[str, str], message: str
) -> None:
    with pytest.raises(DataError) as caught:
        CatalogSource(write(tmp_path, text), mapping=mapping)
    assert message in str(caught.value)


def test_columns_called_like_attributes_or_each_other_are_kept_apart(tmp_path: Path) -> None:
    header = "id,title,Genre,genres,people,numbers,extra,item,decade,Price,price,Title 2"
    path = write(tmp_path, f"{header}\n1,A,rock,pop,Bob,5,x,q,1990s,1,2,B\n")
    (item,) = items(CatalogSource(path, mapping={"title": "Title 2"}))
    assert (item.title, item.genres) == ("B", ("pop",))
    assert item.extra == {
        "title_column": ("A",), "genre_column": ("rock",), "people": ("Bob",), "numbers_column": 5, "extra": ("x",),
        "item_column": ("q",), "decade_column": ("1990s",), "price": 1, "price_2": 2,
    }  # fmt: skip


def test_years_are_taken_from_titles_only_where_most_titles_end_in_one(tmp_path: Path) -> None:
    dated = items(CatalogSource(write(tmp_path, 'id,title\n1,Heat (1995)\n2,"Matrix, The (1999)"\n')))
    assert [(item.title, item.year) for item in dated] == [("Heat", 1995), ("The Matrix", 1999)]
    undated = items(CatalogSource(write(tmp_path, "id,title\n1,Heat (1995)\n2,Blade Runner\n")))
    assert [(item.title, item.year) for item in undated] == [("Heat (1995)", None), ("Blade Runner", None)]


def test_addresses_codes_and_empty_columns_are_told_and_not_carried(tmp_path: Path) -> None:
    rows = "".join(f"{n},T{n},https://a.example/{n},x{n},\n" for n in range(30))
    source = CatalogSource(write(tmp_path, f"id,title,poster,code,nothing\n{rows}"))
    assert source.types == {"poster": "identifier", "code": "identifier", "nothing": "empty"}
    assert all(item.extra == {} for item in items(source))


def test_every_bad_row_is_reported_and_the_others_are_used(tmp_path: Path) -> None:
    path = write(tmp_path, "id,title,year\n1,A,1990\n1,B,\n2,,ninety\n3\n4,D,\n")
    report = CatalogSource(path).check()
    assert (report.n_rows, report.n_items, report.n_bad, report.domains) == (5, 2, 3, {"item": 2})
    assert [(problem.row, problem.column) for problem in report.problems] == [
        (3, "item_id"), (4, "year"), (4, "title"), (5, "title"),
    ]  # fmt: skip
    assert report.missing == {"year": 1, "genres": 2, "synopsis": 2}


def test_one_odd_value_in_a_column_of_numbers_is_hinted_at(tmp_path: Path) -> None:
    rows = "".join(f"{n},T{n},{n}.5\n" for n in range(9))
    source = CatalogSource(write(tmp_path, f"id,title,price\n{rows}9,T9,free\n"))
    assert source.hints == ["price is taken as category, though it nearly always holds a number: 'free' is none"]


def test_types_of_the_catalogue_hold_for_what_is_added(tmp_path: Path) -> None:
    source = CatalogSource(write(tmp_path, "id,title,price,label\n1,A,free,x\n2,B,3,y|z\n"))
    report = SourceReport()
    (item,) = source.items(report, taken={"9"}, known={"price": "number", "label": "category"})
    assert item.extra == {"price": 3, "label": ("y", "z")}
    assert str(report.problems[0]) == "row 2, column price: 'free' is not usable: give a number or leave it empty"


def test_several_domains_may_stand_in_one_table(tmp_path: Path) -> None:
    report = CatalogSource(write(tmp_path, "id,title,domain\n1,A,Film\n2,B,book\n3,C,\n"), domain="music").check()
    assert report.domains == {"film": 1, "book": 1, "music": 1}


def test_json_lines_may_lack_keys_and_hold_lists_and_lone_surrogates(tmp_path: Path) -> None:
    lines = [{"id": 1, "title": "A\ud800B", "tags": ["x", {"name": "y"}]}, {"id": 2.0, "title": 1917, "price": 3}]
    source = CatalogSource(write(tmp_path, "\n".join(map(json.dumps, lines)), "table.jsonl"))
    assert [(item.item_id, item.title, item.themes, item.extra) for item in items(source)] == [
        ("1", "A B", ("x", "y"), {}), ("2", "1917", (), {"price": 3}),
    ]  # fmt: skip


def test_language_codes_become_names(tmp_path: Path) -> None:
    (item,) = items(CatalogSource(write(tmp_path, "id,title,lang\n1,A,fr\n")))
    assert item.language == "French"


def test_three_hundred_columns_are_three_hundred_columns(tmp_path: Path) -> None:
    header = ",".join(f"c{n}" for n in range(298))
    values = ",".join(str(n) for n in range(298))
    (item,) = items(CatalogSource(write(tmp_path, f"id,title,{header}\n1,A,{values}\n")))
    assert item.extra == {f"c{n}": n for n in range(298)}
