import pytest
from palate.bot.policy import DialoguePolicy
from palate.bot.signals import PreferenceSignal, Understanding
from palate.retrieval.query import RecQuery

LIKES = (PreferenceSignal("genre", "western", 1, 1, lasting=True),)


def chosen(n_events: int = 0, **said: object) -> str:
    return DialoguePolicy().choose(Understanding(**said), n_events=n_events)  # type: ignore[arg-type]


def test_a_request_is_answered_with_a_list_at_once() -> None:
    assert chosen(query=RecQuery(text="western")) == "recommend"
    assert chosen(intent="recommend") == "recommend"


def test_a_stated_taste_is_answered_with_a_list() -> None:
    assert chosen(signals=LIKES, intent="feedback") == "recommend"


def test_why_is_answered_even_where_something_is_asked_for() -> None:
    assert chosen(intent="why", query=RecQuery(text="western"), signals=LIKES) == "why"


def test_an_unknown_title_alone_is_answered() -> None:
    assert chosen(unknown_titles=("Qwerty",)) == "answer"


def test_an_unknown_title_beside_a_request_still_gives_a_list() -> None:
    assert chosen(unknown_titles=("Qwerty",), query=RecQuery(text="western")) == "recommend"
    assert chosen(unknown_titles=("Qwerty",), signals=LIKES) == "recommend"


@pytest.mark.parametrize("intent", ["greet", "other"])
def test_a_stranger_who_says_nothing_of_taste_is_asked(intent: str) -> None:
    assert chosen(intent=intent) == "ask"


@pytest.mark.parametrize("intent", ["greet", "other"])
def test_somebody_known_is_not_asked_again(intent: str) -> None:
    assert chosen(intent=intent, n_events=1) == "chat"


@pytest.mark.parametrize("n_events", [0, 1])
@pytest.mark.parametrize("intent", ["thanks", "feedback"])
def test_thanks_are_answered_without_a_question(intent: str, n_events: int) -> None:
    assert chosen(intent=intent, n_events=n_events) == "chat"
