"""Requests to a catalogue of several domains, and to one of somebody's own things."""

import random
import statistics
import time

import pytest
from palate.bot.domains import plural_of
from palate.bot.session import Session
from palate.bot.understanding import PreferenceExtractor
from palate.retrieval.catalog import Catalog
from palate.retrieval.items import Item
from palate.retrieval.query import Constraints, RecQuery
from palate.retrieval.titles import TitleLinker


def item(domain: str, title: str, year: int, genres: str = "", **facts: object) -> Item:
    item_id = f"{title.lower().replace(' ', '-')}-{year}"
    return Item(item_id=item_id, domain=domain, title=title, year=year, genres=tuple(genres.split("|")), **facts)  # type: ignore[arg-type]  # facts are those of an item


def film(title: str, year: int, genres: str, **facts: object) -> Item:
    return item("film", title, year, genres, **{"runtime_min": 110, "language": "English", **facts})


def book(title: str, year: int, genres: str, author: str = "", **facts: object) -> Item:
    people = {"author": (author,)} if author else {}
    return item("book", title, year, genres, **{"pages": 300, "language": "English", "people": people, **facts})


def extractor_of(*items: Item) -> PreferenceExtractor:
    catalog = Catalog(items)
    return PreferenceExtractor(catalog, TitleLinker(catalog))


