"""Priors on a small world whose truth is known (40 items, 50 people), and weights of parts against least squares."""

import functools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from palate.adapters.calibration import Priors, part_weights
from palate.adapters.ridge import RidgePrior
from palate.retrieval.catalog import Catalog
from palate.retrieval.items import Item
from palate.retrieval.ratings import UserRatings

N_ITEMS, N_PEOPLE = 40, 50
KINDS = ("war", "comedy", "drama")
QUALITY = np.linspace(-0.5, 0.5, N_ITEMS)
CATALOG = Catalog(
    [Item(item_id=f"i{i:02}", domain="film", title=f"T{i}", genres=(KINDS[i % 3],)) for i in range(N_ITEMS)]
)
VECTORS = np.random.default_rng(0).normal(size=(N_ITEMS, 8)).astype(np.float32)
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)
LOADINGS = np.random.default_rng(1).normal(size=(N_ITEMS, 2))
NO_LOADINGS = np.zeros((N_ITEMS, 2))

Floats = NDArray[np.float64]


def people(*, noise: float = 0.2, genre: float = 0.0, factor: float = 0.0, bias: float = 0.0) -> list[UserRatings]:
    """Everybody follows the quality, and besides that as much of their own as the standard deviations say."""
    rng = np.random.default_rng(7)
    everything, found = np.arange(N_ITEMS), []
    for user in range(N_PEOPLE):
        rewards = QUALITY + rng.normal(0, noise, N_ITEMS) + bias * rng.normal()
        rewards += genre * rng.normal(size=3)[everything % 3] + factor * (LOADINGS @ rng.normal(size=2))
        found.append(UserRatings(user + 1, everything, np.clip(3 + 2 * rewards, 1, 5)))
    return found


def priors(loadings: Floats = NO_LOADINGS, **options: Any) -> Priors:
    return Priors(CATALOG, VECTORS, loadings, **options)


@functools.cache
def estimated(*, loadings: bool = False, **truth: float) -> RidgePrior:
    users = people(**truth)
    given = priors(LOADINGS if loadings else NO_LOADINGS)
    return given.ridge_prior(users, given.item_prior(users))


def test_the_item_prior_is_the_shrunk_mean_above_the_mean_of_all() -> None:
    users = [
        UserRatings(1, np.array([0, 3]), np.array([5.0, 1.0])),
        UserRatings(2, np.array([0]), np.array([3.0])),
    ]
    # Rewards 1, -1 and 0, mean 0: item 0 has (1 + 0) / (2 + 20), item 3 has -1 / (1 + 20).
    found = priors().item_prior(users)
    assert found[[0, 3]].tolist() == pytest.approx([1 / 22, -1 / 21])
    assert not found[[i for i in range(N_ITEMS) if i not in (0, 3)]].any()


def test_the_item_prior_is_about_the_mean_of_all_ratings() -> None:
    rewards = np.array([user.rewards for user in people()])
    by_hand = (rewards - rewards.mean()).sum(axis=0) / (N_PEOPLE + 20.0)
    assert priors().item_prior(people()).tolist() == pytest.approx(by_hand.tolist())


def test_the_noise_of_a_rating_is_found() -> None:
    assert estimated(noise=0.3).noise == pytest.approx(0.09, rel=0.25)


def test_the_noise_is_never_believed_to_be_almost_nothing() -> None:
    assert estimated(noise=0.01).noise == pytest.approx(0.05)


def test_people_who_differ_by_genre_have_genre_variance() -> None:
    some, none = estimated(genre=0.4).genre, estimated().genre
    assert some > 0.05
    assert none < some / 5


def test_people_who_differ_along_loadings_have_factor_variance() -> None:
    some, none = estimated(loadings=True, factor=0.3).factor, estimated(loadings=True).factor
    assert some > 0.03
    assert none < some / 5


def test_kind_and_harsh_people_make_a_bias_variance() -> None:
    assert estimated(bias=0.4).bias > 5 * estimated().bias


def test_the_same_ratings_give_the_same_prior_and_one_line() -> None:
    lines: list[str] = []
    users, given = people(genre=0.4)[:12], priors(say=lines.append)
    expected = given.item_prior(users)
    assert given.ridge_prior(users, expected) == given.ridge_prior(users, expected)
    assert len(lines) == 2
    assert lines[0].startswith("ridge prior {'bias': ")


def test_shares_of_scales_are_shares() -> None:
    scales = estimated(genre=0.4).scales
    assert list(scales) == list(RidgePrior().scales)
    assert sum(scales.values()) == pytest.approx(1.0, abs=1e-3)
    assert min(scales.values()) >= 0.015


def test_people_of_one_clear_taste_among_others_spread_the_scales() -> None:
    alike = estimated(genre=0.3).scales
    strong, weak = people(genre=0.6)[:25], people(genre=0.02)[25:]
    given = priors()
    mixed = given.ridge_prior([*strong, *weak], given.item_prior([*strong, *weak])).scales

    def spread(shares: dict[float, float]) -> float:
        places, weights = np.log2(list(shares)), np.array(list(shares.values()))
        return float(weights @ (places - weights @ places) ** 2)

    assert spread(mixed) > spread(alike) + 0.5


def people_of(weights: Floats, n_people: int = 40, *, seed: int = 0) -> tuple[list[Floats], list[Floats]]:
    """Return (residuals, parts) where the parts add up by these weights, plus noise and an offset a person."""
    rng = np.random.default_rng(seed)
    parts = [rng.normal(size=(30, len(weights))) for _ in range(n_people)]
    return [p @ weights + rng.normal(0, 0.1, 30) + 3.0 * rng.normal() for p in parts], parts


def test_part_weights_are_found_whatever_the_offset_of_a_person() -> None:
    residuals, parts = people_of(np.array([0.5, 0.1]))
    assert part_weights(residuals, parts).tolist() == pytest.approx([0.5, 0.1], abs=0.02)


def test_part_weights_equal_penalised_least_squares_within_people() -> None:
    residuals, parts = people_of(np.array([0.3, 0.2]), n_people=3)
    rows = [np.sqrt(1 / 30) * (p - p.mean(axis=0)) for p in parts]
    wanted = [np.sqrt(1 / 30) * (r - r.mean()) for r in residuals]
    stacked = np.concatenate([*rows, 0.1 * np.eye(2)]), np.concatenate([*wanted, np.zeros(2)])
    by_hand, *_ = np.linalg.lstsq(*stacked)
    assert part_weights(residuals, parts).tolist() == pytest.approx(by_hand.tolist(), abs=1e-8)


def test_a_part_that_says_the_opposite_weighs_nothing() -> None:
    residuals, parts = people_of(np.array([0.5, -0.4]))
    found = part_weights(residuals, parts).tolist()
    assert found[0] == pytest.approx(0.5, abs=0.05)
    assert found[1] == 0.0


def test_parts_that_are_all_zero_weigh_nothing() -> None:
    residuals, parts = people_of(np.array([0.5]))
    assert part_weights(residuals, [np.zeros((30, 2)) for _ in parts]).tolist() == [0.0, 0.0]


def test_a_person_counts_once_whatever_the_number_of_ratings() -> None:
    rng = np.random.default_rng(0)
    parts = [rng.normal(size=(n, 1)) for n in (2000, 20)]
    residuals = [parts[0][:, 0], 0.0 * parts[1][:, 0]]
    # Two people who ask for 1 and 0, parts of about the same variance: in between, however long the first's list.
    assert part_weights(residuals, parts)[0] == pytest.approx(0.5, abs=0.15)
