"""The cold-start tables on forty films, two camps of people and a tiny decoder: small enough to check by hand."""

import gzip
import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import palate.eval.cold_start_arms as arms
import pytest
import torch
from palate.adapters.backbone import Backbone
from palate.adapters.blocks import AdaptedBlocks
from palate.adapters.lora import LoraConfig, random_theta
from palate.adapters.rating_factors import RatingFactors, fit_rating_factors
from palate.adapters.start import RatingsWeights, Recipe, Start, make_start
from palate.bot.factory import item_prompt
from palate.bot.film_judge import FilmJudge
from palate.bot.rated_films import RatedFilms
from palate.eval.cli import run
from palate.eval.cold_start import protocol_named
from palate.eval.cold_start_arms import Arm
from palate.eval.cold_start_figures import check_figures, draw_figures
from palate.eval.cold_start_ground import Ground
from palate.eval.cold_start_history import HistoryInPrompt
from palate.eval.cold_start_people import (
    ColdPerson,
    ColdStartOptions,
    ColdStartPeople,
    cold_people,
    numbers_of,
    read_people,
)  # fmt: skip
from palate.eval.cold_start_ratings import contestants, differences, ratings
from palate.eval.cold_start_rows import Figures, Key, of_candidates, of_catalog, of_rated
from palate.eval.cold_start_table import Contestants, RatingsTable
from palate.eval.report import Metric, Report, Row
from palate.retrieval.errors import DataError
from palate.retrieval.ratings import UserRatings
from transformers import LlamaConfig, LlamaForCausalLM

N_FILMS, N_PEOPLE, STEPS = 40, 60, 2
WEIGHTS = RatingsWeights(still=0.5, moved=0.25, retrieval=2.0)


def stars_of(user: int, film: int) -> int:
    return 5 if (user + film) % 2 == 0 else 1 + (user * film) % 4


def write_ratings(path: Path, users: range, films: range = range(1, N_FILMS + 1)) -> Path:
    lines = [f"{user},{film},{stars_of(user, film)}" for user in users for film in films if (user + film) % 3]
    path.parent.mkdir(parents=True, exist_ok=True)
    with (gzip.open if path.suffix == ".gz" else open)(path, "wt", encoding="utf-8") as file:
        file.write("\n".join(["userId,movieId,rating", *lines]) + "\n")
    return path


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of sixty people, every other one of a kind."""
    folder: Path = tmp_path_factory.mktemp("data")
    write_ratings(folder / "ml-1m" / "ratings_no_timestamp.csv.gz", range(1, N_PEOPLE + 1))
    with gzip.open(folder / "ml-1m" / "movies.dat.gz", "wt", encoding="latin-1") as file:
        file.writelines(f"{i}::Film {'x' * i} ({1950 + i})::Drama|Comedy\n" for i in range(1, N_FILMS + 1))
    return folder


@pytest.fixture(scope="module")
def people(data_dir: Path) -> ColdStartPeople:
    return read_people(ColdStartOptions(data_dir), split_seed=0)


def tokenizer(text: str, **_: Any) -> SimpleNamespace:
    return SimpleNamespace(input_ids=[{"Yes": 7, "No": 11}.get(word, 12 + len(word) % 25) for word in text.split()])


@pytest.fixture(scope="module")
def blocks() -> AdaptedBlocks:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    model = LlamaForCausalLM(config).eval().requires_grad_(False)
    for parameter in model.parameters():
        parameter.add_(torch.randn(parameter.shape) * 0.2)
    return AdaptedBlocks(Backbone(model, tokenizer, "tiny", "0" * 64), LoraConfig(rank=2))


@pytest.fixture(scope="module")
def films(people: ColdStartPeople, blocks: AdaptedBlocks) -> RatedFilms:
    states = blocks.read([item_prompt(film) for film in people.catalog])
    vectors = np.random.default_rng(0).normal(size=(N_FILMS, 4)).astype(np.float32)
    return RatedFilms(people.catalog, blocks, states, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


@pytest.fixture(scope="module")
def factors(people: ColdStartPeople) -> RatingFactors:
    return fit_rating_factors(people.training, N_FILMS, n_factors=2, n_seen=2, epochs=3)


@pytest.fixture(scope="module")
def start(blocks: AdaptedBlocks) -> Start:
    recipe = Recipe(steps=STEPS, rate=2.0, ratings={0: WEIGHTS})
    return make_start(random_theta(blocks.shapes, blocks.config, seed=1), recipe, "made", blocks)


@pytest.fixture(scope="module")
def judge(films: RatedFilms, start: Start, factors: RatingFactors) -> FilmJudge:
    return FilmJudge(films, start, factors)


Made = tuple[RatingsTable, Contestants]


@pytest.fixture(scope="module")
def ground(films: RatedFilms, start: Start, factors: RatingFactors, people: ColdStartPeople) -> Ground:
    return Ground(people, start, factors, films)


@pytest.fixture(scope="module")
def made(ground: Ground, people: ColdStartPeople) -> Made:
    """The table at 0, 1 and 5 ratings, the pooled start trained for a moment only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arms, "POOLED_ROUNDS", 3)
        rivals = contestants(ground, seed=0, say=lambda _: None)
    table = RatingsTable(rivals, people.judged, (1,), lambda *_: None)
    for k in (0, 1, 5):
        table.fill(k)
    return table, rivals


