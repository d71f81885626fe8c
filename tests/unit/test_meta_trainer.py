"""The outer loop on a toy: everybody has a least loss of their own around a common one."""

import json
import math
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from palate.adapters.algorithms import ALGORITHMS
from palate.adapters.lora import Theta
from palate.adapters.meta_checkpoint import FACTS_FILE, latest
from palate.adapters.meta_log import LOG_FILE
from palate.adapters.meta_loop import MetaConfig, log_uniform, schedule
from palate.adapters.meta_problem import Params, expand, start
from palate.adapters.meta_trainer import MetaTrainer, validation_loss
from palate.retrieval.errors import AdapterError, OptionalDependencyError
from torch import Tensor

CENTRE = torch.tensor([1.0, -2.0, 0.5])
CONFIG = MetaConfig(rounds=24, learning_rate=0.1, validate_every=4, checkpoint_every=5, n_people=4)
LATER = 1000


class Hollows:
    """People with a noisy support and the same hidden least loss in their query."""

    def initial(self, seed: int) -> Params:
        theta = torch.randn(3, generator=torch.Generator().manual_seed(seed))
        return {"theta/w": theta, "rate/w": torch.tensor(-2.0), "tokens/t": torch.tensor(1.0)}

    def adapt(
        self, params: Params, batch: Tensor, *, steps: int, differentiable: bool, trained: frozenset[str] | None
    ) -> Theta:
        found = expand(start(params), len(batch))["w"]
        for _ in range(steps if trained is None or "w" in trained else 0):
            found = found - torch.exp(params["rate/w"]) * (found - batch[:, 0])
        return {"w": found if differentiable else found.detach()}

    def loss(self, params: Params, theta: Theta, batch: Tensor) -> Tensor:
        return ((theta["w"] - batch[:, 1]) ** 2).sum(dim=1) + params["tokens/t"] ** 2

    def support_loss(self, params: Params, theta: Theta, batch: Tensor) -> Tensor:
        return ((theta["w"] - batch[:, 0]) ** 2).sum(dim=1) / 2


class People:
    """Draws people; in the rounds of ``bad`` their ratings are NaN, and the round ``cut`` never comes."""

    def __init__(self, bad: Callable[[int], bool] = lambda _: False, cut: int = LATER) -> None:
        self.drawn: list[tuple[int, int]] = []
        self._bad, self._cut = bad, cut

    def draw(self, generator: torch.Generator, n_people: int, support_size: int) -> Tensor:
        self.drawn.append((n_people, support_size))
        if len(self.drawn) == self._cut:
            raise KeyboardInterrupt
        hidden = CENTRE + torch.randn(n_people, 3, generator=generator)
        support = hidden + torch.randn(n_people, 3, generator=generator) / support_size**0.5
        value = torch.stack([support, hidden], dim=1)
        return value * math.nan if self._bad(len(self.drawn)) else value


def validation() -> list[Tensor]:
    generator = torch.Generator().manual_seed(77)
    return [People().draw(generator, 32, 5) for _ in range(2)]


def trainer(config: MetaConfig = CONFIG, algorithm: str = "fomaml", **options: Any) -> MetaTrainer[Tensor]:
    return MetaTrainer(Hollows(), ALGORITHMS[algorithm], config, **options)


def same(one: Params, other: Params) -> bool:
    return one.keys() == other.keys() and all(torch.equal(tensor, other[name]) for name, tensor in one.items())


def test_the_start_moves_to_where_everybody_is_near() -> None:
    config = CONFIG.model_copy(update={"rounds": 200})
    found = trainer(config).fit(People(), validation())
    torch.testing.assert_close(found["theta/w"], CENTRE, atol=0.3, rtol=0)
    assert abs(float(found["tokens/t"])) < 0.1
    assert found["rate/w"] > -2  # the support tells more than the first rate takes from it
    first, last = (
        validation_loss(Hollows(), ALGORITHMS["fomaml"], params, validation(), steps=3)
        for params in (Hollows().initial(0), found)
    )
    assert last < first / 2


