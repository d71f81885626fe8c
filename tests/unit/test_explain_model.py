"""The sentence of a chat model is kept where the facts bear it, else the template speaks."""

from dataclasses import replace
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from palate.adapters.feedback import Feedback
from palate.bot.explain import Explainer
from palate.bot.reply import Recommendation
from palate.retrieval.catalog import Catalog
from palate.retrieval.query import RecQuery
from pydantic import Field

TRUE = "You loved Alien, and here is slow-burning science fiction from Andrei Tarkovsky."


class QueueModel(BaseChatModel):
    """A fake chat model: gives its replies in their order, raises those that are errors, keeps what it was asked."""

    replies: list[Any] = Field(default_factory=list)
    asked: list[list[BaseMessage]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "queue"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        self.asked.append(messages)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=reply))])


class EchoModel(QueueModel):
    """A fake chat model that says the facts as they were given."""

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=messages[-1].content))])


def liked(item_id: str, stars: int = 5) -> Feedback:
    return Feedback.from_stars("ada", item_id, stars)


def explained(catalog: Catalog, item_id: str, *events: Feedback, model: BaseChatModel | None = None) -> Recommendation:
    (card,) = Explainer(catalog, model).explain([Recommendation(catalog[item_id], 0.5, {})], events, RecQuery())
    return card


def test_a_supported_sentence_of_the_model_is_kept(small_catalog: Catalog) -> None:
    card = explained(small_catalog, "solaris-1972", liked("alien-1979"), model=QueueModel(replies=[TRUE]))
    assert (card.explanation, card.worded_by) == (TRUE, "model")


@pytest.mark.parametrize(
    "lie",
    [
        TRUE.replace("Andrei Tarkovsky", "Ridley Scott"),
        TRUE.replace("Alien", "Emma"),
        TRUE.replace("slow-burning", "Oscar-winning"),
        TRUE.replace("science fiction", "comedy"),
        TRUE.replace("here is", "1979 made"),
        TRUE.replace("You loved", "You liked"),
        TRUE.replace("here is", "here is another"),  # Alien is not slow-burning
        "",
        "You loved Alien.\n" + TRUE,
    ],
)
def test_a_lying_sentence_gives_way_to_the_template(small_catalog: Catalog, lie: str) -> None:
    card = explained(small_catalog, "solaris-1972", liked("alien-1979"), model=QueueModel(replies=[lie]))
    assert card.worded_by == "template"
    assert card.explanation == explained(small_catalog, "solaris-1972", liked("alien-1979")).explanation != lie


@pytest.mark.parametrize("error", [RuntimeError("out of memory"), ValueError("x"), TimeoutError()])
def test_a_failing_model_gives_way_to_the_template(
    small_catalog: Catalog, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    card = explained(small_catalog, "solaris-1972", liked("alien-1979"), model=QueueModel(replies=[error]))
    assert card.worded_by == "template"
    assert card.explanation
    assert type(error).__name__ in caplog.text
    assert "out of memory" not in caplog.text


def test_content_that_is_no_text_gives_way_to_the_template(small_catalog: Catalog) -> None:
    model = QueueModel(replies=[[{"type": "x"}]])
    assert explained(small_catalog, "solaris-1972", liked("alien-1979"), model=model).worded_by == "template"


def test_without_a_model_the_template_speaks(small_catalog: Catalog) -> None:
    card = explained(small_catalog, "solaris-1972", liked("alien-1979"))
    assert card.worded_by == "template"
    assert card.explanation.startswith("You loved Alien")


def test_a_model_is_not_asked_about_nothing(small_catalog: Catalog) -> None:
    model = QueueModel(replies=[])
    assert Explainer(small_catalog, model).explain([], [], RecQuery()) == ()
    assert model.asked == []


def test_each_card_gets_the_words_of_its_own_facts(small_catalog: Catalog) -> None:
    cards = [Recommendation(item, 0.5, {"prior": 0.5}) for item in small_catalog]
    events = [liked(item.item_id) for item in small_catalog]
    told = Explainer(small_catalog, EchoModel()).explain(cards, events, RecQuery())
    assert [(card.item, card.score, card.parts) for card in told] == [
        (card.item, 0.5, {"prior": 0.5}) for card in cards
    ]
    for card in told:
        assert card.item.people["director"][0] in card.explanation
        assert card.worded_by == "model"


def test_the_model_words_only_what_is_personal_and_without_people_in_common(small_catalog: Catalog) -> None:
    twin = replace(small_catalog["aliens-1986"], item_id="twin", people={"director": ("Ridley Scott",)})
    catalog, model = Catalog([*small_catalog, twin]), QueueModel(replies=[])
    assert explained(catalog, "alien-1979", model=model).worded_by == "template"
    told = explained(catalog, "twin", liked("alien-1979"), model=model).explanation
    assert "again with Ridley Scott" in told
    assert "from Ridley Scott" not in told
    assert model.asked == []


def test_spaces_of_the_model_are_tidied(small_catalog: Catalog) -> None:
    model = QueueModel(replies=[" " + TRUE.replace("here is", "here\n  is") + "\n"])
    assert explained(small_catalog, "solaris-1972", liked("alien-1979"), model=model).explanation == TRUE


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ("a eerie", "an eerie"),
        ("A old", "An old"),
        ("a university", "a university"),
        ("a one", "a one"),
        ("a war", "a war"),
    ],
)
def test_a_before_a_vowel_is_mended(small_catalog: Catalog, written: str, mended: str) -> None:
    item = replace(small_catalog["solaris-1972"], themes=("space", written.split()[1]))
    catalog = Catalog([small_catalog["alien-1979"], item])
    model = QueueModel(replies=[f"You loved Alien: {written} from Andrei Tarkovsky."])
    assert f": {mended} from" in explained(catalog, "solaris-1972", liked("alien-1979"), model=model).explanation


def test_the_model_sees_examples_and_then_the_facts(small_catalog: Catalog) -> None:
    model = QueueModel(replies=[TRUE])
    explained(small_catalog, "solaris-1972", liked("alien-1979"), model=model)
    (prompt,) = model.asked
    assert [message.type for message in prompt] == ["system", *["human", "ai"] * (len(prompt) // 2 - 1), "human"]
    assert "Alien" in prompt[-1].text
    assert "Andrei Tarkovsky" in prompt[-1].text
    assert not any("=>" in message.text for message in prompt)


def test_the_facts_as_the_model_reads_them_are_supported() -> None:
    catalog = Catalog.embedded()
    events = [liked(item.item_id) for item in list(catalog)[::50]]
    told = [explained(catalog, item.item_id, *events, model=EchoModel()) for item in list(catalog)[3::14]]
    asked = [card for card in told if " again with " not in card.explanation]
    kept = sum(card.worded_by == "model" for card in asked)
    assert len(asked) > 50
    assert kept > 0.7 * len(asked)  # the rest repeat a word


@pytest.mark.parametrize(("noun", "worded_by"), [("book", "model"), ("film", "template"), ("movie", "template")])
def test_a_model_that_calls_a_book_a_film_is_not_believed(small_catalog: Catalog, noun: str, worded_by: str) -> None:
    people = {"author": ("Stanisław Lem",)}
    novel = replace(small_catalog["solaris-1972"], item_id="novel", domain="book", people=people, pages=204)
    catalog = Catalog([*small_catalog, novel])
    model = QueueModel(replies=[f"You loved Alien, and here is a science fiction {noun} by Stanisław Lem."])
    assert explained(catalog, "novel", liked("alien-1979"), model=model).worded_by == worded_by
