"""Does retrieval find what a request in words asks for? Lexical and dense search alone stand beside the whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..bot.catalog_view import CatalogView
from ..retrieval.catalog import Catalog
from ..retrieval.errors import DataError
from ..retrieval.hybrid import RetrievalConfig
from ..retrieval.items import Item
from ..retrieval.naming import split_title
from ..retrieval.query import Constraints, RecQuery
from ..retrieval.text import bare_key, title_key, tokens
from .report import Metric, Report, Row, bootstrap

CUT = 10
_NOTHING = RetrievalConfig(dense=0, lexical=0, wanted=0, taste=0, similar=0, collaborative=0, prior=0)
_ALONE = {"lexical": replace(_NOTHING, lexical=1.0), "dense": replace(_NOTHING, dense=1.0)}
PARTS = ("tune", "report", "all")
Ranking = Callable[["Request"], Sequence[str]]


class RequestLine(BaseModel):
    """One line of the file: a request, and the titles of its domain that answer it."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1)
    relevant: list[str] = Field(min_length=1)
    domain: str = ""
    kind: str = ""
    part: Literal["tune", "report", ""] = ""
    must: dict[str, object] = Field(default={}, description="hard constraints that every answer must satisfy")


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose relevant titles the catalogue has.

    Args:
        line: What the file says.
        relevant: Ids of the relevant items.
        must: What every answer must satisfy; None where the file does not say.
    """

    line: RequestLine
    relevant: frozenset[str]
    must: Constraints | None


def read_requests(path: Path | None) -> list[RequestLine]:
    """Read requests as JSON Lines; the shipped ones where ``path`` is None.

    Raises:
        DataError: The file or a line cannot be used; names line and remedy.
    """
    source = path or Path(str(files(__package__).joinpath("data", "requests.jsonl")))
    try:
        lines = source.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"requests {source} cannot be read: {error}; give a file of JSON Lines in UTF-8") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(RequestLine.model_validate_json(line))
            except ValidationError as error:
                first = error.errors()[0]
                place = ".".join(str(part) for part in first["loc"]) or "the line"
                raise DataError(
                    f"requests {source.name}, line {number}: {place} is not usable: {first['msg']}; each line is like "
                    '{"query": "...", "relevant": ["Title (Year)"], "domain": "film"}'
                ) from error
    if not found:
        raise DataError(f"requests {source.name} has no lines; add at least one request")
    return found


def requests(view: CatalogView, lines: Sequence[RequestLine], *, part: str, seed: int) -> Report:
    """Report success@10 (any relevant item among the first ten), recall@10 and MRR, by row and kind of request.

    The rows ``lexical`` and ``dense`` search with the words as they stand, within the domain; ``lexical_filtered`` and
    ``dense_filtered`` have the constraints that were understood besides; ``hybrid`` is what a conversation starts
    from. ``satisfied`` is the share of returned items that satisfy the understood constraints, decided item by item
    and not by the index, and those that the file states.

    Raises:
        DataError: The catalogue has none of the relevant titles.
    """
    begun = time.perf_counter()
    told = [line for line in lines if part in ("all", line.part) or not line.part]
    labels = _Labels(view.catalog)
    asked, missing = _matched(told, labels)
    if not asked:
        raise DataError("the catalogue has none of the relevant titles; give requests about its items, or --part all")
    rankings: dict[str, Ranking] = {
        "lexical": lambda request: _plain(view, request, "lexical"),
        "dense": lambda request: _plain(view, request, "dense"),
        "hybrid": lambda request: _hybrid(view, request),
        "lexical_filtered": lambda request: _filtered(view, request, "lexical"),
        "dense_filtered": lambda request: _filtered(view, request, "dense"),
    }
    found = {name: [list(ranking(request)) for request in asked] for name, ranking in rankings.items()}
    scores = {
        name: [_score(ids, r.relevant) for ids, r in zip(lists, asked, strict=True)] for name, lists in found.items()
    }
    rows = [_row(name, values, seed) for name, values in scores.items()]
    rows[2].metrics["satisfied"] = _satisfied(view, asked, found["hybrid"])
    for other in ("lexical", "dense"):
        gain = [h[0] - o[0] for h, o in zip(scores["hybrid"], scores[other], strict=True)]
        rows.append(Row(name=f"hybrid-{other}", metrics={f"success@{CUT}": bootstrap(gain, seed=seed)}))
    rows += _by_kind(asked, scores["hybrid"], seed)
    report = Report(
        command="palate-eval requests", seed=seed, rows=rows,
        protocol=f"requests in words, part {part}; only items of the stated domain are ranked",
        data={"catalog_sha256": view.catalog.sha256, "items": len(view.catalog)},
        counts={"requests": len(asked), "left_out": len(told) - len(asked),
                "relevant": sum(len(request.relevant) for request in asked), "relevant_missing": missing},
    )  # fmt: skip
    report.add_goal("hybrid", f"success@{CUT}", at_least=0.8)
    report.add_goal("hybrid", "satisfied", at_least=1.0)
    for other in ("lexical", "dense"):
        report.add_goal(f"hybrid-{other}", f"success@{CUT}", at_least=0.0001)
    report.elapsed_s = time.perf_counter() - begun
    return report


class _Labels:
    """Items by "Title (Year)", up to case, accents and articles; a year may be off by one."""

    def __init__(self, catalog: Catalog) -> None:
        self._named: dict[tuple[str, ...], list[Item]] = {}
        for item in catalog:
            for name in {item.title, item.original_title, *item.aliases}:
                self._named.setdefault(_key(name), []).append(item)

    def find(self, label: str, domain: str) -> str | None:
        parts = split_title(label)
        items = [i for i in self._named.get(_key(parts.title), []) if not domain or i.domain == domain]
        if parts.year is not None:
            items = [i for i in items if i.year is not None and abs(i.year - (parts.year or 0)) <= 1]
            items.sort(key=lambda i: abs((i.year or 0) - (parts.year or 0)))
        return items[0].item_id if items else None


def _key(name: str) -> tuple[str, ...]:
    return bare_key(title_key([word.text for word in tokens(name)]))


def _matched(lines: Sequence[RequestLine], labels: _Labels) -> tuple[list[Request], int]:
    asked, missing = [], 0
    for line in lines:
        ids = [labels.find(label, line.domain) for label in line.relevant]
        missing += ids.count(None)
        if any(ids):
            asked.append(Request(line, frozenset(i for i in ids if i), _must(line)))
    return asked, missing


def _must(line: RequestLine) -> Constraints | None:
    if not line.must:
        return None
    try:
        return Constraints(**{k: _frozen(v) for k, v in line.must.items()})  # type: ignore[arg-type]  # a wrong name is told
    except TypeError as error:
        raise DataError(f"the request '{line.query[:60]}' has a constraint that there is not: {error}") from error


def _frozen(value: object) -> object:
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value


def _hybrid(view: CatalogView, request: Request) -> Sequence[str]:
    return view.retriever.retrieve(view.query(request.line.query, domain=request.line.domain)).top(CUT).item_ids


def _plain(view: CatalogView, request: Request, name: str) -> Sequence[str]:
    query = RecQuery(said=request.line.query, constraints=Constraints(domain=request.line.domain))
    return view.retriever.configured(_ALONE[name]).retrieve(query).top(CUT).item_ids


def _filtered(view: CatalogView, request: Request, name: str) -> Sequence[str]:
    understood = view.query(request.line.query, domain=request.line.domain)
    query = RecQuery(said=request.line.query, constraints=understood.constraints)
    return view.retriever.configured(_ALONE[name]).retrieve(query).top(CUT).item_ids


def _score(ids: Sequence[str], relevant: frozenset[str]) -> tuple[float, float, float]:
    """Return success, recall and reciprocal rank of the first ten."""
    ranks = [rank for rank, item_id in enumerate(ids[:CUT], start=1) if item_id in relevant]
    return float(bool(ranks)), len(ranks) / len(relevant), 1.0 / ranks[0] if ranks else 0.0


def _row(name: str, values: Sequence[tuple[float, float, float]], seed: int) -> Row:
    success, recall, rank = (list(column) for column in zip(*values, strict=True))
    metrics = {f"success@{CUT}": success, f"recall@{CUT}": recall, "mrr": rank}
    return Row(name=name, metrics={metric: bootstrap(column, seed=seed) for metric, column in metrics.items()})


def _by_kind(asked: Sequence[Request], scores: Sequence[tuple[float, float, float]], seed: int) -> Iterator[Row]:
    for name in ("domain", "kind"):
        groups = sorted({str(getattr(request.line, name)) for request in asked} - {""})
        for group in groups if len(groups) > 1 else ():
            mine = [s for s, request in zip(scores, asked, strict=True) if getattr(request.line, name) == group]
            yield _row(f"hybrid {group} ({len(mine)})", mine, seed)


def _satisfied(view: CatalogView, asked: Sequence[Request], found: Sequence[Sequence[str]]) -> Metric:
    held = []
    for request, ids in zip(asked, found, strict=True):
        understood = view.query(request.line.query, domain=request.line.domain).constraints
        wanted = [understood, *([request.must] if request.must else [])]
        held += [all(some.allows(view.catalog[item_id]) for some in wanted) for item_id in ids]
    return Metric(value=round(float(np.mean(held)), 4) if held else 1.0)
