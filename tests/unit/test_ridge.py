from itertools import pairwise

import numpy as np
import pytest
from palate.adapters.feedback import Example
from palate.adapters.ridge import ItemFactors, RidgeHead, RidgePosterior, RidgePrior, log_density
from palate.retrieval.attribute_table import AttributeTable
from palate.retrieval.catalog import Catalog
from palate.retrieval.encoder import Encoder, Vectors
from scipy.linalg import cho_factor
from scipy.stats import multivariate_normal

EXAMPLES = [Example("alien-1979", 1.0), Example("emma-1996", -0.5, 0.7), Example("solaris-1972", 0.5, 0.3)]
EXPECTED = np.array([0.3, 0.2, -0.1, 0.4, 0.0, 0.1])
ROWS = [0, 2, 4]


def prior(**scales: float) -> RidgePrior:
    return RidgePrior(scales={float(name[1:]): share for name, share in (scales or {"x1": 1.0}).items()})


@pytest.fixture
def vectors(small_catalog: Catalog, word_encoder: Encoder) -> Vectors:
    return word_encoder.encode_items([item.text for item in small_catalog])


def fit(catalog: Catalog, vectors: Vectors, prior: RidgePrior, examples: list[Example] = EXAMPLES) -> RidgePosterior:
    return RidgeHead(catalog, ItemFactors(AttributeTable(catalog), vectors, prior), prior).fit(examples, EXPECTED)


