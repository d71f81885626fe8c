"""What a message only tells of: the plot behind "about" or "where", in which words are incidental.

"A Japanese gentleman moves in" asks for nothing Japanese, and "reads philosophy" for no philosophy.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..retrieval.text import Token, word_set
from .domains import Span
from .lexicon_talk import EMPTY_WORDS

_PIECE = re.compile(r"[^.!?;,()\n]+?(?=\s-+\s|\bbut\b|[.!?;,()\n]|$)")
_OPENS = re.compile(
    r"\b(?:(?<!what )(?<!how )about(?! (?:\d|an? (?:hour|half)|half|one|two))|where|who(?!'s? (?:made|directed|wrote))|"
    r"whose|whom|in which|during which|when|with|"
    r"involving|exploring|set (?:in|on|at|during|around)|follow(?:s|ing)|tells? of|"
    r"that (?:has|have|features?|follows?|involves?|tells?))\b"
)
_CLOSES = re.compile(
    r"\b(?:that(?:'s| is| are|'re)|which(?:'s| is| are)|not|no|without|except|made|directed|written by|starring|under|"
    r"for (?:kids|children|the whole family|all the family|family)|please|preferably|ideally)\b"
)
_HE = r"(?:he|she|they)(?!'| (?:will|would|can|could|might|may|has|hasn|have|haven|like|likes|love|enjoy|want|made)\b)"
_VERBS = word_set(
    """
    defends befriends accused stranded trapped forced ties rescues avenges wakes finds discovers becomes
    falls meets tries leaves travels learns lives dies kills turns takes must
    returns starts runs hides escapes fights loses wins saves joins investigates searches hunts builds steals plans
    plots marries inherits moves lodges hitches swaps wants struggles attempts decides realises realizes survives
    faces sets befriends pretends believes sees hears sends enters arrives visits
    teaches buys sells writes paints dumps relives repeats remembers forgets murders kidnaps
    """
)
_TELLS = re.compile(
    rf"\b(?:{_HE}|(?<!at )(?<!of )(?:his|their)\b|(?<!at )her\b|himself|herself|themselves|nobody|somebody|someone|"
    rf"everyone|{'|'.join(sorted(_VERBS))})\b"
)
_ASKS = re.compile(
    r"\b(?:i|i'm|i'd|me|my|we|us|our|you|your|something|anything|any|recommend|suggest|show|give|find|looking|want|"
    r"need|please)\b"
)
_SMALL_TALK = re.compile(
    r"^\W*(?:who|when|where|how|what|why|which|is|are|was|were|do|does|did|can|could|will|would|should|it|it's|its|"
    r"this|that's|there|there's|tell|write|explain|say|print|ignore|translate|calculate|repeat|play|open|hi|hello|hey|"
    r"thanks|thank|ok|okay|yes|no|sorry|today|nice|good|great|so|bye|the weather|lol|please)\b|\?\s*$"
)
_FIRST_OR_SECOND = re.compile(r"\b(?:i|i'm|i'd|i've|im|ive|me|my|mine|we|we're|us|our|you|you're|your)\b")
_SHORTEST_DESCRIPTION = 5

# What stands behind an adjective of origin where it says from where the thing itself comes.
HEADS = word_set(
    """
    one ones cinema classic classics literature author authors writer writers director directors filmmaker filmmakers
    novelist novelists poet poets fiction writing production productions language speaking made stuff thing things
    title titles adaptation release releases hit hits gem gems masterpiece masterpieces blockbuster blockbusters
    original version arthouse indie art new wave neorealism giallo expressionism golden noir screen theatre theater
    picture pictures feature features drama dramas story stories tale tales series show shows work works hollywood
    production comedies cop black-and-white silent short shorts collection anthology saga entry entries offering
    offerings set from about with in on by or but and that which who for to not under before after since over only
    too also if directed starring written based like than between instead tonight preferably ideally maybe is are
    was isn't arent please made at as where when without nothing via
    """
)
_KINDS_OF_THINGS = frozenset({"cinema", "literature", "fiction", "writing", "classics", "classic"})
_DETERMINERS = word_set("a an the this that his her their its two three four some another every each of by with as")


def narrated(plain: str) -> list[Span]:
    """Return the stretches of a message that tell a plot.

    Examples:
        >>> said = "a comedy about a french chef, from the 80s"
        >>> [said[start:end] for start, end in narrated(said)]
        ['about a french chef']
        >>> narrated("a french comedy, under two hours")
        []
    """
    found = []
    for piece in _PIECE.finditer(plain):
        start, end = piece.span()
        opening = _OPENS.search(plain, start, end)
        if opening is None and _TELLS.search(plain, start, end) and not _ASKS.search(plain, start, end):
            found.append((start, end))
        elif opening is not None:
            closing = _CLOSES.search(plain, opening.end(), end)
            found.append((opening.start(), closing.start() if closing else end))
    return found


def is_description(plain: str) -> bool:
    """Say whether a message describes a film or a book without asking: no question, nothing of you and me.

    Examples:
        >>> is_description("salesman wakes up as an insect"), is_description("what a nice day it is today")
        (True, False)
    """
    long = len(plain.split()) >= _SHORTEST_DESCRIPTION
    return long and not _SMALL_TALK.search(plain) and not _FIRST_OR_SECOND.search(plain)


def origin(words: list[Token], first: int, last: int, text: str, *, is_name: Callable[[str], bool], told: bool) -> str:
    """Return how an adjective of origin is meant: "asked", only "wished", or "" where it describes somebody.

    Args:
        words: The words of the message.
        first: The place of its first word.
        last: The place of its last word.
        text: The message.
        is_name: Says whether a folded word names a genre, a mood or a domain; before one it tells what is asked for.
        told: Whether it stands in a plot.
    """
    behind = _noun_phrase(words, last, text)
    if not behind:
        return "wished" if told else "asked"
    if behind[0] in HEADS or any(is_name(word) or word in _KINDS_OF_THINGS for word in behind):
        return "wished" if told else "asked"
    described = told or (first > 0 and words[first - 1].text in _DETERMINERS)
    return "" if described else "wished"


def _noun_phrase(words: list[Token], last: int, text: str) -> list[str]:
    """Return up to three words that follow without a sign between them and before the next function word."""
    found: list[str] = []
    for before, word in zip(words[last : last + 3], words[last + 1 : last + 4], strict=False):
        if text[before.end : word.start].strip(" -'’s") or (found and word.text in EMPTY_WORDS):
            break
        found.append(word.text)
    return found
