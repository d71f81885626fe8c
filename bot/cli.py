"""The command line. Heavy packages are imported by the commands that need them, so that help answers at once."""

from __future__ import annotations

import logging
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..retrieval.errors import DataError, PalateError
from ..retrieval.files import environment_errors
from .catalog_cli import catalog_app
from .data_cli import data_app, ratings_app

if TYPE_CHECKING:
    from .recommender import ConversationalRecommender
    from .settings import Settings

EXIT_USAGE, EXIT_DATA, EXIT_ENVIRONMENT, EXIT_INTERRUPTED = 2, 3, 4, 130

app = typer.Typer(
    name="palate",
    help="A conversational recommender that learns a person's taste as weights.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(catalog_app, name="catalog")
app.add_typer(data_app, name="data")
app.add_typer(ratings_app, name="ratings")

Home = Annotated[Path | None, typer.Option(help="Folder for everything Palate writes [env: PALATE_HOME].")]
CatalogOption = Annotated[Path | None, typer.Option("--catalog", help="Built catalogue or CSV [env: PALATE_CATALOG].")]
User = Annotated[str, typer.Option(help="Whose taste it is.")]
Seed = Annotated[int, typer.Option(help="Seed of every random choice.")]


@app.callback()
def options(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and log lines; works anywhere.")] = False,
) -> None:
    """A conversational recommender that learns a person's taste as weights."""
    if debug:
        logging.basicConfig(level=logging.INFO, stream=sys.stderr)


@app.command()
def chat(
    *,
    user: User = "me",
    script: Annotated[Path | None, typer.Option(help="JSON Lines to run instead of reading the terminal.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a turn (with --script).")] = False,
    home: Home = None,
    catalog: CatalogOption = None,
    seed: Seed = 0,
    learn: Annotated[bool, typer.Option(help="Learn from feedback; --no-learn stores it and leaves the taste.")] = True,
) -> None:
    """Chat in the terminal, or run a script of a chat."""
    from .session import Session

    if json and script is None:
        raise typer.BadParameter("--json needs --script FILE")
    settings = _settings(home, catalog)
    session = Session(user_id=checked_user(user), learn=learn)
    lines = None
    if script is not None:
        from .script import read_script

        # Open the file before the model is loaded: a wrong path is told at once.
        lines = read_script(script)
        first = next(lines, None)
    recommender = _build(settings, seed)
    if lines is None:
        from rich.console import Console

        from .terminal import TerminalChat

        TerminalChat(recommender, session, Console(highlight=False, soft_wrap=True)).run()
        return
    from .script import ScriptRunner, to_json

    runner = ScriptRunner(recommender, session)
    while first is not None:
        reply = runner.run(first[1])
        print(to_json(reply) if json else f"{reply.text}\n", flush=True)
        first = next(lines, None)


@app.command()
def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 7860,
    user: User = "me",
    home: Home = None,
    catalog: CatalogOption = None,
    seed: Seed = 0,
) -> None:
    """Serve the chat as a web page, with /healthz beside it."""
    from .web import bind
    from .web import serve as serve_page

    checked_user(user)
    bind(host, port).close()
    recommender = _build(_settings(home, catalog), seed)
    print(f"Palate answers at http://{host}:{port}  (stop with Ctrl-C)", flush=True)
    serve_page(recommender, host=host, port=port, user_id=user)


@app.command()
def setup(*, home: Home = None, catalog: CatalogOption = None) -> None:
    """Prepare the model, the index and the item states, so that the first start is quick."""
    recommender = _build(_settings(home, catalog), 0)
    print(f"ready: {len(recommender.parts.catalog)} items, {recommender.parts.backbone.name}")


