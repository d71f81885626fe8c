"""Phrases of everyday language that are titles too: a name that is one of them needs more signs of a title."""

from __future__ import annotations

# Said to anybody, so never a title without quotes or a year.
COURTESIES = frozenset(
    tuple(phrase.split(" "))
    for phrase in (
        "thank you", "good morning", "good evening", "good night", "good afternoon", "good day", "good luck", "me too",
        "no problem", "of course", "take care", "merry christmas", "happy birthday", "happy new year", "happy holidays",
        "new year", "happy easter", "happy halloween", "happy thanksgiving",
        "have a nice day", "have a good day", "how are you", "hello how are you", "see you", "good bye", "i love you",
        "you too", "well done", "sure thing", "no way", "oh my god", "what is it", "in the end", "nice to meet you",
        "ha ha", "ha ha ha",
    )
)  # fmt: skip
# Set phrases and kinds of story: titles only where they are written as names.
STOCK_PHRASES = frozenset(
    tuple(phrase.split(" "))
    for phrase in (
        "science fiction", "true story", "a true story", "high school", "real life", "love story", "black and white",
        "grown ups", "human race", "the human race", "bits and pieces", "good advice", "world war 2", "non stop",
        "film noir", "romantic comedy", "dark comedy", "black comedy", "super hero", "super heroes", "video game",
        "video games", "family man", "best friend", "best friends", "date night", "movie night", "girls night",
        "happy ending", "the end", "the future", "the past", "the beginning", "second chance", "second chances",
        "old school", "love and friendship", "war and peace", "life and death", "good and evil", "good and bad",
        "right and wrong", "body count", "serial killer", "the other side", "growing up", "coming of age",
    )
)  # fmt: skip
