"""Adapter versions: immutable folders named by their sha256, in peft's format, and the pointer to the one that serves.

Publishing goes file, fsync, rename, fsync of the folder, commit of the version row: whatever moment the process dies
at, every version that the database names can be read, and what it does not name is removed on the next start.
Tensors are stored in half precision, so that an adapter stays small, and are float32 again when they are read.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from safetensors import SafetensorError
from safetensors.torch import load, save
from sqlalchemy import select

from ..retrieval.errors import AdapterError
from ..retrieval.files import environment_errors, new_folder, remove_drafts
from .database import Database
from .lora import Theta, is_finite
from .tables import UserRow, VersionRow

logger = logging.getLogger(__name__)

CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"
_KEEP_VERSIONS = 5
_STORED = torch.float16
_READABLE = (torch.float16, torch.float32)


@dataclass(frozen=True, slots=True)
class AdapterVersion:
    """One published adapter of one person.

    Args:
        version: Counts up from 1 for each person.
        sha256: Hash of the weights file, and the name of its folder.
        theta0: Hash of the start it was adapted from.
        last_event: Place in the log of the newest event it has seen.
        events: How many events it was adapted on.
        steps: Gradient steps.
        loss_before: Support loss under θ₀.
        loss_after: Support loss under the adapter.
        moved: Mean change of the predicted probability over the reference items.
    """

    version: int
    sha256: str
    theta0: str
    last_event: int
    events: int
    steps: int
    loss_before: float
    loss_after: float
    moved: float


class AdapterStore:
    """Loads, publishes and deletes adapters.

    Args:
        database: Holds the version rows and pointers.
        folder: Holds one folder an adapter.
        names: peft's name of each tensor, by our name.
        peft_config: What ``adapter_config.json`` says, the same for every adapter.
        shapes: Shape of each tensor, by our name; a file with others never serves. Empty: any shape serves.
    """

    def __init__(
        self, database: Database, folder: Path, names: Mapping[str, str], peft_config: Mapping[str, Any], *,
        shapes: Mapping[str, tuple[int, ...]] | None = None,
    ) -> None:  # fmt: skip
        self._database = database
        self._folder = folder
        self._to_peft = dict(names)
        self._from_peft = {peft: ours for ours, peft in names.items()}
        self._shapes = dict(shapes or {})
        self._config_text = json.dumps(dict(peft_config), indent=2, sort_keys=True)
        with environment_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder / "store.lock")

    def current(self, user_id: str) -> AdapterVersion | None:
        """Return the version that serves a person; None means θ₀."""
        query = (
            select(VersionRow)
            .join(UserRow, UserRow.id == VersionRow.user)
            .where(UserRow.user_id == user_id, UserRow.current_version == VersionRow.version)
        )
        with self._database.read() as session:
            row = session.scalars(query).one_or_none()
            return _version(row) if row else None

    def load(self, version: AdapterVersion) -> Theta:
        """Read the tensors of a version, in float32.

        Raises:
            AdapterError: The file is missing or damaged, holds other tensors than expected, or a number that is not
                finite.
        """
        path = self._folder / version.sha256 / WEIGHTS_FILE
        try:
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() != version.sha256:
                raise AdapterError(f"the adapter {path} is damaged; it is rebuilt from the event log")
            theta = {self._from_peft[name]: tensor for name, tensor in load(data).items()}
        except (OSError, SafetensorError, KeyError) as error:
            raise AdapterError(f"the adapter {path} cannot be read; it is rebuilt from the event log") from error
        wrong = sorted(self._to_peft.keys() ^ theta.keys()) or [n for n, t in theta.items() if not self._fits(n, t)]
        if wrong:
            raise AdapterError(f"the adapter {path} has another {wrong[0]}; it is rebuilt from the event log")
        if not is_finite(theta):
            raise AdapterError(f"the adapter {path} holds NaN or infinity; it is rebuilt from the event log")
        return {name: tensor.float() for name, tensor in theta.items()}

    def publish(self, user_id: str, theta: Theta, **facts: Any) -> AdapterVersion:
        """Write a new version and point the person to it.

        Args:
            user_id: A person who has events.
            theta: The tensors.
            facts: The other fields of ``AdapterVersion``.

        Raises:
            AdapterError: A tensor holds a number that is not finite in half precision.
            EnvironmentProblem: It cannot be written; the former version goes on serving.
        """
        halved = {name: tensor.to(_STORED).contiguous() for name, tensor in sorted(theta.items())}
        if not is_finite(halved):
            raise AdapterError("an adapter with NaN or infinity is not published; the former version goes on serving")
        data = save({self._to_peft[name]: tensor for name, tensor in halved.items()})
        sha256 = hashlib.sha256(data).hexdigest()
        with self._lock:
            self._write(sha256, data)
            return self._commit(user_id, sha256, facts)

    def prune(self, user_id: str) -> None:
        """Drop all but the newest versions of a person; a dropped one can be rebuilt from the log."""
        with self._lock:
            with self._database.write() as session:
                user = session.scalars(select(UserRow).where(UserRow.user_id == user_id)).one_or_none()
                if user is None:
                    return
                rows = session.scalars(
                    select(VersionRow).where(VersionRow.user == user.id).order_by(VersionRow.version.desc())
                ).all()
                dropped = [row for row in rows[_KEEP_VERSIONS:] if row.version != user.current_version]
                for row in dropped:
                    session.delete(row)
                hashes = {row.sha256 for row in dropped}
            self._remove_unnamed(hashes)

    def sweep(self) -> int:
        """Remove drafts and adapters that no version row names; return how many."""
        with self._lock:
            return self._sweep()

    def count(self) -> int:
        """Return how many adapters are stored."""
        return sum(1 for path in self._folder.iterdir() if path.is_dir())

    def _fits(self, name: str, tensor: torch.Tensor) -> bool:
        return tensor.dtype in _READABLE and tuple(tensor.shape) == tuple(self._shapes.get(name, tensor.shape))

    def _write(self, sha256: str, data: bytes) -> None:
        target = self._folder / sha256
        weights = target / WEIGHTS_FILE
        if weights.exists() and hashlib.sha256(weights.read_bytes()).hexdigest() == sha256:
            return
        with new_folder(target) as draft, environment_errors(target):
            (draft / WEIGHTS_FILE).write_bytes(data)
            (draft / CONFIG_FILE).write_text(self._config_text, encoding="utf-8")

    def _commit(self, user_id: str, sha256: str, facts: dict[str, Any]) -> AdapterVersion:
        with self._database.write() as session:
            user = session.scalars(select(UserRow).where(UserRow.user_id == user_id)).one_or_none()
            if user is None:
                raise AdapterError(f"nobody called '{user_id}' has given feedback; append an event first")
            newest = select(VersionRow.version).where(VersionRow.user == user.id).order_by(VersionRow.version.desc())
            version = (session.scalars(newest.limit(1)).first() or 0) + 1
            row = VersionRow(user=user.id, version=version, sha256=sha256, **facts)
            session.add(row)
            user.current_version = version
            session.flush()
            return _version(row)

    def _remove_unnamed(self, hashes: set[str]) -> None:
        """Remove those of some adapters that no row names any more, without a look at the others."""
        with self._database.read() as session:
            named = set(session.scalars(select(VersionRow.sha256).where(VersionRow.sha256.in_(hashes))))
        for sha256 in hashes - named:
            shutil.rmtree(self._folder / sha256, ignore_errors=True)

    def _sweep(self) -> int:
        with self._database.read() as session:
            named = set(session.scalars(select(VersionRow.sha256)))
        orphans = [path for path in self._folder.iterdir() if path.is_dir() and path.name not in named]
        orphans = [path for path in orphans if not path.name.startswith(".new-")]
        for path in orphans:
            shutil.rmtree(path, ignore_errors=True)
        return len(orphans) + remove_drafts(self._folder)


def _version(row: VersionRow) -> AdapterVersion:
    return AdapterVersion(
        row.version, row.sha256, row.theta0, row.last_event, row.events, row.steps, row.loss_before, row.loss_after,
        row.moved,
    )  # fmt: skip
