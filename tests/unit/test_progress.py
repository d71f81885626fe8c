import io
import sys

import pytest
from palate.bot.progress import show_progress


class Watched(io.StringIO):
    """Standard error with somebody looking at it."""

    def isatty(self) -> bool:
        return True


def test_where_nobody_looks_only_the_last_of_quick_steps_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress() as (progress, _):
        for done in range(1, 4):
            progress("indexing", done, 3)
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "indexing: 3 of 3"
    assert "indexing: 2 of 3" not in lines


def test_where_nobody_looks_a_slow_step_is_told_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([100.0, 104.0, 105.5, 107.0])
    monkeypatch.setattr("palate.bot.progress.time.monotonic", lambda: next(times))
    with show_progress() as (progress, _):
        for done in range(1, 5):
            progress("indexing", done, 9)
    assert capsys.readouterr().err.splitlines() == ["indexing: 1 of 9", "indexing: 3 of 9"]


def test_where_somebody_looks_one_line_moves_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Watched())
    with show_progress() as (progress, _):
        progress("indexing", 1, 2)
        progress("indexing", 2, 2)
    assert sys.stderr.getvalue() == "\rindexing: 1 of 2\rindexing: 2 of 2\n"  # type: ignore[attr-defined]


def test_a_line_is_said_on_standard_error_only(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress() as (_, say):
        say("loading the model")
    assert capsys.readouterr() == ("", "loading the model\n")
