"""Item vectors written block by block into a draft, so that an interruption costs at most one block."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
from numpy.lib import format as npy
from pydantic import BaseModel, ConfigDict, ValidationError

from .encoder import Encoder, Vectors
from .errors import RetrievalError
from .files import environment_errors

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]

_BATCH = 64
_BLOCK = 16 * _BATCH
_VECTORS = "vectors.npy"
_STATE = "state.json"


class HasText(Protocol):
    """Anything with a text to encode."""

    @property
    def text(self) -> str:
        """What the encoder reads."""
        ...


class ItemTexts(Protocol):
    """What is needed of a catalogue; its items are read one by one, in order."""

    @property
    def sha256(self) -> str:
        """Hash of the whole content."""
        ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[HasText]: ...


class DraftState(BaseModel):
    """What a draft is of, how many of its rows are written, and the sha256 of their bytes."""

    model_config = ConfigDict(extra="forbid")

    encoder: str
    dim: int
    count: int
    catalog_sha256: str
    rows: int = 0
    sha256: str = hashlib.sha256().hexdigest()

    def is_of(self, other: DraftState) -> bool:
        """Whether both are of the same catalogue and encoder."""
        ours, theirs = (state.model_dump(exclude={"rows", "sha256"}) for state in (self, other))
        return ours == theirs


def encode_into(draft: Path, catalog: ItemTexts, encoder: Encoder, *, progress: Progress | None = None) -> Path:
    """Encode every item into the folder ``draft``, from where an interrupted call left off.

    Args:
        draft: Kept by the caller until the vectors are in place; of another catalogue or encoder it is emptied.
        catalog: The items.
        encoder: What turns their texts into vectors.
        progress: Called with a label, the items done and their number.

    Returns:
        A ``.npy`` file of shape ``(n_items, dim)``, float32.

    Raises:
        EnvironmentProblem: The draft cannot be written.
        RetrievalError: The catalogue has other items than it says.
    """
    wanted = DraftState(encoder=encoder.name, dim=encoder.dim, count=len(catalog), catalog_sha256=catalog.sha256)
    path = draft / _VECTORS
    with environment_errors(draft):
        state, digest = _resumed(draft, wanted)
        file = path.open("r+b")
    with file:
        _to_end(file, state)
        for block in _encoded(catalog, encoder, state.rows, progress):
            content = np.ascontiguousarray(block, dtype="<f4").tobytes()
            digest.update(content)
            state = state.model_copy(update={"rows": state.rows + len(block), "sha256": digest.hexdigest()})
            with environment_errors(path):
                file.write(content)
                _write_out(file)
                _keep(draft, state)
    if state.rows != state.count:
        raise RetrievalError(f"the catalogue has {state.count} items but gave {state.rows}; build it again")
    return path


def _encoded(catalog: ItemTexts, encoder: Encoder, done: int, progress: Progress | None) -> Iterator[Vectors]:
    """Yield the vectors of the items after the first ``done``, a block at a time."""
    texts = (item.text for item in islice(catalog, done, None))
    n_items = len(catalog)
    while block := list(islice(texts, _BLOCK)):
        parts = []
        for start in range(0, len(block), _BATCH):
            parts.append(encoder.encode_items(block[start : start + _BATCH]))
            if progress:
                progress("indexing items", done + min(start + _BATCH, len(block)), n_items)
        done += len(block)
        yield np.concatenate(parts)


def _resumed(draft: Path, wanted: DraftState) -> tuple[DraftState, hashlib._Hash]:
    """Return how far the draft is, and the running hash of its rows; begin it where it cannot be used."""
    try:
        state = DraftState.model_validate_json((draft / _STATE).read_bytes())
        digest = _digest(draft / _VECTORS, state)
        if state.is_of(wanted) and digest.hexdigest() == state.sha256:
            logger.info("%d of %d vectors are there already in %s", state.rows, state.count, draft)
            return state, digest
        logger.info("the draft %s is of another catalogue or encoder, or damaged; it is begun anew", draft)
    except (OSError, ValidationError, ValueError):
        logger.debug("no draft in %s", draft)
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    with (draft / _VECTORS).open("wb") as file:
        npy.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (wanted.count, wanted.dim)})
    return wanted, hashlib.sha256()


def _digest(path: Path, state: DraftState) -> hashlib._Hash:
    """Hash the rows that are said to be written, a block at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(_to_rows(file))
        left = state.rows * state.dim * 4
        while content := file.read(min(left, 1 << 20)):
            digest.update(content)
            left -= len(content)
    return digest


def _to_rows(file: BinaryIO) -> int:
    """Return where the rows begin: after the header."""
    npy.read_magic(file)
    npy.read_array_header_1_0(file)
    return file.tell()


def _to_end(file: BinaryIO, state: DraftState) -> None:
    """Cut off what a killed process wrote after the last block it kept."""
    file.seek(_to_rows(file) + state.rows * state.dim * 4)
    file.truncate()


def _keep(draft: Path, state: DraftState) -> None:
    """Write how far the draft is, whole or not at all."""
    beside = draft / f"{_STATE}.new"
    with beside.open("wb") as file:
        file.write(state.model_dump_json().encode())
        _write_out(file)
    beside.replace(draft / _STATE)


def _write_out(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