@pytest.mark.parametrize("algorithm", ["fomaml", "maml", "mlpr", "ensemble"])
def test_the_same_seed_gives_the_same_result_and_another_seed_another(algorithm: str) -> None:
    once, again = (trainer(algorithm=algorithm).fit(People(), validation()) for _ in range(2))
    other = trainer(CONFIG.model_copy(update={"seed": 1}), algorithm).fit(People(), validation())
    assert same(once, again)
    assert not same(once, other)


@pytest.mark.parametrize("algorithm", ["fomaml", "maml", "mlpr", "ensemble"])
@pytest.mark.parametrize("cut", [3, 13, 24])
def test_a_run_that_was_cut_off_goes_on_as_if_it_had_not(tmp_path: Path, algorithm: str, cut: int) -> None:
    whole = trainer(algorithm=algorithm).fit(People(), validation())
    with pytest.raises(KeyboardInterrupt):
        trainer(algorithm=algorithm, folder=tmp_path).fit(People(cut=cut), validation())
    rest = People()
    resumed = trainer(algorithm=algorithm, folder=tmp_path).fit(rest, validation())
    assert len(rest.drawn) == 24 - (cut - 1) // 5 * 5
    assert same(whole, resumed)


def test_the_last_parameters_are_resumed_too_and_not_only_the_best(tmp_path: Path) -> None:
    whole = trainer().fit(People(), [])
    with pytest.raises(KeyboardInterrupt):
        trainer(folder=tmp_path).fit(People(cut=18), [])
    assert same(whole, trainer(folder=tmp_path).fit(People(), []))


def test_a_finished_run_is_not_run_again(tmp_path: Path) -> None:
    once = trainer(folder=tmp_path).fit(People(), validation())
    people = People()
    assert same(once, trainer(folder=tmp_path).fit(people, validation()))
    assert people.drawn == []


def test_one_checkpoint_is_kept_in_plain_formats(tmp_path: Path) -> None:
    trainer(folder=tmp_path).fit(People(), validation())
    assert [path.name for path in tmp_path.iterdir()] == ["round-00000024"]
    assert sorted(path.name for path in (tmp_path / "round-00000024").iterdir()) == ["state.json", "state.safetensors"]
    found = latest(tmp_path)
    assert found is not None
    assert (found.facts.round, found.moments["theta/w|exp_avg"].shape) == (24, (3,))


def test_a_run_of_other_settings_is_not_gone_on_with(tmp_path: Path) -> None:
    trainer(folder=tmp_path).fit(People(), [])
    with pytest.raises(AdapterError, match=r"holds a run of other settings \(Fomaml.*; choose another folder"):
        trainer(algorithm="reptile", folder=tmp_path).fit(People(), [])


def test_a_checkpoint_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    trainer(folder=tmp_path).fit(People(), [])
    (tmp_path / "round-00000024" / FACTS_FILE).write_text("{")
    with pytest.raises(AdapterError, match=r"round-00000024 cannot be read .*; delete it to start anew"):
        trainer(folder=tmp_path).fit(People(), [])


def test_rounds_that_are_not_finite_are_skipped_without_a_trace() -> None:
    told: list[float] = []
    found = trainer(watch=lambda _, loss: told.append(loss)).fit(People(bad=lambda i: i % 5 == 0), validation())
    assert all(torch.isfinite(tensor).all() for tensor in found.values())
    assert told[-1] < told[0]
    only = trainer(CONFIG.model_copy(update={"rounds": 3})).fit(People(bad=lambda _: True), [])
    assert same(only, Hollows().initial(0))


def test_many_rounds_in_a_row_that_are_not_finite_are_an_error() -> None:
    people = People(bad=lambda i: i > 7)
    with pytest.raises(
        AdapterError, match=r"no step could be taken in 5 rounds in a row, the last of them round 12 \("
    ):
        trainer().fit(people, validation())
    assert len(people.drawn) == 12


def test_training_stops_when_the_validation_loss_no_longer_falls_and_keeps_the_best() -> None:
    config = CONFIG.model_copy(update={"rounds": 1000, "learning_rate": 3.0, "scalar_factor": 0.01, "patience": 3})
    seen: list[tuple[int, float]] = []
    people = People()
    found = trainer(config, watch=lambda i, loss: seen.append((i, loss))).fit(people, validation())
    least = min(loss for _, loss in seen)
    assert len(people.drawn) < 1000
    assert [loss > least for _, loss in seen[-3:]] == [True] * 3
    assert seen[-4][1] == least
    assert validation_loss(Hollows(), ALGORITHMS["fomaml"], found, validation(), steps=3) == least


