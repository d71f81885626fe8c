from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from palate.adapters.factor_analysis import fit_factor_analysis
from palate.adapters.rating_factors import RatingFactors, fit_rating_factors
from palate.adapters.seen_evidence import fit_seen_model
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import AdapterError, DataError
from palate.retrieval.items import Item
from palate.retrieval.ratings import UserRatings
from scipy import sparse

N_ITEMS = 12


def catalog_of(ids: list[str]) -> Catalog:
    return Catalog(Item(item_id=i, domain="film", title=i) for i in ids)


IDS = [f"film-{i}" for i in range(N_ITEMS)]


def camps(n: int = 120, seed: int = 0) -> list[UserRatings]:
    """Half the people like items 0 to 4 and not 5 to 9, and mostly rate 0 to 4; half the other way; nobody rated 11."""
    rng, users = np.random.default_rng(seed), []
    for user in range(n):
        side = user % 2
        rows = np.array([row for row in range(N_ITEMS - 1) if rng.random() < (0.9 if row // 5 == side else 0.5)] or [0])
        like = np.where(rows == 10, 3.0, np.where(rows // 5 == side, 4.5, 1.5))
        users.append(UserRatings(user, rows, np.clip(np.rint(like + rng.normal(0.0, 0.5, len(rows))), 1.0, 5.0)))
    return users


@pytest.fixture(scope="module")
def factors() -> RatingFactors:
    return fit_rating_factors(camps(), N_ITEMS, n_factors=3, n_seen=4)


def same(left: RatingFactors, right: RatingFactors, tolerance: float) -> bool:
    return all(
        np.allclose(getattr(left, field.name), getattr(right, field.name), rtol=tolerance, atol=tolerance)
        for field in fields(RatingFactors)
    )


def test_items_of_one_camp_are_correlated_and_those_of_two_are_opposed(factors: RatingFactors) -> None:
    covariance = factors.loadings @ factors.loadings.T
    assert covariance[0, 1] > 0.1 > -0.1 > covariance[0, 6]


def test_the_implied_covariance_of_ratings_is_that_of_the_people() -> None:
    """With complete ratings the fit is ordinary factor analysis: its covariance is the sample's."""
    rng = np.random.default_rng(0)
    loadings = rng.normal(0.0, 0.3, (6, 2))
    rewards = rng.normal(size=(4000, 2)) @ loadings.T + 0.1 * rng.normal(size=(4000, 6)) + np.linspace(-0.2, 0.2, 6)
    analysis = fit_factor_analysis(sparse.csr_array(rewards), n_factors=2, seed=0, epochs=60, noise_strength=1.0)
    implied = analysis.weights[:, 1:] @ analysis.weights[:, 1:].T + np.diag(analysis.noise)
    assert implied == pytest.approx(np.cov(rewards.T), abs=0.01)
    assert analysis.weights[:, 0] == pytest.approx(rewards.mean(axis=0), abs=0.01)
    assert analysis.noise == pytest.approx(np.full(6, 0.01), abs=0.003)


def test_the_choice_of_items_tells_the_camp(factors: RatingFactors) -> None:
    """Nothing but the rows goes in; the difference between the two camps' first items is what comes out."""
    expected = {
        side: factors.link @ (factors.spread / (1 + 3 * factors.spread) * factors.seen[rows].sum(axis=0))
        for side, rows in ((0, [0, 1, 2]), (1, [5, 6, 7]))
    }
    taste = factors.loadings[:5].mean(axis=0) - factors.loadings[5:10].mean(axis=0)
    assert taste @ expected[0] > 0.05 > -0.05 > taste @ expected[1]


def test_centres_of_people_have_the_variance_they_were_drawn_with() -> None:
    """The axes come out so that one item scatters by 1 and people by ``variances`` (checked on the fitted vectors)."""
    users = camps(400)
    ratings = sparse.lil_array((400, N_ITEMS))
    for i, user in enumerate(users):
        ratings[i, user.rows.tolist()] = 1.0
    seen = sparse.csr_array(ratings)
    model = fit_seen_model(
        seen, np.zeros((400, 2)), n_seen=3, seed=0, regularization=1.0, alpha=4.0, ridge=1.0
    )  # fmt: skip
    within = [np.cov(model.vectors[user.rows].T) for user in users if len(user) > 1]
    assert np.mean(within, axis=0) == pytest.approx(np.eye(3), abs=0.05)
    assert (np.diff(model.variances) <= 0).all()
    assert model.link == pytest.approx(np.zeros((2, 3)))


def test_a_known_centre_never_explains_all_of_a_person(factors: RatingFactors) -> None:
    assert np.linalg.eigvalsh((factors.link * factors.spread) @ factors.link.T).max() <= 0.95 + 1e-9


def test_an_item_nobody_rated_is_the_average_item_and_less_sure(factors: RatingFactors) -> None:
    assert factors.counts[11] == 0
    assert factors.means[11] == factors.item_mean[0]
    assert (factors.loadings[11] == factors.item_mean[1:]).all()
    assert (factors.seen[11] == 0).all()
    assert factors.noise[11] > factors.noise[:11].mean()


def test_the_same_seed_gives_the_same_factors_and_another_seed_others(factors: RatingFactors) -> None:
    assert same(factors, fit_rating_factors(camps(), N_ITEMS, n_factors=3, n_seen=4), 0.0)
    assert not same(factors, fit_rating_factors(camps(), N_ITEMS, n_factors=3, n_seen=4, seed=1), 1e-3)


def test_factors_come_back_from_a_file_to_half_precision(factors: RatingFactors, tmp_path: Path) -> None:
    path = tmp_path / "new" / "factors.safetensors"
    factors.save(path, catalog_of(IDS), trained_on="an example")
    assert same(RatingFactors.load(path, catalog_of(IDS)), factors, 2e-3)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_another_catalogue_takes_the_rows_it_knows(factors: RatingFactors, tmp_path: Path) -> None:
    path = tmp_path / "factors.safetensors"
    factors.save(path, catalog_of(IDS), trained_on="an example")
    other = RatingFactors.load(path, catalog_of(["unknown", IDS[3]]))
    assert other.counts.tolist() == [0, factors.counts[3]]
    assert other.means == pytest.approx([factors.item_mean[0], factors.means[3]], abs=1e-3)
    assert other.loadings[0] == pytest.approx(factors.item_mean[1:], abs=1e-6)


def test_a_damaged_or_missing_file_is_named(factors: RatingFactors, tmp_path: Path) -> None:
    path = tmp_path / "factors.safetensors"
    with pytest.raises(AdapterError, match="cannot be used"):
        RatingFactors.load(path, catalog_of(IDS))
    replace(factors).save(path, catalog_of(IDS), trained_on="an example")
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(AdapterError, match="changed since"):
        RatingFactors.load(path, catalog_of(IDS))


@pytest.mark.parametrize(
    ("users", "message"),
    [
        ([], "0 people"),
        ([UserRatings(1, np.array([0]), np.array([3.0]))] * 2, "two ratings"),
        ([UserRatings(1, np.array([0, N_ITEMS]), np.array([3.0, 4.0]))] * 2, "rows run"),
        ([UserRatings(1, np.array([0, 1]), np.array([3.0, 9.0]))] * 2, "1 and 5"),
        ([UserRatings(1, np.array([0, 1]), np.array([3.0, np.nan]))] * 2, "1 and 5"),
        ([UserRatings(1, np.array([1, 1]), np.array([3.0, 4.0]))] * 2, "twice"),
    ],
)
def test_ratings_that_cannot_be_used_are_refused(users: list[UserRatings], message: str) -> None:
    with pytest.raises(DataError, match=message):
        fit_rating_factors(users, N_ITEMS)
