"""The web page: a chat with cards to rate. It learns nothing itself; every click becomes a call of the recommender."""

from __future__ import annotations

import errno
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.resources import files
from typing import Any

from ..retrieval.errors import EnvironmentProblem, OptionalDependencyError, PalateError
from .recommender import MAX_MESSAGE, ConversationalRecommender
from .reply import AdapterReport, Reply
from .session import Session
from .web_cards import CARDS_SCRIPT, Conversation, View, cards_html, said, taste_html

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # gradio reads it while it is imported

try:
    import gradio as gr
    import uvicorn
    from fastapi import FastAPI
except ImportError as missing:
    raise OptionalDependencyError(missing.name or "gradio", "web") from missing

logger = logging.getLogger(__name__)

EXAMPLES = ("I want a tense crime film", "Something funny from the 80s", "I loved Alien")
SORRY = "Something went wrong on my side; your ratings are kept."

_HEADER = """<h1>Palate</h1><p>Finds what to watch or read next, and learns your taste from every star you give.</p>"""
_WELCOME = "### What are you in the mood for?\nName a genre, a decade, somebody’s name, or something you loved."
_HEAD = """<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 2 2'%3E
%3Ccircle cx='1' cy='1' r='.9' fill='%238a3b4a'/%3E%3C/svg%3E">"""


def create_app(recommender: ConversationalRecommender, *, user_id: str) -> FastAPI:
    """Return the application: ``/healthz``, and the page at ``/``.

    Args:
        recommender: The system.
        user_id: Whose taste the page serves: everybody who can open the page is this person.
    """
    app = FastAPI(title="Palate", docs_url=None, redoc_url=None, openapi_url=None)
    model, catalog, start = recommender.parts.backbone, recommender.parts.catalog, recommender.parts.start
    health = {"model": model.name, "items": len(catalog), "theta0": start.sha256}
    app.get("/healthz")(lambda: {"status": "ok", **health})
    style = files(__package__).joinpath("web_assets", "style.css").read_text("utf-8")
    page = _build_page(PageHandlers(recommender), user_id)
    theme = gr.themes.Base(font=[gr.themes.Font("sans-serif")], font_mono=[gr.themes.Font("monospace")])
    page.queue(max_size=32, default_concurrency_limit=4, api_open=False)
    mounted: FastAPI = gr.mount_gradio_app(
        app, page, path="/", footer_links=[], run_history=False, show_error=False, max_file_size=1, ssr_mode=False,
        pwa=False, enable_monitoring=False, mcp_server=False, theme=theme, css=style, head=_HEAD,
    )  # fmt: skip
    return mounted


def serve(recommender: ConversationalRecommender, *, host: str, port: int, user_id: str) -> None:
    """Serve the page until the process is told to stop.

    Raises:
        EnvironmentProblem: The address cannot be had.
    """
    with bind(host, port) as listener:
        app = create_app(recommender, user_id=user_id)
        quiet: dict[str, Any] = {"log_config": None, "log_level": "warning", "access_log": False}
        server = uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=1, **quiet))
        # Every open page holds a stream open; that it is cut off at the end is no error to tell.
        logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)
        logger.info("serving on http://%s:%d", host, listener.getsockname()[1])
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def bind(host: str, port: int) -> socket.socket:
    """Take an address, so that a port in use shows before anything slow begins.

    Raises:
        EnvironmentProblem: Somebody else has it, or this machine or account cannot have it.
    """
    if not 0 <= port <= 65_535:
        raise EnvironmentProblem(f"port {port} does not exist; choose one up to 65535 with --port")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise EnvironmentProblem(f"host {host!r} is not known; choose another with --host") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise EnvironmentProblem(f"port {port} is in use; choose another with --port") from error
        raise EnvironmentProblem(f"cannot serve on {host}:{port}: {error.strerror}; choose another --host") from error
    return listener


