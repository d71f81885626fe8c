"""Import of ratings: read, matched to a catalogue, told, and kept with the item factors that they give."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .catalog import Catalog
from .catalog_folder import file_sha256
from .errors import DataError
from .files import environment_errors, new_folder
from .item_match import ItemMatcher
from .rating_columns import RatingColumns, rating_columns
from .rating_rows import NO_TIME, RatingRows, Unmatched, last_of_each_pair, read_rating_rows
from .rating_scale import RatingScale, guess_scale
from .ratings_store import FACTORS, INTERACTIONS, MANIFEST, RatingsManifest
from .schema import Problem
from .tabular import BadRow, Table, open_table

Say = Callable[[str], None]
_MOVIELENS_COLUMNS = {"userId", "movieId", "rating"}
_MOVIELENS_TITLES = ("movies.csv", "movies.dat", "movies.csv.gz", "movies.dat.gz")
_ML_100K_TITLES = ("u.item", "u.item.gz")


@dataclass(frozen=True, slots=True)
class RatingsReport:
    """What an import found.

    Args:
        file: The file.
        columns: Which column held what.
        titles_from: The file of titles that lay beside it, if one was used.
        scale: The scale of the ratings.
        n_rows: Rows of the file.
        n_bad: Rows that cannot be used.
        n_repeated: Ratings that a later one of the same person and item replaces.
        n_ratings: Ratings that are kept.
        n_users: People who gave them.
        n_items: Items that have one.
        matched: Usable rows by how their item was found.
        unmatched: Items that the catalogue lacks, most rated first.
        problems: What is wrong with bad rows, of the first 1,000.
    """

    file: str
    columns: RatingColumns
    titles_from: str
    scale: RatingScale
    n_rows: int
    n_bad: int
    n_repeated: int
    n_ratings: int
    n_users: int
    n_items: int
    matched: dict[str, int]
    unmatched: tuple[Unmatched, ...] = field(repr=False)
    problems: tuple[Problem, ...] = field(repr=False)

    @property
    def n_unmatched(self) -> int:
        """Usable rows whose item the catalogue lacks."""
        return sum(item.n_ratings for item in self.unmatched)


class RatingsImport:
    """Ratings of one file, matched to a catalogue.

    Args:
        path: A table of any format of ``tabular``: one rating a row.
        catalog: Whose items are rated.
        columns: Which column holds what; empty ones are guessed from the names.
        scale: The lowest and highest rating that can be given; guessed from the ratings where None.
        say: Told how far it is.

    Raises:
        DataError: The file cannot be read, a column is missing, or no rating is of an item of the catalogue.
    """

    def __init__(
        self,
        path: Path,
        catalog: Catalog,
        columns: RatingColumns,
        *,
        scale: RatingScale | None = None,
        say: Say | None = None,
    ) -> None:
        table = open_table(path)
        self._path, self._catalog = path, catalog
        found = rating_columns(table.columns, columns)
        matcher, titles_from = _matcher(table, catalog)
        titles = _titles(titles_from) if titles_from else None
        read = read_rating_rows(table, found, matcher, titles=titles, scale=scale, say=say)
        unmatched = tuple(sorted(read.unmatched.values(), key=lambda item: (-item.n_ratings, item.item, item.title)))
        _check(path, read, unmatched)
        self._ratings = last_of_each_pair(read)
        given = self._ratings.ratings
        self.report = RatingsReport(
            file=str(path),
            columns=found,
            titles_from=str(titles_from or ""),
            scale=scale or guess_scale(float(given.min()), float(given.max())),
            n_rows=read.n_rows,
            n_bad=read.n_bad,
            n_repeated=len(read.rows) - len(given),
            n_ratings=len(given),
            n_users=len(read.user_names),
            n_items=len(np.unique(self._ratings.rows)),
            matched=read.matched,
            unmatched=unmatched,
            problems=tuple(read.problems),
        )

    def save(self, folder: Path, *, seed: int = 0, say: Say | None = None) -> RatingsManifest:
        """Fit item factors and write everything to ``folder``, which appears whole or not at all.

        Raises:
            EnvironmentProblem: The folder cannot be written.
        """
        from .collaborative import fit_item_factors

        report, kept = self.report, self._ratings
        if say:
            say(f"fitting item factors to {report.n_ratings:,} ratings")
        rewards = report.scale.rewards(kept.ratings)
        users, rows = kept.users.astype(np.int64), kept.rows.astype(np.int64)
        factors = fit_item_factors(users, rows, rewards, len(self._catalog), seed=seed)
        trained_on = f"{self._path.name}: {report.n_ratings} ratings by {report.n_users} people; seed {seed}"
        with new_folder(folder) as draft:
            with environment_errors(draft):
                self._write(draft / INTERACTIONS)
                factors.save(draft / FACTORS, self._catalog, trained_on=trained_on)
            manifest = RatingsManifest(
                source=self._path.name,
                source_sha256=file_sha256(self._path),
                catalog_sha256=self._catalog.sha256,
                interactions_sha256=file_sha256(draft / INTERACTIONS),
                factors_sha256=file_sha256(draft / FACTORS),
                n_ratings=report.n_ratings,
                n_users=report.n_users,
                n_items=report.n_items,
                scale=(report.scale.low, report.scale.high),
            )
            with environment_errors(draft):
                (draft / MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
        return manifest

    def _write(self, path: Path) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        kept = self._ratings
        rated, codes = np.unique(kept.rows, return_inverse=True)
        item_ids = [self._catalog.at(int(row)).item_id for row in rated]
        columns = {
            "user": pa.DictionaryArray.from_arrays(kept.users, list(kept.user_names)),
            "item_id": pa.DictionaryArray.from_arrays(codes.astype(np.int32), item_ids),
            "rating": kept.ratings,
            "time": pa.array(kept.times, mask=kept.times == NO_TIME).cast(pa.timestamp("s", "UTC")),
        }
        parquet.write_table(pa.table(columns), path, compression="zstd")


def write_unmatched(report: RatingsReport, path: Path) -> None:
    """Write the items that the catalogue lacks as CSV, most rated first.

    Raises:
        EnvironmentProblem: The file cannot be written.
    """
    with environment_errors(path), path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["item", "title", "n_ratings", "reason"])
        writer.writerows([item.item, item.title, item.n_ratings, item.reason] for item in report.unmatched)


def _matcher(table: Table, catalog: Catalog) -> tuple[ItemMatcher, Path | None]:
    """Return what finds the items of a table, and the file of titles beside it; a MovieLens set brings one."""
    if not set(table.columns) >= _MOVIELENS_COLUMNS:
        return ItemMatcher(catalog), None
    is_100k = table.format == "u.data"
    beside = (table.path.parent / name for name in (_ML_100K_TITLES if is_100k else _MOVIELENS_TITLES))
    titles = next((path for path in beside if path.is_file()), None)
    if not is_100k:
        return ItemMatcher(catalog, movielens_ids=True, domain="film"), titles
    # The ids of the 100K set mean other films in every later set.
    own_ids = not any(item.movielens_id for item in catalog)
    if not own_ids and titles is None:
        raise DataError(
            f"{table.path}: its ids are those of the 100K set alone; put u.item, which has titles, beside it"
        )
    return ItemMatcher(catalog, own_ids=own_ids, domain="film"), titles


def _titles(path: Path) -> dict[str, str]:
    table = open_table(path)
    names = ("movie id", "movie title") if "movie id" in table.columns else ("movieId", "title")
    if not set(names) <= set(table.columns):
        return {}
    rows = (row[1] for row in table.rows() if not isinstance(row, BadRow))
    return {str(row[names[0]]): str(row[names[1]]) for row in rows}


def _check(path: Path, read: RatingRows, unmatched: tuple[Unmatched, ...]) -> None:
    if len(read.rows):
        return
    if not unmatched:
        raise DataError(f"{path} has no row that can be used; the first: {read.problems[0]}")
    first = unmatched[0]
    raise DataError(
        f"{path}: no item of {len(unmatched)} is in the catalogue; the most rated is '{first.item or first.title}' "
        f"({first.reason}); name the catalogue that was rated with --catalog, or a column of titles with --title-col"
    )
