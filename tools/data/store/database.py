"""The database behind the catalog: SQLite beside the files, or PostgreSQL in a schema of its own.

url → engine (pragmas, search path) → migrate → read() | write()
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from tools.data.store.tables import REVISION
from tools.domain.errors import DataError

MIGRATIONS = Path(__file__).with_name("migrations")
SCHEMA = "thetagate_history"
"""Where the tables live on PostgreSQL, so that a ledger may share the database."""

_VERSIONS = "alembic_version"
_WAIT_SECONDS = 30.0
_one_at_a_time = Lock()  # Alembic's context is one per process


class Database:
    """One engine. Safe to share between threads; open it anew after a fork."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._writing = engine.execution_options(catalog_write=True)
        self.name = name

    @classmethod
    def open(cls, url: str) -> Database:
        """Open, create or migrate; `DataError` where that cannot be done."""
        engine, name = _engine(url)
        try:
            with _told(name), engine.execution_options(catalog_write=True).connect() as connection:
                _migrate(connection, name)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, name)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view."""
        with _told(self.name), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """All or nothing."""
        with _told(self.name), self._writing.begin() as connection:
            yield connection


def _engine(url: str) -> tuple[Engine, str]:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DataError(
            f"{url!r} is no database address; write sqlite:///catalog.sqlite or postgresql://…"
        ) from None
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    name = parsed.database if parsed.get_backend_name() == "sqlite" else parsed.render_as_string(hide_password=True)
    try:
        if parsed.get_backend_name() != "sqlite":
            engine = create_engine(parsed, connect_args={"options": f"-csearch_path={SCHEMA}"})
            return engine, str(name)
        engine = create_engine(parsed, connect_args={"timeout": _WAIT_SECONDS})
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise DataError(f"The catalog {name} needs a database driver that is not installed ({error}).") from None
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", _begin)
    return engine, str(name)


def _durable(connection: Any, _record: Any) -> None:
    """A commit that returned survives a power cut (FULL); readers never block the writer (WAL)."""
    connection.isolation_level = None  # transactions are begun by `_begin`, never by the driver's guess
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("catalog_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _migrate(connection: Connection, name: str) -> None:
    """Bring the tables to the newest revision and commit; an up-to-date catalog is left alone."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(4201)"))  # two first opens at once
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    found = _revision(connection, name)
    if found != REVISION:
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            raise DataError(
                f"The catalog {name} has schema {found}, this version knows {REVISION}; upgrade before using it."
            )
        config.attributes["connection"] = connection
        with _one_at_a_time:
            command.upgrade(config, "head")
    connection.commit()


def _revision(connection: Connection, name: str) -> str | None:
    """The schema's revision, None for an empty database; `DataError` for somebody else's tables."""
    tables = inspect(connection).get_table_names()
    if _VERSIONS in tables:
        row = connection.execute(text(f"SELECT version_num FROM {_VERSIONS}")).first()
        return None if row is None else str(row[0])
    if tables:
        raise DataError(
            f"{name} holds another program's tables ({', '.join(sorted(tables)[:3])}); name another database."
        )
    return None


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Inside, a database's exception leaves as one sentence about the catalog."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error).strip().split("\n", 1)[0]
        raise DataError(
            f"The catalog {name} could not be used: {said}. Check disk and server, and that nobody else holds it."
        ) from error
