from __future__ import annotations

import re

import pytest
from palate.adapters.feedback import Feedback
from palate.bot.reply import AdapterReport, Evidence, Recommendation, Reply
from palate.bot.session import Session
from palate.bot.web_cards import Conversation, card_html, cards_html, said, taste_html
from palate.retrieval.errors import DataError
from palate.retrieval.items import Item

HEAT = Item(
    "heat-1995", "film", "Heat", year=1995, genres=("crime", "thriller"), country="United States", language="English",
    people={"director": ("Michael Mann",), "cast": ("Al Pacino", "Robert De Niro")}, runtime_min=170, moods=("tense",),
)  # fmt: skip
EVIL = "<img src=x onerror=alert(1)>\"'&"


def card(item: Item = HEAT, **values: object) -> Recommendation:
    return Recommendation(item, 1.0, {}, **values)  # type: ignore[arg-type]  # the tests give what fits


def text_of(markup: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", markup)).strip()


def test_a_card_tells_what_the_record_holds_and_why() -> None:
    text = text_of(card_html(1, card(explanation="You asked for crime."), None))
    for fact in ("Heat (1995)", "Crime, thriller · 170 min · United States, English", "By Michael Mann",
                 "with Al Pacino, Robert De Niro", "tense", "You asked for crime."):  # fmt: skip
        assert fact in text


def test_a_card_leaves_out_what_is_not_known() -> None:
    text = text_of(card_html(1, card(Item("x", "book", "Dust", pages=320)), None))
    assert "320 pages" in text
    assert not re.search(r"By|with|None|·|\(\)", text)


def test_a_card_without_a_reason_says_that_one_is_on_its_way() -> None:
    assert "Looking for a good reason" in card_html(1, card(), None)
    assert "Looking for" not in card_html(1, card(explanation="Because."), None)


@pytest.mark.parametrize("name", ["title", "country", "language"])
def test_text_of_an_item_cannot_become_markup(name: str) -> None:
    values = {"item_id": "x", "domain": "film", "title": "T", name: EVIL}
    html = card_html(1, card(Item(**values), explanation=EVIL), None)  # type: ignore[arg-type]  # strings all
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;" in html


@pytest.mark.parametrize("values", [
    {"genres": (EVIL,)}, {"moods": (EVIL,)}, {"people": {"director": (EVIL,)}}, {"people": {"cast": (EVIL,)}},
])  # fmt: skip
def test_lists_of_an_item_cannot_become_markup(values: dict[str, tuple[str, ...]]) -> None:
    assert "<img" not in card_html(1, card(Item("x", "film", "T", **values)), None)  # type: ignore[arg-type]


def test_every_control_has_a_name_of_its_own_and_a_label() -> None:
    html = card_html(3, card(), None)
    ids = re.findall(r'<button[^>]*? id="([^"]+)"', html)
    assert ids == [*(f"card-3-star-{n}" for n in range(1, 6)), "card-3-like", "card-3-dislike", "card-3-why"]
    assert len(re.findall(r"<button[^>]*aria-label=", html)) == len(ids)


def test_a_rating_fills_as_many_stars_as_were_given() -> None:
    html = card_html(1, card(), Feedback.from_stars("ada", "heat-1995", 4))
    assert html.count("class=on") == 4
    assert re.search(r'id="card-1-star-4"[^>]*aria-pressed="true"', html)
    assert html.count('aria-pressed="true"') == 1
    assert "You gave it 4 stars." in html


@pytest.mark.parametrize(("kind", "words"), [("like", "You like it."), ("dislike", "Not for you.")])
def test_a_like_or_a_dislike_shows_on_its_button(kind: str, words: str) -> None:
    mark = Feedback("ada", "heat-1995", 1.0 if kind == "like" else -1.0, kind)  # type: ignore[arg-type]
    html = card_html(1, card(), mark)
    assert re.search(rf'id="card-1-{kind}"[^>]*aria-pressed="true"', html)
    assert words in html


def test_no_more_than_five_cards_are_shown_and_none_leaves_a_line() -> None:
    assert cards_html([card()] * 7, {}).count("<article") == 5
    assert 'class="empty"' in cards_html([], {})


def test_the_taste_line_names_version_hash_steps_events_and_distance() -> None:
    report = AdapterReport(3, "0123456789abcdef", 5, 1, 0.7, 0.5, 0.1234)
    assert text_of(taste_html(report)) == "Your taste version 3 · 01234567 · 5 steps · 1 event · moved 12.3 points"
    assert text_of(taste_html(None)) == "Your taste nothing learned yet"


@pytest.mark.parametrize(("click", "reward", "words"), [
    ({"action": "rate", "item_id": "heat-1995", "stars": 2}, -0.5, "★★☆☆☆ Heat (1995)"),
    ({"action": "like", "item_id": "heat-1995"}, 1.0, "Like Heat (1995)"),
    ({"action": "dislike", "item_id": "heat-1995"}, -1.0, "Dislike Heat (1995)"),
])  # fmt: skip
def test_a_click_becomes_feedback_of_the_person_of_the_session(
    click: dict[str, object], reward: float, words: str
) -> None:
    item, feedback = Conversation(Session("ada"), cards=(card(),)).clicked(click)
    assert feedback
    assert (feedback.user_id, feedback.item_id, feedback.reward) == ("ada", "heat-1995", reward)
    assert said(item, feedback) == words


def test_a_click_on_why_is_no_feedback() -> None:
    item, feedback = Conversation(Session("ada"), cards=(card(),)).clicked({"action": "why", "item_id": "heat-1995"})
    assert (item, feedback, said(item, feedback)) == (HEAT, None, "Why Heat (1995)?")


@pytest.mark.parametrize("click", [
    None, "rate", [], {}, {"action": "rate", "item_id": "alien-1979", "stars": 5}, {"item_id": "heat-1995"},
    {"action": "rate", "item_id": "heat-1995", "stars": 6}, {"action": "rate", "item_id": "heat-1995", "stars": [5]},
    {"action": "rate", "item_id": "heat-1995", "stars": True}, {"action": ["like"], "item_id": "heat-1995"},
    {"action": "forget", "item_id": "heat-1995"}, {"action": "like", "item_id": {}},
])  # fmt: skip
def test_a_click_that_the_page_cannot_send_is_refused(click: object) -> None:
    with pytest.raises(DataError):
        Conversation(Session("ada"), cards=(card(),)).clicked(click)


def test_messages_are_escaped_and_the_work_in_progress_comes_last() -> None:
    talk = Conversation(Session("ada"))
    talk.add("user", "<b>hello</b>")
    chat, _, _ = talk.view(doing="…")
    assert [message["content"] for message in chat] == ["&lt;b&gt;hello&lt;/b&gt;", "…"]
    assert len(talk.view()[0]) == 1


def test_a_list_replaces_the_cards_and_another_answer_leaves_them() -> None:
    talk = Conversation(Session("ada"))
    talk.answered(Reply(1, "recommend", "Here:", (card(),)))
    talk.answered(Reply(2, "chat", "Happy to help."))
    assert [shown.item.item_id for shown in talk.cards] == ["heat-1995"]


def test_the_answer_to_why_names_what_it_rests_on() -> None:
    talk = Conversation(Session("ada"))
    evidence = (Evidence("from: Michael Mann", "catalogue: heat-1995"),)
    talk.answered(Reply(1, "why", "Heat (1995): because.", (card(evidence=evidence),)))
    assert talk.chat[-1]["content"].endswith("What this rests on:\n• from: Michael Mann – catalogue: heat-1995")
    assert talk.cards == ()


def test_being_forgotten_empties_the_page() -> None:
    talk = Conversation(
        Session("ada"), cards=(card(),), marks={"heat-1995": Feedback.from_stars("ada", "heat-1995", 5)}
    )
    talk.add("user", "my secret")
    talk.answered(Reply(1, "forget", "Everything about you is deleted."))
    assert (talk.chat, talk.cards, talk.marks) == (
        [{"role": "assistant", "content": "Everything about you is deleted."}], (), {},
    )  # fmt: skip


def test_a_long_talk_drops_its_oldest_messages() -> None:
    talk = Conversation(Session("ada"))
    for n in range(300):
        talk.add("user", str(n))
    assert (len(talk.chat), talk.chat[-1]["content"]) == (200, "299")
