"""What the protocols on new items, statements and drift start from: films, start, factors and people, read once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..adapters.rating_factors import RatingFactors
from ..adapters.start import RATING_FACTORS_FILE, Start, load_start, shipped_folder
from ..bot.factory import Foundation
from ..bot.rated_films import RatedFilms, read_films
from .cold_start_people import ColdStartOptions, ColdStartPeople, read_people
from .drift import drift
from .new_items import new_items
from .report import Report
from .statements import statements

Progress = Callable[[str, int, int], None]
Say = Callable[[str], None]

NEW_ITEMS_K, NEW_ITEMS_STEPS = (5, 20), 5
"""New items are judged after these of the numbers of ratings asked for, all where none of these is; and up to so many
steps."""


@dataclass(frozen=True, slots=True)
class FilmSetup:
    """What was read."""

    films: RatedFilms
    start: Start
    factors: RatingFactors
    people: ColdStartPeople

    @classmethod
    def read(cls, base: Foundation, options: ColdStartOptions, *, progress: Progress, say: Say) -> FilmSetup:
        """Read what the options ask for.

        Raises:
            DataError: A file is missing or cannot be used, or somebody judged has trained the start.
            AdapterError: The start or its factors cannot be used.
        """
        folder = options.start or shipped_folder()
        start = load_start(folder, base.blocks, seed=options.seed)
        people = read_people(options, split_seed=start.recipe.seed)
        factors = RatingFactors.load(folder / RATING_FACTORS_FILE, people.catalog)
        films = read_films(base, people.catalog, people.everybody, progress=progress)
        say(f"{len(people.judged)} people may be judged: {people.of}")
        return cls(films, start, factors, people)

    def of_people(self, report: Report) -> Report:
        """Return a report that says whom it judged."""
        return report.model_copy(update={"data": {**report.data, "people": self.people.of}})


def new_items_protocol(base: Foundation, options: ColdStartOptions, *, progress: Progress, say: Say) -> Report:
    """Report how films without ratings are put in order."""
    setup = FilmSetup.read(base, options, progress=progress, say=say)
    report = new_items(
        setup.films, setup.start, setup.factors, setup.people.training, setup.people.judged,
        k=[k for k in options.k if k in NEW_ITEMS_K] or options.k,
        steps=[step for step in options.steps if step <= NEW_ITEMS_STEPS], seed=options.seed, progress=progress,
    )  # fmt: skip
    return setup.of_people(report)


def statements_protocol(base: Foundation, options: ColdStartOptions, *, progress: Progress, say: Say) -> Report:
    """Report what three statements are worth; numbers of ratings and steps are those of the protocol."""
    setup = FilmSetup.read(base, options, progress=progress, say=say)
    report = statements(
        setup.films, setup.start, setup.factors, setup.people.training, setup.people.judged, seed=options.seed,
        progress=progress,
    )  # fmt: skip
    return setup.of_people(report)


def drift_protocol(base: Foundation, options: ColdStartOptions, *, progress: Progress, say: Say) -> Report:
    """Report how a switch of taste is followed; numbers of ratings and steps are those of the protocol."""
    # How many people are judged is for the protocol to say: few have ratings enough.
    setup = FilmSetup.read(base, replace(options, people=None), progress=progress, say=say)
    report = drift(
        setup.films, setup.start, setup.factors, setup.people.training, setup.people.judged, seed=options.seed,
        progress=progress,
    )  # fmt: skip
    return setup.of_people(report)
