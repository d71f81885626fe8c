"""A message in clauses, each with its stance: liked, disliked, asked for, refused or only mentioned.

Expects the text of ``plain_text`` in which titles and attributes are masked, so that no word inside them is a cue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from .cues import (
    ATTRIBUTE_MASK,
    COMPARISON,
    DISLIKED_RATIO,
    EXCLUSION,
    LIKED_RATIO,
    NEGATED_VERB,
    NEGATION_BEFORE,
    NO_EXCLUSION,
    NUMBERS,
    RATING,
    REFERS_BACK,
    REQUEST,
    SEEN,
    SPLIT,
    STRONG_REQUEST,
    TASTES,
    TITLE_MASK,
    UNSEEN,
    UNWANTED,
    WISHES,
)

Mode = Literal["taste", "request", "exclude", "seen", "mention"]


@dataclass(frozen=True, slots=True)
class Stance:
    """How a clause stands to what it names: polarity 1, 0 or -1, and whether it speaks of taste or of a request."""

    polarity: int
    mode: Mode
    is_comparison: bool = False
    is_lasting: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of a message with one stance; None when it has none, not even from its neighbours.

    Args:
        start: Where it begins.
        end: Where it ends.
        sentence: The number of its sentence.
        stance: Its own stance, or the one that it takes over.
        is_own: Whether the clause itself has the words for its stance.
        before: The stance that an exclusion interrupted, which lengths and periods behind a comma go back to.
        link: What joins it to the clause before: "," or "and".
    """

    start: int
    end: int
    sentence: int
    stance: Stance | None
    is_own: bool = False
    before: Stance | None = None
    link: str = ""


def split_clauses(masked: str) -> list[Clause]:
    r"""Split a masked text into clauses and give each its stance.

    Examples:
        >>> for clause in split_clauses("i loved \ue000\ue000 but hated \ue000, nothing \ue001"):
        ...     print(clause.stance.polarity, clause.stance.mode)
        1 taste
        -1 taste
        -1 exclude
    """
    clauses: list[Clause] = []
    pieces = list(_pieces(masked))
    for place, piece in enumerate(pieces):
        text = masked[piece.start : piece.end]
        previous = clauses[-1] if clauses and clauses[-1].sentence == piece.sentence else None
        own = Stance(0, "mention") if piece.link in {"to", "over", "than"} else _own_stance(text)
        if own and own.mode == "request" and piece.link in {"or", "nor"} and _is_refusing(previous):
            own = own if STRONG_REQUEST.search(text) else None  # "no horror or films about war" refuses both
        if own is None:
            clauses.append(_inherit(piece, previous, _predicate_behind(masked, pieces, place)))
            continue
        base = previous.before or previous.stance if previous else None
        if own.mode == "exclude":
            own = replace(own, is_lasting=base is not None and base.mode == "taste")
        clauses.append(replace(piece, stance=own, is_own=True, before=base if own.mode == "exclude" else None))
        if own.mode == "taste" and _only_refers_back(text):
            _judge_backwards(clauses, own)
    return clauses


def mask(plain: str, titles: Iterable[tuple[int, int]], attributes: Iterable[tuple[int, int]]) -> str:
    """Return the text with every title and attribute replaced by a mark of the same length."""
    letters = list(plain)
    for mark, spans in ((TITLE_MASK, titles), (ATTRIBUTE_MASK, attributes)):
        for start, end in spans:
            letters[start:end] = mark * (end - start)
    return "".join(letters)


def is_asking(text: str) -> bool:
    """Say whether a clause asks for something to watch or read, whatever it names.

    Examples:
        >>> is_asking("what should i watch"), is_asking("is there a god")
        (True, False)
    """
    return STRONG_REQUEST.search(text) is not None


def is_new_request(text: str) -> bool:
    """Say whether a clause opens a request; "from the eighties, please" only adds to the one before.

    Examples:
        >>> is_new_request("something light"), is_new_request("lighter please")
        (True, False)
    """
    return REQUEST.search(text.replace("please", " ")) is not None


