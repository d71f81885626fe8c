from dataclasses import replace

import pytest
from palate.adapters.feedback import Feedback
from palate.bot.signals import PreferenceSignal
from palate.bot.wording import Wording
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import DataError


@pytest.fixture
def wording(small_catalog: Catalog) -> Wording:
    return Wording(small_catalog)


def signal(kind: str, value: str, polarity: int, *, lasting: bool = True) -> PreferenceSignal:
    return PreferenceSignal(kind, value, polarity, 1, lasting=lasting)


@pytest.mark.parametrize(("polarity", "kind"), [(1, "like"), (-1, "dislike")])
def test_a_stated_item_becomes_an_event_of_it(wording: Wording, polarity: int, kind: str) -> None:
    (event,) = wording.events([signal("item", "alien-1979", polarity)], "ada")
    assert (event.user_id, event.item_id, event.reward, event.kind, event.context) == (
        "ada", "alien-1979", 0.8 * polarity, kind, "",
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["genre", "mood", "theme", "person", "country", "language"])
def test_a_lasting_taste_becomes_an_attribute_event(wording: Wording, kind: str) -> None:
    (event,) = wording.events([signal(kind, "western", -1)], "ada")
    assert (event.item_id, event.reward, event.kind, event.context) == ("", -0.8, "attribute", f"{kind}:western")


@pytest.mark.parametrize(
    "told",
    [
        signal("item", "alien-1979", 1, lasting=False),
        signal("item", "alien-1979", 0),
        signal("genre", "western", 1, lasting=False),
        signal("period", "1980-1989", 1),
        signal("length", "<=100", 1),
        signal("domain", "film", 1),
        signal("request", "recommend", 1),
    ],
)
def test_what_holds_for_one_request_or_is_no_taste_teaches_nothing(wording: Wording, told: PreferenceSignal) -> None:
    assert wording.events([told], "ada") == []


@pytest.mark.parametrize(("stars", "text"), [(1, "Alien (1979), 1 star"), (5, "Alien (1979), 5 stars")])
def test_a_rating_is_said_with_its_stars(wording: Wording, stars: int, text: str) -> None:
    assert wording.event(Feedback.from_stars("ada", "alien-1979", stars)) == text


def test_likes_and_dislikes_are_said_as_such(wording: Wording) -> None:
    assert wording.event(Feedback("ada", "alien-1979", 1.0, "like")) == "you liked Alien (1979)"
    assert wording.event(Feedback("ada", "alien-1979", -1.0, "dislike")) == "you did not like Alien (1979)"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (signal("item", "alien-1979", 1), "you liked Alien (1979)"),
        (signal("item", "alien-1979", -1), "you did not like Alien (1979)"),
        (signal("item", "alien-1979", -1, lasting=False), "not Alien (1979)"),
        (signal("genre", "western", 1), "you like western"),
        (signal("person", "Ridley Scott", -1), "you do not like Ridley Scott"),
        (signal("mood", "sad", -1, lasting=False), "nothing sad"),
        (signal("period", "1980-1989", -1, lasting=False), "nothing from 1980 to 1989"),
        (signal("period", "1999-1999", -1, lasting=False), "nothing from 1999"),
        (signal("domain", "film", -1, lasting=False), "no films"),
        (signal("domain", "music", 1, lasting=False), "I have no music, only films"),
    ],
)
def test_what_was_understood_is_acknowledged(wording: Wording, told: PreferenceSignal, words: str) -> None:
    assert wording.noted([told]) == [words]


@pytest.mark.parametrize(
    "told",
    [
        signal("item", "alien-1979", 0, lasting=False),
        signal("genre", "western", 1, lasting=False),
        signal("request", "recommend", -1, lasting=False),
        signal("period", "1980-1989", 1, lasting=False),
        signal("domain", "film", 1, lasting=False),
    ],
)
def test_what_changes_nothing_is_not_acknowledged(wording: Wording, told: PreferenceSignal) -> None:
    assert wording.noted([told]) == []


def test_the_same_acknowledgement_is_given_once(wording: Wording) -> None:
    assert wording.noted([signal("genre", "western", 1)] * 2) == ["you like western"]


def test_an_item_that_does_not_exist_is_an_error(wording: Wording) -> None:
    with pytest.raises(DataError, match="no item has the id 'qwerty'"):
        wording.event(Feedback("ada", "qwerty", 1.0, "like"))


def test_the_offer_names_every_domain_in_the_plural(small_catalog: Catalog) -> None:
    items = [replace(item, item_id=f"{item.item_id}-{domain}", domain=domain)
             for item in small_catalog for domain in ("film", "book", "Board games")]  # fmt: skip
    assert Wording(Catalog(items)).offer == "films, books and board games"
    assert Wording(small_catalog).offer == "films"


def test_a_value_of_the_catalogues_own_columns_is_a_taste_and_a_refusal(small_catalog: Catalog) -> None:
    wording = Wording(Catalog([replace(small_catalog["alien-1979"], extra={"brand": ("Acme",)})]))
    (event,) = wording.events([signal("brand", "Acme", 1)], "ada")
    assert (event.kind, event.context) == ("attribute", "brand:Acme")
    assert wording.noted([signal("brand", "Acme", -1, lasting=False)]) == ["no Acme"]
