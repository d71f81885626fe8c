"""Lengths in words: "under two hours", "a 90 minute thriller", "at most 300 pages", "a short one".

Expects lower-case text with plain apostrophes. A length without a unit is a word ("short"), which :func:`length_in`
turns into minutes or pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from .bounds import bounds
from .mention import Mention
from .periods import THINGS

_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
# What a length without a unit means, in minutes and in pages.
MINUTES = {"short": "<=95", "not long": "<=120", "long": ">=150"}
PAGES = {"short": "<=200", "not long": "<=350", "long": ">=500"}

# More minutes than that are hours of a plot: "48 hours to live".
_LONGEST_RUNTIME = 600

_HOURS = (
    r"(?:half an hour|(?:\d+(?:\.\d+)?|an?|one|two|three|four|five)(?:\s+and a half)?[\s-]*(?:(?:hours?|hrs?|h)\b|"
    r"h(?=\d))"
    r"(?:\s*(?:and\s+)?(?:a half|a quarter|\d{1,2}\s*(?:minutes?|mins?|m)?\b))?)"
)
_DURATION = rf"(?P<d>{_HOURS}|\b\d{{2,3}}[\s-]*(?:minutes?|mins?|min)\b)"
_AT_MOST = (
    r"(?:only|just)\s+(?:got|have)|(?:got|have) (?:only|just)|"
    r"(?:nothing|not|no)\s+(?:that's\s+)?(?:over|above|longer than|more than|beyond)|under|less than|shorter than|"
    r"below|"
    r"at most|up to|within|max(?:imum)?(?:\s+of)?|fewer than|i(?:'ve| have)?(?: only)? (?:got|have)(?: only| about)?"
)
_AT_LEAST = r"over|more than|longer than|at least|above|min(?:imum)?(?:\s+of)?|(?:no|not)\s+(?:shorter|less) than"
_LENGTHS = (
    (
        "between",
        rf"\b(?:between|from)\s+(?P<d>{_HOURS}|\d{{1,3}})\s+(?:and|to)\s+(?P<e>{_HOURS}|\d{{2,3}}[\s-]*(?:minutes?|mins?|min)\b)",
    ),
    ("<=", rf"\b(?:{_AT_MOST})\s+{_DURATION}"),
    (">=", rf"\b(?:{_AT_LEAST})\s+{_DURATION}"),
    (">=", rf"\b{_DURATION}\s*(?:or\s+(?:more|longer)|plus|at least|min(?:imum)?\b)"),
    ("<=", rf"\b{_DURATION}\s*(?:or\s+(?:less|shorter|under)|max(?:imum)?\b|tops\b|at most|limit\b)"),
    ("<=", rf"\b{_DURATION}(?=\s*(?:long\b|in length|runtime|running time|(?:\w+\s+)?{THINGS}\b))"),
    ("<=", r"\ban?\s+(?P<d>\d{2,3}[\s-]*min(?:ute)?)(?=\s+\w)"),
    (
        "<=",
        rf"(?:^|[,;.!?])\W*(?:about |around |roughly |ideally |preferably )?{_DURATION}"
        r"(?=\W*(?:$|[,;.!?]|please|or so|ish|tonight|only|and\b|but\b))",
    ),
)
_COUNT = r"(?P<n>\d{1,2},\d{3}|\d{1,5})[\s-]*(?:pages?|pp?\.?)(?!\w)(?:\s+(?:long|in length))?"
_PAGE_COUNTS = (
    ("between", rf"\b(?:between|from)\s+(?P<m>\d{{1,5}})\s*(?:pages?)?\s+(?:and|to)\s+{_COUNT}"),
    ("between", rf"\b(?P<m>\d{{1,5}})\s*(?:-|to)\s*{_COUNT}"),
    ("about", rf"\b(?:about|around|roughly|some)\s+{_COUNT}"),
    ("<=", rf"\b(?:{_AT_MOST}|(?:no|not)\s+(?:longer|more)\s+than)\s+{_COUNT}"),
    (">=", rf"\b(?:{_AT_LEAST})\s+{_COUNT}"),
    (">=", rf"\b{_COUNT}\s*(?:or\s+(?:more|longer|over)|plus|at least|min(?:imum)?\b|and up)"),
    ("<=", rf"\b{_COUNT}(?:\s*(?:or\s+(?:less|fewer|shorter|under)|max(?:imum)?\b|tops|at most))?"),
)
_FIXED_LENGTHS = (
    ("not long", r"\bnot\s+(?:too|very|so|overly|that)\s+(?:long|thick)\b"),
    ("short", r"(?<!in )\b(?:short(?:er|ish)?|quick(?=\s+reads?\b))\b(?!\s+(?:stor|fiction|of|term|than))"),
    ("long", r"\blong(?:er)?(?=\s+(?:\w+\s+)?(?:film|movie|epic|book|novel|read)s?\b)|(?<=something )long(?:er)?\b|"
             r"\b(?:doorstop(?:per)?s?|thick(?=\s+(?:book|novel)))\b"),
)  # fmt: skip
_COMPILED_LENGTHS = tuple((relation, re.compile(pattern)) for relation, pattern in _LENGTHS)
_COMPILED_PAGES = tuple((relation, re.compile(pattern)) for relation, pattern in _PAGE_COUNTS)
_COMPILED_FIXED = tuple((value, re.compile(pattern)) for value, pattern in _FIXED_LENGTHS)


def read_lengths(text: str) -> Iterator[Mention]:
    """Yield the lengths in a text that are given in pages, minutes or hours; they may overlap.

    Examples:
        >>> [(mention.kind, mention.value) for mention in read_lengths("at most 300 pages, or under two hours")]
        [('pages', '<=300'), ('pages', '<=300'), ('length', '<=120')]
    """
    for relation, pattern in _COMPILED_PAGES:
        for match in pattern.finditer(text):
            yield Mention("pages", _page_range(relation, match), match.span())
    for relation, pattern in _COMPILED_LENGTHS:
        for match in pattern.finditer(text):
            value = _length(relation, match)
            if max(filter(None, bounds(value))) <= _LONGEST_RUNTIME:
                yield Mention("length", value, match.span())


def read_length_words(text: str) -> Iterator[Mention]:
    """Yield the lengths in a text that have no unit.

    Examples:
        >>> [mention.value for mention in read_length_words("a short one, not too long")]
        ['not long', 'short']
    """
    for value, pattern in _COMPILED_FIXED:
        for match in pattern.finditer(text):
            yield Mention("length", value, match.span())


def length_in(mention: Mention, kind: str) -> Mention:
    """Return a length without a unit as minutes (kind "length") or pages, and any other mention as it is.

    Examples:
        >>> length_in(Mention("length", "short", (0, 5)), "pages").value
        '<=200'
    """
    table = PAGES if kind == "pages" else MINUTES
    if mention.kind != "length" or mention.value not in table:
        return mention
    return replace(mention, kind=kind, value=table[mention.value])


def _page_range(relation: str, match: re.Match[str]) -> str:
    pages = int(match["n"].replace(",", ""))
    if relation == "between":
        return f"{min(int(match['m']), pages)}-{max(int(match['m']), pages)}"
    return f"{round(0.8 * pages)}-{round(1.2 * pages)}" if relation == "about" else f"{relation}{pages}"


def _length(relation: str, match: re.Match[str]) -> str:
    if relation != "between":
        return f"{relation}{_minutes(match['d'])}"
    high = _minutes(match["e"])
    low = (
        _minutes(match["d"]) if re.search("[a-z]", match["d"]) else int(match["d"]) * (1 if "min" in match["e"] else 60)
    )
    return f"{min(low, high)}-{max(low, high)}"


def _minutes(words: str) -> int:
    if words == "half an hour":
        return 30
    if match := re.match(r"(\d{2,3})[\s-]*min", words):
        return int(match[1])
    amount = re.match(r"\d+(?:\.\d+)?|[a-z]+", words)
    number = amount[0] if amount else "1"
    hours = _COUNTS[number] if number in _COUNTS else float(number)
    behind = re.search(r"(?:hours?|hrs?|h)\s*(?:and\s+)?(\d{1,2})", words)
    extra = 30 if "half" in words else 15 if "quarter" in words else int(behind[1]) if behind else 0
    return round(60 * hours + extra)
