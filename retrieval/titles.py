"""Titles as people write them: one name to its item, and the titles inside a message.

It knows names only; whether a title is liked or refused is for others to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .catalog import Catalog
from .items import Item
from .passage import CLOSING, OPENING, Passage
from .text import bare_key, title_key, tokens
from .title_context import domain_near, places_of
from .title_cues import TitleSigns, is_list, may_be_listed
from .title_index import PART, Key, TitleIndex, key_of

_LONGEST_SCAN = 4_000
_LONGEST_NAME = 300
_NAME_AND_YEAR = re.compile(r"(?P<name>.*?\S)[\s,]*[(\[]?\s*(?P<year>(?:18|19|20)\d\d)\s*[)\]]?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TitleMatch:
    """A title that was recognised.

    Args:
        item_id: The item it names.
        surface: The words as written.
        span: Where they stand in the text, as (start, end).
        score: 1.0 for a name of the item, less for a part of it or a misspelling.
        exact: Whether it is a name of the item, up to accents, case, articles and numerals.
        alternatives: Ids of other items with the same name.
    """

    item_id: str
    surface: str
    span: tuple[int, int]
    score: float = 1.0
    exact: bool = True
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    match: TitleMatch
    key: Key
    needs_sign: bool


class TitleLinker:
    """Find the items that a name or a message speaks of.

    Args:
        catalog: The items.
        prominence: How known each item is (a count of ratings, say), of shape ``(n_items,)``; of several items of
            one name the better known comes first. None where nobody knows.

    Examples:
        >>> linker = TitleLinker(Catalog([Item(item_id="heat-1995", domain="film", title="Heat", year=1995)]))
        >>> linker.resolve("heat 1995").item_id, linker.resolve("heat 2013")
        ('heat-1995', None)
        >>> [match.span for match in linker.link("I loved heat, despite the heat outside")]
        [(8, 12)]
    """

    def __init__(self, catalog: Catalog, prominence: NDArray[np.float64] | None = None) -> None:
        self._catalog = catalog
        self._index = TitleIndex(catalog, prominence)
        genres = {key_of(genre) for genre in catalog.vocabulary("genre")}
        plurals = {(*key[:-1], re.sub("y$", "ie", key[-1]) + "s") for key in genres if key}
        self._signs = TitleSigns(self._index.common, frozenset(genres | plurals))

    def resolve(self, name: str, *, domain: str = "") -> TitleMatch | None:
        """Return the item that ``name``, a title or an id, stands for; None when the catalogue lacks it.

        Args:
            name: As somebody wrote it; "the novel Dune" asks for a novel.
            domain: Of items of one name, those of this domain come first.
        """
        name = name[:_LONGEST_NAME]
        stripped = name.strip(OPENING + CLOSING + " \t\n")
        if stripped in self._catalog:
            return TitleMatch(stripped, name, (0, len(name)))
        found = self._resolve_whole(stripped, domain)
        return replace(found, surface=name, span=(0, len(name))) if found else None

    def suggest(self, name: str, n: int = 3) -> list[Item]:
        """Return up to ``n`` items whose titles look most like ``name``, for "did you mean"."""
        return [self._catalog.at(place) for place in self._index.similar(key_of(name[:_LONGEST_NAME]), n)]

    def link(self, message: str, *, domain: str = "") -> list[TitleMatch]:
        """Return the titles in a message, in order and without overlaps; only its first 4,000 characters are read.

        Args:
            message: As somebody wrote it.
            domain: Of items of one name, those of this domain come first where no word such as "novel" is near.
        """
        passage = Passage(message[:_LONGEST_SCAN])
        candidates = list(self._candidates(passage, domain))
        starts = {c.match.span[0] for c in candidates if not c.needs_sign}
        free = [c for c in candidates if self._is_free(passage, c, starts)]
        every = _longest_first(c.match for c in free)
        if every and is_list(passage, [match.span for match in every]):
            spans = [match.span for match in every]
            return sorted((m for m in every if may_be_listed(passage, m.span, spans)), key=lambda match: match.span)
        signed = (c.match for c in free if not c.needs_sign or self._signs.has_sign(passage, c.match.span))
        accepted = _longest_first(signed)
        accepted = self._with_listed(passage, accepted, [c.match for c in free])
        accepted = self._with_names(passage, accepted, domain)
        return sorted(accepted, key=lambda match: match.span)

    def _resolve_whole(self, name: str, domain: str) -> TitleMatch | None:
        words = [token.text for token in tokens(name)]
        key = title_key(words)
        dated = _NAME_AND_YEAR.fullmatch(name)
        if not key:
            return None
        for kind, places in self._index.lookup(key):
            return self._match(places, None, 1.0, domain, kind == PART)
        year = int(dated["year"]) if dated else None
        if dated:
            words = [token.text for token in tokens(dated["name"])]
            key = title_key(words)
            for kind, places in self._index.lookup(key):
                if match := self._match(places, year, 1.0, domain, kind == PART):
                    return match
        guesses = [(self._index.beginning(key), 0.9, True), (self._index.run_together(key), 0.95, False)]
        for places, score, is_part in guesses:
            if match := self._match(places, year, score, domain, is_part):
                return match
        near = self._index.nearest(words)
        return next((m for places, score in near if (m := self._match(places, year, score, domain, False))), None)

    def _match(
        self, places: Iterable[int], year: int | None, score: float, domain: str, is_part: bool
    ) -> TitleMatch | None:
        items = [item for _, item in self._index.order(places, year=year, domain=domain, is_part=is_part)]
        if not items:
            return None
        return TitleMatch(items[0].item_id, "", (0, 0), score, score >= 1.0, tuple(item.item_id for item in items[1:]))

    def _candidates(self, passage: Passage, domain: str) -> Iterator[_Candidate]:
        """Yield every name in the passage, with whether it needs a sign that it is a title."""
        words = [word.text for word in passage.words]
        for first in range(len(words)):
            for n in self._index.lengths(words[first : first + 30]):
                key = title_key(words[first : first + n])
                yield from self._named(passage, key, first, first + n - 1, domain)

    def _named(self, passage: Passage, key: Key, first: int, last: int, domain: str) -> Iterator[_Candidate]:
        start, end = passage.words[first].start, passage.words[last].end
        names = [*self._index.named(key), *((PART + 1, p) for p in [self._index.beginnings.get(key)] if p)]
        if not names:
            return
        dated = passage.year_behind(end)
        domain = domain_near(passage, first, last) or domain
        for kind, places in names:
            score, is_part = 1.0 if kind != PART + 1 else 0.9, kind >= PART
            match = self._match(places, dated[0] if dated else None, score, domain, is_part)
            if not match and dated and not dated[2]:
                match, dated = self._match(places, None, score, domain, is_part), None
            if match and self._digits_agree(passage.text[start:end], match):
                end = dated[1] if dated else end
                match = replace(match, span=(start, end), surface=passage.text[start:end])
                yield _Candidate(match, key, is_part or self._signs.needed(key))
                return

    def _digits_agree(self, surface: str, match: TitleMatch) -> bool:
        return not surface.isdecimal() or surface in self._catalog[match.item_id].title

    def _is_free(self, passage: Passage, candidate: _Candidate, starts: set[int]) -> bool:
        """Say whether nothing around the match makes it a part of another name or a genre."""
        start, end = candidate.match.span
        first, last = places_of(passage, candidate.match.span)
        if passage.is_quoted(start, end) or passage.year_behind(passage.words[last].end):
            return True
        if self._signs.is_genre(candidate.key) and not passage.is_capitalised(first, last):
            return False
        alone = len(bare_key(candidate.key)) == 1
        return not passage.continues(last, end, starts) and not (alone and passage.belongs_to_name(first))

    def _with_listed(self, passage: Passage, accepted: list[TitleMatch], others: list[TitleMatch]) -> list[TitleMatch]:
        """Add titles that only a comma or "and" separates from one that is accepted: "loved heat, alien and speed"."""
        for match in sorted(others, key=lambda m: (m.span[0], -m.span[1])):
            listed = any(passage.is_listed(m.span[1], match.span[0]) for m in accepted)
            if listed and self._signs.may_follow(passage, match.span) and not _overlaps(match.span, accepted):
                accepted.append(match)
        for match in sorted(others, key=lambda m: (-m.span[0], -m.span[1])):
            leads = any(passage.is_listed(match.span[1], m.span[0]) for m in accepted)
            if leads and self._signs.may_lead(passage, match.span) and not _overlaps(match.span, accepted):
                accepted.append(match)
        return accepted

    def _with_names(self, passage: Passage, accepted: list[TitleMatch], domain: str) -> list[TitleMatch]:
        """Add names in quotes or used as titles that only resemble a title, and drop titles inside a longer name."""
        for start, end in (*passage.quotes(), *passage.named_runs(), *self._small_runs(passage, accepted)):
            surface = passage.text[start:end]
            inside = [m for m in accepted if start <= m.span[0] and m.span[1] <= end]
            if any(m.span[0] < end and start < m.span[1] and m not in inside for m in accepted):
                continue
            filled = any(m.span == (start, end) for m in inside)
            named = not filled and (passage.is_quoted(start, end) or self._signs.may_name(surface))
            match = self.resolve(surface, domain=domain) if named else None
            one_word = " " not in surface.strip() and "-" not in surface
            sure = match is not None and (match.score >= 0.9 or not one_word)
            if match and sure and (not inside or match.exact):
                accepted = [m for m in accepted if m not in inside]
                accepted.append(replace(match, span=(start, end), surface=surface))
        return accepted

    def _small_runs(self, passage: Passage, accepted: list[TitleMatch]) -> Iterator[tuple[int, int]]:
        """Yield words in small letters after "loved" that are within a typing error of a title."""
        for first, last in passage.runs_behind_verbs():
            if not _overlaps((passage.words[first].start, passage.words[last].end), accepted):
                yield from self._misspelt(passage, first, last)

    def _misspelt(self, passage: Passage, first: int, last: int) -> Iterator[tuple[int, int]]:
        for here in range(last, first - 1, -1):
            words, end = [word.text for word in passage.words[first : here + 1]], passage.words[here].end
            if all(self._index.knows(word) or self._signs.is_common(word) for word in words):
                continue
            near, score = next(self._index.nearest(words), ((), 0.0))
            plural = any(key_of(self._catalog.at(place).title)[-1] + "s" == words[-1] for place in near)
            sure = score >= 0.9 or (near and len("".join(bare_key(tuple(words)))) >= 10)
            misled = plural or self._signs.is_genre(tuple(words))
            if sure and not misled and passage.is_followed_plainly(here, end):
                yield passage.words[first].start, end
                return


def _longest_first(matches: Iterable[TitleMatch]) -> list[TitleMatch]:
    chosen: list[TitleMatch] = []
    for match in sorted(matches, key=lambda m: (m.span[0] - m.span[1], m.span[0])):
        if not _overlaps(match.span, chosen):
            chosen.append(match)
    return chosen


def _overlaps(span: tuple[int, int], matches: list[TitleMatch]) -> bool:
    return any(span[0] < match.span[1] and match.span[0] < span[1] for match in matches)
