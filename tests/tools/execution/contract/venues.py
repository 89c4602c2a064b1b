"""Where the contract suite trades: each broker with a market that does as it is told."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from tests.peers.alpaca_server import KEY, SECRET
from tests.peers.alpaca_trading_server import TradingServer
from tests.peers.tws_exchange import COMMISSION
from tests.peers.tws_server import TwsServer
from tests.tools.execution.conftest import Market
from tests.tools.ledger.specimens import AS_OF
from tools.domain.activity import Activity, ActivityKind, Delivery
from tools.domain.mode import Mode
from tools.execution.alpaca.broker import AlpacaBroker
from tools.execution.broker import Broker
from tools.execution.fill_model import FillModel
from tools.execution.ibkr.broker import IbkrBroker
from tools.execution.simulated import SimulatedBroker

CASH = Decimal(100_000)
WORTH = Decimal("2.50")
"""What the suite's orders are worth: at this limit they are filled as the market was told, at 2.48 at once."""


class Venue(Protocol):
    """One broker and its market."""

    broker: Broker
    mode: Mode
    commission: Decimal

    def reopen(self) -> Broker:
        """The same account, as another process sees it."""
        ...

    def fills_all(self) -> None: ...

    def fills_some(self) -> None:
        """Of everything that arrives, some units and not all."""
        ...

    def fills_none(self) -> None: ...

    def fill_resting(self, client_order_id: str) -> None:
        """The market comes to an order that rests."""
        ...

    def refuses(self) -> None: ...

    def hold(self, symbol: str, quantity: int) -> None: ...

    def assign(self, symbol: str, contracts: int, strike: int) -> None:
        """The holder of puts that were sold exercises them."""
        ...

    def restate(self, old: str, gone: int, new: str, come: int) -> None:
        """A split: so much of `old` is gone and so much of `new` stands in its place."""
        ...


class SimulatedVenue:
    """The simulated broker, opened anew each time its market changes its mind."""

    mode = Mode.SIMULATED
    commission = Decimal("0.65")

    def __init__(self, folder: Path) -> None:
        self._path, self._market, self._model = (
            folder / "broker.sqlite",
            Market(),
            FillModel(at_mid=0.0, partial=0.0),
        )
        self._opened: list[SimulatedBroker] = []
        self.broker: Broker = self.reopen()

    def reopen(self) -> Broker:
        broker = SimulatedBroker.open(
            self._path,
            quote=self._market,
            now=lambda: AS_OF,
            model=self._model,
            commission=self.commission,
            cash=CASH,
        )
        self._opened.append(broker)
        return broker

    def close(self) -> None:
        for broker in self._opened:
            broker.close()

    def _will(self, **model: float) -> None:
        self._model = FillModel(**model)
        self.broker = self.reopen()

    def fills_all(self) -> None:
        self._will(at_mid=1.0, partial=0.0)

    def fills_some(self) -> None:
        self._will(at_mid=1.0, partial=1.0)

    def fills_none(self) -> None:
        self._market.credit = (2.20, 2.80)
        self._will(at_mid=0.0, partial=0.0)

    def fill_resting(self, client_order_id: str) -> None:
        order = self.broker.find(client_order_id)
        assert order is not None
        self._market.credit = (float(order.limit_price) - 0.01, float(order.limit_price) + 0.03)
        self.broker.replace(client_order_id, order.limit_price - Decimal("0.01"))

    def refuses(self) -> None:
        self._market.credit = None

    def hold(self, symbol: str, quantity: int) -> None:
        with sqlite3.connect(self._path) as connection:
            (value,) = connection.execute("SELECT value FROM book WHERE name = 'opening'").fetchone()
            opening = json.loads(value)
            opening["positions"][symbol] = quantity
            connection.execute("UPDATE book SET value = ? WHERE name = 'opening'", (json.dumps(opening),))

    def assign(self, symbol: str, contracts: int, strike: int) -> None:
        activity = Activity(
            activity_id="a-1",
            kind=ActivityKind.ASSIGNED,
            symbol=symbol,
            quantity=contracts,
            delivered=Delivery(symbol="SPY", quantity=100 * contracts, price=Decimal(strike)),
            cash=Decimal(-100 * contracts * strike),
            at=AS_OF,
        )
        self._told(activity)

    def restate(self, old: str, gone: int, new: str, come: int) -> None:
        same = old == new
        activity = Activity(
            activity_id=f"s-{old}",
            kind=ActivityKind.SPLIT,
            symbol=old,
            quantity=gone + come if same else gone,
            delivered=None if same else Delivery(symbol=new, quantity=come),
            at=AS_OF,
        )
        self._told(activity)

    def _told(self, activity: Activity) -> None:
        with sqlite3.connect(self._path) as connection:
            connection.execute(
                "INSERT INTO activities (activity_id, body) VALUES (?, ?)",
                (activity.activity_id, activity.model_dump_json()),
            )


