"""Renders a prompt template; an undefined name is an error, never an empty space."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateError, TemplateNotFound

from ..retrieval.errors import PromptError


def render(name: str, *, language: str = "en", **values: Any) -> str:
    """Return a template with its values filled in.

    Args:
        name: The file's name without ``.jinja2``.
        language: The folder, a two-letter code.
        values: What the template uses.

    Raises:
        PromptError: No such template, or a value is missing.

    Examples:
        >>> render("item_judgement", text="Heat (1995). crime.").splitlines()[-1]
        'Answer:'
    """
    try:
        return _environment().get_template(f"{language}/{name}.jinja2").render(**values).strip()
    except TemplateNotFound as error:
        raise PromptError(f"there is no prompt '{name}' in the language '{language}'") from error
    except TemplateError as error:
        raise PromptError(f"the prompt '{language}/{name}' cannot be rendered: {error}") from error


@cache
def _environment() -> Environment:
    # Prompts are plain text for a model: HTML escaping would change the words; pages escape at their own edge.
    environment = Environment(
        loader=PackageLoader(__package__, "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701
    )
    environment.filters["sentence"] = in_a_sentence
    environment.filters["capitalised"] = capitalised
    return environment


def in_a_sentence(values: Sequence[str]) -> str:
    """Return a list as it is said.

    Examples:
        >>> in_a_sentence(["space", "robots", "grief"])
        'space, robots and grief'
    """
    return " and ".join([*filter(None, [", ".join(values[:-1])]), *values[-1:]])


def capitalised(text: str) -> str:
    """Return the text with its first letter large and the rest as it was."""
    return text[:1].upper() + text[1:]
