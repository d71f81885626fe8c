"""What the adapted blocks read of items: tensors that do not depend on a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class ItemInputs:
    """What the adapted blocks read of some items.

    Args:
        states: What is kept of their texts, shape ``(n_items, state_width)``.
        tokens: Tokens beside the text, shape ``(n_items, n_tokens, dim)``.
        present: Which of those an item has, shape ``(n_items, n_tokens)``, bool.
        prefix: Keys and values of everything before the answer position, from ``AdaptedBlocks.prefix``; shape
            ``(n_items, n_blocks, 2, n_key_heads, n_prefix, head_dim)``. None: computed when it is needed.
    """

    states: Tensor
    tokens: Tensor
    present: Tensor
    prefix: Tensor | None = None

    def __len__(self) -> int:
        return len(self.states)

    def at(self, rows: Any) -> ItemInputs:
        """Return the items in ``rows``, anything that indexes a tensor."""
        prefix = None if self.prefix is None else self.prefix[rows]
        return ItemInputs(self.states[rows], self.tokens[rows], self.present[rows], prefix)

    @staticmethod
    def join(parts: Sequence[ItemInputs]) -> ItemInputs:
        """Put items together; all parts have their prefix or none has."""
        prefixes = [part.prefix for part in parts if part.prefix is not None]
        return ItemInputs(
            torch.cat([part.states for part in parts]),
            torch.cat([part.tokens for part in parts]),
            torch.cat([part.present for part in parts]),
            torch.cat(prefixes) if prefixes else None,
        )
