"""Does a sentence say only what the evidence says? Knows words, not models.

The check is strict on purpose: every word that is not a neutral one must occur in a claim of the evidence. A true
sentence in other words fails, and the template takes its place; a false one needs words of the evidence to pass.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from .domains import DOMAIN_OF, noun_of

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_ENDINGS = ("'s", "’s", "es", "s")
_LENGTH = range(20, 241)
_ALIKE = re.compile(r"\b(?:also|another|both|same|shares?|too)\b", re.IGNORECASE)
# "Somebody's novel" says who wrote it, though each word of it may be true of something.
_OWNED = re.compile(r"[^\W_]+['’]s\b")
_LIKED = re.compile(r"\b(?:loved|liked)\b", re.IGNORECASE)

# Words that state no fact about an item or a person.
_NEUTRAL = frozenset(
    word
    for line in (
        "a about all also an and another are as at because book both but by film films for from full has have",
        "here in into is it item its just kind like mix mixes movie of on one or same set so something story",
        "collection stories tale tales that the their them there these this those to too told two which while with",
        "world you your yours blend blends brings bring following follows where who whose",
    )
    for word in line.split()
)


def unsupported(text: str, claims: Sequence[str]) -> list[str]:
    """Return the words of ``text`` that no claim has, each once, in order.

    Examples:
        >>> unsupported("A tense heist from Michael Mann.", ["mood: tense", "about: heist", "director: Michael Mann"])
        []
        >>> unsupported("A tense, iconic heist.", ["mood: tense", "about: heist"])
        ['iconic']
    """
    known = {stem for claim in claims for word in _words(claim) for stem in _stems(word)}
    missing = [word for word in _words(text) if word not in _NEUTRAL and not known.intersection(_stems(word))]
    return list(dict.fromkeys(missing))


def is_supported(
    text: str, claims: Sequence[str], *, anchor: str = "", alike: bool = False, domain: str = "film"
) -> bool:
    """Say whether a sentence may stand as an explanation.

    It is one line of 20 to 240 characters that ends as a sentence, repeats no telling word, has no unsupported word,
    gives nothing to an owner ("Kubrick's") that the evidence does not, names the anchor, if it does, only as what the
    person liked, says of nothing else that the person liked it, and calls nothing a film that is a book.

    Args:
        text: The sentence.
        claims: What the evidence says.
        anchor: Title of the liked item it may compare with.
        alike: Whether it may say that the anchor is of the same kind ("another", "too").
        domain: What the item is.
    """
    if len(text) not in _LENGTH or "\n" in text or not text.endswith((".", "!")):
        return False
    rest = text
    if anchor:
        name = re.escape(anchor)
        told = rf"\b[Yy]ou (?:loved|liked) {name}(?!\w)|\bLike {name}, which you (?:loved|liked)\b"
        rest = re.sub(told, " ", text, count=1)
        if anchor.casefold() in rest.casefold() or (not alike and _ALIKE.search(rest)):
            return False
    if _misnamed(rest, claims, domain):
        return False
    if _LIKED.search(rest) or any(owned not in " ".join(claims) for owned in _OWNED.findall(rest)):
        return False
    telling = [stem for word in _words(rest) if word not in _NEUTRAL for stem in _stems(word)[-1:]]
    return bool(telling) and len(set(telling)) == len(telling) and not unsupported(text, claims)


def _misnamed(text: str, claims: Sequence[str], domain: str) -> bool:
    """Say whether a word for another domain stands there that no claim has."""
    own = DOMAIN_OF.get(noun_of(domain), domain)
    named = {word for word in _words(text) if DOMAIN_OF.get(word, own) != own}
    return bool(named - {word for claim in claims for word in _words(claim)})


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(c for c in folded if not unicodedata.combining(c)))


def _stems(word: str) -> list[str]:
    """Return the word and what it may be a plural or possessive of."""
    return [word, *(word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending) and len(word) > 3)]
