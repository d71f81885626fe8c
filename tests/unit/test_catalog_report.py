from pathlib import Path

import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.catalog_report import (
    Finding,
    check_catalog,
    count_catalog,
    count_lines,
    source_lines,
    source_report,
)
from palate.retrieval.catalog_source import CatalogSource
from palate.retrieval.items import Item


def item(item_id: str, title: str, **fields: object) -> Item:
    return Item(item_id=item_id, domain=str(fields.pop("domain", "film")), title=title, **fields)  # type: ignore[arg-type]  # fields of an item


def findings(*items: Item) -> list[Finding]:
    return check_catalog(Catalog(items))


def test_the_embedded_catalogue_is_clean() -> None:
    assert check_catalog(Catalog.embedded()) == []


def test_counts_have_the_promised_keys_and_add_up() -> None:
    catalog = Catalog.embedded()
    counts = count_catalog(catalog)
    assert set(counts) >= {
        "domains", "decades", "countries", "non_english", "documentary", "animation", "young_children",
        "with_movielens_id",
    }  # fmt: skip
    assert counts["domains"] == catalog.domains
    assert set(catalog.domains) == {"film", "book"}
    assert counts["items"] == len(catalog) == sum(catalog.domains.values())
    assert counts["with_movielens_id"] == sum(item.movielens_id is not None for item in catalog)


def test_counts_are_right_for_a_catalogue_that_can_be_counted_by_hand() -> None:
    counts = count_catalog(
        Catalog(
            [
                item("a", "A", year=1991, country="France", language="French", genres=("documentary",)),
                item("b", "B", year=1999, country="France", language="english", genres=("animation",)),
                item("c", "C", domain="book", year=850, themes=("young children",), movielens_id=7),
            ]
        )
    )
    by_domain = counts.pop("by_domain")
    assert counts == {
        "items": 3, "domains": {"film": 2, "book": 1}, "decades": {"1990s": 2}, "countries": 1, "non_english": 1,
        "documentary": 1, "animation": 1, "young_children": 1, "with_movielens_id": 1,
    }  # fmt: skip
    assert by_domain["book"]["with_movielens_id"] == 1  # type: ignore[index]  # a dict by domain
    assert "decades: none" in "\n".join(count_lines(counts | {"decades": {}}))


@pytest.mark.parametrize(
    ("items", "severity", "text"),
    [
        ((item("a", "Emma", year=1996), item("b", "EMMA", year=1996)), "error", "called 'Emma (1996)': a, b; keep one"),
        ((item("a", "A", synopsis="Same."), item("b", "B", synopsis="Same.")), "error", "a and b have the same syno"),
        ((item("a", "A", year=2099),), "error", "a: its year 2099 lies far in the future; correct it"),
        ((item("a", "A", synopsis="<b>bold</b>"),), "warning", "a: its synopsis holds HTML"),
        ((item("a", "<i>A</i>"),), "warning", "a: its title holds HTML"),
        ((item("a", "A", synopsis="x" * 601),), "warning", "only the first 600 of 601 characters of its synopsis"),
        ((item("a", "A", genres=("sci-fi",)), item("b", "B", genres=("Sci Fi",))), "warning", "is spelled in 2 ways"),
    ],
)  # fmt: skip
def test_what_looks_wrong_is_found(items: tuple[Item, ...], severity: str, text: str) -> None:
    (found,) = findings(*items)
    assert found.severity == severity
    assert text in found.text


def test_what_only_looks_alike_is_left_alone() -> None:
    assert findings(
        item("a", "Emma", year=1996, people={"director": ("Douglas McGrath",)}, synopsis="5 < 6 and 7 > 6"),
        item("b", "Emma", year=1996, people={"director": ("Diarmuid Lawrence",)}),
        item("c", "Emma", year=1996, domain="book"), item("d", "D", genres=("war",)), item("e", "E", genres=("WAR",)),
    ) == []  # fmt: skip


def test_a_dry_run_is_told_as_values_and_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("sku,name,price\n1,A,2\n2,,3\n")
    source = CatalogSource(path, domain="music")
    report = source.check()
    told = source_report(source, report)
    assert (told["rows"], told["usable"], told["bad"], told["domains"]) == (2, 1, 1, {"music": 1})
    assert (told["mapping"], told["columns"]) == ({"item_id": "sku", "title": "name"}, {"price": "number"})
    assert told["problems"] == [
        {"row": 3, "column": "title", "value": "", "remedy": "it is empty; give every item a title"}
    ]
    assert source_lines(source, report) == [
        "2 rows, 1 usable (1 music), 1 bad", "columns: item_id from sku, title from name", "attributes: price (number)",
        "1 without year, 1 without genres, 1 without synopsis",
    ]  # fmt: skip