def _pieces(text: str) -> Iterator[Clause]:
    start, sentence, link = 0, 0, ""
    for match in SPLIT.finditer(text):
        at, kind = match.start(), match.lastgroup
        if kind == "ask" and NEGATION_BEFORE.search(text, max(0, at - 30), at):
            continue
        if kind == "cue" and (NEGATED_VERB.search(text, max(0, at - 20), at) or NO_EXCLUSION.match(text, at)):
            continue
        if text[start:at].strip():
            yield Clause(start, at, sentence, None, link=link)
            link = ""
        start = match.end()
        sentence += kind == "stop"
        if kind in {"comma", "word", "over", "stop"}:
            link = "" if kind == "stop" else match.group().strip()
    if text[start:].strip():
        yield Clause(start, len(text), sentence, None, link=link)


def _own_stance(text: str) -> Stance | None:
    compares = COMPARISON.search(text) is not None
    excludes = EXCLUSION.match(text)
    if excludes and not NO_EXCLUSION.match(text.lstrip()):
        return Stance(-1, "exclude") if text[excludes.end() :].strip() else None
    wishing, plain = WISHES.search(text) is not None, WISHES.sub(" ", text)
    if UNWANTED.search(text):
        return Stance(-1, "exclude")
    asks = REQUEST.search(text) is not None or wishing
    polarity = _taste(plain)
    adjective_only = polarity == 1 and not any(pattern.search(plain) for _, pattern in TASTES[-3:-1])
    if polarity is not None and not (asks and (wishing or adjective_only or REQUEST.match(text.strip()))):
        return Stance(polarity, "taste", is_lasting=True)
    if asks or compares:
        return Stance(1, "request", is_comparison=compares)
    if UNSEEN.search(text):
        return Stance(0, "mention")
    return Stance(0, "seen", is_lasting=True) if SEEN.search(text) else None


def _taste(text: str) -> int | None:
    for polarity, pattern in TASTES[:3]:
        if pattern.search(text):
            return polarity
    if rating := RATING.search(text):
        given, most = (rating["given"], rating["most"]) if rating["given"] else (rating["stars"], "5")
        ratio = float(NUMBERS.get(given, given)) / max(float(most), 1.0)
        return 1 if ratio >= LIKED_RATIO else -1 if ratio <= DISLIKED_RATIO else 0
    return next((polarity for polarity, pattern in TASTES[3:] if pattern.search(text)), None)


def _is_refusing(clause: Clause | None) -> bool:
    return clause is not None and clause.stance is not None and clause.stance.mode == "exclude"


def _inherit(piece: Clause, previous: Clause | None, behind: Stance | None) -> Clause:
    if previous and previous.stance and previous.stance.mode != "mention":
        return replace(piece, stance=previous.stance, before=previous.before)
    return replace(piece, stance=behind)


def _predicate_behind(text: str, pieces: list[Clause], place: int) -> Stance | None:
    """Return the stance of a following clause whose subject goes on from here: "Heat and Alien were boring"."""
    alone = not text[pieces[place].start : pieces[place].end].strip().strip(TITLE_MASK)
    for piece in pieces[place + 1 : place + 8]:
        following = text[piece.start : piece.end].strip()
        if alone and piece.link == "but" and ATTRIBUTE_MASK in following and _own_stance(following) is None:
            return Stance(1, "request", is_comparison=True)  # "Heat but funnier"
        if piece.sentence != pieces[place].sentence or not following.startswith((TITLE_MASK, ATTRIBUTE_MASK)):
            return None
        if stance := _own_stance(following):
            return stance
    return None


def _only_refers_back(text: str) -> bool:
    bare = TITLE_MASK not in text and ATTRIBUTE_MASK not in text
    return bare and (REFERS_BACK.search(text) is not None or len(text.split()) <= 3)


def _judge_backwards(clauses: list[Clause], stance: Stance) -> None:
    """Give what was only mentioned before the stance of "... it was boring"."""
    for place in range(len(clauses) - 2, max(-1, len(clauses) - 5), -1):
        earlier = clauses[place].stance
        if earlier is not None and earlier.mode not in {"seen", "mention"}:
            return
        clauses[place] = replace(clauses[place], stance=stance)
