"""Where the figures of a training run go: a JSONL file, TensorBoard, or nowhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

from ..retrieval.errors import AdapterError, OptionalDependencyError
from ..retrieval.files import environment_errors

LogKind = Literal["jsonl", "tensorboard", "none"]
LOG_FILE = "training.jsonl"
BOARD_FOLDER = "tensorboard"


class MetaLog(Protocol):
    """Takes named figures of a round."""

    def write(self, round_number: int, figures: Mapping[str, float]) -> None:
        """Keep the figures."""

    def close(self) -> None:
        """Write out what is pending."""


def open_log(kind: LogKind, folder: Path | None, *, after: int) -> MetaLog:
    """Return a log that goes on after a round; what it holds of later rounds is dropped, as they are run again.

    Raises:
        AdapterError: A log is wanted, and there is no folder for it; or the kind is unknown.
        OptionalDependencyError: TensorBoard is not installed.
        EnvironmentProblem: The folder cannot be written.
    """
    if kind == "none":
        return NoLog()
    if folder is None:
        raise AdapterError(f"log={kind!r} needs a folder to write to; give one or choose log='none'")
    if kind == "jsonl":
        return JsonlLog(folder / LOG_FILE, after=after)
    if kind == "tensorboard":
        return TensorBoardLog(folder / BOARD_FOLDER, after=after)
    raise AdapterError(f"no log is called {kind!r}; choose one of jsonl, tensorboard, none")


class NoLog:
    """Keeps nothing."""

    def write(self, round_number: int, figures: Mapping[str, float]) -> None:
        """Keep nothing."""

    def close(self) -> None:
        """Nothing is pending."""


class JsonlLog:
    """One JSON object a line, with its round."""

    def __init__(self, path: Path, *, after: int) -> None:
        with environment_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
            kept = [line for line in lines if _round(line) <= after]
            draft = path.with_suffix(".new")
            draft.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
            draft.replace(path)
            self._file = path.open("a", encoding="utf-8")

    def write(self, round_number: int, figures: Mapping[str, float]) -> None:
        """Append a line."""
        self._file.write(json.dumps({"round": round_number, **figures}) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class TensorBoardLog:
    """Event files that TensorBoard shows."""

    def __init__(self, folder: Path, *, after: int) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise OptionalDependencyError("tensorboard", extra="train") from error
        with environment_errors(folder):
            self._writer: Any = SummaryWriter(str(folder), purge_step=after + 1)

    def write(self, round_number: int, figures: Mapping[str, float]) -> None:
        """Add a point to each curve."""
        for name, value in figures.items():
            self._writer.add_scalar(name, value, round_number)

    def close(self) -> None:
        """Close the event file."""
        self._writer.close()


def _round(line: str) -> float:
    """Return the round of a line; a torn line belongs to no round that is kept."""
    try:
        return float(json.loads(line)["round"])
    except (ValueError, KeyError, TypeError):
        return float("inf")
