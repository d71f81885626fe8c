from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from palate.adapters.feedback import Feedback
from palate.bot.claims import unsupported
from palate.bot.explain import Explainer
from palate.bot.reply import Recommendation
from palate.retrieval.catalog import Catalog
from palate.retrieval.items import Item
from palate.retrieval.query import Constraints, RecQuery


def liked(item_id: str, stars: int = 5) -> Feedback:
    return Feedback.from_stars("ada", item_id, stars)


def explained(catalog: Catalog, item_id: str, *events: Feedback, query: RecQuery | None = None) -> Recommendation:
    (card,) = Explainer(catalog, None).explain([Recommendation(catalog[item_id], 0.5, {})], events, query or RecQuery())
    return card


def claims(card: Recommendation) -> list[str]:
    return [evidence.claim for evidence in card.evidence]


def test_evidence_names_the_event_and_the_records_it_stands_on(small_catalog: Catalog) -> None:
    event = Feedback("ada", "alien-1979", 0.8, "like")
    card = explained(small_catalog, "solaris-1972", event, query=RecQuery(wanted=(("theme", "grief"),)))
    told = {evidence.claim: evidence.source for evidence in card.evidence}
    assert told["you liked Alien"] == "your like: alien-1979"
    assert told["you asked for films about grief"] == "your request; catalogue: solaris-1972"
    assert told["from: Andrei Tarkovsky"] == "catalogue: solaris-1972"
    assert {source.split(":")[0] for source in told.values()} <= {"your like", "your request; catalogue", "catalogue"}


def test_a_rating_is_evidence_with_its_stars(small_catalog: Catalog) -> None:
    card = explained(small_catalog, "solaris-1972", liked("alien-1979", 4))
    assert ("you liked Alien", "your rating: alien-1979 stars=4") in [(e.claim, e.source) for e in card.evidence]


def test_what_is_said_to_be_shared_is_in_both_records(small_catalog: Catalog) -> None:
    card = explained(small_catalog, "aliens-1986", liked("alien-1979"))
    (shared,) = [claim for claim in claims(card) if claim.startswith("shared with Alien")]
    assert set(shared.partition(": ")[2].split(", ")) == {"space", "science fiction"}


def test_the_anchor_is_the_liked_item_that_shares_most(small_catalog: Catalog) -> None:
    events = [liked("amelie-2001"), liked("roman-holiday-1953"), liked("alien-1979")]
    assert "you loved Roman Holiday" in claims(explained(small_catalog, "emma-1996", *events))


def test_of_two_that_share_as_much_the_better_liked_is_the_anchor(small_catalog: Catalog) -> None:
    for loved, other in (("alien-1979", "aliens-1986"), ("aliens-1986", "alien-1979")):
        card = explained(small_catalog, "solaris-1972", liked(loved), liked(other, 4))
        assert f"you loved {small_catalog[loved].title}" in claims(card)


@pytest.mark.parametrize("stars", [1, 2, 3])
def test_what_was_not_liked_is_never_the_anchor(small_catalog: Catalog, stars: int) -> None:
    card = explained(small_catalog, "aliens-1986", liked("alien-1979", stars))
    assert not any("Alien" in claim for claim in claims(card))
    assert "Alien" not in card.explanation


def test_what_shares_nothing_is_never_the_anchor(small_catalog: Catalog) -> None:
    assert not any("Alien" in claim for claim in claims(explained(small_catalog, "emma-1996", liked("alien-1979"))))


def test_an_item_is_not_its_own_anchor(small_catalog: Catalog) -> None:
    assert not any("you loved" in claim for claim in claims(explained(small_catalog, "emma-1996", liked("emma-1996"))))


def test_events_of_attributes_and_of_lost_items_are_no_anchors(small_catalog: Catalog) -> None:
    events = [Feedback("ada", "", 1.0, "attribute", "genre:comedy"), liked("gone-1900")]
    assert explained(small_catalog, "emma-1996", *events) == explained(small_catalog, "emma-1996")


def test_only_what_was_asked_for_and_the_item_has_is_said_to_be_asked_for(small_catalog: Catalog) -> None:
    query = RecQuery(
        constraints=Constraints(
            genres_all=("comedy",), people_any=("Jean-Pierre Jeunet", "Ridley Scott"), languages_any=("French",)
        ),
        wanted=(("mood", "scary"),),
    )
    (asked,) = [claim for claim in claims(explained(small_catalog, "amelie-2001", query=query)) if "asked" in claim]
    assert asked == "you asked for comedy films, films with Jean-Pierre Jeunet, films in French"


