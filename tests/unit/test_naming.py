import pytest
from palate.retrieval.naming import TitleParts, article_first, split_title


@pytest.mark.parametrize(
    ("raw", "title", "aliases", "year"),
    [
        ("Matrix, The (1999)", "The Matrix", (), 1999),
        ("American President, The (1995)", "The American President", (), 1995),
        ("Angel at My Table, An (1990)", "An Angel at My Table", (), 1990),
        ("Miserables, Les (1995)", "Les Miserables", (), 1995),
        ("Avventura, L' (1960)", "L'Avventura", (), 1960),
        ("Seven (a.k.a. Se7en) (1995)", "Seven", ("Se7en",), 1995),
        ("European Vacation (aka National Lampoon's European Vacation) (1985)", "European Vacation",
         ("National Lampoon's European Vacation",), 1985),
        ("Torments (El) (This Strange Passion) (1953)", "Torments", ("El", "This Strange Passion"), 1953),
        ("Fidanzati, I (Fiances, The) (1963)", "I Fidanzati", ("The Fiances",), 1963),
        ("City of Lost Children, The (Cité des enfants perdus, La) (1995)", "The City of Lost Children",
         ("La Cité des enfants perdus",), 1995),
        ("The Naked Truth (1957) (Your Past Is Showing)", "The Naked Truth", ("Your Past Is Showing",), 1957),
        ("Spy(ies) (Espion(s)) (2009)", "Spy(ies)", ("Espion(s)",), 2009),
        ("Little Voice  (1998)", "Little Voice", (), 1998),
        ("The Hunger Games (The Hunger Games, #1)", "The Hunger Games", (), None),
        ("Fargo (2014-)", "Fargo", (), 2014),
    ],
)  # fmt: skip
def test_a_library_title_is_taken_apart(raw: str, title: str, aliases: tuple[str, ...], year: int | None) -> None:
    assert split_title(raw) == TitleParts(title, aliases, year)


@pytest.mark.parametrize(
    ("raw", "year"),
    [("Babylon 5", None), ("1984", None), ("Blade Runner 2049", None), ("2001: A Space Odyssey (1968)", 1968),
     ("(500) Days of Summer (2009)", 2009), ("(Untitled) (2009)", 2009), ("Ah Boys To Men (Part 1) (2012)", 2012),
     ("Frontière(s) (2007)", 2007), ("Die, Mommie, Die (2003)", 2003), ("Play It Again, Sam (1972)", 1972),
     ("McFarland, USA (2015)", 2015), ("[REC]² (2009)", 2009), ("(1999)", None), ("()", None), ("", None)],
)  # fmt: skip
def test_what_belongs_to_the_title_stays(raw: str, year: int | None) -> None:
    whole = raw.rpartition(" (")[0] if year else raw
    assert split_title(raw) == TitleParts(whole, (), year)


def test_an_article_of_another_language_moves_only_as_library_lists_write_it() -> None:
    assert article_first("Tin Drum, The") == "The Tin Drum"
    assert article_first("Blechtrommel, Die") == "Die Blechtrommel"
    assert article_first("live, love, die") == "live, love, die"
