import json
import sys
from pathlib import Path

import numpy as np
import pytest
from palate.eval import index_bench
from palate.eval.cli import run
from palate.eval.index_bench import index_bench as measure
from palate.eval.index_synthetic import Mixture
from palate.eval.index_truth import Truth, recalls
from palate.eval.report import Report
from palate.retrieval.vector_index import NumpyIndex

ROWS = ["exact", "hnsw", "chosen", "chosen_filter_10pct", "chosen_filter_1pct"]
METRICS = ["recall@100", "p50_ms", "p99_ms", "index_mb", "build_s"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    figure = tmp_path_factory.mktemp("figure") / "small.png"
    return measure(3000, 16, n_queries=20, seed=0, figure=figure)


def test_rows_and_metrics_are_these(report: Report) -> None:
    assert [row.name for row in report.rows] == ROWS
    assert all(list(row.metrics) == METRICS for row in report.rows)


def test_exact_search_finds_what_numpy_finds(report: Report) -> None:
    found = {row.name: row.metrics["recall@100"].value for row in report.rows}
    assert found["exact"] == found["chosen"] == found["chosen_filter_1pct"] == 1.0  # 3000 items are searched exactly
    assert 0.9 < found["hnsw"] <= 1.0


def test_the_size_is_that_of_the_file(report: Report) -> None:
    sizes = {row.name: row.metrics["index_mb"].value for row in report.rows}
    assert sizes["exact"] == pytest.approx(3000 * 16 * 4 / 1e6, abs=0.05)
    assert sizes["hnsw"] > sizes["exact"]


def test_every_goal_is_judged(report: Report) -> None:
    goals = {(goal.row, goal.metric) for goal in report.goals}
    assert {("chosen", metric) for metric in METRICS} <= goals
    assert {(row, "recall@100") for row in ROWS[2:]} <= goals
    assert {(row, "p50_ms") for row in ROWS[2:]} <= goals


def test_the_figure_is_a_picture(report: Report) -> None:
    assert Path(report.data["figure"]).read_bytes().startswith(b"\x89PNG")


def test_the_same_seed_draws_the_same_and_another_another() -> None:
    first, again, other = (Mixture(5000, 8, seed=seed).draw(100) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_vectors_have_length_one_and_lie_in_clusters_that_touch() -> None:
    vectors = Mixture(20_000, 384, seed=0).draw(3000)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    nearest = np.sort(cosines, axis=1)[:, ::-1]
    assert 0.4 < np.median(nearest[:, 0]) < 0.6
    assert abs(np.median(cosines)) < 0.1


def test_blocks_hold_as_many_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("palate.eval.index_synthetic.BLOCK", 40)
    assert [len(block) for block in Mixture(100, 4, seed=0).blocks(100)] == [40, 40, 20]


def test_the_truth_of_blocks_is_the_truth_of_all() -> None:
    rng = np.random.default_rng(0)
    vectors, queries, mask = rng.normal(size=(90, 5)), rng.normal(size=(4, 5)), rng.random(90) < 0.5
    truth = Truth(queries.astype(np.float32), 10)
    for start in (0, 30, 60):
        part = slice(start, start + 30)
        truth.see(vectors[part].astype(np.float32), start, mask[part])
    index = NumpyIndex()
    index.build(vectors.astype(np.float32))
    np.testing.assert_array_equal(truth.ids, index.search(queries.astype(np.float32), 10, allowed=mask)[0])


def test_recall_counts_what_is_missing() -> None:
    assert recalls(np.array([[1, 2, 9]]), np.array([[2, 3, -1]])) == [0.5]


def test_the_command_prints_json_alone_and_the_figure_beside(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["index", "--items", "500", "--dim", "8", "--queries", "5", "--json"]) == 0
    out, err = capsys.readouterr()
    assert [row["name"] for row in json.loads(out)["rows"]] == ROWS
    assert "figure: index-500x8.png" in err
    assert (tmp_path / "index-500x8.png").exists()


def test_a_figure_that_cannot_be_written_is_told_before_the_work(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["index", "--figure", str(tmp_path / "none" / "a.png")]) == 4
    assert capsys.readouterr().err.count("\n") == 1


def test_without_matplotlib_the_extra_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run(["index", "--figure", str(tmp_path / "a.png")]) != 0
    assert "palate[eval]" in capsys.readouterr().err


def test_a_filter_too_slow_or_too_blind_misses_its_goal(report: Report) -> None:
    worse = report.model_copy(deep=True)
    worse.goals.clear()
    latency = {row.name: row.metrics["p50_ms"] for row in worse.rows}
    latency["chosen_filter_1pct"].value = 3 * latency["chosen"].value + 1
    worse.rows[-1].metrics["recall@100"].value = 0.9
    index_bench._add_goals(worse)
    met = {(goal.row, goal.metric): goal.met for goal in worse.goals}
    assert not met["chosen_filter_1pct", "p50_ms"]
    assert not met["chosen_filter_1pct", "recall@100"]
    assert met["chosen", "recall@100"]
