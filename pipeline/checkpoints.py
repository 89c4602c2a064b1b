"""The checkpoint store of the decision threads: SQLite, strict serialisation, every step synced.

Strict msgpack must be chosen before langgraph is imported: it keeps a database from naming types to import.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tools.domain.errors import LedgerError

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite import SqliteSaver


@contextmanager
def open_checkpoints(path: Path) -> Iterator[SqliteSaver]:
    """The saver over the file at `path`; `LedgerError` where it cannot be opened."""
    os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"
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
    try:
        yield saver
    finally:
        connection.close()