def row(rows: list[Row], name: str, k: int, steps: int | None = None) -> Row:
    return next(row for row in rows if (row.name, row.k, row.steps) == (name, k, steps))


def person_of(stars: list[float], k: int = 0) -> ColdPerson:
    user = UserRatings(1, np.arange(len(stars)), np.array(stars))
    return ColdPerson(1, UserRatings(1, user.rows[:k], user.stars[:k]), UserRatings(1, user.rows[k:], user.stars[k:]))


def test_the_second_half_of_the_validation_people_is_judged_and_nobody_is_two_things(people: ColdStartPeople) -> None:
    groups = [{user.user_id for user in part} for part in (people.training, people.choosing, people.judged)]
    assert [len(group) for group in groups] == [54, 3, 3]
    assert len(set.union(*groups)) == N_PEOPLE


@pytest.mark.parametrize("name", ["new.csv", "new.csv.gz"])
def test_people_of_a_file_are_judged_and_films_nobody_knows_are_counted(
    data_dir: Path, tmp_path: Path, name: str
) -> None:
    path = write_ratings(tmp_path / name, range(101, 104), range(39, 43))
    found = read_people(ColdStartOptions(data_dir, test_ratings=path), split_seed=0)
    assert [user.user_id for user in found.judged] == [101, 102, 103]
    assert (found.n_dropped, [len(user) for user in found.judged]) == (4, [1, 1, 2])


def test_people_who_trained_are_refused_by_name(data_dir: Path, tmp_path: Path, people: ColdStartPeople) -> None:
    known = people.training[0].user_id
    path = write_ratings(tmp_path / "mixed.csv", range(known, known + 1))
    with pytest.raises(DataError, match=f"user {known} of mixed.csv is one of the 1 there who trained the start"):
        read_people(ColdStartOptions(data_dir, test_ratings=path), split_seed=0)


def test_a_file_of_unknown_films_alone_leaves_nobody(data_dir: Path, tmp_path: Path) -> None:
    path = write_ratings(tmp_path / "other.csv", range(200, 202), range(500, 510))
    with pytest.raises(DataError, match="nobody is left to be judged among the people of other"):
        read_people(ColdStartOptions(data_dir, test_ratings=path), split_seed=0)


@pytest.mark.parametrize("text", ["", "1,x", "1,1", "-1", "0,101", "1.5"])
def test_numbers_that_cannot_be_used_are_named(text: str) -> None:
    with pytest.raises(DataError, match="--k"):
        numbers_of(text, "--k", most=100)


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (["--k", "5,-1"], "--k '5,-1' holds a number twice or not from 0 to 100"),
        (["--steps", "many"], "--steps 'many' is not a list of whole numbers"),
        (["--dataset", "ml-2m"], "the data set 'ml-2m' is not known; give one of ml-1m"),
        (["--protocol", "guesses"], "the protocol 'guesses' is not known; give one of ratings, new-items, statements"),
    ],
)
def test_the_command_line_says_what_is_wrong_in_one_line(
    option: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["cold-start", "--data-dir", "nowhere", *option]) != 0
    assert told in capsys.readouterr().err


