import numpy as np
import pytest
from palate.eval.content_profile import CROWD_RIDGE, SHRINKAGE, STATED_COUNT, STATED_STARS, ContentProfile
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import DataError
from palate.retrieval.items import Item
from palate.retrieval.ratings import UserRatings

NONE = np.zeros(0, dtype=np.int64), np.zeros(0)


def film(name: str, year: int, genres: str, director: str) -> Item:
    people = {"director": (director,)}
    return Item(item_id=name, domain="film", title=name, year=year, genres=tuple(genres.split("|")), people=people)


@pytest.fixture
def catalog() -> Catalog:
    """Four films that people rated and three that nobody did."""
    return Catalog(
        [
            film("heat", 1995, "crime", "Mann"), film("casino", 1995, "crime|drama", "Scorsese"),
            film("emma", 1996, "romance", "McGrath"), film("clueless", 1995, "romance|comedy", "Heckerling"),
            film("collateral", 2004, "crime", "Mann"), film("laputa", 1986, "animation", "Miyazaki"),
            film("sabrina", 1954, "romance", "Wilder"),
        ]
    )  # fmt: skip


@pytest.fixture
def profile(catalog: Catalog) -> ContentProfile:
    """Two people rate the first four films; the crowd gives each of them 3 stars."""
    users = [
        UserRatings(i, np.arange(4), np.array(stars, dtype=float))
        for i, stars in enumerate(([5, 5, 1, 1], [1, 1, 5, 5]))
    ]
    return ContentProfile(users, catalog)


def test_the_score_by_hand(profile: ContentProfile) -> None:
    # Everybody's mean is 3, so the residual of a five is 2, the bias 2 / 6 and the centred residual 5 / 3.
    found = profile.scores(np.array([0]), np.array([5.0])).rated
    taste = {kind: 5 / 3 / (1 + shrinkage) for kind, shrinkage in SHRINKAGE.items()}
    bias = 3 + 1 / 3
    expected = [bias + sum(taste.values()), bias + taste["genre"] / 2 + taste["decade"], bias + taste["decade"],
                bias + taste["decade"], bias + taste["genre"] + taste["person"], bias, bias]  # fmt: skip
    assert found == pytest.approx(expected)


def test_the_crowd_speaks_where_the_person_said_nothing(catalog: Catalog) -> None:
    users = [UserRatings(i, np.arange(4), np.array([5.0, 5.0, 1.0, 1.0])) for i in range(400)]
    found = ContentProfile(users, catalog).scores(*NONE).rated
    assert found[4] > found[5] > found[6]


def test_the_crowd_is_a_weighted_ridge_by_a_second_way(catalog: Catalog) -> None:
    users = [
        UserRatings(1, np.array([0, 1, 2]), np.array([5.0, 4.0, 1.0])),
        UserRatings(2, np.array([0]), np.array([4.0])),
    ]
    means = np.array([(9 + 5 * 3.5) / 7, (4 + 5 * 3.5) / 6, (1 + 5 * 3.5) / 6])
    # Columns: crime, drama, romance; Mann, Scorsese, McGrath; the nineties are common to the three.
    table = np.array([[1, 0, 0, 1, 0, 0], [0.5, 0.5, 0, 0, 1, 0], [0, 0, 1, 0, 0, 1]])
    weights = np.sqrt([2.0, 1.0, 1.0])
    centre, mean = weights @ table / weights.sum(), weights @ means / weights.sum()
    left = (table - centre).T * weights @ (table - centre) + CROWD_RIDGE * np.eye(6)
    slopes = np.linalg.solve(left, (table - centre).T @ (weights * (means - mean)))
    found = ContentProfile(users, catalog).scores(*NONE).rated
    assert found[4] == pytest.approx(mean + (np.array([1, 0, 0, 1, 0, 0]) - centre) @ slopes, abs=1e-3)
    assert found[5] == pytest.approx(mean - centre @ slopes, abs=1e-3)


def test_statements_count_as_ratings_of_the_value(profile: ContentProfile) -> None:
    found = profile.scores(*NONE, stated={("genre", "Crime"): 1.0, ("person", "wilder"): -1.0}).rated
    said = {kind: STATED_COUNT * STATED_STARS / (STATED_COUNT + SHRINKAGE[kind]) for kind in SHRINKAGE}
    expected = [3 + said["genre"], 3 + said["genre"] / 2, 3, 3, 3 + said["genre"], 3, 3 - said["person"]]
    assert found == pytest.approx(expected)


def test_statements_add_to_ratings_and_to_decades(profile: ContentProfile) -> None:
    told = np.array([0, 3]), np.array([5.0, 1.0])
    alone, both = (profile.scores(*told, stated=stated).rated for stated in (None, {("decade", "1950s"): -1.0}))
    lowered = STATED_COUNT * STATED_STARS / (STATED_COUNT + SHRINKAGE["decade"])
    assert alone - both == pytest.approx([0, 0, 0, 0, 0, 0, lowered])


def test_a_value_that_no_item_has_changes_nothing(profile: ContentProfile) -> None:
    assert profile.scores(*NONE, stated={("genre", "western"): 1.0}).rated == pytest.approx([3.0] * 7)


def test_stars_stay_on_the_scale(profile: ContentProfile) -> None:
    found = profile.scores(
        np.array([0, 1]), np.array([5.0, 5.0]), stated={("person", "Mann"): 1.0, ("genre", "crime"): 1.0}
    )
    assert found.rated.max() > 5.0
    assert found.stars is not None
    assert found.stars.max() == 5.0


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({("mood", "dark"): 1.0}, "a statement about 'mood' is not understood; give one of genre, person, decade"),
        ({("genre", "crime"): 2.0}, "polarity 2.0 of 'crime' is out of range"),
        ({("genre", "crime"): float("nan")}, "polarity nan of 'crime' is out of range"),
    ],
)
def test_unusable_statements_are_our_error(
    profile: ContentProfile, stated: dict[tuple[str, str], float], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        profile.scores(*NONE, stated=stated)
