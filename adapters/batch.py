"""Scores of several people in one batch: each has items and an adapter of their own, and one call serves them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from ..retrieval.errors import AdapterError
from .blocks import AdaptedBlocks
from .item_inputs import ItemInputs
from .lora import Theta, stack

_BATCH_ROWS = 1024


@torch.no_grad()
def score_many(blocks: AdaptedBlocks, thetas: Sequence[Theta], inputs_per_person: Sequence[ItemInputs]) -> list[Tensor]:
    """Return the margins of each person's items under that person's adapter, as one by one but faster.

    People with the fewest items come first into a batch, and shorter rows are filled up with items that nobody reads.

    Args:
        blocks: Compute the margins.
        thetas: One adapter a person.
        inputs_per_person: Items of each person, any number; all have their prefix or none has.

    Returns:
        One tensor a person, shape ``(n_items,)``, in the order given.

    Raises:
        AdapterError: Not as many adapters as people.
    """
    if len(thetas) != len(inputs_per_person):
        raise AdapterError(f"{len(thetas)} adapters do not fit {len(inputs_per_person)} people; give one for each")
    scores = [torch.zeros(0) for _ in thetas]
    for people in _batches([len(items) for items in inputs_per_person]):
        parts = [inputs_per_person[i] for i in people]
        rows = _padded_rows([len(part) for part in parts])
        items = ItemInputs.join(parts)
        if rows.numel() > len(items):
            items = items.at(rows.flatten())
        margins = blocks.margins(stack([thetas[i] for i in people]), items).reshape(rows.shape)
        for i, part, found in zip(people, parts, margins, strict=True):
            scores[i] = found[: len(part)]
    return scores


def _batches(counts: Sequence[int]) -> Iterator[list[int]]:
    """Give the people with items in groups, by their number of items; a group and its padding has bounded rows."""
    batch: list[int] = []
    for i in sorted((i for i, n in enumerate(counts) if n), key=lambda i: counts[i]):
        if batch and (len(batch) + 1) * counts[i] > _BATCH_ROWS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _padded_rows(counts: Sequence[int]) -> Tensor:
    """Return where each person's items stand among all, shape ``(n_people, most)``; row 0 fills up.

    Examples:
        >>> _padded_rows([1, 3]).tolist()
        [[0, 0, 0], [1, 2, 3]]
    """
    lengths = torch.tensor(counts)
    begins = torch.cumsum(lengths, dim=0) - lengths
    places = torch.arange(max(counts))
    return torch.where(places < lengths[:, None], begins[:, None] + places, 0)
