"""What models cost, in the ledger of the home: a dry run pays as any other run does, on the wall's own days."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from tools.domain.spending import Caps, Intended, Settlement, Shortfall

if TYPE_CHECKING:
    from pipeline.home import Home
    from pipeline.settings import Settings
    from tools.ledger.spending import Spending
    from tools.ledger.store import Ledger


class LedgerSpend:
    """The spend ledger at the present instant; every step is a transaction of its own."""

    def __init__(self, spending: Spending, *, now: Callable[[], datetime]) -> None:
        self._spending = spending
        self._now = now

    def set_aside(self, call: Intended, caps: Caps) -> int | Shortfall:
        return self._spending.set_aside(call, caps, at=self._now())

    def settle(self, ticket: int, settlement: Settlement) -> None:
        self._spending.settle(ticket, settlement)


class HomeSpend:
    """The spend ledger of a home, opened for each step alone: a conversation holds no books open."""

    def __init__(self, home: Home, *, account: str) -> None:
        self._home, self._account = home, account

    def set_aside(self, call: Intended, caps: Caps) -> int | Shortfall:
        with self._open() as spending:
            return spending.set_aside(call, caps)

    def settle(self, ticket: int, settlement: Settlement) -> None:
        with self._open() as spending:
            spending.settle(ticket, settlement)

    @contextmanager
    def _open(self) -> Iterator[LedgerSpend]:
        from pipeline.sources import present
        from pipeline.wiring import open_ledger

        with open_ledger(self._home, now=present, account=self._account) as ledger:
            yield LedgerSpend(ledger.spending, now=present)


@contextmanager
def open_purse(home: Home, ledger: Ledger, settings: Settings, *, own: bool) -> Iterator[LedgerSpend]:
    """Where a run writes what models cost: its ledger, or the home's where that is a copy (`own` is False).

    The next dry run replaces the copy, and what was paid would be forgotten with it.
    """
    from pipeline.analysts import asks_live
    from pipeline.sources import present
    from pipeline.wiring import open_ledger

    if own or not asks_live(settings):
        yield LedgerSpend(ledger.spending, now=present)
        return
    with open_ledger(home, now=present, account=settings.account.name) as kept:
        yield LedgerSpend(kept.spending, now=present)
