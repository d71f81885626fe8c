"""Everything a recommender is made of, in one value; the factory fills it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ..adapters.adapter_store import AdapterStore
from ..adapters.backbone import Backbone
from ..adapters.database import Database
from ..adapters.event_log import EventLog
from ..adapters.learner import AdapterLearner
from ..adapters.scorer import PersonalScorer
from ..adapters.start import Start
from ..retrieval.catalog import Catalog
from ..retrieval.hybrid import Retriever
from ..retrieval.titles import TitleLinker
from .explain import Explainer
from .policy import DialoguePolicy
from .ranker import Ranker
from .signals import Understanding
from .wording import Wording


class Extractor(Protocol):
    """Turns a message into what it said."""

    def extract(self, message: str, *, turn: int, domain: str = "") -> Understanding:
        """Return the signals, the request, the intent and the unknown titles of one message.

        Args:
            message: What the person wrote.
            turn: The number of the turn.
            domain: The domain of the request that holds; "" where it is open.
        """
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The implementations that were chosen."""

    catalog: Catalog
    backbone: Backbone
    database: Database
    log: EventLog
    store: AdapterStore
    start: Start
    learner: AdapterLearner
    retriever: Retriever
    scorer: PersonalScorer
    ranker: Ranker
    linker: TitleLinker
    extractor: Extractor
    policy: DialoguePolicy
    explainer: Explainer
    wording: Wording
