import numpy as np
import pytest
from palate.adapters.factor_ridge import FactorRidge, fit_new_item
from palate.adapters.rating_factors import RatingFactors
from palate.retrieval.errors import AdapterError

D, M, N = 3, 2, 8
ROWS, REWARDS, WEIGHTS = [1, 4, 6, 2], [1.0, -0.5, 0.5, 0.0], [1.0, 0.5, 2.0, 1.0]


@pytest.fixture
def factors() -> RatingFactors:
    """Eight items drawn at random; nobody rated the last."""
    rng = np.random.default_rng(0)
    root = rng.normal(0.0, 0.3, (1 + D, 1 + D))
    loadings, seen, counts = rng.normal(0.0, 0.4, (N, D)), rng.normal(size=(N, M)), np.full(N, 9)
    loadings[-1], seen[-1], counts[-1] = 0.0, 0.0, 0
    return RatingFactors(
        means=rng.normal(0.2, 0.2, N), loadings=loadings, noise=rng.uniform(0.1, 0.3, N), counts=counts, seen=seen,
        spread=np.array([0.5, 0.1]), link=rng.normal(0.0, 0.3, (D, M)), item_mean=np.array([0.2, 0.4, 0.0, 0.1]),
        item_covariance=root @ root.T + 0.01 * np.eye(1 + D), common_noise=np.array([0.15]), regularization=1.0,
        alpha=1.0,
    )  # fmt: skip


