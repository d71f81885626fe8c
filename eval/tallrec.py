"""TALLRec's few-shot question, answered by a few weighted parts: area under the curve by number of shots.

The parts have weights before any shot; a shot is one prompt with its answer and moves them. With a test file, shots are
drawn from TALLRec's validation part and the figures are of the file. Without one, the people of the validation part are
divided anew for each draw: shots come from those who hold half of the prompts, figures from the others.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from ..retrieval.errors import DataError
from .report import Report
from .tallrec_books import book_evidence
from .tallrec_figures import Judged, rows_of
from .tallrec_films import film_evidence
from .tallrec_parts import Evidence, Floats, LikeShare, PromptScorer, scores_of
from .tallrec_prompts import Domain, Prompt, people_of, read_prompts

N_DRAWS = 20
SHOTS = (16, 64, 256)
_GOAL = 0.76
_FILES: dict[Domain, str] = {"film": "movie_valid.jsonl.gz", "book": "book_valid.jsonl.gz"}
# How far a shot-trained weight may move from its prior, in units of a standardised part; not tuned.
_FREEDOM = 0.1
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Draw:
    """One choice of shots and of the prompts that are reported.

    Args:
        shots: Positions of prompts in a random order; the first k are the k shots.
        reported: Positions of the prompts that are judged.
    """

    shots: Integers
    reported: Integers


def tallrec(
    data_dir: Path, *, shots: Sequence[int] = SHOTS, domain: str | None = None, test: Path | None = None, seed: int = 0,
    others: Mapping[str, PromptScorer] | None = None,
) -> Report:  # fmt: skip
    """Report the area under the curve, over all prompts and per person, of the weighted sum and of its controls.

    Args:
        data_dir: The folder that holds tallrec, and ml-1m with ml-latest-small for films, goodbooks-10k for books.
        shots: How many prompts with their answers the weights may learn from.
        domain: film or book; that of the test file if None, else film.
        test: Prompts to report on; half of the validation people if None.
        seed: Seeds the draws, the factors and the intervals.
        others: Further parts by name, such as ``lm``; each is a row of its own and is weighed in the sum.

    Raises:
        DataError: A file is missing or cannot be used, or there are fewer prompts than shots.
    """
    begun = time.perf_counter()
    tested = read_prompts(test) if test else []
    subject = _subject(domain, tested)
    prompts = read_prompts(data_dir / "tallrec" / _FILES[subject])
    everything = [*prompts, *tested]
    people = people_of(everything)
    draws = draws_of(people, len(prompts), most=max(shots), seed=seed)
    evidence = (
        film_evidence(data_dir, everything, seed=seed, others=others)
        if subject == "film"
        else book_evidence(data_dir, prompts, others=others)
    )
    answers = np.array([prompt.answer for prompt in everything])
    features = evidence.features(everything)
    fixed = {name: scores_of(scorer, everything) for name, scorer in _untrained(evidence, others).items()}
    judged = [
        Judged(
            answers[draw.reported],
            people[draw.reported],
            {(name, None): scores[draw.reported] for name, scores in fixed.items()}
            | {("sum", k): _learned(features, answers, draw, k, evidence) for k in (0, *shots)},
        )
        for draw in draws
    ]
    place = test.name if test else "the people no shot is of"
    report = Report(
        command="palate-eval tallrec", seed=seed,
        protocol=f"{N_DRAWS} draws of the shots, reported on {place}",
        data={"dataset": f"TALLRec {subject}", "linked": round(evidence.linked, 4), "prior": evidence.described,
              "prior_weights": dict(zip(evidence.parts, evidence.weights.round(3).tolist(), strict=True))},
        counts=_counts(people, len(prompts), draws[0]), rows=rows_of(judged, seed=seed),
    )  # fmt: skip
    if subject == "film" and 64 in shots:
        report.add_goal("sum", "auc", k=64, at_least=_GOAL)
    report.elapsed_s = time.perf_counter() - begun
    return report


def shots_of(text: str) -> tuple[int, ...]:
    """Read numbers of shots.

    Raises:
        DataError: One is not a whole number above 0.

    Examples:
        >>> shots_of("16, 64")
        (16, 64)
    """
    try:
        shots = tuple(int(number) for number in text.split(","))
    except ValueError as error:
        raise DataError(f"{text!r} are not numbers of shots; give them like 16,64,256") from error
    if min(shots) < 1 or len(set(shots)) < len(shots):
        raise DataError(f"{text!r} holds a number below 1 or one twice; give numbers of shots like 16,64,256")
    return shots


def draws_of(people: Integers, n_valid: int, *, most: int, seed: int) -> list[Draw]:
    """Return the draws; without a test file no person is on both sides of one.

    With a test file, prompts of people whom the file does not hold come first among the shots.

    Args:
        people: The person of each prompt, validation first, shape ``(n,)``.
        n_valid: How many prompts are of the validation part; the others are reported on.
        most: The largest number of shots.
        seed: Seeds the draws.

    Raises:
        DataError: There are fewer prompts than shots.
    """
    draws, everyone = [], np.arange(len(people))
    for number in range(N_DRAWS):
        rng = np.random.default_rng([seed, number])
        if n_valid < len(people):
            pool, reported = rng.permutation(n_valid), everyone[n_valid:]
            pool = pool[np.argsort(np.isin(people[pool], people[reported]), kind="stable")]
        else:
            shuffled, sizes = rng.permutation(np.unique(people)), np.bincount(people)
            told = np.searchsorted(sizes[shuffled].cumsum(), n_valid / 2) + 1
            taught = np.isin(people, shuffled[:told])
            pool, reported = rng.permutation(everyone[taught]), everyone[~taught]
        if len(pool) < most or not len(reported):
            raise DataError(f"{len(pool)} prompts are left to learn from, {most} shots are asked for; ask for fewer")
        draws.append(Draw(pool[:most], reported))
    return draws


def learn_weights(features: Floats, answers: NDArray[np.bool_], prior: Floats, *, freedom: float = _FREEDOM) -> Floats:
    """Return the weights most probable after the shots: logistic regression with a Gaussian prior about ``prior``.

    Args:
        features: Standardised parts of the shots, shape ``(n, n_parts)``; n may be 0.
        answers: Whether each target was liked, shape ``(n,)``.
        prior: Weights before any shot, shape ``(n_parts,)``.
        freedom: Standard deviation of a weight about its prior.

    Examples:
        >>> learn_weights(np.zeros((0, 2)), np.zeros(0, dtype=bool), np.array([1.0, 0.5])).tolist()
        [1.0, 0.5]
    """
    signs = np.where(answers, 1.0, -1.0)
    centre, spread = np.array([0.0, *prior]), np.array([1.0, *[freedom] * len(prior)])

    def loss(values: Floats) -> tuple[float, Floats]:
        margins = signs * (values[0] + features @ values[1:])
        moved = (values - centre) / spread
        slope = -signs * expit(-margins)
        gradient = np.concatenate([[slope.sum()], features.T @ slope]) + moved / spread
        return float(np.logaddexp(0.0, -margins).sum() + moved @ moved / 2), gradient

    found = minimize(loss, centre, jac=True, method="L-BFGS-B")
    return np.asarray(found.x[1:], dtype=np.float64)


def _subject(domain: str | None, tested: Sequence[Prompt]) -> Domain:
    found = tested[0].domain if tested else None
    if domain is not None and domain not in get_args(Domain):
        raise DataError(f"the domain {domain} is not known; give one of {', '.join(get_args(Domain))}")
    if domain is not None and found not in (None, domain):
        raise DataError(f"the test file is of the domain {found}, not {domain}; leave --domain out")
    return found or ("book" if domain == "book" else "film")


def _untrained(evidence: Evidence, others: Mapping[str, PromptScorer] | None) -> dict[str, PromptScorer]:
    return {"like_share": LikeShare(), **evidence.controls, **(others or {})}


def _learned(features: Floats, answers: NDArray[np.bool_], draw: Draw, k: int, evidence: Evidence) -> Floats:
    shots = draw.shots[:k]
    weights = learn_weights(features[shots], answers[shots], evidence.weights)
    scores: Floats = features[draw.reported] @ weights
    return scores


def _counts(people: Integers, n_valid: int, draw: Draw) -> dict[str, int]:
    counts = {"prompts": len(people), "people": len(np.unique(people)), "draws": N_DRAWS}
    if n_valid < len(people):
        known, told = np.unique(people[:n_valid]), np.unique(people[n_valid:])
        counts |= {"reported": len(draw.reported), "people_also_in_valid": int(np.isin(told, known).sum())}
    return counts
