"""Opening, migrating, locking, and what a person reads when a disk, a lock or a file gives out."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from tests.tools.ledger.conftest import Clock
from tests.tools.ledger.forking import in_child
from tests.tools.ledger.specimens import candidate, leg, opening, scan
from tools.domain.account import Account
from tools.domain.errors import LedgerBusy, LedgerError
from tools.ledger.migration import MIGRATIONS
from tools.ledger.schema import REVISION, metadata
from tools.ledger.store import Ledger


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def open_at(file: Path, clock: Clock, busy_seconds: float = 0.2) -> Ledger:
    return Ledger.open(f"sqlite:///{file}", now=clock, busy_seconds=busy_seconds)


def test_migrations_make_exactly_the_tables_of_the_schema(ledger: Ledger) -> None:
    with ledger.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_named_revision_is_the_newest() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


def test_the_schema_uses_nothing_that_postgresql_lacks() -> None:
    dialect = postgresql.dialect()
    statements = [str(CreateTable(table).compile(dialect=dialect)) for table in metadata.sorted_tables]
    assert len(statements) == len(metadata.tables)
    types = {str(column.type) for table in metadata.sorted_tables for column in table.columns}
    assert types == {"TEXT", "INTEGER"}


def test_an_open_ledger_keeps_what_it_has(open_ledger: Callable[[], Ledger]) -> None:
    first = open_ledger()
    first.open_account(opening())
    first.propose(**scan(candidate(leg(480))))
    first.close()
    again = open_ledger()
    assert again.decisions()[0].id == candidate(leg(480)).id
    assert again.verify() == []


def test_commits_survive_a_power_cut_and_keys_are_checked(file: Path, clock: Clock) -> None:
    ledger = open_at(file, clock)
    with ledger.database.read() as connection:
        for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    ledger.close()


def test_first_opens_at_once_make_one_ledger(file: Path, clock: Clock) -> None:
    def child() -> None:
        open_at(file, clock).close()

    codes = in_child(child, child, child, child)
    assert codes == [0, 0, 0, 0]
    ledger = open_at(file, clock)
    assert ledger.open_account(opening())
    assert ledger.verify() == []
    ledger.close()


def test_a_migration_that_dies_half_way_leaves_an_empty_database(file: Path, clock: Clock) -> None:
    def child() -> None:
        def die(*arguments: object) -> None:
            if "CREATE TABLE intents" in str(arguments[2]):
                os.kill(os.getpid(), signal.SIGKILL)

        from sqlalchemy import Engine

        event.listen(Engine, "before_cursor_execute", die)
        open_at(file, clock)

    assert in_child(child) == [-signal.SIGKILL]
    assert inspect(create_engine(f"sqlite:///{file}")).get_table_names() == []
    ledger = open_at(file, clock)
    assert ledger.open_account(opening())
    ledger.close()


CALLS = ("model_calls",)
OFFERS = ("announcements", "offers", *CALLS)

NEWER = {
    "0001": (
        "strategy_rules_audit",
        "portfolio_metrics",
        "rollout_stages",
        "halts",
        "seen_vols",
        "bookings",
        *OFFERS,
    ),
    "0002": ("rollout_stages", "halts", "seen_vols", "bookings", *OFFERS),
    "0003": ("halts", "seen_vols", "bookings", *OFFERS),
    "0004": ("seen_vols", "bookings", *OFFERS),
    "0005": ("bookings", *OFFERS),
    "0006": OFFERS,
    "0007": CALLS,
}
"""The tables that a ledger of each older schema lacks."""


@pytest.mark.parametrize("revision", NEWER)
def test_an_older_ledger_is_brought_up_with_what_it_holds(file: Path, clock: Clock, revision: str) -> None:
    ledger = open_at(file, clock)
    ledger.open_account(opening())
    ledger.close()
    with sqlite3.connect(file) as connection:
        for table in NEWER[revision]:
            connection.execute(f"DROP TABLE {table}")
        connection.execute(f"UPDATE alembic_version SET version_num = '{revision}'")
    again = open_at(file, clock)
    assert again.evaluations() == ()
    assert again.standings() == {}
    assert again.halt() is None
    assert again.vols.memory(before=clock().date()).kept == {}
    assert again.bookings_of("any") == ()
    assert again.has_account()
    again.close()


def test_a_newer_schema_is_refused(file: Path, clock: Clock) -> None:
    open_at(file, clock).close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerError, match=f"schema 9999, this version knows {REVISION}"):
        open_at(file, clock)


def test_a_foreign_database_is_refused(file: Path, clock: Clock) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE photos (id INTEGER)")
    with pytest.raises(LedgerError, match=r"another program's tables \(photos\)"):
        open_at(file, clock)


def test_a_file_that_is_no_database_is_refused(file: Path, clock: Clock) -> None:
    file.write_text("dear diary, " * 1000)
    with pytest.raises(LedgerError, match="no SQLite database"):
        open_at(file, clock)
    assert file.read_text().startswith("dear diary")


def test_a_damaged_ledger_says_so(file: Path, clock: Clock) -> None:
    ledger = open_at(file, clock)
    ledger.open_account(opening())
    ledger.propose(**scan(*(candidate(leg(400 + step)) for step in range(20))))
    ledger.close()
    whole = bytearray(file.read_bytes())
    for page in range(2, len(whole) // 4096):
        whole[page * 4096 : page * 4096 + 512] = b"\xff" * 512
    file.write_bytes(whole)
    with pytest.raises(LedgerError, match="damaged"):
        open_at(file, clock).verify()


def test_a_missing_folder_is_named(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(LedgerError, match="nowhere"):
        open_at(tmp_path / "nowhere" / "ledger.sqlite", clock)


def test_a_ledger_in_memory_is_refused(clock: Clock) -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(LedgerError, match="memory"):
            Ledger.open(url, now=clock)
    with pytest.raises(LedgerError, match="no database address"):
        Ledger.open("ledger.sqlite", now=clock)


def test_a_database_without_its_driver_says_so(clock: Clock) -> None:
    with pytest.raises(LedgerError, match="driver that is not installed") as caught:
        Ledger.open("oracle+nothing://user:secret@host/books", now=clock)
    assert "secret" not in str(caught.value)


def test_a_full_disk_keeps_nothing_of_the_step(file: Path, clock: Clock) -> None:
    ledger = open_at(file, clock)
    ledger.open_account(opening())
    with ledger.database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    ledger.database.engine.dispose()

    @event.listens_for(ledger.database.engine, "connect")
    def shrink(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    with pytest.raises(LedgerError, match=r"disk .* is full; nothing of this step was kept"):
        ledger.propose(**scan(*(candidate(leg(400 + step)) for step in range(40))))
    assert ledger.decisions() == ()
    assert ledger.scan("scan-1") is None
    assert ledger.verify() == []
    ledger.close()


def test_a_locked_ledger_is_busy_and_not_broken(file: Path, clock: Clock) -> None:
    ledger = open_at(file, clock, busy_seconds=0.1)
    ledger.open_account(opening())
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerBusy, match="locked by another process"):
        ledger.mark_prices({"SPY": 1.0})
    assert ledger.account().positions[0].price == 512.30  # readers are never blocked
    other.execute("ROLLBACK")
    ledger.mark_prices({"SPY": 1.0})
    assert ledger.account().positions[0].price == 1.0
    other.close()
    ledger.close()


def test_a_read_only_ledger_says_so(file: Path, clock: Clock) -> None:
    ledger = open_at(file, clock)
    ledger.database.engine.dispose()

    @event.listens_for(ledger.database.engine, "connect")
    def forbid(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA query_only=ON")  # says what a file without write permission says

    with pytest.raises(LedgerError, match="read-only"):
        ledger.open_account(opening())
    ledger.close()


def test_a_second_runner_waits_a_while_then_is_told(open_ledger: Callable[[], Ledger]) -> None:
    first, second = open_ledger(), open_ledger()
    with first.runner_lock():
        started = time.monotonic()
        with pytest.raises(LedgerBusy, match="running on the ledger"), second.runner_lock(wait_seconds=0.1):
            pytest.fail("two runners at once")
        assert time.monotonic() - started >= 0.1
    with second.runner_lock(wait_seconds=0):
        pass


def test_a_second_runner_follows_when_the_first_is_done(open_ledger: Callable[[], Ledger]) -> None:
    first, second = open_ledger(), open_ledger()
    leave = threading.Event()
    entered = threading.Event()

    def run() -> None:
        with first.runner_lock():
            entered.set()
            leave.wait(5)

    thread = threading.Thread(target=run)
    thread.start()
    entered.wait(5)
    threading.Timer(0.1, leave.set).start()
    with second.runner_lock(wait_seconds=5):
        assert leave.is_set()
    thread.join()


def test_a_runner_that_was_killed_holds_nothing(file: Path, clock: Clock) -> None:
    def child() -> None:
        with open_at(file, clock).runner_lock():
            os.kill(os.getpid(), signal.SIGKILL)

    assert in_child(child) == [-signal.SIGKILL]
    ledger = open_at(file, clock)
    with ledger.runner_lock(wait_seconds=0):
        pass
    ledger.close()


def test_a_ledger_can_be_copied_while_nobody_writes(file: Path, clock: Clock, tmp_path: Path) -> None:
    ledger = open_at(file, clock)
    ledger.open_account(Account(cash=5.0, positions=()))
    ledger.close()
    shutil.copy(file, tmp_path / "copy.sqlite")
    copy = open_at(tmp_path / "copy.sqlite", clock)
    assert copy.account().cash == 5.0
    copy.close()