@pytest.fixture(scope="module")
def library() -> PreferenceExtractor:
    return extractor_of(
        film("Dune", 1984, "science fiction|adventure", people={"director": ("David Lynch",)}, themes=("desert",)),
        film("Emma", 1996, "comedy|romance", country="United Kingdom", people={"cast": ("Julie Christie",)}),
        film("Ran", 1985, "war|drama|history", language="Japanese", country="Japan",
             people={"director": ("Akira Kurosawa",)}),
        film("Jaws", 1975, "thriller|horror", country="United States", people={"director": ("Steven Spielberg",)}),
        film("Up", 2009, "animation|family|comedy", themes=("young children", "old age")),
        film("Contact", 1997, "science fiction|mystery", themes=("aliens", "politics"), moods=("thought-provoking",)),
        film("Amelie", 2001, "romance|comedy", language="French", country="France", moods=("whimsical",)),
        film("La Strada", 1954, "drama|crime|biography", language="Italian", country="Italy", themes=("superheroes",)),
        film("Network", 1976, "drama|western|film noir|documentary", moods=("satirical", "violent")),
        film("Rushmore", 1998, "comedy|family", people={"director": ("Wes Anderson",)}, themes=("nature",)),
        book("Dune", 1965, "fiction|science fiction|adventure", "Frank Herbert", themes=("desert",)),
        book("Emma", 1815, "fiction|classic|romance|comedy", "Jane Austen", country="United Kingdom"),
        book("The Dispossessed", 1974, "fiction|science fiction", "Ursula K. Le Guin", themes=("politics",)),
        book("The Hobbit", 1937, "fiction|fantasy|children", "J. R. R. Tolkien", themes=("young children",)),
        book("A Game of Thrones", 1996, "fiction|fantasy|dystopian", "George R. R. Martin"),
        book("Cosmos", 1980, "non-fiction|science", "Carl Sagan"),
        book("War and Peace", 1869, "fiction|classic|historical fiction|war", "Leo Tolstoy", language="Russian"),
        book("Sheltering", 1985, "fiction|literary fiction|drama", "Gabriel García Márquez", language="Spanish"),
        book("Poirot", 1934, "fiction|mystery|crime|thriller", "Agatha Christie"),
        book("Marple", 1950, "fiction|mystery|crime|play", "Agatha Christie"),
        book("Night Thoughts", 2005, "non-fiction|memoir|biography|history", "Joan Didion", themes=("grief",)),
        book("Panels", 1990, "graphic novel|satire|fiction|family", "Alan Moore", themes=("superheroes", "nature")),
        book("Cold Facts", 1966, "non-fiction|true crime", "Truman Capote", country="United States"),
        book("Verses", 1956, "poetry|short stories|essays|young adult|psychology", "Sylvia Plath"),
        book("Three Body", 2006, "fiction|science fiction|horror", "Liu Cixin", themes=("aliens",), country="China"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def shop() -> PreferenceExtractor:
    def thing(n: int, brand: str, colour: str, **numbers: float) -> Item:
        extra = {"brand": (brand,), "colour": (colour,), **numbers}
        return Item(item_id=str(n), domain="headphones", title=f"Model Q{n}", extra=extra)

    return extractor_of(
        thing(1, "Acme", "black", list_price=19.5, average_rating=4.5, ratings_count=900, weight=1.5),
        thing(2, "Zeta Audio", "sky blue", list_price=60.0, average_rating=3.5, ratings_count=10, weight=0.5),
        thing(3, "Next", "red", list_price=40.0, average_rating=4.0, ratings_count=50, weight=2.5),
        thing(4, "A", "black", list_price=5.0, average_rating=2.0, ratings_count=5, weight=0.1),
    )


def constraints(extractor: PreferenceExtractor, message: str, held: str = "") -> Constraints:
    return extractor.extract(message, turn=1, domain=held).query.constraints


@pytest.mark.parametrize(
    ("message", "domain"),
    [
        ("something to watch tonight", "film"), ("any movies?", "film"), ("tonight's film, please", "film"),
        ("something directed by Kurosawa", "film"), ("what should we watch?", "film"), ("a scary movie", "film"),
        ("movies based on a novel", "film"), ("a film about a book club", "film"), ("korean films", "film"),
        ("something to read on the train", "book"), ("a novel", "book"), ("a page-turner", "book"),
        ("something written by an English author", "book"), ("what shall I read next?", "book"),
        ("a good beach read", "book"), ("a novel about a film director", "book"), ("books about film", "book"),
        ("what about books?", "book"), ("not a film this time", "book"), ("an animated story", "film"),
        ("a memoir", "book"), ("true crime", "book"), ("a thriller", ""), ("science fiction", ""),
        ("something sad", ""),
        ("something to watch or read", ""), ("a book or a film about grief", ""), ("no old movies", ""),
        ("I loved the film", ""), ("recommend me a song", "music"), ("a game", ""),
    ],
)  # fmt: skip
def test_the_domain_is_the_one_the_words_tell(library: PreferenceExtractor, message: str, domain: str) -> None:
    assert constraints(library, message).domain == domain


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("a thriller under 100 minutes", Constraints(genres_all=("thriller",), runtime_max=100)),
        ("French, before 1970", Constraints(languages_any=("French",), year_max=1969)),
        ("japanese films after 2000", Constraints(domain="film", languages_any=("Japanese",), year_min=2001)),
        ("a novel under 200 pages", Constraints(domain="book", pages_max=200)),
        ("science fiction but no aliens and nothing by spielberg", Constraints(
            genres_all=("science fiction",), themes_none=("aliens",), people_none=("Steven Spielberg",))),
        ("a funny romance that's not american", Constraints(
            genres_all=("romance",), countries_none=("United States",))),
        ("a comedy which isn't French", Constraints(genres_all=("comedy",), languages_none=("French",))),
        ("no superheroes", Constraints(themes_none=("superheroes",))),
        ("without subtitles", Constraints(languages_any=("English",))),
        ("no violence", Constraints(moods_none=("violent",))),
        ("animated, for young kids", Constraints(domain="film", genres_all=("animation", "family"))),
        ("a book for young children", Constraints(domain="book", genres_all=("children",))),
        ("19th century novels", Constraints(domain="book", year_min=1800, year_max=1899)),
        ("a French film in Italian", Constraints(
            domain="film", countries_any=("France",), languages_any=("Italian",))),
        ("a film about a French chef", Constraints(domain="film")),
        ("a Japanese gentleman moves in next door", Constraints()),
        ("salesman wakes up as an insect and his family is annoyed", Constraints()),
        ("a door into his head for 15 minutes", Constraints()),
        ("a film set in the 1980s", Constraints(domain="film")),
        ("a horror film, no slashers", Constraints(domain="film", genres_all=("horror",))),
        ("a live-action musical", Constraints(genres_none=("animation",))),
        ("animated films, not anime", Constraints(
            domain="film", genres_all=("animation",), languages_none=("Japanese",))),
        ("no anime", Constraints(domain="", genres_none=("animation",))),
        ("european films", Constraints(domain="film", countries_any=("France", "Italy", "United Kingdom"))),
        ("a drama from outside the US", Constraints(genres_all=("drama",), countries_none=("United States",))),
        ("foreign films", Constraints(domain="film", languages_none=("English",))),
        ("a comedy with subtitles", Constraints(genres_all=("comedy",), languages_none=("English",))),
        ("French or American comedies", Constraints(
            genres_all=("comedy",), countries_any=("France", "United States"))),
        ("a western or a comedy", Constraints(domain="film", genres_any=("western", "comedy"))),
        ("a film by Le Guin", Constraints(domain="film")),
        ("films like Jaws but older", Constraints(domain="film", year_max=1974)),
        ("something shorter than Jaws", Constraints(runtime_max=109)),
        ("a 90 minute thriller", Constraints(genres_all=("thriller",), runtime_max=90)),
        ("accused of a crime in a small town", Constraints()),
        ("the guy who made Jaws, something else by him", Constraints(
            people_any=("Steven Spielberg",), items_none=frozenset({"jaws-1975"}))),
        ("a horror novel, at most 350 pages, nothing from the 90s", Constraints(
            domain="book", genres_all=("horror",), pages_max=350, years_none=((1990, 1999),))),
    ],
)  # fmt: skip
def test_a_request_is_understood_whole(library: PreferenceExtractor, message: str, expected: Constraints) -> None:
    assert constraints(library, message) == expected


