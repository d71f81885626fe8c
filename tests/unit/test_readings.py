"""Genres in requests: each has the word of its domain and of its catalogue."""

from collections.abc import Callable

import pytest
from palate.bot.understanding import PreferenceExtractor
from palate.retrieval.items import Item
from palate.retrieval.query import Constraints


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
    assert library.extract(message, turn=1).query.constraints.genres_all == genres


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
    assert library.extract(message, turn=1).query.constraints.genres_none == refused


def test_of_words_that_are_another_genre_in_each_domain_one_must_hold_while_it_is_open(
    library: PreferenceExtractor,
) -> None:
    query = library.extract("something historical", turn=1).query
    assert query.wanted == (("genre", "historical fiction"), ("genre", "history"))
    assert query.constraints == Constraints(genres_any=("historical fiction", "history"))


def test_a_catalogue_that_says_it_in_other_words_is_understood(
    extractor_of: Callable[..., PreferenceExtractor],
) -> None:
    found = extractor_of(
        Item(item_id="jaws", domain="film", title="Jaws", genres=("Sci-Fi", "Children's")),
        Item(item_id="ran", domain="film", title="Ran", genres=("Film-Noir",)),
    )
    assert found.extract("science fiction for kids", turn=1).query.constraints.genres_all == ("Sci-Fi", "Children's")
