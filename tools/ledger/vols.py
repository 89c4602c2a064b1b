"""What held legs were seen at on each New York day, so that a live run knows the mean that history knows (spec F7).

    look → one row per contract, clock and day, the last look of a day → read back while something of it is held

They are the market's words, like marks: they stand beside the chain of events, and the exit that one leads to tells
its figures there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection, delete, insert, select, update

from tools.calendar.trading_time import Clock
from tools.ledger.database import Database
from tools.ledger.instant import from_text, to_text
from tools.ledger.schema import positions, seen_vols
from tools.portfolio.vol_memory import SeenVol, VolMemory


class Vols:
    """Of one account. Every method is one transaction, and every write may safely be repeated."""

    def __init__(self, database: Database, account: str) -> None:
        self._database = database
        self._account = account

    def see(self, seen: Iterable[SeenVol]) -> None:
        """Take what a look saw in place of an earlier look of that day; a later one stays."""
        with self._database.write() as connection:
            for each in seen:
                _put(connection, self._account, each)

    def forget(self) -> None:
        """Drop the contracts of which nothing is held."""
        held = select(positions.c.symbol).where(positions.c.account == self._account)
        gone = delete(seen_vols).where(seen_vols.c.account == self._account, seen_vols.c.symbol.not_in(held))
        with self._database.write() as connection:
            connection.execute(gone)

    def memory(self, *, before: date) -> VolMemory:
        """Everything remembered of the days before one."""
        query = select(seen_vols).where(seen_vols.c.account == self._account, seen_vols.c.day < before.isoformat())
        found = VolMemory()
        with self._database.read() as connection:
            found.see(
                SeenVol(row.symbol, Clock(row.clock), from_text(row.at), float(row.vol))
                for row in connection.execute(query.order_by(seen_vols.c.day))
            )
        return found


def _put(connection: Connection, account: str, each: SeenVol) -> None:
    key = {
        "account": account,
        "clock": each.clock.value,
        "symbol": each.symbol,
        "day": each.day.isoformat(),
    }
    here = [seen_vols.c[name] == value for name, value in key.items()]
    at = to_text(each.at)
    if (connection.scalar(select(seen_vols.c.at).where(*here)) or "") > at:
        return
    connection.execute(delete(seen_vols).where(*here))
    connection.execute(insert(seen_vols).values(**key, vol=repr(float(each.vol)), at=at))


def rename(connection: Connection, account: str, old: str, new: str) -> None:
    """A contract goes on under another name, which may have been seen under that one already."""
    here = [seen_vols.c.account == account, seen_vols.c.symbol == old]
    known = select(seen_vols.c.day).where(seen_vols.c.account == account, seen_vols.c.symbol == new)
    connection.execute(update(seen_vols).where(*here, seen_vols.c.day.not_in(known)).values(symbol=new))
