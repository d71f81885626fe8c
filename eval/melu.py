"""MeLU's split of MovieLens-1M: people, films, or both cold; stars predicted, in the units of the published tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from ..retrieval.movielens import movielens_catalog
from ..retrieval.ratings import UserRatings
from .melu_baselines import AlsRidge, ItemMean, Rater, Ratings, UserItemBias
from .melu_checkpoint import Checkpoint
from .melu_content import ContentKernels, Floats
from .melu_head import FEWEST_EACH, Calibration, GaussianHead, Variances, fit_films, learn_variances, set_aside
from .melu_split import N_QUERY, SCENARIOS, MeluSplit, Task, halves_of, of_melu_length, read_melu_split, tasks_of
from .melu_sum import ExtraScore, WeightedSum, calibrate
from .report import Metric, Report, Row, bootstrap

Progress = Callable[[str, int, int], None]

PROTOCOL = (
    "MeLU's split in MetaHIN's form: people with 13 to 100 ratings of a part, 10 random ones asked about, the rest "
    "learned from; the 604 people set aside are missing, a tenth of each part, so published rows are of other people; "
    "as_melu: trained on meta_training rows of people with 13 to 100 of them; all_warm: on all meta_training rows; "
    "warm_up rows are never trained on; variances are learned on training people and films set aside; "
    "sum: the closed form plus the margin of a start trained on the same training people, less those set aside; "
    "mae of the expected stars per person; ndcg with linear gain, ndcg_exp with 2^r - 1"
)
PUBLISHED = {
    "user_cold": {"mae": 0.7854, "ndcg@1": 0.8803, "ndcg@3": 0.8812},
    "item_cold": {"mae": 0.9275},
    "both_cold": {"mae": 0.9235},
}
_AS_MELU, _ALL_WARM = "as_melu", "all_warm"


def melu(
    data_dir: Path, *, seed: int, work: Path | None = None, extra: ExtraScore | None = None, progress: Progress
) -> Report:
    """Report every row in every scenario, trained as MeLU trains and trained on all warm people.

    Args:
        data_dir: The folder that holds ``ml-1m``.
        seed: Decides the query ratings, what is set aside, and first factors.
        work: Folder in which fitted models are kept, so that a run goes on where it was stopped; nothing is kept if
            unset.
        extra: A score to be added to the closed form; with it there is a row ``sum``.
        progress: Told what is being done, how much is done, and of how much.

    Raises:
        DataError: The ratings are missing or cannot be used.
        EnvironmentProblem: The work folder cannot be written.
    """
    begun = time.perf_counter()
    catalog = movielens_catalog(data_dir)
    split = read_melu_split(data_dir, catalog)
    tasks = {scenario: tasks_of(people, seed=seed) for scenario, people in split.scenarios.items()}
    content, kept = ContentKernels(catalog), Checkpoint(work)
    rows: list[Row] = []
    for training, people in _trainings(split).items():
        raters = _raters(people, content, kept, seed=seed, extra=extra, progress=progress)
        for number, scenario in enumerate(SCENARIOS):
            progress(f"judging, trained {training}", number, len(SCENARIOS))
            rows += _rows(f"{scenario}/{training}", raters[scenario], tasks[scenario], seed=seed)
    rows += [
        Row(name=f"{scenario}/published/melu-5", metrics={name: Metric(value=value) for name, value in values.items()})
        for scenario, values in PUBLISHED.items()
    ]
    report = Report(
        command="palate-eval melu", seed=seed, protocol=PROTOCOL, data={"dataset": "ml-1m", "split": "MetaHIN"},
        counts={f"{scenario} people": len(tasks[scenario]) for scenario in SCENARIOS}
        | {f"training people {name}": len(people) for name, people in _trainings(split).items()}
        | {"labels": N_QUERY * sum(len(of_scenario) for of_scenario in tasks.values())},
        rows=rows, elapsed_s=time.perf_counter() - begun,
    )  # fmt: skip
    ours = "ridge" if extra is None else "sum"
    report.add_goal(f"user_cold/{_ALL_WARM}/{ours}", "mae", at_most=0.715)
    report.add_goal(f"user_cold/{_ALL_WARM}/{ours}", "ndcg@3", at_least=0.901)
    report.add_goal(f"item_cold/{_ALL_WARM}/{ours}", "mae", at_most=0.880)
    return report


def ndcg(scores: Floats, stars: Floats, k: int, *, exponential: bool = False) -> float:
    """Return nDCG at ``k`` with the stars as gain, or ``2^stars - 1``; of equal scores the first comes first.

    Examples:
        >>> ndcg(np.array([2.0, 1.0]), np.array([4.0, 5.0]), 1), ndcg(np.array([1.0, 2.0]), np.array([4.0, 5.0]), 1)
        (0.8, 1.0)
    """
    gains = 2.0**stars - 1.0 if exponential else stars
    discounts = 1.0 / np.log2(np.arange(2, min(k, len(stars)) + 2))
    ranked = gains[np.argsort(-scores, kind="stable")][:k]
    return float((ranked * discounts).sum() / (np.sort(gains)[::-1][:k] * discounts).sum())


def _trainings(split: MeluSplit) -> dict[str, list[UserRatings]]:
    return {_AS_MELU: of_melu_length(split.training), _ALL_WARM: split.training}


def _raters(
    people: Sequence[UserRatings], content: ContentKernels, kept: Checkpoint, *, seed: int, extra: ExtraScore | None,
    progress: Progress,
) -> dict[str, dict[str, Rater]]:  # fmt: skip
    """Return the rows' models by scenario; only the sum's weight depends on it."""
    ratings = Ratings.of(people, content.n_items)
    progress("setting people and films aside", 0, 3)
    calibration = set_aside(people, content.n_items, seed=seed)
    progress("learning variances", 1, 3)
    variances = kept.variances(people, seed, lambda: learn_variances(calibration, content, seed=seed))
    progress("fitting films", 2, 3)
    films = kept.films(people, seed, lambda: fit_films(people, content, seed=seed))
    ridge = GaussianHead(films, variances, content)
    raters: dict[str, Rater] = {
        "item_mean": ItemMean(ratings),
        "user_item_bias": UserItemBias(ratings),
        "als_ridge": AlsRidge(ratings, seed=seed),
        "ridge": ridge,
    }
    progress("fitting films", 3, 3)
    if extra is None:
        return dict.fromkeys(SCENARIOS, raters)
    sums = _sums(ridge, extra, calibration, variances, content, seed=seed)
    return {scenario: {**raters, "sum": rater} for scenario, rater in sums.items()}


def _sums(
    ridge: Rater, extra: ExtraScore, calibration: Calibration, variances: Variances, content: ContentKernels, *,
    seed: int,
) -> dict[str, Rater]:  # fmt: skip
    """Return the sum for each scenario, its weight learned on people set aside, or on films set aside where films are.

    The extra score is fitted once, on the people who are not set aside, and is not fitted again.
    """
    extra.fit(calibration.fit)
    base = GaussianHead(fit_films(calibration.fit, content, seed=seed), variances, content)
    known, new = (
        WeightedSum(ridge, extra, calibrate(base, extra, halves_of(side, fewest=FEWEST_EACH, seed=seed)))
        for side in (calibration.known, calibration.new)
    )
    return {scenario: new if scenario in {"item_cold", "both_cold"} else known for scenario in SCENARIOS}


def _rows(name: str, raters: Mapping[str, Rater], tasks: Sequence[Task], *, seed: int) -> list[Row]:
    """Return one row per model, and paired differences of ours to the strongest baseline."""
    found = {model: _judged(rater, tasks) for model, rater in raters.items()}
    pairs = [("ridge", "als_ridge"), ("sum", "ridge")]
    for left, right in pairs:
        if left in found:
            found[f"{left}-{right}"] = {metric: found[left][metric] - found[right][metric] for metric in found[left]}
    return [
        Row(name=f"{name}/{model}", metrics={metric: bootstrap(each, seed=seed) for metric, each in judged.items()})
        for model, judged in found.items()
    ]


def _judged(rater: Rater, tasks: Sequence[Task]) -> dict[str, Floats]:
    """Return each metric of each person, shape ``(n_tasks,)``."""
    each = []
    for task in tasks:
        expected, stars = np.clip(rater.predict(task.support, task.query.rows), 1.0, 5.0), task.query.stars
        each.append({
            "mae": float(np.abs(expected - stars).mean()),
            **{f"ndcg@{k}": ndcg(expected, stars, k) for k in (1, 3)},
            **{f"ndcg_exp@{k}": ndcg(expected, stars, k, exponential=True) for k in (1, 3)},
        })  # fmt: skip
    return {metric: np.array([of_one[metric] for of_one in each]) for metric in each[0]}
