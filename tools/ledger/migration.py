"""Brings a database to the newest schema, in one transaction, or refuses it with a reason."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, inspect, text

from tools.domain.errors import LedgerError
from tools.ledger.schema import REVISION

MIGRATIONS = Path(__file__).with_name("migrations")
VERSION_TABLE = "alembic_version"

_one_at_a_time = Lock()  # Alembic's context is one per process


def upgrade(connection: Connection, name: str) -> None:
    """Migrate up in the caller's transaction; an up-to-date ledger is left alone without loading Alembic."""
    found = revision(connection, name)
    if found == REVISION:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise LedgerError(
            f"The ledger {name} has schema {found}, this version knows {REVISION} at most; upgrade before using it."
        )
    config.attributes["connection"] = connection
    with _one_at_a_time:
        command.upgrade(config, "head")


def revision(connection: Connection, name: str) -> str | None:
    """The schema's revision, None for an empty database; `LedgerError` for somebody else's tables."""
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE in tables:
        row = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).first()
        return None if row is None else str(row[0])
    if tables:
        raise LedgerError(
            f"{name} holds another program's tables ({', '.join(sorted(tables)[:3])}); name another database."
        )
    return None
