"""Titles in the utterances of labelled dialogues, judged by name: precision, recall and F1.

The labels were made by matching titles and are noisy, so four things are done about them, all without the linker:

* A title of the dialogue's ``movie_dict`` may be named in utterances that are not labelled with it: a link to it is
  neither right nor wrong there.
* A label whose name is not in the utterance was carried over from another turn; it is left out.
* A label that the catalogue lacks by name and year is left out, and so is a link to another item of that name.
* A label of one everyday word in small letters, or only at the beginning of a sentence ("It stars …" for "It"), is
  wrong; it is left out, and a link there counts as wrong.

The row "labels as they are" does none of this but the third.
"""

from __future__ import annotations

import ast
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, utils

from ..retrieval.catalog import Catalog
from ..retrieval.everyday import TALK_WORDS
from ..retrieval.naming import TitleParts, split_title
from ..retrieval.passage import Passage
from ..retrieval.text import bare_key, tokens
from ..retrieval.titles import TitleLinker
from .linking_names import NamedItems, name_key, names_of
from .report import N_BOOTSTRAP, Metric, Report, Row

COLUMNS = frozenset({"dialog_id", "text", "movies", "movie_dict", "text_with_placeholder"})
_PLACEHOLDER = re.compile(r"\[MOVIE_TITLE_(\d+)\]")
_SUBTITLE = re.compile(r":\s+|\s+[-–—]\s+")
# A name of so many letters may be misspelt in the utterance; a shorter one must stand there.
_MAY_BE_MISSPELT = 5
_NEARLY_SAID = 85

Labels = dict[str, TitleParts]


@dataclass(frozen=True, slots=True)
class _Gold:
    """What an utterance names: labels to be found, and names to which a link is neither right nor wrong."""

    wanted: Labels
    ignored: Labels
    left_out: Counter[str]


def dialogue_report(linker: TitleLinker, catalog: Catalog, rows: Sequence[Mapping[str, str]], *, seed: int) -> Report:
    """Return precision, recall and F1 of the links of every utterance, with intervals over dialogues."""
    items = NamedItems(catalog)
    dialogues = list(dict.fromkeys(row["dialog_id"] for row in rows))
    place = {dialogue: i for i, dialogue in enumerate(dialogues)}
    by_name, by_item, as_labelled = (np.zeros((len(dialogues), 3)) for _ in range(3))
    left_out: Counter[str] = Counter()
    took = []
    for row in rows:
        begun = time.perf_counter()
        links = linker.link(row["text"])
        took.append((time.perf_counter() - begun) * 1000)
        linked = {match.item_id: catalog[match.item_id] for match in links}
        at = place[row["dialog_id"]]
        gold = _cleaned(row, items)
        left_out += gold.left_out
        names = [(names_of(item), item.year) for item in linked.values()]
        by_name[at] += _counted(gold, names, same_year=False)
        by_item[at] += _counted(gold, names, same_year=True)
        as_labelled[at] += _counted(_as_labelled(row, items), names, same_year=False)
    p50, p99 = np.quantile(took, [0.5, 0.99])
    timed = {"p50_ms": Metric(value=round(p50, 3)), "p99_ms": Metric(value=round(p99, 3))}
    report = Report(
        command="palate-eval linking", seed=seed,
        protocol="titles linked in raw utterances against INSPIRED2 labels, by name; labels cleaned as documented",
        counts={"dialogues": len(dialogues), "utterances": len(rows), "labels": int(by_name[:, [0, 2]].sum()),
                **left_out},
        rows=[
            Row(name="titles", metrics={**_scores(by_name, seed), **timed}),
            Row(name="titles and years", metrics=_scores(by_item, seed)),
            Row(name="labels as they are", metrics=_scores(as_labelled, seed)),
        ],
    )  # fmt: skip
    report.add_goal("titles", "f1", at_least=0.8)
    report.add_goal("titles", "p50_ms", at_most=5)
    return report


def _scores(counts: NDArray[np.float64], seed: int) -> dict[str, Metric]:
    """Return the three ratios of (right, wrong, missed) by dialogue, with percentile intervals over dialogues."""
    picks = np.random.default_rng(seed).integers(len(counts), size=(N_BOOTSTRAP, len(counts)))
    sums = np.concatenate([counts.sum(axis=0, keepdims=True), counts[picks].sum(axis=1)])
    right, wrong, missed = np.maximum(sums, 1e-9).T
    ratios = {
        "precision": right / (right + wrong),
        "recall": right / (right + missed),
        "f1": 2 * right / (2 * right + wrong + missed),
    }
    return {
        name: Metric(
            value=round(float(values[0]), 4),
            low=round(float(np.quantile(values[1:], 0.025)), 4),
            high=round(float(np.quantile(values[1:], 0.975)), 4),
        )
        for name, values in ratios.items()
    }


