"""Files and folders that appear whole or not at all: write beside, fsync, rename, fsync the folder."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import EnvironmentProblem

_REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EROFS: "the file system is read-only; choose another folder with --home, --out or PALATE_HOME",
    errno.EACCES: "permission denied; choose a folder you may write with --home, --out or PALATE_HOME",
    errno.ENOENT: "the folder cannot be made; choose another with --home, --out or PALATE_HOME",
    errno.EEXIST: "a file is in the way; choose another folder with --home, --out or PALATE_HOME",
    errno.ENOTDIR: "a file is in the way; choose another folder with --home, --out or PALATE_HOME",
    errno.EPERM: "not permitted; choose a folder you may write with --home, --out or PALATE_HOME",
}


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder to fill; on success it takes the place of ``target``, which appears whole or not at all.

    Raises:
        EnvironmentProblem: The disk is full or the folder cannot be written.
    """
    with environment_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        yield draft
        with environment_errors(target):
            for file in sorted(draft.rglob("*")):
                _fsync(file)
            _fsync(draft)
            if target.exists():
                shutil.rmtree(target)
            draft.rename(target)
            _fsync(target.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def environment_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says about ``path`` into an error with a remedy.

    Raises:
        EnvironmentProblem: Any error of the operating system inside the block.
    """
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, f"{error.strerror or error}; check the folder")
        raise EnvironmentProblem(f"cannot write {error.filename or path}: {remedy}") from error


def remove_drafts(folder: Path) -> int:
    """Remove what an interrupted process left in ``folder``; return how many."""
    drafts = [path for path in folder.glob(".new-*") if path.is_dir()]
    for path in drafts:
        shutil.rmtree(path, ignore_errors=True)
    return len(drafts)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
