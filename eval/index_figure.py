"""Recall against latency of several indexes, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..retrieval.errors import OptionalDependencyError
from ..retrieval.files import environment_errors


@dataclass(frozen=True, slots=True)
class Point:
    """One index at one effort."""

    label: str
    recall: float
    p50_ms: float


def check_figure(path: Path) -> None:
    """Find out before minutes of work whether a figure can be drawn into ``path``.

    Raises:
        OptionalDependencyError: Matplotlib is not installed.
        EnvironmentProblem: The file cannot be written.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError as missing:
        raise OptionalDependencyError("matplotlib", "eval") from missing
    with environment_errors(path):
        path.open("ab").close()


def draw(path: Path, points: Sequence[Point], *, title: str) -> None:
    """Write a picture with one line an index; its form follows the ending of the name.

    Raises:
        EnvironmentProblem: The file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for label in dict.fromkeys(point.label for point in points):
        line = [point for point in points if point.label == label]
        axes.plot([point.p50_ms for point in line], [point.recall for point in line], marker="o", label=label)
    axes.set(xscale="log", xlabel="median latency of a query in ms", ylabel="recall@100", title=title)
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    with environment_errors(path):
        figure.savefig(path, dpi=150)
