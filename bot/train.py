"""Trains a start from ratings and writes it with the item states of the catalogue; the registry of algorithms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..adapters.lora import random_theta
from ..adapters.meta_train import MetaTrainer, TrainConfig
from ..adapters.start import STATES_FILE, VECTORS_FILE, save_start
from ..retrieval.errors import DataError
from ..retrieval.kept_vectors import save_vectors
from ..retrieval.ratings import read_ml_1m, split_users
from .factory import build_foundation, item_prompt
from .settings import Settings

ALGORITHMS = {"pooled": MetaTrainer}


def train_start(
    settings: Settings, *, data_dir: Path, out: Path, algorithm: str, epochs: int, seed: int, say: Callable[[str], None]
) -> None:
    """Train a start and write it to ``out``.

    Args:
        settings: Model, encoder and catalogue to train for.
        data_dir: Folder that holds ``ml-1m``.
        out: Folder for the result.
        algorithm: One of ``ALGORITHMS``.
        epochs: Steps of the outer loop.
        seed: Seeds split, start and order.
        say: Called with one line of progress.

    Raises:
        DataError: An unknown algorithm or unusable data.
    """
    if algorithm not in ALGORITHMS:
        raise DataError(f"there is no algorithm '{algorithm}'; choose one of {', '.join(ALGORITHMS)}")
    base = build_foundation(settings, seed=seed, progress=_progress(say), say=say)
    training, validation = split_users(read_ml_1m(data_dir, base.catalog), seed=seed)
    prompts = [item_prompt(item) for item in base.catalog]
    trainer = ALGORITHMS[algorithm](
        base.catalog,
        base.vectors.vectors,
        base.states.get(prompts),
        base.loss,
        TrainConfig(epochs=epochs, seed=seed),
        say,
    )
    start = random_theta(base.blocks.shapes, base.blocks.config, seed=seed)
    theta, recipe = trainer.fit(start, training, validation, base_revision=base.backbone.revision)
    save_start(out, theta, recipe, base.blocks)
    base.states.save(out / STATES_FILE, prompts)
    save_vectors(out / VECTORS_FILE, base.encoder, [item.text for item in base.catalog])
    say(f"wrote {out}")


def _progress(say: Callable[[str], None]) -> Callable[[str, int, int], None]:
    def progress(label: str, done: int, of: int) -> None:
        if done % 128 == 0 or done == of:
            say(f"{label}: {done} of {of}")

    return progress
