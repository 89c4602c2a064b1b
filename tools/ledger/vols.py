"""What held legs were seen at on each New York day, so that a live run knows the mean that history knows (spec F7).

    look → one row per contract, clock and day, the last look of a day → read back while something of it is held

They are the market's words, like marks: they stand beside the chain of events, and the exit that one leads to tells
its figures there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection, delete, insert, select

from tools.calendar.trading_time import Clock
from tools.ledger.instant import from_text, to_text
from tools.ledger.schema import positions, seen_vols
from tools.portfolio.vol_memory import SeenVol, VolMemory


def see(connection: Connection, account: str, seen: Iterable[SeenVol]) -> None:
    """Take what a look saw in place of an earlier look of that day; a later one stays."""
    for each in seen:
        here = (
            seen_vols.c.account == account,
            seen_vols.c.clock == each.clock.value,
            seen_vols.c.symbol == each.symbol,
            seen_vols.c.day == each.day.isoformat(),
        )
        at = to_text(each.at)
        if (connection.scalar(select(seen_vols.c.at).where(*here)) or "") > at:
            continue
        connection.execute(delete(seen_vols).where(*here))
        connection.execute(
            insert(seen_vols).values(
                account=account,
                clock=each.clock.value,
                symbol=each.symbol,
                day=each.day.isoformat(),
                vol=repr(float(each.vol)),
                at=at,
            )
        )


def forget(connection: Connection, account: str) -> None:
    """Drop the contracts of which nothing is held."""
    held = select(positions.c.symbol).where(positions.c.account == account)
    connection.execute(delete(seen_vols).where(seen_vols.c.account == account, seen_vols.c.symbol.not_in(held)))


def memory(connection: Connection, account: str, *, before: date) -> VolMemory:
    """Everything remembered of the days before one."""
    query = select(seen_vols).where(seen_vols.c.account == account, seen_vols.c.day < before.isoformat())
    found = VolMemory()
    found.see(
        SeenVol(row.symbol, Clock(row.clock), from_text(row.at), float(row.vol))
        for row in connection.execute(query.order_by(seen_vols.c.day))
    )
    return found
