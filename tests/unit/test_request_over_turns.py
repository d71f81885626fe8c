"""A request that goes on over several messages."""

import pytest
from palate.bot.session import Session
from palate.bot.understanding import PreferenceExtractor
from palate.retrieval.query import Constraints, RecQuery


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


def test_a_domain_that_the_catalogue_lacks_does_not_last(library: PreferenceExtractor) -> None:
    assert conversation(library, "recommend me a song").constraints.domain == "music"
    assert conversation(library, "recommend me a song", "then something sad").constraints.domain != "music"


def test_a_book_on_the_same_keeps_what_it_was_about(library: PreferenceExtractor) -> None:
    query = conversation(library, "a film about politics", "and a book on the same?")
    assert (query.constraints, query.wanted) == (Constraints(domain="book"), (("theme", "politics"),))


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
