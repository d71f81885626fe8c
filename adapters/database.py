"""The database: opened, checked and brought to the present form. Other errors of it become ours here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as SqlSession

from ..retrieval.errors import EnvironmentProblem
from ..retrieval.files import environment_errors

logger = logging.getLogger(__name__)

FILE_NAME = "palate.sqlite3"
_PRAGMAS = {"foreign_keys": 1, "synchronous": 2, "secure_delete": 1}


class Database:
    """SQLite with the rollback journal, full synchronisation and secure deletion.

    Args:
        home: The folder of the database file; it is made if it is missing.

    Raises:
        EnvironmentProblem: The file cannot be opened or written.
    """

    def __init__(self, home: Path) -> None:
        with environment_errors(home):
            home.mkdir(parents=True, exist_ok=True)
        self.path = home / FILE_NAME
        self._engine = create_engine(f"sqlite:///{self.path}", connect_args={"timeout": 10})
        event.listen(self._engine, "connect", _set_up)
        event.listen(self._engine, "begin", _begin)
        with environment_errors(home), FileLock(home / "migration.lock"), self._errors():
            _migrate(self._engine)

    @contextmanager
    def write(self) -> Iterator[SqlSession]:
        """Give a session whose changes are committed, and on the disk, when the block ends well.

        Raises:
            EnvironmentProblem: The database cannot be written.
        """
        with self._errors(), SqlSession(self._engine) as session, session.begin():
            yield session

    def read(self) -> Any:
        """Give a session to read with."""
        return self.write()

    def vacuum(self) -> None:
        """Rewrite the file, so that nothing deleted remains in it."""
        with self._errors(), self._engine.connect() as connection:
            connection.connection.driver_connection.execute("VACUUM")  # type: ignore[union-attr]  # it is open

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise EnvironmentProblem(
                f"the database {self.path} cannot be used: {reason}; check that the disk has space and that the "
                "folder can be written, or choose another with --home"
            ) from error


def _set_up(connection: Any, _record: object) -> None:
    # Python's own transactions leave CREATE TABLE outside: a process that dies in a migration would leave half of it.
    connection.isolation_level = None
    for name, value in _PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")
        found = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if found != value:
            raise EnvironmentProblem(f"SQLite does not accept {name}={value}; use a build of SQLite that does")


def _begin(connection: Connection) -> None:
    # Taking the write lock at once: a transaction that reads first and writes later could not wait for its turn.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
