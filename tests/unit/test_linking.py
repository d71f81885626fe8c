import csv
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from palate.eval.cli import run
from palate.eval.linking import linking
from palate.eval.linking_names import mistype
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import DataError
from palate.retrieval.items import Item
from palate.retrieval.titles import TitleLinker

HEADER = ("dialog_id", "text", "text_with_placeholder", "movies", "movie_dict")


@pytest.fixture
def catalog() -> Catalog:
    films = [("The Matrix", 1999), ("The Terminator", 1984), ("Heat", 1995), ("Alien", 1979), ("It", 2017),
             ("Dune", 1984), ("Dune", 2021)]  # fmt: skip
    return Catalog(Item(item_id=f"{t}-{y}", domain="film", title=t, year=y) for t, y in films)


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",").writerows([header, *rows])
    return path


def said(text: str, movies: str = "", listed: str = "{}", placed: str = "") -> tuple[str, ...]:
    return ("d1", text, placed or text, movies, listed)


def judged(catalog: Catalog, path: Path, *rows: tuple[str, ...]) -> Mapping[str, Mapping[str, float]]:
    report = linking(TitleLinker(catalog), catalog, write(path / "d.tsv", HEADER, rows), seed=0)
    return {row.name: {name: metric.value for name, metric in row.metrics.items()} for row in report.rows}


def test_precision_recall_and_f1_are_those_worked_out_by_hand(catalog: Catalog, tmp_path: Path) -> None:
    rows = judged(
        catalog, tmp_path,
        said("I loved The Matrix", "The Matrix (1999)"),
        said("I loved Heat"),
        said("an alien, it said", "Alien (1979)"),
    )  # fmt: skip
    found = {name: rows["titles"][name] for name in ("precision", "recall", "f1")}
    assert found == {"precision": 0.5, "recall": 0.5, "f1": 0.5}


def test_a_placeholder_stands_for_the_title_of_its_number(catalog: Catalog, tmp_path: Path) -> None:
    row = said("I loved Heat", "", "{'Alien (1979)': 0, 'Heat (1995)': 1}", "I loved [MOVIE_TITLE_1]")
    assert judged(catalog, tmp_path, row)["titles"]["f1"] == 1


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (said("yes, I did", "Alien (1979)"), "carried over from another turn"),
        (said("I loved Joker", "Joker (2019)"), "not in the catalogue"),
        (said("It stars somebody", "It (2017)"), "an everyday word"),
    ],
)
def test_a_noisy_label_is_left_out_but_counts_in_its_row(
    catalog: Catalog, tmp_path: Path, row: tuple[str, ...], why: str
) -> None:
    rows = judged(catalog, tmp_path, said("I loved Heat", "Heat (1995)"), row)
    assert rows["titles"]["recall"] == 1, why
    assert rows["labels as they are"]["recall"] == (1 if "Joker" in row[1] else 0.5)


def test_a_link_of_a_name_that_the_catalogue_has_of_another_year_only_is_not_judged(
    catalog: Catalog, tmp_path: Path
) -> None:
    rows = judged(catalog, tmp_path, said("I loved Heat", "Heat (1995)"), said("I loved Alien", "Alien (2024)"))
    assert rows["titles"]["precision"] == 1


def test_the_year_counts_in_a_row_of_its_own(catalog: Catalog, tmp_path: Path) -> None:
    rows = judged(catalog, tmp_path, said("I loved Dune", "Dune (1984)"))
    assert (rows["titles"]["f1"], rows["titles and years"]["f1"]) == (1, 0)


def test_names_are_resolved_after_each_error(catalog: Catalog, tmp_path: Path) -> None:
    data = write(tmp_path / "n.csv", ("movieId", "movieName"), [("1", "The Terminator (1984)"), ("2", "No (1900)")])
    report = linking(TitleLinker(catalog), catalog, data, seed=0)
    accuracy = {row.name: row.metrics["accuracy"].value for row in report.rows}
    assert report.counts["names that it lacks"] == 1
    assert [accuracy[name] for name in ("all", "no year", "lower case", "article dropped or moved")] == [1, 1, 1, 1]
    assert report.rows[0].metrics["names"].value == 5


def test_a_name_that_two_items_share_is_judged_apart_without_its_year(catalog: Catalog, tmp_path: Path) -> None:
    data = write(tmp_path / "n.csv", ("movieName",), [("Dune (1984)",), ("Dune (2021)",)])
    rows = {row.name: row.metrics for row in linking(TitleLinker(catalog), catalog, data, seed=0).rows}
    shared = rows["no year, name shared (not in all)"]
    assert (shared["accuracy"].value, shared["among_matches"].value) == (0.5, 1)
    assert rows["no year"]["names"].value == 0
    assert rows["lower case"]["accuracy"].value == 1


def test_a_typing_error_is_one_letter_and_the_same_with_the_same_seed() -> None:
    typed = [mistype("Crouching Tiger", np.random.default_rng(seed)) for seed in range(50)]
    assert typed == [mistype("Crouching Tiger", np.random.default_rng(seed)) for seed in range(50)]
    assert len(set(typed)) > 25
    assert all(abs(len(name) - 15) <= 1 and name != "Crouching Tiger" for name in typed)
    assert mistype("Up", np.random.default_rng(0)) == ""


def test_a_table_of_another_kind_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=re.escape("movieName (names)")):
        linking(TitleLinker(catalog), catalog, write(tmp_path / "x.csv", ("a",), [("b",)]), seed=0)


def test_the_command_prints_the_report_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data = write(tmp_path / "n.csv", ("movieName",), [("The Matrix (1999)",), ("Alien (1979)",)])
    assert run(["linking", "--data", str(data), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["rows"][0]["metrics"].keys() >= {"accuracy", "p50_ms", "p99_ms"}
    assert {goal["metric"] for goal in report["goals"]} == {"accuracy", "p50_ms", "p99_ms"}
