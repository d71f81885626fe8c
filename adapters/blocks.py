"""The adapted blocks: item states in, Yes-minus-No margins out, as a pure function of the LoRA tensors.

Everything below the adapted blocks does not depend on the person, so it is computed once an item (``states.py``). What
remains is transformers' own top blocks, called through ``torch.func.functional_call``. Knows no items and no people.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ..retrieval.errors import AdapterError
from .backbone import Backbone
from .lora import LoraConfig, LoraLinear, Theta, linear_shape

_BATCH_TOKENS = 2048
_LONGEST, _TAIL = 256, 32


class AdaptedBlocks:
    """The top of a decoder, with room for LoRA tensors.

    One lock guards every call: ``functional_call`` swaps tensors into shared modules while it runs, so two threads
    would read each other's adapter.

    Args:
        backbone: The model; its tensors are shared, its modules are not touched.
        config: Which blocks and layers carry LoRA.

    Raises:
        AdapterError: The model is not a decoder with a list of blocks, no layer has one of the target names, or its
            top alone does not give what the whole model gives.
    """

    def __init__(self, backbone: Backbone, config: LoraConfig) -> None:
        self.config = config
        self.backbone = backbone
        self._lock = threading.RLock()
        decoder = backbone.model.get_decoder()
        self._name, n_layers = _block_list(decoder)
        if not 0 < config.n_blocks <= n_layers:
            raise AdapterError(f"n_blocks={config.n_blocks} is outside 1 to {n_layers}, the blocks of the model")
        self.first_block = n_layers - config.n_blocks
        self._top = _truncated(decoder, self._name, config.n_blocks)
        self.shapes = _insert_lora(getattr(self._top, self._name), self._name, config)
        yes, no = (answer_token(backbone.tokenizer, word) for word in ("Yes", "No"))
        head = backbone.model.get_output_embeddings()
        self._readout: Tensor = (head.weight[yes] - head.weight[no]).detach().clone()
        bias = getattr(head, "bias", None)
        self._offset = 0.0 if bias is None else float(bias[yes] - bias[no])
        _check_same(decoder, self._top, self.first_block, torch.tensor([[yes, no, yes]]))

    @property
    def dim(self) -> int:
        """Width of a hidden state."""
        return int(self._readout.shape[0])

    def peft_name(self, name: str) -> str:
        """Return the name peft gives a tensor of ``theta`` in its files."""
        path, kind = name.rsplit(".", 1)
        head, block, rest = path.split(".", 2)
        prefix = next(n for n, m in self.backbone.model.named_modules() if m is self.backbone.model.get_decoder())
        return f"base_model.model.{prefix}.{head}.{int(block) + self.first_block}.{rest}.{kind}.weight"

    def margins(self, theta: Theta, states: Tensor) -> Tensor:
        """Return the Yes-minus-No logit of each item, shape ``(n_items,)``; gradients reach ``theta``.

        Args:
            theta: LoRA tensors, one for each of ``shapes``.
            states: Hidden states that enter the first adapted block, shape ``(n_items, n_tokens, dim)``.
        """
        with self._lock:
            out = functional_call(self._top, theta, kwargs={"inputs_embeds": states, "use_cache": False})
        margins: Tensor = out.last_hidden_state[:, -1] @ self._readout + self._offset
        return margins

    @torch.no_grad()
    def score(self, theta: Theta, states: Tensor) -> Tensor:
        """Return the margins without gradients, in batches of bounded memory, shape ``(n_items,)``."""
        size = max(1, _BATCH_TOKENS // states.shape[1])
        return torch.cat([self.margins(theta, states[i : i + size]) for i in range(0, len(states), size)])

    @torch.no_grad()
    def read(self, texts: Sequence[str]) -> Tensor:
        """Return the two tokens that stand for each text: the mean state and the last, shape ``(n, 2, dim)``.

        Each text is read alone, so that its states do not depend on what else is in the batch.
        """
        with self._lock:
            return torch.stack([self._read_one(text) for text in texts])

    def _read_one(self, text: str) -> Tensor:
        # What looks like a control token in somebody's catalogue is text like any other.
        ids = self.backbone.tokenizer(text, return_tensors="pt", split_special_tokens=True).input_ids
        if ids.shape[1] > _LONGEST:  # a long text loses its middle, so that the question at its end stays
            ids = torch.cat([ids[:, : _LONGEST - _TAIL], ids[:, -_TAIL:]], dim=1)
        decoder = self.backbone.model.get_decoder()
        out = decoder(input_ids=ids, output_hidden_states=True, use_cache=False)
        hidden = out.hidden_states[self.first_block][0]
        return torch.stack([hidden.mean(0), hidden[-1]])


def answer_token(tokenizer: Any, word: str) -> int:
    """Return the first token of an answer as it follows a colon and a space."""
    return int(tokenizer(f" {word}", add_special_tokens=False).input_ids[0])


def _block_list(decoder: nn.Module) -> tuple[str, int]:
    n_layers = int(decoder.config.num_hidden_layers)  # type: ignore[union-attr, arg-type]  # every decoder has a config
    for name, module in decoder.named_children():
        if isinstance(module, nn.ModuleList) and len(module) == n_layers:
            return name, n_layers
    raise AdapterError(
        f"{type(decoder).__name__} has no list of {n_layers} blocks; choose a decoder-only model with PALATE_MODEL"
    )


def _truncated(decoder: nn.Module, name: str, n_blocks: int) -> nn.Module:
    """Return a copy of the module tree that keeps the top blocks only and shares every tensor."""
    memo: dict[int, Any] = {id(tensor): tensor for tensor in (*decoder.parameters(), *decoder.buffers())}
    top = copy.deepcopy(decoder, memo)
    setattr(top, name, nn.ModuleList(list(getattr(top, name))[-n_blocks:]))
    config: Any = top.config
    config.num_hidden_layers = n_blocks
    if getattr(config, "layer_types", None):
        config.layer_types = config.layer_types[-n_blocks:]
    return top.eval()


@torch.no_grad()
def _check_same(decoder: nn.Module, top: nn.Module, first_block: int, ids: Tensor) -> None:
    """Refuse a model that scales what enters its first block, or adds positions to it: its top would do so again."""
    whole = decoder(input_ids=ids, output_hidden_states=True, use_cache=False)
    found = top(inputs_embeds=whole.hidden_states[first_block], use_cache=False).last_hidden_state
    if not torch.allclose(found, whole.last_hidden_state, rtol=1e-3, atol=1e-3):
        raise AdapterError(
            f"{type(decoder).__name__} changes what enters its first block; choose another with PALATE_MODEL"
        )


def _insert_lora(blocks: nn.ModuleList, prefix: str, config: LoraConfig) -> dict[str, tuple[int, int]]:
    chosen = {
        path: module
        for path, module in blocks.named_modules()
        if _is_linear(module) and (not config.targets or path.rsplit(".", 1)[-1] in config.targets)
    }
    if not chosen:
        raise AdapterError(f"no layer of the model is called one of {', '.join(config.targets)}; name its own layers")
    for path, module in chosen.items():
        parent, _, leaf = path.rpartition(".")
        setattr(blocks.get_submodule(parent), leaf, LoraLinear(module, config))
    return {f"{prefix}.{path}": linear_shape(module) for path, module in chosen.items()}


def _is_linear(module: nn.Module) -> bool:
    return isinstance(module, nn.Linear) or type(module).__name__ == "Conv1D"
