import errno
import os
from pathlib import Path

import pytest
from palate.retrieval.errors import EnvironmentProblem
from palate.retrieval.files import environment_errors, new_folder, remove_drafts


def test_a_new_folder_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "target"
    with new_folder(target) as draft:
        (draft / "a.txt").write_text("a")
        assert not target.exists()
    assert (target / "a.txt").read_text() == "a"
    assert list(target.parent.iterdir()) == [target]


def test_a_new_folder_replaces_the_old_one_completely(tmp_path: Path) -> None:
    target = tmp_path / "target"
    for name in ("old", "new"):
        with new_folder(target) as draft:
            (draft / name).write_text(name)
    assert [path.name for path in target.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def fill_half(draft: Path) -> None:
    (draft / "half").write_text("half")
    raise ZeroDivisionError


def test_a_failure_leaves_the_old_folder_and_no_draft(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / "old").write_text("old")
    with pytest.raises(ZeroDivisionError), new_folder(target) as draft:
        fill_half(draft)
    assert (target / "old").read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_files_and_folder_are_on_the_disk_before_the_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def note_fsync(descriptor: int) -> None:
        steps.append("fsync " + Path(f"/proc/self/fd/{descriptor}").readlink().name[:4])
        fsync(descriptor)

    def note_rename(self: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "rename", note_rename)
    home = tmp_path / "home"
    with new_folder(home / "target") as draft:
        (draft / "file").write_text("x")
    assert steps == ["fsync file", "fsync .new", "rename", "fsync home"]


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (errno.ENOSPC, "the disk is full; free some space"),
        (errno.EROFS, "the file system is read-only; choose another folder with --home, --out or PALATE_HOME"),
        (errno.EACCES, "permission denied; choose a folder you may write with --home, --out or PALATE_HOME"),
        (errno.EIO, f"{os.strerror(errno.EIO)}; check the folder"),
    ],
)
def test_an_error_of_the_system_gets_its_remedy(tmp_path: Path, code: int, remedy: str) -> None:
    with pytest.raises(EnvironmentProblem) as caught, environment_errors(tmp_path):
        raise OSError(code, os.strerror(code))
    assert str(caught.value) == f"cannot write {tmp_path}: {remedy}"
    assert isinstance(caught.value.__cause__, OSError)


def test_an_error_names_the_file_it_happened_on(tmp_path: Path) -> None:
    with (
        pytest.raises(EnvironmentProblem, match=r"cannot write .*missing: the folder cannot be made"),
        environment_errors(tmp_path),
    ):
        (tmp_path / "missing").read_text()


def test_a_folder_below_a_file_is_an_environment_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(EnvironmentProblem, match="a file is in the way"), new_folder(tmp_path / "file" / "target"):
        pass


def test_only_drafts_are_removed(tmp_path: Path) -> None:
    for name in (".new-a", ".new-b", "kept"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "f").write_text("x")
    (tmp_path / ".new-file").write_text("a file is no draft")
    assert remove_drafts(tmp_path) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [".new-file", "kept"]
