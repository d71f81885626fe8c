"""The chat in a terminal: reads lines, streams replies, colours only where somebody is looking."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from io import TextIOWrapper

from rich.console import Console

from ..retrieval.errors import DataError, PalateError
from .recommender import ConversationalRecommender
from .reply import Reply
from .script import Rate, ScriptLine, ScriptRunner
from .session import Session

HELP = """Say what you want, or what you loved or hated. Besides:
  /rate STARS TITLE   rate something, 1 to 5 stars
  /like TITLE         /dislike TITLE
  /why TITLE          why this, with the evidence
  /more               another list
  /forget             delete everything about you
  /help               this page
  /quit               leave (so does Ctrl-D)"""


class TerminalChat:
    """One person talks in a terminal.

    Args:
        recommender: The system.
        session: The conversation.
        console: Where replies go.
    """

    def __init__(self, recommender: ConversationalRecommender, session: Session, console: Console) -> None:
        self._recommender = recommender
        self._session = session
        self._console = console
        self._runner = ScriptRunner(recommender, session)

    def run(self) -> None:
        """Read and answer until the end of the input or /quit; a bad line is said to be bad and the chat goes on."""
        if isinstance(sys.stdin, TextIOWrapper):
            # A byte that is no UTF-8 becomes a question mark; the chat goes on.
            sys.stdin.reconfigure(errors="replace")
        self._console.print("[bold]Palate[/bold] recommends and learns from you. /help shows what else there is.")
        while True:
            try:
                line = self._read()
            except EOFError:
                return
            if line in ("/quit", "/exit"):
                return
            try:
                self._answer(line)
            except PalateError as error:
                self._say(str(error), style="red")

    def _read(self) -> str:
        if sys.stdin.isatty():
            with contextlib.suppress(ImportError):
                import readline  # noqa: F401  # importing it gives input() history and editing
            return input("you> ").strip()
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.strip()

    def _answer(self, line: str) -> None:
        if not line.startswith("/"):
            self._stream(line)
            return
        command, _, rest = line.partition(" ")
        commands: dict[str, Callable[[], Reply]] = {
            "/rate": lambda: self._rate(rest),
            "/like": lambda: self._runner.run(ScriptLine(like=rest)),
            "/dislike": lambda: self._runner.run(ScriptLine(dislike=rest)),
            "/why": lambda: self._runner.run(ScriptLine(why=rest)),
            "/more": lambda: self._recommender.respond("something else", self._session),
            "/forget": lambda: self._recommender.forget(self._session),
        }
        if command not in commands:
            self._console.print(HELP)
            return
        reply = commands[command]()
        self._say(reply.text)
        self._tell(reply, evidence=command == "/why")

    def _rate(self, rest: str) -> Reply:
        stars, _, title = rest.strip().partition(" ")
        if not stars.isdecimal() or not title.strip():
            raise DataError(f"'/rate {rest}' is not a rating; write it as: /rate 5 Alien")
        if len(stars) > 1 or not 1 <= int(stars) <= 5:
            raise DataError(f"stars must be a whole number from 1 to 5, not {stars[:20]}")
        return self._runner.run(ScriptLine(rate=Rate(item=title.strip(), stars=int(stars))))

    def _stream(self, message: str) -> None:
        for progress in self._recommender.stream(message, self._session):
            if progress.text:
                self._say(progress.text, end="")
            if progress.reply:
                if not progress.items:
                    self._say(progress.reply.text, end="")
                self._console.print()
                self._tell(progress.reply, evidence=False)

    def _tell(self, reply: Reply, *, evidence: bool) -> None:
        if evidence and reply.items:
            for fact in reply.items[0].evidence:
                self._say(f"  {fact.claim}  ({fact.source})", style="dim")
        if reply.adapter and reply.adapter.version:
            adapter = reply.adapter
            events = f"{adapter.events} event{'' if adapter.events == 1 else 's'}"
            self._say(
                f"taste: version {adapter.version} ({adapter.sha256[:8]}), {events}, moved {adapter.moved:.3f}",
                style="dim",
            )

    def _say(self, text: str, *, style: str | None = None, end: str = "\n") -> None:
        """Print what others wrote as it is: no markup, no :smile: in it takes effect."""
        self._console.print(text, style=style, end=end, markup=False, emoji=False)
