"""Titles as library lists write them, taken apart: "Matrix, The (1999)" is "The Matrix" of 1999.

It reads one title; it does not know a catalogue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_YEAR = re.compile(r"(?P<before>.*\S)\s*[(\[]\s*(?P<year>1\d{3}|20\d\d)(?:\s*[-–—]\s*(?:\d{4})?)?\s*[)\]]+", re.DOTALL)
_IN_PARENTHESES = re.compile(r"(?P<before>.*\S)\s+\((?P<inner>(?:[^()]|\([^()]*\))*)\)", re.DOTALL)
_ALSO_KNOWN_AS = re.compile(r"^(?:a\.?\s*k\.?\s*a\.?|also known as)[\s:]+", re.IGNORECASE)
# What numbers a part, or places a book in a series, is no second name.
_PART = re.compile(r"(?i:part|vol(?:ume)?\.?|chapter|episode|season|book)\s+\w+|\d+|[IVX]+")
_OF_SERIES = re.compile(r"#\s*\d")
_FOREIGN_ARTICLES = (
    "Le|La|Les|Un|Une|El|Los|Las|Una|Unos|Il|Lo|Gli|I|Uno|Der|Die|Das|Ein|Eine|O|Os|As|De|Da|Het|Een|Den|Det|En|Et|Ett"
)
_MOVED = re.compile(
    rf"(?P<name>.+?),\s*(?:(?P<word>(?i:the|an?)|{_FOREIGN_ARTICLES})|(?P<elided>[LlDd]['’]))", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class TitleParts:
    """A title taken apart.

    Args:
        title: The name as people say it, its article in front.
        aliases: Other names that stood in parentheses behind it, in their order.
        year: The year that stood behind it, if any.
    """

    title: str
    aliases: tuple[str, ...] = ()
    year: int | None = None


def split_title(raw: str) -> TitleParts:
    """Take a title of a library list apart into name, other names and year.

    A year counts only in parentheses at the end; other numbers belong to the title. A place in a series, as in
    "(The Hunger Games, #1)", is left out. Never fails: what cannot be taken apart is the title.

    Examples:
        >>> split_title("Matrix, The (1999)")
        TitleParts(title='The Matrix', aliases=(), year=1999)
        >>> split_title("City of Lost Children, The (Cité des enfants perdus, La) (1995)")
        TitleParts(title='The City of Lost Children', aliases=('La Cité des enfants perdus',), year=1995)
        >>> split_title("Seven (a.k.a. Se7en) (1995)")
        TitleParts(title='Seven', aliases=('Se7en',), year=1995)
        >>> split_title("2001: A Space Odyssey"), split_title("(500) Days of Summer (2009)").title
        (TitleParts(title='2001: A Space Odyssey', aliases=(), year=None), '(500) Days of Summer')
    """
    rest, year, aliases = " ".join(raw.split()), None, list[str]()
    while True:
        if dated := _YEAR.fullmatch(rest):
            rest, year = dated["before"], year or int(dated["year"])
        elif (found := _IN_PARENTHESES.fullmatch(rest)) and not _PART.fullmatch(found["inner"].strip()):
            rest = found["before"]
            if not _OF_SERIES.search(found["inner"]):
                aliases.append(article_first(_ALSO_KNOWN_AS.sub("", found["inner"].strip())))
        else:
            break
    title = article_first(rest)
    others = tuple(alias for alias in dict.fromkeys(reversed(aliases)) if alias and alias != title)
    return TitleParts(title, others, year)


def article_first(name: str) -> str:
    """Return a name with an article that stood behind a comma at its end put in front.

    Examples:
        >>> article_first("Matrix, The"), article_first("Avventura, L'"), article_first("Me, Myself")
        ('The Matrix', "L'Avventura", 'Me, Myself')
    """
    moved = _MOVED.fullmatch(name)
    # "Die, Mommie, Die" says its last word twice; an article is said once.
    if moved is None or re.split(r"\W", name, maxsplit=1)[0] == moved["word"]:
        return name
    article = f"{moved['word'].capitalize()} " if moved["word"] else moved["elided"].capitalize()
    return article + moved["name"]
