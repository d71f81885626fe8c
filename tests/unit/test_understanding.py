import time

import pytest
from palate.bot.signals import Understanding
from palate.bot.understanding import PreferenceExtractor
from palate.retrieval.catalog import Catalog
from palate.retrieval.items import Item
from palate.retrieval.query import RecQuery
from palate.retrieval.titles import TitleLinker


def film(title: str, year: int, genres: str, **facts: object) -> Item:
    item_id = f"{title.lower().replace(' ', '-')}-{year}"
    return Item(item_id=item_id, domain="film", title=title, year=year, genres=tuple(genres.split("|")), **facts)  # type: ignore[arg-type]  # facts are those of an item


def extractor_of(*items: Item) -> PreferenceExtractor:
    catalog = Catalog(items)
    return PreferenceExtractor(catalog, TitleLinker(catalog))


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