@pytest.mark.parametrize(
    ("message", "low", "high"),
    [
        ("under 300 pages", None, 300), ("at most 200 pages", None, 200), ("more than 500 pages", 500, None),
        ("no longer than 250 pages", None, 250), ("nothing over 400 pages", None, 400),
        ("1,000 pages or more", 1000, None),
        ("between 200 and 300 pages", 200, 300), ("a 150-page story", None, 150), ("around 200 pages", 160, 240),
        ("a short novel", None, 200), ("a quick read", None, 200), ("a long book", 500, None),
        ("a doorstopper", 500, None),
        ("a book, not too long", None, 350),
    ],
)  # fmt: skip
def test_pages_are_read(library: PreferenceExtractor, message: str, low: int | None, high: int | None) -> None:
    found = constraints(library, message)
    assert (found.pages_min, found.pages_max) == (low, high)
    assert (found.runtime_min, found.runtime_max) == (None, None)


def test_short_is_said_in_the_terms_of_the_domain_that_holds(library: PreferenceExtractor) -> None:
    assert constraints(library, "something shorter", held="book") == Constraints(pages_max=200)
    assert constraints(library, "something shorter", held="film") == Constraints(runtime_max=95)
    assert constraints(library, "a short film", held="book") == Constraints(domain="film", runtime_max=95)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("nothing from the 80s", Constraints(years_none=((1980, 1989),))),
        ("not from the nineties", Constraints(years_none=((1990, 1999),))),
        ("not from 1999", Constraints(years_none=((1999, 1999),))),
        ("no films before 1970", Constraints(year_min=1970)),
        ("nothing made before 1980", Constraints(year_min=1980)),
        ("nothing recent", Constraints(year_max=2009)),
        ("no horror or films from the 80s", Constraints(genres_none=("horror",), years_none=((1980, 1989),))),
        ("I can't stand films from the 70s", Constraints(years_none=((1970, 1979),))),
        ("no horror, from the 70s", Constraints(genres_none=("horror",), year_min=1970, year_max=1979)),
    ],
)
def test_refused_periods_are_excluded(library: PreferenceExtractor, message: str, expected: Constraints) -> None:
    assert constraints(library, message) == expected


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("by le guin", "Ursula K. Le Guin"), ("Ursula Le Guin", "Ursula K. Le Guin"),
        ("garcia marquez", "Gabriel García Márquez"),
        ("tolstoy", "Leo Tolstoy"), ("tolstoy novels", "Leo Tolstoy"), ("agatha christie", "Agatha Christie"),
        ("agatha christie's mysteries", "Agatha Christie"), ("a novel by Christie", "Agatha Christie"),
        ("something by kurosawa", "Akira Kurosawa"), ("wes anderson films", "Wes Anderson"),
        ("J.R.R. Tolkien", "J. R. R. Tolkien"), ("jrr tolkien", "J. R. R. Tolkien"),
        ("by J R R Tolkien", "J. R. R. Tolkien"),
        ("tolkien books", "J. R. R. Tolkien"), ("George R. R. Martin", "George R. R. Martin"),
        ("george rr martin", "George R. R. Martin"), ("by George Martin", "George R. R. Martin"),
        ("books by cixin liu", "Liu Cixin"), ("by Tolstoi", "Leo Tolstoy"), ("something by Ursula LeGuinn", ""),
        ("something by Joan Didionn", "Joan Didion"), ("a film about Kurosawa", ""), ("a biography of Tolstoy", ""),
    ],
)  # fmt: skip
def test_people_are_known_by_every_form_of_their_name(library: PreferenceExtractor, message: str, name: str) -> None:
    assert constraints(library, message).people_any == ((name,) if name else ())