def test_without_rounds_the_start_comes_back() -> None:
    given = Hollows().initial(5)
    found = trainer(CONFIG.model_copy(update={"rounds": 0})).fit(People(), validation(), start=given)
    assert same(found, given)


def test_parameters_that_are_given_are_not_changed() -> None:
    given = Hollows().initial(5)
    trainer().fit(People(), validation(), start=given)
    assert same(given, Hollows().initial(5))


def test_small_supports_are_drawn_more_often_and_every_size_is() -> None:
    generator = torch.Generator().manual_seed(0)
    drawn = [log_uniform(20, generator) for _ in range(4000)]
    assert set(drawn) == set(range(1, 21))
    for size in (1, 5, 20):
        assert drawn.count(size) / 4000 == pytest.approx(math.log((size + 1) / size) / math.log(21), abs=0.02)
    people = People()
    trainer(CONFIG.model_copy(update={"max_support": 1})).fit(people, [])
    assert people.drawn == [(4, 1)] * 24


def test_rates_of_the_inner_loop_take_larger_steps() -> None:
    config = CONFIG.model_copy(update={"rounds": 1, "warm_up": 0.0, "learning_rate": 0.01, "scalar_factor": 7.0})
    before, after = Hollows().initial(0), trainer(config).fit(People(), [])
    # Adam's first step is the rate itself, whatever the gradient.
    torch.testing.assert_close((after["theta/w"] - before["theta/w"]).abs(), torch.full((3,), 0.01))
    torch.testing.assert_close((after["rate/w"] - before["rate/w"]).abs(), torch.tensor(0.07))


def test_the_rate_rises_and_falls() -> None:
    rates = [schedule(i, 100, 0.1) for i in range(100)]
    assert rates[0] == 0.1
    assert rates.index(max(rates)) in {9, 10}
    assert all(a >= b for a, b in pairwise(rates[10:]))
    assert rates[-1] < 0.001


def test_progress_tells_round_losses_and_time_left() -> None:
    lines: list[str] = []
    trainer(say=lines.append).fit(People(), validation())
    assert len(lines) == 6
    assert lines[-1].startswith("round 24 of 24: loss ")
    assert lines[-1].endswith("; 0 min 0 s left")
    assert ", validation " in lines[0]


def test_the_log_has_a_line_a_round_also_when_a_run_was_cut_off(tmp_path: Path) -> None:
    config = CONFIG.model_copy(update={"log": "jsonl"})
    with pytest.raises(KeyboardInterrupt):
        trainer(config, folder=tmp_path).fit(People(cut=13), validation())
    assert len((tmp_path / LOG_FILE).read_text().splitlines()) == 12
    trainer(config, folder=tmp_path).fit(People(), validation())
    rows = [json.loads(line) for line in (tmp_path / LOG_FILE).read_text().splitlines()]
    assert [row["round"] for row in rows] == list(range(1, 25))
    assert [row["round"] for row in rows if "validation" in row] == [4, 8, 12, 16, 20, 24]
    assert {"loss", "gradient_norm", "support", "steps", "rate"} <= rows[0].keys()


def test_a_log_needs_a_folder() -> None:
    with pytest.raises(AdapterError, match="log='jsonl' needs a folder to write to"):
        trainer(CONFIG.model_copy(update={"log": "jsonl"})).fit(People(), [])


def test_tensorboard_gets_the_figures(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra 'train'")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    trainer(CONFIG.model_copy(update={"log": "tensorboard"}), folder=tmp_path).fit(People(), validation())
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("loss")] == list(range(1, 25))


def test_without_tensorboard_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(OptionalDependencyError, match=r"'tensorboard' is not installed.*palate\[train\]"):
        trainer(CONFIG.model_copy(update={"log": "tensorboard"}), folder=tmp_path).fit(People(), [])
