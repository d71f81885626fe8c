"""Periods and lengths in words: "the late seventies", "before 1990", "under two hours", "at most 300 pages".

Expects lower-case text with plain apostrophes; values are "1970-1979", "-1989", "2001-", "<=100" and ">=180". A length
without a unit is a word ("short"), which :func:`length_in` turns into minutes or pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from .mention import Mention

_DECADES = ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties")
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_PART_OF_DECADE = {"early": (0, 4), "mid": (3, 6), "late": (5, 9), None: (0, 9)}
RECENT_SINCE, CLASSIC_UNTIL, CENTURY_SINCE = 2010, 1970, 2000
# What a length without a unit means, in minutes and in pages.
MINUTES = {"short": "<=95", "not long": "<=120", "long": ">=150"}
PAGES = {"short": "<=200", "not long": "<=350", "long": ">=500"}

# More minutes than that are hours of a plot: "48 hours to live".
_LONGEST_RUNTIME = 600

_PERIOD = (
    r"(?:the\s+)?(?:(?:early|mid|late)[\s-]+)?(?:the\s+)?"
    rf"(?:(?:1[89]|20)\d0'?s|'?\b\d0'?s|{'|'.join(_DECADES)}|noughties|(?:1[89]|20)\d\d)\b"
)
_THINGS = r"(?:films?|movies?|flicks?|books?|novels?|ones?|stuff|things?)"
_CENTURIES = ("fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth")
_CENTURY = rf"(?P<c>1[5-9]th|20th|{'|'.join(_CENTURIES)})[\s-]+century"
_OF_A_CENTURY = (
    rf"\b(?:from|of|written in|made in)\s+(?:the\s+)?(?:(?:early|late|mid)[\s-]+)?{_CENTURY}\b",
    rf"\b{_CENTURY}(?=\s+(?:\w+\s+)?(?:novel|book|literature|poetry|poem|fiction|classic|writer|author|play)s?\b)",
)
_NO = (
    rf"(?:nothing|not|no(?:\s+{_THINGS})?|none)\s+(?:that(?:'s| is| are| was| were)\s+)?"
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
    ("<=", rf"\b{_DURATION}(?=\s*(?:long\b|in length|runtime|running time|(?:\w+\s+)?{_THINGS}\b))"),
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
_COMPILED_CENTURIES = tuple(re.compile(pattern) for pattern in _OF_A_CENTURY)
_COMPILED_PERIODS = tuple((relation, re.compile(pattern)) for relation, pattern in _PERIODS)
_COMPILED_LENGTHS = tuple((relation, re.compile(pattern)) for relation, pattern in _LENGTHS)
_COMPILED_PAGES = tuple((relation, re.compile(pattern)) for relation, pattern in _PAGE_COUNTS)
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
        >>> [(mention.kind, mention.value) for mention in read_ranges("a short one, at most 300 pages")]
        [('pages', '<=300'), ('length', 'short')]
    """
    taken: list[tuple[int, int]] = []
    for mention in _readings(text):
        if not any(mention.span[0] < end and start < mention.span[1] for start, end in taken):
            taken.append(mention.span)
            yield mention


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


def bounds(value: str) -> tuple[int | None, int | None]:
    """Return the lowest and highest number that a value allows.

    Examples:
        >>> bounds("1970-1979"), bounds("-1989"), bounds("<=100")
        ((1970, 1979), (None, 1989), (None, 100))
    """
    low, high = number_bounds(value)
    return None if low is None else int(low), None if high is None else int(high)


def number_bounds(value: str) -> tuple[float | None, float | None]:
    """Return the lowest and highest number that a value allows, with their fractions.

    Examples:
        >>> number_bounds("0.5-2"), number_bounds(">=4.5")
        ((0.5, 2.0), (4.5, None))
    """
    if value.startswith(("<=", ">=")):
        number = float(value[2:])
        return (None, number) if value[0] == "<" else (number, None)
    low, _, high = value.partition("-")
    return float(low) if low else None, float(high) if high else None


def _readings(text: str) -> Iterator[Mention]:
    for relation, pattern in _COMPILED_PAGES:
        for match in pattern.finditer(text):
            yield Mention("pages", _page_range(relation, match), match.span())
    for relation, pattern in _COMPILED_LENGTHS:
        for match in pattern.finditer(text):
            value = _length(relation, match)
            if max(filter(None, bounds(value))) <= _LONGEST_RUNTIME:
                yield Mention("length", value, match.span())
    for relation, pattern in _COMPILED_PERIODS:
        for match in pattern.finditer(text):
            groups = [group for group in match.groups() if group]
            yield Mention("period", _period(relation, *(_years(group) for group in groups)), match.span())
    for pattern in _COMPILED_CENTURIES:
        for match in pattern.finditer(text):
            yield Mention("period", _century(match["c"]), match.span())
    for kind, value, pattern in _COMPILED_FIXED:
        for match in pattern.finditer(text):
            yield Mention("period" if kind == "period" else "length", value, match.span())


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