def test_the_plain_protocol_is_there_by_name() -> None:
    assert protocol_named("ratings").__name__ == "ratings"  # type: ignore[attr-defined]  # it is a function


def test_figures_of_a_person_are_those_of_the_formulas() -> None:
    person = person_of([5.0, 2.0, 4.0])
    found = of_rated(person, np.array([0.0, 1.0, 2.0]), np.array([4.0, 2.0, 4.0]))
    gain = (15 + 3 / math.log2(3) + 31 / 2) / (31 + 15 / math.log2(3) + 3 / 2)
    assert found == pytest.approx({"uauc": 0.5, "rated_ndcg@5": gain, "mae": 1 / 3})


def test_two_stages_rank_nothing_but_candidates() -> None:
    person = person_of([5.0, 5.0, 2.0, 5.0], k=1)
    near = np.array([2, 1])
    ideal = 1 + 1 / math.log2(3)
    assert of_candidates(person, near, np.array([2.0, 1.0]), 6) == pytest.approx(
        {"ndcg@10": (1 / math.log2(3)) / ideal, "recall@50": 0.5}
    )
    assert of_catalog(person, np.arange(6.0))["recall@50"] == 1.0


def test_a_difference_pairs_the_people_that_both_rows_have() -> None:
    figures, ours, theirs = Figures(), Key("ours", 5, 3), Key("theirs", 5)
    for user, left, right in ((1, 0.9, 0.5), (2, 0.8, math.nan), (3, 0.1, 0.3)):
        figures.add(ours, user, {"uauc": left})
        figures.add(theirs, user, {"uauc": right})
    found = figures.difference("ours-theirs", ours, theirs, seed=0)
    assert found is not None
    assert (found.name, found.k, found.steps) == ("ours-theirs", 5, 3)
    assert found.metrics["uauc"].value == pytest.approx(0.1)
    assert list(found.metrics) == ["uauc"]
    assert figures.difference("none", ours, Key("nobody", 5), seed=0) is None


def test_the_best_baseline_is_chosen_by_metric() -> None:
    figures = Figures()
    figures.add(Key("a", 1), 1, {"uauc": 0.7, "ndcg@10": 0.1})
    figures.add(Key("b", 1), 1, {"uauc": 0.6, "ndcg@10": 0.2})
    assert figures.best(["a", "b", "absent"], 1) == {"uauc": Key("a", 1), "ndcg@10": Key("b", 1)}


def test_many_people_at_once_step_as_each_alone(
    judge: FilmJudge, blocks: AdaptedBlocks, people: ColdStartPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arms, "_TOGETHER", 2)
    arm, some = Arm(judge, blocks), cold_people(people.judged, 4)
    paths = list(arm.trajectories([person.told for person in some], 3))
    assert [len(path) for path in paths] == [4, 4, 4]
    for person, path in zip(some, paths, strict=True):
        support, rows = judge.support(person.told.rows, person.told.rewards), person.asked.rows
        alone = [judge.margins(judge.adapt(support, steps=steps), rows) for steps in range(4)]
        np.testing.assert_allclose(arm.margins(path, rows), alone, atol=1e-4)
        assert np.abs(alone[3] - alone[0]).max() > 1e-3


def test_every_row_is_there(made: Made) -> None:
    names = {(row.name, row.k, row.steps) for row in made[0].figures.rows(seed=0)}
    plain = {"popularity", "item_mean", "item_knn", "popularity_knn", "ease", "als_ridge", "ridge", "retrieval"}
    assert {(name, k, None) for name in plain for k in (0, 1, 5)} <= names
    assert {(name, k, 0) for name in ("pooled_lora", "random_init", "meta_init") for k in (0, 1, 5)} <= names
    stepped = ("meta_init", "pooled_init", "random_init", "shuffled")
    assert {(name, k, steps) for name in stepped for k in (1, 5) for steps in (1, STEPS)} <= names
    assert {("sum", 0, 0), ("sum", 5, STEPS), ("history_in_prompt", 5, None)} <= names


