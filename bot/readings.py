"""What a phrase means in one catalogue: its readings, and the one that fits the domain asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..retrieval.text import FUNCTION_WORDS
from .lexicon import Readings
from .lexicon_genres import GENRES, NARROWER
from .lexicon_moods import MOODS
from .lexicon_places import COUNTRIES
from .lexicon_themes import THEMES, YOUNG_KIDS
from .phrase_forms import Phrase, fold_phrase, phrase_of, with_plural
from .regions import REGIONS
from .vocabulary import Vocabulary

_SHORTEST_THEME_WORD = 5
_FROM = frozenset({"language", "country"})
# "Polish" means the language unless the catalogue speaks far more of the country.
_CLEARLY_MORE = 2
# As a word of its own it is a verb too.
_VERBS = frozenset({"play"})
# Words for what is asked for, or of any talk, so that alone they name no theme.
NO_THEMES = FUNCTION_WORDS | {
    "cinema", "reading", "books", "film", "films", "movies", "novels", "stories", "story", "screen", "literature",
    "writing", "women", "secrets", "secret", "night", "something", "nothing", "anything",
}  # fmt: skip
_A_PLAY = ("a play", "any plays", "some plays", "good plays", "great plays", "plays by", "a play by", "a good play")


@dataclass(frozen=True, slots=True)
class Reading:
    """One meaning of a phrase.

    Args:
        values: The (kind, value) pairs that it stands for together.
        domains: The domains that have all of them; empty where the catalogue lacks one.
        count: How many items have the rarest of them.
        is_own: Whether the phrase is the catalogue's own word for it.
        is_choice: Whether it was chosen together with others.
        refused_as: What a refusal of the phrase means instead; None where it means all of ``values``.
    """

    values: tuple[tuple[str, str], ...]
    domains: frozenset[str]
    count: int = 0
    is_own: bool = False
    is_choice: bool = False
    refused_as: tuple[tuple[str, str], ...] | None = None

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of its values."""
        return frozenset(kind for kind, _ in self.values)


