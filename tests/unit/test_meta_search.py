"""The search over settings, on a toy whose loss falls faster with larger rates."""

import math
import sys
from typing import Any

import pytest
import torch
from palate.adapters.algorithms import ALGORITHMS
from palate.adapters.lora import Theta
from palate.adapters.meta_loop import MetaConfig
from palate.adapters.meta_problem import Params, expand, start
from palate.adapters.meta_search import Found, search
from palate.adapters.meta_trainer import MetaTrainer, validation_loss
from palate.retrieval.errors import AdapterError, OptionalDependencyError
from torch import Tensor

CONFIG = MetaConfig(rounds=12, validate_every=4, validation_steps=0, warm_up=0.0)


class Slope:
    """Everybody wants 3; nobody has a support of use. Batches are what is wanted."""

    def initial(self, seed: int) -> Params:
        return {"theta/w": torch.zeros(1), "rate/w": torch.tensor(-1.0)}

    def adapt(
        self, params: Params, batch: Tensor, *, steps: int, differentiable: bool, trained: frozenset[str] | None
    ) -> Theta:
        return expand(start(params), len(batch))

    def loss(self, params: Params, theta: Theta, batch: Tensor) -> Tensor:
        return ((theta["w"] - batch) ** 2).sum(dim=1)

    support_loss = loss

    def draw(self, generator: torch.Generator, n_people: int, support_size: int) -> Tensor:
        return torch.full((n_people, 1), 3.0)


def found(n_trials: int = 6, **options: Any) -> Found:
    pytest.importorskip("optuna", reason="needs the extra 'train'")
    problem = Slope()
    given = {"validation": [torch.full((2, 1), 3.0)], "config": CONFIG, **options}
    return search(problem, ALGORITHMS["pooled"], problem, n_trials=n_trials, **given)


def test_the_least_validation_loss_wins_and_its_settings_give_it_again() -> None:
    outcome = found()
    problem, algorithm = Slope(), ALGORITHMS["pooled"]
    assert len(outcome.losses) == 6
    assert outcome.loss == min(outcome.losses)
    assert outcome.loss < 9.0
    assert (outcome.config.rounds, outcome.config.validation_steps) == (12, 0)
    judged = [torch.full((2, 1), 3.0)]
    params = MetaTrainer(problem, algorithm, outcome.config).fit(problem, judged)
    assert validation_loss(problem, algorithm, params, judged, steps=0) == pytest.approx(outcome.loss)


def test_the_same_seed_tries_the_same_settings() -> None:
    once, again = found(), found()
    assert once == again
    assert found(config=CONFIG.model_copy(update={"seed": 1})).losses != once.losses


def test_every_trial_is_told() -> None:
    lines: list[str] = []
    found(2, say=lines.append)
    assert [line.split(":")[0] for line in lines] == ["trial 1 of 2", "trial 2 of 2"]


def test_trials_that_fail_are_an_error_when_all_do() -> None:
    class Broken(Slope):
        def draw(self, generator: torch.Generator, n_people: int, support_size: int) -> Tensor:
            return torch.full((n_people, 1), math.nan)

    pytest.importorskip("optuna", reason="needs the extra 'train'")
    with pytest.raises(AdapterError, match="none of 2 trials gave a finite loss"):
        search(Slope(), ALGORITHMS["pooled"], Broken(), [torch.ones(1, 1)], CONFIG, n_trials=2)


def test_a_search_needs_people_to_judge_by() -> None:
    with pytest.raises(AdapterError, match="a search needs validation people"):
        found(validation=[])


def test_without_optuna_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(OptionalDependencyError, match=r"'optuna' is not installed.*palate\[train\]"):
        search(Slope(), ALGORITHMS["pooled"], Slope(), [torch.ones(1, 1)], CONFIG, n_trials=1)
