"""What is known of films before TALLRec's shots: ratings of other people, genres and years.

The factors are fitted to the training people of MovieLens-1M. The weights of the parts come from prompts made like
TALLRec's of the people of MovieLens latest-small: ten films that a person rated one after the other and the next as the
target, liked above three stars. MovieLens-1M is at hand without times, and in random order the share of likes tells
less than in TALLRec's windows. MovieLens-100K, which TALLRec is made of, is not read.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from ..retrieval.catalog import Catalog
from ..retrieval.errors import DataError
from ..retrieval.items import Item
from ..retrieval.movielens import movielens_catalog
from ..retrieval.naming import split_title
from ..retrieval.ratings import UserRatings, read_ml_1m, split_users
from ..retrieval.titles import TitleLinker
from .tallrec_factors import Rows, VerdictFactors, fit_verdict_factors
from .tallrec_parts import Evidence, Floats, LikeShare, PromptScorer, centre_and_scale, scores_of
from .tallrec_prompts import Prompt

WINDOW = 10
# Enough to learn a handful of weights from, few enough for a language model to read in minutes.
WINDOWS_A_PERSON = 3
_LIKED_ABOVE = 3.0
_SPLIT_SEED = 0
_YEARS_APART = 8.0
_IN_ORDER = Path("ml-latest-small") / "ratings.csv.gz"


class FilmLinker:
    """Catalogue rows of titles as MovieLens writes them; the year must agree within one.

    Examples:
        >>> heat = Item(item_id="ml-6", domain="film", title="Heat", year=1995)
        >>> linker = FilmLinker(Catalog([heat]))
        >>> linker.row("Heat (1995)"), linker.row("Heat (1986)")
        (0, None)
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._titles = TitleLinker(catalog)
        self._rows: dict[str, int | None] = {title_of(item): row for row, item in enumerate(catalog)}

    def row(self, title: str) -> int | None:
        """Return the row of a film; None where the catalogue lacks it."""
        if title not in self._rows:
            self._rows[title] = self._found(title)
        return self._rows[title]

    def _found(self, title: str) -> int | None:
        parts = split_title(title)
        names = [name if parts.year is None else f"{name} ({parts.year})" for name in (parts.title, *parts.aliases)]
        found = [self._rows[name] if name in self._rows else self._resolved(name, parts.year) for name in names]
        return next((row for row in found if row is not None), None)

    def _resolved(self, name: str, year: int | None) -> int | None:
        match = self._titles.resolve(name)
        if match is None:
            return None
        row = self._catalog.position(match.item_id)
        known = self._catalog.at(row).year
        return row if year is None or known is None or abs(year - known) <= 1 else None


@dataclass(frozen=True, slots=True)
class Told:
    """A prompt in the terms of the catalogue: linked rows, their verdicts (+1, -1), and the target's row if linked."""

    rows: Rows
    verdicts: Floats
    target: int | None


class FilmParts:
    """The parts that films have, all read off one prompt at once.

    Args:
        catalog: The films.
        factors: Of the verdicts of many people.
    """

    names = ("item_mean", "person", "taste", "genre", "era")

    def __init__(self, catalog: Catalog, factors: VerdictFactors) -> None:
        self.linker = FilmLinker(catalog)
        self._factors = factors
        self._genres = _genre_table(catalog)
        self._years = np.array([item.year or 0 for item in catalog], dtype=np.float64)
        self.values = lru_cache(maxsize=65536)(self._values)

    def scorers(self) -> dict[str, PromptScorer]:
        """Return one scorer a name."""
        return {name: _FilmPart(self, (i,)) for i, name in enumerate(self.names)}

    def ridge(self) -> PromptScorer:
        """Return the verdict that the ridge on the factors expects: item mean, person and taste, weights of one."""
        return _FilmPart(self, (0, 1, 2))

    def _values(self, liked: tuple[str, ...], disliked: tuple[str, ...], target: str) -> tuple[float, ...]:
        told, factors = self._told(liked, disliked, target), self._factors
        person = factors.person(told.rows, told.verdicts)
        liking = float(factors.common @ person)
        if told.target is None:
            return float(factors.mean.mean()), liking, 0.0, 0.0, 0.0
        surprise = told.verdicts - factors.mean[told.rows]
        genre = self._genres[told.rows] @ self._genres[told.target]
        era = np.exp(-np.abs(self._years[told.rows] - self._years[told.target]) / _YEARS_APART)
        taste = float(factors.loadings[told.target] @ person) - liking
        return float(factors.mean[told.target]), liking, taste, _affinity(genre, surprise), _affinity(era, surprise)

    def _told(self, liked: tuple[str, ...], disliked: tuple[str, ...], target: str) -> Told:
        verdicts = [(self.linker.row(t), 1.0) for t in liked] + [(self.linker.row(t), -1.0) for t in disliked]
        known = [(row, verdict) for row, verdict in verdicts if row is not None]
        rows = np.array([row for row, _ in known], dtype=np.int64)
        return Told(rows, np.array([verdict for _, verdict in known], dtype=np.float64), self.linker.row(target))


