"""Which domain a message asks for."""

from collections.abc import Callable

import pytest
from palate.bot.domains import plural_of
from palate.bot.understanding import PreferenceExtractor
from palate.retrieval.items import Item
from palate.retrieval.query import RecQuery


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
    assert library.extract(message, turn=1).query.constraints.domain == domain


@pytest.mark.parametrize(
    ("message", "held", "domain"),
    [("something by Le Guin", "film", "book"), ("under 300 pages", "film", "book"),
    ("under 90 minutes", "book", "film"),
     ("something by Le Guin", "book", ""), ("something by Le Guin", "", ""), ("a memoir", "film", "book")],
)  # fmt: skip
def test_what_the_held_domain_lacks_turns_to_the_one_that_has_it(
    library: PreferenceExtractor, message: str, held: str, domain: str
) -> None:
    assert library.extract(message, turn=1, domain=held).query.constraints.domain == domain


def test_thanks_and_greetings_ask_for_no_domain(library: PreferenceExtractor) -> None:
    for message in ("thanks a lot", "hello", "I loved Jaws", "why this one?"):
        for held in ("", "film", "music"):
            assert library.extract(message, turn=1, domain=held).query == RecQuery(), (message, held)


@pytest.mark.parametrize("domain", ["film", "movies", "Movie"])
def test_the_catalogues_own_name_of_a_domain_is_the_one_asked_for(
    extractor_of: Callable[..., PreferenceExtractor], domain: str
) -> None:
    found = extractor_of(
        Item(item_id="jaws", domain=domain, title="Jaws", genres=("horror",)),
        Item(item_id="rioja", domain="wine", title="Rioja"),
    )
    assert found.extract("a film", turn=1).query.constraints.domain == domain
    assert found.extract("something to watch", turn=1).query.constraints.domain == domain
    assert found.extract("a wine, please", turn=1).query.constraints.domain == "wine"
    assert found.extract("any wines?", turn=1).query.constraints.domain == "wine"
    assert found.extract("something to read", turn=1).query.constraints.domain == ""


def test_a_domain_name_in_the_plural_reads_well() -> None:
    assert [plural_of(name) for name in ("film", "Board games", "music", "story", "tv series")] == [
        "films", "board games", "music", "stories", "tv series",
    ]  # fmt: skip