def dense(
    factors: RatingFactors, rows: list[int], rewards: list[float], weights: list[float], chosen: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of every item by one joint Gaussian of (x, centre), items' vectors and rewards."""
    joint = np.zeros((D + M, D + M))
    spread = np.diag(factors.spread)
    joint[:D, :D], joint[:D, D:], joint[D:, :D], joint[D:, D:] = (
        np.eye(D), factors.link @ spread, spread @ factors.link.T, spread,
    )  # fmt: skip
    of_rewards = np.column_stack([factors.loadings[rows], np.zeros((len(rows), M))])
    of_vectors = np.tile(np.column_stack([np.zeros((M, D)), np.eye(M)]), (len(chosen), 1))
    design = np.vstack([of_rewards, of_vectors])
    noise = np.concatenate([factors.noise[rows] / np.array(weights), np.ones(M * len(chosen))])
    heard = np.concatenate([np.array(rewards) - factors.means[rows], factors.seen[chosen].ravel()])
    between = np.column_stack([factors.loadings, np.zeros((N, M))]) @ joint @ design.T
    kernel = design @ joint @ design.T + np.diag(noise)
    mean = factors.means + between @ np.linalg.solve(kernel, heard)
    prior = (factors.loadings**2).sum(axis=1)
    return mean, prior - np.einsum("ij,ji->i", between, np.linalg.solve(kernel, between.T))


def test_mean_and_variance_are_those_of_the_dense_gaussian(factors: RatingFactors) -> None:
    posterior = FactorRidge(factors).fit(ROWS, REWARDS, WEIGHTS)
    mean, variance = dense(factors, ROWS, REWARDS, WEIGHTS, ROWS)
    assert posterior.mean() == pytest.approx(mean)
    assert posterior.variance() == pytest.approx(variance, abs=1e-12)
    assert posterior.mean([3, 0]) == pytest.approx(mean[[3, 0]])
    assert posterior.variance([3, 0]) == pytest.approx(variance[[3, 0]])


@pytest.mark.parametrize("chosen", [[], [4], [0, 3, 5]])
def test_only_what_the_person_chose_is_evidence_of_choice(factors: RatingFactors, chosen: list[int]) -> None:
    posterior = FactorRidge(factors).fit(ROWS, REWARDS, chosen=chosen)
    mean, variance = dense(factors, ROWS, REWARDS, [1.0] * 4, chosen)
    assert posterior.mean() == pytest.approx(mean)
    assert posterior.variance() == pytest.approx(variance, abs=1e-12)


def test_left_out_is_a_refit_without_that_answer(factors: RatingFactors) -> None:
    posterior = FactorRidge(factors).fit(ROWS, REWARDS, WEIGHTS)
    for i, row in enumerate(ROWS):
        others = [j for j in range(len(ROWS)) if j != i]
        rows, rewards, weights = ([values[j] for j in others] for values in (ROWS, REWARDS, WEIGHTS))
        assert posterior.left_out[i] == pytest.approx(dense(factors, rows, rewards, weights, ROWS)[0][row])


def test_without_ratings_everybody_is_average(factors: RatingFactors) -> None:
    posterior = FactorRidge(factors).fit([], [])
    assert posterior.mean() == pytest.approx(factors.means)
    assert posterior.variance() == pytest.approx((factors.loadings**2).sum(axis=1))
    assert posterior.left_out.shape == (0,)


def test_an_item_that_nobody_rated_tells_nothing_by_being_chosen(factors: RatingFactors) -> None:
    ridge = FactorRidge(factors)
    assert ridge.prior([7])[0] == pytest.approx(ridge.prior([])[0])
    assert ridge.fit([7], [1.0]).mean() == pytest.approx(factors.means)


def test_stars_run_from_one_to_five(factors: RatingFactors) -> None:
    posterior = FactorRidge(factors).fit([0, 1], [1.0, 1.0], [1e6, 1e6])
    assert posterior.stars([0, 1]) == pytest.approx([5.0, 5.0], abs=1e-3)
    assert (np.abs(posterior.stars() - 3.0) <= 2.0).all()


def test_a_posterior_takes_less_than_a_millisecond_at_full_size() -> None:
    from time import perf_counter

    rng = np.random.default_rng(0)
    d, m, n = 32, 64, 3883
    big = RatingFactors(
        means=np.zeros(n), loadings=rng.normal(0.0, 0.1, (n, d)), noise=np.full(n, 0.2), counts=np.full(n, 9),
        seen=rng.normal(size=(n, m)), spread=np.full(m, 0.1), link=rng.normal(0.0, 0.1, (d, m)),
        item_mean=np.zeros(1 + d), item_covariance=np.eye(1 + d), common_noise=np.array([0.2]), regularization=1.0,
        alpha=1.0,
    )  # fmt: skip
    ridge, times = FactorRidge(big), []
    for _ in range(50):
        start = perf_counter()
        ridge.fit(range(20), [0.5] * 20).mean()
        times.append(perf_counter() - start)
    assert min(times) < 1e-3  # the fastest, since others may be using the machine


@pytest.mark.parametrize(
    ("rows", "rewards", "weights", "message"),
    [
        ([1, 2], [1.0], None, "one of each"),
        ([1], [1.5], None, "between -1 and 1"),
        ([1], [np.nan], None, "between -1 and 1"),
        ([1], [1.0], [0.0], "above 0"),
    ],
)
def test_what_cannot_be_used_is_refused(
    factors: RatingFactors, rows: list[int], rewards: list[float], weights: list[float] | None, message: str
) -> None:
    with pytest.raises(AdapterError, match=message):
        FactorRidge(factors).fit(rows, rewards, weights)


def test_a_new_item_is_the_brute_force_least_squares(factors: RatingFactors) -> None:
    """Prior and ratings as rows of one weighted least-squares problem."""
    rng = np.random.default_rng(1)
    people, rewards = rng.normal(size=(5, D)), rng.uniform(-1, 1, 5)
    item = fit_new_item(factors, people, rewards)
    root = np.linalg.cholesky(np.linalg.inv(factors.item_covariance)).T
    scale = 1.0 / np.sqrt(factors.common_noise[0])
    left = np.vstack([root, scale * np.column_stack([np.ones(5), people])])
    right = np.concatenate([root @ factors.item_mean, scale * rewards])
    expected = np.linalg.lstsq(left, right, rcond=None)[0]
    assert np.concatenate([[item.mean], item.loadings]) == pytest.approx(expected)
    assert item.covariance == pytest.approx(np.linalg.inv(left.T @ left))


def test_an_item_without_ratings_is_the_average_item(factors: RatingFactors) -> None:
    item = fit_new_item(factors, np.zeros((0, D)), [])
    assert item.mean == pytest.approx(factors.item_mean[0])
    assert item.loadings == pytest.approx(factors.item_mean[1:])


def test_a_rating_by_somebody_unknown_counts_less(factors: RatingFactors) -> None:
    people, vague = np.array([[1.0, 0.0, 0.0]]), np.eye(D)[None]
    sure, unsure = fit_new_item(factors, people, [-1.0]), fit_new_item(factors, people, [-1.0], vague)
    assert sure.mean + sure.loadings[0] < unsure.mean + unsure.loadings[0] < factors.item_mean[:2].sum()
    noise = factors.common_noise[0] + factors.item_mean[1:] @ factors.item_mean[1:]
    known = np.array([1.0, 1.0, 0.0, 0.0])
    gain = factors.item_covariance @ known / (known @ factors.item_covariance @ known + noise)
    expected = factors.item_mean + gain * (-1.0 - known @ factors.item_mean)
    assert np.concatenate([[unsure.mean], unsure.loadings]) == pytest.approx(expected)


def test_people_who_are_not_one_a_reward_are_refused(factors: RatingFactors) -> None:
    with pytest.raises(AdapterError, match="2 people"):
        fit_new_item(factors, np.zeros((2, D)), [1.0])
