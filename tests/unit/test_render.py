from pathlib import Path
from types import SimpleNamespace

import palate.prompts.render
import pytest
from palate.bot.claims import is_supported
from palate.prompts.render import capitalised, in_a_sentence, render
from palate.retrieval.errors import PromptError

FACTS = {"kind": "a dark crime film", "anchor": "", "verb": "", "alike": False, "again": (), "asked": (), "themes": (),
         "maker": "", "by": "from", "joined": "with"}  # fmt: skip
ALL_FACTS = FACTS | {
    "anchor": "Alien", "verb": "loved", "alike": True, "again": ("Ada", "the Alien series"),
    "asked": ("dark films", "crime films"), "themes": ("robots", "grief"), "maker": "Denis Villeneuve",
}  # fmt: skip
PARTS = {"prior": 0.25, "ridge": -0.125, "lm": 0.0, "relevance": 1.0}
CARD = SimpleNamespace(item=SimpleNamespace(label="Heat (1995)"), explanation="Tense.", score=1.125, parts=PARTS)
TEMPLATES = Path(palate.prompts.render.__file__).parent / "templates"

VALUES: dict[str, dict[str, object]] = {
    "ask": {"offer": "films and books"},
    "chat": {},
    "empty_message": {},
    "forgotten": {"n_events": 2},
    "item_judgement": {"text": "Heat (1995). crime."},
    "noted": {"what": "Heat (1995), 5 stars", "learn": True, "moved": 0.0123},
    "nothing_shown": {},
    "reason": ALL_FACTS,
    "reply": {"items": [CARD], "wanted": 1, "noted": ["no x"], "unknown": ["Qwerty"], "learned": (1,), "cut": 4000},
    "unknown_title": {"title": "Heet", "suggestions": ["Heat (1995)"]},
    "why": {"card": CARD},
    "wording_examples": {},
    "wording_facts": ALL_FACTS,
    "wording_system": {},
}  # fmt: skip


def test_every_template_is_in_the_table_of_these_tests() -> None:
    assert {path.name.removesuffix(".jinja2") for path in (TEMPLATES / "en").iterdir()} == set(VALUES)


@pytest.mark.parametrize("name", sorted(VALUES))
def test_every_template_renders_to_text_without_a_trace_of_its_making(name: str) -> None:
    text = render(name, **VALUES[name])
    assert text == text.strip() != ""
    assert not any(trace in text for trace in ("{{", "{%", "None", "Undefined", "namespace(", "  "))


@pytest.mark.parametrize("name", sorted(name for name, values in VALUES.items() if values))
def test_a_missing_value_is_an_error_that_names_the_template(name: str) -> None:
    with pytest.raises(PromptError, match=f"the prompt 'en/{name}' cannot be rendered: .* is undefined"):
        render(name)


def test_an_unknown_template_or_language_is_an_error() -> None:
    with pytest.raises(PromptError, match="there is no prompt 'sing' in the language 'en'"):
        render("sing")
    with pytest.raises(PromptError, match="there is no prompt 'ask' in the language 'xx'"):
        render("ask", language="xx")


def test_a_greeting_names_what_the_catalogue_has() -> None:
    assert render("ask", offer="films and books").startswith("I know films and books. Tell me ")


def test_words_are_not_escaped() -> None:
    assert render("unknown_title", title="<b> & “x”", suggestions=[]).startswith(
        "I do not know anything called “<b> & “x””"
    )


def test_a_template_in_a_value_is_not_rendered() -> None:
    assert "{{ 7 * 7 }}" in render("item_judgement", text="{{ 7 * 7 }}")


def test_item_judgement_reads_as_it_was_trained() -> None:
    assert render("item_judgement", text="Heat (1995). crime.") == (
        "Heat (1995). crime.\nQuestion: would this viewer enjoy it, Yes or No?\nAnswer:"
    )


def test_wording_system_reads_as_written() -> None:
    assert render("wording_system") == (
        "You recommend things such as films and books. "
        "Say the facts in one short, friendly sentence. Use every fact, add nothing."
    )


def test_wording_examples_read_as_written() -> None:
    assert render("wording_examples").splitlines() == [
        "You asked for comedy films. This is a witty, romantic comedy film from Rob Reiner. "
        "In it: friendship, New York.",
        "=> You asked for comedy films, and here is a witty, romantic one from Rob Reiner "
        "about friendship in New York.",
        "You loved Alien. This is a dark, stylish science fiction film too from Ridley Scott. In it: robots, dystopia.",
        "=> You loved Alien, and this is a dark, stylish science fiction film too, about robots and a dystopia, "
        "from Ridley Scott.",
        "You liked Emma. This is a tender, moving romance book by Barbara Pym. In it: old age, marriage.",
        "=> You liked Emma, so here is a tender, moving romance book by Barbara Pym about marriage and old age.",
    ]


