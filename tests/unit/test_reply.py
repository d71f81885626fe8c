import json

import pytest
from palate.adapters.adapter_store import AdapterVersion
from palate.adapters.learner import Taste
from palate.bot.reply import AdapterReport, Evidence, Recommendation, Reply
from palate.bot.signals import PreferenceSignal
from palate.retrieval.catalog import Catalog


def version(number: int) -> AdapterVersion:
    return AdapterVersion(
        version=number, sha256="a" * 64, theta0="b" * 64, last_event=9, events=4, steps=3, loss_before=0.69314718,
        loss_after=0.12345678, moved=0.0123456789,
    )  # fmt: skip


@pytest.fixture
def card(small_catalog: Catalog) -> Recommendation:
    parts = {"prior": 0.25, "ridge": 0.5, "lm": 0.12345678, "relevance": 0.0}
    return Recommendation(
        small_catalog["alien-1979"],
        0.87345678,
        parts,
        "Scary.",
        (Evidence("mood: scary", "catalogue: alien-1979"),),
        "model",
    )


def test_a_card_is_printed_with_exactly_these_values(card: Recommendation) -> None:
    assert card.as_json() == {
        "item_id": "alien-1979",
        "title": "Alien",
        "year": 1979,
        "domain": "film",
        "genres": ["science fiction", "horror"],
        "people": {"director": ["Ridley Scott"]},
        "language": "English",
        "country": "United States",
        "runtime_min": 117,
        "pages": None,
        "moods": ["scary"],
        "themes": ["space"],
        "score": 0.873457,
        "parts": {"prior": 0.25, "ridge": 0.5, "lm": 0.123457, "relevance": 0.0},
        "explanation": "Scary.",
        "evidence": [{"claim": "mood: scary", "source": "catalogue: alien-1979"}],
        "worded_by": "model",
    }


def test_a_reply_is_printed_with_exactly_these_values(card: Recommendation) -> None:
    told = PreferenceSignal("genre", "western", 1, 2, lasting=True, words="westerns")
    reply = Reply(2, "recommend", "Here.", (card,), (told,), None, {"total": 1.5})
    assert reply.as_json() == {
        "turn": 2,
        "action": "recommend",
        "reply": "Here.",
        "items": [card.as_json()],
        "signals": [
            {"kind": "genre", "value": "western", "polarity": 1, "turn": 2, "lasting": True, "words": "westerns"}
        ],
        "adapter": None,
        "timings_ms": {"total": 1.5},
    }


def test_an_error_is_printed_only_where_there_is_one() -> None:
    assert "error" not in Reply(1, "chat", "Hello.").as_json()
    assert Reply(1, "like", "What?", error="unknown title").as_json()["error"] == "unknown title"


def test_a_reply_can_be_written_as_json_as_it_is(card: Recommendation) -> None:
    report = AdapterReport.of(Taste((), {}, version(1), 4), "b" * 64)
    reply = Reply(1, "recommend", "Amélie", (card,), adapter=report)
    assert json.loads(json.dumps(reply.as_json(), allow_nan=False)) == reply.as_json()


def test_nothing_is_reported_before_the_first_event() -> None:
    assert AdapterReport.of(Taste((), {}, None, 0), "b" * 64) is None


def test_version_nought_is_the_start_itself() -> None:
    report = AdapterReport.of(Taste((), {}, None, 2), "b" * 64)
    assert report is not None
    assert report.as_json() == {
        "version": 0, "sha256": "b" * 64, "steps": 0, "events": 2, "loss_before": None, "loss_after": None,
        "moved": 0.0,
    }  # fmt: skip


def test_a_published_version_is_reported_with_all_events_and_rounded_numbers() -> None:
    report = AdapterReport.of(Taste((), {}, version(7), 5), "b" * 64)
    assert report is not None
    assert report.as_json() == {
        "version": 7, "sha256": "a" * 64, "steps": 3, "events": 5, "loss_before": 0.693147, "loss_after": 0.123457,
        "moved": 0.012346,
    }  # fmt: skip
