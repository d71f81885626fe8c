"""Data sets fetched from their authors: downloaded, checked, unpacked; a folder appears whole or not at all.

A file that already lies in the data folder under its own name, such as ``ml-100k.zip``, is taken instead of a download.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from .data_sets import DataSet, RemoteFile
from .errors import DataError, EnvironmentProblem
from .files import environment_errors, new_folder

Progress = Callable[[str, int, int], None]
Say = Callable[[str], None]
CHECKSUMS = "checksums.json"
_RETRIES = 2
_TIMEOUT_S = 30
_CHUNK = 256 * 1024
_MANY_MEMBERS = 10_000


class DataFetcher:
    """Fetches data sets into a folder.

    Args:
        data_dir: The folder; each data set has a folder of its own in it.
        progress: Told (file, bytes, of).
        say: Told what was checked.
    """

    def __init__(self, data_dir: Path, *, progress: Progress | None = None, say: Say | None = None) -> None:
        self._data_dir = data_dir
        self._progress = progress
        self._say = say or (lambda _: None)

    def has(self, data_set: DataSet) -> bool:
        """Tell whether a data set is there, fetched or put there by hand, plain or gzip."""
        items = self._data_dir / data_set.name / data_set.items
        return items.is_file() or items.with_name(items.name + ".gz").is_file()

    def fetch(self, data_set: DataSet) -> Path:
        """Fetch a data set, unless it is there, and return its folder.

        Raises:
            DataError: A checksum differs, or an archive is damaged, too large or unsafe.
            EnvironmentProblem: The network or the disk fails.
        """
        target = self._data_dir / data_set.name
        if self.has(data_set):
            return target
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise DataError(f"{target} is there and lacks {data_set.items}; move it away, or name another --data-dir")
        with environment_errors(self._data_dir):
            self._data_dir.mkdir(parents=True, exist_ok=True)
            downloads = tempfile.TemporaryDirectory(prefix=".fetch-", dir=self._data_dir)
        with downloads as folder, new_folder(target) as draft:
            for file in data_set.files:
                path = self._local(file) or self._download(file, Path(folder))
                self._check(data_set, file, path)
                with environment_errors(target):
                    if path.suffix == ".zip":
                        unpack(path, draft, largest=data_set.largest)
                    else:
                        shutil.copyfile(path, draft / file.name)
            if not (draft / data_set.items).is_file():
                raise DataError(f"{data_set.name}: what was fetched lacks {data_set.items}; see {data_set.homepage}")
        return target

    def _local(self, file: RemoteFile) -> Path | None:
        path = self._data_dir / file.name
        if not path.is_file():
            return None
        self._say(f"taking {path} instead of a download")
        return path

    def _download(self, file: RemoteFile, folder: Path, *, quiet: bool = False) -> Path:
        import pooch
        import requests

        pooch.get_logger().setLevel("WARNING")
        fetcher = pooch.create(
            folder, base_url="", registry={file.name: None}, urls={file.name: file.url}, retry_if_failed=_RETRIES
        )
        bar = _Bar(file.name, self._progress) if self._progress and not quiet else False
        downloader = pooch.HTTPDownloader(progressbar=bar, chunk_size=_CHUNK, timeout=_TIMEOUT_S)
        with environment_errors(self._data_dir):
            try:
                return Path(fetcher.fetch(file.name, downloader=downloader))
            except requests.RequestException as error:
                raise EnvironmentProblem(
                    f"{file.url} cannot be fetched: {error}; check the connection and try again, or put a copy of "
                    f"{file.name} into {self._data_dir}"
                ) from error

    def _check(self, data_set: DataSet, file: RemoteFile, path: Path) -> None:
        expected = file.md5 or (self._published_md5(file) if file.md5_url else "")
        if expected:
            found = _digest(path, "md5")
            if found != expected:
                raise DataError(
                    f"{file.name}: the md5 is {found}, its authors give {expected}; the file is damaged or another "
                    f"one: remove it from {self._data_dir} where it lies there, and try again"
                )
            self._say(f"{file.name}: md5 {found}, as its authors publish it")
            return
        key, found = f"{data_set.name}/{file.name}", _digest(path, "sha256")
        records = self._data_dir / CHECKSUMS
        known: dict[str, str] = {}
        with suppress(FileNotFoundError, ValueError):
            known = json.loads(records.read_text(encoding="utf-8"))
        if known.setdefault(key, found) != found:
            raise DataError(
                f"{file.name} has changed since it was first fetched: the sha256 is {found}, it was {known[key]}; if "
                f"that is expected, remove its line from {records} and try again"
            )
        with environment_errors(records):
            records.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        self._say(
            f"{file.name}: sha256 {found}; its authors publish none, so it is recorded and compared the next time"
        )

    def _published_md5(self, file: RemoteFile) -> str:
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=self._data_dir) as folder:
            text = self._download(RemoteFile(file.md5_url), Path(folder), quiet=True).read_text(errors="replace")
        found = re.search(r"\b[0-9a-f]{32}\b", text)
        if found is None:
            raise DataError(f"{file.md5_url} holds no md5; try again later")
        return found[0]


def unpack(archive: Path, folder: Path, *, largest: int) -> None:
    """Unpack a ZIP archive; a folder that holds all of it is left out.

    Raises:
        DataError: It is damaged, would take more than ``largest`` bytes, or would write outside ``folder``.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            members = [member for member in packed.infolist() if not member.is_dir()]
            size = sum(member.file_size for member in members)
            if size > largest or len(members) > _MANY_MEMBERS:
                raise DataError(
                    f"{archive.name} would unpack to {size:,} bytes in {len(members):,} files; it is not used"
                )
            paths = [_safe_path(archive, member) for member in members]
            tops = {path.parts[0] for path in paths}
            depth = 1 if len(tops) == 1 and all(len(path.parts) > 1 for path in paths) else 0
            for member, path in zip(members, paths, strict=True):
                target = folder.joinpath(*path.parts[depth:])
                target.parent.mkdir(parents=True, exist_ok=True)
                # No more than the size that was counted above is read: a member that says less than it holds fails.
                with packed.open(member) as source, target.open("wb") as file:
                    shutil.copyfileobj(source, file)
    except (zipfile.BadZipFile, RuntimeError, EOFError) as error:
        raise DataError(f"{archive.name} is no usable ZIP archive: {error}; fetch it again") from error


def _safe_path(archive: Path, member: zipfile.ZipInfo) -> PurePosixPath:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or is_link:
        raise DataError(f"{archive.name} holds '{member.filename}', which leads outside its folder; it is not used")
    return path


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


class _Bar:
    """What pooch moves while it downloads."""

    def __init__(self, label: str, progress: Progress) -> None:
        self._label, self._progress, self._done = label, progress, 0
        self.total = 0

    def update(self, n: int) -> None:
        self._done = min(self._done + n, self.total)
        if self.total:
            self._progress(self._label, self._done, self.total)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        """Do nothing: the last update ends the line."""
