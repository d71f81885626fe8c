from __future__ import annotations

import asyncio
import importlib
import json
import shutil
import threading
import time
import urllib.request
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from palate.bot.recommender import ConversationalRecommender, Progress
from palate.bot.session import Session
from palate.bot.web_cards import Conversation
from palate.retrieval.errors import EnvironmentProblem

for _package in ("gradio", "fastapi", "uvicorn"):
    pytest.importorskip(_package, reason="the extra 'web' is not installed")
uvicorn: Any = importlib.import_module("uvicorn")
web: Any = importlib.import_module("palate.bot.web")

# Gradio's queue uses what pandas is about to drop.
pytestmark = [
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]

SECONDS = 60
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
EVIL = "<img src=x onerror=\"document.title='hacked'\"> <b>bold</b> **stars** [link](javascript:alert(1))"


@pytest.fixture(scope="module")
def address(recommender: ConversationalRecommender) -> Iterator[str]:
    listener = web.bind("127.0.0.1", 0)
    server: Any = None

    async def serve() -> None:
        # Made inside its running loop: outside one, gradio opens event loops and never closes them.
        nonlocal server
        app = web.create_app(recommender, user_id="web-ada")
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1))
        await server.serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + SECONDS
    while not (server and server.started) and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=SECONDS)
    listener.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"no Chromium is installed (looked for {', '.join(BROWSERS)})")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS), timeout=1000 * SECONDS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, address: str, recommender: ConversationalRecommender) -> Iterator[Any]:
    """Open the page for a person of whom nothing is known."""
    recommender.forget(Session("web-ada"))
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(1000 * SECONDS)
    page.foreign = []
    page.on("request", lambda request: page.foreign.append(request.url) if is_foreign(request.url, address) else None)
    page.goto(address)
    page.wait_for_selector("#message textarea")
    yield page
    page.close()


def is_foreign(url: str, address: str) -> bool:
    return not url.startswith((address, "data:", "blob:"))


def ask(page: Any, message: str) -> None:
    page.fill("#message textarea", message)
    page.press("#message textarea", "Enter")


def ask_for_crime(page: Any) -> None:
    ask(page, "I want a tense crime film")
    page.wait_for_selector("#card-5 .reason:not(.waiting)")


def wait_for_text(page: Any, selector: str, text: str) -> None:
    page.locator(selector, has_text=text).first.wait_for()


def test_healthz_names_model_catalogue_and_start(address: str, recommender: ConversationalRecommender) -> None:
    with urllib.request.urlopen(f"{address}/healthz", timeout=SECONDS) as answer:  # noqa: S310  # our own address
        assert answer.status == 200
        told = json.load(answer)
    parts = recommender.parts
    assert told == {
        "status": "ok", "model": parts.backbone.name, "items": len(parts.catalog), "theta0": parts.start.sha256,
    }  # fmt: skip


@pytest.mark.browser
def test_a_request_shows_five_cards_with_titles_and_reasons(page: Any) -> None:
    ask_for_crime(page)
    assert page.title() == "Palate"
    assert page.locator("#cards article").count() == 5
    for place in range(1, 6):
        assert "(" in page.inner_text(f"#card-{place}-title")
        assert page.inner_text(f"#card-{place} .reason").endswith(".")
    wait_for_text(page, "#chat", "5. ")
    assert page.input_value("#message textarea") == ""


@pytest.mark.browser
def test_a_rating_is_acknowledged_and_moves_the_taste(page: Any) -> None:
    ask_for_crime(page)
    assert "nothing learned yet" in page.inner_text("#taste")
    page.click("#card-1-star-5")
    page.wait_for_selector('#card-1-star-5[aria-pressed="true"]')
    wait_for_text(page, "#chat", "5 stars. Your weights now stand")
    wait_for_text(page, "#taste", "version 1 · ")
    assert "1 event · " in page.inner_text("#taste")
    assert page.inner_text("#card-1-mark") == "You gave it 5 stars."


