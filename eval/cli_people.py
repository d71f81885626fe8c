"""The commands about taste as weights: people of MovieLens, few-shot prompts, speed, and design choices."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..bot.cli import Seed
from .cli_app import JsonOption, app, publish

if TYPE_CHECKING:
    from .tallrec_parts import PromptScorer


@app.command("cold-start")
def cold_start(
    *,
    data_dir: Annotated[Path, typer.Option(help="Folder that holds ml-1m.")],
    dataset: Annotated[str, typer.Option(help="The data set; ml-1m is the one there is.")] = "ml-1m",
    test_ratings: Annotated[
        Path | None,
        typer.Option(help="Ratings of the people to judge (userId, movieId, rating); validation people if unset."),
    ] = None,
    protocol: Annotated[
        str, typer.Option(help="ratings, new-items (films that nobody rated) or statements (words only).")
    ] = "ratings",
    k: Annotated[str, typer.Option(help="Numbers of ratings that are learned from.")] = "0,1,3,5,10,20",
    steps: Annotated[str, typer.Option(help="Numbers of steps that are taken.")] = "0,1,3,5,10",
    people: Annotated[int | None, typer.Option(help="Judge that many people; all if unset.", min=2)] = None,
    start: Annotated[Path | None, typer.Option(help="Folder of a trained start; the shipped one if unset.")] = None,
    figures: Annotated[Path | None, typer.Option(help="Folder for figures; none are drawn if unset.")] = None,
    json: JsonOption = None,
    seed: Seed = 0,
) -> None:
    """New people known by a few ratings: every part of the score beside every baseline, and their differences."""
    from ..bot.factory import build_foundation
    from ..bot.progress import show_progress
    from ..bot.settings import load_settings
    from .cold_start import protocol_named
    from .cold_start_ground import prepare
    from .cold_start_people import MOST_RATINGS, MOST_STEPS, ColdStartOptions, numbers_of

    options = ColdStartOptions(
        data_dir, numbers_of(k, "--k", most=MOST_RATINGS), numbers_of(steps, "--steps", most=MOST_STEPS),
        dataset, test_ratings, people, start, figures, seed,
    )  # fmt: skip
    evaluate, begun = protocol_named(protocol), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="palate-eval-") as home, show_progress() as (progress, say):
        base = build_foundation(load_settings(home=Path(home)), seed=seed, progress=progress, say=say)
        report = evaluate(prepare(base, options, progress=progress, say=say), options, progress=progress, say=say)
    report.elapsed_s = time.perf_counter() - begun
    publish(report, json)


@app.command()
def melu(
    *,
    data_dir: Annotated[Path, typer.Option(help="Folder that holds ml-1m.")],
    work: Annotated[
        Path | None, typer.Option(help="Folder in which fitted models are kept, so that a stopped run goes on.")
    ] = None,
    rounds: Annotated[
        int,
        typer.Option(
            help="Rounds in which the language model's start is learned on the split's own training people; "
            "0: the closed form alone, no model is loaded.",
            min=0,
            max=100_000,
        ),
    ] = 300,
    json: JsonOption = None,
    seed: Seed = 0,
) -> None:
    """MeLU's split of MovieLens-1M: stars predicted where people, films or both are cold."""
    from ..bot.progress import show_progress
    from .melu import melu as evaluate

    with tempfile.TemporaryDirectory(prefix="palate-eval-") as home, show_progress() as (progress, say):
        extra = None
        if rounds:
            from ..bot.factory import build_foundation
            from ..bot.settings import load_settings
            from ..retrieval.movielens import movielens_catalog
            from .melu_margin import MarginScore

            catalog = movielens_catalog(data_dir)
            base = build_foundation(load_settings(home=Path(home)), seed=seed, progress=progress, say=say)
            extra = MarginScore(base, catalog, rounds, seed, work, say)
        report = evaluate(data_dir, seed=seed, work=work, extra=extra, progress=progress)
    publish(report, json)


@app.command()
def drift(
    *,
    data_dir: Annotated[Path, typer.Option(help="Folder that holds ml-1m.")],
    test_ratings: Annotated[
        Path | None,
        typer.Option(help="Ratings of the people to judge (userId, movieId, rating); validation people if unset."),
    ] = None,
    start: Annotated[Path | None, typer.Option(help="Folder of a trained start; the shipped one if unset.")] = None,
    json: JsonOption = None,
    seed: Seed = 0,
) -> None:
    """People whose later ratings are of other genres: how fast these are followed, and what is kept of the first."""
    from ..bot.factory import build_foundation
    from ..bot.progress import show_progress
    from ..bot.settings import load_settings
    from .cold_start_ground import prepare
    from .cold_start_people import ColdStartOptions
    from .drift import drift as evaluate

    options = ColdStartOptions(data_dir, test_ratings=test_ratings, start=start, seed=seed)
    with tempfile.TemporaryDirectory(prefix="palate-eval-") as home, show_progress() as (progress, say):
        base = build_foundation(load_settings(home=Path(home)), seed=seed, progress=progress, say=say)
        ground = prepare(base, options, progress=progress, say=say)
        report = evaluate(
            ground.films, ground.start, ground.factors, ground.people.training, ground.people.judged, seed=seed,
            progress=progress,
        )  # fmt: skip
    publish(report, json)


