import json
from pathlib import Path

import pytest
from palate.bot import catalog_cli
from palate.bot.catalog_view import Found, describe
from palate.bot.cli import run
from palate.retrieval.catalog import Catalog
from palate.retrieval.encoder import Encoder
from palate.retrieval.items import Item
from palate.retrieval.query import Constraints, RecQuery

GOOD = "sku,name,price\n1,Space,3\n2,Crime,4\n"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word_encoder: Encoder) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PALATE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(catalog_cli, "_encoder", lambda home: word_encoder)
    Path("good.csv").write_text(GOOD)
    Path("bad.csv").write_text("sku,name,year\n1,Space,\n1,Crime,\n2,,ninety\n")


def test_a_built_catalogue_is_told_and_can_be_looked_into(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["catalog", "build", "good.csv", "--out", "out", "--domain", "Music"]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0] == "2 rows, 2 usable (2 music), 0 bad"
    assert printed.out.splitlines()[-2:] == ["built out: 2 items", "chat with it: palate chat --catalog out"]
    assert "reading rows: 2 of 2" in printed.err
    assert run(["catalog", "info", "--catalog", "out", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["domains"] == {"music": 2}
    assert run(["catalog", "check", "--catalog", "out"]) == 0
    assert capsys.readouterr().out == "clean\n"


def test_without_out_a_catalogue_goes_to_the_home_under_the_name_of_its_file(tmp_path: Path) -> None:
    assert run(["catalog", "build", "good.csv", "--json"]) == 0
    assert len(Catalog.load(tmp_path / "home" / "catalogs" / "good")) == 2


def test_json_of_a_build_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["catalog", "build", "good.csv", "--out", "out", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "catalog": "out", "count": 2, "domains": {"item": 2}, "columns": {"price": "number"}, "left_out": 0,
        "resumed": False,
    }  # fmt: skip


def test_a_dry_run_lists_every_bad_row_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = set(tmp_path.iterdir())
    assert run(["catalog", "build", "bad.csv", "--out", "out", "--dry-run"]) == 3
    assert capsys.readouterr().out.splitlines() == [
        "3 rows, 1 usable (1 item), 2 bad", "columns: item_id from sku, title from name, year from year",
        "1 without year, 1 without genres, 1 without synopsis",
        "row 3, column item_id: '1' is not usable: it is already used in row 2; give each item an id of its own",
        "row 4, column year: 'ninety' is not usable: give a whole number from -3000 to 2100, or leave it empty",
        "row 4, column title: '' is not usable: it is empty; give every item a title",
    ]  # fmt: skip
    assert set(tmp_path.iterdir()) == before
    assert run(["catalog", "build", "bad.csv", "--dry-run", "--skip-bad", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(problem["row"], problem["column"]) for problem in told["problems"]] == [
        (3, "item_id"), (4, "year"), (4, "title"),
    ]  # fmt: skip
    assert run(["catalog", "build", "good.csv", "--dry-run"]) == 0


def test_a_dry_run_has_no_longest_list(capsys: pytest.CaptureFixture[str]) -> None:
    Path("many.csv").write_text("id,title\n" + "1,\n" * 3_000)
    assert run(["catalog", "build", "many.csv", "--dry-run"]) == 3
    assert sum("column title: ''" in line for line in capsys.readouterr().out.splitlines()) == 3_000


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["bad.csv", "--out", "out"], 3, "bad.csv: 2 of 3 rows cannot be used: row 3, column item_id: '1'"),
        (["none.csv", "--out", "out"], 3, "none.csv"),
        (["good.csv", "--out", "bad.csv"], 3, "bad.csv is a file; give a folder"),
        (["good.csv", "--out", "."], 3, "is a folder with other files; give a new or empty folder"),
        (["good.csv", "--out", "/"], 3, "is the root of the file system"),
        (["good.csv", "--out", "bad.csv/out"], 4, "cannot write"),
        (["good.csv", "--out", "out", "--map", "title"], 3, "--map title is not usable; give CATALOGUE_COLUMN="),
        (["good.csv", "--out", "out", "--map", "title=Nom"], 3, "has no column 'Nom'; it has: sku, name, price"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_line_with_its_code_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    before = {path.name for path in tmp_path.iterdir()}
    assert run(["catalog", "build", *arguments]) == code
    told = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("reading rows")]
    assert len(told) == 1
    assert message in told[0]
    assert {path.name for path in tmp_path.iterdir()} == before


def test_items_are_added_and_removed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("more.csv").write_text("sku,name\n7,Paris\n1,Space\n")
    assert run(["catalog", "build", "good.csv", "--out", "out"]) == 0
    capsys.readouterr()
    assert run(["catalog", "add", "out", "more.csv", "--dry-run"]) == 3
    assert "row 3, column item_id: '1' is not usable: the catalogue has this id already" in capsys.readouterr().out
    assert run(["catalog", "add", "out", "more.csv", "--skip-bad", "--domain", "city"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "out: 1 added, 3 items now"
    assert run(["catalog", "remove", "out", "1", "2"]) == 0
    assert capsys.readouterr().out == "out: 2 removed, 1 items left\n"
    assert Catalog.load(Path("out")).domains == {"city": 1}
    assert run(["catalog", "remove", "out", "9"]) == 3
    assert "no item has the id '9'" in capsys.readouterr().err


def test_a_catalogue_with_errors_is_told_with_code_3(capsys: pytest.CaptureFixture[str]) -> None:
    Path("twice.csv").write_text("id,title\n1,Emma\n2,Emma\n")
    assert run(["catalog", "build", "twice.csv", "--out", "out"]) == 0
    capsys.readouterr()
    assert run(["catalog", "check", "--catalog", "out"]) == 3
    assert capsys.readouterr().out == "error: 2 of the domain item are called 'Emma': 1, 2; keep one\n"
    assert run(["catalog", "check", "--catalog", "out", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["errors"] == 1


def test_info_without_a_catalogue_is_of_the_embedded_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["catalog", "info", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["domains"]) == {"film", "book"}


class FakeView:
    """Finds the same two items for everything."""

    items = (
        Item(item_id="a", domain="film", title="A", year=1990, genres=("war",)),
        Item(item_id="b", domain="film", title="B"),
    )

    def search(self, text: str, n: int, *, domain: str = "") -> Found:
        return Found(tuple((item, 0.5) for item in self.items[:n]), f"{domain} of {text}")

    def similar(self, name: str, n: int) -> tuple[Item, list[tuple[Item, float, tuple[str, ...]]]]:
        return self.items[0], [(self.items[1], 0.25, ("both are short",))][:n]


def test_what_is_found_is_told_as_lines_and_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(catalog_cli, "_view", lambda catalog, home: FakeView())
    assert run(["catalog", "search", "wars", "--n", "1", "--domain", "film"]) == 0
    assert capsys.readouterr().out == "understood: film of wars\n  1. A (1990) · war\n"
    assert run(["catalog", "search", "wars", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["items"][0] == {"item_id": "a", "domain": "film", "title": "A", "year": 1990, "score": 0.5}
    assert run(["catalog", "similar", "A"]) == 0
    assert capsys.readouterr().out == "like A (1990):\n  1. B\n     both are short\n"
    assert run(["catalog", "similar", "A", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["item"]["item_id"], told["items"][0]["because"]) == ("a", ["both are short"])


def test_every_constraint_is_described() -> None:
    held = Constraints(
        domain="film", genres_all=("war",), people_any=("Ada", "Bo"), languages_none=("English",), year_min=1990,
        runtime_max=100, pages_min=1, pages_max=2, years_none=((1980, 1989),), ranges=(("price", None, 1_250_000.0),),
        attributes_all=(("record_label", "Warp"),), attributes_none=(("record_label", "EMI"),),
    )  # fmt: skip
    assert describe(RecQuery(constraints=held, wanted=(("mood", "sad"), ("mood", "dark")))) == (
        "film; genre war; record label Warp; person Ada or Bo; no language English; no record label EMI; "
        "year at least 1990; runtime at most 100; pages from 1 to 2; price at most 1250000; not from 1980 to 1989; "
        "preferably sad, dark"
    )
    assert describe(RecQuery()) == ""
