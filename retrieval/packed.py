"""Files of bytes or text, plain or gzip, told by their first bytes; what goes wrong is named with a remedy."""

from __future__ import annotations

import gzip
import io
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from typing import IO, cast

from .errors import DataError

_GZIP = b"\x1f\x8b"
_IN_MEMORY = 64 * 1024 * 1024


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, unpacked where it is gzip, whatever its name."""
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        if not packed:
            yield raw
            return
        with gzip.open(raw) as unpacked:
            yield cast(IO[bytes], unpacked)


@contextmanager
def open_seekable(path: Path) -> Iterator[IO[bytes]]:
    """Open a file whose end is read first; a gzip file is unpacked to memory or, a large one, to a temporary file."""
    with open_bytes(path) as file:
        if not isinstance(file, gzip.GzipFile):
            yield file
            return
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as unpacked:
            copyfileobj(file, unpacked)
            unpacked.seek(0)
            yield cast(IO[bytes], unpacked)


@contextmanager
def open_text(path: Path, encoding: str) -> Iterator[IO[str]]:
    """Open a file for reading as text, unpacked where it is gzip; line ends stay as they are."""
    with open_bytes(path) as file, io.TextIOWrapper(file, encoding=encoding, newline="") as text:
        yield text


def first_bytes(path: Path, n: int = 4096) -> bytes:
    """Return the first ``n`` bytes, unpacked where the file is gzip."""
    with open_bytes(path) as file:
        return file.read(n)


@contextmanager
def readable(path: Path, encoding: str = "utf-8") -> Iterator[None]:
    """Turn what goes wrong while reading ``path`` into an error with a remedy.

    Args:
        path: The file that is read inside the block.
        encoding: The encoding it is read in, to find the line that is not in it.

    Raises:
        DataError: The file is missing, a folder, not permitted, damaged or not in its encoding.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist; give the path of a file") from error
    except IsADirectoryError as error:
        raise DataError(f"{path} is a folder; give the path of a file") from error
    except PermissionError as error:
        raise DataError(f"{path} may not be read; change its permissions") from error
    except UnicodeDecodeError as error:
        place = _first_undecodable(path, encoding)
        raise DataError(f"{path}{place} is not {encoding.removesuffix('-sig')}; save the file as UTF-8") from error
    except LookupError as error:
        raise DataError(f"{error}; give a name that Python knows, such as utf-8 or latin-1") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}; restore the original file") from error


def decodes(path: Path, encoding: str) -> bool:
    """Tell whether the whole file is in an encoding."""
    try:
        with open_text(path, encoding) as file:
            for _ in file:
                pass
    except UnicodeDecodeError:
        return False
    return True


def _first_undecodable(path: Path, encoding: str) -> str:
    with open_bytes(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError as error:
                return f", line {number}, byte {error.start + 1} (0x{line[error.start]:02x})"
    return ""
