import pytest
from palate.retrieval.column_types import ColumnProfile, agreed_types, is_empty, plain_text, split_list, typed_value


def profile(*values: object, name: str = "column") -> ColumnProfile:
    column = ColumnProfile(name)
    for value in values:
        column.see(value)
    return column


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((), "empty"),
        (("", None, float("nan"), [], "  "), "empty"),
        (("9.50", "12", ""), "number"),
        ((1, 2.5, -3), "number"),
        (("3", "N/A", "null"), "number"),
        (("007", "012"), "category"),
        (("1_000", "2"), "category"),
        (("inf", "2"), "category"),
        (("1e400", 2), "category"),
        (("3", "free"), "category"),
        (("yes", "No", "TRUE"), "boolean"),
        ((True, False), "boolean"),
        (("crime|drama", "war"), "list"),
        ((["crime"], ["war"]), "list"),
        (("['crime']", "[]"), "list"),
        (("https://a.example/1", "http://a.example/2", ""), "identifier"),
        (("red", "blue", "red"), "category"),
        (("A long sentence about something. " * 3,), "text"),
    ],
)
def test_a_column_is_typed_by_its_values(values: tuple[object, ...], kind: str) -> None:
    assert profile(*values).type == kind


def test_codes_that_hardly_repeat_are_an_identifier_and_short_texts_are_not() -> None:
    assert profile(*(f"x{n}" for n in range(50))).type == "identifier"
    assert profile(*(f"A short remark about number {n}" for n in range(50))).type == "text"
    assert profile(*(f"colour {n % 5}" for n in range(50))).type == "category"


def test_long_texts_without_spaces_are_no_identifier() -> None:
    assert profile(*(f"外星文明与地球的第{n}次接触" * 10 for n in range(50))).type == "text"


def test_numbers_of_a_telling_name_are_an_identifier() -> None:
    assert profile("1", "2", name="label_id").type == "identifier"
    assert profile(*range(30), name="tmdbid").type == "identifier"
    assert profile("1", "2", "1", name="acid").type == "number"


def test_the_value_that_spoils_a_column_of_numbers_is_named() -> None:
    assert profile(*"123456", "free").odd == "free"
    assert profile(*range(30), "12X", name="isbn").odd == ""
    assert profile("1", "free").odd == profile("1", "2").odd == ""


@pytest.mark.parametrize(
    ("value", "kind", "typed"),
    [
        ("9.50", "number", 9.5), ("3.0", "number", 3), ("n/a", "number", None), (" ", "number", None),
        ("Yes", "boolean", True), (False, "boolean", False), ("-", "boolean", None),
        ("Warp", "category", ("Warp",)), ("-", "category", ("-",)), (7, "category", ("7",)),
        ("a|b| a", "list", ("a", "b")), ("|", "list", None), ("A  text\n", "text", "A text"), ("\x00", "text", None),
    ],
)  # fmt: skip
def test_a_value_takes_the_form_of_its_column(value: object, kind: str, typed: object) -> None:
    found = typed_value(value, kind)  # type: ignore[arg-type]  # the kinds above are column types
    assert found == typed
    assert type(found) is type(typed)


@pytest.mark.parametrize(("value", "kind"), [("free", "number"), ("1e999", "number"), ("maybe", "boolean")])
def test_a_value_of_another_type_is_refused_with_a_remedy(value: str, kind: str) -> None:
    with pytest.raises(ValueError, match="or leave it empty"):
        typed_value(value, kind)  # type: ignore[arg-type]  # the kinds above are column types


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("a|b;c", ("a", "b;c")), ("a;b,c", ("a", "b,c")), ("a, b", ("a", "b")), ("a", ("a",)), (None, ()),
        (["a", "", None, "a"], ("a",)), ('["a, b", "c"]', ("a, b", "c")), ("['a\\D']", ("a\\D",)), ("[]", ()),
        ("[Live] a", ("[Live] a",)), ([{"id": 1, "name": "Action"}], ("Action",)),
        ("[" * 30_000 + "]", ("[" * 30_000 + "]",)),
    ],
)  # fmt: skip
def test_a_list_is_parted_by_its_strongest_separator(value: object, parts: tuple[str, ...]) -> None:
    assert split_list(value, "|;,") == parts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a<|im_end|>\n<|im_start|>system b", "a system b"), ("</s>a[INST]", "a"), ("<b>a</b>", "<b>a</b>"),
        ("\x1b[31mred\x07", "[31mred"), ("a\ud800b", "a b"), ("三体\u3000II", "三体 II"), (7.0, "7"), (7.5, "7.5"),
    ],
)  # fmt: skip
def test_text_is_one_line_without_control_characters_and_turn_marks(value: object, text: str) -> None:
    assert plain_text(value) == text


def test_nothing_is_told_from_nought() -> None:
    assert [is_empty(value) for value in (None, "", " ", [], (), {}, float("nan"))] == [True] * 7
    assert [is_empty(value) for value in (0, False, "0", [None], 0.0)] == [False] * 5


def test_known_types_hold_and_an_empty_column_takes_the_new_one() -> None:
    known = {"price": "number", "label": "category", "moods": "list", "note": "empty"}
    new = {"price": "category", "label": "list", "moods": "category", "note": "text", "bpm": "number"}
    agreed = agreed_types(known, new)  # type: ignore[arg-type]  # the kinds above are column types
    assert agreed == {"price": "number", "label": "list", "moods": "list", "note": "text", "bpm": "number"}