def weights_of(catalog: Catalog, vectors: Vectors, prior: RidgePrior, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Solve the same model over its weights: features with unit prior, the bias the last; return (mean, variance)."""
    kernel = ItemFactors(AttributeTable(catalog), vectors, prior).kernel(None, range(len(catalog)))
    values, axes = np.linalg.eigh(kernel)
    features = axes * np.sqrt(np.maximum(values, 0.0) * scale)
    features = np.column_stack([features, np.sqrt(prior.slope) * EXPECTED, np.full(len(catalog), np.sqrt(prior.bias))])
    precision = np.diag([example.weight / prior.noise for example in EXAMPLES])
    seen, residual = features[ROWS], np.array([example.reward for example in EXAMPLES]) - EXPECTED[ROWS]
    covariance = np.linalg.inv(np.eye(features.shape[1]) + seen.T @ precision @ seen)
    free = features.copy()
    free[:, -1] = 0.0
    return free @ covariance @ seen.T @ precision @ residual, np.einsum("ij,jk,ik->i", free, covariance, free)


@pytest.mark.parametrize("scale", ["x1", "x4", "x0.5"])
def test_the_posterior_equals_bayesian_regression_over_the_weights(
    small_catalog: Catalog, vectors: Vectors, scale: str
) -> None:
    found = fit(small_catalog, vectors, prior(**{scale: 1.0}))
    mean, variance = weights_of(small_catalog, vectors, prior(), float(scale[1:]))
    np.testing.assert_allclose(found.mean, mean, atol=1e-8)
    np.testing.assert_allclose(found.variance, variance, atol=1e-8)


def test_scales_average_by_share_times_probability_of_the_ratings(small_catalog: Catalog, vectors: Vectors) -> None:
    given = prior(x1=0.3, x8=0.7)
    kernel = ItemFactors(AttributeTable(small_catalog), vectors, given).kernel(ROWS, ROWS)
    rest = given.slope * np.outer(EXPECTED[ROWS], EXPECTED[ROWS]) + given.bias
    rest = rest + np.diag([given.noise / example.weight for example in EXAMPLES])
    residual = np.array([example.reward for example in EXAMPLES]) - EXPECTED[ROWS]
    chances = [share * multivariate_normal(cov=s * kernel + rest).pdf(residual) for s, share in given.scales.items()]
    parts = [weights_of(small_catalog, vectors, given, scale) for scale in given.scales]
    w = np.array(chances) / sum(chances)
    mean = w[0] * parts[0][0] + w[1] * parts[1][0]
    spread = sum(wi * (variance + (m - mean) ** 2) for wi, (m, variance) in zip(w, parts, strict=True))
    found = fit(small_catalog, vectors, given)
    np.testing.assert_allclose(found.mean, mean, atol=1e-8)
    np.testing.assert_allclose(found.variance, spread, atol=1e-8)


def test_log_density_equals_that_of_scipy() -> None:
    root = np.random.default_rng(0).normal(size=(4, 4))
    covariance, residual = root @ root.T + np.eye(4), np.array([0.3, -1.0, 0.0, 2.0])
    found = log_density(residual, cho_factor(covariance, lower=True))
    assert found == pytest.approx(multivariate_normal(cov=covariance).logpdf(residual), abs=1e-10)


def test_without_examples_the_prior_stands(small_catalog: Catalog, vectors: Vectors) -> None:
    given = prior(x1=0.5, x4=0.5)
    found = fit(small_catalog, vectors, given, [])
    kernel = ItemFactors(AttributeTable(small_catalog), vectors, given).kernel(None, range(6))
    assert found.mean.tolist() == [0.0] * 6
    np.testing.assert_allclose(found.variance, 2.5 * np.diag(kernel) + given.slope * EXPECTED**2, atol=1e-10)


def test_each_example_makes_everything_surer(small_catalog: Catalog, vectors: Vectors) -> None:
    variances = [fit(small_catalog, vectors, prior(), EXAMPLES[:n]).variance for n in range(4)]
    for before, after in pairwise(variances):
        assert (after <= before + 1e-12).all()
        assert after.sum() < before.sum() - 1e-3


def test_a_rating_counts_more_than_a_mention(small_catalog: Catalog, vectors: Vectors) -> None:
    strong, weak = (fit(small_catalog, vectors, prior(), [Example("alien-1979", 1.0, w)]) for w in (1.0, 0.3))
    assert strong.mean[0] > weak.mean[0] > 0
    assert strong.variance[0] < weak.variance[0]


def test_a_loved_kind_rises_and_another_does_not(small_catalog: Catalog, vectors: Vectors) -> None:
    found = fit(small_catalog, vectors, prior(), [Example("alien-1979", 1.0), Example("solaris-1972", 1.0)])
    mean = dict(zip((item.item_id for item in small_catalog), found.mean, strict=True))
    assert mean["aliens-1986"] > 0.05
    assert all(mean["aliens-1986"] > mean[other] for other in ("emma-1996", "amelie-2001", "roman-holiday-1953"))


def test_likes_and_dislikes_are_mirror_images(small_catalog: Catalog, vectors: Vectors) -> None:
    given, none = prior(x1=0.5, x4=0.5), np.zeros(6)
    head = RidgeHead(small_catalog, ItemFactors(AttributeTable(small_catalog), vectors, given), given)
    up, down = (head.fit([Example("alien-1979", reward)], none).mean for reward in (1.0, -1.0))
    np.testing.assert_allclose(up, -down, atol=1e-12)


def test_no_number_of_equal_examples_breaks_the_solve(small_catalog: Catalog, vectors: Vectors) -> None:
    found = fit(small_catalog, vectors, prior(x1=0.5, x8=0.5), [Example("alien-1979", 1.0)] * 60)
    assert np.isfinite(found.mean).all()
    assert (found.variance >= 0).all()


def test_the_diagonal_is_that_of_the_kernel(small_catalog: Catalog, vectors: Vectors) -> None:
    factors = ItemFactors(AttributeTable(small_catalog), vectors, RidgePrior())
    np.testing.assert_allclose(factors.diagonal(), np.diag(factors.kernel(None, range(6))), atol=1e-12)


@pytest.mark.parametrize(
    ("block", "left", "right", "cosine"),
    [
        # Comedy and romance: all three share exactly these.
        ("genre", 2, 5, 1.0),
        # Science fiction (3 of 6 films) shared, horror and action (1 of 6) not: ln 3 over ln 3 + ln 7.
        ("genre", 0, 1, np.log(3) / (np.log(3) + np.log(7))),
        # The theme "space" (3 of 6) shared, "scary" and "exciting" (1 of 6) not.
        ("word", 0, 1, np.log(3) / (np.log(3) + np.log(7))),
        ("genre", 0, 2, 0.0),
        ("person", 0, 1, 0.0),
    ],
)
def test_rarer_values_weigh_more(
    small_catalog: Catalog, vectors: Vectors, block: str, left: int, right: int, cosine: float
) -> None:
    only = RidgePrior(**{name: 2.0 * (name == block) for name in ("text", "genre", "word", "person")})
    kernel = ItemFactors(AttributeTable(small_catalog), vectors, only).kernel([left], [left, right])
    assert kernel[0].tolist() == pytest.approx([2.0, 2.0 * cosine])


def test_the_text_block_is_the_cosine_about_the_mean_of_the_catalogue(small_catalog: Catalog, vectors: Vectors) -> None:
    only = RidgePrior(text=0.5, genre=0, word=0, person=0)
    centred = vectors - vectors.mean(axis=0)
    cosines = [[a @ b / np.linalg.norm(a) / np.linalg.norm(b) for b in centred] for a in centred]
    np.testing.assert_allclose(
        ItemFactors(AttributeTable(small_catalog), vectors, only).kernel(None, range(6)),
        np.array(cosines) / 2,
        atol=1e-6,
    )


LOADINGS = np.array([[1.0, 0.0], [0.5, -2.0], [0.0, 0.0], [-1.0, 0.25], [0.0, 3.0], [2.0, 1.0]])
FACTOR_ALONE = RidgePrior(text=0, genre=0, word=0, person=0, factor=0.25)


def test_loadings_count_by_their_inner_product(small_catalog: Catalog, vectors: Vectors) -> None:
    factors = ItemFactors(AttributeTable(small_catalog), vectors, FACTOR_ALONE, LOADINGS)
    by_hand = [[0.25, 0.125, 0.0], [0.125, 0.25 * 4.25, 0.0], [0.5, 0.25 * (1.0 - 2.0), 0.0]]
    np.testing.assert_allclose(factors.kernel([0, 1, 5], [0, 1, 2]), by_hand, atol=1e-12)
    np.testing.assert_allclose(factors.kernel(None, [4])[:, 0], [0.0, -1.5, 0.0, 0.1875, 2.25, 0.75], atol=1e-12)
    np.testing.assert_allclose(factors.diagonal([1, 2, 5]), [0.25 * 4.25, 0.0, 1.25], atol=1e-12)
    assert factors.diagonal()[4] == pytest.approx(2.25)


def test_loadings_add_to_the_other_blocks(small_catalog: Catalog, vectors: Vectors) -> None:
    table, both = AttributeTable(small_catalog), RidgePrior(factor=0.25)
    kernels = [
        ItemFactors(table, vectors, given, LOADINGS).kernel(None, range(6))
        for given in (both, RidgePrior(), FACTOR_ALONE)
    ]
    np.testing.assert_allclose(kernels[0], kernels[1] + kernels[2], atol=1e-12)
    whole = ItemFactors(table, vectors, both, LOADINGS)
    np.testing.assert_allclose(whole.diagonal(), np.diag(kernels[0]), atol=1e-12)


def test_without_ratings_or_their_variance_loadings_change_nothing(small_catalog: Catalog, vectors: Vectors) -> None:
    table = AttributeTable(small_catalog)
    found = [
        ItemFactors(table, vectors, given, loadings).kernel(None, range(6))
        for given, loadings in ((RidgePrior(factor=0.25), None), (RidgePrior(), LOADINGS), (RidgePrior(), None))
    ]
    np.testing.assert_array_equal(found[0], found[2])
    np.testing.assert_array_equal(found[1], found[2])


def test_what_alike_people_rate_alike_rises_together(small_catalog: Catalog, vectors: Vectors) -> None:
    head = RidgeHead(
        small_catalog, ItemFactors(AttributeTable(small_catalog), vectors, FACTOR_ALONE, LOADINGS), FACTOR_ALONE
    )
    mean = head.fit([Example("alien-1979", 1.0)], np.zeros(6)).mean
    # Each item moves by its inner product with what was loved.
    assert mean[0] > 0
    assert (mean / mean[0]).tolist() == pytest.approx([1.0, 0.5, 0.0, -1.0, 0.0, 2.0])


def test_some_rows_get_what_all_would(small_catalog: Catalog, vectors: Vectors) -> None:
    given = prior(x1=0.4, x4=0.6)
    head = RidgeHead(small_catalog, ItemFactors(AttributeTable(small_catalog), vectors, given), given)
    for examples in (EXAMPLES, []):
        every, some = head.fit(examples, EXPECTED), head.fit(examples, EXPECTED, rows=[4, 1])
        np.testing.assert_allclose(some.mean, every.mean[[4, 1]], atol=1e-12)
        np.testing.assert_allclose(some.variance, every.variance[[4, 1]], atol=1e-12)
