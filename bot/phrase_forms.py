"""Phrases as they are compared: their folded words, and the last of them in singular and plural."""

from __future__ import annotations

from ..retrieval.text import fold, tokens

Phrase = tuple[str, ...]


def phrase_of(value: str) -> Phrase:
    """Return the folded words of a value."""
    return tuple(word.text for word in tokens(value)) or (fold(value),)


def fold_phrase(value: str) -> str:
    """Return a value as phrases are compared.

    Examples:
        >>> fold_phrase("Sci-Fi"), fold_phrase("Children's")
        ('sci fi', 'childrens')
    """
    return " ".join(phrase_of(value))


def with_plural(phrase: Phrase) -> tuple[Phrase, ...]:
    """Return the phrase with its last word in singular and plural.

    Examples:
        >>> with_plural(("love", "story"))
        (('love', 'story'), ('love', 'stories'))
    """
    *front, last = phrase
    if last.endswith(("oes", "ches", "shes", "sses", "xes")):
        other = last[:-2]
    elif last.endswith("ies") and len(last) > 5:
        other = last[:-3] + "y"
    elif last.endswith("s") and not last.endswith("ss"):
        other = last[:-1]
    else:
        other = last[:-1] + "ies" if last.endswith("y") and last[-2:-1] not in "aeiou" else last + "s"
    return phrase, (*front, other)
