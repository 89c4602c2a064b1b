"""The broker of a home: opened to trade with, or its own book as it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.home import Home
from pipeline.market import MarketChoice
from pipeline.settings import Settings

if TYPE_CHECKING:
    from tools.domain.market import Snapshot
    from tools.execution.broker import Broker
    from tools.ledger.store import Ledger


@contextmanager
def open_broker(
    home: Home,
    settings: Settings,
    snapshot: Snapshot,
    ledger: Ledger,
    now: Callable[[], datetime],
    choice: MarketChoice,
) -> Iterator[Broker]:
    """The simulated broker of a home, quoting from the snapshot; a new one begins with the ledger's holdings.

    What has expired since it was last open, was delivered or was paid, it settles by what its market tells.
    """
    from pipeline.histories import open_fixings
    from tools.execution.clearing import Clearing
    from tools.execution.simulated import SimulatedBroker
    from tools.portfolio.quoting import quote

    with open_fixings(choice) as fixings:
        broker = SimulatedBroker.open(
            home.broker,
            quote=lambda legs: quote(snapshot, legs),
            now=now,
            commission=settings.execution.commission,
            cash=ledger.cash(),
            positions=ledger.account().positions,
            clearing=None if fixings is None else Clearing(fixings, snapshot),
        )
        try:
            yield broker
        finally:
            broker.close()


def read_broker(home: Home) -> Broker | None:
    """The broker's own book, to look at only; None before anything was sent there."""
    if not home.broker.exists():
        return None
    from tools.execution.simulated import SimulatedBroker

    return SimulatedBroker.open(home.broker, quote=lambda legs: None, now=home.clock)
