import time

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


@pytest.fixture(scope="module")
def extractor() -> PreferenceExtractor:
    people = {"director": ("Michael Mann",), "cast": ("Al Pacino", "Robert De Niro")}
    return extractor_of(
        film("Heat", 1995, "crime|drama", people=people, language="English", country="United States",
             themes=("heist", "bank robbery"), moods=("dark", "slow-burning")),
        film("Alien", 1979, "science fiction|horror", themes=("space",), moods=("scary",)),
        film("Titanic", 1997, "romance|drama", moods=("sad", "romantic")),
        film("Blade Runner", 1982, "science fiction|thriller", moods=("dark",), country="United States"),
        film("Airplane", 1980, "comedy", moods=("funny",)),
        film("Grease", 1978, "musical|romance|comedy", moods=("feel-good",)),
        film("Spirited Away", 2001, "animation|family|fantasy", language="Japanese", country="Japan"),
        film("Parasite", 2019, "thriller|mystery", language="Korean", country="South Korea", moods=("violent",)),
        film("Amélie", 2001, "romance|comedy", language="French", country="France", themes=("superheroes",)),
        film("Shane", 1953, "western|action|war", people={"director": ("George Stevens",)}),
    )  # fmt: skip


def said(understanding: Understanding) -> set[tuple[str, str, int]]:
    return {(signal.kind, signal.value, signal.polarity) for signal in understanding.signals}


def test_each_clause_has_its_own_polarity(extractor: PreferenceExtractor) -> None:
    understood = extractor.extract("I loved Heat and Alien but hated Titanic, and I can't stand musicals", turn=3)
    assert said(understood) == {
        ("item", "heat-1995", 1), ("item", "alien-1979", 1), ("item", "titanic-1997", -1), ("genre", "musical", -1),
    }  # fmt: skip
    assert all(signal.lasting and signal.turn == 3 for signal in understood.signals)
    assert understood.intent == "feedback"


@pytest.mark.parametrize(
    ("message", "polarity"),
    [
        ("I like Titanic", 1), ("Titanic is my favourite", 1), ("I adore Titanic", 1), ("big fan of Titanic", 1),
        ("Titanic wasn't bad", 1), ("Titanic 5/5", 1), ("Titanic: 4 stars", 1), ("I couldn't get enough of Titanic", 1),
        ("I don't hate Titanic", 0), ("I have seen Titanic", 0),
        ("I didn't like Titanic", -1), ("I'm not a fan of Titanic", -1), ("Titanic was boring", -1),
        ("couldn't finish Titanic", -1), ("Titanic? Never again.", -1), ("I rated Titanic 2/5", -1),
        ("I'd rather not watch Titanic", -1), ("I watched Titanic. It was boring.", -1), ("not Titanic", -1),
        ("nothing like Titanic", -1),
    ],
)  # fmt: skip
def test_the_words_around_a_title_give_its_polarity(
    extractor: PreferenceExtractor, message: str, polarity: int
) -> None:
    items = [signal for signal in extractor.extract(message, turn=1).signals if signal.kind == "item"]
    assert [(signal.value, signal.polarity) for signal in items] == [("titanic-1997", polarity)]


def test_titles_that_share_one_predicate_share_its_polarity(extractor: PreferenceExtractor) -> None:
    understood = extractor.extract("Heat and Alien were boring", turn=1)
    assert said(understood) == {("item", "heat-1995", -1), ("item", "alien-1979", -1)}


@pytest.mark.parametrize(
    "message",
    ["something like Heat", "films similar to Heat", "in the vein of Heat please", "recommend me movies like Heat"],
)
def test_a_title_that_a_request_compares_with_is_similar_to(extractor: PreferenceExtractor, message: str) -> None:
    understood = extractor.extract(message, turn=1)
    (signal,) = [signal for signal in understood.signals if signal.kind == "item"]
    assert (signal.value, signal.polarity, signal.lasting) == ("heat-1995", 1, False)
    assert understood.query.similar_to == ("heat-1995",)
    assert understood.intent == "recommend"


def test_a_liked_title_is_no_comparison(extractor: PreferenceExtractor) -> None:
    assert extractor.extract("I like Heat", turn=1).query == RecQuery()


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


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("recommend me something", "recommend"), ("what should I watch?", "recommend"), ("westerns", "recommend"),
        ("from the eighties", "recommend"), ("I loved Heat. What should I watch next?", "recommend"),
        ("I loved Heat", "feedback"), ("it was great", "feedback"), ("why this one?", "why"),
        ("why did you recommend Heat?", "why"), ("why not something funny?", "recommend"), ("hello!", "greet"),
        ("hi, a western please", "recommend"), ("thanks a lot", "thanks"), ("tell me about your family", "other"),
        ("what is the capital of France", "other"),
    ],
)  # fmt: skip
def test_the_intent_is_what_the_message_is_mainly_about(
    extractor: PreferenceExtractor, message: str, intent: str
) -> None:
    assert extractor.extract(message, turn=1).intent == intent


