"""Items joined through what their records share: people, series, themes, genres, moods, countries, decades.

A random walk with restart (personalised PageRank: Haveliwala, Topic-Sensitive PageRank, WWW 2002; over items joined by
what people saved: Eksombatchai et al., Pixie, WWW 2018) from the items somebody names. It knows nothing of ratings, so
it reaches an item on the day it enters the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from .attribute_table import AttributeTable
from .catalog import Catalog
from .items import Item, ItemList

Floats = NDArray[np.float64]

# A walk goes on half the time, so that most of what it finds is one step away; what six steps leave out is below 1 %.
_GO_ON = 0.5
_STEPS = 6
# Where and when a thing was made, and its language, say less than their rarity.
_KIND_WEIGHTS: Mapping[str, float] = {"country": 0.5, "decade": 0.5, "language": 0.5}
_MAX_VALUES = 3
# Of two values equally rare, the one of the earlier kind tells more.
_TELLING = ("series", "person", "theme", "mood", "genre")
# For one value and for several; a person's role in both records is told, not guessed.
_PHRASES = {
    "series": ("both in the series {}", "both in the series {}"),
    "maker": ("both by {}", "both by {}"),
    "cast": ("both with {}", "both with {}"),
    "person": ("{} worked on both", "{} worked on both"),
    "theme": ("share the theme {}", "share the themes {}"),
    "mood": ("share the mood {}", "share the moods {}"),
    "genre": ("share the genre {}", "share the genres {}"),
    "country": ("share the country {}", "share the countries {}"),
    "language": ("both in {}", "both in {}"),
    "decade": ("both from the {}", "both from the {}"),
}


@dataclass(frozen=True, slots=True)
class Path:
    """One way from an item to another: values that both records hold.

    Args:
        kind: The kind of attribute, as ``Item.attributes`` names it.
        values: The shared values, rarest first.
        weight: How telling they are: the weight of the rarest, above 0.
        text: The same in words, to follow the two titles: "both by Hayao Miyazaki".
    """

    kind: str
    values: tuple[str, ...]
    weight: float
    text: str


class AttributeGraph:
    """Finds items near others, and says through what.

    A value weighs ``w(kind) * ln(n_items / items that have it)``. Two items are joined as strongly as the cosine of
    their records: the weights of what they share, over the square root of the product of all the weights of each. A
    walk moves along the joins in proportion to their strength and, half the time, starts again. The joins are never
    written out: a step goes over the values, so it costs what the catalogue holds and not the square of it.

    Args:
        catalog: The items.
        table: Their attributes in columns; made from the catalogue where it is not given.

    Examples:
        >>> def film(item_id, director, genre):
        ...     return Item(item_id=item_id, domain="film", title=item_id.title(), genres=(genre,),
        ...                 people={"director": (director,)})
        >>> graph = AttributeGraph(Catalog([film("heat", "Michael Mann", "crime"),
        ...     film("thief", "Michael Mann", "crime"), film("fargo", "Joel Coen", "crime"),
        ...     film("emma", "Douglas McGrath", "romance")]))
        >>> graph.similar(["heat"], 9).item_ids, [path.text for path in graph.paths("heat", "thief")]
        (('thief', 'fargo'), ['both by Michael Mann', 'share the genre crime'])
    """

    def __init__(self, catalog: Catalog, table: AttributeTable | None = None) -> None:
        table = table or AttributeTable(catalog)
        self._catalog = catalog
        self._rarity: dict[tuple[str, str], float] = {}
        blocks = [sparse.csr_array((len(catalog), 0))]
        for kind in table.kinds:
            block = table.incidence(kind)
            rarity = _KIND_WEIGHTS.get(kind, 1.0) * np.log(len(catalog) / block.sum(axis=0))
            folded = (value.casefold() for value in table.values(kind))
            self._rarity |= {(kind, name): float(r) for name, r in zip(folded, rarity, strict=True)}
            blocks.append(sparse.csr_array(block * np.sqrt(rarity)))
        weighted = sparse.csr_array(sparse.hstack(blocks, format="csr"))
        lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)))
        self._records = sparse.csr_array(sparse.diags_array(_inverse(lengths)) @ weighted)
        self._values = sparse.csr_array(self._records.T)
        # Each item's joins added up: its record against the sum of all records.
        self._share = _inverse(sparse.csr_array(self._records * self._records.sum(axis=0)).sum(axis=1))

    def scores(self, rated: Mapping[str, float]) -> Floats | None:
        """Return how near every item is to the given ones, shape ``(n_items,)``: the chance that a walk is there.

        The score is linear in the weights, so a disliked item may stand in with a negative one.

        Args:
            rated: How often walks start at items, by id; absolute values are scaled to add up to 1. Ids that the
                catalogue lacks are passed over.

        Returns:
            None where the catalogue has none of the items.
        """
        start = np.zeros(len(self._catalog))
        places = {item_id: self._catalog.position_or_none(item_id) for item_id in rated}
        for item_id, row in places.items():
            if row is not None:
                start[row] += rated[item_id]
        if not start.any():
            return None
        start /= np.abs(start).sum()
        start *= 1.0 - _GO_ON
        at = start.copy()
        for _ in range(_STEPS):
            at = start + _GO_ON * (self._records @ (self._values @ (self._share * at)))
        return at

    def similar(self, item_ids: Sequence[str], n: int, *, allowed: NDArray[np.bool_] | None = None) -> ItemList:
        """Return up to ``n`` items nearest to all of the given ones together, without these; ties in catalogue order.

        Args:
            item_ids: What the others shall be like; may be empty.
            n: How many at most; items that no walk reaches are left out.
            allowed: Which items may be returned, shape ``(n_items,)``; None for all.

        Raises:
            DataError: No item has one of the ids.
        """
        places = [self._catalog.position(item_id) for item_id in item_ids]
        scores = self.scores(dict.fromkeys(item_ids, 1.0))
        if scores is None:
            return ItemList((), np.zeros(0))
        wanted = scores > 0.0 if allowed is None else allowed & (scores > 0.0)
        wanted[places] = False
        rows = np.flatnonzero(wanted)
        best = rows[np.argsort(-scores[rows], kind="stable")][: max(0, n)]
        return ItemList(tuple(self._catalog.at(int(row)).item_id for row in best), scores[best])

    def paths(self, from_id: str, to_id: str, n: int = 3) -> list[Path]:
        """Return up to ``n`` things that two records share, most telling first; what all items have is left out.

        Raises:
            DataError: No item has one of the ids.
        """
        left, right = self._catalog[from_id], self._catalog[to_id]
        kinds = dict.fromkeys((*_TELLING, *left.attributes))
        found = [path for kind in kinds for path in self._paths_of(kind, left, right)]
        return sorted(found, key=lambda path: -path.weight)[: max(0, n)]

    def _paths_of(self, kind: str, left: Item, right: Item) -> Iterator[Path]:
        theirs = {value.casefold() for value in right.attributes.get(kind, ())}
        shared = {value.casefold(): value for value in left.attributes.get(kind, ()) if value.casefold() in theirs}
        rarity = {value: self._rarity[kind, folded] for folded, value in shared.items()}
        by_role: dict[str, list[str]] = {}
        for value in sorted(rarity, key=lambda value: -rarity[value]):
            if rarity[value] > 0.0:
                by_role.setdefault(_role(kind, value, left, right), []).append(value)
        for role, values in by_role.items():
            told = tuple(values[:_MAX_VALUES])
            yield Path(kind, told, rarity[told[0]], _in_words(role, told))


def _role(kind: str, value: str, left: Item, right: Item) -> str:
    """Return what a value is to both items: its kind, for a person what they did in both."""
    if kind != "person":
        return kind
    if value in left.makers and value in right.makers:
        return "maker"
    in_both = value in left.people.get("cast", ()) and value in right.people.get("cast", ())
    return "cast" if in_both else "person"


def _in_words(role: str, values: tuple[str, ...]) -> str:
    one, several = _PHRASES.get(role, (f"share {role.replace('_', ' ')}: {{}}",) * 2)
    listed = " and ".join(filter(None, (", ".join(values[:-1]), values[-1])))
    return (one if len(values) == 1 else several).format(listed)


def _inverse(values: ArrayLike) -> Floats:
    """Return one over each value; 0 where it is 0, for items that have nothing in common with any."""
    given = np.asarray(values, dtype=np.float64)
    return np.divide(1.0, given, out=np.zeros_like(given), where=given > 1e-12)
