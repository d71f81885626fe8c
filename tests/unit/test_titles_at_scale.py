"""Titles on a list of 58,000 films, where nearly every everyday word is a title; and on a few such films."""

import csv
import gzip
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from palate.retrieval.catalog import Catalog
from palate.retrieval.items import Item
from palate.retrieval.naming import split_title
from palate.retrieval.titles import TitleLinker

LARGE = Path(__file__).parents[3] / "shared" / "data" / "ml-latest-titles" / "movies.csv.gz"
EVERYDAY_MESSAGES = [
    "I loved it", "mine is the same", "what's up", "in the future I want more", "it was up to me", "cheer me up",
    "I want something to watch tonight", "something for my wife and me, not too long", "thank you", "me too",
    "can you recommend a good movie for a rainy day", "I like long walks and quiet evenings", "Great, thanks!",
    "tell me more about the second one", "I saw it last night with my family", "no, I've seen it. Anything else?",
    "the ending was great but the music was not", "show me the best of the nineties", "have a nice day",
    "I had a bad day and want to laugh", "just the two of us", "give me a minute", "Yes, please",
    "what do you think of this one", "not in the mood for drama", "who is in it", "I am here to help you",
]  # fmt: skip
TITLES = [
    ("It", 2017), ("Up", 2009), ("Mine", 2016), ("The Future", 2011), ("Today", 1997), ("Last Night", 2010),
    ("Saw", 2004), ("I Am", 2010), ("Me Too", 2012), ("Thank You", 2011), ("Great!", 1986), ("A Movie", 1958),
    ("The Music", 1972), ("What?", 1972), ("Yes", 2004), ("Get Out", 2017), ("Heat", 1995), ("Us", 2019), ("Her", 2013),
    ("The Lion King", 1994), ("Inception", 2010), ("Anything Else", 2003), ("The Last One", 2008),
]  # fmt: skip


def make(title: str, year: int | None, domain: str = "film", **facts: object) -> Item:
    return Item(item_id=f"{title}-{year}-{domain}", domain=domain, title=title, year=year, **facts)  # type: ignore[arg-type]  # facts are those of an item


def read_large() -> Catalog:
    with gzip.open(LARGE, "rt", encoding="utf-8") as file:
        rows = [(row["movieId"], split_title(row["title"])) for row in csv.DictReader(file)]
    return Catalog(
        Item(item_id=number, domain="film", title=parts.title, aliases=parts.aliases, year=parts.year)
        for number, parts in rows
    )


@pytest.fixture(scope="module", params=["small", "large"])
def linker(request: pytest.FixtureRequest) -> TitleLinker:
    if request.param == "small":
        return TitleLinker(Catalog(make(title, year) for title, year in TITLES))
    if not LARGE.exists():
        pytest.skip(f"the large list of titles is not at {LARGE}")
    return TitleLinker(request.getfixturevalue("large_catalog"))


@pytest.fixture(scope="module")
def large_catalog() -> Catalog:
    return read_large()


@pytest.mark.parametrize("message", EVERYDAY_MESSAGES)
def test_everyday_words_that_are_also_titles_are_not_linked_without_a_cue(linker: TitleLinker, message: str) -> None:
    assert [match.surface for match in linker.link(message)] == []


@pytest.mark.parametrize(
    ("message", "surfaces"),
    [
        ("I loved heat, despite the heat outside", ["heat"]),
        ('what about "up"', ["up"]),
        ("it (2017) scared me", ["it (2017)"]),
        ("the last film I saw was Her.", ["Her"]),
        ("I watched Up and Her last weekend", ["Up", "Her"]),
        ("have you seen get out", ["get out"]),
        ("a film called Mine", ["Mine"]),
        ("the lion king was also pretty good", ["the lion king"]),
        ("seen inception?", ["inception"]),
        ("something closer to Inception", ["Inception"]),
    ],
)
def test_with_a_cue_the_same_words_are_titles(linker: TitleLinker, message: str, surfaces: list[str]) -> None:
    assert [match.surface for match in linker.link(message)] == surfaces


def test_an_alias_names_its_item() -> None:
    linker = TitleLinker(Catalog([make("Seven", 1995, aliases=("Se7en", "The Seven Sins"))]))
    assert [linker.resolve(name) is not None for name in ("Se7en", "seven sins", "eight")] == [True, True, False]


def test_of_one_name_the_better_known_comes_first() -> None:
    catalog = Catalog([make("Solaris", 1972), make("Solaris", 2002)])
    for prominence, year in (([9.0, 1.0], 1972), ([1.0, 9.0], 2002)):
        match = TitleLinker(catalog, np.array(prominence)).resolve("solaris")
        assert match is not None
        assert match.item_id == f"Solaris-{year}-film"


@pytest.fixture
def dunes() -> TitleLinker:
    return TitleLinker(Catalog([make("Dune", 2021), make("Dune", 1965, "book")]))


@pytest.mark.parametrize(
    ("name", "domain", "expected"),
    [
        ("dune", "book", "book"),
        ("dune", "film", "film"),
        ("dune (1965)", "film", "book"),
        ("Dune 2021", "book", "film"),
    ],
)
def test_a_preferred_domain_decides_where_no_year_does(
    dunes: TitleLinker, name: str, domain: str, expected: str
) -> None:
    match = dunes.resolve(name, domain=domain)
    assert match is not None
    assert match.item_id.endswith(expected)


@pytest.mark.parametrize(
    ("message", "expected"),
    [("I loved the novel Dune", "book"), ("I loved the film Dune", "film"), ("I loved Dune, the book", "book"),
     ("loved dune the movie", "film")],
)  # fmt: skip
def test_a_word_near_it_tells_the_novel_from_the_film(dunes: TitleLinker, message: str, expected: str) -> None:
    (match,) = dunes.link(message)
    assert match.item_id.endswith(expected)


@pytest.mark.slow
@pytest.mark.skipif(not LARGE.exists(), reason=f"the large list of titles is not at {LARGE}")
def test_on_a_large_list_linking_and_resolving_take_a_few_milliseconds(large_catalog: Catalog) -> None:
    linker = TitleLinker(large_catalog)
    messages = [*EVERYDAY_MESSAGES, "I loved the matirx and hated shutter island", "something like the godfather"]
    names = ["matirx", "the godfahter", "Crouchin Tiger, Hiden Dragon", "shawshenk redemption", "no such thing at all"]
    assert median_ms(linker.link, messages) < 5
    assert median_ms(linker.resolve, names) < 5


def median_ms(run: Callable[[str], object], texts: list[str]) -> float:
    took = []
    for text in texts:
        begun = time.perf_counter()
        run(text)
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)