class Loopback:
    """A venue whose market is told what to do at the peer's exchange; `broker` is its own client over the wire."""

    mode = Mode.PAPER
    broker: Broker

    def __init__(self, server: TradingServer | TwsServer) -> None:
        self._exchange = server.exchange

    def fills_all(self) -> None:
        self._exchange.market(take=-1)

    def fills_some(self) -> None:
        self._exchange.market(take=2)

    def fills_none(self) -> None:
        self._exchange.market()

    def fill_resting(self, client_order_id: str) -> None:
        self._exchange.execute()

    def refuses(self) -> None:
        self._exchange.refuse("insufficient options buying power")

    def hold(self, symbol: str, quantity: int) -> None:
        self._exchange.hold(symbol, quantity)

    def assign(self, symbol: str, contracts: int, strike: int) -> None:
        self._exchange.assign(symbol, contracts)

    def restate(self, old: str, gone: int, new: str, come: int) -> None:
        self._exchange.restate(old, gone, new, come)


class AlpacaVenue(Loopback):
    """Alpaca's own client against the loopback server, in paper mode."""

    commission = Decimal(0)

    def __init__(self, server: TradingServer) -> None:
        super().__init__(server)
        self._server = server
        self.broker = self.reopen()

    def reopen(self) -> Broker:
        return connect(self._server)


def connect(server: TradingServer, **changes: Any) -> AlpacaBroker:
    """The paper account behind a loopback server."""
    options: dict[str, Any] = {"mode": Mode.PAPER, "adapter": server.adapter(), "base_url": server.url} | changes
    return AlpacaBroker.connect(KEY, SECRET, settle_seconds=0.01, **options)


class IbkrVenue(Loopback):
    """TWS's own client library against the loopback TWS, in a paper account. What TWS forgets is in the folder."""

    commission = COMMISSION

    def __init__(self, server: TwsServer, folder: Path) -> None:
        super().__init__(server)
        self._server, self._folder = server, folder
        self._opened: list[IbkrBroker] = []
        self.broker = self.reopen()

    def reopen(self) -> Broker:
        """The last one's connection ends first, as its process would."""
        self.broker = reconnect(self._server, self._folder, self._opened)
        return self.broker

    def close(self) -> None:
        for each in self._opened:
            each.close()

    def hold(self, symbol: str, quantity: int) -> None:
        """Held, and seen to be: what happens without an order is found between two looks."""
        super().hold(symbol, quantity)
        self.broker.activities(since=AS_OF.date())


def connect_tws(server: TwsServer, folder: Path, **changes: Any) -> IbkrBroker:
    """The paper account behind a loopback TWS."""
    options: dict[str, Any] = {
        "mode": Mode.PAPER,
        "journal": folder / "ibkr.sqlite",
        "now": lambda: datetime.now(UTC),
        "settle_seconds": 0.01,
    } | changes
    return IbkrBroker.connect("127.0.0.1", server.port, 7, server.exchange.number, **options)


def reconnect(server: TwsServer, folder: Path, opened: list[IbkrBroker], **changes: Any) -> IbkrBroker:
    """As a new process would, after the last one has ended."""
    if opened:
        opened[-1].close()
    opened.append(connect_tws(server, folder, **changes))
    return opened[-1]


@contextmanager
def simulated(folder: Path) -> Iterator[Venue]:
    venue = SimulatedVenue(folder)
    yield venue
    venue.close()


@contextmanager
def alpaca(folder: Path) -> Iterator[Venue]:
    with TradingServer() as server:
        yield AlpacaVenue(server)


@contextmanager
def ibkr(folder: Path) -> Iterator[Venue]:
    with TwsServer() as server:
        venue = IbkrVenue(server, folder)
        yield venue
        venue.close()


VENUES = {"simulated": simulated, "alpaca": alpaca, "ibkr": ibkr}
