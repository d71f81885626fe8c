import io
import json

import numpy as np
import pytest
from palate.eval.report import Goal, Metric, Report, Row, bootstrap
from rich.console import Console


@pytest.fixture
def report() -> Report:
    made = Report(
        command="palate-eval demo", version="0.1.0", protocol="eight ratings", seed=3, data={"name": "toy"},
        counts={"people": 2}, elapsed_s=1.23456,
        rows=[
            Row(name="before", k=0, metrics={"accuracy": Metric(value=0.5, low=0.25, high=0.75)}),
            Row(name="after", k=8, steps=3, metrics={"accuracy": Metric(value=0.75), "p50_ms": Metric(value=12.5)}),
        ],
    )  # fmt: skip
    made.add_goal("after", "accuracy", at_least=0.7, k=8)
    made.add_goal("after", "p50_ms", at_most=10, k=8)
    return made


def test_the_output_has_exactly_these_keys(report: Report) -> None:
    assert report.as_json() == {
        "command": "palate-eval demo",
        "version": "0.1.0",
        "protocol": "eight ratings",
        "seed": 3,
        "data": {"name": "toy"},
        "counts": {"people": 2},
        "rows": [
            {
                "name": "before",
                "k": 0,
                "steps": None,
                "metrics": {"accuracy": {"value": 0.5, "low": 0.25, "high": 0.75}},
            },
            {
                "name": "after",
                "k": 8,
                "steps": 3,
                "metrics": {
                    "accuracy": {"value": 0.75, "low": None, "high": None},
                    "p50_ms": {"value": 12.5, "low": None, "high": None},
                },
            },
        ],
        "goals": [
            {"row": "after", "metric": "accuracy", "k": 8, "at_least": 0.7, "met": True},
            {"row": "after", "metric": "p50_ms", "k": 8, "at_most": 10, "met": False},
        ],
        "elapsed_s": 1.23,
    }


def test_the_output_can_be_written_as_json(report: Report) -> None:
    assert json.loads(json.dumps(report.as_json(), allow_nan=False)) == report.as_json()


def test_the_interval_lies_around_the_mean() -> None:
    values = np.random.default_rng(1).normal(0.6, 0.2, size=50)
    found = bootstrap(values, seed=0)
    assert found.value == round(values.mean(), 4)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high


def test_the_interval_is_as_wide_as_theory_says() -> None:
    values = np.random.default_rng(1).normal(0.6, 0.2, size=400)
    found = bootstrap(values, seed=0)
    half = 1.96 * values.std() / np.sqrt(400)
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.1 * half)


def test_the_same_seed_gives_the_same_interval_and_another_one_another() -> None:
    values = np.random.default_rng(1).normal(size=20)
    assert bootstrap(values, seed=5) == bootstrap(values, seed=5) == bootstrap(list(values), seed=5)
    assert bootstrap(values, seed=5) != bootstrap(values, seed=6)


def test_one_value_is_its_own_interval() -> None:
    assert bootstrap([0.25], seed=0) == Metric(value=0.25, low=0.25, high=0.25)


@pytest.mark.parametrize(
    ("bounds", "met"),
    [
        ({"at_least": 0.7}, True),
        ({"at_least": 0.75}, True),
        ({"at_least": 0.76}, False),
        ({"at_most": 0.8}, True),
        ({"at_most": 0.75}, True),
        ({"at_most": 0.74}, False),
    ],
)
def test_a_goal_is_met_at_its_bound_and_beyond(report: Report, bounds: dict[str, float], met: bool) -> None:
    report.add_goal("after", "accuracy", k=8, **bounds)
    assert report.goals[-1] == Goal(row="after", metric="accuracy", k=8, met=met, **bounds)


def test_a_goal_of_nought_is_a_bound_too() -> None:
    goal = Goal(row="gain", metric="accuracy", at_least=0.0, met=True)
    assert goal.as_json() == {"row": "gain", "metric": "accuracy", "k": None, "at_least": 0.0, "met": True}


def test_a_goal_is_judged_by_the_row_of_its_k(report: Report) -> None:
    report.rows.append(Row(name="after", k=2, metrics={"accuracy": Metric(value=0.1)}))
    report.add_goal("after", "accuracy", at_least=0.5, k=2)
    assert not report.goals[-1].met


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="extra"):
        Metric(value=1.0, mean=1.0)  # type: ignore[call-arg]  # that is what is tested


def test_the_table_shows_rows_intervals_and_goals(report: Report) -> None:
    printed = io.StringIO()
    Console(width=120, file=printed).print(report.as_table())
    lines = [" ".join(line.replace("│", " ").replace("┃", " ").split()) for line in printed.getvalue().splitlines()]
    assert "palate-eval demo" in lines
    assert "row k steps accuracy p50_ms" in lines
    assert "before 0 0.500 [0.250, 0.750]" in lines
    assert "after 8 3 0.750 12.500" in lines
    assert "eight ratings; 2 people; seed 3; 1.2 s" in lines
    assert "met: after accuracy at least 0.7" in lines
    assert "MISSED: after p50_ms at most 10" in lines
