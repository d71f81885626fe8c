"""The domain that a message asks for, from what was heard in it."""

from __future__ import annotations

import re

from ..retrieval.catalog import Catalog
from .domains import DomainReader
from .hearing import Heard, overlap
from .mention import Mention
from .vocabulary import Vocabulary


def asked_domain(heard: Heard, plain: str, vocabulary: Vocabulary, reader: DomainReader) -> str:
    """Return the domain that a message asks for: by a noun, by refusing the only other one, a verb, or a genre."""
    genres = [mention for mention in heard.wanted if mention.kind == "genre"]
    named = [mention for mention in heard.wanted if mention.kind == "domain"]
    named.sort(key=lambda mention: any(overlap(mention.span, genre.span) for genre in genres))
    nouns = [mention for mention in named if reader.domain_at(plain, mention.span)]
    refused = {mention.value for mention in heard.refused if mention.kind == "domain"}
    left = [domain for domain in vocabulary.domains if domain not in refused]
    if not nouns and refused and len(left) == 1:
        return left[0]
    if named:
        told = nouns or named
        return "" if _is_choice(told, plain) else told[0].value
    only = [vocabulary.where("genre", genre.value) for genre in genres if not genre.is_choice]
    where = frozenset(vocabulary.domains).intersection(*only)
    return next(iter(where)) if len(where) == 1 < len(vocabulary.domains) else ""


def other_domain(heard: Heard, held: str, vocabulary: Vocabulary) -> str:
    """Return another domain than the held one where the people or limits asked for are not in that one."""
    wanted = [vocabulary.where("person", m.value) for m in heard.wanted if m.kind == "person"]
    fitting = [frozenset().union(*wanted)] if wanted else []
    for mention in heard.wanted:
        column = {"length": "runtime_min", "pages": "pages"}.get(mention.kind, mention.value.rpartition(" ")[0])
        if mention.kind in {"length", "pages", "number"} and column in vocabulary.columns:
            fitting.append(frozenset(vocabulary.columns[column]))
    where = frozenset(vocabulary.domains).intersection(*fitting)
    if not heard.asks or not held or held in where:
        return ""
    return next((domain for domain in vocabulary.domains if domain in where), "")


def compared_domain(heard: Heard, held: str, catalog: Catalog) -> str:
    """Return the domain of the items compared with, where neither the message nor the turns before name one."""
    if held or any(mention.kind == "domain" for mention in heard.wanted):
        return ""
    domains = {catalog[item_id].domain for item_id in heard.similar_to}
    return domains.pop() if len(domains) == 1 else ""


def _is_choice(domains: list[Mention], plain: str) -> bool:
    """Say whether several domains are asked for, as in "something to watch or read"."""
    first, last = min(m.span[0] for m in domains), max(m.span[1] for m in domains)
    return len({mention.value for mention in domains}) > 1 and re.search(r"\bor\b", plain[first:last]) is not None
