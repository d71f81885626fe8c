"""What a message says of the items that it names: older or shorter than one, by the author of another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..retrieval.catalog import Catalog
from ..retrieval.items import Item
from ..retrieval.titles import TitleMatch
from .cues import TITLE_MASK
from .domains import Span
from .mention import Mention

_RELATION = re.compile(r"\b(?P<older>older|earlier)|\b(?P<newer>newer|more recent|later|more modern)|"
                       r"\b(?P<shorter>shorter|less long)|\b(?P<longer>longer)")  # fmt: skip
_THAN = re.compile(r"\s*,?\s*than\b")
_THAN_TITLE = re.compile(rf"\s+than\s+(?:the\s+(?:film|movie|book|novel)\s+)?{TITLE_MASK}")
_MAKER = re.compile(
    r"\b(?:guys?|man|woman|one|people|person|authors?|writers?|directors?|filmmakers?|makers?|creators?|novelist|team|"
    r"duo|brothers|he|she|whoever)\s+(?:(?:who|that)\s+)?(?:(?P<verb>wrote|directed|made|did|created|"
    r"penned|filmed|gave us)"
    rf"|behind|of)\s+(?:the\s+(?:film|movie|book|novel)\s+)?{TITLE_MASK}"
)
_WRITES = re.compile(r"author|writ|novelist|wrote|penned")
_ROLES = (("director", "author", "artist", "writer"), ("author", "writer", "director", "artist"))


def relations(masked: str, titles: list[TitleMatch], similar_to: Iterable[str], catalog: Catalog) -> Iterator[Mention]:
    """Yield the periods and lengths of "like Blade Runner but older" and "shorter than Dune".

    Args:
        masked: The message with its titles masked.
        titles: What they are.
        similar_to: Ids of the items that it compares with.
        catalog: The items.
    """
    compared = [catalog[item_id] for item_id in similar_to]
    for match in _RELATION.finditer(masked):
        than = _THAN_TITLE.match(masked, match.end())
        if than is None and _THAN.match(masked, match.end()):
            continue
        items = [catalog[t.item_id] for t in titles if t.span[0] == than.end() - 1] if than else compared[:1]
        for item in items:
            if limit := _limit(item, str(match.lastgroup)):
                yield Mention(*limit, match.span())


def makers(masked: str, titles: list[TitleMatch], catalog: Catalog) -> Iterator[tuple[Mention, str]]:
    """Yield the people of "the guy who wrote The Road", each with the id of the item that tells who it is."""
    for match in _MAKER.finditer(masked):
        title = next((title for title in titles if title.span[0] == match.end() - 1), None)
        if title is not None:
            item = catalog[title.item_id]
            roles = _ROLES[_WRITES.search(match.group()) is not None]
            names = next((item.people[role] for role in roles if item.people.get(role)), ())
            yield from ((Mention("person", name, match.span()), item.item_id) for name in names)


def _limit(item: Item, relation: str) -> tuple[str, str] | None:
    if relation in {"older", "newer"}:
        if item.year is None:
            return None
        return "period", f"-{item.year - 1}" if relation == "older" else f"{item.year + 1}-"
    for kind, amount in (("length", item.runtime_min), ("pages", item.pages)):
        if amount is not None:
            return kind, f"<={amount - 1}" if relation == "shorter" else f">={amount + 1}"
    return None


def overlapping(mention: Mention, others: Iterable[Span]) -> bool:
    """Say whether a mention stands where one of the others does."""
    return any(mention.span[0] < end and start < mention.span[1] for start, end in others)
