import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch
from palate.adapters.adapter_store import AdapterStore
from palate.adapters.database import Database
from palate.adapters.event_log import EventLog
from palate.adapters.feedback import Feedback
from palate.retrieval.errors import EnvironmentProblem


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def log(database: Database) -> EventLog:
    return EventLog(database)


def event(user: str = "ada", item: str = "heat", *, channel: str = "local", event_id: str = "1") -> Feedback:
    return Feedback(user, item, 1.0, "like", "", channel, event_id, datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC))


def test_an_event_comes_back_as_it_was(log: EventLog) -> None:
    given = [event(), Feedback("ada", "", -0.25, "attribute", "genre:western", "web")]
    assert [log.append(feedback) for feedback in given] == [True, True]
    assert log.events("ada") == given


def test_events_come_in_the_order_of_their_arrival_not_of_their_time(log: EventLog) -> None:
    late = Feedback("ada", "late", 1.0, "like", time=datetime(2030, 1, 1, tzinfo=UTC))
    early = Feedback("ada", "early", 1.0, "like", time=datetime(2020, 1, 1, tzinfo=UTC))
    for feedback in (late, event("bob"), early):
        log.append(feedback)
    assert [feedback.item_id for feedback in log.events("ada")] == ["late", "early"]
    places = [place for place, _ in log.numbered("ada")]
    assert places == sorted(set(places))


def test_a_repeated_delivery_counts_once(log: EventLog) -> None:
    assert [log.append(event()), log.append(event()), log.append(event(item="other"))] == [True, False, False]
    assert [feedback.item_id for feedback in log.events("ada")] == ["heat"]


def test_the_same_id_on_another_channel_is_another_event(log: EventLog) -> None:
    assert [log.append(event(channel=channel)) for channel in ("web", "discord")] == [True, True]
    assert len(log.events("ada")) == 2


def test_people_do_not_see_each_other(log: EventLog) -> None:
    log.append(event("ada"))
    log.append(event("bob", "emma", event_id="2"))
    assert [feedback.item_id for feedback in log.events("bob")] == ["emma"]
    assert log.events("nobody") == []


def test_what_was_appended_is_there_after_a_restart(log: EventLog, database: Database) -> None:
    log.append(event())
    database.close()
    again = Database(database.path.parent)
    assert EventLog(again).events("ada") == [event()]
    again.close()


def test_forgetting_says_how_many_events_there_were(log: EventLog) -> None:
    for i in range(3):
        log.append(event(event_id=str(i)))
    log.append(event("bob", event_id="b"))
    assert [log.forget("ada"), log.forget("ada"), log.forget("nobody")] == [3, 0, 0]
    assert log.events("ada") == []
    assert len(log.events("bob")) == 1


def test_somebody_forgotten_begins_anew(log: EventLog) -> None:
    log.append(event())
    log.forget("ada")
    assert log.append(event()) is True
    assert log.events("ada") == [event()]


def test_forgetting_leaves_no_byte_of_a_person_in_any_file(log: EventLog, database: Database) -> None:
    home = database.path.parent
    store = AdapterStore(database, home / "adapters", {"x": "x"}, {})
    facts = {"last_event": 1, "events": 1, "steps": 1, "loss_before": 1.0, "loss_after": 1.0, "moved": 0.0}
    for i in range(60):
        log.append(Feedback("CANARY-user", f"CANARY-item-{i}", 1.0, "like", f"CANARY-context-{i}", "CANARY-channel"))
        log.append(event("bob", f"kept-{i}", event_id=str(i)))
    store.publish("CANARY-user", {"x": torch.full((64,), 7.0)}, theta0="CANARY-theta0", **facts)
    weights = torch.full((64,), 7.0).half().numpy().tobytes()  # as they are stored
    assert any(b"CANARY" in content for content in contents(home))
    assert any(weights in content for content in contents(home))
    assert log.forget("CANARY-user") == 60
    store.sweep()
    assert not any(b"CANARY" in content or weights in content for content in contents(home))
    assert len(log.events("bob")) == 60


def test_forgetting_rewrites_the_file_without_free_pages(log: EventLog, database: Database) -> None:
    for i in range(30):
        log.append(Feedback("ada", f"item-{i}", 1.0, "like", "x" * 1000))
    before = database.path.stat().st_size
    log.forget("ada")
    assert database.path.stat().st_size <= before - 5 * 4096


def test_a_deleted_row_is_overwritten_at_once(log: EventLog, database: Database) -> None:
    log.append(Feedback("ada", "CANARY", 1.0, "like"))
    with database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM events")
    assert b"CANARY" not in database.path.read_bytes()


def contents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]


def test_an_event_that_cannot_be_stored_is_an_environment_problem(log: EventLog, database: Database) -> None:
    with database.write() as session:
        session.connection().exec_driver_sql("DROP TABLE events")
    with pytest.raises(EnvironmentProblem, match=r"the database .* cannot be used: no such table: events; check"):
        log.append(event())


def test_a_file_that_is_no_database_is_an_environment_problem(tmp_path: Path) -> None:
    (tmp_path / "palate.sqlite3").write_bytes(b"this is not a database" * 100)
    with pytest.raises(EnvironmentProblem, match="file is not a database"):
        Database(tmp_path)


def test_a_process_that_dies_in_a_migration_leaves_no_half_of_it(tmp_path: Path) -> None:
    """SQLite can undo CREATE TABLE, Python's default transactions do not: the next start would find half a schema."""
    dies = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from alembic import op\n"
        "from palate.adapters import database\n"
        "op_index = op.create_index\n"
        "op.create_index = lambda *a, **k: os._exit(9)\n"
        "database.Database(Path(sys.argv[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", dies, str(tmp_path)], capture_output=True, timeout=60)
    assert done.returncode == 9
    assert EventLog(Database(tmp_path)).events("ada") == []