class PageHandlers:
    """What happens when somebody types or clicks; one call of the recommender at a time, over all open pages.

    Args:
        recommender: The system.
    """

    def __init__(self, recommender: ConversationalRecommender) -> None:
        self._recommender = recommender
        self._lock = threading.Lock()

    def open(self, talk: Conversation) -> Iterator[View]:
        """Show what is known of the person."""
        yield from self._guarded(talk, self._open(talk))

    def say(self, message: str | None, talk: Conversation) -> Iterator[tuple[Any, ...]]:
        """Answer a message as it is worked out; the text box is emptied at once and then left alone."""
        text = (message or "")[:MAX_MESSAGE]
        talk.add("user", text if text.strip() else "…")
        yield "", *talk.view(doing="Looking through the catalogue …")
        for view in self._guarded(talk, self._answer(text, talk)):
            yield gr.skip(), *view

    def act(self, talk: Conversation, event: gr.EventData) -> Iterator[View]:
        """Rate, like, dislike or explain a card."""
        yield from self._guarded(talk, self._act(talk, event._data))

    def again(self, talk: Conversation) -> Iterator[View]:
        """Answer the request that holds once more."""
        talk.add("user", "Show me again")
        yield talk.view(doing="…")
        yield from self._guarded(talk, self._turn(talk, lambda: self._recommender.recommend(talk.session)))

    def forget(self, talk: Conversation) -> Iterator[View]:
        """Delete everything about the person, from the page too."""
        yield from self._guarded(talk, self._turn(talk, lambda: self._recommender.forget(talk.session)))

    def _guarded(self, talk: Conversation, work: Iterator[View]) -> Iterator[View]:
        """Do the work; say in the chat what went wrong, and leave the trace to the log."""
        try:
            yield from work
        except PalateError as error:
            talk.add("assistant", str(error))
            yield talk.view()
        except Exception:
            logger.exception("a message or a click on the page failed")
            talk.add("assistant", SORRY)
            yield talk.view()

    def _open(self, talk: Conversation) -> Iterator[View]:
        with self._lock:
            taste = self._recommender.taste(talk.session)
        talk.adapter = AdapterReport.of(taste, self._recommender.parts.start.sha256)
        yield talk.view()

    def _answer(self, text: str, talk: Conversation) -> Iterator[View]:
        pieces, answer, doing = self._recommender.stream(text, talk.session), None, ""
        while True:
            # Locked piece by piece: a page that is closed in the middle must not keep the lock.
            with self._lock:
                piece = next(pieces, None)
            if piece is None:
                return
            if piece.items:
                talk.cards, doing = piece.items, "Putting the reasons into words …"
            if piece.text:
                answer = answer or talk.add("assistant", "")
                answer["content"] += piece.text
            if piece.reply:
                talk.answered(piece.reply, answer)
            yield talk.view(doing="" if answer or piece.reply else doing)

    def _act(self, talk: Conversation, click: object) -> Iterator[View]:
        item, feedback = talk.clicked(click)
        talk.add("user", said(item, feedback))
        if feedback is None:
            yield talk.view(doing="…")
            yield from self._turn(talk, lambda: self._recommender.why(item.item_id, talk.session))
            return
        # Nothing is shown before it is stored: a page that is closed at once must not lose a rating.
        yield from self._turn(talk, lambda: self._recommender.learn(feedback, talk.session))
        talk.marks[item.item_id] = feedback
        yield talk.view()

    def _turn(self, talk: Conversation, call: Callable[[], Reply]) -> Iterator[View]:
        with self._lock:
            reply = call()
        talk.answered(reply)
        yield talk.view()


def _build_page(handlers: PageHandlers, user_id: str) -> Any:
    """Lay the page out and connect it; the names of parts (``elem_id``) are what tests and styles hold on to."""
    with gr.Blocks(title="Palate", analytics_enabled=False, fill_width=True) as page:
        talk = gr.State(Conversation(Session(user_id)))
        gr.HTML(_HEADER, elem_id="header", apply_default_css=False)
        with gr.Row(elem_id="columns"):
            with gr.Column(elem_id="talk"):
                chat, message, send, examples = _talk_column()
                with gr.Row(elem_id="foot"):
                    taste = gr.HTML(taste_html(None), elem_id="taste", apply_default_css=False)
                    sure = _forget_buttons()
            with gr.Column(elem_id="list"):
                with gr.Row(elem_id="list-head"):
                    gr.HTML("<h2>For you</h2>", apply_default_css=False)
                    again = gr.Button("Show me again", elem_id="again", size="sm")
                cards = gr.HTML(cards_html((), {}), elem_id="cards", apply_default_css=False, js_on_load=CARDS_SCRIPT)
        shown = [chat, cards, taste]
        quiet = {"api_visibility": "private", "show_progress": "hidden"}
        page.load(handlers.open, talk, shown, **quiet)
        gr.on([send.click, message.submit], handlers.say, [message, talk], [message, *shown], **quiet)
        for example in examples:
            example.click(handlers.say, [example, talk], [message, *shown], **quiet)
        again.click(handlers.again, talk, shown, **quiet)
        cards.click(handlers.act, talk, shown, trigger_mode="multiple", **quiet)
        sure.click(handlers.forget, talk, shown, **quiet)
    return page


def _talk_column() -> tuple[Any, Any, Any, list[Any]]:
    """Lay out the chat; return the chat, the text box, the send button and the examples."""
    chat = gr.Chatbot(
        elem_id="chat", show_label=False, container=False, layout="bubble", render_markdown=False, buttons=[],
        feedback_options=None, placeholder=_WELCOME, allow_file_downloads=False, allow_tags=False,
        group_consecutive_messages=False,
    )  # fmt: skip
    with gr.Row(elem_id="examples"):
        examples = [gr.Button(text, elem_id=f"example-{n}", size="sm") for n, text in enumerate(EXAMPLES, start=1)]
    with gr.Row(elem_id="ask"):
        message = gr.Textbox(
            elem_id="message", label="Your message", show_label=False, container=False, lines=1, max_lines=5,
            max_length=MAX_MESSAGE, placeholder="Say what you like or want …", autofocus=True, scale=1,
        )  # fmt: skip
        send = gr.Button("Send", elem_id="send", variant="primary", scale=0)
    return chat, message, send, examples


def _forget_buttons() -> Any:
    """Lay out "Forget me" and its second step; return the button that means it."""
    first = gr.Button("Forget me", elem_id="forget", size="sm")
    sure = gr.Button("Yes, delete everything", elem_id="forget-yes", size="sm", variant="stop", visible=False)
    keep = gr.Button("Keep it", elem_id="forget-no", size="sm", visible=False)
    quiet = {"outputs": [first, sure, keep], "api_visibility": "private", "show_progress": "hidden", "queue": False}
    first.click(lambda: [gr.update(visible=shown) for shown in (False, True, True)], **quiet)
    gr.on([sure.click, keep.click], lambda: [gr.update(visible=shown) for shown in (True, False, False)], **quiet)
    return sure
