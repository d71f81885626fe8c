"""The tables of the database. A change here needs a migration beside those in ``migrations/versions``."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, Float, ForeignKey, Integer, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The root of the tables; constraints have predictable names, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UserRow(Base):
    """A person, and the pointer to the adapter version that serves (null: θ₀)."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[str] = mapped_column(String(200), unique=True)
    current_version: Mapped[int | None] = mapped_column(Integer)


class EventRow(Base):
    """One event of feedback; its id is its place in the log."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("channel", "event_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    item_id: Mapped[str] = mapped_column(String(100))
    reward: Mapped[float] = mapped_column(Float)
    kind: Mapped[str] = mapped_column(String(20))
    context: Mapped[str] = mapped_column(String(200))
    channel: Mapped[str] = mapped_column(String(40))
    event_id: Mapped[str] = mapped_column(String(100))
    time: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class VersionRow(Base):
    """One published adapter of one person."""

    __tablename__ = "versions"
    __table_args__ = (UniqueConstraint("user", "version"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    version: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    theta0: Mapped[str] = mapped_column(String(64))
    last_event: Mapped[int] = mapped_column(Integer)
    events: Mapped[int] = mapped_column(Integer)
    steps: Mapped[int] = mapped_column(Integer)
    loss_before: Mapped[float] = mapped_column(Float)
    loss_after: Mapped[float] = mapped_column(Float)
    moved: Mapped[float] = mapped_column(Float)
