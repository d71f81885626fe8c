"""What the items of a catalogue are called and which domain has what, gathered in one pass."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from ..retrieval.catalog import Catalog

CORE_NUMBERS = frozenset({"year", "runtime_min", "pages"})
Counts = Mapping[str, Counter[str]]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The values of every kind of attribute, counted by domain.

    Args:
        domains: The number of items by domain, most first.
        values: By kind, by value: how many items of each domain have it; commonest values first.
        makers: How many items a person directed, wrote or recorded; those who only act are missing.
        columns: By column of numbers: how many items of each domain have one.

    Examples:
        >>> from palate.retrieval.items import Item
        >>> heat = Item(item_id="heat", domain="film", title="Heat", genres=("crime",), extra={"price": 9.5})
        >>> words = Vocabulary.of(Catalog([heat]))
        >>> words.domains, words.where("genre", "crime"), words.number_columns
        ({'film': 1}, frozenset({'film'}), ('price',))
    """

    domains: Mapping[str, int]
    values: Mapping[str, Counts]
    makers: Mapping[str, int]
    columns: Counts

    @classmethod
    def of(cls, catalog: Catalog) -> Vocabulary:
        """Read every item once."""
        domains: Counter[str] = Counter()
        values: defaultdict[str, defaultdict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        makers: Counter[str] = Counter()
        columns: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for item in catalog:
            domain = item.domain
            domains[domain] += 1
            for kind, named in item.attributes.items():
                for value in named:
                    values[kind][value][domain] += 1
            makers.update({name for role, names in item.people.items() if role != "cast" for name in names})
            for column in item.numbers:
                columns[column][domain] += 1
        ordered = {
            kind: dict(sorted(counts.items(), key=lambda pair: (-pair[1].total(), pair[0])))
            for kind, counts in values.items()
        }
        return cls(dict(domains.most_common()), ordered, makers, columns)

    def of_kind(self, kind: str) -> Counts:
        """Return the values of a kind; none where no item has it."""
        return self.values.get(kind, {})

    def where(self, kind: str, value: str) -> frozenset[str]:
        """Return the domains of the items that have a value."""
        return frozenset(self.of_kind(kind).get(value, ()))

    def count(self, kind: str, value: str, domain: str = "") -> int:
        """Count the items that have a value, in one domain or in all."""
        counts = self.of_kind(kind).get(value, Counter())
        return counts[domain] if domain else counts.total()

    @property
    def number_columns(self) -> tuple[str, ...]:
        """The columns of numbers that have no field of their own."""
        return tuple(column for column in self.columns if column not in CORE_NUMBERS)
