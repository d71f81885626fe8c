import pytest
from palate.bot.signals import Understanding
from palate.bot.understanding import PreferenceExtractor
from palate.retrieval.catalog import Catalog
from palate.retrieval.items import Item
from palate.retrieval.query import Constraints, RecQuery
from palate.retrieval.titles import TitleLinker


def film(title: str, year: int, genres: str, **facts: object) -> Item:
    item_id = f"{title.lower().replace(' ', '-')}-{year}"
    return Item(item_id=item_id, domain="film", title=title, year=year, genres=tuple(genres.split("|")), **facts)  # type: ignore[arg-type]  # facts are those of an item


def extractor_of(*items: Item) -> PreferenceExtractor:
    catalog = Catalog(items)
    return PreferenceExtractor(catalog, TitleLinker(catalog))


def said(understanding: Understanding) -> set[tuple[str, str, int]]:
    return {(signal.kind, signal.value, signal.polarity) for signal in understanding.signals}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("a science fiction film", Constraints(domain="film", genres_all=("science fiction",))),
        ("any good sci-fi?", Constraints(genres_all=("science fiction",))),
        ("show me a rom-com", Constraints(genres_all=("romance", "comedy"))),
        ("an animated movie for kids", Constraints(domain="film", genres_all=("animation", "family"))),
        ("I want a scary movie", Constraints(genres_all=("horror",))),
        ("something by Michael Mann", Constraints(people_any=("Michael Mann",))),
        ("something by mann", Constraints()),
        ("something with Al Pacinno", Constraints(people_any=("Al Pacino",))),
        ("something with Pacino", Constraints(people_any=("Al Pacino",))),
        ("something in French", Constraints(languages_any=("French",))),
        ("something Korean", Constraints(languages_any=("Korean",))),
        ("something from Japan", Constraints(countries_any=("Japan",))),
        ("something American", Constraints(countries_any=("United States",))),
        ("something set in Japan", Constraints()),
        ("a comedy without subtitles", Constraints(genres_all=("comedy",), languages_any=("English",))),
        ("can you suggest a novel?", Constraints(domain="book")),
    ],
)
def test_what_is_asked_for_becomes_a_constraint(
    extractor: PreferenceExtractor, message: str, expected: Constraints
) -> None:
    assert extractor.extract(message, turn=1).query.constraints == expected


@pytest.mark.parametrize(
    ("words", "years"),
    [
        ("from the 80s", (1980, 1989)), ("from the 1980s", (1980, 1989)), ("eighties", (1980, 1989)),
        ("from the late seventies", (1975, 1979)), ("before 1990", (None, 1989)), ("after 2000", (2001, None)),
        ("since 2010", (2010, None)), ("between 1960 and 1975", (1960, 1975)), ("from 1999", (1999, 1999)),
        ("older than 1970", (None, 1969)), ("nothing older than 1970", (1970, None)), ("recent", (2010, None)),
        ("a classic", (None, 1970)), ("this century", (2000, None)), ("nineties or later", (1990, None)),
        ("from the 70s or 80s", (1970, 1989)), ("after 1950 and before 1960", (1951, 1959)),
    ],
)  # fmt: skip
def test_periods_are_read(extractor: PreferenceExtractor, words: str, years: tuple[int | None, int | None]) -> None:
    constraints = extractor.extract(f"a western {words}", turn=1).query.constraints
    assert (constraints.year_min, constraints.year_max) == years


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        ("under 2 hours", (None, 120)), ("less than 100 minutes", (None, 100)), ("90 minutes max", (None, 90)),
        ("at most an hour and a half", (None, 90)), ("no longer than 2 hours", (None, 120)), ("short", (None, 95)),
        ("over three hours", (180, None)), ("two and a half hours or more", (150, None)), ("1h30 max", (None, 90)),
        ("not too long", (None, 120)),
    ],
)  # fmt: skip
def test_lengths_are_read(extractor: PreferenceExtractor, words: str, minutes: tuple[int | None, int | None]) -> None:
    constraints = extractor.extract(f"a western, {words}", turn=1).query.constraints
    assert (constraints.runtime_min, constraints.runtime_max) == minutes


