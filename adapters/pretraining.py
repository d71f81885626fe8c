"""The pooled LoRA that every outer loop starts from: one adapter for everybody, on what people like on average.

It also brings the item tokens to where the answer position looks at them, which single tasks are too noisy for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from ..retrieval.errors import AdapterError
from ..retrieval.ratings import UserRatings
from .meta_problem import RATE, Params, leaves, start
from .taste_problem import TasteProblem

_BATCH = 128
_LIKED = 0.5
_HIDDEN = 0.2
_TOKEN_RATE, _THETA_RATE = 1e-2, 2e-3


def pretrain(
    problem: TasteProblem, params: Params, users: Sequence[UserRatings], n_items: int, *, rounds: int, seed: int,
    say: Callable[[str], None],
) -> Params:  # fmt: skip
    """Return parameters after rounds of cross-entropy against the share of people who liked each item.

    Args:
        problem: Gives the items' margins.
        params: Where to start; not changed.
        users: The training people.
        n_items: Items in the catalogue.
        rounds: Steps of Adam, on 128 items each, often rated ones more often.
        seed: Seeds the draw of the items.
        say: Called with one line of progress.

    Raises:
        AdapterError: Nobody rated anything.
    """
    if not any(len(user) for user in users):
        raise AdapterError("the training people have no ratings of items in the catalogue; give more people")
    rows = np.concatenate([user.rows for user in users])
    liked = np.concatenate([user.rewards >= _LIKED for user in users])
    counts = np.bincount(rows, minlength=n_items)
    share = (np.bincount(rows, weights=liked, minlength=n_items) + 2 * liked.mean()) / (counts + 2)
    chances, generator = np.sqrt(counts) / np.sqrt(counts).sum(), np.random.default_rng(seed)
    points = leaves(params)
    tokens = [tensor for name, tensor in points.items() if name.startswith("tokens/")]
    offset = torch.zeros((), requires_grad=True)
    adam = torch.optim.Adam([
        {"params": tokens, "lr": _TOKEN_RATE},
        {"params": [*start(points).values(), offset], "lr": _THETA_RATE},
    ])  # fmt: skip
    for done in range(rounds):
        drawn = generator.choice(n_items, size=_BATCH, p=chances)
        hidden = torch.tensor(generator.random(n_items) < _HIDDEN)
        margins = problem.margins(points, torch.tensor(drawn), hidden)
        loss = binary_cross_entropy_with_logits(margins + offset, torch.tensor(share[drawn], dtype=torch.float32))
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        adam.step()
        if done % 50 == 0:
            say(f"pooled round {done} of {rounds}: loss {loss.item():.4f}")
    return {name: params[name] if name.startswith(RATE) else tensor.detach() for name, tensor in points.items()}
