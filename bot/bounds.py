"""The numbers that a value allows: "1970-1979", "-1989", "2001-", "<=100" and ">=180"."""

from __future__ import annotations


def bounds(value: str) -> tuple[int | None, int | None]:
    """Return the lowest and highest number that a value allows.

    Examples:
        >>> bounds("1970-1979"), bounds("-1989"), bounds("<=100")
        ((1970, 1979), (None, 1989), (None, 100))
    """
    low, high = number_bounds(value)
    return None if low is None else int(low), None if high is None else int(high)


def number_bounds(value: str) -> tuple[float | None, float | None]:
    """Return the lowest and highest number that a value allows, with their fractions.

    Examples:
        >>> number_bounds("0.5-2"), number_bounds(">=4.5")
        ((0.5, 2.0), (4.5, None))
    """
    if value.startswith(("<=", ">=")):
        number = float(value[2:])
        return (None, number) if value[0] == "<" else (number, None)
    low, _, high = value.partition("-")
    return float(low) if low else None, float(high) if high else None
