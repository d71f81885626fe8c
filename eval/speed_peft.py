"""The other side of the speed comparison: the same margins by plain peft and transformers, on the whole prompts."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call

from ..adapters.blocks import AdaptedBlocks, answer_token
from ..adapters.export import export_adapter
from ..adapters.item_inputs import ItemInputs
from ..adapters.lora import Theta

_BATCH = 8


class WholePrompts:
    """Margins as ``AdaptedBlocks.margins`` gives them, with every token of every prompt through the whole model.

    Prompts travel as the states of ``ItemInputs``: token ids, blanks (-1) on the left. So the inner loop that is timed
    is the same one, and what differs is the model it calls.

    Args:
        blocks: Name the tensors and the tokens.
        model: A ``PeftModel`` of their adapter.
    """

    def __init__(self, blocks: AdaptedBlocks, model: Any) -> None:
        self._blocks = blocks
        self._model = model
        self._answers = [answer_token(blocks.backbone.tokenizer, word) for word in ("Yes", "No")]

    def inputs(self, prompts: Sequence[str]) -> ItemInputs:
        """Return prompts as items."""
        ids = [self._blocks.token_ids(prompt) for prompt in prompts]
        most = max(map(len, ids))
        padded = torch.tensor([[-1] * (most - len(one)) + one for one in ids])
        return ItemInputs(padded, torch.zeros(len(ids), 0, 0), torch.zeros(len(ids), 0, dtype=torch.bool))

    def margins(self, theta: Theta, items: ItemInputs) -> Tensor:
        """Return the Yes-minus-No logit of each prompt, shape ``(n_items,)``; ``theta`` is of one person."""
        tensors = {self._name(name): tensor.reshape(tensor.shape[-2:]) for name, tensor in theta.items()}
        batch = {"input_ids": items.states.clamp(min=0), "attention_mask": (items.states >= 0).long()}
        logits = functional_call(self._model, tensors, kwargs={**batch, "logits_to_keep": 1}).logits[:, -1]
        yes, no = self._answers
        found: Tensor = logits[:, yes] - logits[:, no]
        return found

    @torch.no_grad()
    def score(self, theta: Theta, prompts: Sequence[str]) -> Tensor:
        """Return the margins of any number of prompts, those of like length together, in the order given."""
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        scores = torch.zeros(len(prompts))
        for begin in range(0, len(order), _BATCH):
            rows = order[begin : begin + _BATCH]
            scores[rows] = self.margins(theta, self.inputs([prompts[i] for i in rows]))
        return scores

    def _name(self, name: str) -> str:
        return self._blocks.peft_name(name).removesuffix("weight") + "default.weight"


@contextmanager
def through_peft(blocks: AdaptedBlocks, theta: Theta, *, prompt: str) -> Iterator[WholePrompts]:
    """Give the model with an adapter in it as peft puts it there; afterwards the model is as it was.

    Args:
        blocks: What the adapter belongs to.
        theta: Its tensors.
        prompt: Any prompt.
    """
    from peft import PeftModel

    with tempfile.TemporaryDirectory(prefix="palate-peft-") as folder:
        path = export_adapter(blocks, theta, Path(folder) / "adapter", prompt=prompt)
        # peft asks for an attribute that transformers renames: nothing that the reader of a report can change.
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            model = PeftModel.from_pretrained(blocks.backbone.model, str(path)).eval()
    try:
        yield WholePrompts(blocks, model)
    finally:
        model.unload()