def test_the_sum_is_its_parts(made: Made, people: ColdStartPeople, judge: FilmJudge) -> None:
    table, rivals = made
    uaucs = []
    for person in cold_people(people.judged, 5):
        rows = person.asked.rows
        theta = judge.adapt(judge.support(person.told.rows, person.told.rewards), steps=STEPS)
        still, moved = judge.still[rows], judge.margins(theta, rows)
        ridge = rivals.closed.ridge.fit(person.told.rows, person.told.rewards).mean(rows)
        uaucs.append(of_rated(person, ridge + 0.5 * still + 0.25 * (moved - still))["uauc"])
    assert row(table.figures.rows(seed=0), "sum", 5, STEPS).metrics["uauc"].value == pytest.approx(
        np.mean(uaucs), abs=1e-4
    )


def test_margins_move_with_steps_alone(made: Made) -> None:
    rows = made[0].figures.rows(seed=0)
    moved = [row(rows, "meta_init", 5, steps).metrics["moved"].value for steps in (0, 1, STEPS)]
    assert moved[0] == 0.0 < moved[1] < moved[2]
    assert "ndcg@10" in row(rows, "meta_init", 5, STEPS).metrics
    assert "ndcg@10" not in row(rows, "meta_init", 5, 1).metrics


def test_shuffled_learns_from_the_next_person(made: Made, people: ColdStartPeople, judge: FilmJudge) -> None:
    some, uaucs = cold_people(people.judged, 5), []
    for person, other in zip(some, [*some[1:], some[0]], strict=True):
        theta = judge.adapt(judge.support(other.told.rows, other.told.rewards), steps=STEPS)
        uaucs.append(of_rated(person, judge.margins(theta, person.asked.rows))["uauc"])
    found = row(made[0].figures.rows(seed=0), "shuffled", 5, STEPS).metrics["uauc"].value
    assert found == pytest.approx(np.mean(uaucs), abs=1e-4)


def test_one_person_alone_has_nobody_to_be_shuffled_with(made: Made, people: ColdStartPeople) -> None:
    table = RatingsTable(made[1], people.judged[:1], (1,), lambda *_: None)
    table.fill(1)
    assert {one.name for one in table.figures.rows(seed=0)} >= {"sum", "pooled_init", "meta_init"}
    assert "shuffled" not in {one.name for one in table.figures.rows(seed=0)}


def test_who_has_no_ratings_left_to_be_judged_by_is_left_out(made: Made, people: ColdStartPeople) -> None:
    table = RatingsTable(made[1], people.judged, (1,), lambda *_: None)
    table.fill(100)
    assert table.figures.rows(seed=0) == []


def test_differences_are_those_of_the_rows(made: Made) -> None:
    table, rivals = made
    rows = table.figures.rows(seed=0)
    compared = differences(table, list(rivals.closed.baselines), 5, seed=0)
    value = {(one.name, one.steps): one.metrics["uauc"].value for one in compared}
    uauc = {(one.name, one.steps): one.metrics["uauc"].value for one in rows if one.k == 5 and "uauc" in one.metrics}
    pairs = {
        ("meta_init-0steps", STEPS): (("meta_init", STEPS), ("meta_init", 0)),
        ("meta_init-pooled_init", 0): (("meta_init", 0), ("pooled_lora", 0)),
        ("meta_init-random_init", 1): (("meta_init", 1), ("random_init", 1)),
        ("shuffled-0steps", STEPS): (("shuffled", STEPS), ("meta_init", 0)),
        ("sum-ridge", STEPS): (("sum", STEPS), ("ridge", None)),
        ("sum-history_in_prompt", None): (("sum_on_history_items", None), ("history_in_prompt", None)),
    }
    assert {pair: value[pair] for pair in pairs} == pytest.approx(
        {pair: uauc[left] - uauc[right] for pair, (left, right) in pairs.items()}, abs=2e-4
    )
    best = max(uauc[name, None] for name in rivals.closed.baselines)
    assert value["sum-best_baseline", STEPS] == pytest.approx(uauc["sum", STEPS] - best, abs=2e-4)


