"""Names with seeded errors, each to be resolved to the one item that the untouched name stands for.

A name's item is found without the linker: by title key and year. Names that the catalogue lacks are counted and left
out. Where an error takes the year away and several items share the name, nobody could tell which is meant: such names
are reported in rows of their own.
"""

from __future__ import annotations

import re
import string
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..retrieval.catalog import Catalog
from ..retrieval.items import Item
from ..retrieval.naming import TitleParts, split_title
from ..retrieval.text import bare_key, title_key, tokens
from ..retrieval.titles import TitleLinker
from .report import Metric, Report, Row, bootstrap

_ARTICLE = re.compile(r"(the|an?)\s+(.+)", re.IGNORECASE)
_SHORTEST_TYPO = 4
_ERRORS = ("swap", "drop", "double", "replace")


@dataclass(frozen=True, slots=True)
class _Name:
    parts: TitleParts
    item: Item
    is_shared: bool

    def dated(self, title: str) -> str:
        return f"{title} ({self.parts.year})" if self.parts.year else title


Corruption = Callable[[_Name, np.random.Generator], str]


class NamedItems:
    """Items by title key, for matching names without a linker.

    Examples:
        >>> named = NamedItems(Catalog([Item(item_id="m", domain="film", title="The Matrix", year=1999)]))
        >>> [item.item_id for item in named.of("Matrix", 2000)], named.of("Matrix", 2003)
        (['m'], [])
    """

    def __init__(self, catalog: Catalog) -> None:
        self._items: dict[str, list[Item]] = defaultdict(list)
        for item in catalog:
            for key in names_of(item):
                self._items[key].append(item)

    def of(self, name: str, year: int | None = None) -> list[Item]:
        """Return the items of a name, those of its very year first; of other years at most one off."""
        found = self._items.get(name_key(name), [])
        if year is None:
            return list(found)
        near = [item for item in found if item.year is None or abs(item.year - year) <= 1]
        return sorted(near, key=lambda item: 0.5 if item.year is None else abs(item.year - year))


def name_key(name: str) -> str:
    """Return a name for comparison: folded, without article and spaces, numerals in digits.

    Examples:
        >>> name_key("The Godfather: Part II"), name_key("End Game") == name_key("Endgame")
        ('godfather2', True)
    """
    return "".join(bare_key(title_key([token.text for token in tokens(name)])))


def names_of(item: Item) -> set[str]:
    """Return the keys of every name of an item."""
    return {key for name in (item.title, item.original_title, *item.aliases) if (key := name_key(name))}


def name_report(linker: TitleLinker, catalog: Catalog, names: Sequence[str], *, seed: int) -> Report:
    """Return the share of names whose first match is their item, error by error, and how long one takes."""
    known, counts = _matched(NamedItems(catalog), names)
    took: list[float] = []
    rows = [_row(name, linker, known, corrupt, seed, took) for name, corrupt in _CORRUPTIONS.items()]
    right = np.concatenate([values for _, values in rows])
    shared = [name for name in known if name.is_shared]
    p50, p99 = np.quantile(took, [0.5, 0.99])
    every = bootstrap(right, seed=seed)
    report = Report(
        command="palate-eval linking", seed=seed,
        protocol="first match of a name with a seeded error; its item is the one of its title key and year, found "
        "without the linker; without a year only names that one item bears",
        counts=counts,
        rows=[
            Row(name="all", metrics={"accuracy": every, "names": Metric(value=len(right)),
                                     "p50_ms": Metric(value=round(p50, 3)), "p99_ms": Metric(value=round(p99, 3))}),
            *(row for row, _ in rows),
            _shared_row(linker, shared, seed),
        ],
    )  # fmt: skip
    report.add_goal("all", "accuracy", at_least=0.9)
    report.add_goal("all", "p50_ms", at_most=5)
    report.add_goal("all", "p99_ms", at_most=5)
    return report


