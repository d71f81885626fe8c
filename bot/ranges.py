"""Periods and lengths in one text: where readings overlap, the one that comes first is meant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from .lengths import read_length_words, read_lengths
from .mention import Mention
from .periods import read_periods


def read_ranges(text: str) -> Iterator[Mention]:
    """Yield the periods and lengths in a text; where readings overlap, the one that comes first is meant.

    Examples:
        >>> [mention.value for mention in read_ranges("from the late 70s or before 1960, under two hours")]
        ['<=120', '-1959', '1975-1979']
        >>> [(mention.kind, mention.value) for mention in read_ranges("a short one, at most 300 pages")]
        [('pages', '<=300'), ('length', 'short')]
    """
    taken: list[tuple[int, int]] = []
    for mention in chain(read_lengths(text), read_periods(text), read_length_words(text)):
        if not any(mention.span[0] < end and start < mention.span[1] for start, end in taken):
            taken.append(mention.span)
            yield mention
