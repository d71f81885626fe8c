"""Periods in words: "the late seventies", "before 1990", "19th century novels", "something recent".

Expects lower-case text with plain apostrophes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .mention import Mention

_DECADES = ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties")
_PART_OF_DECADE = {"early": (0, 4), "mid": (3, 6), "late": (5, 9), None: (0, 9)}
RECENT_SINCE, CLASSIC_UNTIL, CENTURY_SINCE = 2010, 1970, 2000

_PERIOD = (
    r"(?:the\s+)?(?:(?:early|mid|late)[\s-]+)?(?:the\s+)?"
    rf"(?:(?:1[89]|20)\d0'?s|'?\b\d0'?s|{'|'.join(_DECADES)}|noughties|(?:1[89]|20)\d\d)\b"
)
THINGS = r"(?:films?|movies?|flicks?|books?|novels?|ones?|stuff|things?)"
_CENTURIES = ("fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth")
_CENTURY = rf"(?P<c>1[5-9]th|20th|{'|'.join(_CENTURIES)})[\s-]+century"
_OF_A_CENTURY = (
    rf"\b(?:from|of|written in|made in)\s+(?:the\s+)?(?:(?:early|late|mid)[\s-]+)?{_CENTURY}\b",
    rf"\b{_CENTURY}(?=\s+(?:\w+\s+)?(?:novel|book|literature|poetry|poem|fiction|classic|writer|author|play)s?\b)",
)
_NO = (
    rf"(?:nothing|not|no(?:\s+{THINGS})?|none)\s+(?:that(?:'s| is| are| was| were)\s+)?"
    r"(?:(?:from|made|written|published|released)\s+)*"
)
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
    (
        f"{RECENT_SINCE}-",
        r"\b(?:recent|newer|modern(?!\s+classic)|contemporary|latest|new(?=\s+(?:film|movie|release|book|novel)s?))\b",
    ),
    (
        f"-{CLASSIC_UNTIL}",
        r"(?<!year )(?<!year-)(?<!years )(?<!years-)(?<!how )(?<!modern )\b(?:old(?:-school)?|classics?|vintage)\b"
        r"(?!\s+(?:friend|man|men|woman|women|people|lady|boy|girl|couple|age|west|enough|house|than)|'s)",
    ),
)
_COMPILED_CENTURIES = tuple(re.compile(pattern) for pattern in _OF_A_CENTURY)
_COMPILED_PERIODS = tuple((relation, re.compile(pattern)) for relation, pattern in _PERIODS)
_COMPILED_FIXED = tuple((value, re.compile(pattern)) for value, pattern in _FIXED_PERIODS)


def read_periods(text: str) -> Iterator[Mention]:
    """Yield the periods in a text, the surest readings first; they may overlap.

    Examples:
        >>> [mention.value for mention in read_periods("before 1960, nothing recent")]
        ['-1959', '2010-']
    """
    for relation, pattern in _COMPILED_PERIODS:
        for match in pattern.finditer(text):
            groups = [group for group in match.groups() if group]
            yield Mention("period", _period(relation, *(_years(group) for group in groups)), match.span())
    for pattern in _COMPILED_CENTURIES:
        for match in pattern.finditer(text):
            yield Mention("period", _century(match["c"]), match.span())
    for value, pattern in _COMPILED_FIXED:
        for match in pattern.finditer(text):
            yield Mention("period", value, match.span())


def _period(relation: str, first: tuple[int, int], second: tuple[int, int] | None = None) -> str:
    low, high = first
    if second:
        return f"{min(low, second[0])}-{max(high, second[1])}"
    by_relation = {"before": f"-{low - 1}", "until": f"-{high}", "after": f"{high + 1}-", "since": f"{low}-"}
    return by_relation.get(relation, f"{low}-{high}")


def _century(words: str) -> str:
    number = int(words[:2]) if words[0].isdigit() else 15 + _CENTURIES.index(words)
    return f"{100 * number - 100}-{100 * number - 1}"


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