def test_every_wording_example_keeps_to_its_facts() -> None:
    lines = render("wording_examples").splitlines()
    for given, wished in zip(lines[::2], lines[1::2], strict=True):
        assert wished.startswith("=> ")
        verb, _, name = given.partition(".")[0].removeprefix("You ").partition(" ")
        anchor = name if verb in ("loved", "liked") else ""
        assert is_supported(wished.removeprefix("=> "), [given], anchor=anchor, alike=" too " in given), wished


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (
            ALL_FACTS,
            "You loved Alien. You asked for dark films and crime films. "
            "This is a dark crime film too from Denis Villeneuve. In it: robots, grief.",
        ),
        (ALL_FACTS | {"alike": False, "asked": ()}, "You loved Alien. This is a dark crime film from Denis Villeneuve. "
                                                    "In it: robots, grief."),
        (FACTS | {"asked": ("crime films",)}, "You asked for crime films. This is a dark crime film."),
        (FACTS, "This is a dark crime film."),
    ],
)  # fmt: skip
def test_wording_facts_hold_each_fact_there_is(facts: dict[str, object], text: str) -> None:
    assert render("wording_facts", **facts) == text


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (
            ALL_FACTS,
            "You loved Alien, and this is a dark crime film too from Denis Villeneuve, again with Ada and the Alien "
            "series. In it: robots, grief.",
        ),
        (ALL_FACTS | {"alike": False, "again": (), "themes": ()},
         "You loved Alien; this is a dark crime film from Denis Villeneuve."),
        (FACTS | {"asked": ("dark films", "crime films")},
         "You asked for dark films and crime films: this is a dark crime film."),
        (FACTS | {"themes": ("grief",)}, "A dark crime film. In it: grief."),
        (
            FACTS | {"kind": "a memoir", "again": ("the Ripley series",), "maker": "Ada", "by": "by", "joined": "from"},
            "A memoir by Ada, again from the Ripley series.",
        ),
        (FACTS, "A dark crime film."),
    ],
)  # fmt: skip
def test_the_reason_says_whatever_is_known(facts: dict[str, object], text: str) -> None:
    assert render("reason", **facts) == text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {},
            "Noted: x. Your weights now stand 1.2 points from where everybody starts; ask again to see what changed.",
        ),
        ({"moved": 0.0}, "Noted: x."),
        ({"learn": False}, "Noted: x. Learning is off, so the list stays as it is."),
    ],
)
def test_feedback_is_acknowledged_with_what_it_did(changes: dict[str, object], text: str) -> None:
    assert render("noted", **({"what": "x", "learn": True, "moved": 0.0123} | changes)) == text


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({}, ["Here is where I would begin. Rate a few and the list changes:", "1. Heat (1995) – Tense."]),
        ({"learned": (1,)}, ["Here is what fits you now:", "1. Heat (1995) – Tense."]),
        ({"wanted": 5}, ["Only 1 in the catalogue fits that:", "1. Heat (1995) – Tense."]),
        (
            {"wanted": 5, "items": [CARD, CARD]},
            ["Only 2 in the catalogue fit that:", "1. Heat (1995) – Tense.", "2. Heat (1995) – Tense."],
        ),
        ({"items": []}, ["Nothing in the catalogue fits all of that. Loosen one condition and ask again."]),
        (
            {"items": [], "unknown": ["A", "B"], "noted": ["no x", "no y"], "cut": 4000},
            [
                "That was long: I read the first 4000 characters.",
                "I do not know anything called “A”, so nothing was recorded for it.",
                "I do not know anything called “B”, so nothing was recorded for it.",
                "Noted: no x; no y.",
                "Nothing in the catalogue fits all of that. Loosen one condition and ask again.",
            ],
        ),
    ],
)
def test_a_reply_says_what_was_heard_and_then_the_list(changes: dict[str, object], lines: list[str]) -> None:
    values = {"items": [CARD], "wanted": 1, "noted": [], "unknown": (), "learned": (), "cut": 0} | changes
    assert render("reply", **values).splitlines() == lines


def test_why_tells_every_part_of_the_score_with_its_sign() -> None:
    text = render("why", card=CARD)
    assert text.startswith("Heat (1995): Tense.\nOf its score of +1.12, +0.25 is what everybody")
    for told in ("-0.12 what your ratings", "+0.00 what the language model", "+1.00 how well it fits"):
        assert told in text


@pytest.mark.parametrize(("n_events", "told"), [(0, "(0 events)"), (1, "(1 event)"), (2, "(2 events)")])
def test_forgetting_counts_the_events(n_events: int, told: str) -> None:
    assert told in render("forgotten", n_events=n_events)


def test_titles_that_are_near_are_suggested() -> None:
    assert render("unknown_title", title="x", suggestions=[]).endswith("so nothing was recorded.")
    assert render("unknown_title", title="x", suggestions=["A", "B"]).endswith("Did you mean A, B?")


@pytest.mark.parametrize(
    ("values", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_a_list_is_said_as_people_do(values: list[str], text: str) -> None:
    assert in_a_sentence(values) == text


@pytest.mark.parametrize(("text", "told"), [("", ""), ("dark", "Dark"), ("dARK", "DARK"), ("émile", "Émile")])
def test_only_the_first_letter_is_made_large(text: str, told: str) -> None:
    assert capitalised(text) == told
