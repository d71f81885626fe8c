"""What the outer loop learns from: tasks made of people's ratings, and the loss of their held-back ones.

The loss is pairwise: of two items that a person rated differently, the better one should have the higher score. It is
taken of the margin alone, and of the margin added to the closed-form ridge, so that the steps learn what the ridge
leaves open.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import softplus

from ..retrieval.errors import AdapterError
from ..retrieval.ratings import UserRatings
from .algorithms.matching import Examples
from .blocks import AdaptedBlocks
from .factor_ridge import FactorRidge
from .inner_loop import REWARDS, Centre, CentredMarginLoss, Support, adapt_many, interpolate
from .item_inputs import ItemInputs
from .item_tokens import ItemFeatures, project, random_projection
from .lora import Theta, random_theta
from .meta_problem import LOG_PULL, Params, start

_FIRST_TARGETS = (0.05, 0.2, 0.45, 0.7, 0.9)
_LIKED = 0.5
_RIDGE_SCALE = 4.0
_OF_ORDER = 0.25
_NO_RATINGS = 0.2


@dataclass(frozen=True, slots=True)
class TasteConfig:
    """Sizes of the inner loop while it is learned.

    Args:
        rate: The first inner rate of every tensor.
        collaborative: Items that have ratings have their collaborative token.
    """

    rate: float = 0.3
    collaborative: bool = True


@dataclass(frozen=True, slots=True)
class TasteBatch:
    """Tasks of several people, equally many support and query items each.

    Args:
        support: Rows and rewards of what is learned from, each of shape ``(n_people, k)``.
        query: Rows and rewards of what is then judged, each of shape ``(n_people, n_query)``.
        ridge: The closed-form score of the query items, shape ``(n_people, n_query)``.
        hidden: Rows whose collaborative token is taken away, so that its absence is normal; shape ``(n_items,)``, bool.
    """

    support: tuple[Tensor, Tensor]
    query: tuple[Tensor, Tensor]
    ridge: Tensor
    hidden: Tensor

    def __len__(self) -> int:
        return len(self.ridge)


class TasteTasks:
    """Draws tasks from people's ratings.

    Args:
        users: People; those with fewer than ``n_query`` + 2 ratings are left out.
        ridge_of: Returns what scores a person's query items from the support: of factors that were fitted without the
            person, or it would seem surer than it is.
        n_items: The number of items.
        n_query: Query items a person.

    Raises:
        AdapterError: Nobody is left.
    """

    def __init__(
        self,
        users: Sequence[UserRatings],
        ridge_of: Callable[[UserRatings], FactorRidge],
        n_items: int,
        *,
        n_query: int = 32,
    ) -> None:
        self._users = [user for user in users if len(user) >= n_query + 2]
        if not self._users:
            raise AdapterError(f"nobody has {n_query + 2} ratings; give more people, or people with more ratings")
        self._ridge_of = ridge_of
        self._n_items = n_items
        self._n_query = n_query

    def __len__(self) -> int:
        return len(self._users)

    def draw(self, generator: torch.Generator, n_people: int, support_size: int) -> TasteBatch:
        """Draw people and split the ratings of each anew; of a short list the support is smaller for all."""
        return self._draw(
            np.random.default_rng(int(torch.randint(2**62, (), generator=generator))), n_people, support_size
        )

    def _draw(self, generator: np.random.Generator, n_people: int, support_size: int) -> TasteBatch:
        users = [self._users[i] for i in generator.integers(len(self._users), size=n_people)]
        k = min(support_size, min(len(user) for user in users) - self._n_query)
        support, query, ridge = [], [], []
        for user in users:
            order = generator.permutation(len(user))
            told, asked = order[:k], order[k : k + self._n_query]
            support.append((user.rows[told], user.rewards[told]))
            query.append((user.rows[asked], user.rewards[asked]))
            posterior = self._ridge_of(user).fit(user.rows[told], user.rewards[told])
            ridge.append(posterior.mean(user.rows[asked]))
        hidden = generator.random(self._n_items) < (1.0 if generator.random() < _NO_RATINGS else _NO_RATINGS)
        return TasteBatch(
            _pair(support), _pair(query), torch.tensor(np.array(ridge), dtype=torch.float32), torch.tensor(hidden)
        )


def _pair(rated: list[tuple[NDArray[np.int64], NDArray[np.float64]]]) -> tuple[Tensor, Tensor]:
    rows, rewards = np.array([pair[0] for pair in rated]), np.array([pair[1] for pair in rated])
    return torch.tensor(rows), torch.tensor(rewards, dtype=torch.float32)


class TasteProblem:
    """The meta-learning problem over the adapted blocks.

    Args:
        blocks: The adapted blocks.
        states: What is kept of the items' texts, shape ``(n_items, state_width)``.
        features: What the items' tokens are made of.
        reference: Rows of the items that margins are centred on.
        config: Sizes.
    """

    def __init__(
        self, blocks: AdaptedBlocks, states: Tensor, features: ItemFeatures, reference: Tensor, config: TasteConfig
    ) -> None:
        self._blocks = blocks
        self._states = states
        self._features = features
        self._reference = reference
        self._config = config
        self._last: tuple[TasteBatch, Params, ItemInputs, Tensor] | None = None

    def initial(self, seed: int) -> Params:
        """Return drawn meta-parameters: LoRA tensors, token weights, inner rates, learned targets and weights."""
        theta = random_theta(self._blocks.shapes, self._blocks.config, seed=seed)
        sizes = self._features.factors.shape[1], self._features.content.shape[1], self._blocks.dim
        return {
            **{f"theta/{name}": tensor for name, tensor in theta.items()},
            **{f"rate/{name}": torch.tensor(math.log(self._config.rate)) for name in theta},
            **{f"tokens/{name}": tensor for name, tensor in random_projection(*sizes, seed=seed).items()},
            "loss/targets": torch.tensor(_FIRST_TARGETS),
            "loss/log_weights": torch.zeros(len(REWARDS)),
            "loss/still": torch.tensor(0.1),
            "loss/moved": torch.tensor(0.3),
        }

    def adapt(
        self, params: Params, batch: TasteBatch, *, steps: int, differentiable: bool,
        trained: frozenset[str] | None = None,
    ) -> Theta:  # fmt: skip
        """Take the inner steps of everybody in the batch."""
        loss, centre = self._centred(params, differentiable=differentiable)
        pull = params[LOG_PULL].exp() if LOG_PULL in params else 0.0
        rates = {name[5:]: value.exp() for name, value in params.items() if name.startswith("rate/")}
        return adapt_many(
            start(params), self._support(params, batch), n_people=len(batch), loss=loss, steps=steps, rates=rates,
            prior=pull, centre=centre, differentiable=differentiable, trained=trained,
        )  # fmt: skip

    def loss(self, params: Params, theta: Theta, batch: TasteBatch) -> Tensor:
        """Return the pairwise loss of the query items, shape ``(n_people,)``: of the margin alone plus of the sum."""
        rows, rewards = batch.query
        items, still = self._query(params, batch)
        at_start = all(tensor.stride(0) == 0 for tensor in theta.values())
        margins = still if at_start else self._blocks.margins(theta, items).reshape(rows.shape)
        total = _RIDGE_SCALE * batch.ridge + params["loss/still"] * still + params["loss/moved"] * (margins - still)
        return pairwise_loss(margins, rewards) + pairwise_loss(total, rewards)

    def support_loss(self, params: Params, theta: Theta, batch: TasteBatch) -> Tensor:
        """Return the loss of the support items, shape ``(n_people,)``."""
        loss, centre = self._centred(params, differentiable=True)
        return loss(theta, self._support(params, batch), centre)

    def features(self, params: Params, theta: Theta, batch: TasteBatch) -> tuple[Examples, Examples]:
        """Return support and query as a metric learner sees them: by the hidden state that the answer is read from."""
        found = []
        for rows, rewards in (batch.support, batch.query):
            items = self.items(params, rows.flatten(), batch.hidden)
            hidden = self._blocks.hidden(theta, items).reshape(*rows.shape, -1)
            found.append(Examples(hidden, (rewards + 1.0) / 2.0, torch.ones_like(rewards)))
        return found[0], found[1]

    def margins(self, params: Params, rows: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Return the margins of items under θ₀, shape ``(n,)``; gradients reach ``params``."""
        return self._blocks.margins(start(params), self.items(params, rows, hidden))

    def items(self, params: Params, rows: Tensor, hidden: Tensor | None = None) -> ItemInputs:
        """Return items as the blocks read them; gradients reach the token weights.

        Args:
            params: Holds the token weights.
            rows: Which items, shape ``(n,)``.
            hidden: Items whose collaborative token is taken away, shape ``(n_items,)``.
        """
        weights = {name[7:]: value for name, value in params.items() if name.startswith("tokens/")}
        features = self._features.at(rows)
        present = features.present
        if hidden is not None:
            present[:, 0] &= ~hidden[rows]
        present[:, 0] &= self._config.collaborative
        items = ItemInputs(self._states[rows], project(weights, features), present)
        return ItemInputs(items.states, items.tokens, items.present, self._blocks.prefix(items))

    def _query(self, params: Params, batch: TasteBatch) -> tuple[ItemInputs, Tensor]:
        """Return the query items and their margins under θ₀; they are asked for twice a round, and computed once."""
        if self._last is None or self._last[0] is not batch or self._last[1] is not params:
            rows, _ = batch.query
            items = self.items(params, rows.flatten(), batch.hidden)
            still = self._blocks.margins(start(params), items).reshape(rows.shape)
            self._last = batch, params, items, still
        return self._last[2:]

    def _centred(self, params: Params, *, differentiable: bool) -> tuple[CentredMarginLoss, Centre]:
        loss = CentredMarginLoss(self._blocks, self.items(params, self._reference))
        return loss, loss.centre(start(params), differentiable=differentiable)

    def _support(self, params: Params, batch: TasteBatch) -> Support:
        rows, rewards = batch.support
        return Support(
            self.items(params, rows.flatten(), batch.hidden),
            interpolate(params["loss/targets"], rewards),
            interpolate(params["loss/log_weights"], rewards).exp(),
        )


def pairwise_loss(scores: Tensor, rewards: Tensor) -> Tensor:
    """Return the mean logistic loss of pairs of different rewards, shape ``(n_people,)``.

    A pair counts by the distance of its rewards; in full where one was liked and the other not, else by a quarter.

    Args:
        scores: Shape ``(n_people, n)``.
        rewards: Shape ``(n_people, n)``.
    """
    difference = scores[:, :, None] - scores[:, None, :]
    higher = (rewards[:, :, None] - rewards[:, None, :]).clamp(min=0)
    liked = rewards >= _LIKED
    weights = higher * torch.where(liked[:, :, None] != liked[:, None, :], 1.0, _OF_ORDER)
    return (softplus(-difference) * weights).sum(dim=(1, 2)) / weights.sum(dim=(1, 2)).clamp(min=1e-6)
