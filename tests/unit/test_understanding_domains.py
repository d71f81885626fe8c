"""Requests to a catalogue of films and books, understood whole."""

import pytest
from palate.bot.understanding import PreferenceExtractor
from palate.retrieval.query import Constraints, RecQuery


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
    assert library.extract(message, turn=1).query.constraints == expected


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
