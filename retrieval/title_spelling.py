"""The nearest name to a misspelt one, by the optimal string alignment distance of RapidFuzz.

Names are compared only where length and first or last letter agree, which keeps a catalogue of 60,000 titles quick.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from .text import is_number_word

_SHORTEST_MISSPELT = 6
_LOOSELY_MISSPELT = 8
_LONG_ENOUGH_FOR_TWO = 10
_SIMILAR_ENOUGH = 0.9
_ALIKE = 0.75


class SpelledNames:
    """Names as written, with the positions of the items that bear them.

    Examples:
        >>> names = SpelledNames({"matrix": [0], "superman": [1]})
        >>> list(names.nearest("matirx", 1)), list(names.nearest("superbad", 2)), names.similar("matrix reloaded", n=1)
        ([((0,), 0.9)], [], [0])
    """

    def __init__(self, positions: Mapping[str, Sequence[int]]) -> None:
        self._positions = positions
        self._blocks: dict[tuple[int, str], list[str]] = defaultdict(list)
        for name in positions:
            self._blocks[len(name), "^" + name[:1]].append(name)
            self._blocks[len(name), name[-1:] + "$"].append(name)

    def nearest(self, name: str, errors: int) -> Iterator[tuple[tuple[int, ...], float]]:
        """Yield the positions of each name that is exactly one or two typing errors away, likest first.

        Args:
            name: As written.
            errors: 1 or 2; the score is 0.9 or 0.8.
        """
        if len(name) < _SHORTEST_MISSPELT:
            return
        block = list(self._block(name, errors))
        near = process.extract(name, block, scorer=OSA.distance, score_cutoff=errors, limit=None)
        found = [spelled for spelled, distance, _ in near if distance == errors]
        for spelled in sorted(found, key=lambda other: -JaroWinkler.similarity(name, other)):
            if _is_misspelling(name, spelled, errors):
                yield tuple(self._positions[spelled]), round(1 - 0.1 * errors, 2)

    def similar(self, name: str, n: int) -> list[int]:
        """Return the positions of the ``n`` items whose names look most alike, best first."""
        near = process.extract(
            name, self._positions.keys(), scorer=JaroWinkler.similarity, limit=4 * n, score_cutoff=_ALIKE
        )
        return list(dict.fromkeys(place for spelled, _, _ in near for place in self._positions[spelled]))[:n]

    def _block(self, name: str, errors: int) -> Iterator[str]:
        for length in range(len(name) - errors, len(name) + errors + 1):
            yield from self._blocks.get((length, "^" + name[0]), ())
            yield from (
                other for other in self._blocks.get((length, name[-1] + "$"), ()) if not other.startswith(name[0])
            )


def _is_misspelling(name: str, spelled: str, distance: int) -> bool:
    """Tell a typing error from another title: numerals equal, short words nearly so, one of 6 letters more alike."""
    if len(spelled) < _SHORTEST_MISSPELT or _numerals(name) != _numerals(spelled):
        return False
    left, right = name.split(), spelled.split()
    if len(left) != len(right):
        return distance <= 1
    pairs = [(a, b) for a, b in zip(left, right, strict=True) if a != b]
    if any(_is_other_word(a, b) for a, b in pairs):
        return False
    if distance < 2:
        return True
    # Two letters replaced make another word ("Superbad", "Superman"); two swapped or left out do not.
    length, replaced = min(len(name), len(spelled)), len(name) == len(spelled) and sorted(name) != sorted(spelled)
    enough = _LONG_ENOUGH_FOR_TWO if replaced else _LOOSELY_MISSPELT
    return length >= enough or (not replaced and JaroWinkler.similarity(name, spelled) >= _SIMILAR_ENOUGH)


def _is_other_word(left: str, right: str) -> bool:
    """Say whether two words differ by more than an error: two numbers, or short words by two letters."""
    most = 1 if min(len(left), len(right)) < _SHORTEST_MISSPELT else 2
    return (is_number_word(left) and is_number_word(right)) or OSA.distance(left, right) > most


def _numerals(name: str) -> list[str]:
    return sorted(re.findall(r"\d+", name))