def _matched(items: NamedItems, names: Sequence[str]) -> tuple[list[_Name], dict[str, int]]:
    known, lacking, unclear = [], 0, 0
    for parts in map(split_title, names):
        found = items.of(parts.title, parts.year)
        if not found:
            lacking += 1
        elif parts.year is None and len(found) > 1:
            unclear += 1
        else:
            known.append(_Name(parts, found[0], len(items.of(parts.title)) > 1))
    counts = {"names": len(names), "names in the catalogue": len(known), "names that it lacks": lacking}
    return known, {**counts, "names without a year that several items bear": unclear}


def _row(
    name: str, linker: TitleLinker, known: Sequence[_Name], corrupt: Corruption, seed: int, took: list[float]
) -> tuple[Row, list[float]]:
    rng, right = np.random.default_rng([seed, *name.encode()]), []
    for wanted in known:
        written = corrupt(wanted, rng)
        if not written or (wanted.is_shared and not re.search(r"\(\d{4}\)$", written)):
            continue
        begun = time.perf_counter()
        match = linker.resolve(written)
        took.append((time.perf_counter() - begun) * 1000)
        right.append(float(match is not None and match.item_id == wanted.item.item_id))
    return Row(
        name=name, metrics={"accuracy": bootstrap(right or [0.0], seed=seed), "names": Metric(value=len(right))}
    ), right


def _shared_row(linker: TitleLinker, shared: Sequence[_Name], seed: int) -> Row:
    """Judge names without their year that several items bear: the very item, and any of that name."""
    found = [linker.resolve(name.parts.title) for name in shared]
    pairs = [(match, name) for match, name in zip(found, shared, strict=True)]
    same = [float(match is not None and match.item_id == name.item.item_id) for match, name in pairs]
    any_of = [
        float(match is not None and name.item.item_id in (match.item_id, *match.alternatives)) for match, name in pairs
    ]
    metrics = {"accuracy": bootstrap(same or [0.0], seed=seed), "among_matches": bootstrap(any_of or [0.0], seed=seed)}
    return Row(name="no year, name shared (not in all)", metrics={**metrics, "names": Metric(value=len(shared))})


def _without_year(name: _Name, _rng: np.random.Generator) -> str:
    return name.parts.title


def _lower_case(name: _Name, _rng: np.random.Generator) -> str:
    return name.dated(name.parts.title).lower()


def _article_displaced(name: _Name, rng: np.random.Generator) -> str:
    """Drop the article or move it behind; nothing where there is none."""
    displaced = _displaced(name.parts.title, rng)
    return name.dated(displaced) if displaced else ""


def _misspelt(name: _Name, rng: np.random.Generator) -> str:
    mistyped = mistype(name.parts.title, rng)
    return name.dated(mistyped) if mistyped else ""


def _everything(name: _Name, rng: np.random.Generator) -> str:
    title = _displaced(name.parts.title, rng) or name.parts.title
    return mistype(title, rng).lower()


def _displaced(title: str, rng: np.random.Generator) -> str:
    found = _ARTICLE.fullmatch(title)
    if not found:
        return ""
    return found[2] if rng.random() < 0.5 else f"{found[2]}, {found[1]}"


def mistype(title: str, rng: np.random.Generator) -> str:
    """Return a title with one typing error in its letters: swapped, left out, doubled or another; "" if too short.

    Examples:
        >>> mistype("Heat", np.random.default_rng(0)), mistype("Up", np.random.default_rng(0))
        ('Heatt', '')
    """
    letters = [place for place, letter in enumerate(title) if letter.isalpha()]
    if len(letters) < _SHORTEST_TYPO:
        return ""
    place = letters[rng.integers(len(letters))]
    before, letter, behind = title[:place], title[place], title[place + 1 :]
    kind = _ERRORS[rng.integers(len(_ERRORS))]
    if kind == "swap" and behind[:1].isalpha() and behind[0].lower() != letter.lower():
        return before + behind[0] + letter + behind[1:]
    if kind == "drop":
        return before + behind
    if kind == "double":
        return before + letter * 2 + behind
    others = string.ascii_lowercase.replace(letter.lower(), "")
    return before + others[rng.integers(len(others))] + behind


_CORRUPTIONS: Mapping[str, Corruption] = {
    "no year": _without_year,
    "lower case": _lower_case,
    "article dropped or moved": _article_displaced,
    "one typo": _misspelt,
    "all four at once": _everything,
}