class PhraseBook:
    """The readings of every phrase, the likelier first: genres, moods, languages, countries, themes.

    Examples:
        >>> from palate.retrieval.catalog import Catalog
        >>> from palate.retrieval.items import Item
        >>> heat = Item(item_id="heat", domain="film", title="Heat", genres=("Sci-Fi",))
        >>> book = PhraseBook(Vocabulary.of(Catalog([heat])))
        >>> [reading.values for reading in book.choose(("science", "fiction"))]
        [(('genre', 'Sci-Fi'),)]
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._domains = frozenset(vocabulary.domains)
        self._own = {
            kind: {fold_phrase(value): value for value in vocabulary.of_kind(kind)}
            for kind in ("genre", "mood", "theme", "language", "country")
        }
        self._readings: defaultdict[Phrase, list[Reading]] = defaultdict(list)
        self._add_all("genre", GENRES)
        self._add_values(_A_PLAY, [("genre", "play")])
        for kids in ("children", "family"):
            self._add_values(YOUNG_KIDS, [("genre", kids), ("theme", "young children")])
        self._add_all("mood", MOODS)
        self._add_values(("anime",), [("genre", "animation"), ("language", "Japanese")])
        self._add_all("language", {})
        self._add_all("country", COUNTRIES)
        self._add_regions()
        self._add_themes()
        self.countries = {phrase_of(country) for country in vocabulary.of_kind("country")}

    def __contains__(self, phrase: object) -> bool:
        return phrase in self._readings

    def choose(self, phrase: Phrase, domain: str = "", *, strict: bool = False, topical: bool = False) -> list[Reading]:
        """Return what a phrase means: one reading, or several that only together cover the catalogue.

        Args:
            phrase: The folded words.
            domain: The domain asked for or held; "" where it is open.
            strict: Whether the domain was asked for: what only other domains have is then unknown.
            topical: Whether it says what something is about, so that a theme is likelier than a genre.
        """
        readings = self._readings.get(phrase, [])
        relevant = frozenset({domain}) if domain else self._domains
        known = [reading for reading in readings if reading.domains & relevant]
        if not known and not strict:
            relevant = self._domains
            known = [reading for reading in readings if reading.domains]
        if not known:
            return [replace(reading, domains=frozenset()) for reading in readings[:1]]
        if topical and not relevant <= known[0].domains:
            known = [reading for reading in known if reading.kinds <= {"theme", "mood"}] or known
        first = known[0]
        if first.kinds <= _FROM:
            return [self._nationality(known, relevant, domain)]
        if first.is_own and "genre" in first.kinds:
            return [first]
        if not domain and "genre" in first.kinds:
            # A genre is a condition; beside it a theme of the same name in the other domain would only be a wish.
            known = [reading for reading in known if reading.kinds != {"theme"}]
        return _covering(known, relevant)

    def is_asked(self, word: str) -> bool:
        """Say whether a word names a genre, a mood or a nationality: something that one asks for."""
        return any(reading.kinds != {"theme"} for reading in self._readings.get((word,), ()))

    def themes(self, phrase: Phrase) -> list[Reading]:
        """Return what a phrase means as a theme; nothing where it is none."""
        return [reading for reading in self._readings.get(phrase, ()) if reading.kinds == {"theme"} and reading.domains]

    def is_theme(self, phrase: Phrase) -> bool:
        """Say whether a phrase names a theme and nothing else."""
        return all(reading.kinds == {"theme"} for reading in self._readings.get(phrase, ()))

    def language(self, phrase: Phrase) -> str:
        """Return the language that a phrase names; "" where it names none."""
        return self._value("language", phrase)

    def country(self, phrase: Phrase) -> str:
        """Return the country that a phrase names; "" where the catalogue has none of that name."""
        return self._value("country", phrase)

    def _value(self, kind: str, phrase: Phrase) -> str:
        readings = (reading for reading in self._readings.get(phrase, ()) if reading.domains)
        return next((value for reading in readings for k, value in reading.values if k == kind), "")

    def _nationality(self, known: list[Reading], relevant: frozenset[str], domain: str) -> Reading:
        known = [reading for reading in known if relevant <= reading.domains] or known
        first = known[0]
        counts = [min(self._vocabulary.count(*pair, domain) for pair in reading.values) for reading in known]
        most = known[counts.index(max(counts))]
        return most if most.kinds == {"country"} and max(counts) >= _CLEARLY_MORE * counts[0] else first

    def _add_all(self, kind: str, synonyms: Readings) -> None:
        own = self._own[kind]
        for value in own.values():
            if value not in _VERBS or kind != "genre":
                self._add_values((value,), [(kind, value)], is_own=True)
        # A catalogue that says "Sci-Fi" means by it what others call science fiction.
        other = {v[0]: own[p] for p, readings in synonyms.items() for v in readings if len(v) == 1 and p in own}
        for phrase, readings in synonyms.items():
            narrower = self._themes_of(phrase) if kind == "genre" and phrase in NARROWER else None
            for values in readings:
                named = dict.fromkeys(own.get(fold_phrase(value)) or other.get(value) or value for value in values)
                self._add_values((phrase,), [(kind, value) for value in named], refused_as=narrower)

    def _themes_of(self, phrase: str) -> tuple[tuple[str, str], ...]:
        spelled = (" ".join(spelled) for spelled in with_plural(phrase_of(phrase)))
        return tuple(("theme", self._own["theme"][said]) for said in spelled if said in self._own["theme"])

    def _add_regions(self) -> None:
        for said, countries in REGIONS.items():
            named = [
                ("country", self._own["country"][p]) for p in map(fold_phrase, countries) if p in self._own["country"]
            ]
            where = frozenset[str]().union(*(self._vocabulary.where(*pair) for pair in named))
            if named:
                self._readings[phrase_of(said)].append(Reading(tuple(named), where, len(named)))

    def _add_themes(self) -> None:
        own: defaultdict[Phrase, list[str]] = defaultdict(list)
        for folded, theme in self._own["theme"].items():
            phrase = tuple(folded.split(" "))
            if len(phrase) > 1 or (len(folded) >= _SHORTEST_THEME_WORD and folded not in NO_THEMES):
                for spelled in with_plural(phrase):
                    own[spelled].append(theme)
        also: defaultdict[Phrase, list[str]] = defaultdict(list)
        for said, readings in THEMES.items():
            named = [fold_phrase(theme) for values in readings for theme in values]
            for spelled in with_plural(phrase_of(said)):
                also[spelled] += [self._own["theme"][theme] for theme in named if theme in self._own["theme"]]
        for phrase in dict.fromkeys((*own, *also)):
            values = tuple(("theme", theme) for theme in dict.fromkeys((*own[phrase], *also[phrase])))
            if values:
                where = frozenset[str]().union(*(self._vocabulary.where(*pair) for pair in values))
                count = max(self._vocabulary.count(*pair) for pair in values)
                refused = tuple(("theme", theme) for theme in own[phrase]) or None
                self._readings[phrase].append(Reading(values, where, count, bool(own[phrase]), refused_as=refused))

    def _add_values(
        self, phrases: Iterable[str], values: list[tuple[str, str]], *, is_own: bool = False,
        refused_as: tuple[tuple[str, str], ...] | None = None,
    ) -> None:  # fmt: skip
        reading = replace(self._reading(values, is_own=is_own), refused_as=refused_as)
        if "theme" in reading.kinds and not reading.domains:
            return
        for said in phrases:
            self._add(phrase_of(said), reading)

    def _add(self, phrase: Phrase, reading: Reading) -> None:
        for spelled in with_plural(phrase):
            if all(known.values != reading.values for known in self._readings[spelled]):
                self._readings[spelled].append(reading)

    def _reading(self, values: list[tuple[str, str]], *, is_own: bool) -> Reading:
        spelled = tuple((kind, self._own[kind].get(fold_phrase(value), value)) for kind, value in values)
        # A mood is a wish, so one that the catalogue lacks does no harm.
        where = [self._domains if kind == "mood" else self._vocabulary.where(kind, value) for kind, value in spelled]
        count = min(self._vocabulary.count(kind, value) for kind, value in spelled)
        return Reading(spelled, frozenset.intersection(*where), count, is_own)


def _covering(known: list[Reading], relevant: frozenset[str]) -> list[Reading]:
    """Return the first readings that together cover the domains; more than one leave a choice."""
    chosen: list[Reading] = []
    covered: frozenset[str] = frozenset()
    for reading in known:
        if not reading.domains & relevant <= covered:
            chosen.append(reading)
            covered |= reading.domains
    return [replace(reading, is_choice=True) for reading in chosen] if len(chosen) > 1 else chosen
