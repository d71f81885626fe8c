"""The top of a decoder as a module of its own: its last blocks, its tensors shared, room for LoRA put in."""

from __future__ import annotations

import copy
from typing import Any

from torch import nn

from ..retrieval.errors import AdapterError
from . import attention
from .lora import LoraConfig, LoraLinear, linear_shape


def block_list(decoder: nn.Module) -> tuple[str, int]:
    """Return the name and the length of a decoder's list of blocks.

    Raises:
        AdapterError: It has none.
    """
    n_layers = int(decoder.config.num_hidden_layers)  # type: ignore[union-attr, arg-type]  # every decoder has a config
    for name, module in decoder.named_children():
        if isinstance(module, nn.ModuleList) and len(module) == n_layers:
            return name, n_layers
    raise AdapterError(
        f"{type(decoder).__name__} has no list of {n_layers} blocks; choose a decoder-only model with PALATE_MODEL"
    )


def truncated(decoder: nn.Module, name: str, n_blocks: int) -> nn.Module:
    """Return a copy of the module tree that keeps the top blocks only, shares every tensor and attends as we do."""
    memo: dict[int, Any] = {id(tensor): tensor for tensor in (*decoder.parameters(), *decoder.buffers())}
    top = copy.deepcopy(decoder, memo)
    setattr(top, name, nn.ModuleList(list(getattr(top, name))[-n_blocks:]))
    config: Any = top.config
    config.num_hidden_layers = n_blocks
    if getattr(config, "layer_types", None):
        config.layer_types = config.layer_types[-n_blocks:]
    config._attn_implementation = attention.NAME
    for i, block in enumerate(getattr(top, name)):
        for module in block.modules():
            if hasattr(module, "layer_idx"):
                module.layer_idx = i
    return top.eval()


def insert_lora(blocks: nn.ModuleList, prefix: str, config: LoraConfig) -> dict[str, tuple[int, int]]:
    """Put room for LoRA into the chosen layers of some blocks; return their (out, in) shapes by module path.

    Raises:
        AdapterError: No layer has one of the names.
    """
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
