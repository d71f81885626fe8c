"""The adapted blocks: item states in, Yes-minus-No margins out, as a pure function of the LoRA tensors.

Everything below the adapted blocks does not depend on the person, so it is computed once an item (``states.py``). What
remains is transformers' own top blocks, called through ``torch.func.functional_call``. The adapter acts on the answer
position alone (activated LoRA, Greenewald et al., 2025), so that the keys and values of an item's other tokens are
computed once too. Knows no items and no people.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call
from transformers import DynamicCache

from ..retrieval.errors import AdapterError
from .backbone import Backbone
from .decoder_top import block_list, insert_lora, truncated
from .item_inputs import ItemInputs
from .lora import LoraConfig, Theta

_BATCH_ROWS = 1024
_READ_TOGETHER = 16
_LONGEST, _TAIL = 256, 32
_HIDDEN = -1e9
# Layers that set what an answer position looks for in a text, or what the text offers.
_READS = frozenset({"q_proj", "k_proj", "qkv_proj", "query_key_value", "c_attn"})


class AdaptedBlocks:
    """The top of a decoder, with room for LoRA tensors.

    One lock guards every call: ``functional_call`` swaps tensors into shared modules while it runs, so two threads
    would read each other's adapter.

    Args:
        backbone: The model; its tensors are shared, its modules are not touched.
        config: Which blocks and layers carry LoRA.

    Raises:
        AdapterError: The model is not a decoder with a list of blocks, no layer has one of the target names, its top
            alone does not give what the whole model gives, or the configuration contradicts itself.
    """

    def __init__(self, backbone: Backbone, config: LoraConfig) -> None:
        if config.text_tokens == 0 and (config.n_blocks != 1 or not config.answer_only):
            raise AdapterError("text_tokens=0 (the exact text) needs n_blocks=1 and answer_only; pool it into some")
        if config.text_tokens == 0 and (not config.targets or _READS.intersection(config.targets)):
            raise AdapterError(
                f"text_tokens=0 (the exact text) needs targets without {', '.join(sorted(_READS))}; name some others, "
                "or pool the text into some tokens"
            )
        self.config = config
        self.backbone = backbone
        self._lock = threading.RLock()
        decoder = backbone.model.get_decoder()
        self._name, n_layers = block_list(decoder)
        if not 0 < config.n_blocks <= n_layers:
            raise AdapterError(f"n_blocks={config.n_blocks} is outside 1 to {n_layers}, the blocks of the model")
        self.first_block = n_layers - config.n_blocks
        self._top = truncated(decoder, self._name, config.n_blocks)
        self.shapes = insert_lora(getattr(self._top, self._name), self._name, config)
        yes, no = (answer_token(backbone.tokenizer, word) for word in ("Yes", "No"))
        head = backbone.model.get_output_embeddings()
        self._readout: Tensor = (head.weight[yes] - head.weight[no]).detach().clone()
        bias = getattr(head, "bias", None)
        self._offset = 0.0 if bias is None else float(bias[yes] - bias[no])
        settings = decoder.config
        self._n_heads = int(settings.num_attention_heads)
        self._head_dim = int(getattr(settings, "head_dim", None) or self.dim // self._n_heads)
        self._check(torch.tensor([[yes, no, yes, no]]))

    @property
    def dim(self) -> int:
        """Width of a hidden state."""
        return int(self._readout.shape[0])

    @property
    def state_width(self) -> int:
        """How many numbers are kept of an item's text."""
        return self.dim + (self.config.text_tokens * self.dim or self._n_heads * (self._head_dim + 1))

    def peft_name(self, name: str) -> str:
        """Return the name peft gives a tensor of ``theta`` in its files."""
        path, kind = name.rsplit(".", 1)
        head, block, rest = path.split(".", 2)
        prefix = next(n for n, m in self.backbone.model.named_modules() if m is self.backbone.model.get_decoder())
        return f"base_model.model.{prefix}.{head}.{int(block) + self.first_block}.{rest}.{kind}.weight"

    def inputs(self, states: Tensor) -> ItemInputs:
        """Return items that are their texts alone."""
        blank = states.new_zeros(len(states), 0, self.dim)
        return ItemInputs(states, blank, torch.zeros(len(states), 0, dtype=torch.bool))

    def prefix(self, items: ItemInputs) -> Tensor:
        """Return keys and values of what stands before the answer position; gradients reach the tokens."""
        tokens = self._before(items)
        size = (len(tokens), self.config.n_blocks, 2, -1, tokens.shape[1], self._head_dim)
        if not tokens.shape[1]:
            return tokens.new_zeros(*size[:3], 1, 0, self._head_dim)
        cache = DynamicCache()
        with self._lock:
            self._top(inputs_embeds=tokens, past_key_values=cache, use_cache=True, bias=self._bias(items))
        layers: list[Any] = list(cache.layers)  # transformers types the layers of a cache loosely
        pairs = [torch.stack([layer.keys, layer.values], dim=1) for layer in layers]
        return torch.stack(pairs, dim=1).reshape(size)

    def margins(self, theta: Theta, items: ItemInputs) -> Tensor:
        """Return the Yes-minus-No logit of each item, shape ``(n_items,)``; gradients reach ``theta`` and tokens."""
        margins: Tensor = self.hidden(theta, items) @ self._readout + self._offset
        return margins

    def hidden(self, theta: Theta, items: ItemInputs) -> Tensor:
        """Return the last hidden state at the answer position, normed, shape ``(n_items, dim)``.

        Args:
            theta: LoRA tensors, one for each of ``shapes``; or those of several people, to whom the items belong in
                order, equally many each.
            items: What to judge.
        """
        answer = items.states[:, None, : self.dim]
        options: dict[str, Any] = {"bias": self._bias(items)}
        if not self.config.answer_only:
            options.update(inputs_embeds=torch.cat([self._before(items), answer], dim=1), use_cache=False)
        else:
            options.update(inputs_embeds=answer, use_cache=True, summary=self._summary(items))
            prefix = self.prefix(items) if items.prefix is None else items.prefix
            options["past_key_values"] = _cache(prefix)
            options["position_ids"] = torch.full((len(answer), 1), prefix.shape[4])
        with self._lock:
            out = functional_call(self._top, theta, kwargs=options)
        state: Tensor = out.last_hidden_state[:, -1]
        return state

    @torch.no_grad()
    def score(self, theta: Theta, items: ItemInputs) -> Tensor:
        """Return the margins of one person without gradients, in batches of bounded memory, shape ``(n_items,)``."""
        parts = [items.at(slice(i, i + _BATCH_ROWS)) for i in range(0, len(items), _BATCH_ROWS)]
        return torch.cat([self.margins(theta, part) for part in parts]) if parts else torch.zeros(0)

    @torch.no_grad()
    def read(self, texts: Sequence[str]) -> Tensor:
        """Return what is kept of each text, shape ``(n, state_width)``.

        Texts of the same number of tokens are read together, so that nothing is padded.
        """
        ids = [self._ids(text) for text in texts]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        states = torch.zeros(len(texts), self.state_width)
        while order:
            same = [i for i in order[:_READ_TOGETHER] if len(ids[i]) == len(ids[order[0]])]
            with self._lock:
                states[same] = self._read(torch.tensor([ids[i] for i in same]))
            order = order[len(same) :]
        return states

    def token_ids(self, text: str) -> list[int]:
        """Return the token ids of a text as ``read`` sees it."""
        return self._ids(text)

    def _ids(self, text: str) -> list[int]:
        # What looks like a control token in somebody's catalogue is text like any other.
        ids: list[int] = list(self.backbone.tokenizer(text, split_special_tokens=True).input_ids)
        # A long text loses its middle, so that the question at its end stays.
        return ids if len(ids) <= _LONGEST else ids[: _LONGEST - _TAIL] + ids[-_TAIL:]

    def _read(self, ids: Tensor) -> Tensor:
        decoder = self.backbone.model.get_decoder()
        out = decoder(input_ids=ids, output_hidden_states=True, use_cache=False)
        hidden = out.hidden_states[self.first_block]
        if self.config.text_tokens:
            spans = torch.tensor_split(hidden, self.config.text_tokens, dim=1)
            pooled = [span.mean(dim=1) if span.shape[1] else hidden[:, -1] for span in spans]
            return torch.cat([hidden[:, -1], *pooled], dim=1)
        captured: list[Tensor] = []
        self._top(inputs_embeds=hidden, use_cache=False, captured=captured)
        output, log_odds = captured
        return torch.cat([hidden[:, -1], output.flatten(1), log_odds], dim=1)

    def _before(self, items: ItemInputs) -> Tensor:
        if not self.config.text_tokens:
            return items.tokens
        text = items.states[:, self.dim :].reshape(len(items), self.config.text_tokens, self.dim)
        return torch.cat([text, items.tokens], dim=1)

    def _bias(self, items: ItemInputs) -> Tensor:
        hidden = torch.where(items.present, 0.0, _HIDDEN)
        return torch.cat([hidden.new_zeros(len(items), self.config.text_tokens), hidden], dim=1)

    def _summary(self, items: ItemInputs) -> tuple[Tensor, Tensor] | None:
        if self.config.text_tokens:
            return None
        kept, n = items.states[:, self.dim :], self._n_heads
        return kept[:, :-n].reshape(len(items), n, self._head_dim), kept[:, -n:]

    @torch.no_grad()
    def _check(self, ids: Tensor) -> None:
        """Refuse a model that scales what enters its first block, or adds positions to it: its top would again."""
        decoder = self.backbone.model.get_decoder()
        whole = decoder(input_ids=ids, output_hidden_states=True, use_cache=False)
        found = self._top(inputs_embeds=whole.hidden_states[self.first_block], use_cache=False).last_hidden_state
        if not torch.allclose(found, whole.last_hidden_state, rtol=1e-3, atol=1e-3):
            raise AdapterError(
                f"{type(decoder).__name__} changes what enters its first block; choose another with PALATE_MODEL"
            )


def answer_token(tokenizer: Any, word: str) -> int:
    """Return the first token of an answer as it follows a colon and a space."""
    return int(tokenizer(f" {word}", add_special_tokens=False).input_ids[0])


def _cache(prefix: Tensor) -> DynamicCache:
    cache = DynamicCache()
    if prefix.shape[4]:
        for block in range(prefix.shape[1]):
            cache.update(prefix[:, block, 0], prefix[:, block, 1], block)
    return cache
