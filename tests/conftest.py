"""What tests share: small catalogues and fakes with known answers, and one real system for the end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from palate.adapters.start import load_start, shipped_folder
from palate.bot.factory import Foundation, assemble, build_foundation
from palate.bot.recommender import ConversationalRecommender
from palate.bot.session import Session
from palate.bot.settings import load_settings
from palate.retrieval.catalog import Catalog
from palate.retrieval.encoder import Vectors
from palate.retrieval.items import Item


def film(item_id: str, title: str, year: int | None = 2000, **fields: object) -> Item:
    """Make a film with defaults."""
    return Item(item_id=item_id, domain="film", title=title, original_title=title, year=year, **fields)  # type: ignore[arg-type]


@pytest.fixture
def small_catalog() -> Catalog:
    """Six films of two kinds."""
    return Catalog(
        [
            film("alien-1979", "Alien", 1979, genres=("science fiction", "horror"), moods=("scary",), themes=("space",),
                 people={"director": ("Ridley Scott",)}, language="English", country="United States", runtime_min=117),
            film("aliens-1986", "Aliens", 1986, genres=("science fiction", "action"), moods=("exciting",),
                 themes=("space",), people={"director": ("James Cameron",)}, language="English",
                 country="United States", runtime_min=137),
            film("emma-1996", "Emma", 1996, genres=("comedy", "romance"), moods=("charming",), themes=("matchmaking",),
                 people={"director": ("Douglas McGrath",)}, language="English", country="United Kingdom",
                 runtime_min=121),
            film("amelie-2001", "Amélie", 2001, genres=("comedy", "romance"), moods=("whimsical",), themes=("paris",),
                 people={"director": ("Jean-Pierre Jeunet",)}, language="French", country="France", runtime_min=122),
            film("solaris-1972", "Solaris", 1972, genres=("science fiction", "drama"), moods=("slow-burning",),
                 themes=("space", "grief"), people={"director": ("Andrei Tarkovsky",)}, language="Russian",
                 country="Soviet Union", runtime_min=167),
            film("roman-holiday-1953", "Roman Holiday", 1953, genres=("comedy", "romance"), moods=("charming",),
                 themes=("rome",), people={"director": ("William Wyler",)}, language="English",
                 country="United States", runtime_min=118),
        ]
    )  # fmt: skip


class WordEncoder:
    """A fake encoder: one coordinate a known word, so that cosines can be worked out by hand."""

    words = ("space", "comedy", "romance", "horror", "paris", "grief", "crime", "film")
    name = "words@1"
    dim = len(words)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Count the known words."""
        counts = np.array([[text.lower().count(word) for word in self.words] for text in texts], dtype=np.float32)
        counts[:, -1] += 0.1
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)

    encode_items = encode_queries


@pytest.fixture
def word_encoder() -> WordEncoder:
    """Return the fake encoder."""
    return WordEncoder()


@pytest.fixture(scope="session")
def foundation(tmp_path_factory: pytest.TempPathFactory) -> Foundation:
    """Load the real model, encoder, catalogue and index once; tests that use it are end to end."""
    home: Path = tmp_path_factory.mktemp("home")
    return build_foundation(load_settings(home=home, chat_model=""))


@pytest.fixture
def fresh_home(foundation: Foundation, tmp_path: Path) -> ConversationalRecommender:
    """Return a real recommender whose database and adapters are empty."""
    return _on(foundation, tmp_path)


@pytest.fixture(scope="module")
def recommender(
    foundation: Foundation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ConversationalRecommender]:
    """Return a real recommender shared by a module; use a user of your own in each test."""
    made = _on(foundation, tmp_path_factory.mktemp("shared"))
    yield made
    made.parts.database.close()


@pytest.fixture
def session(request: pytest.FixtureRequest) -> Session:
    """Return a conversation of a person named after the test."""
    return Session(user_id=request.node.name[:100])


def _on(foundation: Foundation, home: Path) -> ConversationalRecommender:
    from dataclasses import replace

    settings = foundation.settings.model_copy(update={"home": home})
    moved = replace(foundation, settings=settings)
    return assemble(moved, load_start(shipped_folder(), foundation.blocks))
