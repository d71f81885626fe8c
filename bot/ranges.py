"""Periods and lengths in words: "the late seventies", "before 1990", "under two hours".

Expects lower-case text with plain apostrophes; values are "1970-1979", "-1989", "2001-", "<=100" and ">=180".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .mention import Mention

_DECADES = ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties")
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_PART_OF_DECADE = {"early": (0, 4), "mid": (3, 6), "late": (5, 9), None: (0, 9)}
RECENT_SINCE, CLASSIC_UNTIL, CENTURY_SINCE = 2010, 1970, 2000
SHORT_MINUTES, NOT_LONG_MINUTES, LONG_MINUTES = 95, 120, 150

_PERIOD = (
    r"(?:the\s+)?(?:(?:early|mid|late)[\s-]+)?(?:the\s+)?"
    rf"(?:(?:1[89]|20)\d0'?s|'?\b\d0'?s|{'|'.join(_DECADES)}|noughties|(?:1[89]|20)\d\d)\b"
)
_NO = r"(?:nothing|not|no(?:\s+(?:films?|movies?))?|none)\s+(?:from\s+|made\s+)?"
_EARLIER = r"(?:or|and)\s+(?:earlier|older|before)\b"
_LATER = r"(?:(?:or|and)\s+(?:later|newer|after|up|above|beyond)|on(?:wards?)?)\b"
_PERIODS: tuple[tuple[str, str], ...] = (
    ("between", rf"(?:between|from)\s+(?P<p>{_PERIOD})\s+(?:and|to|until|till|through)\s+(?P<q>{_PERIOD})"),
    ("between", rf"(?<!\w)(?P<p>{_PERIOD})\s*(?:-|to)\s*(?P<q>{_PERIOD})"),
    ("since", rf"{_NO}(?:older|earlier)\s+than\s+(?P<p>{_PERIOD})|{_NO}(?:before|pre)[\s-]*(?P<q>{_PERIOD})"),
    ("until", rf"{_NO}(?:newer|later|after|more recent)\s+(?:than\s+)?(?P<p>{_PERIOD})"),
    ("before", rf"\b(?:from\s+)?(?:before|older than|earlier than|prior to|pre)[\s-]*(?P<p>{_PERIOD})"),
    ("after", rf"\b(?:from\s+)?(?:after|newer than|later than|more recent than|post)[\s-]*(?P<p>{_PERIOD})"),
    ("since", rf"\b(?:since|starting)\s+(?P<p>{_PERIOD})"),
    ("until", rf"\b(?:until|till|up to)\s+(?P<p>{_PERIOD})"),
    ("since", rf"\b(?:from\s+)?(?P<p>{_PERIOD})\s+{_LATER}"),
    ("until", rf"\b(?:from\s+)?(?P<p>{_PERIOD})\s+{_EARLIER}"),
    ("in", rf"\b(?:from|in|of|during)\s+(?P<p>{_PERIOD})"),
    ("in", r"(?<!my )(?<!her )(?<!his )(?<!their )(?P<p>" + _PERIOD.replace(r"|(?:1[89]|20)\d\d", "") + ")"),
    ("in", r"\b(?P<p>(?:19|20)\d\d)(?=\s+(?:film|movie|book|novel|release))"),
)
_FIXED_PERIODS = (
    (rf"{CENTURY_SINCE}-", r"\b(?:(?:of|from|in)\s+)?(?:this|the 21st|the twenty-first)\s+century\b"),
    ("1900-1999", r"\b(?:(?:of|from|in)\s+)?(?:last|the 20th|the twentieth)\s+century\b"),
    (f"{RECENT_SINCE}-", r"\b(?:recent|newer|modern|contemporary|latest|new(?=\s+(?:film|movie|release|book)s?))\b"),
    (
        f"-{CLASSIC_UNTIL}",
        r"(?<!year )(?<!year-)(?<!years )(?<!years-)(?<!how )\b(?:old(?:-school)?|classics?|vintage)\b"
        r"(?!\s+(?:friend|man|men|woman|women|people|lady|boy|girl|couple|age|west|enough|house|than)|'s)",
    ),
)

_HOURS = (
    r"(?:half an hour|(?:\d+(?:\.\d+)?|an?|one|two|three|four|five)(?:\s+and a half)?[\s-]*(?:(?:hours?|hrs?|h)\b|"
    r"h(?=\d))"
    r"(?:\s*(?:and\s+)?(?:a half|a quarter|\d{1,2}\s*(?:minutes?|mins?|m)?\b))?)"
)
_DURATION = rf"(?P<d>{_HOURS}|\b\d{{2,3}}[\s-]*(?:minutes?|mins?|min)\b)"
_AT_MOST = (
    r"(?:nothing|not|no)\s+(?:that's\s+)?(?:over|above|longer than|more than|beyond)|under|less than|shorter than|"
    r"below|"
    r"at most|up to|within|max(?:imum)?(?:\s+of)?|fewer than|i(?:'ve| have)?(?: only)? (?:got|have)(?: only| about)?"
)
_AT_LEAST = r"over|more than|longer than|at least|above|min(?:imum)?(?:\s+of)?|(?:no|not)\s+(?:shorter|less) than"
_LENGTHS = (
    ("<=", rf"\b(?:{_AT_MOST})\s+{_DURATION}"),
    (">=", rf"\b(?:{_AT_LEAST})\s+{_DURATION}"),
    (">=", rf"\b{_DURATION}\s*(?:or\s+(?:more|longer)|plus|at least|min(?:imum)?\b)"),
    ("<=", rf"\b{_DURATION}(?:\s*(?:or\s+(?:less|shorter|under)|max(?:imum)?\b|tops|at most))?"),
)
_FIXED_LENGTHS = (
    (f"<={NOT_LONG_MINUTES}", r"\bnot\s+(?:too|very|so|overly)\s+long\b"),
    (f"<={SHORT_MINUTES}", r"(?<!in )\bshort(?:er)?\b(?!\s+(?:stor|of|term|than))"),
    (f">={LONG_MINUTES}", r"\blong(?:er)?(?=\s+(?:film|movie|epic)s?\b)|(?<=something )long\b"),
)
_COMPILED_PERIODS = tuple((relation, re.compile(pattern)) for relation, pattern in _PERIODS)
_COMPILED_LENGTHS = tuple((relation, re.compile(pattern)) for relation, pattern in _LENGTHS)
_COMPILED_FIXED = tuple(
    (kind, value, re.compile(pattern))
    for kind, table in (("period", _FIXED_PERIODS), ("length", _FIXED_LENGTHS))
    for value, pattern in table
)


def read_ranges(text: str) -> Iterator[Mention]:
    """Yield the periods and lengths in a text; where readings overlap, the one that comes first is meant.

    Examples:
        >>> [mention.value for mention in read_ranges("from the late 70s or before 1960, under two hours")]
        ['<=120', '-1959', '1975-1979']
    """
    taken: list[tuple[int, int]] = []
    for mention in _readings(text):
        if not any(mention.span[0] < end and start < mention.span[1] for start, end in taken):
            taken.append(mention.span)
            yield mention


def bounds(value: str) -> tuple[int | None, int | None]:
    """Return the lowest and highest number that a value allows.

    Examples:
        >>> bounds("1970-1979"), bounds("-1989"), bounds("<=100")
        ((1970, 1979), (None, 1989), (None, 100))
    """
    if value.startswith(("<=", ">=")):
        number = int(value[2:])
        return (None, number) if value[0] == "<" else (number, None)
    low, _, high = value.partition("-")
    return int(low) if low else None, int(high) if high else None


def _readings(text: str) -> Iterator[Mention]:
    for relation, pattern in _COMPILED_LENGTHS:
        for match in pattern.finditer(text):
            yield Mention("length", f"{relation}{_minutes(match['d'])}", match.span())
    for relation, pattern in _COMPILED_PERIODS:
        for match in pattern.finditer(text):
            groups = [group for group in match.groups() if group]
            yield Mention("period", _period(relation, *(_years(group) for group in groups)), match.span())
    for kind, value, pattern in _COMPILED_FIXED:
        for match in pattern.finditer(text):
            yield Mention("period" if kind == "period" else "length", value, match.span())


def _period(relation: str, first: tuple[int, int], second: tuple[int, int] | None = None) -> str:
    low, high = first
    if second:
        return f"{min(low, second[0])}-{max(high, second[1])}"
    by_relation = {"before": f"-{low - 1}", "until": f"-{high}", "after": f"{high + 1}-", "since": f"{low}-"}
    return by_relation.get(relation, f"{low}-{high}")


def _years(words: str) -> tuple[int, int]:
    part = next((part for part in ("early", "mid", "late") if part in words), None)
    first, last = _PART_OF_DECADE[part]
    for place, name in enumerate(_DECADES):
        if name in words:
            return 1920 + 10 * place + first, 1920 + 10 * place + last
    if "noughties" in words:
        return 2000 + first, 2000 + last
    digits = re.sub(r"\D", "", words)
    if len(digits) == 4 and not words.rstrip().endswith("s"):
        return int(digits), int(digits)
    decade = int(digits) if len(digits) == 4 else int(digits) + (2000 if int(digits) < 20 else 1900)
    return decade + first, decade + last


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
