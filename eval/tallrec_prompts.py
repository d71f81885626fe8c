"""TALLRec's prompts, taken apart: titles liked, titles disliked, the target and its answer; and which are one person's.

Bao et al., TALLRec: An Effective and Efficient Tuning Framework to Align Large Language Model with Recommendation,
RecSys 2023. It knows the text of the prompts, no catalogue.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ..retrieval.errors import DataError

Domain = Literal["film", "book"]

# A quoted title ends where the list goes on or ends; quotation marks inside it stay.
_FILM = re.compile(r'"(.+?)"(?=, "|$)')
_BOOK = re.compile(r'("+.+?" written by .*?)(?=, "|$)')
_INPUT = re.compile(
    r"User Preference:(?P<liked>.*)\nUser Unpreference:(?P<disliked>.*)\n"
    r'Whether the user will like the target (?P<kind>movie|book) "(?P<target>.+)"\?\s*',
)
_ANSWERS = {"Yes.": True, "No.": False}
# Neighbouring windows of a person share nine of ten titles; strangers share up to three films, or one book.
_SHARED: dict[Domain, int] = {"film": 5, "book": 2}


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question: would who liked these and disliked those like the target?

    Args:
        domain: ``film`` or ``book``.
        liked: Titles as written; books as ``Title by Author``.
        disliked: Likewise.
        target: Likewise.
        answer: Whether the target was liked.
    """

    domain: Domain
    liked: tuple[str, ...]
    disliked: tuple[str, ...]
    target: str
    answer: bool


def read_prompts(path: Path) -> list[Prompt]:
    """Read JSON Lines with the columns input and output, gzipped or not.

    Raises:
        DataError: The file is missing, empty, of two domains, or a line cannot be used.
    """
    if not path.exists():
        raise DataError(
            f"{path} does not exist; give TALLRec's prompts as JSON Lines with the columns input and output"
        )
    prompts = []
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
        with (gzip.open if zipped else open)(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    prompts.append(_prompt(line, f"{path.name}, line {number}"))
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}; restore the original file") from error
    if len({prompt.domain for prompt in prompts}) != 1:
        raise DataError(f"{path} holds {len(prompts)} prompts; give at least one, and films or books, not both")
    return prompts


def parse_input(text: str, *, answer: bool) -> Prompt:
    r"""Take the text of one prompt apart.

    Raises:
        DataError: The text is not in TALLRec's form.

    Examples:
        >>> told = 'User Preference: "Heat (1995)", "M (1931)"\nUser Unpreference: '
        >>> asked = told + '\nWhether the user will like the target movie "Scream (1996)"?'
        >>> parse_input(asked, answer=True)
        Prompt(domain='film', liked=('Heat (1995)', 'M (1931)'), disliked=(), target='Scream (1996)', answer=True)
    """
    found = _INPUT.fullmatch(text)
    if found is None:
        raise DataError(f"{text[:60]!r} is not a prompt of TALLRec; give its lines of likes, dislikes and target")
    domain: Domain = "film" if found["kind"] == "movie" else "book"
    target = found["target"] if domain == "film" else _book(f'"{found["target"]}')
    return Prompt(domain, _titles(found["liked"], domain), _titles(found["disliked"], domain), target, answer)


def people_of(prompts: Sequence[Prompt]) -> NDArray[np.int64]:
    """Return a number of a person for each prompt, shape ``(n,)``: connected components of prompts that share titles.

    A person's prompts are a window that slides over what they rated, so that neighbours share most titles with the same
    verdict. One shared title is not enough: popular films would make everybody one person. So at least five films, or
    two books, must agree.

    Examples:
        >>> one = Prompt("film", ("a", "b", "c"), ("d", "e", "f"), "g", True)
        >>> next_one = Prompt("film", ("b", "c", "g"), ("d", "e", "f"), "h", False)
        >>> stranger = Prompt("film", ("a", "d", "e"), ("b", "c", "f"), "h", False)
        >>> people_of([one, stranger, next_one]).tolist()
        [0, 1, 0]
    """
    said = [{(title, True) for title in p.liked} | {(title, False) for title in p.disliked} for p in prompts]
    column = {verdict: i for i, verdict in enumerate(sorted(set().union(*said)))}
    rows = np.repeat(np.arange(len(said)), [len(verdicts) for verdicts in said])
    columns = np.array([column[verdict] for verdicts in said for verdict in sorted(verdicts)], dtype=np.int64)
    table = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(said), len(column)))
    shared = sparse.coo_array(table @ table.T)
    enough = shared.data >= _SHARED[prompts[0].domain]
    links = sparse.csr_array((shared.data[enough], (shared.row[enough], shared.col[enough])), shape=shared.shape)
    _, people = connected_components(links, directed=False)
    return np.asarray(people, dtype=np.int64)


def _prompt(line: str, place: str) -> Prompt:
    try:
        row = json.loads(line)
        return parse_input(row["input"], answer=_ANSWERS[row["output"].strip()])
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError, DataError) as error:
        raise DataError(f"{place}: {error} is not usable; give TALLRec's columns input and output") from error


def _titles(listed: str, domain: Domain) -> tuple[str, ...]:
    if domain == "film":
        return tuple(_FILM.findall(listed.strip()))
    return tuple(_book(book) for book in _BOOK.findall(listed.strip()))


def _book(listed: str) -> str:
    title, _, author = listed.strip().rpartition('" written by ')
    name = title.lstrip('"')
    return f"{name} by {author}"
