"""Words for attributes as data: what people say, and the catalogue's own word for it.

A phrase may stand in several lines of a table: it then has several readings, the likelier one first, and the domain
asked for decides ("historical" is history for a film and historical fiction for a book).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

Readings = Mapping[str, tuple[tuple[str, ...], ...]]


def readings_of(table: str) -> Readings:
    r"""Read lines of the form "value, value: phrase, phrase" into phrase -> readings, each of one or more values.

    Examples:
        >>> readings_of("romance, comedy: rom com\ncomedy: comedy, rom com")
        {'rom com': (('romance', 'comedy'), ('comedy',)), 'comedy': (('comedy',),)}
    """
    found: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for line in table.strip().splitlines():
        values, _, phrases = line.partition(":")
        for phrase in phrases.split(","):
            found[phrase.strip()].append(tuple(value.strip() for value in values.split(",")))
    return {phrase: tuple(readings) for phrase, readings in found.items()}
