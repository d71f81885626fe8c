"""The items of a catalogue as the adapted blocks read them: text states, tokens, and keys and values of those tokens.

Nothing here depends on a person, so it is computed once an item and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from .blocks import AdaptedBlocks
from .item_inputs import ItemInputs
from .item_tokens import ItemFeatures, project
from .states import ItemStates

PromptOf = Callable[[str], str]
FeaturesOf = Callable[[Sequence[str]], ItemFeatures]


class ItemBank:
    """Items by id.

    Args:
        blocks: The adapted blocks.
        states: What is kept of the texts.
        prompt_of: What the model reads of an item.
        features_of: What the tokens of items are made of.
        weights: The token weights that θ₀ was trained with; empty: items are their texts alone.
    """

    def __init__(
        self, blocks: AdaptedBlocks, states: ItemStates, prompt_of: PromptOf, features_of: FeaturesOf,
        weights: Mapping[str, Tensor],
    ) -> None:  # fmt: skip
        self._blocks = blocks
        self._states = states
        self._prompt_of = prompt_of
        self._features_of = features_of
        self._weights = dict(weights)
        self._kept: dict[str, tuple[Tensor, Tensor, Tensor]] = {}

    def inputs(self, item_ids: Sequence[str]) -> ItemInputs:
        """Return items, in the given order.

        Raises:
            EnvironmentProblem: New text states cannot be stored.
        """
        states = self._states.get([self._prompt_of(item_id) for item_id in item_ids])
        if not self._weights or not item_ids:
            return self._blocks.inputs(states)
        self._compute([item_id for item_id in dict.fromkeys(item_ids) if item_id not in self._kept])
        tokens, present, prefix = (
            torch.stack([self._kept[item_id][part] for item_id in item_ids]) for part in range(3)
        )
        return ItemInputs(states, tokens, present, prefix)

    @torch.no_grad()
    def _compute(self, missing: list[str]) -> None:
        for start in range(0, len(missing), 512):
            ids = missing[start : start + 512]
            features = self._features_of(ids)
            states = self._states.get([self._prompt_of(item_id) for item_id in ids])
            items = ItemInputs(states, project(self._weights, features), features.present)
            prefix = self._blocks.prefix(items)
            self._kept.update(zip(ids, zip(items.tokens, items.present, prefix, strict=True), strict=True))