@pytest.mark.parametrize(
    ("message", "genres"),
    [
        ("fiction", ("fiction",)), ("non-fiction", ("non-fiction",)), ("nonfiction books", ("non-fiction",)),
        ("a non-fiction film", ("documentary",)), ("sci-fi", ("science fiction",)), ("a whodunnit", ("mystery",)),
        ("YA", ("young adult",)), ("kids books", ("children",)), ("a picture book", ("children",)),
        ("a kids film", ("family",)),
        ("graphic novels", ("graphic novel",)), ("comics", ("graphic novel",)), ("short stories", ("short stories",)),
        ("memoirs", ("memoir",)), ("poems", ("poetry",)), ("popular science", ("science",)),
        ("self-help", ("psychology",)),
        ("true crime", ("true crime",)), ("crime", ("crime",)), ("a classic novel", ("classic",)),
        ("a classic film", ()),
        ("a historical novel", ("historical fiction",)), ("a historical film", ("history",)), ("a play", ("play",)),
        ("stories where they play chess", ()), ("noir films", ("film noir",)), ("a noir novel", ("crime",)),
        ("a film about nature", ()), ("a satirical film", ()), ("a satire", ("satire",)),
    ],
)  # fmt: skip
def test_genres_have_the_word_of_their_domain(
    library: PreferenceExtractor, message: str, genres: tuple[str, ...]
) -> None:
    assert constraints(library, message).genres_all == genres


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ("no science fiction", ("science fiction",)), ("no science", ("science",)), ("no true crime", ("true crime",)),
        ("nothing for kids", ("children", "family")), ("no historical novels", ("historical fiction",)),
    ],
)  # fmt: skip
def test_a_refused_genre_takes_no_other_with_it(
    library: PreferenceExtractor, message: str, refused: tuple[str, ...]
) -> None:
    assert constraints(library, message).genres_none == refused


def test_of_words_that_are_another_genre_in_each_domain_one_must_hold_while_it_is_open(
    library: PreferenceExtractor,
) -> None:
    query = library.extract("something historical", turn=1).query
    assert query.wanted == (("genre", "historical fiction"), ("genre", "history"))
    assert query.constraints == Constraints(genres_any=("historical fiction", "history"))


@pytest.mark.parametrize(
    ("message", "held", "item_id"),
    [
        ("a film like Dune", "", "dune-1984"), ("a novel like Dune", "", "dune-1965"),
        ("like Emma", "book", "emma-1815"),
        ("like Emma", "film", "emma-1996"), ("something like the novel Dune", "film", "dune-1965"),
        ("films like Emma, the book", "", "emma-1815"), ("I loved the novel Dune, any films like it?", "", "dune-1965"),
        ("I watched Jaws yesterday, anything similar to read?", "", "jaws-1975"),
    ],
)  # fmt: skip
def test_a_title_means_the_item_of_the_domain(
    library: PreferenceExtractor, message: str, held: str, item_id: str
) -> None:
    assert library.extract(message, turn=1, domain=held).query.similar_to == (item_id,)


def test_what_is_liked_in_one_domain_may_be_asked_for_in_another(library: PreferenceExtractor) -> None:
    understood = library.extract("I loved the novel Dune, any films like it?", turn=1)
    assert understood.query == RecQuery(
        constraints=Constraints(domain="film"), similar_to=("dune-1965",), said="any films like it"
    )
    assert [(s.value, s.polarity, s.lasting) for s in understood.signals if s.kind == "item"] == [
        ("dune-1965", 1, True)
    ]


@pytest.mark.parametrize(
    ("message", "held", "domain"),
    [("something by Le Guin", "film", "book"), ("under 300 pages", "film", "book"),
    ("under 90 minutes", "book", "film"),
     ("something by Le Guin", "book", ""), ("something by Le Guin", "", ""), ("a memoir", "film", "book")],
)  # fmt: skip
def test_what_the_held_domain_lacks_turns_to_the_one_that_has_it(
    library: PreferenceExtractor, message: str, held: str, domain: str
) -> None:
    assert constraints(library, message, held).domain == domain


