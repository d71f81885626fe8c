"""The protocol of people known by ratings alone: what is fitted, what is compared with what, and the report."""

from __future__ import annotations

from collections.abc import Mapping

from ..adapters.factor_ridge import FactorRidge
from ..bot.film_judge import FilmJudge
from ..retrieval.cold_start import ColdStartRetriever
from .cold_start_arms import Arm, ControlMaker
from .cold_start_closed import ClosedRows
from .cold_start_figures import check_figures, draw_figures
from .cold_start_ground import Ground, Progress, Say
from .cold_start_history import HistoryInPrompt
from .cold_start_people import ColdStartOptions
from .cold_start_rows import Figures, Key
from .cold_start_table import CONTROL_K, CONTROL_PEOPLE, HISTORY_ITEMS, HISTORY_PEOPLE, Contestants, RatingsTable
from .rating_baselines import fit_rating_baselines
from .report import Report, Row

GOALS: Mapping[int, Mapping[str, float]] = {
    1: {"uauc": 0.730, "ndcg@10": 0.410, "rated_ndcg@5": 0.758},
    5: {"uauc": 0.745, "ndcg@10": 0.500, "rated_ndcg@5": 0.775},
    20: {"uauc": 0.765, "ndcg@10": 0.555, "rated_ndcg@5": 0.810},
}
"""What the sum is meant to reach, by the number of ratings."""


def ratings(ground: Ground, options: ColdStartOptions, *, progress: Progress, say: Say) -> Report:
    """Report every row for people known by ratings alone.

    Raises:
        OptionalDependencyError: Figures are asked for and Matplotlib is not installed.
        EnvironmentProblem: The folder for them cannot be written.
    """
    if options.figures:
        check_figures(options.figures)
    rivals = contestants(ground, seed=options.seed, say=say)
    table = RatingsTable(rivals, ground.people.judged, options.steps, progress)
    for k in options.k:
        table.fill(k)
    report = _report(table, rivals, ground, options)
    if options.figures:
        draw_figures(report, options.figures)
    return report


def contestants(ground: Ground, *, seed: int, say: Say) -> Contestants:
    """Fit the baselines and the first stage to the training people, and train the starts to compare with."""
    people, films, start, factors = ground.people, ground.films, ground.start, ground.factors
    trainers = [*people.training, *people.others]
    closed = ClosedRows(
        fit_rating_baselines(people.training, len(people.catalog), seed=seed),
        FactorRidge(factors),
        ColdStartRetriever.fit(trainers, len(people.catalog)),
    )
    say(f"fitted {len(closed.baselines)} baselines and the first stage")
    maker = ControlMaker(films, factors, start.recipe, say)
    return Contestants(
        closed=closed,
        meta=Arm(FilmJudge(films, start, factors), films.blocks),
        pooled=maker.pooled(trainers, people.choosing, seed=seed),
        random=maker.random(people.choosing, seed=seed),
        history=HistoryInPrompt(films.blocks.backbone, people.catalog),
    )


def differences(table: RatingsTable, baselines: list[str], k: int, *, seed: int) -> list[Row]:
    """Return the paired differences after ``k`` ratings, over the people whom both sides have."""
    figures, last = table.figures, table.recipe.steps if k else 0
    whole = Key("sum", k, last)
    found = [
        figures.difference("sum-ridge", whole, Key("ridge", k), seed=seed),
        figures.difference("sum-best_baseline", whole, figures.best(baselines, k), seed=seed),
        figures.difference("sum-sum_without_lm", whole, Key("sum_without_lm", k), seed=seed),
        figures.difference(
            "sum-history_in_prompt", Key("sum_on_history_items", k), Key("history_in_prompt", k), seed=seed
        ),
    ]
    for step in table.steps:
        found += _of_step(figures, k, step, seed)
    return [row for row in found if row]


def _of_step(figures: Figures, k: int, step: int, seed: int) -> list[Row | None]:
    meta, still = Key("meta_init", k, step), Key("meta_init", k, 0)
    pooled = Key("pooled_init" if step else "pooled_lora", k, step)
    rows = [
        figures.difference("meta_init-pooled_init", meta, pooled, seed=seed),
        figures.difference("meta_init-random_init", meta, Key("random_init", k, step), seed=seed),
    ]
    if step:
        rows.append(figures.difference("meta_init-0steps", meta, still, seed=seed))
        rows.append(figures.difference("shuffled-0steps", Key("shuffled", k, step), still, seed=seed))
    return rows


def _report(table: RatingsTable, rivals: Contestants, ground: Ground, options: ColdStartOptions) -> Report:
    people, start = ground.people, ground.start
    baselines, seed = list(rivals.closed.baselines), options.seed
    compared = [row for k in options.k for row in differences(table, baselines, k, seed=seed)]
    report = Report(
        command="palate-eval cold-start",
        protocol=(
            f"new people, ratings only ({people.of}); rows with the language model order 200 candidates of the "
            f"retriever; pooled, random and shuffled take steps at k={','.join(map(str, CONTROL_K))} for the first "
            f"{CONTROL_PEOPLE} people; history_in_prompt: the first {HISTORY_PEOPLE} people, {HISTORY_ITEMS} items each"
        ),
        seed=seed,
        data={
            "dataset": options.dataset, "split_seed": start.recipe.seed, "theta0": start.sha256,
            "start": start.source if options.start else "shipped", "trained_on": start.recipe.trained_on,
            "recipe_steps": start.recipe.steps, "judged": people.of,
            "pooled_rate": rivals.pooled.rate, "random_rate": rivals.random.rate,
        },
        counts={
            "people": len(people.judged), "ratings": sum(len(user) for user in people.judged),
            "ratings_of_unknown_films": people.n_dropped, "training_people": len(people.training),
            "choosing_people": len(people.choosing),
        },
        rows=[*table.figures.rows(seed=seed), *compared],
    )  # fmt: skip
    for row in [row for row in report.rows if row.name == "sum"]:
        for metric, least in GOALS.get(row.k or 0, {}).items():
            if metric in row.metrics:
                report.add_goal("sum", metric, at_least=least, k=row.k)
    return report
