import numpy as np
import pytest
from palate.retrieval.errors import DataError
from palate.retrieval.rating_scale import RatingScale, guess_scale


@pytest.mark.parametrize(
    ("low", "high", "scale", "neutral"),
    [
        (1, 5, RatingScale(1, 5), 3),
        (0.5, 5, RatingScale(0.5, 5), 3),
        (2, 4.5, RatingScale(1, 5), 3),
        (0, 5, RatingScale(0, 5), 3),
        (0, 1, RatingScale(0, 1), 0.5),
        (1, 1, RatingScale(0, 1), 0.5),
        (-1, 1, RatingScale(-1, 1), 0),
        (1, 10, RatingScale(1, 10), 5.5),
        (0, 9, RatingScale(0, 10), 5),
        (3, 87, RatingScale(0, 100), 50),
        (-10, 10, RatingScale(-10, 10), 0),
    ],
)
def test_the_scale_is_the_narrowest_usual_one(low: float, high: float, scale: RatingScale, neutral: float) -> None:
    guessed = guess_scale(low, high)
    assert (guessed, guessed.neutral) == (scale, neutral)
    ends = guessed.rewards(np.array([scale.low, neutral, scale.high]))
    assert ends.tolist() == [-1.0, 0.0, 1.0]


def test_a_star_means_the_same_with_and_without_halves() -> None:
    stars = np.array([1.0, 2.0, 4.0, 5.0])
    assert (
        RatingScale(0.5, 5).rewards(stars).tolist() == RatingScale(1, 5).rewards(stars).tolist() == [-1, -0.5, 0.5, 1]
    )


def test_an_empty_scale_is_refused() -> None:
    with pytest.raises(DataError, match="the scale 5 to 1 is empty"):
        RatingScale(5, 1)
