"""Words only: what three statements of taste are worth, alone and beside five ratings.

The statements are sentences made of a person's ratings by a template, and understood by the product's own extractor.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..adapters.examples import central_rows
from ..adapters.factor_ridge import FactorRidge
from ..adapters.inner_loop import Support
from ..adapters.rating_factors import RatingFactors
from ..adapters.start import Start
from ..bot.film_judge import FilmJudge
from ..bot.rated_films import RatedFilms
from ..bot.understanding import PreferenceExtractor
from ..retrieval.attribute_table import AttributeTable
from ..retrieval.errors import DataError
from ..retrieval.ratings import UserRatings
from ..retrieval.titles import TitleLinker
from .cold_start_people import ColdPerson
from .cold_start_rows import Figures, Key, of_rated
from .report import Report
from .stated_tastes import Speaker

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Stated = tuple[Integers, Floats, Floats]
"""Rows of films that stand for what was said, the direction of each from -1 to 1, and how much it counts."""
Progress = Callable[[str, int, int], None]

BEHIND, RATINGS = 10, 5
"""Ratings that the statements are made of, and other ratings that are learned from beside them."""
PROTOCOL = (
    f"statements: a template words two tastes and one distaste, the attributes of the highest and lowest mean residual "
    f"among {BEHIND} of a person's ratings; the product's own understanding reads the words, the ratings are not "
    f"learned from; {RATINGS} other ratings are; the rest is put in order"
)


@dataclass(frozen=True, slots=True)
class StatementWeights:
    """How a statement becomes examples.

    Chosen on the choosing people by the closed form: many films that count little beat few that count much (6 at .3
    with rewards of .8 and -.8, which say that a liked kind is liked more than anything, lose order).

    Args:
        exemplars: Films that stand for one attribute.
        weight: How much each counts; a rating counts 1.
        shift: How far the reward of such a film lies from what everybody gives it: a person who loves westerns loves
            them more than others do, but not each of them more than everything else.
        least_rated: Films rated more seldom stand for nothing.
    """

    exemplars: int = 30
    weight: float = 0.1
    shift: float = 0.4
    least_rated: int = 50


class Hearing:
    """Turns what a person says into films that stand for it.

    Args:
        films: The films.
        factors: Say how often a film was rated.
        weights: How a statement becomes examples.
    """

    def __init__(self, films: RatedFilms, factors: RatingFactors, weights: StatementWeights) -> None:
        self._extractor = PreferenceExtractor(films.catalog, TitleLinker(films.catalog))
        self._table = AttributeTable(films.catalog)
        self._films = films
        self._often = factors.counts >= min(weights.least_rated, int(factors.counts.max()))
        self._weights = weights

    def understood(self, text: str) -> list[tuple[str, str, int]]:
        """Return the lasting tastes in a message: kind and value of an attribute, and 1 or -1."""
        signals = self._extractor.extract(text, turn=1).signals
        told = [(s.kind, s.value, s.polarity) for s in signals if s.lasting and s.polarity]
        return [("decade", f"{value[:4]}s", sign) if kind == "period" else (kind, value, sign)
                for kind, value, sign in told]  # fmt: skip

    def examples(self, text: str, without: Integers) -> Stated:
        """Return the rows, directions (from -1 to 1) and weights of films that stand for what a message says.

        Args:
            text: The message.
            without: Films that stand for nothing: those that are put in order afterwards.
        """
        found: dict[int, list[float]] = {}
        for kind, value, sign in self.understood(text):
            rows = self._table.rows(kind, value)
            rows = rows[self._often[rows] & ~np.isin(rows, without)]
            for row in central_rows(self._films.vectors, rows, self._weights.exemplars):
                found.setdefault(int(row), []).append(float(sign))
        directions = np.array([np.mean(said) for said in found.values()])
        weights = np.array([self._weights.weight * len(said) for said in found.values()])
        return np.array(list(found), dtype=np.int64), directions, weights


def statements(
    films: RatedFilms, start: Start, factors: RatingFactors, training: Sequence[UserRatings],
    judged: Sequence[UserRatings], *, weights: StatementWeights | None = None, steps: int | None = None, seed: int = 0,
    progress: Progress,
) -> Report:  # fmt: skip
    """Report how well films are put in order after three statements, with and without five ratings.

    Args:
        films: The films as the blocks see them.
        start: θ₀.
        factors: What ratings say of the films.
        training: Whose ratings say what everybody thinks of a film; residuals are taken of it.
        judged: People that nothing was trained or chosen on.
        weights: How a statement becomes examples; None takes the chosen ones.
        steps: How many; None takes those of the start.
        seed: Of the intervals.
        progress: Called with a label, the people done and their number.

    Raises:
        DataError: Nobody rated enough films.
    """
    begun = time.perf_counter()
    chosen, n = weights or StatementWeights(), start.recipe.steps if steps is None else steps
    learner = Learner(FilmJudge(films, start, factors), factors, shift=chosen.shift, steps=n)
    hearing, speaker, figures = Hearing(films, factors, chosen), Speaker(films.catalog, training), Figures()
    people = [(person, text) for person, told in statement_people(judged) if (text := speaker.text(told))]
    if not people:
        raise DataError(f"nobody of {len(judged)} people has {BEHIND + RATINGS + 2} ratings; give more people")
    for done, (person, text) in enumerate(people, start=1):
        _judge(learner, hearing, person, text, n, figures)
        progress("judging people", done, len(people))
    rows = figures.rows(seed=seed)
    pairs = [
        ("statements-0steps", Key("statements", 0, n), Key("statements", 0, 0)),
        ("sum_statements-sum_nothing", Key("sum_statements", 0, n), Key("sum_nothing", 0, n)),
        (f"statements+ratings{RATINGS}-ratings{RATINGS}", Key(f"statements+ratings{RATINGS}", RATINGS, n),
         Key(f"ratings{RATINGS}", RATINGS, n)),
        (f"sum_statements+ratings{RATINGS}-sum_ratings{RATINGS}", Key(f"sum_statements+ratings{RATINGS}", RATINGS, n),
         Key(f"sum_ratings{RATINGS}", RATINGS, n)),
    ]  # fmt: skip
    found = [figures.difference(name, ours, other, seed=seed) for name, ours, other in pairs]
    counts = {"people": len(people), "labels": sum(len(person.asked) for person, _ in people)}
    return Report(
        command="palate-eval cold-start --protocol statements", protocol=PROTOCOL, seed=seed,
        data={"dataset": "ml-1m", "theta0": start.sha256, "example": people[0][1]}, counts=counts,
        rows=[*rows, *(row for row in found if row is not None)], elapsed_s=time.perf_counter() - begun,
    )  # fmt: skip


def statement_people(users: Sequence[UserRatings]) -> list[tuple[ColdPerson, UserRatings]]:
    """Return people and the ratings behind their statements, which are neither learned from nor judged.

    Examples:
        >>> user = UserRatings(7, np.arange(20), np.ones(20))
        >>> [(len(told), len(person.told), len(person.asked)) for person, told in statement_people([user])]
        [(10, 5, 5)]
    """
    found = []
    for user in (user.shuffled() for user in users if len(user) > BEHIND + RATINGS + 1):
        behind, told, asked = (
            UserRatings(user.user_id, user.rows[part], user.stars[part])
            for part in (slice(BEHIND), slice(BEHIND, BEHIND + RATINGS), slice(BEHIND + RATINGS, None))
        )
        found.append((ColdPerson(user.user_id, told, asked), behind))
    return found


class Learner:
    """Learns from statements and ratings, and scores films.

    Args:
        judge: The films under the start.
        factors: For the ridge.
        shift: See ``StatementWeights``.
        steps: How many are taken.
    """

    def __init__(self, judge: FilmJudge, factors: RatingFactors, *, shift: float, steps: int) -> None:
        self.judge = judge
        self._means = factors.means
        self._ridge = FactorRidge(factors)
        self._shift = shift
        self._steps = steps

    def scores(self, told: UserRatings, stated: Stated, rows: Integers) -> tuple[Floats, Floats]:
        """Return the margins of films and the sum of closed form and margins, both of shape ``(len(rows),)``.

        Args:
            told: Ratings that are learned from; there may be none.
            stated: Films that stand for what was said; there may be none.
            rows: The films to score.
        """
        judge, still = self.judge, self.judge.still[rows]
        theta = judge.adapt(self._support(told, stated), steps=self._steps)
        margins = judge.margins(theta, rows)
        films, directions, weights = stated
        rewards = np.clip(self._means[films] + self._shift * directions, -1.0, 1.0)
        # Films that stand for words were not chosen by the person: that they are there is no evidence.
        posterior = self._ridge.fit(
            np.concatenate([told.rows, films]), np.concatenate([told.rewards, rewards]),
            np.concatenate([np.ones(len(told)), weights]), chosen=told.rows,
        )  # fmt: skip
        parts = judge.start.recipe.ratings_at(len(told))
        total: Floats = posterior.mean(rows) + parts.still * still + parts.moved * (margins - still)
        return margins, total

    def _support(self, told: UserRatings, stated: Stated) -> Support:
        """Return what the steps learn from; a stated film's wished probability is shifted from that of the start."""
        films, directions, weights = stated
        rated = self.judge.support(told.rows, told.rewards)
        # A reward from -1 to 1 is two wide, a probability one.
        wished = 1.0 / (1.0 + np.exp(-self.judge.still[films])) + self._shift / 2.0 * directions
        return Support(
            self.judge.items(np.concatenate([told.rows, films])),
            torch.cat([rated.targets, torch.tensor(wished, dtype=torch.float32)]),
            torch.cat([rated.weights, torch.tensor(weights, dtype=torch.float32)]),
        )


def _judge(learner: Learner, hearing: Hearing, person: ColdPerson, text: str, steps: int, figures: Figures) -> None:
    """Add the figures of one person."""
    rows, told = person.asked.rows, person.told
    nothing = UserRatings(person.user_id, told.rows[:0], told.stars[:0])
    stated, silent = hearing.examples(text, rows), hearing.examples("", rows)
    figures.add(Key("statements", 0, 0), person.user_id, of_rated(person, learner.judge.still[rows]))
    sources = {
        "statements": (nothing, stated),
        f"ratings{RATINGS}": (told, silent),
        f"statements+ratings{RATINGS}": (told, stated),
        "nothing": (nothing, silent),
    }
    for name, (rated, said) in sources.items():
        margins, total = learner.scores(rated, said, rows)
        if name != "nothing":
            figures.add(Key(name, len(rated), steps), person.user_id, of_rated(person, margins))
        figures.add(Key(f"sum_{name}", len(rated), steps), person.user_id, of_rated(person, total))