def test_genres_joined_by_or_are_wishes_and_not_conditions(extractor: PreferenceExtractor) -> None:
    query = extractor.extract("a western, a comedy or a war film", turn=1).query
    assert query.constraints.genres_all == ()
    assert query.wanted == (("genre", "western"), ("genre", "comedy"), ("genre", "war"))


def test_moods_and_themes_are_wishes(extractor: PreferenceExtractor) -> None:
    query = extractor.extract("something hilarious about a bank robbery or a heist", turn=1).query
    assert query.wanted == (("mood", "funny"), ("theme", "bank robbery"), ("theme", "heist"))
    assert query.constraints == Constraints()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("nothing sad", Constraints(moods_none=("sad",))),
        ("no horror", Constraints(genres_none=("horror",))),
        ("not too violent", Constraints(moods_none=("violent",))),
        ("without superheroes", Constraints(themes_none=("superheroes",))),
        ("no superhero stuff please", Constraints(themes_none=("superheroes",))),
        ("anything but comedies", Constraints(genres_none=("comedy",))),
        ("I don't want anything sad", Constraints(moods_none=("sad",))),
        ("not in the mood for comedy", Constraints(genres_none=("comedy",))),
        ("nothing with Al Pacino", Constraints(people_none=("Al Pacino",))),
        ("no horror and no musicals", Constraints(genres_none=("horror", "musical"))),
        ("a comedy, not too sad, from the 70s", Constraints(
            genres_all=("comedy",), moods_none=("sad",), year_min=1970, year_max=1979)),
        ("a thriller but nothing like Titanic", Constraints(
            genres_all=("thriller",), items_none=frozenset({"titanic-1997"}))),
    ],
)  # fmt: skip
def test_what_is_refused_is_excluded(extractor: PreferenceExtractor, message: str, expected: Constraints) -> None:
    understood = extractor.extract(message, turn=1)
    assert understood.query.constraints == expected
    assert any(signal.polarity == -1 and not signal.lasting for signal in understood.signals)


def test_stated_taste_lasts_and_sets_no_condition(extractor: PreferenceExtractor) -> None:
    understood = extractor.extract("I love slow crime dramas from the seventies", turn=1)
    assert said(understood) == {
        ("mood", "slow-burning", 1), ("genre", "crime", 1), ("genre", "drama", 1), ("period", "1970-1979", 1),
    }  # fmt: skip
    assert all(signal.lasting for signal in understood.signals)
    assert understood.query == RecQuery()


def test_a_lasting_dislike_of_a_genre_also_excludes_it_now(extractor: PreferenceExtractor) -> None:
    understood = extractor.extract("I hate musicals", turn=1)
    assert [(s.value, s.polarity, s.lasting) for s in understood.signals] == [("musical", -1, True)]
    assert understood.query.constraints.genres_none == ("musical",)


def test_a_bad_word_about_one_film_is_none_about_its_genre(extractor: PreferenceExtractor) -> None:
    assert said(extractor.extract("the thriller Blade Runner was boring", turn=1)) == {
        ("item", "blade-runner-1982", -1)
    }


def test_a_genre_that_the_catalogue_lacks_can_be_refused_but_not_asked_for() -> None:
    few = extractor_of(film("Airplane", 1980, "comedy"))
    assert few.extract("I want a western", turn=1).query.constraints.genres_all == ()
    assert few.extract("no westerns", turn=1).query.constraints.genres_none == ("western",)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("I want something to watch tonight", ""),
        ("I want something funny tonight", "funny"),
        ("a heist movie like Heat without violence please", "heist"),
        ("I loved Titanic", ""),
        ("show me something else", "else"),
    ],
)
def test_the_text_of_the_query_is_what_says_something(extractor: PreferenceExtractor, message: str, text: str) -> None:
    assert extractor.extract(message, turn=1).query.text == text
