"""What is known of books before TALLRec's shots: authors, words of titles, and mean ratings of goodbooks-10k.

No person's ratings of books are at hand to learn weights from, so the prior weights are set by hand once, and no answer
of TALLRec's was looked at for them: the share of likes counts most, everything else a little.
"""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from ..retrieval.errors import DataError
from ..retrieval.profile_books import split_series
from ..retrieval.title_index import key_of
from .tallrec_parts import Evidence, LikeShare, PromptScorer, centre_and_scale, scores_of
from .tallrec_prompts import Prompt

_WEIGHTS = {"like_share": 0.8}
_OTHER_WEIGHT = 0.1
_RATED = Path("goodbooks-10k") / "books.csv.gz"
_NOT_A_LETTER = re.compile(r"[^a-z]")
_BEHIND_THE_TITLE = re.compile(r"\s*(?:\(.*|: a novel.*|\s:\s.*)$", re.IGNORECASE | re.DOTALL)


class AuthorMatch:
    """Books of the target's author among those liked, less those among those disliked, from -1 to 1.

    Examples:
        >>> AuthorMatch().score(["Jack by Ann Poe"], ["Dune by Frank Herbert"], "Jill by ANN POE")
        1.0
    """

    def score(self, liked_titles: Sequence[str], disliked_titles: Sequence[str], target: str) -> float:
        """Return the sign of the difference of counts."""
        name = _author(target)
        liked, disliked = (sum(_author(book) == name for book in books) for books in (liked_titles, disliked_titles))
        return float(np.sign(liked - disliked))


class WordSimilarity:
    """Mean cosine of the target with the books liked, less that with those disliked, over words weighted by rarity.

    Args:
        books: Texts that say how rare a word is.
    """

    def __init__(self, books: Sequence[str]) -> None:
        self._words = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit(books)

    def score(self, liked_titles: Sequence[str], disliked_titles: Sequence[str], target: str) -> float:
        """Return the difference; a side without books has similarity 0."""
        vectors = self._words.transform([*liked_titles, *disliked_titles, target])
        cosines = (vectors[:-1] @ vectors[-1].T).toarray().ravel()
        sides = (cosines[: len(liked_titles)], cosines[len(liked_titles) :])
        liked, disliked = (float(side.mean()) if len(side) else 0.0 for side in sides)
        return liked - disliked


@dataclass(frozen=True, slots=True)
class TargetValue:
    """A figure of the target book; 0 where it is not linked."""

    values: Mapping[tuple[str, ...], float]

    def score(self, liked_titles: Sequence[str], disliked_titles: Sequence[str], target: str) -> float:  # noqa: ARG002
        """Return the figure."""
        return self.values.get(book_key(target), 0.0)


def book_evidence(
    data_dir: Path, prompts: Sequence[Prompt], *, others: Mapping[str, PromptScorer] | None = None
) -> Evidence:
    """Return the parts for books and their weights.

    Args:
        data_dir: The folder that holds goodbooks-10k.
        prompts: Those that shots are drawn from; their titles scale the parts, their answers are not read.
        others: Further parts, such as a language model's margin.

    Raises:
        DataError: A file is missing or cannot be used.
    """
    titles = sorted({title for p in prompts for title in (*p.liked, *p.disliked, p.target)})
    rated = read_goodbooks(data_dir / _RATED)
    mean = float(np.mean([stars for stars, _ in rated.values()]))
    item_mean = TargetValue({key: stars - mean for key, (stars, _) in rated.items()})
    popularity = TargetValue({key: float(np.log10(n)) for key, (_, n) in rated.items()})
    parts: dict[str, PromptScorer] = {
        "like_share": LikeShare(), "item_mean": item_mean, "popularity": popularity, "author": AuthorMatch(),
        "words": WordSimilarity(titles), **(others or {}),
    }  # fmt: skip
    centre, scale = centre_and_scale(np.column_stack([scores_of(part, prompts) for part in parts.values()]))
    weights = np.array([_WEIGHTS.get(name, _OTHER_WEIGHT) for name in parts])
    linked = sum(book_key(title) in rated for title in titles) / len(titles)
    described = f"set by hand; means and counts of {len(rated)} books of goodbooks-10k"
    return Evidence(parts, {"item_mean": item_mean}, centre, scale, weights, linked, described)


def read_goodbooks(path: Path) -> dict[tuple[str, ...], tuple[float, float]]:
    """Read mean rating and number of ratings of each book by its key; of one key the most rated book.

    Raises:
        DataError: The file is missing or cannot be used.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist; give the folder that holds goodbooks-10k with --data-dir")
    books: dict[tuple[str, ...], tuple[float, float]] = {}
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                title, _ = split_series(row["title"])
                key = book_key(f"{title} by {row['authors'].split(',')[0]}")
                rated = float(row["average_rating"]), float(row["ratings_count"])
                books[key] = max(books.get(key, rated), rated, key=lambda known: known[1])
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, KeyError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}; restore the original file") from error
    return books


def book_key(book: str) -> tuple[str, ...]:
    """Return what editions of a book have in common: the words of its title and the author's last name.

    Examples:
        >>> book_key("Running Blind (Jack Reacher Novels (Paperback)) by LEE CHILD")
        ('running', 'blind', 'child')
    """
    title, _, author = book.rpartition(" by ")
    names = key_of(author)
    return (*key_of(_BEHIND_THE_TITLE.sub("", title) or title), names[-1] if names else "")


def _author(book: str) -> str:
    return _NOT_A_LETTER.sub("", book.rpartition(" by ")[2].lower())
