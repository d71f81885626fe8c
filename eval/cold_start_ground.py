"""What every cold-start protocol stands on: the people, the start that is judged, and the films read into the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..adapters.rating_factors import RatingFactors
from ..adapters.start import RATING_FACTORS_FILE, Start, load_start, shipped_folder
from ..bot.factory import Foundation
from ..bot.rated_films import RatedFilms, read_films
from .cold_start_people import ColdStartOptions, ColdStartPeople, read_people

Progress = Callable[[str, int, int], None]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ground:
    """What is there before anything is judged.

    Args:
        people: Who trains, chooses and is judged.
        start: The meta-learned start.
        factors: The rating factors that came with it.
        films: The films, those of everybody read.
    """

    people: ColdStartPeople
    start: Start
    factors: RatingFactors
    films: RatedFilms


def prepare(base: Foundation, options: ColdStartOptions, *, progress: Progress, say: Say) -> Ground:
    """Read people, start and films.

    Args:
        base: Model and encoder.
        options: What is asked for.
        progress: Called with a label, the films done and their number.
        say: Called with one line of progress.

    Raises:
        DataError: A file is missing or cannot be used, or somebody judged has trained the start.
        AdapterError: The start or its factors cannot be used.
    """
    folder = options.start or shipped_folder()
    start = load_start(folder, base.blocks, seed=options.seed)
    people = read_people(options, split_seed=start.recipe.seed)
    say(f"{len(people.judged)} people are judged: {people.of}")
    factors = RatingFactors.load(folder / RATING_FACTORS_FILE, people.catalog)
    return Ground(people, start, factors, read_films(base, people.catalog, people.everybody, progress=progress))
