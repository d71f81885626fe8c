import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import palate.eval.cli
import pytest
import typer
from palate.bot import cli
from palate.bot.cli import checked_user, fail, run
from palate.bot.reply import Reply
from palate.bot.session import Session
from palate.retrieval.errors import AdapterError, DataError, EnvironmentProblem, OptionalDependencyError, PalateError

COMMANDS = [command.name or command.callback.__name__ for command in cli.app.registered_commands]  # type: ignore[union-attr]
HEAVY = ("torch", "transformers", "faiss", "gradio", "sentence_transformers", "langchain_core", "numpy")


class EchoRecommender:
    """A fake recommender that says what it was told."""

    def respond(self, message: str, session: Session) -> Reply:
        session.turn += 1
        return Reply(session.turn, "chat", f"{session.user_id}: {message} (learn: {session.learn})")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "demo.jsonl"
    path.write_text('{"say": "hello"}\n\n{"say": "Amélie"}\n', encoding="utf-8")
    return path


@pytest.fixture
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_build", lambda *_: EchoRecommender())


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run a command that must fail; return its exit code and the one line it says."""
    code = run(list(arguments))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("palate: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return code, err.removeprefix("palate: ").rstrip("\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sing"], "No such command 'sing'."),
        (["chat", "--louder"], "No such option: --louder"),
        (["chat", "--seed", "x"], "Invalid value for '--seed'"),
        (["chat", "--json"], "Invalid value: --json needs --script FILE"),
        (["chat", "hello"], "Got unexpected extra argument"),
        (["serve", "--port", "0"], "Invalid value for '--port'"),
        (["meta-train"], "Missing option '--data-dir'."),
        (["meta-train", "--data-dir", "x", "--out", "y", "--rounds", "-1"], "Invalid value for '--rounds'"),
    ],
)
def test_a_wrong_call_is_exit_code_2(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    code, line = told(capsys, *arguments)
    assert code == 2
    assert line.startswith(message)


def test_no_arguments_at_all_show_the_help_as_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert "\n  chat " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (None, "cannot be read: No such file or directory; give a JSON Lines file"),
        (b'{"say": "a", "why": "b"}\n', "demo.jsonl, line 1: give exactly one of say, rate"),
        (b"\n\nhello\n", "demo.jsonl, line 3: not JSON (Expecting value); write one object a line"),
        (b"\xff\n", "is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_a_bad_script_is_exit_code_3_before_a_model_is_loaded(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, lines: bytes | None, message: str
) -> None:
    path = tmp_path / "demo.jsonl"
    if lines is not None:
        path.write_bytes(lines)
    code, line = told(capsys, "chat", "--script", str(path))
    assert code == 3
    assert message in line


@pytest.mark.parametrize("user", ["", "  ", "a\nb", "a" * 201, "\x1b[31m"])
def test_a_person_needs_a_printable_name(capsys: pytest.CaptureFixture[str], user: str) -> None:
    code, line = told(capsys, "chat", "--user", user)
    assert code == 3
    assert line.endswith("is not usable; give 1 to 200 printable characters")


@pytest.mark.parametrize("user", ["me", "a" * 200, "Zoë Kravitz", "李"])
def test_names_may_have_any_letters(user: str) -> None:
    assert checked_user(user) == user


def test_a_bad_variable_is_exit_code_3(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALATE_THREADS", "many")
    code, line = told(capsys, "setup")
    assert code == 3
    assert line.startswith("PALATE_THREADS='many' is not usable")


@pytest.mark.parametrize("command", ["chat", "setup"])
@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_home_that_is_a_file_is_exit_code_4_at_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str, below: str
) -> None:
    (tmp_path / "home").write_text("a file")
    code, line = told(capsys, command, "--home", str(tmp_path / "home" / below))
    assert code == 4
    assert line.startswith(f"cannot write {tmp_path / 'home'}")


def test_a_catalogue_that_is_missing_is_exit_code_3(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["setup", "--home", str(tmp_path / "home"), "--catalog", str(tmp_path / "none.csv")]) == 3
    err = capsys.readouterr().err.splitlines()
    assert err[0] == "loading the model"
    assert err[1].startswith("palate: ")
    assert "none.csv" in err[1]
    assert len(err) == 2


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (DataError("bad row"), 3, "palate: bad row"),
        (EnvironmentProblem("disk\nfull"), 4, "palate: disk full"),
        (AdapterError("damaged"), 4, "palate: damaged"),
        (PalateError("any"), 4, "palate: any"),
        (
            OptionalDependencyError("gradio", "web"),
            4,
            "palate: the package 'gradio' is not installed; install it with: ",
        ),
        (
            OSError(28, "No space left on device", "/srv/x"),
            4,
            "palate: /srv/x: No space left on device; check disk and ",
        ),
        (OSError("odd"), 4, "palate: the system: odd; check disk and rights"),
        (
            ZeroDivisionError("a\nb"),
            1,
            "palate: unexpected ZeroDivisionError: a b; run again with --debug to see where",
        ),
        (KeyboardInterrupt(), 130, ""),
        (typer.Abort(), 130, ""),
        (SystemExit(5), 5, ""),
        (SystemExit("x"), 1, ""),
    ],
)
def test_every_error_has_its_exit_code_and_at_most_one_line(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, line: str
) -> None:
    assert fail(error) == code
    err = capsys.readouterr().err
    assert err.startswith(line)
    assert err.count("\n") == bool(line)


def test_a_reader_that_goes_away_is_no_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    assert fail(BrokenPipeError()) == 0
    assert sys.stdout is None
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("position", [0, 1, 3])
def test_debug_shows_where_it_happened_and_stands_anywhere(position: int) -> None:
    arguments = ["chat", "--script", "/nowhere.jsonl"]
    arguments.insert(position, "--debug")
    with pytest.raises(DataError, match="nowhere"):
        run(arguments)


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr() == (f"{version('palate')}\n", "")


@pytest.mark.usefixtures("no_model")
def test_a_script_is_answered_turn_by_turn(capsys: pytest.CaptureFixture[str], script: Path) -> None:
    assert run(["chat", "--script", str(script), "--user", "ada"]) == 0
    assert capsys.readouterr().out == "ada: hello (learn: True)\n\nada: Amélie (learn: True)\n\n"


@pytest.mark.usefixtures("no_model")
def test_json_is_one_object_a_turn(capsys: pytest.CaptureFixture[str], script: Path) -> None:
    assert run(["chat", "--script", str(script), "--json", "--no-learn"]) == 0
    replies = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(reply["turn"], reply["reply"]) for reply in replies] == [
        (1, "me: hello (learn: False)"), (2, "me: Amélie (learn: False)"),
    ]  # fmt: skip


@pytest.mark.usefixtures("no_model")
def test_lines_before_a_bad_one_are_answered(capsys: pytest.CaptureFixture[str], script: Path) -> None:
    script.write_text('{"say": "hello"}\n{"sing": "la"}\n')
    assert run(["chat", "--script", str(script)]) == 3
    out, err = capsys.readouterr()
    assert out.startswith("me: hello")
    assert err.startswith("palate: demo.jsonl, line 2: sing")


@pytest.mark.usefixtures("no_model")
def test_an_empty_script_says_nothing(capsys: pytest.CaptureFixture[str], script: Path) -> None:
    script.write_text("\n")
    assert run(["chat", "--script", str(script)]) == 0
    assert capsys.readouterr() == ("", "")


def test_every_command_is_known_here() -> None:
    assert sorted(COMMANDS) == ["chat", "doctor", "export", "fit-factors", "meta-train", "serve", "setup"]


@pytest.mark.parametrize(
    ("module", "commands"),
    [
        ("palate.bot.cli", COMMANDS),
        ("palate.eval.cli", [command.name or "latency" for command in palate.eval.cli.app.registered_commands]),
    ],
)
def test_help_answers_without_a_heavy_package(module: str, commands: list[str]) -> None:
    code = (
        f"import sys; from {module} import run\n"
        f"for command in {commands!r}: assert run([command, '--help']) == 0\n"
        f"assert run(['--help']) == 0\n"
        f"found = set({HEAVY!r}) & set(sys.modules); assert not found, found"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Usage:") == len(commands) + 1


@pytest.mark.parametrize(("module", "code"), [("palate.bot", 2), ("palate.eval", 2)])
def test_the_exit_code_reaches_the_shell(module: str, code: int) -> None:
    done: Any = subprocess.run(
        [sys.executable, "-m", module, "sing"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "palate: No such command 'sing'.\n")
