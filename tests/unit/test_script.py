import json
from pathlib import Path
from typing import Any

import pytest
from palate.adapters.feedback import Feedback
from palate.bot.reply import Reply
from palate.bot.script import ScriptLine, ScriptRunner, parse_lines, read_script, to_json
from palate.bot.session import Session
from palate.retrieval.catalog import Catalog
from palate.retrieval.errors import DataError
from palate.retrieval.titles import TitleLinker

ACTIONS = "say, rate, like, dislike, why, recommend, rank, forget"


def parsed(*lines: str) -> list[tuple[int, ScriptLine]]:
    return list(parse_lines(lines, "demo.jsonl"))


def rating(stars: str) -> str:
    return f'{{"rate": {{"item": "Alien", "stars": {stars}}}}}'


class RecordingRecommender:
    """Writes down what it is asked to do; knows the titles of a catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.resolve = TitleLinker(catalog).resolve

    def __getattr__(self, name: str) -> Any:
        def record(*values: Any, **options: Any) -> Reply:
            self.calls.append((name, *(v for v in values if not isinstance(v, Session)), *options.values()))
            return Reply(1, "chat", name)

        return record


@pytest.fixture
def fake(small_catalog: Catalog) -> RecordingRecommender:
    return RecordingRecommender(small_catalog)


def run(fake: RecordingRecommender, **line: object) -> Reply:
    return ScriptRunner(fake, Session("ada")).run(ScriptLine.model_validate(line))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line",
    [
        {"say": "hello"},
        {"rate": {"item": "Alien", "stars": 1}},
        {"rate": {"item": "Alien", "stars": 5}},
        {"like": "Alien"},
        {"dislike": "Alien"},
        {"why": "Alien"},
        {"recommend": {"n": 100}},
        {"rank": ["Alien"]},
        {"rank": ["Alien"] * 100},
        {"forget": True},
    ],
)
def test_every_action_can_be_written(line: dict[str, object]) -> None:
    ((number, found),) = parsed(json.dumps(line))
    assert (number, found.model_dump(exclude_unset=True)) == (1, line)


def test_a_recommendation_is_of_five_items_unless_told() -> None:
    assert parsed('{"recommend": {}}')[0][1].recommend.n == 5  # type: ignore[union-attr]


def test_empty_lines_are_passed_over_and_counted() -> None:
    assert [number for number, _ in parsed("", '{"say": "a"}', "  \n", '{"say": "b"}')] == [2, 4]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (rating("7"), "rate.stars: Input should be less than or equal to 5 (got 7)"),
        (rating("0"), "rate.stars: Input should be greater than or equal to 1 (got 0)"),
        (rating('"5"'), "rate.stars: Input should be a valid integer (got 5)"),
        (rating("4.5"), "rate.stars: Input should be a valid integer (got 4.5)"),
        (rating("4.0"), "rate.stars: Input should be a valid integer (got 4.0)"),
        (rating("true"), "rate.stars: Input should be a valid integer (got True)"),
        (rating("NaN"), "rate.stars: Input should be a valid integer (got nan)"),
        (rating('5, "when": 1'), "rate.when: take it out (got 1)"),
        ('{"rate": {"item": "Alien"}}', "rate.stars: Field required (got {'item': 'Alien'})"),
        ('{"rate": "Alien"}', "rate: write one JSON object (got Alien)"),
        ('{"say": 3}', "say: Input should be a valid string (got 3)"),
        ('{"say": "\\ud800"}', "say: this is not Unicode text; write whole characters (got \ud800)"),
        ('{"recommend": {"n": 0}}', "recommend.n: Input should be greater than or equal to 1 (got 0)"),
        ('{"recommend": {"n": 101}}', "recommend.n: Input should be less than or equal to 100 (got 101)"),
        ('{"rank": []}', "rank: List should have at least 1 item after validation, not 0 (got [])"),
        ('{"rank": [1]}', "rank.0: Input should be a valid string (got 1)"),
        ('{"forget": false}', "forget takes true (got {'forget': False})"),
        ('{"forget": 1}', "forget: Input should be a valid boolean (got 1)"),
        ('{"sing": "la"}', f"sing: there is no such key; use {ACTIONS} (got la)"),
        ("{}", f"give exactly one of {ACTIONS} (got {{}})"),
        ('{"say": "a", "why": "b"}', f"give exactly one of {ACTIONS} (got {{'say': 'a', 'why': 'b'}})"),
        ("[1]", "write one JSON object (got [1])"),
        ("null", "write one JSON object (got None)"),
        ("hello", "not JSON (Expecting value); write one object a line"),
        ('{"say": "a"} {"say": "b"}', "not JSON (Extra data); write one object a line"),
    ],
)
def test_a_bad_line_is_told_with_its_number_the_value_and_the_remedy(line: str, told: str) -> None:
    with pytest.raises(DataError) as caught:
        parsed('{"say": "hello"}', line)
    assert str(caught.value) == f"demo.jsonl, line 2: {told}"


@pytest.mark.parametrize("action", ACTIONS.split(", "))
def test_null_is_no_value_and_deletes_nothing(action: str) -> None:
    with pytest.raises(DataError, match=f"line 1: {action} takes a value, not null"):
        parsed(f'{{"{action}": null}}')


def test_deep_nesting_is_a_bad_line() -> None:
    with pytest.raises(DataError, match="line 1: nested too deeply; write one flat object a line"):
        parsed('{"say": ' + "[" * 100_000 + "]" * 100_000 + "}")


def test_a_number_that_python_will_not_read_is_a_bad_line() -> None:
    with pytest.raises(DataError, match=r"line 1: Exceeds the limit .*; write a shorter number"):
        parsed('{"recommend": {"n": ' + "1" * 5000 + "}}")


def test_a_long_value_is_told_in_part() -> None:
    with pytest.raises(DataError) as caught:
        parsed('{"recommend": "' + "x" * 1000 + '"}')
    assert str(caught.value).endswith(f"(got {'x' * 60})")


def test_lines_before_a_bad_one_are_given_out() -> None:
    lines = parse_lines(['{"say": "a"}', "bad"], "demo")
    assert next(lines)[1].say == "a"
    with pytest.raises(DataError):
        next(lines)


def test_a_script_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "demo.jsonl"
    path.write_text('{"say": "Amélie"}\n', encoding="utf-8")
    assert [line.say for _, line in read_script(path)] == ["Amélie"]


def test_a_missing_script_or_a_folder_is_a_data_error(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none.jsonl", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(DataError, match=f"script {path} cannot be read: {reason}.*; give a JSON Lines file"):
            list(read_script(path))


def test_a_script_that_is_not_utf8_is_a_data_error(tmp_path: Path) -> None:
    path = tmp_path / "latin.jsonl"
    path.write_bytes('{"say": "Amélie"}'.encode("latin-1"))
    with pytest.raises(DataError, match="is not UTF-8 text; save it as UTF-8"):
        list(read_script(path))


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ({"say": "hello"}, ("respond", "hello")),
        ({"why": "alien"}, ("why", "alien-1979")),
        ({"why": "Qwerty"}, ("unknown", "why", "Qwerty")),
        ({"recommend": {"n": 3}}, ("recommend", 3)),
        ({"rank": ["Emma", "alien"]}, ("rank", ["emma-1996", "alien-1979"])),
        ({"rank": ["Emma", "Qwerty"]}, ("unknown", "rank", "Qwerty")),
        ({"rate": {"item": "Qwerty", "stars": 5}}, ("unknown", "rate", "Qwerty")),
        ({"like": "Qwerty"}, ("unknown", "like", "Qwerty")),
        ({"dislike": "Qwerty"}, ("unknown", "dislike", "Qwerty")),
        ({"forget": True}, ("forget",)),
    ],
)
def test_a_line_asks_the_recommender_for_one_thing(
    fake: RecordingRecommender, line: dict[str, object], call: tuple[object, ...]
) -> None:
    run(fake, **line)
    assert fake.calls == [call]


@pytest.mark.parametrize(
    ("line", "reward", "kind"),
    [
        ({"rate": {"item": "Alien", "stars": 2}}, -0.5, "rating"),
        ({"like": "Alien"}, 1.0, "like"),
        ({"dislike": "Alien"}, -1.0, "dislike"),
    ],
)
def test_feedback_is_learned_for_the_person_of_the_session(
    fake: RecordingRecommender, line: dict[str, object], reward: float, kind: str
) -> None:
    run(fake, **line)
    ((name, event),) = fake.calls
    assert name == "learn"
    assert isinstance(event, Feedback)
    assert (event.user_id, event.item_id, event.reward, event.kind) == ("ada", "alien-1979", reward, kind)


def test_ranking_an_item_twice_is_an_error_and_ranks_nothing(fake: RecordingRecommender) -> None:
    with pytest.raises(DataError, match=r"rank names 'alien' twice \(item alien-1979\); name each item once"):
        run(fake, rank=["Alien", "alien"])
    assert fake.calls == []


def test_a_reply_becomes_one_line_of_json_with_letters_as_they_are() -> None:
    line = to_json(Reply(1, "chat", "Amélie\nfits"))
    assert "\n" not in line
    assert "Amélie" in line
    assert json.loads(line)["reply"] == "Amélie\nfits"
