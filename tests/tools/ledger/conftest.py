"""Every store the ledger runs on; the contract suite covers them all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.tools.ledger.specimens import AS_OF, opening
from tools.ledger.store import Ledger

POSTGRES = os.environ.get("THETAGATE_TEST_POSTGRES", "")
"""The address of a PostgreSQL server on which a database may be dropped and made; without it SQLite is tested."""

STORES = ["sqlite", "postgresql"] if POSTGRES else ["sqlite"]


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = AS_OF

    def __call__(self) -> datetime:
        return self.at

    def advance(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=STORES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    server = make_url(POSTGRES).set(drivername="postgresql+psycopg")
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS thetagate_test WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE thetagate_test"))
    engine.dispose()
    return server.set(database="thetagate_test").render_as_string(hide_password=False)


@pytest.fixture
def open_ledger(url: str, clock: Clock) -> Iterator[Callable[[], Ledger]]:
    """Opens the same ledger as often as wanted."""
    opened: list[Ledger] = []

    def open_one() -> Ledger:
        opened.append(Ledger.open(url, now=clock))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger: Callable[[], Ledger]) -> Ledger:
    """A ledger with its account open."""
    ledger = open_ledger()
    ledger.open_account(opening())
    return ledger
