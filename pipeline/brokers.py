"""The broker of a home: opened to trade with, or its own book as it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.home import Home
from pipeline.settings import Settings

if TYPE_CHECKING:
    from tools.domain.market import Snapshot
    from tools.execution.broker import Broker
    from tools.ledger.store import Ledger


def open_broker(
    home: Home, settings: Settings, snapshot: Snapshot, ledger: Ledger, now: Callable[[], datetime]
) -> Broker:
    """The simulated broker of a home, quoting from the snapshot; a new one begins with the ledger's holdings."""
    from tools.execution.simulated import SimulatedBroker
    from tools.portfolio.quoting import quote

    return SimulatedBroker.open(
        home.broker,
        quote=lambda legs: quote(snapshot, legs),
        now=now,
        commission=settings.execution.commission,
        cash=ledger.cash(),
        positions=ledger.account().positions,
    )


def read_broker(home: Home) -> Broker | None:
    """The broker's own book, to look at only; None before anything was sent there."""
    if not home.broker.exists():
        return None
    from tools.execution.simulated import SimulatedBroker

    return SimulatedBroker.open(home.broker, quote=lambda legs: None, now=home.clock)
