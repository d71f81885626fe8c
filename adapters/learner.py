"""The order of one update: append the event, take the person's lease, adapt from θ₀, gate, publish."""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from filelock import FileLock
from torch import Tensor

from ..retrieval.errors import AdapterError, EnvironmentProblem
from ..retrieval.files import environment_errors
from .adapter_cache import AdapterCache
from .adapter_store import AdapterStore, AdapterVersion
from .event_log import EventLog
from .examples import ExampleBuilder
from .feedback import Example, Feedback
from .inner_loop import CentredMarginLoss, Support, adapt
from .item_inputs import ItemInputs
from .lora import Theta, distance, is_finite
from .start import Start

logger = logging.getLogger(__name__)

_SHRINK = (1.0, 0.5, 0.25)
_HOLD_BACK_FROM = 6
_HOLD_BACK_EVERY = 4
_TOLERANCE = 0.015
# Tastes that are kept in memory, those used last.
_KEPT = 256

ItemsOf = Callable[[Sequence[str]], ItemInputs]


@dataclass(frozen=True, slots=True)
class Taste:
    """A person's taste as weights.

    Args:
        examples: What it was learned from.
        theta: The tensors that score for this person.
        version: The published version; None where θ₀ itself serves.
        n_events: How many events the log holds.
    """

    examples: tuple[Example, ...]
    theta: Theta
    version: AdapterVersion | None
    n_events: int


