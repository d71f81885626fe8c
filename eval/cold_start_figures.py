"""The cold-start table as pictures: quality by number of ratings and by steps, and how the top list moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..retrieval.errors import OptionalDependencyError
from ..retrieval.files import environment_errors
from .report import Report, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BY_RATINGS = ("meta_init", "ridge", "sum", "item_mean")
BY_STEPS: Mapping[str, tuple[str, ...]] = {
    "meta_init": ("meta_init",), "pooled_init": ("pooled_lora", "pooled_init"), "random_init": ("random_init",),
    "shuffled": ("meta_init", "shuffled"),
}  # fmt: skip
"""Lines with the rows that they are made of: at zero steps the first one's."""
SHOWN_K = (5, 20)


def check_figures(folder: Path) -> None:
    """Find out before minutes of work whether figures can be drawn into ``folder``; it is made where it is missing.

    Raises:
        OptionalDependencyError: Matplotlib is not installed.
        EnvironmentProblem: The folder cannot be written.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError as missing:
        raise OptionalDependencyError("matplotlib", "eval") from missing
    with environment_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)


def draw_figures(report: Report, folder: Path) -> list[Path]:
    """Write the pictures that the report has rows for; return their files.

    Raises:
        EnvironmentProblem: The folder cannot be written.
    """
    steps = int(report.data["recipe_steps"])
    ks = [k for k in SHOWN_K if any(row.k == k for row in report.rows)]

    def by_ratings(panels: Sequence[Axes]) -> None:
        for name in BY_RATINGS:
            rows = [row for row in report.rows if row.name == name and row.steps in {None, steps if row.k else 0}]
            _line(panels[0], name, [(float(row.k or 0), row) for row in rows], "uauc")

    def by_steps(panels: Sequence[Axes]) -> None:
        for panel, k in zip(panels, ks, strict=True):
            panel.set_title(f"{k} ratings")
            for name, parts in BY_STEPS.items():
                _line(panel, name, _points(report, parts, k), "uauc")

    def top_list(panels: Sequence[Axes]) -> None:
        for k in ks:
            rows = [row for row in report.rows if row.name == "meta_init" and row.k == k]
            _line(panels[0], f"{k} ratings", [(float(row.steps or 0), row) for row in rows], "top10_kept")

    made = [_draw(folder / "cold-start-by-ratings.png", by_ratings, 1, "ratings", "UAUC")]
    if ks:
        made.append(_draw(folder / "cold-start-by-steps.png", by_steps, len(ks), "steps", "UAUC"))
        label = "share of the first top 10 kept"
        made.append(_draw(folder / "cold-start-top-list.png", top_list, 1, "steps", label))
    return made


def _points(report: Report, parts: Sequence[str], k: int) -> list[tuple[float, Row]]:
    still = [row for row in report.rows if row.name == parts[0] and row.k == k and row.steps == 0]
    moved = [row for row in report.rows if row.name == parts[-1] and row.k == k and row.steps]
    return [(float(row.steps or 0), row) for row in [*still, *moved]]


def _line(panel: Axes, label: str, points: Sequence[tuple[float, Row]], metric: str) -> None:
    """Draw a line with the band of its intervals."""
    found = sorted((place, row.metrics[metric]) for place, row in points if metric in row.metrics)
    if found:
        places, values = [place for place, _ in found], [value for _, value in found]
        (line,) = panel.plot(places, [value.value for value in values], marker="o", label=label)
        low, high = ([getattr(value, end) for value in values] for end in ("low", "high"))
        panel.fill_between(places, low, high, alpha=0.15, color=line.get_color())


def _draw(path: Path, fill: Callable[[Sequence[Axes]], None], n: int, across: str, up: str) -> Path:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.4 * n, 4.0), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, n, squeeze=False, sharey=True)[0]
    fill(panels)
    for panel in panels:
        panel.set(xlabel=across)
        panel.grid(visible=True, alpha=0.3)
        if panel.lines:
            panel.legend()
    panels[0].set(ylabel=up)
    with environment_errors(path):
        figure.savefig(path, dpi=150)
    return path
