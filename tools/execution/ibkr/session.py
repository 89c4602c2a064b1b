"""A connection to TWS or IB Gateway, and what its answers and silences mean.

    look-up ─→ answered | anything else: BrokerError
    send    ─→ not connected: BrokerRejected, nothing was sent
            └→ acknowledged | refused: BrokerRejected | no telling: OutcomeUnknown       (once, whatever happens)

TWS's client library lives in an event loop; that runs in a thread of its own, and callers wait for it. A connection
that was lost is made anew by the next call, with nothing remembered of the old one.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from tools.domain.errors import BrokerError, BrokerRejected, ConfigError, OutcomeUnknown
from tools.execution.ibkr.told import ENDED, WITHDRAWN

if TYPE_CHECKING:
    from ib_async import IB, Contract, Order, Trade

T = TypeVar("T")

IN_USE = 326
LOST, RESTORED = 1100, frozenset({1101, 1102})
SPARE_IDS = 4
"""So many more client ids are tried where one is in use: from another id everything is seen, and only own orders
can be moved."""

_ACCEPTED = frozenset({"PreSubmitted", "Submitted", "PendingCancel", "Filled"})
_LOOK = 0.01  # seconds between looks at what has arrived
_GRACE = 5.0  # seconds that a call may take beyond its own deadlines


class Silence(Exception):
    """Nothing was said in time, or the connection was lost meanwhile; in words."""


class TwsSession:
    """One client of one account, safe to share between threads. `timeout` in seconds, for one answer each."""

    def __init__(self, host: str, port: int, client_id: int, account: str, *, timeout: float) -> None:
        try:
            import ib_async
        except ModuleNotFoundError:
            raise ConfigError(
                "Orders at Interactive Brokers need the package ib_async; "
                'install it with: pip install "thetagate[ibkr]".'
            ) from None
        logging.getLogger("ib_async").addHandler(logging.NullHandler())  # what matters of it is raised
        self.account = account
        self.is_cut = False
        self._library = ib_async
        self._place, self._client_id, self._timeout = (host, port), client_id, timeout
        self._ib: IB | None = None
        self._said: dict[int, str] = {}
        self._trouble = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tws", daemon=True)
        self._thread.start()

    def close(self) -> None:
        if self._thread.is_alive():
            self._wait(self._disconnected(), self._timeout)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def look_up(self, what: str, ask: Callable[[IB], Awaitable[T]]) -> T:
        """The answer to a question; asked again, over a new connection, where the old one was lost."""

        async def asked() -> T:
            ib = await self._connected()
            self._trouble = ""
            return await self._heard(ib, ask(ib))

        try:
            try:
                return self._wait(asked(), 3 * self._timeout)
            except Silence:
                if self._ib is not None and self._ib.isConnected():
                    raise
            return self._wait(asked(), 3 * self._timeout)
        except Silence as silence:
            raise BrokerError(f"TWS could not be asked for {what}: {silence}.") from None

    def place(self, contract: Contract, order: Order) -> Trade:
        """A new order. `BrokerRejected` where none came to be, `OutcomeUnknown` where that cannot be told."""

        async def placed() -> Trade:
            ib = await self._standing()
            trade = ib.placeOrder(contract, order)
            await self._until(ib, lambda: trade.orderStatus.status in _ACCEPTED | ENDED)
            return trade

        trade = self._send("the order", placed())
        if trade.orderStatus.status in ENDED - {"Filled"} and not trade.filled():
            if trade.orderStatus.status not in WITHDRAWN:  # inactive: kept by TWS, and not to become active again
                self._withdraw(trade)
            raise BrokerRejected(f"TWS refused the order: {self._reason(trade)}.")
        return trade

    def move(self, trade: Trade, order: Order) -> None:
        """Another limit for an order at work, by the same number. `BrokerRejected` where TWS says no."""

        async def moved() -> None:
            ib = await self._standing()
            known = ib.wrapper.permId2Trade.get(order.permId)
            if known is None or known.isDone():
                raise BrokerRejected("TWS shows the order as ended; there is nothing left to move.")
            ib.placeOrder(trade.contract, order)
            await self._until(
                ib,
                lambda: known.order.lmtPrice == order.lmtPrice or known.isDone() or order.orderId in self._said,
            )
            if known.order.lmtPrice != order.lmtPrice:
                raise BrokerRejected(f"TWS did not move the order: {self._reason(known)}.")

        self._send("the new limit", moved())

    def cancel(self, trade: Trade) -> None:
        """Ask for the end; whether it was in time is looked up afterwards."""

        async def cancelled() -> None:
            ib = await self._standing()
            ib.cancelOrder(trade.order)
            await self._until(ib, lambda: trade.isDone() or trade.order.orderId in self._said)

        self._send("the cancellation", cancelled())

    def is_own(self, client_id: int) -> bool:
        """Whether an order of this client can be moved over this connection."""
        return self._ib is not None and client_id == self._ib.client.clientId

    async def _standing(self) -> IB:
        """The connection to send over; `BrokerRejected` where it does not stand, since nothing is sent then."""
        try:
            ib = await self._connected()
        except (Silence, BrokerError) as error:
            raise BrokerRejected(f"{str(error).rstrip('.')}; nothing was sent.") from None
        if self.is_cut:
            raise BrokerRejected("TWS has lost its own connection to Interactive Brokers; nothing was sent.")
        self._said.clear()
        self._trouble = ""
        return ib

    def _send(self, what: str, sending: Coroutine[Any, Any, T]) -> T:
        try:
            return self._wait(sending, 3 * self._timeout)
        except Silence as silence:
            raise OutcomeUnknown(f"TWS did not acknowledge {what} ({silence}); look it up there.") from None

    def _withdraw(self, trade: Trade) -> None:
        async def asked() -> None:
            if self._ib is not None and self._ib.isConnected():
                self._ib.client.cancelOrder(trade.order.orderId)  # type: ignore[no-untyped-call]

        self._wait(asked(), self._timeout)

    def _wait(self, coroutine: Coroutine[Any, Any, T], seconds: float) -> T:
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result(seconds + _GRACE)
        except (OSError, self._library.RequestError) as error:
            future.cancel()
            raise Silence(_words(error)) from None

    async def _heard(self, ib: IB, awaitable: Awaitable[T]) -> T:
        """What is awaited, or `Silence` as soon as there is none to come."""
        task = asyncio.ensure_future(awaitable)
        until = self._loop.time() + self._timeout
        try:
            while not task.done():
                self._check(ib, until)
                await asyncio.wait({task}, timeout=_LOOK)
            return task.result()
        finally:
            task.cancel()

    async def _until(self, ib: IB, holds: Callable[[], bool]) -> None:
        """Until an acknowledgement is there; one that is late is none."""
        until = self._loop.time() + self._timeout
        while not holds():
            self._check(ib, until)
            await asyncio.sleep(_LOOK)

    def _check(self, ib: IB, until: float) -> None:
        if not ib.isConnected():
            raise Silence("the connection was lost")
        if self._trouble:
            raise Silence(self._trouble)
        if self._loop.time() > until:
            raise Silence(f"no answer in {self._timeout:g} seconds")

    async def _connected(self) -> IB:
        if self._ib is not None and self._ib.isConnected():
            return self._ib
        for client_id in range(self._client_id, self._client_id + 1 + SPARE_IDS):
            self._trouble, self.is_cut = "", False
            ib = self._library.IB()
            ib.RaiseRequestErrors = True
            ib.errorEvent += self._on_error
            if await self._reached(ib, client_id):
                self._ib = ib
                return ib
        raise Silence(
            f"client ids {self._client_id} to {self._client_id + SPARE_IDS} are all in use; "
            "set another broker.client_id"
        )

    async def _reached(self, ib: IB, client_id: int) -> bool:
        """Whether this id is ours now; False where somebody else has it."""
        host, port = self._place
        hung_up: list[str] = []
        ib.client.conn.disconnected.connect(hung_up.append, keep_ref=True)
        connecting = asyncio.ensure_future(
            ib.connectAsync(
                host,
                port,
                clientId=client_id,
                timeout=self._timeout,
                account=self.account,
                raiseSyncErrors=True,
                fetchFields=self._library.StartupFetchNONE,
            )
        )
        while not connecting.done():
            await asyncio.wait({connecting}, timeout=_LOOK)
            if hung_up:
                ib.client.apiStart.emit()  # the library would wait for its whole timeout
        try:
            await connecting
        except OSError:
            if self._trouble.startswith(f"{IN_USE}:"):
                return False
            raise Silence(f"nothing answers at {host}:{port}; start TWS or IB Gateway with its API on") from None
        accounts = ib.managedAccounts()
        if self.account not in accounts:
            ib.disconnect()
            raise ConfigError(
                f"TWS at {host}:{port} has no account {self.account}, only {', '.join(accounts)}; "
                "set broker.account."
            )
        return True

    async def _disconnected(self) -> None:
        if self._ib is not None:
            self._ib.disconnect()
        await asyncio.sleep(0)

    def _on_error(self, request: int, code: int, message: str, _: object) -> None:
        """What TWS says goes wrong: about one order, or about everything."""
        if code in RESTORED:
            self.is_cut = False
        elif 2100 <= code < 2200:  # farms of market data come and go
            return
        elif request >= 0:
            self._said[request] = f"{_line(message)} ({code})"
        else:
            self.is_cut = self.is_cut or code == LOST
            self._trouble = f"{code}: {_line(message)}"

    def _reason(self, trade: Trade) -> str:
        return self._said.get(trade.order.orderId) or f"its status is {trade.orderStatus.status}"


def _line(message: str) -> str:
    line = " ".join(message.split()).rstrip(".")
    return line if len(line) <= 200 else line[:197] + "..."


def _words(error: BaseException) -> str:
    return _line(str(error)) or "no answer in time"
