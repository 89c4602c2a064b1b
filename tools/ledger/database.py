"""The database of a ledger: opened durable, migrated before first use, written by one transaction at a time.

url → engine (pragmas on connect) → opening lock → migrate → read() | write() | exclusive()
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from tools.domain.errors import LedgerBusy, LedgerError
from tools.domain.value import digest
from tools.ledger import failures, lock, migration
from tools.ledger.schema import HEAD_ROW, chain_head

LOG_PAGES = 4000
"""16 MB of log before a commit carries it over into the file: at SQLite's own 1000 pages one approval in seventy
pays for that with two syncs more, at these fewer than one in a hundred."""

_LOCK = select(chain_head.c.seq).where(chain_head.c.id == HEAD_ROW).with_for_update()

OPENING_SECONDS = 60.0
"""How long an open waits for another one that is migrating."""


class Database:
    """One engine over SQLite or PostgreSQL. Safe to share between threads; open it anew after a fork."""

    def __init__(self, engine: Engine, *, name: str, file: Path | None) -> None:
        self.engine = engine
        self.name = name
        self.file = file
        self._turn = Lock()

    @classmethod
    def open(cls, url: str, *, busy_seconds: float) -> Database:
        """Open, create or migrate; `LedgerError` where that cannot be done."""
        parsed = _parse(url)
        file = _file_of(parsed)
        name = str(file) if file else parsed.render_as_string(hide_password=True)
        with failures.translated(name):
            engine = _engine(parsed, name, busy_seconds)
            database = cls(engine, name=name, file=file)
            try:
                opening = database.exclusive("opening", doing="opening", wait_seconds=OPENING_SECONDS)
                with opening, database._begun("BEGIN IMMEDIATE") as connection:
                    migration.upgrade(connection, name)
            except BaseException:
                engine.dispose()
                raise
        return database

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view."""
        with failures.translated(self.name), self._begun("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """All or nothing, and alone: no other writer runs between its first read and its commit.

        A writer takes the lock before it reads, so that a compare-and-set never acts on an old view: SQLite's own,
        or elsewhere that of the head's row. Threads of this process queue up here: waiting for each other inside
        SQLite is polling, which takes longer.
        """
        with failures.translated(self.name), self._turn, self._begun("BEGIN IMMEDIATE") as connection:
            if self.file is None:
                connection.execute(_LOCK)
            yield connection

    @contextmanager
    def _begun(self, word: str) -> Iterator[Connection]:
        """A transaction; SQLite's is begun by us, never by the driver's guess.

        A listener on the engine could say the word, but then every statement takes SQLAlchemy twice as many calls.
        """
        with self.engine.begin() as connection:
            if self.file is not None:
                connection.exec_driver_sql(word)
            yield connection

    @contextmanager
    def exclusive(self, purpose: str, *, doing: str, wait_seconds: float) -> Iterator[None]:
        """The lock named `purpose`, gone when its process is gone; `LedgerBusy` when not free within the wait."""
        busy = f"Another process is {doing} the ledger {self.name}; wait until it is done and run again."
        if self.file is not None:
            path = self.file.with_name(f"{self.file.name}.{purpose}.lock")
            with lock.held(path, wait_seconds=wait_seconds, busy=busy):
                yield
            return
        number = int(digest(["thetagate", purpose])[:15], 16)
        alone = self.engine.execution_options(isolation_level="AUTOCOMMIT")  # no old view that others wait for
        with failures.translated(self.name), alone.connect() as connection:
            deadline = time.monotonic() + wait_seconds
            while not connection.scalar(select(func.pg_try_advisory_lock(number))):
                if time.monotonic() >= deadline:
                    raise LedgerBusy(busy)
                time.sleep(lock.POLL_SECONDS)
            try:
                yield
            finally:
                connection.invalidate()  # a session lock ends with its session


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise LedgerError(
            f"{url!r} is no database address; write sqlite:///ledger.sqlite or postgresql://…"
        ) from None
    if parsed.drivername in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _file_of(url: URL) -> Path | None:
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise LedgerError(
            "A ledger in memory would not survive a crash; name a file, like sqlite:///ledger.sqlite."
        )
    return Path(url.database)


def _engine(url: URL, name: str, busy_seconds: float) -> Engine:
    try:
        if url.get_backend_name() != "sqlite":
            return create_engine(url)
        engine = create_engine(url, connect_args={"timeout": busy_seconds})
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise LedgerError(f"The ledger {name} needs a database driver that is not installed ({error}).") from None
    event.listen(engine, "connect", _durable)
    return engine


def _durable(connection: Any, _record: Any) -> None:
    """A commit that returned survives a power cut (FULL); readers never block the writer (WAL)."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"wal_autocheckpoint={LOG_PAGES}"):
        connection.execute(f"PRAGMA {pragma}")