@pytest.mark.browser
def test_show_me_again_leaves_out_what_was_rated(page: Any) -> None:
    ask_for_crime(page)
    rated = page.get_attribute("#card-1", "data-item")
    page.click("#card-1-dislike")
    page.wait_for_selector('#card-1-dislike[aria-pressed="true"]')
    page.click("#again")
    page.wait_for_selector(f'#card-1:not([data-item="{rated}"]) .reason:not(.waiting)')
    assert page.locator(f'[data-item="{rated}"]').count() == 0


@pytest.mark.browser
def test_why_this_answers_with_its_evidence(page: Any) -> None:
    ask_for_crime(page)
    page.click("#card-2-why")
    wait_for_text(page, "#chat", "What this rests on:")
    wait_for_text(page, "#chat", f"catalogue: {page.get_attribute('#card-2', 'data-item')}")


@pytest.mark.browser
def test_stars_can_be_given_with_the_keyboard(page: Any) -> None:
    ask_for_crime(page)
    page.focus("#card-1-star-1")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector('#card-1-star-2[aria-pressed="true"]')
    assert page.evaluate("document.activeElement.id") == "card-1-star-2"


@pytest.mark.browser
def test_markup_in_a_message_is_shown_and_does_nothing(page: Any) -> None:
    ask(page, EVIL)
    wait_for_text(page, "#chat .user", EVIL)
    page.wait_for_selector("#chat .bot")
    assert page.locator("#chat img, #chat .user b, #chat .user a").count() == 0
    assert page.title() == "Palate"


@pytest.mark.browser
def test_being_forgotten_takes_a_second_click(page: Any) -> None:
    ask_for_crime(page)
    page.click("#card-1-like")
    wait_for_text(page, "#taste", "version 1 · ")
    page.click("#forget")
    page.click("#forget-no")
    page.wait_for_selector("#forget")
    assert "version 1 · " in page.inner_text("#taste")
    page.click("#forget")
    page.click("#forget-yes")
    wait_for_text(page, "#taste", "nothing learned yet")
    wait_for_text(page, "#chat", "Everything about you is deleted (1 event).")
    assert page.locator("#cards article").count() == 0


@pytest.mark.browser
def test_nothing_is_loaded_from_elsewhere_and_a_narrow_screen_does_not_scroll_sideways(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.click("#example-1")
    page.wait_for_selector("#card-5 .reason:not(.waiting)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.foreign == []


def test_a_port_in_use_is_named_with_its_remedy() -> None:
    with web.bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EnvironmentProblem) as caught:
            web.bind("127.0.0.1", port)
    assert str(caught.value) == f"port {port} is in use; choose another with --port"


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("no such host", 0), ("203.0.113.7", 0)])
def test_an_address_that_cannot_be_had_is_an_environment_problem(host: str, port: int) -> None:
    with pytest.raises(EnvironmentProblem, match="choose"):
        web.bind(host, port)


class Failing:
    """A recommender whose every answer fails, or stops in the middle."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.parts = SimpleNamespace(start=SimpleNamespace(sha256="0" * 64))

    def stream(self, message: str, session: Session) -> Iterator[Progress]:
        if self.error:
            raise self.error
        yield Progress(text="one\n")
        yield Progress(text="two\n")

    def taste(self, session: Session) -> SimpleNamespace:
        return SimpleNamespace(n_events=0)


@pytest.mark.parametrize(("error", "told"), [
    (RuntimeError("secret of the machine"), web.SORRY),
    (EnvironmentProblem("the disk is full; free some space"), "the disk is full; free some space"),
])  # fmt: skip
def test_what_fails_is_told_in_one_line_and_never_as_a_trace(error: Exception, told: str) -> None:
    talk = Conversation(Session("ada"))
    *_, last = web.PageHandlers(Failing(error)).say("hello", talk)
    assert [message["content"] for message in last[1]] == ["hello", told]


def test_a_page_closed_in_the_middle_of_an_answer_does_not_stop_the_others() -> None:
    handlers = web.PageHandlers(Failing())
    left = handlers.say("hello", Conversation(Session("ada")))
    assert next(left)[0] == ""
    assert next(left)[1][-1]["content"] == "one\n"
    other = threading.Thread(target=lambda: list(handlers.open(Conversation(Session("ada")))), daemon=True)
    other.start()
    other.join(timeout=10)
    assert not other.is_alive()