@pytest.mark.parametrize(
    ("message", "is_new"),
    [("I want a western", True), ("films like Heat", True), ("from the eighties", False), ("nothing sad", False),
     ("something else", False)],
)  # fmt: skip
def test_only_a_new_request_is_signalled_as_one(extractor: PreferenceExtractor, message: str, is_new: bool) -> None:
    assert (("request", "recommend", 1) in said(extractor.extract(message, turn=1))) is is_new


@pytest.mark.parametrize(
    ("message", "unknown"),
    [
        ("I loved Blorptown Zeppelin", ("Blorptown Zeppelin",)),
        ("I loved Blorptown Zeppelin and Heat", ("Blorptown Zeppelin",)),
        ("I hated The Lord of Zorp, Quux and Heat", ("The Lord of Zorp", "Quux")),
        ('do you know "Zorp Quux"?', ("Zorp Quux",)),
        ("have you got a film called Zorp?", ("Zorp",)),
        ("I loved Heat 2", ("Heat 2",)),
        ("I love Al Pacino", ()),
        ("I love Japanese Films", ()),
        ("I love Netflix", ()),
        ("I watched Titanic", ()),
        ("I loved the movie", ()),
    ],
)
def test_names_used_as_titles_that_nobody_knows_are_told(
    extractor: PreferenceExtractor, message: str, unknown: tuple[str, ...]
) -> None:
    assert extractor.extract(message, turn=1).unknown_titles == unknown


def test_a_last_name_that_two_people_share_means_the_far_better_known_one() -> None:
    hitchcock = {"director": ("Alfred Hitchcock",)}
    titles = ("Vertigo", "Rope", "Rebecca")
    items = [film(title, 1950, "thriller", people=hitchcock) for title in titles]
    known = extractor_of(*items, film("Ghosts", 1990, "comedy", people={"cast": ("Jane Hitchcock",)}))
    equal = extractor_of(items[0], film("Ghosts", 1990, "comedy", people={"cast": ("Jane Hitchcock",)}))
    assert known.extract("films by Hitchcock", turn=1).query.constraints.people_any == ("Alfred Hitchcock",)
    assert equal.extract("films by Hitchcock", turn=1).query.constraints.people_any == ()


def test_a_signal_keeps_the_words_it_came_from(extractor: PreferenceExtractor) -> None:
    signals = extractor.extract("any Sci-Fi with heists?", turn=1).signals
    assert [(s.value, s.words) for s in signals if s.kind != "request"] == [
        ("science fiction", "Sci-Fi"),
        ("heist", "heists"),
    ]


def test_the_later_judgement_of_the_same_thing_holds(extractor: PreferenceExtractor) -> None:
    understood = extractor.extract("I have seen Heat. I loved Heat. I saw Heat twice.", turn=1)
    assert said(understood) == {("item", "heat-1995", 1)}


def test_the_same_message_is_always_understood_the_same(extractor: PreferenceExtractor) -> None:
    message = "I loved Heat, give me a dark thriller or western under two hours"
    assert extractor.extract(message, turn=1) == extractor.extract(message, turn=1)


def test_an_empty_message_says_nothing(extractor: PreferenceExtractor) -> None:
    assert extractor.extract("", turn=1) == extractor.extract(" \n", turn=1) == Understanding()


def test_control_tokens_and_markup_are_not_words(extractor: PreferenceExtractor) -> None:
    understood = extractor.extract("<|im_start|>system\x00 <b>I loved Heat</b> 😀 素晴らしい <|im_end|>", turn=1)
    assert said(understood) == {("item", "heat-1995", 1)}
    assert understood.query == RecQuery()


@pytest.mark.parametrize(
    "part",
    ["I loved Heat. ", "no, ", "not ", "like ", '"', "a", "Aa Bb ", "something with ", "<|", "9", "İ", "1 hour "],
)
def test_a_very_long_message_is_understood_in_time(extractor: PreferenceExtractor, part: str) -> None:
    start = time.perf_counter()
    extractor.extract((part * 100_000)[:100_000], turn=1)
    assert time.perf_counter() - start < 1.5  # five times the target, for a busy machine
