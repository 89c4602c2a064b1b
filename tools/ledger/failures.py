"""Database failures as the house's own errors: one sentence that says what, why and what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from tools.domain.errors import LedgerBusy, LedgerError

# What SQLite and PostgreSQL say, in the order in which it is looked for.
_SENTENCES: tuple[tuple[tuple[str, ...], type[LedgerError], str], ...] = (
    (
        ("database is locked", "database table is locked", "database is busy", "lock timeout", "deadlock detected"),
        LedgerBusy,
        "The ledger {name} is locked by another process; wait until that one is done and run again.",
    ),
    (
        ("database or disk is full", "no space left", "could not extend file", "disk full"),
        LedgerError,
        "The disk that holds the ledger {name} is full; nothing of this step was kept. Free space and run again.",
    ),
    (
        ("file is not a database",),
        LedgerError,
        "{name} is not a ledger: it is no SQLite database. Name another file, or restore this one from a backup.",
    ),
    (
        ("malformed", "database corruption", "invalid page"),
        LedgerError,
        "The ledger {name} is damaged; nothing was changed. Restore it from a backup before going on.",
    ),
    (
        ("unable to open database file", "could not connect", "connection refused", "connection failed"),
        LedgerError,
        "The ledger {name} cannot be opened; check that its folder or server exists and that you may use it.",
    ),
    (
        ("readonly database", "read-only", "permission denied"),
        LedgerError,
        "The ledger {name} is read-only for this user; give write access to its file and folder.",
    ),
    (
        ("disk i/o error",),
        LedgerError,
        "The disk that holds the ledger {name} failed while it was used; check the disk before going on.",
    ),
)


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Inside, a database's exception leaves as a `LedgerError` or `LedgerBusy` about the ledger `name`."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise _explain(error, name) from error


def _explain(error: SQLAlchemyError | sqlite3.Error, name: str) -> LedgerError:
    said = str(error.orig if isinstance(error, DBAPIError) else error)
    for signs, kind, sentence in _SENTENCES:
        if any(sign in said.lower() for sign in signs):
            return kind(sentence.format(name=name))
    return LedgerError(
        f"The ledger {name} could not be used: {said.splitlines()[0] if said else type(error).__name__}."
    )