def conversation(extractor: PreferenceExtractor, *messages: str) -> RecQuery:
    session = Session("ada")
    for turn, message in enumerate(messages, start=1):
        understood = extractor.extract(message, turn=turn, domain=session.query.constraints.domain)
        session.query = session.to_query(understood)
    return session.query


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (("a novel", "something funny", "I want a thriller"), Constraints(domain="book", genres_all=("thriller",))),
        (("a thriller film under 2 hours", "and a book on the same?"), Constraints(domain="book",
        genres_all=("thriller",))),
        (("under 100 minutes", "what about books?"), Constraints(domain="book")),
        (("a documentary", "what about books?"), Constraints(domain="book")),
        (("a war film", "what about books?"), Constraints(domain="book", genres_all=("war",))),
        (("a french film", "in Italian"), Constraints(domain="film", languages_any=("Italian",))),
        (("a french film", "or Italian"), Constraints(domain="film", languages_any=("French", "Italian"))),
        (("a film, nothing from the 80s", "I want a comedy"), Constraints(
            domain="film", genres_all=("comedy",), years_none=((1980, 1989),))),
        (("nothing from the 80s", "from the 80s after all"), Constraints(year_min=1980, year_max=1989)),
        (("a comedy from the 80s", "nothing from the 80s"), Constraints(genres_all=("comedy",), years_none=((1980,
        1989),))),
        (("a novel under 300 pages", "at least 400 pages"), Constraints(domain="book", pages_min=400)),
    ],
)  # fmt: skip
def test_the_request_goes_on_over_turns(
    library: PreferenceExtractor, messages: tuple[str, ...], expected: Constraints
) -> None:
    assert conversation(library, *messages).constraints == expected


def test_thanks_and_greetings_ask_for_no_domain(library: PreferenceExtractor) -> None:
    for message in ("thanks a lot", "hello", "I loved Jaws", "why this one?"):
        for held in ("", "film", "music"):
            assert library.extract(message, turn=1, domain=held).query == RecQuery(), (message, held)


def test_a_domain_that_the_catalogue_lacks_does_not_last(library: PreferenceExtractor) -> None:
    assert conversation(library, "recommend me a song").constraints.domain == "music"
    assert conversation(library, "recommend me a song", "then something sad").constraints.domain != "music"


def test_a_book_on_the_same_keeps_what_it_was_about(library: PreferenceExtractor) -> None:
    query = conversation(library, "a film about politics", "and a book on the same?")
    assert (query.constraints, query.wanted) == (Constraints(domain="book"), (("theme", "politics"),))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Acme headphones", Constraints(domain="headphones", attributes_all=(("brand", "Acme"),))),
        ("brand Acme", Constraints(attributes_all=(("brand", "Acme"),))),
        ("something from acme", Constraints(attributes_all=(("brand", "Acme"),))),
        ("by Zeta Audio", Constraints(attributes_all=(("brand", "Zeta Audio"),))),
        ("colour black", Constraints(attributes_all=(("colour", "black"),))),
        ("the color is red", Constraints(attributes_all=(("colour", "red"),))),
        ("headphones in black", Constraints(domain="headphones", attributes_all=(("colour", "black"),))),
        ("something sky blue", Constraints(attributes_all=(("colour", "sky blue"),))),
        ("the brand Next", Constraints(attributes_all=(("brand", "Next"),))),
        ("what should I get next?", Constraints()),
        ("a black one", Constraints()),
        ("a good one", Constraints()),
        ("no Acme please", Constraints(attributes_none=(("brand", "Acme"),))),
        ("anything but Zeta Audio", Constraints(attributes_none=(("brand", "Zeta Audio"),))),
        ("price under 20", Constraints(ranges=(("list_price", None, 20.0),))),
        ("under 20 dollars", Constraints(ranges=(("list_price", None, 20.0),))),
        ("at most 50 euros", Constraints(ranges=(("list_price", None, 50.0),))),
        ("$30 or less", Constraints(ranges=(("list_price", None, 30.0),))),
        ("between $20 and $50", Constraints(ranges=(("list_price", 20.0, 50.0),))),
        ("rating at least 4", Constraints(ranges=(("average_rating", 4.0, None),))),
        ("average rating above 4.5", Constraints(ranges=(("average_rating", 4.5, None),))),
        ("more than 1,000 ratings", Constraints(ranges=(("ratings_count", 1000.0, None),))),
        ("weight between 1 and 2", Constraints(ranges=(("weight", 1.0, 2.0),))),
        ("Acme headphones under $20, weight below 2", Constraints(
            domain="headphones", attributes_all=(("brand", "Acme"),),
            ranges=(("list_price", None, 20.0), ("weight", None, 2.0)))),
    ],
)  # fmt: skip
def test_columns_of_somebodys_own_catalogue_are_conditions(
    shop: PreferenceExtractor, message: str, expected: Constraints
) -> None:
    assert constraints(shop, message) == expected


