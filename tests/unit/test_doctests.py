"""Every example in a docstring runs and gives what it says."""

import doctest
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGES = ("retrieval", "adapters", "prompts", "bot", "eval")
NEEDS_AN_EXTRA = {"palate.bot.web": "gradio", "palate.bot.web_cards": "gradio"}


def modules() -> Iterator[str]:
    """Yield the module names of every package from its folder; migrations are run by the database."""
    for package in PACKAGES:
        for folder in importlib.import_module(f"palate.{package}").__path__:
            for path in sorted(Path(folder).rglob("*.py")):
                inner = path.relative_to(folder).with_suffix("").parts
                if not path.stem.startswith("__") and inner[0] != "migrations":
                    yield ".".join(("palate", package, *inner))


@pytest.mark.parametrize("name", list(modules()))
def test_every_example_in_a_docstring_holds(name: str) -> None:
    if extra := NEEDS_AN_EXTRA.get(name):
        pytest.importorskip(extra, reason=f"{name} needs the extra 'web'")
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_packages_have_examples_at_all() -> None:
    found = [name for name in modules() if name.startswith(("palate.retrieval.", "palate.adapters."))]
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = sum(len(test.examples) for name in found for test in finder.find(importlib.import_module(name)))
    assert examples >= 20
