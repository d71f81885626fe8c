"""The row with the history in the prompt: the frozen model is told a person's ratings in words and asked for each film.

Nothing is learned. What is told is read once a person; its keys and values are shared by all the questions.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.utils.rnn import pad_sequence
from transformers import DynamicCache

from ..adapters.backbone import Backbone
from ..adapters.blocks import answer_token
from ..bot.factory import item_prompt
from ..retrieval.catalog import Catalog
from ..retrieval.ratings import UserRatings

_TOGETHER = 10
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class HistoryInPrompt:
    """Asks the frozen model.

    Args:
        backbone: The model.
        catalog: The films by row.
    """

    def __init__(self, backbone: Backbone, catalog: Catalog) -> None:
        self._backbone = backbone
        self._catalog = catalog
        yes, no = (answer_token(backbone.tokenizer, word) for word in ("Yes", "No"))
        head = backbone.model.get_output_embeddings().weight
        self._readout = (head[yes] - head[no]).detach()

    def history(self, told: UserRatings) -> str:
        """Return what the model is told of a person."""
        rated = zip(told.rows.tolist(), told.stars.tolist(), strict=True)
        listed = [f"{self._catalog.at(row).label}: {stars:g} of 5 stars" for row, stars in rated]
        return "\n".join(["This viewer's ratings:", *listed, "", ""])

    @torch.no_grad()
    def margins(self, told: UserRatings, rows: Integers) -> Floats:
        """Return how much more likely Yes is than No for each film, shape ``(len(rows),)``.

        Args:
            told: Ratings that are listed in the prompt.
            rows: The films that are asked for.
        """
        decoder = self._backbone.model.get_decoder()
        history = DynamicCache()
        decoder(input_ids=self._ids([self.history(told)])[0], past_key_values=history, use_cache=True)
        prompts = [item_prompt(self._catalog.at(int(row))) for row in rows]
        # Texts of like length are read together.
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        margins = np.zeros(len(rows))
        for first in range(0, len(order), _TOGETHER):
            some = order[first : first + _TOGETHER]
            ids, last = self._ids([prompts[i] for i in some])
            told_each = copy.deepcopy(history)
            told_each.batch_repeat_interleave(len(ids))
            hidden = decoder(input_ids=ids, past_key_values=told_each, use_cache=True).last_hidden_state
            margins[some] = (hidden[torch.arange(len(ids)), last] @ self._readout).double().numpy()
        return margins

    def _ids(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ids filled up behind, where no other token sees them, and the place of each text's last token."""
        ids = [torch.tensor(self._backbone.tokenizer(text, split_special_tokens=True).input_ids) for text in texts]
        return pad_sequence(ids, batch_first=True), torch.tensor([len(one) - 1 for one in ids])
