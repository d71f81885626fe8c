import json
from pathlib import Path

import pytest
from palate.eval.cli import run, with_json_value
from palate.eval.cli_app import publish
from palate.eval.first_look import read_tastes
from palate.eval.report import Metric, Report, Row
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import DataError, EnvironmentProblem
from palate.retrieval.titles import TitleLinker

TASTE = {"name": "x", "loved": ["a"], "hated": ["b"], "held_back_loved": ["c"], "held_back_hated": ["d"]}
REPORT = Report(command="demo", protocol="é", seed=0, rows=[Row(name="r", metrics={"m": Metric(value=1.0)})])


@pytest.mark.parametrize(
    ("given", "filled"),
    [
        (["latency"], ["latency"]),
        (["latency", "--json"], ["latency", "--json", "-"]),
        (["latency", "--json", "out.json"], ["latency", "--json", "out.json"]),
        (["latency", "--json", "--seed", "1"], ["latency", "--json", "-", "--seed", "1"]),
        (["latency", "--json", "-"], ["latency", "--json", "-"]),
        (["latency", "--json=out.json"], ["latency", "--json=out.json"]),
        ([], []),
    ],
)
def test_json_without_a_file_means_standard_output(given: list[str], filled: list[str]) -> None:
    assert with_json_value(given) == filled


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"hello", "tastes tastes.jsonl, line 1: Expecting value"),
        (b'\n{"name": "x"}', "tastes tastes.jsonl, line 2: 4 validation errors"),
        (json.dumps({**TASTE, "loved": []}).encode(), "line 1: 1 validation error"),
        (json.dumps({**TASTE, "mood": "odd"}).encode(), "line 1: 1 validation error"),
        (b"[" * 100_000, "line 1: maximum recursion depth exceeded"),
        (b"\n", "holds no taste; write one JSON object a line"),
    ],
)
def test_a_bad_tastes_file_is_exit_code_3_before_a_model_is_loaded(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "tastes.jsonl"
    if content is not None:
        path.write_bytes(content)
    assert run(["first-look", "--tastes", str(path)]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["sing"], ["latency", "--turns", "0"], ["latency", "--louder"], ["melu"]])
def test_a_wrong_call_is_exit_code_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_help_is_exit_code_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    assert "first-look" in capsys.readouterr().out


def test_debug_shows_where_it_happened(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        run(["first-look", "--tastes", str(tmp_path / "none"), "--debug"])


def test_the_shipped_tastes_name_each_title_once_and_all_are_known() -> None:
    linker = TitleLinker(Catalog.embedded())
    for taste in read_tastes(None):
        titles = [*taste.loved, *taste.hated, *taste.held_back_loved, *taste.held_back_hated]
        found = [linker.resolve(title) for title in titles]
        assert None not in found, taste.name
        assert len({match.item_id for match in found if match}) == len(titles), taste.name


def test_a_report_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    publish(REPORT, "-")
    out = capsys.readouterr().out
    assert json.loads(out) == REPORT.as_json()
    assert "é" in out


def test_a_report_is_written_as_json_into_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    publish(REPORT, str(tmp_path / "out.json"))
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8")) == REPORT.as_json()
    assert capsys.readouterr().out == ""


def test_a_report_is_printed_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    publish(REPORT, None)
    out = capsys.readouterr().out
    assert "demo" in out
    assert "1.000" in out
    assert "\x1b" not in out


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="cannot write"):
        publish(REPORT, str(tmp_path / "none" / "out.json"))
