"""Attention over a few item tokens and a text that is known by its summary alone.

Where no key or query of a text depends on the person, what the answer position reads of the text is one constant an
item: for each head the attention output and the log-odds of the text against the answer's own key. They combine exactly
with other keys (as the tiles of FlashAttention do, Dao et al., NeurIPS 2022), so the text's tokens need not be kept.
Registered with transformers under a name of its own; plain matrix products, so that it can be differentiated twice.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

NAME = "palate"


def attend(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, *,
    scaling: float | None = None, dropout: float = 0.0, summary: tuple[Tensor, Tensor] | None = None,
    bias: Tensor | None = None, captured: list[Tensor] | None = None, **_: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    """Attend, and join what a summary says of a text that is not here.

    Args:
        module: The attention layer; unused.
        query: Shape ``(n, n_heads, n_queries, head_dim)``.
        key: Shape ``(n, n_key_heads, n_keys, head_dim)``.
        value: As ``key``.
        attention_mask: Added to the scores; None means everything is seen.
        scaling: Of the scores; one over the root of ``head_dim`` if None.
        dropout: Unused: nothing here is in training mode.
        summary: Of the absent text: output ``(n, n_heads, head_dim)``, log-odds against the last key ``(n, n_heads)``.
        bias: Added to the scores of the first keys, shape ``(n, n_biased)``: minus infinity hides a key.
        captured: Receives the summary of every key but the last, as the last query reads them.
    """
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
    scores = (query @ key.mT) * scale
    if attention_mask is not None:
        scores = scores + attention_mask[..., : key.shape[2]]
    if bias is not None and bias.shape[1]:
        blank = bias.new_zeros(len(bias), key.shape[2] - bias.shape[1])
        scores = scores + torch.cat([bias, blank], dim=1)[:, None, None, :]
    del module, dropout
    if captured is not None:
        before = scores[:, :, -1, :-1]
        seen = torch.softmax(before, dim=-1)[:, :, None, :] @ value[:, :, :-1]
        captured += [seen[:, :, 0], torch.logsumexp(before, dim=-1) - scores[:, :, -1, -1]]
    if summary is None:
        output = torch.softmax(scores, dim=-1) @ value
    else:
        text, log_odds = summary
        text_score = log_odds[:, :, None, None] + scores[..., -1:]
        weights = torch.softmax(torch.cat([scores, text_score], dim=-1), dim=-1)
        output = weights[..., :-1] @ value + weights[..., -1:] * text[:, :, None, :]
    return output.transpose(1, 2).contiguous(), None


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, eager_mask)
