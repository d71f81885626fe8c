"""A disk that is full, a home that cannot be written: a clear line, and what was stored stays stored."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from palate.adapters.feedback import Feedback
from palate.bot.recommender import ConversationalRecommender
from palate.bot.session import Session
from palate.retrieval.errors import EnvironmentProblem


@contextmanager
def files_of_at_most(n_bytes: int) -> Iterator[None]:
    """Let no file grow beyond a size, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_rating_is_kept_when_the_adapter_does_not_fit_on_the_disk(
    recommender: ConversationalRecommender, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    with files_of_at_most(80_000):
        reply = recommender.learn(Feedback.from_stars(session.user_id, "alien-1979", 5), session)
    assert "Alien" in reply.text
    assert len(recommender.parts.log.events(session.user_id)) == 1
    assert recommender.parts.store.current(session.user_id) is None
    assert "not stored yet" in caplog.text
    assert recommender.recommend(session).adapter
    assert recommender.parts.store.current(session.user_id)


def test_a_rating_that_cannot_be_stored_is_not_acknowledged(
    recommender: ConversationalRecommender, session: Session
) -> None:
    with files_of_at_most(1_000), pytest.raises(EnvironmentProblem, match="cannot be used"):
        recommender.learn(Feedback.from_stars(session.user_id, "alien-1979", 5), session)
    assert recommender.parts.log.events(session.user_id) == []


def test_a_home_that_is_a_file_ends_with_one_line_and_code_4(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("not a folder")
    script = tmp_path / "script.jsonl"
    script.write_text('{"say": "hello"}')
    command = [sys.executable, "-m", "palate.bot", "chat", "--script", str(script), "--json", "--home", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, "NO_COLOR": "1"})
    assert done.returncode == 4
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("palate: cannot write")
    assert "--home" in last
    assert "Traceback" not in done.stderr
