"""The ordered log of feedback: the truth from which every adapter can be rebuilt."""

from __future__ import annotations

from datetime import UTC
from typing import cast

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from .database import Database
from .feedback import EventKind, Feedback
from .tables import EventRow, UserRow, VersionRow


class EventLog:
    """Appends and replays events; what ``append`` returned for is on the disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, feedback: Feedback) -> bool:
        """Store one event; return False where the channel delivered the same event before.

        Raises:
            EnvironmentProblem: It could not be stored; nothing has changed.
        """
        with self._database.write() as session:
            session.execute(insert(UserRow).values(user_id=feedback.user_id).on_conflict_do_nothing())
            user = session.scalars(select(UserRow.id).where(UserRow.user_id == feedback.user_id)).one()
            row = insert(EventRow).values(
                user=user, item_id=feedback.item_id, reward=feedback.reward, kind=feedback.kind,
                context=feedback.context, channel=feedback.channel, event_id=feedback.event_id,
                time=feedback.time.astimezone(UTC),
            )  # fmt: skip
            done = session.execute(row.on_conflict_do_nothing().returning(EventRow.id)).first()
        return done is not None

    def events(self, user_id: str) -> list[Feedback]:
        """Return the events of one person, oldest first."""
        return [feedback for _, feedback in self.numbered(user_id)]

    def numbered(self, user_id: str) -> list[tuple[int, Feedback]]:
        """Return the events of one person with their places in the log, oldest first."""
        query = select(EventRow).join(UserRow).where(UserRow.user_id == user_id).order_by(EventRow.id)
        with self._database.read() as session:
            return [(row.id, _feedback(user_id, row)) for row in session.scalars(query)]

    def forget(self, user_id: str) -> int:
        """Delete a person with every event and version, and rewrite the file; return how many events there were."""
        with self._database.write() as session:
            user = session.scalars(select(UserRow.id).where(UserRow.user_id == user_id)).one_or_none()
            if user is None:
                return 0
            n_events = len(session.execute(delete(EventRow).where(EventRow.user == user).returning(EventRow.id)).all())
            session.execute(delete(VersionRow).where(VersionRow.user == user))
            session.execute(delete(UserRow).where(UserRow.id == user))
        self._database.vacuum()
        return n_events


def _feedback(user_id: str, row: EventRow) -> Feedback:
    return Feedback(
        user_id, row.item_id, row.reward, cast(EventKind, row.kind), row.context, row.channel, row.event_id,
        row.time.replace(tzinfo=UTC),
    )  # fmt: skip