@app.command()
def speed(
    *,
    prompts: Annotated[int, typer.Option(help="How many films of the catalogue are read.", min=2, max=1000)] = 48,
    json: JsonOption = None,
    seed: Seed = 0,
) -> None:
    """Adapting and scoring beside plain peft on whole prompts, many people in one batch, and the arithmetic floor."""
    from .speed import shipped_blocks, shipped_prompts
    from .speed import speed as evaluate

    publish(evaluate(shipped_blocks(), shipped_prompts(prompts, seed=seed), seed=seed), json)


@app.command()
def store(
    *,
    adapters: Annotated[int, typer.Option(help="How many are published.", min=1, max=1_000_000)] = 10_000,
    json: JsonOption = None,
    seed: Seed = 0,
) -> None:
    """Growth of the adapter store: look-up, loading and publishing beside 100, 1,000 and 10,000 adapters."""
    from ..bot.progress import show_progress
    from .speed import shipped_blocks
    from .store import sizes_up_to, store_growth

    with tempfile.TemporaryDirectory(prefix="palate-eval-") as home, show_progress() as (progress, _):
        report = store_growth(
            shipped_blocks(), Path(home), counts=sizes_up_to(adapters), repetitions=50, seed=seed, progress=progress
        )
    publish(report, json)


@app.command()
def tallrec(
    *,
    data_dir: Annotated[Path, typer.Option(help="Folder that holds tallrec and the ratings of ml-1m and others.")],
    shots: Annotated[str, typer.Option(help="Numbers of prompts with answers that are learned from.")] = "16,64,256",
    test: Annotated[Path | None, typer.Option(help="Prompts to report on; people of the same file if unset.")] = None,
    domain: Annotated[str | None, typer.Option(help="film or book; that of --test if unset, else film.")] = None,
    lm: Annotated[
        bool, typer.Option("--lm/--no-lm", help="Weigh the language model's margin in; films alone have one.")
    ] = True,
    json: JsonOption = None,
    seed: Seed = 0,
) -> None:
    """TALLRec's prompts: is the target liked? Area under the curve after a few answered prompts."""
    from .tallrec import shots_of
    from .tallrec import tallrec as evaluate
    from .tallrec_prompts import read_prompts

    n_shots = shots_of(shots)
    others: dict[str, PromptScorer] = {}
    if lm and (domain or (read_prompts(test)[0].domain if test else "film")) == "film":
        from ..bot.factory import build_foundation
        from ..bot.progress import show_progress
        from ..bot.settings import load_settings
        from .tallrec_margin import film_margin

        with tempfile.TemporaryDirectory(prefix="palate-eval-") as home, show_progress() as (progress, say):
            base = build_foundation(load_settings(home=Path(home)), seed=seed, progress=progress, say=say)
            others = {"lm": film_margin(base, data_dir, progress=progress)}
    publish(evaluate(data_dir, shots=n_shots, domain=domain, test=test, seed=seed, others=others), json)


@app.command()
def ablation(
    *,
    data_dir: Annotated[Path, typer.Option(help="Folder that holds ml-1m.")],
    variants: Annotated[str, typer.Option(help="Names, by commas; all if unset. An unknown one lists them.")] = "",
    rounds: Annotated[int, typer.Option(help="Rounds of training a variant.", min=0, max=100_000)] = 150,
    people: Annotated[int, typer.Option(help="People it learns from.", min=4, max=100_000)] = 150,
    json: JsonOption = None,
    seed: Seed = 0,
) -> None:
    """Design choices one by one (rank, layers, blocks, tokens): what each is worth and costs after a short training."""
    from ..bot.factory import build_foundation
    from ..bot.progress import show_progress
    from ..bot.settings import load_settings
    from .ablation import VARIANTS, Sizes
    from .ablation import ablation as evaluate

    names = [name.strip() for name in variants.split(",") if name.strip()] or list(VARIANTS)
    with tempfile.TemporaryDirectory(prefix="palate-eval-") as home, show_progress() as (progress, say):
        base = build_foundation(load_settings(home=Path(home)), seed=seed, progress=progress, say=say)
        sizes = Sizes(rounds=rounds, training=people)
        report = evaluate(base, data_dir, names, sizes, seed=seed, progress=progress)
    publish(report, json)
