"""Periods and lengths in requests."""

import pytest
from palate.bot.understanding import PreferenceExtractor
from palate.retrieval.query import Constraints


@pytest.mark.parametrize(
    ("message", "low", "high"),
    [
        ("under 300 pages", None, 300), ("at most 200 pages", None, 200), ("more than 500 pages", 500, None),
        ("no longer than 250 pages", None, 250), ("nothing over 400 pages", None, 400),
        ("1,000 pages or more", 1000, None),
        ("between 200 and 300 pages", 200, 300), ("a 150-page story", None, 150), ("around 200 pages", 160, 240),
        ("a short novel", None, 200), ("a quick read", None, 200), ("a long book", 500, None),
        ("a doorstopper", 500, None),
        ("a book, not too long", None, 350),
    ],
)  # fmt: skip
def test_pages_are_read(library: PreferenceExtractor, message: str, low: int | None, high: int | None) -> None:
    found = library.extract(message, turn=1).query.constraints
    assert (found.pages_min, found.pages_max) == (low, high)
    assert (found.runtime_min, found.runtime_max) == (None, None)


def test_short_is_said_in_the_terms_of_the_domain_that_holds(library: PreferenceExtractor) -> None:
    assert library.extract("something shorter", turn=1, domain="book").query.constraints == Constraints(pages_max=200)
    assert library.extract("something shorter", turn=1, domain="film").query.constraints == Constraints(runtime_max=95)
    assert library.extract("a short film", turn=1, domain="book").query.constraints == Constraints(
        domain="film", runtime_max=95
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("nothing from the 80s", Constraints(years_none=((1980, 1989),))),
        ("not from the nineties", Constraints(years_none=((1990, 1999),))),
        ("not from 1999", Constraints(years_none=((1999, 1999),))),
        ("no films before 1970", Constraints(year_min=1970)),
        ("nothing made before 1980", Constraints(year_min=1980)),
        ("nothing recent", Constraints(year_max=2009)),
        ("no horror or films from the 80s", Constraints(genres_none=("horror",), years_none=((1980, 1989),))),
        ("I can't stand films from the 70s", Constraints(years_none=((1970, 1979),))),
        ("no horror, from the 70s", Constraints(genres_none=("horror",), year_min=1970, year_max=1979)),
    ],
)
def test_refused_periods_are_excluded(library: PreferenceExtractor, message: str, expected: Constraints) -> None:
    assert library.extract(message, turn=1).query.constraints == expected
