import io
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from palate.adapters.feedback import Feedback
from palate.bot.recommender import Progress
from palate.bot.reply import AdapterReport, Evidence, Recommendation, Reply
from palate.bot.session import Session
from palate.bot.terminal import TerminalChat
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import EnvironmentProblem
from palate.retrieval.titles import TitleLinker
from rich.console import Console

Talk = Callable[..., str]


class FakeRecommender:
    """Knows titles, keeps what it is taught, answers in fixed words."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.learned: list[Feedback] = []
        self.messages: list[str] = []
        self.adapter: AdapterReport | None = None
        self.resolve = TitleLinker(catalog).resolve

    def stream(self, message: str, _: Session) -> Iterator[Progress]:
        self.messages.append(message)
        if message == "hello":
            yield Progress(reply=Reply(1, "ask", "What do you like?"))
            return
        card = Recommendation(self.catalog["alien-1979"], 0.5, {})
        yield Progress(items=(card,))
        for line in ("Here:\n", "1. [Alien] :smile: \\"):
            yield Progress(items=(card,), text=line)
        yield Progress(items=(card,), reply=Reply(1, "recommend", "Here:", (card,), adapter=self.adapter))

    def respond(self, message: str, _: Session) -> Reply:
        self.messages.append(message)
        return Reply(1, "recommend", "Another list.")

    def learn(self, feedback: Feedback, _: Session) -> Reply:
        if feedback.item_id == "emma-1996":
            raise EnvironmentProblem("the disk [1] is full; free some space")
        self.learned.append(feedback)
        return Reply(1, "rate", "Noted.", adapter=AdapterReport(2, "abcdef0123", 3, 4, 0.7, 0.1, 0.0125))

    def why(self, item_id: str, _: Session) -> Reply:
        card = Recommendation(
            self.catalog[item_id], 0.5, {}, "Scary.", (Evidence("mood: scary", "catalogue: alien-1979"),)
        )
        return Reply(1, "why", "Alien: Scary.", (card,))

    def unknown(self, _: str, title: str, __: Session) -> Reply:
        return Reply(1, "answer", f"No {title}.", error="unknown title")

    def forget(self, _: Session) -> Reply:
        return Reply(1, "forget", "Everything is deleted.")


@pytest.fixture
def fake(small_catalog: Catalog) -> FakeRecommender:
    return FakeRecommender(small_catalog)


@pytest.fixture
def talk(fake: FakeRecommender, monkeypatch: pytest.MonkeyPatch) -> Talk:
    """Type lines, return what is printed after the greeting."""

    def typed(*lines: str, **options: Any) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        console = Console(file=io.StringIO(), highlight=False, soft_wrap=True, **options)
        TerminalChat(fake, Session("ada"), console).run()  # type: ignore[arg-type]  # it has what the chat uses
        return console.file.getvalue().partition("\n")[2]  # type: ignore[attr-defined]  # it is a StringIO

    return typed


@pytest.fixture(autouse=True)
def no_forced_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("line", "reward", "kind", "context"),
    [
        ("/rate 5 Alien", 1.0, "rating", "stars=5"),
        ("/rate 1  alien ", -1.0, "rating", "stars=1"),
        ("/like Alien", 1.0, "like", ""),
        ("/dislike Alien", -1.0, "dislike", ""),
    ],
)
def test_feedback_commands_are_learned(
    talk: Talk, fake: FakeRecommender, line: str, reward: float, kind: str, context: str
) -> None:
    assert talk(line) == "Noted.\ntaste: version 2 (abcdef01), 4 events, moved 0.013\n"
    (event,) = fake.learned
    assert (event.user_id, event.item_id, event.reward, event.kind, event.context) == (
        "ada", "alien-1979", reward, kind, context,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/rate", "'/rate ' is not a rating; write it as: /rate 5 Alien"),
        ("/rate Alien 5", "'/rate Alien 5' is not a rating; write it as: /rate 5 Alien"),
        ("/rate 5", "'/rate 5' is not a rating; write it as: /rate 5 Alien"),
        ("/rate 4.5 Alien", "'/rate 4.5 Alien' is not a rating; write it as: /rate 5 Alien"),
        ("/rate -1 Alien", "'/rate -1 Alien' is not a rating; write it as: /rate 5 Alien"),
        ("/rate ² Alien", "'/rate ² Alien' is not a rating; write it as: /rate 5 Alien"),
        ("/rate [red] Alien", "'/rate [red] Alien' is not a rating; write it as: /rate 5 Alien"),
        ("/rate 0 Alien", "stars must be a whole number from 1 to 5, not 0"),
        ("/rate 6 Alien", "stars must be a whole number from 1 to 5, not 6"),
        ("/rate 55 Alien", "stars must be a whole number from 1 to 5, not 55"),
        (f"/rate {'9' * 5000} Alien", f"stars must be a whole number from 1 to 5, not {'9' * 20}"),
    ],
)
def test_a_bad_rating_is_told_and_the_chat_goes_on(talk: Talk, fake: FakeRecommender, line: str, told: str) -> None:
    assert talk(line, "hello") == f"{told}\nWhat do you like?\n"
    assert fake.learned == []


def test_an_unknown_title_is_told_and_teaches_nothing(talk: Talk, fake: FakeRecommender) -> None:
    assert talk("/rate 5 Qwerty", "/like", "/why Qwerty") == "No Qwerty.\nNo .\nNo Qwerty.\n"
    assert fake.learned == []


def test_a_failure_of_the_machine_is_told_and_the_chat_goes_on(talk: Talk) -> None:
    assert talk("/like Emma", "hello") == "the disk [1] is full; free some space\nWhat do you like?\n"


def test_why_shows_the_evidence(talk: Talk) -> None:
    assert talk("/why Alien") == "Alien: Scary.\n  mood: scary  (catalogue: alien-1979)\n"


def test_more_asks_for_something_else_and_forget_deletes(talk: Talk, fake: FakeRecommender) -> None:
    assert talk("/more", "/forget") == "Another list.\nEverything is deleted.\n"
    assert fake.messages == ["something else"]


@pytest.mark.parametrize("line", ["/help", "/sing", "/"])
def test_help_is_shown_for_what_is_no_command_too(talk: Talk, line: str) -> None:
    text = talk(line)
    for command in ("/rate STARS TITLE", "/like TITLE", "/dislike TITLE", "/why TITLE", "/more", "/forget", "/quit"):
        assert command in text


@pytest.mark.parametrize("line", ["/quit", "/exit"])
def test_quitting_ends_the_chat(talk: Talk, fake: FakeRecommender, line: str) -> None:
    assert talk(line, "hello") == ""
    assert fake.messages == []


def test_the_end_of_the_input_ends_the_chat(talk: Talk) -> None:
    assert talk() == ""


def test_a_message_is_streamed_as_it_is_written(talk: Talk, fake: FakeRecommender) -> None:
    assert talk("  a tense film ") == "Here:\n1. [Alien] :smile: \\\n"
    assert fake.messages == ["a tense film"]


def test_the_start_itself_is_not_announced_as_a_taste(talk: Talk, fake: FakeRecommender) -> None:
    fake.adapter = AdapterReport(0, "abcdef0123", 0, 1, None, None, 0.0)
    assert "taste:" not in talk("a tense film")


def test_there_are_no_colour_codes_where_nobody_looks(talk: Talk) -> None:
    assert "\x1b" not in talk("/rate 9 x", "/rate 5 Alien", "/why Alien", "a tense film", "/help")


def test_there_are_colours_where_somebody_looks(talk: Talk) -> None:
    assert "\x1b[31m" in talk("/rate 9 x", force_terminal=True, color_system="standard")


def test_a_byte_that_is_no_letter_does_not_end_the_chat(fake: FakeRecommender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"caf\xff\nhello\n"), encoding="utf-8"))
    TerminalChat(fake, Session("ada"), Console(quiet=True)).run()  # type: ignore[arg-type]  # it has what the chat uses
    assert fake.messages == ["caf�", "hello"]
