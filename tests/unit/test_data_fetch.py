import hashlib
import io
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from palate.retrieval.data_fetch import CHECKSUMS, DataFetcher, unpack
from palate.retrieval.data_sets import DataSet, RemoteFile
from palate.retrieval.errors import DataError, EnvironmentProblem

ITEMS = "movieId,title,genres\n6,Heat (1995),Crime\n"


def archive(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def films(address: str, *, md5: str = "", md5_url: str = "", name: str = "films.zip", **fields: Any) -> DataSet:
    """Make a small data set of one archive."""
    return DataSet(
        name="films", title="Films", homepage="https://example.org",
        files=(RemoteFile(f"{address}/{name}", md5, md5_url),), licence="Be kind.", citation="Ada 2020.",
        items="movies.csv", **fields,
    )  # fmt: skip


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_an_archive_is_fetched_checked_and_unpacked_without_its_folder(tmp_path: Path, site: tuple[str, Path]) -> None:
    address, served = site
    content = archive(**{"films/movies.csv": ITEMS})
    (served / "films.zip").write_bytes(content)
    said: list[str] = []
    moved: list[tuple[str, int, int]] = []
    fetcher = DataFetcher(tmp_path / "data", progress=lambda *step: moved.append(step), say=said.append)
    folder = fetcher.fetch(films(address, md5=md5(content)))
    assert (folder, (folder / "movies.csv").read_text()) == (tmp_path / "data" / "films", ITEMS)
    assert said == [f"films.zip: md5 {md5(content)}, as its authors publish it"]
    assert moved[-1] == ("films.zip", len(content), len(content))
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["films"]


def test_a_fetched_data_set_is_not_fetched_again(tmp_path: Path, site: tuple[str, Path]) -> None:
    address, served = site
    (served / "movies.csv").write_text(ITEMS)
    known = films(address, name="movies.csv")
    folder = DataFetcher(tmp_path / "data").fetch(known)
    (served / "movies.csv").unlink()
    assert DataFetcher(tmp_path / "data").fetch(known) == folder


def test_a_checksum_that_differs_leaves_nothing(tmp_path: Path, site: tuple[str, Path]) -> None:
    address, served = site
    (served / "films.zip").write_bytes(archive(movies=ITEMS))
    with pytest.raises(DataError, match="its authors give 00000000000000000000000000000000; the file is damaged"):
        DataFetcher(tmp_path / "data").fetch(films(address, md5="0" * 32))
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("form", ["MD5 (movies.csv) = {}\n", "{}  movies.csv\n"])
def test_a_checksum_published_beside_the_file_is_compared(tmp_path: Path, site: tuple[str, Path], form: str) -> None:
    address, served = site
    (served / "movies.csv").write_text(ITEMS)
    (served / "movies.csv.md5").write_text(form.format(md5(ITEMS.encode())))
    known = films(address, name="movies.csv", md5_url=f"{address}/movies.csv.md5")
    DataFetcher(tmp_path / "one").fetch(known)
    (served / "movies.csv").write_text(ITEMS + "7,Emma,\n")
    with pytest.raises(DataError, match="its authors give"):
        DataFetcher(tmp_path / "two").fetch(known)
    (served / "movies.csv.md5").write_text("gone")
    with pytest.raises(DataError, match=r"movies.csv.md5 holds no md5"):
        DataFetcher(tmp_path / "three").fetch(known)


def test_a_checksum_that_nobody_publishes_is_recorded_and_compared(tmp_path: Path, site: tuple[str, Path]) -> None:
    address, served = site
    (served / "movies.csv").write_text(ITEMS)
    known, data = films(address, name="movies.csv"), tmp_path / "data"
    said: list[str] = []
    folder = DataFetcher(data, say=said.append).fetch(known)
    expected = hashlib.sha256(ITEMS.encode()).hexdigest()
    assert json.loads((data / CHECKSUMS).read_text()) == {"films/movies.csv": expected}
    assert said == [
        f"movies.csv: sha256 {expected}; its authors publish none, so it is recorded and compared the next time"
    ]
    folder.rename(tmp_path / "away")
    (served / "movies.csv").write_text(ITEMS + "7,Emma,\n")
    with pytest.raises(DataError, match=f"has changed since it was first fetched: .* it was {expected}; if that is"):
        DataFetcher(data).fetch(known)
    assert not folder.exists()


def test_a_broken_download_is_tried_again(tmp_path: Path, site: tuple[str, Path]) -> None:
    address, served = site
    (served / "movies.csv").write_text(ITEMS)
    folder = DataFetcher(tmp_path / "data").fetch(films(f"{address}/flaky", name="movies.csv"))
    assert (folder / "movies.csv").read_text() == ITEMS


@pytest.mark.parametrize("path", ["short/movies.csv", "none.csv"])
def test_a_download_that_never_succeeds_names_the_remedy(tmp_path: Path, site: tuple[str, Path], path: str) -> None:
    address, served = site
    (served / "movies.csv").write_text(ITEMS)
    with pytest.raises(EnvironmentProblem, match=r"cannot be fetched: .*; check the connection.*put a copy of"):
        DataFetcher(tmp_path / "data").fetch(films(address, name=path))
    assert list((tmp_path / "data").iterdir()) == []


def test_a_copy_in_the_data_folder_is_taken_instead_of_a_download(tmp_path: Path) -> None:
    (tmp_path / "movies.csv").write_text(ITEMS)
    said: list[str] = []
    known = films("http://127.0.0.1:9", name="movies.csv", md5=md5(ITEMS.encode()))
    folder = DataFetcher(tmp_path, say=said.append).fetch(known)
    assert (folder / "movies.csv").read_text() == ITEMS
    assert said[0] == f"taking {tmp_path / 'movies.csv'} instead of a download"


def test_a_folder_put_there_by_hand_counts_as_fetched_and_another_is_left_alone(tmp_path: Path) -> None:
    known = films("http://127.0.0.1:9")
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match=r"is there and lacks movies.csv; move it away"):
        DataFetcher(tmp_path).fetch(known)
    assert (folder / "notes.txt").read_text() == "mine"
    (folder / "movies.csv.gz").write_bytes(b"")
    assert DataFetcher(tmp_path).fetch(known) == folder


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/evil", "..\\evil", "C:\\evil"])
def test_a_member_that_leads_outside_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("good", "x")
        file.writestr(name, "x")
    (tmp_path / "out").mkdir()
    with pytest.raises(DataError, match="which leads outside its folder; it is not used"):
        unpack(path, tmp_path / "out", largest=1000)
    assert sorted(found.name for found in tmp_path.rglob("*")) == ["a.zip", "out"]


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    path, link = tmp_path / "a.zip", zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="leads outside"):
        unpack(path, tmp_path, largest=1000)


def test_an_archive_that_would_grow_too_large_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(archive(a="0" * 2_000_000))
    with pytest.raises(DataError, match="would unpack to 2,000,000 bytes in 1 files; it is not used"):
        unpack(tmp_path / "a.zip", tmp_path, largest=1_999_999)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_an_archive_that_says_less_than_it_holds_is_refused(tmp_path: Path) -> None:
    content = archive(a="0" * 2_000_000)
    size = (2_000_000).to_bytes(4, "little")
    assert content.count(size) == 2
    (tmp_path / "a.zip").write_bytes(content.replace(size, (500).to_bytes(4, "little")))
    (tmp_path / "out").mkdir()
    with pytest.raises(DataError, match="is no usable ZIP archive"):
        unpack(tmp_path / "a.zip", tmp_path / "out", largest=1000)
    assert sum(path.stat().st_size for path in (tmp_path / "out").iterdir()) <= 500


def test_a_damaged_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(DataError, match="is no usable ZIP archive"):
        unpack(tmp_path / "a.zip", tmp_path, largest=1000)