@dataclass(frozen=True, slots=True)
class _FilmPart:
    parts: FilmParts
    which: tuple[int, ...]

    def score(self, liked_titles: Sequence[str], disliked_titles: Sequence[str], target: str) -> float:
        values = self.parts.values(tuple(liked_titles), tuple(disliked_titles), target)
        return sum(values[i] for i in self.which)


def film_evidence(
    data_dir: Path, prompts: Sequence[Prompt], *, seed: int, others: Mapping[str, PromptScorer] | None = None
) -> Evidence:
    """Fit the factors and learn the weights of the parts, without an answer of TALLRec's.

    Args:
        data_dir: The folder that holds ml-1m and ml-latest-small.
        prompts: Their titles are counted as linked or not; their answers are not read.
        seed: Seeds the factors and the choice of windows.
        others: Further parts, such as a language model's margin.

    Raises:
        DataError: A file is missing or cannot be used.
    """
    catalog = movielens_catalog(data_dir)
    training, _ = split_users(read_ml_1m(data_dir, catalog), seed=_SPLIT_SEED)
    people = [(user.rows, _verdicts(user.stars)) for user in training]
    films = FilmParts(catalog, fit_verdict_factors(people, len(catalog), seed=seed))
    scorers: dict[str, PromptScorer] = {"like_share": LikeShare(), **films.scorers(), **(others or {})}
    made = windows(read_in_order(data_dir / _IN_ORDER, catalog), catalog, seed=seed)
    raw = np.column_stack([scores_of(scorer, made) for scorer in scorers.values()])
    centre, scale = centre_and_scale(raw)
    model = LogisticRegression().fit((raw - centre) / scale, [prompt.answer for prompt in made])
    titles = {title for p in prompts for title in (*p.liked, *p.disliked, p.target)}
    linked = sum(films.linker.row(title) is not None for title in titles) / len(titles)
    controls = {"item_mean": scorers["item_mean"], "ridge": films.ridge()}
    described = f"{len(made)} windows of ml-latest-small; factors of {len(training)} people of ml-1m"
    return Evidence(scorers, controls, centre, scale, model.coef_[0], linked, described)


def windows(people: Sequence[UserRatings], catalog: Catalog, *, seed: int) -> list[Prompt]:
    """Make prompts of films rated one after the other: ten are told, the next is the target.

    Args:
        people: Ratings in the order they were given.
        catalog: Gives the titles.
        seed: Chooses up to three windows a person.
    """
    rng, made = np.random.default_rng(seed), list[Prompt]()
    for user in people:
        n_windows = max(0, len(user) - WINDOW)
        for start in rng.permutation(n_windows)[:WINDOWS_A_PERSON]:
            titles = [title_of(catalog.at(int(row))) for row in user.rows[start : start + WINDOW + 1]]
            verdicts = [bool(stars > _LIKED_ABOVE) for stars in user.stars[start : start + WINDOW + 1]]
            told = list(zip(titles[:-1], verdicts, strict=False))
            liked, disliked = (tuple(title for title, verdict in told if verdict is side) for side in (True, False))
            made.append(Prompt("film", liked, disliked, titles[-1], verdicts[-1]))
    return made


def read_in_order(path: Path, catalog: Catalog) -> list[UserRatings]:
    """Read ratings with the columns userId, movieId, rating and timestamp, each person's in the order of their times.

    Raises:
        DataError: The file is missing or cannot be used.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist; give the folder that holds ml-latest-small with --data-dir")
    rows_of = {item.movielens_id: row for row, item in enumerate(catalog)}
    people: dict[int, list[tuple[int, int, float]]] = {}
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                row = rows_of.get(int(line["movieId"]))
                if row is not None:
                    people.setdefault(int(line["userId"]), []).append(
                        (int(line["timestamp"]), row, float(line["rating"]))
                    )
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}; restore the original file") from error
    return [_ratings(user, sorted(rated)) for user, rated in sorted(people.items())]


def title_of(item: Item) -> str:
    """Return a film's title as the prompts of this module write it: ``Heat (1995)``."""
    return f"{item.title} ({item.year})" if item.year else item.title


def _ratings(user: int, rated: Sequence[tuple[int, int, float]]) -> UserRatings:
    return UserRatings(user, np.array([row for _, row, _ in rated]), np.array([stars for *_, stars in rated]))


def _verdicts(stars: Floats) -> Floats:
    return np.where(stars > _LIKED_ABOVE, 1.0, -1.0)


def _genre_table(catalog: Catalog) -> Floats:
    names = {name: i for i, name in enumerate(catalog.vocabulary("genre"))}
    table = np.zeros((len(catalog), len(names)))
    for row, item in enumerate(catalog):
        table[row, [names[genre] for genre in item.genres]] = 1.0
    unit: Floats = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
    return unit


def _affinity(nearness: NDArray[np.float64], surprise: Floats) -> float:
    return float(nearness @ surprise / (1.0 + nearness.sum()))
