"""The composition root: the one place that chooses implementations."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from langchain_core.language_models import BaseChatModel
from numpy.typing import NDArray

from ..adapters.adapter_store import AdapterStore
from ..adapters.backbone import EMBEDDED_MODEL, Backbone, load_backbone
from ..adapters.blocks import AdaptedBlocks
from ..adapters.database import Database
from ..adapters.event_log import EventLog
from ..adapters.examples import ExampleBuilder
from ..adapters.export import activated_config
from ..adapters.inner_loop import CentredMarginLoss
from ..adapters.item_bank import ItemBank
from ..adapters.item_tokens import ItemFeatures
from ..adapters.learner import AdapterLearner
from ..adapters.lora import LoraConfig
from ..adapters.rating_factors import RatingFactors
from ..adapters.ridge import ItemFactors, RidgeHead
from ..adapters.scorer import PersonalScorer
from ..adapters.start import (
    RATING_FACTORS_FILE,
    STATES_FILE,
    VECTORS_FILE,
    Recipe,
    Start,
    item_prior,
    load_start,
    peft_names,
    read_recipe,
    shipped_folder,
)
from ..adapters.states import ItemStates
from ..prompts.render import render
from ..retrieval.attribute_graph import AttributeGraph
from ..retrieval.attribute_table import AttributeTable
from ..retrieval.catalog import Catalog
from ..retrieval.catalog_folder import INDEX
from ..retrieval.collaborative import CollaborativeScores, CollaborativeTable, shipped_factors
from ..retrieval.encoder import EMBEDDED_ENCODER, SentenceEncoder
from ..retrieval.errors import ChatModelError
from ..retrieval.hybrid import HybridRetriever, Sources
from ..retrieval.index_store import ItemVectors, open_index
from ..retrieval.items import Item
from ..retrieval.kept_vectors import RememberingEncoder
from ..retrieval.lexical import LexicalIndex
from ..retrieval.ratings_store import FACTORS, ratings_folder
from ..retrieval.titles import TitleLinker
from .catalog_view import CatalogView
from .chat_model import LocalChatModel
from .explain import Explainer
from .parts import Parts
from .policy import DialoguePolicy
from .ranker import Ranker
from .recommender import ConversationalRecommender
from .settings import EMBEDDED, NO_CHAT_MODEL, Settings
from .understanding import PreferenceExtractor
from .wording import Wording

logger = logging.getLogger(__name__)

N_REFERENCE = 48
# Of a catalogue of one's own the model reads this many candidates a turn: each costs up to .2 s the first time.
_READ_OF_OWN = 24
# An item of so few ratings is believed half.
_DOUBT = 10.0
_REASON_TOKENS = 40
Progress = Callable[[str, int, int], None]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Foundation:
    """What does not depend on a person: model, catalogue, vectors, item states. Training starts from it too."""

    settings: Settings
    catalog: Catalog
    table: AttributeTable
    backbone: Backbone
    blocks: AdaptedBlocks
    encoder: SentenceEncoder
    vectors: ItemVectors
    states: ItemStates

    def bank(self, start: Start, factors: RatingFactors) -> ItemBank:
        """Return the items as the blocks read them under a start; ``factors`` says what ratings say of them."""

        def features_of(item_ids: Sequence[str]) -> ItemFeatures:
            rows = [self.catalog.position(item_id) for item_id in item_ids]
            return ItemFeatures.of(factors.at(rows), self.vectors.vectors[rows])

        return ItemBank(
            self.blocks, self.states, lambda item_id: item_prompt(self.catalog[item_id]), features_of, start.tokens
        )

    def loss(self, bank: ItemBank) -> CentredMarginLoss:
        """Return the support loss, centred on the reference items."""
        return CentredMarginLoss(self.blocks, bank.inputs([item.item_id for item in reference_items(self.catalog)]))


def build_foundation(
    settings: Settings, *, seed: int = 0, progress: Progress | None = None, say: Say | None = None
) -> Foundation:
    """Load model, encoder, catalogue and index; build what is missing.

    Raises:
        PalateError: Something is missing or damaged; says what and how to mend it.
    """
    torch.manual_seed(seed)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    catalog = Catalog.load(settings.catalog)
    model = EMBEDDED_MODEL if settings.model == EMBEDDED else settings.model
    backbone = load_backbone(model, settings.cache, say=say)
    blocks = AdaptedBlocks(backbone, LoraConfig())
    encoder = load_encoder(settings)
    vectors = _open_vectors(settings, catalog, encoder, progress)
    states = ItemStates(
        blocks, shipped=shipped_folder() / STATES_FILE, home=settings.home / "states", progress=progress
    )
    return Foundation(settings, catalog, AttributeTable(catalog), backbone, blocks, encoder, vectors, states)


def build_recommender(
    settings: Settings, *, seed: int = 0, progress: Progress | None = None, say: Say | None = None
) -> ConversationalRecommender:
    """Put the whole system together.

    Args:
        settings: Where things are.
        seed: Seeds every random choice.
        progress: Called while something is built, with a label, the number done and the number to do.
        say: Called with a line when something slow begins.

    Raises:
        PalateError: Something is missing or damaged; says what and how to mend it.
    """
    base = build_foundation(settings, seed=seed, progress=progress, say=say)
    return assemble(base, load_start(shipped_folder(), base.blocks, seed=seed))


def assemble(base: Foundation, start: Start) -> ConversationalRecommender:
    """Put a recommender together on a foundation that is loaded, with any start."""
    home, catalog, vectors = base.settings.home, base.catalog, base.vectors.vectors
    database = Database(home)
    log = EventLog(database)
    shapes = {name: tuple(tensor.shape) for name, tensor in start.theta.items()}
    store = AdapterStore(
        database, home / "adapters", peft_names(base.blocks), activated_config(base.blocks), shapes=shapes
    )
    store.sweep()
    examples = ExampleBuilder(catalog, base.table, vectors)
    ratings = RatingFactors.load(shipped_folder() / RATING_FACTORS_FILE, catalog)
    bank = base.bank(start, ratings)
    loss = base.loss(bank)
    learner = AdapterLearner(log, store, start, loss, examples, bank.inputs, home / "leases")
    variances = start.recipe.ridge
    ridge = RidgeHead(catalog, ItemFactors(base.table, vectors, variances, ratings.centred_loadings()), variances)
    n_read = _READ_OF_OWN if base.settings.catalog else None
    factors = _factors(base.settings, catalog)
    prior = _prior(catalog, start.recipe, factors)
    scorer = PersonalScorer(catalog, base.blocks, loss, ridge, start, bank.inputs, prior, n_read=n_read)
    retriever = _retriever(catalog, base.table, base.encoder, base.vectors, prior, factors)
    linker = TitleLinker(catalog, _prominence(factors))
    return ConversationalRecommender(
        Parts(
            catalog=catalog,
            backbone=base.backbone,
            database=database,
            log=log,
            store=store,
            start=start,
            learner=learner,
            retriever=retriever,
            scorer=scorer,
            ranker=Ranker(catalog, scorer, retriever, vectors),
            linker=linker,
            extractor=PreferenceExtractor(catalog, linker),
            policy=DialoguePolicy(),
            explainer=Explainer(catalog, _chat_model(base)),
            wording=Wording(catalog),
        )
    )


def build_view(settings: Settings, *, progress: Progress | None = None) -> CatalogView:
    """Put together what looks into a catalogue without a person; no language model is loaded.

    Raises:
        PalateError: Something is missing or damaged; says what and how to mend it.
    """
    catalog, encoder = Catalog.load(settings.catalog), load_encoder(settings)
    table, vectors = AttributeTable(catalog), _open_vectors(settings, catalog, encoder, progress)
    factors = _factors(settings, catalog)
    prior = _prior(catalog, read_recipe(shipped_folder()) or Recipe(), factors)
    retriever = _retriever(catalog, table, encoder, vectors, prior, factors)
    linker = TitleLinker(catalog, _prominence(factors))
    return CatalogView(catalog, retriever, linker, PreferenceExtractor(catalog, linker), AttributeGraph(catalog, table))


def load_encoder(settings: Settings) -> SentenceEncoder:
    """Return the sentence encoder of the settings."""
    return SentenceEncoder(EMBEDDED_ENCODER if settings.encoder == EMBEDDED else settings.encoder)


def index_folder(settings: Settings, catalog: Catalog) -> Path:
    """Return the folder of the index of a catalogue: inside a built one, else in the home."""
    if settings.catalog and settings.catalog.is_dir():
        return settings.catalog / INDEX
    return settings.home / "index" / catalog.sha256[:16]


def _open_vectors(
    settings: Settings, catalog: Catalog, encoder: SentenceEncoder, progress: Progress | None
) -> ItemVectors:
    remembering = RememberingEncoder(encoder, shipped_folder() / VECTORS_FILE)
    return open_index(index_folder(settings, catalog), catalog, remembering, progress=progress)


def _retriever(
    catalog: Catalog, table: AttributeTable, encoder: SentenceEncoder, vectors: ItemVectors,
    prior: NDArray[np.float64], factors: CollaborativeTable,
) -> HybridRetriever:  # fmt: skip
    collaborative = CollaborativeScores(factors, catalog) if factors.counts.any() else None
    graph = AttributeGraph(catalog, table)
    return HybridRetriever(
        catalog, Sources(table, encoder, vectors, LexicalIndex(catalog), prior, graph, collaborative)
    )


def _prominence(factors: CollaborativeTable) -> NDArray[np.float64] | None:
    """Return how well known each item is, by the number of its ratings; None where there are none."""
    return factors.counts.astype(np.float64) if factors.counts.any() else None


def _prior(catalog: Catalog, recipe: Recipe, factors: CollaborativeTable) -> NDArray[np.float64]:
    """Return what everybody thinks of each item: as θ₀ was trained with, else by the ratings that were imported."""
    prior = item_prior(catalog, recipe)
    if prior.any():
        return prior
    overall = float(factors.mean_rewards @ factors.counts) / max(1, int(factors.counts.sum()))
    return (factors.mean_rewards - overall) * factors.counts / (factors.counts + _DOUBT)


def _factors(settings: Settings, catalog: Catalog) -> CollaborativeTable:
    """Return item factors from imported ratings, else those that ship with Palate."""
    imported = ratings_folder(settings.home, catalog, settings.catalog) / FACTORS
    return CollaborativeTable.load(imported if imported.exists() else shipped_factors(), catalog)


def item_prompt(item: Item) -> str:
    """Return what the language model reads of an item."""
    return render("item_judgement", text=item.text)


def reference_items(catalog: Catalog) -> list[Item]:
    """Return the items that margins are centred on: those of the smallest hashed ids, so that growth changes few."""
    return sorted(catalog, key=lambda item: hashlib.sha256(item.item_id.encode()).digest())[:N_REFERENCE]


def _chat_model(base: Foundation) -> BaseChatModel | None:
    name = base.settings.chat_model
    if name == NO_CHAT_MODEL:
        return None
    if not name:
        return LocalChatModel(backbone=base.backbone, max_new_tokens=_REASON_TOKENS)
    from langchain.chat_models import init_chat_model

    try:
        model: BaseChatModel = init_chat_model(name)
    except (ImportError, ValueError) as error:
        reason = str(error).splitlines()[0][:200]
        raise ChatModelError(f"PALATE_CHAT_MODEL={name} cannot be used: {reason}; correct or unset it") from error
    return model
