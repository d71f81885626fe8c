"""What is kept of items' texts, computed once: a row of half-precision numbers each, found by the hash of the prompt.

A state depends on the model, the first adapted block and the prompt alone. Shipped states are read first, then those
in the person's home; what is missing is computed and stored as one more immutable shard.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..retrieval.files import environment_errors, new_folder
from .blocks import AdaptedBlocks

logger = logging.getLogger(__name__)

_FILE = "states.safetensors"
_SAVE_EVERY = 256
_READ_TOGETHER = 32
Progress = Callable[[str, int, int], None]


class ItemStates:
    """Item states by prompt.

    Args:
        blocks: Computes what is missing.
        shipped: A shard that came with the weights; None or a missing file is no shard.
        home: The folder for shards computed here; None keeps them in memory only.
        progress: Called with a label, the prompts done and their number.
    """

    def __init__(
        self, blocks: AdaptedBlocks, *, shipped: Path | None = None, home: Path | None = None,
        progress: Progress | None = None,
    ) -> None:  # fmt: skip
        self._blocks = blocks
        self._progress = progress
        self._key = f"{blocks.backbone.revision[:16]}-{blocks.first_block}-{blocks.config.text_tokens or 'exact'}"
        self._folder = home / self._key if home else None
        self._rows: dict[str, Tensor] = {}
        shards = sorted(self._folder.glob(f"*/{_FILE}")) if self._folder else []
        for shard in [shipped, *shards] if shipped else shards:
            self._rows.update(_read_shard(shard, self._key))

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, prompts: Sequence[str]) -> Tensor:
        """Return the states of the prompts in float32, shape ``(len(prompts), state_width)``.

        Raises:
            EnvironmentProblem: New states cannot be stored.
        """
        keys = [_hash(prompt) for prompt in prompts]
        missing = {key: prompt for key, prompt in zip(keys, prompts, strict=True) if key not in self._rows}
        self._compute(missing)
        if not keys:
            return torch.zeros(0, self._blocks.state_width)
        return torch.stack([self._rows[key] for key in keys]).float()

    def save(self, path: Path, prompts: Sequence[str]) -> None:
        """Write the states of the prompts as one shard file, to ship with the weights."""
        _write_shard(path, self._key, {_hash(p): s.half() for p, s in zip(prompts, self.get(prompts), strict=True)})

    def _compute(self, missing: dict[str, str]) -> None:
        # Texts of like length are read together.
        keys, done = sorted(missing, key=lambda key: len(missing[key])), 0
        for start in range(0, len(keys), _SAVE_EVERY):
            block: dict[str, Tensor] = {}
            together = keys[start : start + _SAVE_EVERY]
            for first in range(0, len(together), _READ_TOGETHER):
                part = together[first : first + _READ_TOGETHER]
                block.update(zip(part, self._blocks.read([missing[key] for key in part]).half(), strict=True))
                done += len(part)
                if self._progress:
                    self._progress("reading items into the model", done, len(keys))
            if self._folder:
                name = hashlib.sha256("".join(block).encode()).hexdigest()[:16]
                with new_folder(self._folder / name) as draft, environment_errors(self._folder):
                    _write_shard(draft / _FILE, self._key, block)
            self._rows.update(block)


def _hash(prompt: str) -> str:
    return hashlib.sha256(prompt.encode()).hexdigest()[:32]


def _write_shard(path: Path, key: str, rows: dict[str, Tensor]) -> None:
    states = torch.stack(list(rows.values()))
    metadata = {"key": key, "prompts": ",".join(rows), "sha256": _content_hash(states)}
    save_file({"states": states}, path, metadata=metadata)


def _content_hash(states: Tensor) -> str:
    return hashlib.sha256(states.numpy().tobytes()).hexdigest()


def _read_shard(path: Path, key: str) -> dict[str, Tensor]:
    """Return the rows of a shard; none where it is of another model, missing or damaged (they are computed anew)."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("key") != key:
                return {}
            states = file.get_tensor("states")
            if metadata["sha256"] != _content_hash(states):
                raise ValueError("its content has changed since it was written")
            return dict(zip(metadata["prompts"].split(","), states, strict=True))
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        logger.warning("item states in %s are not used: %s", path, error)
        return {}
