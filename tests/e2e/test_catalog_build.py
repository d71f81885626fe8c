"""A catalogue built by a real process with the real encoder: killed, resumed, searched, and on a disk that is full."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SUBJECTS = (
    "a lighthouse keeper",
    "two chess players",
    "a night train",
    "an orchard",
    "a bank robbery",
    "a space station",
)
COMMAND = [sys.executable, "-m", "palate.bot", "catalog"]


def palate(home: Path, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PALATE_HOME": str(home), "NO_COLOR": "1"}
    command = [*COMMAND, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, **options)  # type: ignore[call-overload, no-any-return]  # options of run


def songs(path: Path, n: int) -> Path:
    rows = (f"{i},Song {i},Artist {i % 7},{i % 50 / 2},A song about {SUBJECTS[i % 6]} number {i}." for i in range(n))
    path.write_text("id,name,artist,price,description\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_build_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    table, out, home = songs(tmp_path / "songs.csv", 6_000), tmp_path / "out", tmp_path / "home"
    arguments = ["build", str(table), "--out", str(out), "--json"]
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    for line in process.stderr:  # vectors are kept by the thousand: kill while the next ones are made
        if line.startswith("indexing items") and int(line.split()[2]) > 1_100:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()
    assert process.returncode == -signal.SIGKILL, "the build was over before it was killed"
    assert {path.name for path in tmp_path.iterdir()} == {"songs.csv", "out.building"}

    done = palate(home, *arguments)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["resumed"], told["count"], told["domains"]) == (True, 6_000, {"music": 6_000})
    assert not [line for line in done.stderr.splitlines() if line.startswith("reading rows")]
    first = next(line for line in done.stderr.splitlines() if line.startswith("indexing items"))
    assert int(first.split()[2]) > 1_000, "the vectors that were there were made again"
    assert {path.name for path in tmp_path.iterdir()} - {"home"} == {"songs.csv", "out"}
    assert not list(out.rglob(".new-*")) + list(out.rglob("*.part*"))
    assert palate(home, "check", "--catalog", str(out)).returncode == 0


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    done = palate(folder / "home", "build", str(songs(folder / "songs.csv", 60)), "--out", str(folder / "out"))
    assert done.returncode == 0, done.stderr
    return folder


def test_a_built_catalogue_of_another_domain_is_searched_by_its_own_columns(built: Path) -> None:
    done = palate(built / "home", "search", "a song about a space station", "--catalog", str(built / "out"), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["items"]
    assert len(found) == 10
    assert all(int(item["item_id"]) % 6 == 5 for item in found[:5])
    done = palate(built / "home", "similar", "Song 5", "--catalog", str(built / "out"), "--n", "3", "--json")
    told = json.loads(done.stdout)
    assert told["item"]["item_id"] == "5"
    assert len(told["items"]) == 3
    assert "5" not in {item["item_id"] for item in told["items"]}


def test_an_unknown_domain_or_title_is_told_in_one_line(built: Path) -> None:
    for arguments, message in (
        (["search", "anything", "--domain", "film"], "--domain film is not in the catalogue; it has: music"),
        (["similar", "No Such Song At All"], "the catalogue has no item 'No Such Song At All'"),
    ):
        done = palate(built / "home", *arguments, "--catalog", str(built / "out"))
        assert done.returncode == 3
        assert message in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr


def test_a_full_disk_ends_with_one_line_and_code_4_and_can_be_taken_up(tmp_path: Path) -> None:
    table, out = songs(tmp_path / "songs.csv", 2_000), tmp_path / "out"
    arguments = ["build", str(table), "--out", str(out)]

    def with_files_of_at_most_64_kb() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))

    done = palate(tmp_path / "home", *arguments, preexec_fn=with_files_of_at_most_64_kb)
    assert done.returncode == 4, done.stderr
    assert done.stderr.splitlines()[-1].startswith("palate: cannot write")
    assert "Traceback" not in done.stderr
    assert not out.exists()
    assert palate(tmp_path / "home", *arguments).returncode == 0