@app.command()
def doctor(
    *,
    home: Home = None,
    catalog: CatalogOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what is installed and in use, what is wrong, and how to mend it."""
    from .doctor import examine, report_text, to_json

    report = examine(_settings(home, catalog))
    print(to_json(report) if json else report_text(report))
    raise typer.Exit(0 if report.healthy else EXIT_ENVIRONMENT)


@app.command("meta-train")
def meta_train(
    *,
    data_dir: Annotated[Path, typer.Option(help="Folder that holds ml-1m.")],
    out: Annotated[Path, typer.Option(help="Folder for the start: weights, recipe, item states.")],
    algorithm: Annotated[str, typer.Option(help="How θ₀ is learned; an unknown name lists them all.")] = "maml",
    rounds: Annotated[int, typer.Option(help="Steps of the outer loop.", min=0, max=1_000_000)] = 5000,
    people: Annotated[int, typer.Option(help="People a step.", min=1, max=1024)] = 16,
    learning_rate: Annotated[float, typer.Option(help="Of the outer loop.", min=1e-8, max=1.0)] = 2e-3,
    sample: Annotated[
        int | None, typer.Option(help="Learn from that many people and 20 ratings of each: a trial.", min=4)
    ] = None,
    work: Annotated[
        Path | None, typer.Option(help="Folder for checkpoints and the log; a run that was cut off goes on from there.")
    ] = None,
    log: Annotated[str, typer.Option(help="jsonl, tensorboard (both need --work) or none.")] = "none",
    search: Annotated[
        int, typer.Option(help="Try that many settings of the outer loop first, with Optuna.", min=0, max=1000)
    ] = 0,
    home: Home = None,
    seed: Seed = 0,
) -> None:
    """Train the start θ₀ that every person adapts from."""
    from .train import train_options, train_start

    options = train_options(
        algorithm, rounds=rounds, n_people=people, learning_rate=learning_rate, log=log, seed=seed, sample=sample,
        work=work, search=search,
    )  # fmt: skip
    train_start(_settings(home, None), options, data_dir=data_dir, out=out, say=lambda line: print(line, flush=True))


@app.command("export")
def export(
    *,
    out: Annotated[Path, typer.Option(help="Folder for the adapter; one that is there is replaced.")],
    user: User = "me",
    home: Home = None,
    catalog: CatalogOption = None,
    seed: Seed = 0,
) -> None:
    """Write a person's adapter, θ₀ where nothing was learned, for plain peft and transformers.

    They then give the same Yes-minus-No margin on an item's full prompt as Palate does without its item tokens.
    """
    from ..adapters.export import export_adapter
    from ..adapters.start import load_start, shipped_folder
    from .factory import assemble, build_foundation

    base = build_foundation(_settings(home, catalog), seed=seed)
    learner = assemble(base, load_start(shipped_folder(), base.blocks, seed=seed)).parts.learner
    taste = learner.taste(checked_user(user))
    export_adapter(base.blocks, taste.theta, out)
    print(f"wrote {out}: learned from {taste.n_events} events")


@app.command("fit-factors")
def fit_factors(
    *,
    data_dir: Annotated[Path, typer.Option(help="Folder that holds ml-1m.")],
    out: Annotated[Path, typer.Option(help="File for the item factors, safetensors.")],
    n_factors: Annotated[int, typer.Option(help="Factors an item.", min=1, max=1024)] = 32,
    catalog: CatalogOption = None,
    seed: Seed = 0,
) -> None:
    """Fit collaborative item factors to ratings, and judge them on people they have not seen."""
    from ..retrieval.catalog import Catalog
    from .fit_factors import fit_factors as fit

    items = Catalog.load(_settings(None, catalog).catalog)
    fit(items, data_dir=data_dir, out=out, n_factors=n_factors, seed=seed, say=lambda line: print(line, flush=True))


def main() -> None:
    """Run the command line; every error becomes one line on standard error and an exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    if arguments == ["--version"]:
        print(version("palate"))
        return 0
    debug = "--debug" in arguments
    arguments = [*(["--debug"] if debug else []), *(a for a in arguments if a != "--debug")]
    try:
        result = app(arguments, standalone_mode=False, prog_name="palate")
    except BaseException as error:
        if debug and isinstance(error, Exception):
            raise
        return fail(error)
    return result if isinstance(result, int) else 0


def fail(error: BaseException) -> int:
    """Say an error in one line on standard error and return its exit code."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return EXIT_INTERRUPTED
    if isinstance(error, BrokenPipeError):
        sys.stdout = None  # nobody reads on: nothing is left to flush
        return 0
    if isinstance(error, typer.TyperException):
        message, code = error.format_message(), EXIT_USAGE
        if "\n" in message:  # the help, for no arguments at all
            print(message, file=sys.stderr)
            return code
    elif isinstance(error, DataError):
        message, code = str(error), EXIT_DATA
    elif isinstance(error, PalateError):
        message, code = str(error), EXIT_ENVIRONMENT
    elif isinstance(error, OSError):
        message, code = (
            f"{error.filename or 'the system'}: {error.strerror or error}; check disk and rights",
            EXIT_ENVIRONMENT,
        )
    else:
        message, code = f"unexpected {type(error).__name__}: {error}; run again with --debug to see where", 1
    print("palate: " + " ".join(message.split()), file=sys.stderr)
    return code


def checked_user(user: str) -> str:
    """Return the name of a person.

    Raises:
        DataError: It is empty, longer than 200 characters or holds control characters.
    """
    if not user.strip() or len(user) > 200 or not user.isprintable():
        raise DataError(f"--user {user[:40]!r} is not usable; give 1 to 200 printable characters")
    return user


def _settings(home: Path | None, catalog: Path | None) -> Settings:
    from .settings import load_settings

    return load_settings(home=home, catalog=catalog)


def _build(settings: Settings, seed: int) -> ConversationalRecommender:
    from .progress import show_progress

    # Before the model is loaded: a home that cannot be used is told at once.
    with environment_errors(settings.home):
        settings.home.mkdir(parents=True, exist_ok=True)
    with show_progress() as (progress, say):
        say("loading the model")
        from .factory import build_recommender

        return build_recommender(settings, seed=seed, progress=progress, say=say)
