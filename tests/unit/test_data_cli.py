import io
import json
from pathlib import Path

import pytest
import typer
from palate.bot.cli import fail
from palate.bot.data_cli import data_app, ratings_app
from palate.retrieval.data_sets import DATA_SETS, DataSet, RemoteFile
from palate.retrieval.ratings_store import MANIFEST


def run(app: typer.Typer, *arguments: str) -> int:
    """Run a command as ``palate`` does; return its exit code."""
    try:
        return app(list(arguments), standalone_mode=False) or 0
    except BaseException as error:  # noqa: BLE001  # fail is what tells errors apart
        return fail(error)


def films(address: str, served: Path, ratings: str = "") -> DataSet:
    """Serve a small data set of one file."""
    (served / "movies.csv").write_text("movieId,title,genres\n6,Heat (1995),Crime\n")
    return DataSet(
        name="films", title="Films", homepage="https://example.org", files=(RemoteFile(f"{address}/movies.csv"),),
        licence="Be kind.", citation="Ada 2020.", items="movies.csv", ratings=ratings,
    )  # fmt: skip


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
    monkeypatch.setitem(DATA_SETS, "films", films(address, served, ratings="ratings.csv"))
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
    monkeypatch.setitem(DATA_SETS, "films", films(address, served))
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
