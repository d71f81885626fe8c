import hashlib
import http.server
import io
import json
import stat
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
import typer
from palate.bot.cli import fail
from palate.bot.data_cli import data_app, ratings_app
from palate.retrieval.data_fetch import CHECKSUMS, DataFetcher, unpack
from palate.retrieval.data_sets import DATA_SETS, DataSet, RemoteFile, data_set
from palate.retrieval.errors import DataError, EnvironmentProblem
from palate.retrieval.ratings_store import MANIFEST

ITEMS = "movieId,title,genres\n6,Heat (1995),Crime\n"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; a path below ``/flaky/`` breaks off the first time, one below ``/short/`` always."""

    broken: ClassVar[set[str]] = set()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        kind, _, name = self.path.strip("/").partition("/")
        if kind not in {"flaky", "short"}:
            super().do_GET()
            return
        content = (Path(self.directory) / name).read_bytes()
        breaks = kind == "short" or name not in self.broken
        self.broken.add(name)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if breaks else content)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """Serve a folder on this machine; give its address and the folder."""
    monkeypatch.setattr("time.sleep", lambda _: None)  # pooch waits between tries
    monkeypatch.setattr(Handler, "broken", set())
    folder = tmp_path / "site"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    thread.join()
    server.server_close()


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


def test_every_registered_data_set_says_terms_citation_and_where_it_comes_from() -> None:
    assert len(DATA_SETS) == 7
    for name, known in DATA_SETS.items():
        assert data_set(name) is known
        assert min(len(known.licence), len(known.citation), len(known.homepage)) > 20
        assert all(file.url.startswith("https://") for file in known.files)
        assert all(len(file.md5) in {0, 32} for file in known.files)
    with pytest.raises(DataError, match="no data set is named 'ml-2m'; there are: ml-100k, ml-1m"):
        data_set("ml-2m")


def run(app: typer.Typer, *arguments: str) -> int:
    """Run a command as ``palate`` does; return its exit code."""
    try:
        return app(list(arguments), standalone_mode=False) or 0
    except BaseException as error:  # noqa: BLE001  # fail is what tells errors apart
        return fail(error)


def test_the_list_says_what_is_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ml-1m").mkdir()
    (tmp_path / "ml-1m" / "movies.dat.gz").touch()
    assert run(data_app, "list", "--data-dir", str(tmp_path), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["name"]: row["here"] for row in told["data_sets"]} == {name: name == "ml-1m" for name in DATA_SETS}
    assert run(data_app, "list", "--data-dir", str(tmp_path)) == 0
    out = capsys.readouterr().out
    assert f"ml-1m  (in {tmp_path / 'ml-1m'})" in out
    assert "CC BY-SA 4.0" in out


def test_terms_are_shown_and_must_be_accepted(
    tmp_path: Path, site: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    address, served = site
    (served / "movies.csv").write_text(ITEMS)
    monkeypatch.setitem(DATA_SETS, "films", films(address, name="movies.csv", ratings="ratings.csv"))
    where = ("fetch", "films", "--data-dir", str(tmp_path / "data"))
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))  # no terminal: what it says does not count
    assert run(data_app, *where) == 2
    err = capsys.readouterr().err
    assert "Terms: Be kind.\nCite: Ada 2020." in err
    assert "read them above and add --accept-licence" in err
    assert not (tmp_path / "data").exists()
    assert run(data_app, *where, "--accept-licence") == 0
    assert f"palate catalog build {tmp_path / 'data' / 'films' / 'movies.csv'}" in capsys.readouterr().out
    assert run(data_app, *where) == 0, "what is here needs no second yes"


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 130)])
def test_somebody_at_a_terminal_is_asked(
    tmp_path: Path, site: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    address, served = site
    (served / "movies.csv").write_text(ITEMS)
    monkeypatch.setitem(DATA_SETS, "films", films(address, name="movies.csv"))
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert run(data_app, "fetch", "films", "--data-dir", str(tmp_path / "data")) == code
    assert (tmp_path / "data" / "films").exists() == (code == 0)


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    """Write ratings of two films that ship with Palate and of one that does not exist."""
    path = tmp_path / "r.csv"
    path.write_text(
        "user,title,rating\nada,Heat (1995),5\nbob,Emma (1996),1\nbob,Nonesuch (1901),2\nbob,Heat (1995),x\n"
    )
    return path


def test_an_import_reports_and_keeps(tmp_path: Path, ratings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, lost = tmp_path / "home", tmp_path / "lost.csv"
    assert run(ratings_app, "import", str(ratings), "--home", str(home), "--unmatched", str(lost)) == 0
    out = capsys.readouterr().out
    assert "2 ratings of 2 items by 2 people, on a scale of 1 to 5" in out
    assert "matched by title and year: 2 (50.0%)" in out
    assert "not in the catalogue: 1 (25.0%), of 1 items" in out
    assert "row 5, column rating: 'x' is not usable: give a number" in out
    assert lost.read_text().splitlines()[1].startswith(",Nonesuch (1901),1,")
    (kept,) = (home / "ratings").iterdir()
    assert (kept / MANIFEST).is_file()
    assert f"kept in {kept}" in out


def test_a_dry_run_keeps_nothing(tmp_path: Path, ratings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(ratings_app, "import", str(ratings), "--home", str(tmp_path / "home"), "--dry-run", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["n_ratings"], told["n_unmatched"], told["n_bad"], told["folder"]) == (2, 1, 1, "")
    assert told["scale"] == [1.0, 5.0]
    assert not (tmp_path / "home").exists()


def test_the_scale_can_be_given(tmp_path: Path, ratings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--home", str(tmp_path / "home"), "--dry-run", "--json")
    assert run(ratings_app, "import", str(ratings), "--scale", "0", "10", *where) == 0
    assert json.loads(capsys.readouterr().out)["scale"] == [0.0, 10.0]


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(ratings_app, "import", str(tmp_path / "none.csv"), "--home", str(tmp_path / "home")) == 3
    err = capsys.readouterr().err
    assert err == f"palate: {tmp_path / 'none.csv'} does not exist; give the path of a file\n"