def test_too_is_said_only_where_the_anchor_is_of_the_same_kind(small_catalog: Catalog) -> None:
    alike = explained(small_catalog, "roman-holiday-1953", liked("emma-1996")).explanation
    other = explained(small_catalog, "solaris-1972", liked("alien-1979")).explanation
    assert " too " in alike
    assert " too " not in other


def test_every_template_explanation_of_the_small_catalogue_is_supported(small_catalog: Catalog) -> None:
    for item in small_catalog:
        for events in ([], [liked(other.item_id, 4) for other in small_catalog]):
            _check(explained(small_catalog, item.item_id, *events))


def test_every_template_explanation_of_the_embedded_catalogue_is_supported() -> None:
    catalog = Catalog.embedded()
    for item, other in _pairs(catalog):
        query = RecQuery(wanted=(("theme", item.themes[-1]), ("person", item.names[-1])))
        for events in ([], [liked(other.item_id)]):
            for request in (RecQuery(), query):
                _check(explained(catalog, item.item_id, *events, query=request))


def _check(card: Recommendation) -> None:
    """Every word is in the evidence; who is said to be there again is said to be shared."""
    assert card.worded_by == "template"
    before, again, names = card.explanation.partition(f", again {'with' if card.item.domain == 'film' else 'from'} ")
    names, _, after = names.partition(".") if again else ("", "", "")
    assert unsupported(before + after, claims(card)) == [], card
    assert unsupported(names, [claim for claim in claims(card) if claim.startswith("shared with ")]) == [], card


def _pairs(catalog: Catalog) -> Iterator[tuple[Item, Item]]:
    """Pair 200 items with a liked one: neighbours in the file, in a series, and of one director."""
    items = list(catalog)
    yield from list(pairwise(items[:: len(items) // 100]))[:100]
    for group in ("series", "person"):
        first: dict[str, Item] = {}
        found = 0
        for item in items:
            for value in item.attributes[group]:
                other = first.setdefault(value, item)
                if other is not item and found < 50:
                    found += 1
                    yield item, other


def test_two_films_are_not_alike_because_both_come_from_a_novel(small_catalog: Catalog) -> None:
    lonely = replace(small_catalog["emma-1996"], item_id="lonely", genres=("war",), moods=("bleak",))
    lonely = replace(lonely, people={}, themes=("based on a novel", "sequel"))
    other = replace(lonely, item_id="other", genres=("sport",), moods=("funny",))
    told = Explainer(Catalog([lonely, other]), None).facts(lonely, [liked("other")], RecQuery())
    assert told.anchor == ""


def novel(small_catalog: Catalog, **changes: Any) -> Item:
    fields = {"item_id": "novel", "domain": "book", "people": {"author": ("Stanisław Lem",)}, "pages": 204} | changes
    return replace(small_catalog["solaris-1972"], **fields)


def test_a_book_is_called_a_book_by_its_author(small_catalog: Catalog) -> None:
    catalog = Catalog([*small_catalog, novel(small_catalog, genres=("fiction", "classic", "science fiction"))])
    query = RecQuery(constraints=Constraints(people_any=("Stanisław Lem",)))
    card = explained(catalog, "novel", liked("alien-1979"), query=query)
    assert card.explanation == "You loved Alien; this is a slow-burning science fiction book. In it: space, grief."
    assert claims(card)[0] == "you asked for books by Stanisław Lem"
    assert explained(catalog, "novel").explanation.startswith("A slow-burning science fiction book by Stanisław Lem.")


@pytest.mark.parametrize(
    ("genre", "kind"),
    [("memoir", "a slow-burning memoir"), ("children", "a slow-burning children's book"),
     ("short stories", "a slow-burning collection of short stories"), ("crime", "a slow-burning crime book")],
)  # fmt: skip
def test_a_book_is_called_by_its_genre_where_that_is_a_name(small_catalog: Catalog, genre: str, kind: str) -> None:
    told = Explainer(small_catalog, None).facts(novel(small_catalog, genres=("fiction", genre)), [], RecQuery())
    assert told.kind == kind


def test_a_film_is_never_said_to_be_a_book_too(small_catalog: Catalog) -> None:
    catalog = Catalog([*small_catalog, novel(small_catalog)])
    assert " too" not in explained(catalog, "novel", liked("solaris-1972")).explanation


def test_an_item_of_any_other_domain_is_called_what_the_catalogue_calls_it(small_catalog: Catalog) -> None:
    game = replace(
        small_catalog["emma-1996"], item_id="game", domain="Board games", people={}, extra={"brand": ("Acme",)}
    )
    query = RecQuery(constraints=Constraints(attributes_all=(("brand", "Acme"),)))
    card = explained(Catalog([game]), "game", query=query)
    assert (
        card.explanation == "You asked for Acme board games: this is a charming comedy board game. In it: matchmaking."
    )