def _counted(gold: _Gold, links: Sequence[tuple[set[str], int | None]], *, same_year: bool) -> tuple[int, int, int]:
    """Return how many links are right, how many wrong, and how many labels were missed."""
    missed, right, wrong = dict(gold.wanted), 0, 0
    for names, year in links:
        found = next((name for name in missed if name in names), None)
        if found is not None and (not same_year or _same_year(missed[found].year, year)):
            del missed[found]
            right += 1
        elif not same_year and any(name in names for name in gold.wanted):
            continue  # a second item of a name that was found
        elif not any(name in names for name in gold.ignored):
            wrong += 1
    return right, wrong, len(missed)


def _same_year(wanted: int | None, found: int | None) -> bool:
    return wanted is None or found is None or abs(wanted - found) <= 1


def _as_labelled(row: Mapping[str, str], items: NamedItems) -> _Gold:
    labels = _labelled(row)
    wanted = {key: label for key, label in labels.items() if items.of(label.title, label.year)}
    return _Gold(wanted, {key: label for key, label in labels.items() if key not in wanted}, Counter())


def _cleaned(row: Mapping[str, str], items: NamedItems) -> _Gold:
    text, left_out = row["text"], Counter[str]()
    wanted, ignored = Labels(), Labels()
    labels = _labelled(row)
    everywhere = {key: label for key, label in _by_key(list(_movie_dict(row))).items() if key not in labels}
    ignored.update({key: label for key, label in everywhere.items() if not _is_everyday(label.title, text)})
    for key, label in labels.items():
        if not _is_said(label.title, text):
            left_out["labels that are not in the utterance"] += 1
            ignored[key] = label
        elif _is_everyday(label.title, text):
            left_out["labels of an everyday word"] += 1
        elif not items.of(label.title, label.year):
            left_out["labels that the catalogue lacks"] += 1
            ignored[key] = label
        else:
            wanted[key] = label
    return _Gold(wanted, ignored, left_out)


def _labelled(row: Mapping[str, str]) -> Labels:
    """Return what the utterance is labelled with: its column of titles, and the titles of its placeholders."""
    numbered = {number: title for title, number in _movie_dict(row).items()}
    placed = [numbered[int(n)] for n in _PLACEHOLDER.findall(row["text_with_placeholder"]) if int(n) in numbered]
    named = [name.strip() for name in row["movies"].split(";")]
    return _by_key([*named, *placed])


def _by_key(titles: Sequence[str]) -> Labels:
    parts = [split_title(title) for title in titles if title]
    return {key: label for label in reversed(parts) if (key := name_key(label.title))}


def _movie_dict(row: Mapping[str, str]) -> dict[str, int]:
    try:
        found = ast.literal_eval(row["movie_dict"] or "{}")
    except (ValueError, SyntaxError):
        return {}
    return {str(title): int(number) for title, number in found.items()} if isinstance(found, dict) else {}


def _is_said(title: str, text: str) -> bool:
    """Say whether an utterance has a title or a part of it, perhaps misspelt."""
    spoken = utils.default_process(text)
    for part in (title, *_SUBTITLE.split(title)):
        name = " ".join(bare_key(tuple(utils.default_process(part).split())))
        if len(name) >= _MAY_BE_MISSPELT and fuzz.partial_ratio(name, spoken) >= _NEARLY_SAID:
            return True
        if name and re.search(rf"\b{re.escape(name)}s?\b", spoken):
            return True
    return False


def _is_everyday(title: str, text: str) -> bool:
    """Say whether a title is one word of conversation that the utterance does not write as a name."""
    key = bare_key(tuple(token.text for token in tokens(title)))
    if len(key) != 1 or key[0] not in TALK_WORDS:
        return False
    passage = Passage(text)
    places = [place for place, word in enumerate(passage.words) if word.text == key[0]]
    return not any(
        passage.is_capitalised(place, place) or passage.is_quoted(passage.words[place].start, passage.words[place].end)
        for place in places
    )
