"""A ledger copied from one database into another, whatever kind either is: for a rehearsal on the same books."""

from __future__ import annotations

from sqlalchemy import insert, select

from tools.ledger.database import Database
from tools.ledger.schema import chain_head, metadata

BUSY_SECONDS = 10.0


def copy_ledger(source: str, target: str) -> None:
    """Every row of the ledger at one address, as of one instant, into a new one at another."""
    old, new = (Database.open(url, busy_seconds=BUSY_SECONDS) for url in (source, target))
    try:
        with old.read() as reading, new.write() as writing:
            writing.execute(chain_head.delete())
            for table in metadata.sorted_tables:
                rows = [dict(row._mapping) for row in reading.execute(select(table))]
                if rows:
                    writing.execute(insert(table), rows)
    finally:
        old.close()
        new.close()
