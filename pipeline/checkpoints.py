"""The checkpoint store of the decision threads: SQLite or PostgreSQL, strict serialisation, every step synced.

Strict msgpack must be chosen before langgraph is imported: it keeps a database from naming types to import.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tools.domain.errors import LedgerError

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver


@contextmanager
def open_checkpoints(where: Path | str) -> Iterator[BaseCheckpointSaver[str]]:
    """The saver over a file, or over the PostgreSQL database at an address; `LedgerError` where there is none."""
    os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"
    with _in_a_file(where) if isinstance(where, Path) else _in_postgres(where) as saver:
        yield saver


@contextmanager
def _in_a_file(path: Path) -> Iterator[BaseCheckpointSaver[str]]:
    from langgraph.checkpoint.sqlite import SqliteSaver

    try:
        connection = sqlite3.connect(path, check_same_thread=False, timeout=30.0)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        saver = SqliteSaver(connection)
        saver.setup()
    except sqlite3.Error as error:
        raise LedgerError(
            f"The checkpoint store {path} cannot be opened ({error}); check the disk and who else uses it."
        ) from error
    with closing(connection):
        yield saver


@contextmanager
def _in_postgres(url: str) -> Iterator[BaseCheckpointSaver[str]]:
    try:
        import psycopg
        from langgraph.checkpoint.postgres import PostgresSaver
        from psycopg.rows import dict_row
    except ModuleNotFoundError as error:
        raise LedgerError(
            f"Threads in PostgreSQL need a driver that is not installed ({error}); install thetagate[postgres]."
        ) from None
    address = url.replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        connection = psycopg.connect(address, autocommit=True, prepare_threshold=0, row_factory=dict_row)
        saver = PostgresSaver(connection)
        saver.setup()
    except psycopg.Error as error:
        raise LedgerError(
            f"The checkpoint store in PostgreSQL cannot be opened ({error}); check DATABASE_URL and the server."
        ) from error
    with closing(connection):
        yield saver
