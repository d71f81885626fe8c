"""Checkpoints of the outer loop: everything that the next round depends on, as safetensors and JSON.

Each is a folder of its own that appears whole or not at all; the older ones go once it is there.
"""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from ..retrieval.errors import AdapterError
from ..retrieval.files import environment_errors, new_folder, remove_drafts
from .meta_problem import Params

TENSORS_FILE = "state.safetensors"
FACTS_FILE = "state.json"
_PREFIX = "round-"
_RANDOM = "random"


class Facts(BaseModel):
    """The numbers of a checkpoint.

    Args:
        recipe: Algorithm and configuration: a run goes on with the same only.
        round: Rounds done.
        best_loss: Least validation loss so far; None before the first.
        stale: Validations since then.
        failures: Rounds in a row that were not finite.
    """

    model_config = ConfigDict(extra="forbid")

    recipe: str
    round: int = 0
    best_loss: float | None = None
    stale: int = 0
    failures: int = 0

    @property
    def best(self) -> float:
        """The least validation loss, infinite before the first."""
        return math.inf if self.best_loss is None else self.best_loss


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state of the outer loop between two rounds.

    Args:
        facts: Its numbers.
        params: The parameters.
        best: Those of the least validation loss.
        moments: State of Adam: ``<parameter>|<kind>``.
        random: State of the random generator.
    """

    facts: Facts
    params: Params
    best: Params
    moments: dict[str, Tensor]
    random: Tensor

    def save(self, folder: Path) -> None:
        """Write it under ``folder`` and remove older ones.

        Raises:
            EnvironmentProblem: The folder cannot be written.
        """
        groups = {"params": self.params, "best": self.best, "moments": self.moments}
        # A copy of each: safetensors takes no two names of one memory.
        tensors = {f"{g}|{n}": t.detach().clone() for g, named in groups.items() for n, t in named.items()}
        target = folder / f"{_PREFIX}{self.facts.round:08d}"
        with new_folder(target) as draft:
            (draft / TENSORS_FILE).write_bytes(save({_RANDOM: self.random, **tensors}))
            (draft / FACTS_FILE).write_text(self.facts.model_dump_json(), encoding="utf-8")
        for old in _saved(folder):
            if old != target:
                shutil.rmtree(old, ignore_errors=True)


def latest(folder: Path) -> Checkpoint | None:
    """Return the checkpoint of the most rounds in a folder; None if it has none.

    Raises:
        AdapterError: It cannot be read.
    """
    with environment_errors(folder):
        remove_drafts(folder)
        saved = _saved(folder)
    if not saved:
        return None
    try:
        facts = Facts.model_validate(json.loads((saved[-1] / FACTS_FILE).read_text(encoding="utf-8")))
        tensors = load((saved[-1] / TENSORS_FILE).read_bytes())
        groups: dict[str, dict[str, Tensor]] = {"params": {}, "best": {}, "moments": {}}
        random = tensors.pop(_RANDOM)
        for name, tensor in tensors.items():
            group, _, rest = name.partition("|")
            groups[group][rest] = tensor
    except (OSError, ValueError, KeyError, ValidationError, SafetensorError) as error:
        raise AdapterError(f"the checkpoint {saved[-1]} cannot be read ({error}); delete it to start anew") from error
    return Checkpoint(facts, **groups, random=random)


def _saved(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"{_PREFIX}*") if path.is_dir())
