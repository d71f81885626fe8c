import contextlib

import pytest
from palate.bot.session import STEPS, Session, Stopwatch
from palate.bot.signals import PreferenceSignal, Understanding
from palate.retrieval.query import Constraints, RecQuery

ASKS = (PreferenceSignal("request", "recommend", 1, 1),)


def query(text: str = "", wanted: tuple[tuple[str, str], ...] = (), **constraints: object) -> RecQuery:
    return RecQuery(text=text, wanted=wanted, constraints=Constraints(**constraints))  # type: ignore[arg-type]


def after(held: RecQuery, said: RecQuery, *, asks: bool) -> RecQuery:
    understanding = Understanding(signals=ASKS if asks else (), query=said)
    return Session("ada", query=held).to_query(understanding)


def test_a_new_request_replaces_the_former_one() -> None:
    held = query("western", (("mood", "dark"),), genres_all=("western",), year_min=1950, languages_any=("English",))
    said = query("comedy", genres_all=("comedy",))
    assert after(held, said, asks=True) == said


def test_a_new_request_keeps_what_was_refused() -> None:
    refusals = {
        "genres_none": ("horror",), "moods_none": ("sad",), "themes_none": ("war",), "people_none": ("Uwe Boll",),
        "languages_none": ("Latin",), "countries_none": ("Utopia",), "items_none": frozenset({"alien-1979"}),
    }  # fmt: skip
    found = after(query("western", **refusals), query("comedy", genres_all=("comedy",)), asks=True)
    assert found == query("comedy", genres_all=("comedy",), **refusals)


def test_a_fragment_refines_the_request() -> None:
    held = query("comedy", (("mood", "charming"),), genres_all=("comedy",))
    said = query("paris comedy", (("theme", "paris"),), year_min=1980, year_max=1989)
    found = after(held, said, asks=False)
    assert found.text == "comedy paris"
    assert found.wanted == (("mood", "charming"), ("theme", "paris"))
    assert found.constraints == Constraints(genres_all=("comedy",), year_min=1980, year_max=1989)


def test_comparisons_add_up_each_once() -> None:
    held, said = RecQuery(similar_to=("a", "b")), RecQuery(similar_to=("b", "c"))
    assert after(held, said, asks=False).similar_to == ("a", "b", "c")


@pytest.mark.parametrize("text", ["", "else", "more other", "another different"])
def test_asking_for_something_else_leaves_the_request_alone(text: str) -> None:
    held = query("western", genres_all=("western",))
    assert after(held, query(text), asks=True) == held
    assert after(held, query(text), asks=False) == held


def test_words_for_more_are_no_content() -> None:
    assert after(query(), query("another western"), asks=True).text == "western"


def test_the_session_itself_is_left_alone() -> None:
    session = Session("ada", query=query("western"))
    session.to_query(Understanding(signals=ASKS, query=query("comedy")))
    assert session == Session("ada", query=query("western"))


@pytest.mark.parametrize("asks", [True, False])
@pytest.mark.parametrize(
    ("refused", "wished"),
    [
        ({"genres_none": ("horror",)}, query(genres_all=("horror",))),
        ({"genres_none": ("horror",)}, query(wanted=(("genre", "horror"),))),
        ({"moods_none": ("sad",)}, query(wanted=(("mood", "sad"),))),
        ({"themes_none": ("war",)}, query(wanted=(("theme", "war"),))),
        ({"people_none": ("Ada",)}, query(people_any=("Ada",))),
        ({"languages_none": ("French",)}, query(languages_any=("French",))),
        ({"countries_none": ("France",)}, query(countries_any=("France",))),
    ],
)
def test_asking_for_what_was_refused_lifts_the_refusal(
    refused: dict[str, object], wished: RecQuery, asks: bool
) -> None:
    assert after(query(**refused, items_none=frozenset("x")), wished, asks=asks).constraints == Constraints(
        genres_all=wished.constraints.genres_all, people_any=wished.constraints.people_any,
        languages_any=wished.constraints.languages_any, countries_any=wished.constraints.countries_any,
        items_none=frozenset("x"),
    )  # fmt: skip


def test_refusing_what_was_asked_for_takes_it_out_of_the_request() -> None:
    held = query(wanted=(("mood", "sad"), ("theme", "war")), genres_all=("horror", "drama"), languages_any=("French",))
    found = after(held, query(genres_none=("horror",), moods_none=("sad",), languages_none=("French",)), asks=False)
    assert found.constraints.genres_all == ("drama",)
    assert found.constraints.languages_any == ()
    assert found.wanted == (("theme", "war"),)


def test_a_wanted_mood_lifts_no_refused_genre_of_the_same_name() -> None:
    held = query(genres_none=("romantic",))
    assert after(held, query(wanted=(("mood", "romantic"),)), asks=False).constraints.genres_none == ("romantic",)


@pytest.mark.parametrize(
    ("held", "said", "bounds"),
    [
        ((1980, 1989), (1991, None), (1991, None)),
        ((1980, 1989), (None, 1949), (None, 1949)),
        ((1980, 1989), (1985, None), (1985, 1989)),
        ((1980, 1989), (1989, None), (1989, 1989)),
        ((None, 1989), (1960, 1969), (1960, 1969)),
    ],
)
@pytest.mark.parametrize("name", ["year", "runtime"])
def test_bounds_that_leave_nothing_yield_to_the_newer_ones(
    name: str,
    held: tuple[int | None, int | None],
    said: tuple[int | None, int | None],
    bounds: tuple[int | None, int | None],
) -> None:
    def bounded(values: tuple[int | None, int | None]) -> RecQuery:
        return query(**{f"{name}_min": values[0], f"{name}_max": values[1]})

    assert after(bounded(held), bounded(said), asks=False) == bounded(bounds)


def test_a_stopwatch_adds_up_the_blocks_of_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 1.0, 1.5, 2.0, 2.25, 4.0])
    monkeypatch.setattr("palate.bot.session.time.perf_counter", lambda: next(times))
    clock = Stopwatch()
    for _ in range(2):
        with clock.step("rank"):
            pass
    assert clock.read() == {**dict.fromkeys(STEPS, 0.0), "rank": 750.0, "total": 4000.0}


def test_a_step_that_fails_is_timed_too() -> None:
    clock = Stopwatch()
    with contextlib.suppress(TimeoutError), clock.step("rank"):
        sum(range(100_000))
        raise TimeoutError
    assert clock.read()["rank"] > 0


def test_a_message_without_content_looks_for_none_of_its_words() -> None:
    empty = RecQuery(constraints=Constraints(domain="film"), said="I want something to watch tonight")
    assert after(RecQuery(), empty, asks=True) == RecQuery(constraints=Constraints(domain="film"))
    told = RecQuery(text="cosy", said="I want something cosy")
    assert after(RecQuery(), told, asks=True).said == "I want something cosy"