class AdapterLearner:
    """Learns one event at a time, always anew from θ₀, so that nothing drifts and any event can be unlearned.

    Args:
        log: Where events are stored before anything else happens.
        store: Where adapters are published.
        start: θ₀ and how to adapt from it.
        loss: Support loss.
        examples: Turns events into examples.
        items: Items as the adapted blocks read them.
        leases: Folder of the lock files; one process at a time adapts for one person.
    """

    def __init__(
        self, log: EventLog, store: AdapterStore, start: Start, loss: CentredMarginLoss, examples: ExampleBuilder,
        items: ItemsOf, leases: Path,
    ) -> None:  # fmt: skip
        self._log = log
        self._store = store
        self._adapters = AdapterCache(store.load)
        self._start = start
        self._loss = loss
        self._examples = examples
        self._items = items
        self._centre = loss.centre(start.theta)
        self._leases = leases
        with environment_errors(leases):
            leases.mkdir(parents=True, exist_ok=True)
        self._tastes: OrderedDict[str, Taste] = OrderedDict()

    def learn_one(self, feedback: Feedback) -> Taste:
        """Store the event, then adapt; when this returns, the event is safe.

        Raises:
            EnvironmentProblem: The event could not be stored.
        """
        self._log.append(feedback)
        return self.taste(feedback.user_id)

    def taste(self, user_id: str) -> Taste:
        """Return the taste of a person with every event of the log in it; adapt first where some are missing."""
        numbered = self._log.numbered(user_id)
        if not numbered:
            return Taste((), self._start.theta, None, 0)
        last_event = numbered[-1][0]
        kept = self._tastes.get(user_id)
        version = self._store.current(user_id)
        fresh = version is not None and version.last_event == last_event and version.theta0 == self._start.sha256
        if kept and fresh and kept.version == version and kept.n_events == len(numbered):
            return kept
        with FileLock(self._leases / f"{hashlib.sha256(user_id.encode()).hexdigest()[:32]}.lock"):
            found = self._tastes[user_id] = self._catch_up(user_id, numbered)
        self._tastes.move_to_end(user_id)
        while len(self._tastes) > _KEPT:
            self._tastes.popitem(last=False)
        return found

    def forget(self, user_id: str) -> int:
        """Delete every event and version of a person; return how many events there were."""
        self._tastes.pop(user_id, None)
        self._adapters.clear()
        n_events = self._log.forget(user_id)
        self._store.sweep()
        return n_events

    def _catch_up(self, user_id: str, numbered: list[tuple[int, Feedback]]) -> Taste:
        events = [feedback for _, feedback in numbered]
        examples = tuple(self._examples.build(events))
        version = self._store.current(user_id)
        last_event = numbered[-1][0]
        if version and version.last_event == last_event and version.theta0 == self._start.sha256:
            try:
                return Taste(examples, self._load(version), version, len(events))
            except AdapterError as error:
                logger.warning("%s", error)
        theta, facts = self._adapt(examples)
        try:
            version = self._store.publish(
                user_id, theta, theta0=self._start.sha256, last_event=last_event, events=len(examples), **facts
            )
            theta = self._load(version)
            self._store.prune(user_id)
        except EnvironmentProblem as error:
            # The events are safe: this turn is served from memory, and a later one publishes.
            logger.warning("what was learned is not stored yet: %s", error)
        return Taste(examples, theta, version, len(events))

    def _load(self, version: AdapterVersion) -> Theta:
        """Return a stored adapter; θ₀ itself where no step was taken, so that nothing is rounded."""
        return self._adapters.get(version) if version.steps else self._start.theta

    def _adapt(self, examples: Sequence[Example]) -> tuple[Theta, dict[str, float]]:
        """Return gated tensors and what to record of them; θ₀ itself where no step passes the gate."""
        start, support = self._start.theta, self._support(examples)
        theta, steps = start, 0
        for shrink in _SHRINK if len(support) else ():
            try:
                # The rehearsal comes first: most refusals are its, and then nothing more is computed.
                candidate = self._steps(support, shrink) if self._rehearses(support, shrink) else None
            except AdapterError as error:
                logger.warning("an adapter is refused: %s", error)
                continue
            if candidate is not None and self._is_safe(candidate):
                theta, steps = candidate, self._start.recipe.steps
                break
        with torch.no_grad():
            before, after = (self._value(t, support) if len(support) else 0.0 for t in (start, theta))
            moved = float((self._predict(theta) - self._predict(start)).abs().mean())
        return theta, {"steps": steps, "loss_before": before, "loss_after": after, "moved": moved}

    def _rehearses(self, support: Support, shrink: float) -> bool:
        """Say whether steps on some events leave the held-back others not worse than θ₀; too few events always do."""
        if len(support) < _HOLD_BACK_FROM:
            return True
        held = list(range(_HOLD_BACK_EVERY - 1, len(support), _HOLD_BACK_EVERY))
        seen = [i for i in range(len(support)) if i not in held]
        rehearsal = self._steps(support.at(seen), shrink)
        with torch.no_grad():
            losses = [self._value(theta, support.at(held)) for theta in (rehearsal, self._start.theta)]
        return losses[0] - losses[1] <= _TOLERANCE

    def _is_safe(self, candidate: Theta) -> bool:
        """Say whether an adapter is finite and near θ₀."""
        return is_finite(candidate) and distance(candidate, self._start.theta) <= self._start.recipe.trust_radius

    def _value(self, theta: Theta, support: Support) -> float:
        return float(self._loss({name: tensor[None] for name, tensor in theta.items()}, support, self._centre))

    def _steps(self, support: Support, shrink: float) -> Theta:
        recipe = self._start.recipe
        rates = {name: shrink * rate for name, rate in self._start.rates.items()}
        return adapt(
            self._start.theta, support, loss=self._loss, steps=recipe.steps, rates=rates, prior=recipe.pull,
            centre=self._centre,
        )  # fmt: skip

    def _predict(self, theta: Theta) -> Tensor:
        mine = {name: tensor[None] for name, tensor in theta.items()}
        return torch.sigmoid(self._loss.logits(mine, self._loss.reference, self._centre))

    def _support(self, examples: Sequence[Example]) -> Support:
        items = self._items([example.item_id for example in examples])
        return self._start.support(items, [e.reward for e in examples], [e.weight for e in examples])
