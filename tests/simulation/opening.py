"""The morning of every simulated day: a ledger whose account is open, made once and copied."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.tools.ledger.specimens import AS_OF, opening
from tools.ledger.store import Ledger


def opened_ledger(folder: Path) -> Path:
    path = folder / "ledger.sqlite"
    ledger = Ledger.open(f"sqlite:///{path}", now=lambda: AS_OF)
    ledger.open_account(opening())
    ledger.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path
