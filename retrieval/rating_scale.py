"""Ratings of any scale as rewards from -1 (hated) over 0 (neither) to 1 (loved)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import DataError

_STARS = 5.0
_KNOWN = ((0.0, 1.0), (-1.0, 1.0), (1.0, 5.0), (0.5, 5.0), (0.0, 5.0), (1.0, 10.0), (0.0, 10.0), (0.0, 100.0))


@dataclass(frozen=True, slots=True)
class RatingScale:
    """The lowest and the highest rating that can be given.

    The reward of a rating is (rating - neutral) / (high - neutral), cut off at -1. Neutral is the middle of the scale,
    save for stars up to 5: there it is 3, with or without half stars, so that a star means the same in every data set.

    Examples:
        >>> RatingScale(1, 5).rewards(np.array([1.0, 3.0, 4.0])).tolist()
        [-1.0, 0.0, 0.5]
        >>> RatingScale(0.5, 5).rewards(np.array([0.5, 4.5])).tolist(), RatingScale(1, 10).neutral
        ([-1.0, 0.75], 5.5)
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise DataError(
                f"the scale {self.low:g} to {self.high:g} is empty; give the lowest rating, then the highest"
            )

    @property
    def neutral(self) -> float:
        """The rating that says neither."""
        return 3.0 if self.high == _STARS and 0 <= self.low <= 1 else (self.low + self.high) / 2

    def rewards(self, ratings: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return rewards from -1 to 1 of the shape of ``ratings``."""
        return np.clip((ratings - self.neutral) / (self.high - self.neutral), -1.0, 1.0)

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


def guess_scale(low: float, high: float) -> RatingScale:
    """Return the narrowest usual scale that holds all ratings between two, or those two themselves.

    Examples:
        >>> str(guess_scale(1.0, 5.0)), str(guess_scale(2.0, 9.0)), str(guess_scale(-10.0, 10.0))
        ('1 to 5', '1 to 10', '-10 to 10')
    """
    for least, most in _KNOWN:
        if least <= low and high <= most:
            return RatingScale(least, most)
    return RatingScale(low, high)
