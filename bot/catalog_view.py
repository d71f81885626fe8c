"""A catalogue without a person: what ``palate catalog search`` and ``similar`` show; no language model is loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..retrieval.attribute_graph import AttributeGraph
from ..retrieval.catalog import Catalog
from ..retrieval.errors import DataError
from ..retrieval.hybrid import HybridRetriever
from ..retrieval.items import Item
from ..retrieval.query import Constraints, RecQuery
from ..retrieval.titles import TitleLinker
from .understanding import PreferenceExtractor


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Args:
        items: The items with their fused scores, best first.
        understood: The constraints and wishes that were read from the words, for people.
    """

    items: tuple[tuple[Item, float], ...]
    understood: str


class CatalogView:
    """Looks into a catalogue.

    Args:
        catalog: The items.
        retriever: Finds candidates.
        linker: Finds titles.
        extractor: Reads requests.
        graph: Joins items.
    """

    def __init__(
        self, catalog: Catalog, retriever: HybridRetriever, linker: TitleLinker, extractor: PreferenceExtractor,
        graph: AttributeGraph,
    ) -> None:  # fmt: skip
        self.catalog = catalog
        self.retriever = retriever
        self._linker = linker
        self._extractor = extractor
        self._graph = graph

    def query(self, text: str, *, domain: str = "") -> RecQuery:
        """Return what a request in words asks for; a title that it names is not offered."""
        understanding = self._extractor.extract(text, turn=1, domain=domain, only=bool(domain))
        query = understanding.query
        named = {signal.value for signal in understanding.signals if signal.kind == "item"} | set(query.similar_to)
        more = Constraints(domain=domain, items_none=frozenset(named))
        return replace(query, said=query.said or text, constraints=query.constraints.merged(more))

    def search(self, text: str, n: int, *, domain: str = "") -> Found:
        """Return up to ``n`` items for a request in words.

        Raises:
            DataError: The catalogue has no such domain.
        """
        if domain and domain not in self.catalog.domains:
            raise DataError(f"--domain {domain} is not in the catalogue; it has: {', '.join(self.catalog.domains)}")
        query = self.query(text, domain=domain)
        ranked = self.retriever.retrieve(query).top(n)
        items = tuple((self.catalog[i], float(s)) for i, s in zip(ranked.item_ids, ranked.scores, strict=True))
        return Found(items, describe(query))

    def similar(self, name: str, n: int) -> tuple[Item, list[tuple[Item, float, tuple[str, ...]]]]:
        """Return the item that a title or id means, and up to ``n`` like it with what joins them.

        Raises:
            DataError: The catalogue has no such title or id.
        """
        match = self._linker.resolve(name)
        if match is None:
            near = [item.label for item in self._linker.suggest(name)]
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise DataError(f"the catalogue has no item '{name[:100]}'{hint}")
        item = self.catalog[match.item_id]
        others = Constraints(domain=item.domain, items_none=frozenset({item.item_id}))
        query = RecQuery(constraints=others, similar_to=(item.item_id,))
        ranked = self.retriever.retrieve(query).top(n)
        return item, [
            (self.catalog[other], float(score), tuple(path.text for path in self._graph.paths(item.item_id, other)))
            for other, score in zip(ranked.item_ids, ranked.scores, strict=True)
        ]


def describe(query: RecQuery) -> str:
    """Return constraints and wishes in a line, for people.

    Examples:
        >>> held = Constraints(genres_all=("western",), year_max=1969, languages_none=("English",))
        >>> describe(RecQuery(constraints=held, wanted=(("mood", "sad"),)))
        'genre western; no language English; year at most 1969; preferably sad'
    """
    held = query.constraints
    told = [held.domain] if held.domain else []
    told += [f"{_words(kind)} {value}" for kind, value in held.required]
    told += [f"{_words(kind)} {' or '.join(values)}" for kind, values in held.chosen if values]
    told += [f"no {_words(kind)} {' or '.join(values)}" for kind, values in held.refused if values]
    told += [_limit(*limit) for limit in held.limits]
    told += [f"not from {low} to {high}" for low, high in held.years_none]
    told += [f"preferably {', '.join(value for _, value in query.wanted)}"] if query.wanted else []
    return "; ".join(told)


def _words(column: str) -> str:
    return column.removesuffix("_min").replace("_", " ")


def _limit(column: str, low: float | None, high: float | None) -> str:
    name = _words(column)
    if low is not None and high is not None:
        return f"{name} from {low:.15g} to {high:.15g}"
    return f"{name} at least {low:.15g}" if low is not None else f"{name} at most {high:.15g}"
