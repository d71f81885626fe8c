"""The one form of every evaluation's output: JSON for programs, a table for people, intervals by bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from rich.table import Table

N_BOOTSTRAP = 2000


class Metric(BaseModel):
    """A value with its 95 % interval; None where there is none."""

    model_config = ConfigDict(extra="forbid")

    value: float
    low: float | None = None
    high: float | None = None


class Row(BaseModel):
    """One row of the table."""

    model_config = ConfigDict(extra="forbid")

    name: str
    k: int | None = None
    steps: int | None = None
    metrics: dict[str, Metric]


class Goal(BaseModel):
    """What a metric was meant to reach, and whether it did."""

    model_config = ConfigDict(extra="forbid")

    row: str
    metric: str
    k: int | None = None
    at_least: float | None = None
    at_most: float | None = None
    met: bool

    def as_json(self) -> dict[str, Any]:
        """Return the goal with the one bound it has."""
        bound: Literal["at_least", "at_most"] = "at_least" if self.at_least is not None else "at_most"
        return {"row": self.row, "metric": self.metric, "k": self.k, bound: getattr(self, bound), "met": self.met}


class Report(BaseModel):
    """What an evaluation found."""

    model_config = ConfigDict(extra="forbid")

    command: str
    version: str = Field(default_factory=lambda: version("palate"))
    protocol: str
    seed: int
    data: dict[str, Any] = Field(default_factory=dict)
    counts: dict[str, int] = Field(default_factory=dict)
    rows: list[Row] = Field(default_factory=list)
    goals: list[Goal] = Field(default_factory=list)
    elapsed_s: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {**self.model_dump(exclude={"goals", "elapsed_s"}), "goals": [goal.as_json() for goal in self.goals],
                "elapsed_s": round(self.elapsed_s, 2)}  # fmt: skip

    def add_goal(
        self,
        row: str,
        metric: str,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
        k: int | None = None,
    ) -> None:
        """Add a goal with one of its bounds and judge it by the rows that are there."""
        found = next(r for r in self.rows if r.name == row and r.k == k).metrics[metric].value
        met = (at_least is None or found >= at_least) and (at_most is None or found <= at_most)
        self.goals.append(Goal(row=row, metric=metric, k=k, at_least=at_least, at_most=at_most, met=met))

    def as_table(self) -> Table:
        """Return the rows as a table, the goals in its caption."""
        names = list(dict.fromkeys(name for row in self.rows for name in row.metrics))
        met = [f"{'met' if goal.met else 'MISSED'}: {goal.row} {goal.metric} {_bound(goal)}" for goal in self.goals]
        counts = ", ".join(f"{n} {name}" for name, n in self.counts.items())
        caption = "\n".join([f"{self.protocol}; {counts}; seed {self.seed}; {self.elapsed_s:.1f} s", *met])
        table = Table("row", "k", "steps", *names, title=self.command, caption=caption)
        for row in self.rows:
            cells = [_cell(row.metrics.get(name)) for name in names]
            table.add_row(row.name, _blank(row.k), _blank(row.steps), *cells)
        return table


def bootstrap(values: Sequence[float] | NDArray[np.float64], *, seed: int) -> Metric:
    """Return the mean with its 95 % percentile interval over resampled units (users, dialogues, tastes).

    Examples:
        >>> bootstrap([1.0, 1.0], seed=0)
        Metric(value=1.0, low=1.0, high=1.0)
    """
    units = np.asarray(values, dtype=np.float64)
    picks = np.random.default_rng(seed).integers(len(units), size=(N_BOOTSTRAP, len(units)))
    low, high = np.quantile(units[picks].mean(axis=1), [0.025, 0.975])
    return Metric(value=round(float(units.mean()), 4), low=round(float(low), 4), high=round(float(high), 4))


def _cell(metric: Metric | None) -> str:
    if metric is None:
        return ""
    interval = "" if metric.low is None or metric.high is None else f" [{metric.low:.3f}, {metric.high:.3f}]"
    return f"{metric.value:.3f}{interval}"


def _bound(goal: Goal) -> str:
    return f"at least {goal.at_least:g}" if goal.at_least is not None else f"at most {goal.at_most:g}"


def _blank(value: int | None) -> str:
    return "" if value is None else str(value)
