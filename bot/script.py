"""The script form of a chat: one JSON object a line in, one JSON object a line out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..adapters.feedback import Feedback
from ..retrieval.errors import DataError
from .recommender import ConversationalRecommender
from .reply import Action, Reply
from .session import Session

MAX_ITEMS = 100
_ACTIONS = ("say", "rate", "like", "dislike", "why", "recommend", "rank", "forget")


def _checked_text(value: str) -> str:
    """Refuse half a character (a surrogate alone), which JSON can name and no file or terminal can take."""
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("this is not Unicode text; write whole characters")
    return value


Text = Annotated[str, AfterValidator(_checked_text)]


class Rate(BaseModel):
    """A rating: a title or id, and stars."""

    model_config = ConfigDict(extra="forbid", strict=True)

    item: Text
    stars: Annotated[int, Field(ge=1, le=5)]


class Recommend(BaseModel):
    """How many items are wanted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    n: Annotated[int, Field(ge=1, le=MAX_ITEMS)] = 5


class ScriptLine(BaseModel):
    """One line: exactly one of its fields is given."""

    model_config = ConfigDict(extra="forbid", strict=True)

    say: Text | None = None
    rate: Rate | None = None
    like: Text | None = None
    dislike: Text | None = None
    why: Text | None = None
    recommend: Recommend | None = None
    rank: Annotated[list[Text], Field(min_length=1, max_length=MAX_ITEMS)] | None = None
    forget: bool | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> ScriptLine:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"give exactly one of {', '.join(_ACTIONS)}")
        (action,) = self.model_fields_set
        if getattr(self, action) is None:
            raise ValueError(f"{action} takes a value, not null")
        if self.forget is False:
            raise ValueError("forget takes true")
        return self


def read_script(path: Path) -> Iterator[tuple[int, ScriptLine]]:
    """Yield the lines of a script with their numbers; empty lines are passed over.

    Raises:
        DataError: The file or a line cannot be used; names the line, the value and the remedy.
    """
    try:
        with path.open(encoding="utf-8") as file:
            yield from parse_lines(file, path.name)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise DataError(f"script {path} cannot be read: {error.strerror}; give a JSON Lines file") from error
    except UnicodeDecodeError as error:
        raise DataError(f"script {path} is not UTF-8 text; save it as UTF-8") from error


def parse_lines(lines: Iterable[str], name: str) -> Iterator[tuple[int, ScriptLine]]:
    """Yield the parsed lines of a script.

    Examples:
        >>> [line.say for _, line in parse_lines(['{"say": "hello"}'], "demo")]
        ['hello']
    """
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            yield number, ScriptLine.model_validate(json.loads(text))
        except json.JSONDecodeError as error:
            raise DataError(f"{name}, line {number}: not JSON ({error.msg}); write one object a line") from error
        except RecursionError as error:
            raise DataError(f"{name}, line {number}: nested too deeply; write one flat object a line") from error
        except ValidationError as error:
            raise DataError(f"{name}, line {number}: {_first_problem(error)}") from error
        except ValueError as error:
            raise DataError(f"{name}, line {number}: {error}; write a shorter number") from error


class ScriptRunner:
    """Runs script lines on a recommender, for one person.

    Args:
        recommender: The system.
        session: The conversation.
    """

    def __init__(self, recommender: ConversationalRecommender, session: Session) -> None:
        self._recommender = recommender
        self._session = session

    def run(self, line: ScriptLine) -> Reply:  # noqa: PLR0911  # one return an action
        """Return the reply to one line.

        Raises:
            DataError: A rank names the same item twice.
        """
        recommender, session = self._recommender, self._session
        if line.say is not None:
            return recommender.respond(line.say, session)
        if line.rate is not None:
            stars = line.rate.stars
            return self.feedback("rate", line.rate.item, lambda item: Feedback.from_stars(session.user_id, item, stars))
        if line.like is not None:
            return self.feedback("like", line.like, lambda item: Feedback(session.user_id, item, 1.0, "like"))
        if line.dislike is not None:
            return self.feedback("dislike", line.dislike, lambda item: Feedback(session.user_id, item, -1.0, "dislike"))
        if line.why is not None:
            match = recommender.resolve(line.why)
            return recommender.why(match.item_id, session) if match else recommender.unknown("why", line.why, session)
        if line.recommend is not None:
            return recommender.recommend(session, n=line.recommend.n)
        return self._rank(line.rank) if line.rank is not None else recommender.forget(session)

    def feedback(self, action: Action, name: str, make: Callable[[str], Feedback]) -> Reply:
        """Learn from feedback on a title or id; an unknown one is said to be unknown and nothing is stored."""
        match = self._recommender.resolve(name)
        if match is None:
            return self._recommender.unknown(action, name, self._session)
        return self._recommender.learn(make(match.item_id), self._session)

    def _rank(self, names: list[str]) -> Reply:
        item_ids: list[str] = []
        for name in names:
            match = self._recommender.resolve(name)
            if match is None:
                return self._recommender.unknown("rank", name, self._session)
            if match.item_id in item_ids:
                raise DataError(f"rank names '{name}' twice (item {match.item_id}); name each item once")
            item_ids.append(match.item_id)
        return self._recommender.rank(item_ids, self._session)


def to_json(reply: Reply) -> str:
    """Return the reply as one line of JSON."""
    value: dict[str, Any] = reply.as_json()
    return json.dumps(value, ensure_ascii=False)


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    told = {
        "extra_forbidden": f"there is no such key; use {', '.join(_ACTIONS)}"
        if len(first["loc"]) == 1
        else "take it out",
        "model_type": "write one JSON object",
    }.get(first["type"], first["msg"].removeprefix("Value error, "))
    return f"{where + ': ' if where else ''}{told} (got {str(first['input'])[:60]})"