def test_the_history_in_the_prompt_is_read_as_one_text_would_be(films: RatedFilms) -> None:
    backbone = films.blocks.backbone
    history = HistoryInPrompt(backbone, films.catalog)
    told = UserRatings(1, np.array([0, 3]), np.array([5.0, 2.0]))
    assert history.history(told).splitlines()[:2] == ["This viewer's ratings:", "Film x (1951): 5 of 5 stars"]
    whole = []
    for row_ in (1, 2, 30):
        ids = tokenizer(history.history(told) + item_prompt(films.catalog.at(row_))).input_ids
        logits = backbone.model(input_ids=torch.tensor([ids])).logits[0, -1]
        whole.append(float(logits[7] - logits[11]))
    assert history.margins(told, np.array([1, 2, 30])).tolist() == pytest.approx(whole, abs=1e-4)


def test_the_same_seed_gives_the_same_table(
    made: Made, ground: Ground, people: ColdStartPeople, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(arms, "POOLED_ROUNDS", 3)
    rivals = contestants(ground, seed=0, say=lambda _: None)
    again = RatingsTable(rivals, people.judged, (1,), lambda *_: None)
    again.fill(1)
    first = [one for one in made[0].figures.rows(seed=0) if one.k == 1]
    assert again.figures.rows(seed=0) == first


def test_the_report_says_who_was_judged_holds_the_goals_and_draws(
    ground: Ground, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arms, "POOLED_ROUNDS", 3)
    options = ColdStartOptions(data_dir, k=(0, 1), steps=(0,), figures=tmp_path / "new" / "figures")
    told = ratings(ground, options, progress=lambda *_: None, say=lambda _: None)
    assert told.counts["people"] == len(ground.people.judged) == 3
    assert "the second half of the validation people" in told.protocol
    assert {(goal.row, goal.k, goal.metric) for goal in told.goals} == {
        ("sum", 1, "uauc"), ("sum", 1, "ndcg@10"), ("sum", 1, "rated_ndcg@5"),
    }  # fmt: skip
    assert told.data["recipe_steps"] == STEPS
    assert told.data["pooled_rate"] in arms.RATES
    assert row(told.rows, "sum-best_baseline", 1, STEPS).metrics.keys() == {"uauc", "ndcg@10", "rated_ndcg@5"}
    assert (tmp_path / "new" / "figures" / "cold-start-by-ratings.png").exists()


@pytest.fixture
def report(made: Made) -> Callable[[], Report]:
    rows = made[0].figures.rows(seed=0)
    return lambda: Report(command="c", protocol="p", seed=0, data={"recipe_steps": STEPS}, rows=rows)


def test_three_figures_are_drawn(report: Callable[[], Report], tmp_path: Path) -> None:
    check_figures(tmp_path / "figures")
    files = draw_figures(report(), tmp_path / "figures")
    assert [file.name for file in files] == [
        "cold-start-by-ratings.png", "cold-start-by-steps.png", "cold-start-top-list.png",
    ]  # fmt: skip
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in files)


def test_figures_show_what_the_rows_say(report: Callable[[], Report], tmp_path: Path) -> None:
    told = report()
    check_figures(tmp_path / "a")
    first = draw_figures(told, tmp_path / "a")[0].read_bytes()
    changed = [one if one.name != "sum" else replaced(one) for one in told.rows]
    check_figures(tmp_path / "b")
    assert draw_figures(told.model_copy(update={"rows": changed}), tmp_path / "b")[0].read_bytes() != first


def replaced(one: Row) -> Row:
    return one.model_copy(update={"metrics": {"uauc": Metric(value=0.1, low=0.0, high=0.2)}})
