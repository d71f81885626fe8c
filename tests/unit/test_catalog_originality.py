"""The synopses were written for this project: none repeats eight words in a row of a plot in the public data."""

import csv
import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from palate.retrieval.catalog import Catalog

REAL = Path(__file__).parents[3] / "shared" / "data"
N_WORDS = 8


def of_ml_1m(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from (line.split("::")[9] for line in file)


def of_csv(*columns: str) -> Callable[[Path], Iterator[str]]:
    def read(path: Path) -> Iterator[str]:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            yield from (row[column] for row in csv.DictReader(file) for column in columns)

    return read


PLOTS = {
    "ml-1m/movies_extrainfos.dat.gz": (of_ml_1m, 3_800),
    "movie-metadata-joined/movielens_metadata.csv.gz": (of_csv("plot"), 5_000),
    "tmdb5000/tmdb_5000_movies.csv.gz": (of_csv("overview", "tagline"), 8_000),
}


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Yield every run of eight words, without case and punctuation."""
    words = re.findall(r"\w+", re.sub(r"['’]", "", text.casefold()))
    yield from (tuple(words[i : i + N_WORDS]) for i in range(len(words) - N_WORDS + 1))


@pytest.fixture(scope="module")
def ours() -> dict[tuple[str, ...], str]:
    return {run: item.item_id for item in Catalog.embedded() for run in runs(item.synopsis)}


@pytest.mark.parametrize("name", PLOTS)
def test_no_synopsis_repeats_eight_words_in_a_row_of_a_plot(ours: dict[tuple[str, ...], str], name: str) -> None:
    read, least = PLOTS[name]
    if not (REAL / name).exists():
        pytest.skip(f"the public data set {name} is not on this machine")
    plots = [plot for plot in read(REAL / name) if plot.strip()]
    assert len(plots) >= least, "the plots were not read"
    assert {ours[run]: " ".join(run) for plot in plots for run in runs(plot) if run in ours} == {}


def test_a_repeated_run_would_be_found_whatever_its_case_and_punctuation(ours: dict[tuple[str, ...], str]) -> None:
    catalog = Catalog.embedded()
    assert len(ours) > 10 * len(catalog)
    item = next(item for item in catalog if len(item.synopsis.split()) > N_WORDS)
    copied = "So: " + item.synopsis.upper().replace(" ", ", ") + " (the end)"
    assert item.item_id in {ours[run] for run in runs(copied) if run in ours}
