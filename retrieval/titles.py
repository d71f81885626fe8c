"""Titles as people write them: one name to its item, and the titles inside a message.

It knows names only; whether a title is liked or refused is for others to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from .catalog import Catalog
from .items import Item
from .passage import CLOSING, OPENING, Passage
from .text import bare_key, title_key
from .title_cues import has_sign, is_everyday, is_list, is_never_small, may_be_listed, places_of
from .title_index import EVERYDAY_WORDS, Key, TitleIndex, key_of

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


class TitleLinker:
    """Find the items that a name or a message speaks of.

    Examples:
        >>> linker = TitleLinker(Catalog([Item(item_id="heat-1995", domain="film", title="Heat", year=1995)]))
        >>> linker.resolve("heat 1995").item_id, linker.resolve("heat 2013")
        ('heat-1995', None)
        >>> [match.span for match in linker.link("I loved heat, despite the heat outside")]
        [(8, 12)]
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._index = TitleIndex(catalog)
        genres = {key_of(genre) for genre in catalog.vocabulary("genre")}
        self._genres = genres | {(*key[:-1], key[-1] + "s") for key in genres}

    def resolve(self, name: str) -> TitleMatch | None:
        """Return the item that ``name``, a title or an id, stands for; None when the catalogue lacks it."""
        name = name[:_LONGEST_NAME]
        stripped = name.strip(OPENING + CLOSING + " \t\n")
        if stripped in self._catalog:
            return TitleMatch(stripped, name, (0, len(name)))
        found = self._resolve_whole(stripped)
        return replace(found, surface=name, span=(0, len(name))) if found else None

    def suggest(self, name: str, n: int = 3) -> list[Item]:
        """Return up to ``n`` items whose titles look most like ``name``, for "did you mean"."""
        return [self._catalog.at(place) for place in self._index.similar(key_of(name[:_LONGEST_NAME]), n)]

    def link(self, message: str) -> list[TitleMatch]:
        """Return the titles in a message, in order and without overlaps; only its first 4,000 characters are read."""
        passage = Passage(message[:_LONGEST_SCAN])
        candidates = list(self._candidates(passage))
        starts = {match.span[0] for match, _ in candidates}
        signed = [(m, weak) for m, weak in candidates if self._is_free(passage, m, starts)]
        every = _longest_first(m for m, _ in signed)
        if every and is_list(passage, [m.span for m in every]):
            return sorted(
                (m for m in every if may_be_listed(m.surface, len({other.item_id for other in every}))),
                key=lambda match: match.span,
            )
        accepted = _longest_first(m for m, weak in signed if not weak or has_sign(passage, m.span))
        accepted = self._with_listed(passage, accepted, [m for m, _ in signed])
        accepted = self._with_names(passage, accepted)
        return sorted(accepted, key=lambda match: match.span)

    def _resolve_whole(self, name: str) -> TitleMatch | None:
        key = key_of(name)
        dated = _NAME_AND_YEAR.fullmatch(name)
        if not key:
            return None
        for places in self._index.lookup(key):
            return self._match(places, None, 1.0)
        year = int(dated["year"]) if dated else None
        if dated:
            key = key_of(dated["name"])
            for places in self._index.lookup(key):
                if match := self._match(places, year, 1.0):
                    return match
        near, score = self._index.nearest(key)
        beginning, together = self._index.beginning(key), self._index.run_together(key)
        guesses = ((beginning, 0.9), (together, 0.95), (near, score))
        return next((m for places, s in guesses if (m := self._match(places, year, s))), None)

    def _match(self, places: Iterable[int], year: int | None, score: float) -> TitleMatch | None:
        """Choose among items of one name: by year, else the MovieLens one, else the newest; of a series the first."""
        items = [self._catalog.at(place) for place in places]
        if year is not None:
            items = [item for item in items if item.year is not None and abs(item.year - year) <= 1]
            items.sort(key=lambda item: abs((item.year or 0) - year))
        elif len({item.title for item in items}) == 1:
            items.sort(key=lambda item: (item.movielens_id is None, -(item.year or 0)))
        else:
            items.sort(key=lambda item: item.year or 0)
        if not items:
            return None
        others = tuple(item.item_id for item in items[1:])
        return TitleMatch(items[0].item_id, "", (0, 0), score, score >= 1.0, others)

    def _candidates(self, passage: Passage) -> Iterator[tuple[TitleMatch, bool]]:
        """Yield every name in the passage, with whether it needs a sign that it is a title."""
        words = passage.words
        for first, word in enumerate(words):
            head = title_key([word.text])[0]
            longest = self._index.longest.get(head, 0)
            for last in range(min(first + longest + 1, len(words)) - 1, first - 1, -1) if longest else ():
                key = title_key([w.text for w in words[first : last + 1]])
                found = self._named(passage, key, first, last)
                if found:
                    yield found, found.score < 1.0 or is_everyday(key)

    def _named(self, passage: Passage, key: Key, first: int, last: int) -> TitleMatch | None:
        start, end = passage.words[first].start, passage.words[last].end
        dated = passage.year_behind(end)
        names = [(places, 1.0) for places in self._index.named(key)]
        for places, score in (*names, (self._index.beginnings.get(key, ()), 0.9)):
            match = self._match(places, dated[0] if dated else None, score)
            if not match and dated and not dated[2]:
                match, dated = self._match(places, None, score), None
            if match and self._digits_agree(passage.text[start:end], match):
                end = dated[1] if dated else end
                return replace(match, span=(start, end), surface=passage.text[start:end])
        return None

    def _digits_agree(self, surface: str, match: TitleMatch) -> bool:
        return not surface.isdecimal() or surface in self._catalog[match.item_id].title

    def _is_free(self, passage: Passage, match: TitleMatch, starts: set[int]) -> bool:
        """Say whether nothing around the match makes it a part of another name or a genre."""
        first, last = places_of(passage, match.span)
        start, end = match.span
        if passage.is_quoted(start, end) or passage.year_behind(passage.words[last].end):
            return True
        key = title_key([word.text for word in passage.words[first : last + 1]])
        if key in self._genres and not passage.is_capitalised(first, last):
            return False
        alone = len(bare_key(key)) == 1
        return not passage.continues(last, end, starts) and not (alone and passage.belongs_to_name(first))

    def _with_listed(self, passage: Passage, accepted: list[TitleMatch], others: list[TitleMatch]) -> list[TitleMatch]:
        """Add titles that only a comma or "and" separates from one that is accepted: "loved heat, alien and speed"."""
        for match in sorted(others, key=lambda m: (m.span[0], -m.span[1])):
            first, last = places_of(passage, match.span)
            listed = any(passage.is_listed(m.span[1], match.span[0]) for m in accepted)
            plain = passage.is_followed_plainly(last, match.span[1]) and not is_never_small(passage, first, last)
            if listed and plain and not _overlaps(match.span, accepted):
                accepted.append(match)
        for match in sorted(others, key=lambda m: (-m.span[0], -m.span[1])):
            first, last = places_of(passage, match.span)
            leads = any(passage.is_listed(match.span[1], m.span[0]) for m in accepted)
            named = passage.words[first].is_capitalised and not is_never_small(passage, first, last)
            if leads and named and not _overlaps(match.span, accepted):
                accepted.append(match)
        return accepted

    def _with_names(self, passage: Passage, accepted: list[TitleMatch]) -> list[TitleMatch]:
        """Add names in quotes or used as titles that only resemble a title, and drop titles inside a longer name."""
        for start, end in (*passage.quotes(), *passage.named_runs(), *self._small_runs(passage, accepted)):
            surface = passage.text[start:end]
            inside = [m for m in accepted if start <= m.span[0] and m.span[1] <= end]
            if any(m.span[0] < end and start < m.span[1] and m not in inside for m in accepted):
                continue
            filled = any(m.span == (start, end) for m in inside)
            match = None if filled else self.resolve(surface)
            if match and (not inside or match.exact):
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
            key, end = title_key([word.text for word in passage.words[first : here + 1]]), passage.words[here].end
            near, score = self._index.nearest(key)
            plural = any(key_of(self._catalog.at(place).title)[-1] + "s" == key[-1] for place in near)
            sure = 0.9 <= score < 1.0 or (near and score < 1.0 and len("".join(bare_key(key))) >= 10)
            everyday = plural or key in self._genres or EVERYDAY_WORDS.issuperset(key)
            if sure and not everyday and passage.is_followed_plainly(here, end):
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
