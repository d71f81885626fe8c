"""An adapter as a folder that plain peft and transformers read, in the activated form (Greenewald et al., 2025).

The adapter acts from the last occurrence of its invocation tokens on. That is the last token of every prompt, so the
full prompt through ``PeftModel`` gives the margin that the adapted blocks give for an item without further tokens.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from ..retrieval.errors import AdapterError
from ..retrieval.files import environment_errors, new_folder
from .adapter_store import CONFIG_FILE, WEIGHTS_FILE
from .blocks import AdaptedBlocks
from .lora import Theta, is_finite

_PROMPT_END = "Answer:"


def export_adapter(
    blocks: AdaptedBlocks, theta: Theta, folder: Path, *, prompt: str = _PROMPT_END, dtype: torch.dtype = torch.float32
) -> Path:
    """Write an adapter for ``PeftModel.from_pretrained(model, folder)``; a folder that is there is replaced.

    Args:
        blocks: What the tensors belong to.
        theta: LoRA tensors of one person.
        folder: Where it goes; it appears whole or not at all.
        prompt: Any prompt, or the end of one: its last token is where the adapter acts.
        dtype: Of the tensors in the file.

    Returns:
        The folder.

    Raises:
        AdapterError: The tensors are not those of ``blocks`` or not finite, or no adapter on the full prompt gives what
            these blocks give.
        EnvironmentProblem: The folder cannot be written.
    """
    names = {f"{layer}.{kind}" for layer in blocks.shapes for kind in ("lora_A", "lora_B")}
    if theta.keys() != names:
        raise AdapterError(f"the tensors {_some(names ^ theta.keys())} do not fit; export an adapter of these blocks")
    if not is_finite(theta):
        raise AdapterError("an adapter with NaN or infinity is not exported; adapt again from the start")
    settings = json.dumps(activated_config(blocks, prompt=prompt), indent=2, sort_keys=True) + "\n"
    tensors = {blocks.peft_name(name): theta[name].detach().to(dtype).contiguous() for name in sorted(theta)}
    with new_folder(folder) as draft, environment_errors(folder):
        (draft / WEIGHTS_FILE).write_bytes(save(tensors))
        (draft / CONFIG_FILE).write_text(settings, encoding="utf-8")
    return folder


def activated_config(blocks: AdaptedBlocks, *, prompt: str = _PROMPT_END) -> dict[str, Any]:
    """Return what ``adapter_config.json`` says of an adapter of these blocks.

    Args:
        blocks: What the adapter belongs to.
        prompt: Any prompt, or the end of one.

    Raises:
        AdapterError: The text is pooled, so that the blocks do not read the prompt that peft would, or is empty.
    """
    config = blocks.config
    if config.text_tokens:
        raise AdapterError(f"text_tokens={config.text_tokens} pools the text, which peft cannot; export with 0")
    ids = blocks.token_ids(prompt)
    if not ids:
        raise AdapterError(f"the prompt {prompt!r} has no token; give the text that every prompt ends with")
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": blocks.backbone.name,
        "r": config.rank,
        "lora_alpha": config.alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": sorted({name.rsplit(".", 1)[-1] for name in blocks.shapes}),
        "layers_to_transform": list(range(blocks.first_block, blocks.first_block + config.n_blocks)),
        "layers_pattern": next(iter(blocks.shapes)).split(".", 1)[0],
        "alora_invocation_tokens": ids[-1:],
        "inference_mode": True,
    }


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:4])
