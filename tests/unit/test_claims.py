import pytest
from palate.bot.claims import is_supported, unsupported

CLAIMS = [
    "you loved Alien",
    "shares with Alien: science fiction, space",
    "you asked for dark films",
    "mood: dark, slow-burning",
    "about: robots, future city",
    "from: Denis Villeneuve",
]

TRUE_SENTENCES = [
    "You loved Alien, and this is dark science fiction too, from Denis Villeneuve.",
    "A slow-burning story of robots in a future city.",
    "You asked for dark films, and this mixes robots with space.",
    "Like Alien, which you loved, this is science fiction about robots!",
]

FALSEHOODS = [
    ("Denis Villeneuve", "Ridley Scott"),
    ("Denis Villeneuve", "Denis Scott"),
    ("dark", "cheerful"),
    ("dark", "not dark"),
    ("dark", "award-winning dark"),
    ("science fiction", "romance"),
    ("robots", "1979 robots"),
    ("robots", "two hours of robots"),
    ("future city", "future Paris"),
    ("Alien", "Aliens"),
    ("Alien", "Solaris"),
    ("loved", "hated"),
    ("loved", "liked"),
    ("space", "no space"),
]

SWAPPED = [
    sentence.replace(true, false) for sentence in TRUE_SENTENCES for true, false in FALSEHOODS if true in sentence
]


@pytest.mark.parametrize("sentence", TRUE_SENTENCES)
def test_a_sentence_of_the_evidence_stands(sentence: str) -> None:
    assert unsupported(sentence, CLAIMS) == []
    assert is_supported(sentence, CLAIMS, anchor="Alien", alike=True)


@pytest.mark.parametrize("sentence", SWAPPED)
def test_an_injected_falsehood_is_caught(sentence: str) -> None:
    assert not is_supported(sentence, CLAIMS, anchor="Alien", alike=True)


@pytest.mark.parametrize("sentence", ["this is dark space too", "here is another dark one", "this shares robots"])
def test_likeness_with_the_anchor_is_said_only_where_it_is_true(sentence: str) -> None:
    for alike in (True, False):
        assert is_supported(f"You loved Alien, and {sentence}.", CLAIMS, anchor="Alien", alike=alike) is alike


def test_unsupported_words_are_named_once_and_in_order() -> None:
    assert unsupported("An iconic, gory story: gory, iconic, dark.", CLAIMS) == ["iconic", "gory"]


@pytest.mark.parametrize("anchor_words", ["It has Alien in it", "As in Alien", "You asked for Alien", "From Alien"])
def test_the_anchor_is_named_only_as_what_was_liked(anchor_words: str) -> None:
    assert not is_supported(f"{anchor_words}, and robots in a future city.", CLAIMS, anchor="Alien")


def test_the_anchor_may_not_come_back_in_another_role() -> None:
    assert not is_supported("You loved Alien, and this is Alien with robots in space.", CLAIMS, anchor="Alien")


def test_the_person_is_told_only_once_what_was_liked() -> None:
    assert not is_supported("You loved Alien. You loved Alien, with robots in space.", CLAIMS, anchor="Alien")


def test_a_longer_title_is_not_the_anchor() -> None:
    assert not is_supported("You loved Aliens, and this is dark science fiction.", CLAIMS, anchor="Alien")


@pytest.mark.parametrize("liked", ["robots in space", "Denis Villeneuve", "this dark story"])
def test_nothing_but_the_anchor_may_be_called_liked(liked: str) -> None:
    assert not is_supported(f"You loved {liked}, from a future city.", CLAIMS, anchor="Alien")
    assert not is_supported(f"You loved {liked}, from a future city.", CLAIMS)


@pytest.mark.parametrize(
    "sentence",
    ["A dark story of robots, a dark future.", "A robot story about robots in space.", "Space, space, space."],
)
def test_a_telling_word_may_not_be_repeated(sentence: str) -> None:
    assert unsupported(sentence, CLAIMS) == []
    assert not is_supported(sentence, CLAIMS)


def test_neutral_words_may_be_repeated() -> None:
    assert is_supported("A story of the robots and of the space, and of the future.", CLAIMS)


def test_a_sentence_that_tells_nothing_does_not_stand() -> None:
    assert unsupported("This is the one film for you and for all.", CLAIMS) == []
    assert not is_supported("This is the one film for you and for all.", CLAIMS)


@pytest.mark.parametrize(
    ("sentence", "stands"),
    [
        ("Dark robots, space.", False),  # 19 characters
        ("Dark robots a space.", True),  # 20 characters
        ("Dark robots in space", False),  # no end
        ("Dark robots of space.", True),
        ("Dark robots of space!", True),
        ("Dark robots of space?", False),
        ("Dark robots\nof space.", False),
        ("Dark robots of " + "the " * 54 + "space.", True),  # 237 characters
        ("Dark robots of " + "the " * 55 + "space.", False),  # 241 characters
        ("", False),
    ],
)
def test_a_sentence_has_one_line_an_end_and_a_measured_length(sentence: str, stands: bool) -> None:
    assert is_supported(sentence, CLAIMS) is stands


@pytest.mark.parametrize(
    ("written", "claim"),
    [("Amelie", "Amélie"), ("Amélie", "Amelie"), ("AMÉLIE", "Ame\u0301lie"), ("Jeunet’s", "Jeunet")],
)
def test_accents_case_and_possessives_make_no_difference(written: str, claim: str) -> None:
    assert unsupported(written, [claim]) == []


def test_plurals_match_in_both_directions() -> None:
    assert unsupported("robot films", ["about: robots", "you asked for film"]) == []
    assert unsupported("robots", ["robot"]) == []


def test_the_end_of_a_short_word_is_part_of_it() -> None:
    assert unsupported("gas", ["ga"]) == ["gas"]


def test_a_part_of_a_word_supports_nothing() -> None:
    assert unsupported("art", ["heart", "artful"]) == ["art"]


def test_nothing_is_supported_without_evidence() -> None:
    assert not is_supported("A dark story of robots in space.", [])


def test_nothing_is_given_to_an_owner_that_the_evidence_does_not_name() -> None:
    claims = ["genre: science fiction", "in it: space, based on a novel", "from: Andrei Tarkovsky"]
    assert not is_supported("Science fiction about space and Andrei Tarkovsky's novel.", claims)
    assert is_supported("Science fiction about space from Andrei Tarkovsky.", claims)
