"""The pooled LoRA on a tiny random model, where everybody likes the same half of the items."""

import numpy as np
import pytest
import torch
from palate.adapters.blocks import AdaptedBlocks
from palate.adapters.item_tokens import ItemFeatures
from palate.adapters.meta_problem import Params
from palate.adapters.pretraining import pretrain
from palate.adapters.taste_problem import TasteConfig, TasteProblem
from palate.retrieval.errors import AdapterError
from palate.retrieval.ratings import UserRatings

N_ITEMS, N_RATED, N_PEOPLE = 24, 20, 30
LIKED = np.arange(N_RATED) % 2 == 0
TEXTS = [f"would you like {'y' * i} film {i} then ? Answer:" for i in range(N_ITEMS)]


def users() -> list[UserRatings]:
    return [UserRatings(u + 1, np.arange(N_RATED), np.where(LIKED, 5.0, 2.0)) for u in range(N_PEOPLE)]


@pytest.fixture(scope="module")
def problem(tiny_blocks: AdaptedBlocks) -> TasteProblem:
    generator = torch.Generator().manual_seed(0)
    factors = torch.randn(N_ITEMS, 4, generator=generator)
    features = ItemFeatures(factors, torch.arange(N_ITEMS) < N_RATED, torch.randn(N_ITEMS, 6, generator=generator))
    return TasteProblem(tiny_blocks, tiny_blocks.read(TEXTS), features, torch.arange(4), TasteConfig())


def trained(problem: TasteProblem, *, rounds: int = 40, seed: int = 0, lines: list[str] | None = None) -> Params:
    say = [].append if lines is None else lines.append
    return pretrain(problem, problem.initial(0), users(), N_ITEMS, rounds=rounds, seed=seed, say=say)


@pytest.fixture(scope="module")
def fitted(problem: TasteProblem) -> Params:
    return trained(problem)


def spread(problem: TasteProblem, params: Params) -> float:
    """Return by how many deviations the liked items stand above the others, without their collaborative tokens too."""
    margins = problem.margins(params, torch.arange(N_RATED)).detach().numpy()
    return float((margins[LIKED].mean() - margins[~LIKED].mean()) / margins.std())


def test_what_everybody_likes_rises_above_what_nobody_does(problem: TasteProblem, fitted: Params) -> None:
    assert abs(spread(problem, problem.initial(0))) < 1.0
    assert spread(problem, fitted) > 1.5


def test_the_loss_falls(problem: TasteProblem) -> None:
    lines: list[str] = []
    trained(problem, rounds=51, lines=lines)
    assert [line.rsplit(" ", 1)[0] for line in lines] == [f"pooled round {n} of 51: loss" for n in (0, 50)]
    losses = [float(line.rsplit(" ", 1)[1]) for line in lines]
    assert losses[1] < losses[0] - 0.1


def test_theta_and_tokens_move_and_nothing_else_does(problem: TasteProblem, fitted: Params) -> None:
    before = problem.initial(0)
    assert fitted.keys() == before.keys()
    moved = {name for name in before if not torch.equal(fitted[name], before[name])}
    assert moved == {name for name in before if name.startswith(("theta/", "tokens/"))}


def test_what_it_starts_from_is_not_changed(problem: TasteProblem) -> None:
    given = problem.initial(0)
    pretrain(problem, given, users(), N_ITEMS, rounds=3, seed=0, say=lambda _: None)
    assert all(torch.equal(given[name], tensor) for name, tensor in problem.initial(0).items())
    assert not any(tensor.requires_grad for tensor in given.values())


def test_what_it_gives_holds_no_graph(fitted: Params) -> None:
    assert not any(tensor.requires_grad for tensor in fitted.values())


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(problem: TasteProblem, fitted: Params) -> None:
    again, other = trained(problem), trained(problem, seed=1)
    assert all(torch.equal(again[name], tensor) for name, tensor in fitted.items())
    assert not torch.equal(other["tokens/factors.weight"], fitted["tokens/factors.weight"])


def test_no_rounds_change_nothing(problem: TasteProblem) -> None:
    found = trained(problem, rounds=0)
    assert all(torch.equal(found[name], tensor) for name, tensor in problem.initial(0).items())


def test_ratings_that_are_all_equal_give_a_defined_result(problem: TasteProblem) -> None:
    same = [UserRatings(u, np.arange(N_RATED), np.full(N_RATED, 3.0)) for u in range(4)]
    found = pretrain(problem, problem.initial(0), same, N_ITEMS, rounds=5, seed=0, say=lambda _: None)
    assert all(torch.isfinite(tensor).all() for tensor in found.values())


@pytest.mark.parametrize("people", [[], [UserRatings(1, np.zeros(0, dtype=np.int64), np.zeros(0))]])
def test_without_ratings_it_is_our_error(problem: TasteProblem, people: list[UserRatings]) -> None:
    with pytest.raises(AdapterError, match="the training people have no ratings of items in the catalogue"):
        pretrain(problem, problem.initial(0), people, N_ITEMS, rounds=1, seed=0, say=lambda _: None)
