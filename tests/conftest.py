"""What tests share: small catalogues and fakes with known answers, and one real system for the end-to-end tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from palate.adapters.backbone import Backbone
from palate.adapters.blocks import AdaptedBlocks
from palate.adapters.lora import LoraConfig
from palate.adapters.start import load_start, shipped_folder
from palate.adapters.states import ItemStates
from palate.bot.factory import Foundation, assemble, build_foundation
from palate.bot.recommender import ConversationalRecommender
from palate.bot.session import Session
from palate.bot.settings import load_settings
from palate.retrieval.attribute_table import AttributeTable
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


class WordTokenizer:
    """A fake tokenizer: one token a word; " Yes" and " No" have ids of their own."""

    def __call__(self, text: str, **_: object) -> SimpleNamespace:
        """Split at blanks."""
        return SimpleNamespace(input_ids=[{"Yes": 7, "No": 11}.get(w, 12 + sum(w.encode()) % 28) for w in text.split()])


@pytest.fixture(scope="session")
def tiny_blocks() -> AdaptedBlocks:
    """Adapted blocks on a tiny random Llama; the top one of two carries LoRA."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=256, bos_token_id=0, eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    model = LlamaForCausalLM(config).eval().requires_grad_(False)
    with torch.no_grad():  # as drawn, weights are too small to tell items apart
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape) * 0.2)
    return AdaptedBlocks(Backbone(model, WordTokenizer(), "tiny", "0" * 64), LoraConfig(rank=2))


@pytest.fixture(scope="session")
def tiny_foundation(tiny_blocks: AdaptedBlocks) -> Callable[[Catalog, Path], Foundation]:
    """Return what makes a foundation of the tiny model and the encoder of known words, on a catalogue and a home."""

    def make(catalog: Catalog, home: Path) -> Foundation:
        encoder: Any = WordEncoder()
        vectors: Any = SimpleNamespace(vectors=encoder.encode_items([item.text for item in catalog]))
        settings = load_settings(home=home, cache=home / "cache", chat_model="none")
        table, states = AttributeTable(catalog), ItemStates(tiny_blocks)
        return Foundation(settings, catalog, table, tiny_blocks.backbone, tiny_blocks, encoder, vectors, states)

    return make


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
