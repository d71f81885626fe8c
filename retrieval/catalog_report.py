"""What a catalogue holds, and what looks wrong in it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal

from .catalog import Catalog
from .catalog_source import CatalogSource, SourceReport
from .items import Item

Severity = Literal["error", "warning"]
# Of a synopsis no more is read, by encoders and by the language model.
_LONGEST_READ = 600
# What is announced may be dated ahead.
_YEARS_AHEAD = 10
_TAG = re.compile(r"<\s*/?\s*[a-zA-Z][^<>]*>")
_COMPARED = ("genre", "mood", "theme", "country", "language", "person", "series")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that looks wrong.

    Args:
        severity: "error" where a person would be told something false or the item cannot be told apart.
        item_ids: The items, at most three.
        text: What is wrong and how to mend it.
    """

    severity: Severity
    item_ids: tuple[str, ...]
    text: str


def count_catalog(catalog: Catalog) -> dict[str, object]:
    """Count what there is, in the whole catalogue and by domain."""
    counts: dict[str, object] = {"items": len(catalog), "domains": catalog.domains, **_counts(catalog)}
    counts["by_domain"] = {
        domain: _counts(item for item in catalog if item.domain == domain) for domain in catalog.domains
    }
    return counts


def check_catalog(catalog: Catalog) -> list[Finding]:
    """Return what looks wrong; nothing for a clean catalogue."""
    return [*_same_label(catalog), *_texts(catalog), *_years(catalog), *_spellings(catalog)]


def source_report(source: CatalogSource, report: SourceReport) -> dict[str, object]:
    """Return what a dry run found, as plain values."""
    return {
        "file": source.table.path.name,
        "profile": source.profile.name if source.profile else "",
        "rows": report.n_rows,
        "usable": report.n_items,
        "bad": report.n_bad,
        "domains": dict(report.domains),
        "mapping": source.mapping,
        "columns": dict(source.types),
        "missing": dict(report.missing),
        "hints": source.hints,
        "problems": [asdict(problem) for problem in report.problems],
    }


def source_lines(source: CatalogSource, report: SourceReport) -> list[str]:
    """Return what was read and how it was understood, for people."""
    domains = ", ".join(f"{count} {name}" for name, count in report.domains.items()) or "none"
    known = f"recognised as {source.profile.description}" if source.profile else ""
    mapped = ", ".join(f"{target} from {column}" for target, column in source.mapping.items())
    typed = ", ".join(f"{name} ({kind})" for name, kind in source.types.items())
    missing = ", ".join(f"{count} without {name}" for name, count in report.missing.items())
    told = [f"{report.n_rows} rows, {report.n_items} usable ({domains}), {report.n_bad} bad", known]
    told += [f"columns: {mapped}" if mapped else "", f"attributes: {typed}" if typed else "", missing, *source.hints]
    return [line for line in told if line]


def count_lines(counts: Mapping[str, object], indent: str = "") -> Iterator[str]:
    """Yield what ``count_catalog`` counted, for people.

    Examples:
        >>> list(count_lines({"items": 2, "decades": {"1990s": 2}, "by_domain": {"film": {"non_english": 1}}}))
        ['items: 2', 'decades: 1990s 2', 'by domain film:', '  non english: 1']
    """
    for name, value in counts.items():
        label = f"{indent}{name.replace('_', ' ')}"
        if isinstance(value, dict) and any(isinstance(inner, dict) for inner in value.values()):
            for key, inner in value.items():
                yield f"{label} {key}:"
                yield from count_lines(inner, indent + "  ")
        elif isinstance(value, dict):
            yield f"{label}: {', '.join(f'{key} {count}' for key, count in value.items()) or 'none'}"
        else:
            yield f"{label}: {value}"


def _counts(items: Iterable[Item]) -> dict[str, object]:
    decades: Counter[str] = Counter()
    countries: set[str] = set()
    counts = dict.fromkeys(("non_english", "documentary", "animation", "young_children", "with_movielens_id"), 0)
    for item in items:
        decades.update(item.attributes["decade"])
        countries.update(item.attributes["country"])
        counts["non_english"] += bool(item.language) and item.language.casefold() != "english"
        counts["documentary"] += "documentary" in item.genres
        counts["animation"] += "animation" in item.genres
        counts["young_children"] += "young children" in item.themes
        counts["with_movielens_id"] += item.movielens_id is not None
    return {"decades": dict(sorted(decades.items())), "countries": len(countries), **counts}


def _same_label(catalog: Catalog) -> Iterator[Finding]:
    labels: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for item in catalog:
        labels[item.domain, f"{item.label} {' '.join(item.makers)}".casefold()].append(item.item_id)
    for (domain, _), ids in labels.items():
        if len(ids) > 1:
            told = f"{len(ids)} of the domain {domain} are called '{catalog[ids[0]].label}'"
            yield Finding("error", tuple(ids[:3]), f"{told}: {', '.join(ids[:3])}; keep one")


def _texts(catalog: Catalog) -> Iterator[Finding]:
    synopses: dict[str, str] = {}
    for item in catalog:
        me = item.item_id
        for name, text in (("title", item.title), ("synopsis", item.synopsis)):
            if _TAG.search(text):
                yield Finding(
                    "warning", (me,), f"{me}: its {name} holds HTML, which is shown as plain text; take it out"
                )
        if len(item.synopsis) > _LONGEST_READ:
            length = f"the first {_LONGEST_READ} of {len(item.synopsis):,} characters"
            yield Finding("warning", (me,), f"{me}: only {length} of its synopsis are read; shorten it")
        first = synopses.setdefault(item.synopsis, me) if item.synopsis else me
        if first != me:
            yield Finding("error", (first, me), f"{first} and {me} have the same synopsis; correct one")


def _years(catalog: Catalog) -> Iterator[Finding]:
    for item in catalog:
        if item.year is not None and item.year > date.today().year + _YEARS_AHEAD:
            me = item.item_id
            yield Finding("error", (me,), f"{me}: its year {item.year} lies far in the future; correct it")


def _spellings(catalog: Catalog) -> Iterator[Finding]:
    for kind in _COMPARED:
        spelled: defaultdict[str, list[str]] = defaultdict(list)
        for value in catalog.vocabulary(kind):
            spelled[re.sub(r"[\W_]+", "", value.casefold())].append(value)
        for values in spelled.values():
            if len(values) > 1 and len(values[0]) > 3:
                told = f"the {kind} is spelled in {len(values)} ways: {', '.join(values[:3])}"
                yield Finding("warning", (), f"{told}; choose one")