def test_values_joined_by_or_are_wishes(shop: PreferenceExtractor) -> None:
    query = shop.extract("acme or zeta audio headphones", turn=1).query
    assert query.wanted == (("brand", "Acme"), ("brand", "Zeta Audio"))
    assert query.constraints == Constraints(domain="headphones")


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (("price under 50", "price over 20"), Constraints(ranges=(("list_price", 20.0, 50.0),))),
        (("price under 50", "price over 60"), Constraints(ranges=(("list_price", 60.0, None),))),
        (("brand Acme", "brand Next"), Constraints(attributes_all=(("brand", "Next"),))),
        (("no Acme", "brand Acme after all"), Constraints(attributes_all=(("brand", "Acme"),))),
        (("brand Acme", "not Acme"), Constraints(attributes_none=(("brand", "Acme"),))),
    ],
)
def test_the_newer_word_about_a_column_wins(
    shop: PreferenceExtractor, messages: tuple[str, ...], expected: Constraints
) -> None:
    assert conversation(shop, *messages).constraints == expected


def test_a_refused_value_is_in_no_answer() -> None:
    headphones = Item(item_id="1", domain="headphones", title="Q", extra={"brand": ("Acme",)})
    assert not Constraints(attributes_none=(("brand", "acme"),)).allows(headphones)
    assert Constraints(attributes_none=(("brand", "Zeta"), ("maker", "Acme"))).allows(headphones)


@pytest.mark.parametrize("domain", ["film", "movies", "Movie"])
def test_the_catalogues_own_name_of_a_domain_is_the_one_asked_for(domain: str) -> None:
    found = extractor_of(item(domain, "Jaws", 1975, "horror"), item("wine", "Rioja", 2019, "red"))
    assert constraints(found, "a film").domain == domain
    assert constraints(found, "something to watch").domain == domain
    assert constraints(found, "a wine, please").domain == "wine"
    assert constraints(found, "any wines?").domain == "wine"
    assert constraints(found, "something to read").domain == ""


def test_a_catalogue_that_says_it_in_other_words_is_understood() -> None:
    found = extractor_of(item("film", "Jaws", 1975, "Sci-Fi|Children's"), item("film", "Ran", 1985, "Film-Noir"))
    assert constraints(found, "science fiction for kids").genres_all == ("Sci-Fi", "Children's")


def test_a_domain_name_in_the_plural_reads_well() -> None:
    assert [plural_of(name) for name in ("film", "Board games", "music", "story", "tv series")] == [
        "films", "board games", "music", "stories", "tv series",
    ]  # fmt: skip


def test_a_message_is_read_in_time_where_a_hundred_thousand_people_are_known() -> None:
    pick = random.Random(0)

    def name() -> str:
        return " ".join("".join(pick.choices("bcdlmnrst", k=4)).capitalize() + pick.choice("aeo") for _ in range(2))

    many = [book(f"Book {n}", 2000, "fiction|crime", name(), themes=(f"theme{n}",)) for n in range(100_000)]
    catalog = Catalog(many)
    start = time.perf_counter()
    extractor = PreferenceExtractor(catalog, TitleLinker(Catalog(many[:100])))
    assert time.perf_counter() - start < 15  # five times the target, for a busy machine
    messages = ["a crime novel by Bcdlo Mnrsta under 300 pages", "something with Somebodi Unknownn, not too long"] * 5
    times = []
    for message in messages:
        start = time.perf_counter()
        extractor.extract(message, turn=1)
        times.append(time.perf_counter() - start)
    assert statistics.median(times) < 0.025
