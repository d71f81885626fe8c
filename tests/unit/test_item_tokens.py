import numpy as np
import pytest
import torch
from palate.adapters.item_tokens import N_TOKENS, ItemFeatures, folded, project, random_projection
from palate.adapters.rating_factors import RatingFactors

COUNTS = np.array([7, 0, 1, 31])
VECTORS = np.eye(4, 5, dtype=np.float32)


def factors() -> RatingFactors:
    """Factors of four items, of which the second is unrated; loadings of 2, 1 axis of who rates."""
    rng = np.random.default_rng(0)
    blank = np.zeros
    return RatingFactors(
        means=rng.normal(size=4), loadings=rng.normal(size=(4, 2)), noise=np.ones(4), counts=COUNTS,
        seen=rng.normal(size=(4, 1)) * (COUNTS > 0)[:, None], spread=np.ones(1), link=blank((2, 1)),
        item_mean=blank(3), item_covariance=np.eye(3), common_noise=np.ones(1), regularization=1.0, alpha=1.0,
    )  # fmt: skip


def features() -> ItemFeatures:
    return ItemFeatures.of(factors(), VECTORS)


def weights(seed: int = 0) -> dict[str, torch.Tensor]:
    return random_projection(5, 5, 3, seed=seed)


def test_features_are_loadings_who_rates_mean_and_number_of_ratings() -> None:
    given, found = factors(), features()
    by_hand = [*given.loadings[3], *given.seen[3], given.means[3], np.log(32.0)]
    assert found.factors.shape == (4, 5)
    assert found.factors[3].tolist() == pytest.approx(by_hand, abs=1e-6)
    assert found.known.tolist() == [True, False, True, True]


def test_content_is_the_vector_brought_to_entries_of_about_a_third() -> None:
    found = features().content
    assert found[1].tolist() == pytest.approx([0.0, 0.3 * 5**0.5, 0.0, 0.0, 0.0])
    assert (found**2).mean(dim=1).sqrt().tolist() == pytest.approx([0.3] * 4)


def test_what_nobody_rated_has_no_collaborative_token() -> None:
    assert features().present.tolist() == [[True, True], [False, True], [True, True], [True, True]]


def test_presence_can_be_changed_without_changing_the_features() -> None:
    given = features()
    given.present[:, 0] = False
    assert given.known.tolist() == [True, False, True, True]


def test_standardised_factors_have_mean_nought_and_deviation_one_over_the_rated() -> None:
    given = features()
    found, mean, deviation = given.standardised()
    rated = found.factors[[0, 2, 3]]
    assert rated.mean(dim=0).tolist() == pytest.approx([0.0] * 5, abs=1e-6)
    assert rated.std(dim=0).tolist() == pytest.approx([1.0] * 5, abs=1e-4)
    assert found.factors[1].tolist() == [0.0] * 5
    torch.testing.assert_close(rated * deviation + mean, given.factors[[0, 2, 3]])
    assert torch.equal(found.content, given.content)


def test_tokens_are_the_two_projections() -> None:
    given, w = features(), weights()
    found = project(w, given)
    assert found.shape == (4, N_TOKENS, 3)
    for row in range(4):
        collaborative = w["factors.weight"] @ given.factors[row] + w["factors.bias"]
        content = w["content.weight"] @ given.content[row] + w["content.bias"]
        torch.testing.assert_close(found[row], torch.stack([collaborative, content]))


def test_folded_weights_give_the_same_tokens_from_factors_as_they_are() -> None:
    given, w = features(), weights()
    standard, mean, deviation = given.standardised()
    found = project(folded(w, mean, deviation), given)
    expected = project(w, standard)
    torch.testing.assert_close(found[given.known], expected[given.known], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found[:, 1], expected[:, 1])
    assert (project(w, given)[given.known, 0] - expected[given.known, 0]).abs().max() > 0.1


def test_a_factor_that_is_the_same_for_all_items_is_not_blown_up() -> None:
    given = features()
    given.factors[:, 1] = 0.7
    standard, mean, deviation = given.standardised()
    assert standard.factors[:, 1].abs().max() < 1e-6
    assert folded(weights(), mean, deviation)["factors.weight"].abs().max() < 100


def test_folding_changes_no_weight_in_place() -> None:
    _, mean, deviation = features().standardised()
    given = weights()
    folded(given, mean, deviation)
    assert all(torch.equal(given[name], tensor) for name, tensor in weights().items())


def test_some_items_are_those_rows_of_all() -> None:
    rows, w = torch.tensor([3, 0]), weights()
    torch.testing.assert_close(project(w, features().at(rows)), project(w, features())[rows])
    assert features().at(torch.tensor([1])).present.tolist() == [[False, True]]


def test_drawn_weights_go_by_their_seed() -> None:
    one, again, other = weights(), weights(), weights(1)
    assert {name: tuple(t.shape) for name, t in one.items()} == {
        "factors.weight": (3, 5), "factors.bias": (3,), "content.weight": (3, 5), "content.bias": (3,),
    }  # fmt: skip
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not any(torch.equal(one[name], other[name]) for name in one)
