"""Interactive Brokers as a broker: implements `Broker` over `TwsSession`.

    submit  → known? → sent before? a person must look → form → marked in the journal → placeOrder → acknowledged
    find    → open orders, completed orders, executions, by our reference; the journal for what TWS has forgotten
    replace → the same order at another limit: TWS moves its remainder and keeps what is filled
    cancel  → cancelOrder → look until it has ended

TWS takes the same reference twice, so nothing is ever sent again here: whether it was is written down first.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from tools.calendar.sessions import NEW_YORK
from tools.domain.account import BrokerAccount, Position
from tools.domain.activity import Activity
from tools.domain.errors import BrokerError, BrokerRejected, ConfigError, OutcomeUnknown
from tools.domain.mode import Mode
from tools.domain.order import Fill, Order, OrderIntent, OrderStatus
from tools.execution.ibkr.activities import derived
from tools.execution.ibkr.contracts import multiplier_of, symbol_of
from tools.execution.ibkr.form import check, contract_form, moved_form, order_form
from tools.execution.ibkr.journal import REFUSED, SENT, Held, Journal, Seen
from tools.execution.ibkr.questions import Day, Questions
from tools.execution.ibkr.session import TwsSession
from tools.execution.ibkr.told import BROKER, INACTIVE, Row, credit_of, order_of, row_of
from tools.execution.wire_price import limit_of

if TYPE_CHECKING:
    from ib_async import Position as Holding

PAPER_NUMBER = "DU"
"""How the account numbers of paper accounts begin."""

LOOKS = 4
"""How often an order is looked for that TWS took and does not list, or that is being withdrawn."""

_SAME_DAY = 3  # looks until executions and holdings belong to one moment


class IbkrBroker:
    """One account at Interactive Brokers. Safe to share between threads; open it with `connect`."""

    name = BROKER
    enforces_unique_ids = False

    def __init__(
        self,
        session: TwsSession,
        journal: Journal,
        *,
        now: Callable[[], datetime],
        settle_seconds: float = 1.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """In `settle_seconds` what was sent shows."""
        self._session, self._journal, self._now = session, journal, now
        self._settle, self._sleep = settle_seconds, sleep
        self._tws = Questions(session)
        self._lock = threading.RLock()
        weakref.finalize(self, session.close)  # whoever only looks does not close

    @classmethod
    def connect(
        cls,
        host: str,
        port: int,
        client_id: int,
        account: str,
        *,
        mode: Mode,
        journal: Path,
        now: Callable[[], datetime],
        timeout: float = 10.0,
        settle_seconds: float = 1.0,
    ) -> IbkrBroker:
        """The account behind a TWS or a gateway; `ConfigError` where it is of another kind than `mode`.

        `journal` keeps what TWS forgets; `timeout` in seconds, for one answer.
        """
        if not account:
            raise ConfigError("Orders go to Interactive Brokers but no account is named; set broker.account.")
        if mode is Mode.SIMULATED:
            raise ConfigError(
                'Interactive Brokers has paper and live accounts, none that is simulated; set mode = "paper".'
            )
        kind = _mode_of(account)
        if kind is not mode:
            raise ConfigError(
                f"mode is {mode.value!r}, but account {account} at Interactive Brokers is a {kind.value} account; "
                "name the other one, or set the other mode."
            )
        session = TwsSession(host, port, client_id, account, timeout=timeout)
        broker = cls(session, Journal(journal), now=now, settle_seconds=settle_seconds)
        try:
            broker.account()
        except BaseException:
            session.close()
            raise
        return broker

    def close(self) -> None:
        self._session.close()

    def begin(self) -> None:
        """The orders that TWS tells now are from before these books, and none of their business."""
        with self._lock:
            self._journal.set_aside(self._day().rows)
            self._look_at_holdings()

    def submit(self, intent: OrderIntent) -> Order:
        """Send once, ever. `BrokerRejected` where nothing was sent or TWS said no."""
        name = intent.client_order_id
        with self._lock:
            try:
                found = self.find(name)
                held = {each.symbol: each.quantity for each in self.positions()} if found is None else {}
            except BrokerError as error:
                if self._journal.was_sent(name):
                    raise OutcomeUnknown(
                        f"{name} may have been sent before, and TWS does not tell: {error}"
                    ) from None
                raise BrokerRejected(f"{name} was not sent: {error}") from None
            if found is not None:
                return found
            if self._journal.was_sent(name):
                raise OutcomeUnknown(
                    f"{name} was sent before and TWS does not show it; a person must look there before another try."
                )
            check(intent, held)
            order = order_form(intent, account=self._session.account)
            contract = contract_form(intent.legs, [self._tws.qualified(leg) for leg in intent.legs])
            self._journal.mark(name, SENT)
            try:
                trade = self._session.place(contract, order)
            except BrokerRejected:
                self._confirm_refused(name)
                raise
            return self._journal.saw(order_of(row_of(trade), intent.legs, ()))

    def find(self, client_order_id: str) -> Order | None:
        with self._lock:
            for look in range(LOOKS):
                if look:
                    self._sleep(self._settle)
                order = self._order(self._day(), client_order_id)
                known = self._journal.order(client_order_id)
                if _is_whole(order) if order is not None else known is None or known.status.is_final:
                    break
            return order or self._forgotten(known)

    def replace(self, client_order_id: str, limit_price: Decimal) -> Order:
        """Move what is left, in place; `BrokerRejected` when nothing is, or when it is not ours to move."""
        with self._lock:
            row, order = self._at_work(client_order_id)
            if order.status.is_final:
                raise BrokerRejected(f"{client_order_id} is {order.status.value}; there is nothing left to move.")
            if order.limit_price == limit_price:
                return order
            limit_of(limit_price, order.legs)
            self._session.move(row.trade, moved_form(row.trade.order, limit=credit_of(row, limit_price)))
            return self._seen_again(client_order_id)

    def cancel(self, client_order_id: str) -> Order:
        """Withdraw what is left; the order as it then is, which may still be on its way out."""
        with self._lock:
            row, order = self._at_work(client_order_id)
            if order.status.is_final:
                return order
            self._session.cancel(row.trade)
            for look in range(LOOKS):
                if look:
                    self._sleep(self._settle)
                order = self._seen_again(client_order_id)
                if order.status.is_final and _is_whole(order):
                    break
            return order

    def fills(self, client_order_id: str) -> tuple[Fill, ...]:
        """Every execution so far whose commission is told, by leg; earlier days' from the journal."""
        with self._lock:
            self._journal.booked(self._tws.executions())
            return self._journal.fills(client_order_id)

    def orders(self) -> tuple[Order, ...]:
        """Every order since these books began, those that somebody else sent included."""
        with self._lock:
            day, aside = self._day(), self._journal.aside()
            told = {
                row.name: self._order(day, row.name)
                for row in sorted(day.rows.values(), key=lambda row: row.perm_id)
                if row.perm_id not in aside
            }
            known = [
                told.pop(each.client_order_id, None) or self._forgotten(each) for each in self._journal.orders()
            ]
            return tuple(each for each in (*known, *told.values()) if each is not None)

    def positions(self) -> tuple[Position, ...]:
        with self._lock:
            marks = self._tws.worth().marks
            found = [self._position(each, marks) for each in self._tws.holdings()]
            return tuple(sorted(found, key=lambda each: each.symbol))

    def cash(self) -> Decimal:
        """Settled and unsettled dollars; TWS tells them to the cent."""
        found = self._tws.worth().amount(("CashBalance", "USD"), ("TotalCashBalance", "BASE"))
        if found is None:
            raise BrokerError("TWS does not tell the cash; look there before trading on.")
        return found

    def account(self) -> BrokerAccount:
        with self._lock:
            worth = self._tws.worth()
            cut = "TWS has lost its connection to Interactive Brokers" if self._session.is_cut else ""
            return BrokerAccount(
                number=self._session.account,
                mode=_mode_of(self._session.account),
                buying_power=worth.amount(("AvailableFunds", "USD"), ("AvailableFunds", "BASE")),
                blocked=cut,
            )

    def activities(self, *, since: date) -> tuple[Activity, ...]:
        """What is derived from holdings; everything else that moves an account is not told by TWS's API."""
        with self._lock:
            self._look_at_holdings()
            found = [each for each in self._journal.activities() if each.at.astimezone(NEW_YORK).date() >= since]
            return tuple(sorted(found, key=lambda each: each.at))

    def _order(self, day: Day, client_order_id: str) -> Order | None:
        row = day.of(client_order_id)
        if row is None or (self._journal.was_refused(client_order_id) and not row.filled):
            return None
        known = self._journal.order(client_order_id)
        if known is not None and row.is_over:  # whose whole quantity TWS tells as long as it is open
            row = replace(row, quantity=known.quantity)
        mine = [each for each in day.executions if each.perm_id == row.perm_id]
        return self._journal.saw(order_of(row, self._tws.legs(row), mine))

    def _forgotten(self, known: Order | None) -> Order | None:
        """An order that TWS tells no more. How one ended that was at work when last seen, nobody knows."""
        if known is None or known.status.is_final:
            return known
        text = "TWS does not list it any more; look there how it ended."
        return known.model_copy(update={"status": OrderStatus.UNKNOWN, "text": text})

    def _at_work(self, client_order_id: str) -> tuple[Row, Order]:
        day = self._day()
        row, order = day.of(client_order_id), self._order(day, client_order_id)
        if row is None or order is None:
            known = self._journal.order(client_order_id)
            if known is None:
                raise BrokerRejected(f"{client_order_id} is unknown at TWS; nothing was changed.")
            raise BrokerError(f"TWS does not list {client_order_id} any more; look there how it ended.")
        if not order.status.is_final and not self._session.is_own(row.client_id):
            raise BrokerRejected(
                f"{client_order_id} was sent by client {row.client_id} of TWS, which alone can change it; "
                "change it in TWS, or set broker.client_id to that."
            )
        return row, order

    def _seen_again(self, client_order_id: str) -> Order:
        order = self._order(self._day(), client_order_id)
        if order is None:
            raise OutcomeUnknown(f"TWS does not list {client_order_id} after it was changed; look there.")
        return order

    def _confirm_refused(self, name: str) -> None:
        """Said no to; unless TWS shows it at work, since not everything that it calls an error ends an order."""
        try:
            row = self._day().of(name)
        except BrokerError:
            row = None
        if row is not None and not row.is_over and row.status not in {"", INACTIVE}:
            raise OutcomeUnknown(f"TWS reported an error on {name} and shows it at work; look it up there.")
        self._journal.mark(name, REFUSED)

    def _day(self) -> Day:
        day = self._tws.day()
        self._journal.booked(day.executions)
        return day

    def _position(self, told: Holding, marks: Mapping[int, float]) -> Position:
        symbol = symbol_of(told.contract)
        if told.position != int(told.position):
            raise BrokerError(
                f"TWS holds {told.position} of {symbol}; only whole contracts and shares can be booked."
            )
        return Position(
            symbol=symbol,
            quantity=int(told.position),
            price=marks.get(told.contract.conId),
            average_price=told.avgCost / multiplier_of(told.contract),  # a contract's cost, commission included
        )

    def _look_at_holdings(self) -> None:
        """Compare the holdings with those of the last look, and write down both them and what follows."""
        for _ in range(_SAME_DAY):
            executions = self._tws.executions()
            held = self._tws.holdings()
            if self._tws.executions() == executions:
                break
        self._journal.booked(executions)
        before = self._journal.seen()
        known = {} if before is None else before.holdings
        now = {}
        for each in held:
            symbol = symbol_of(each.contract)
            delivers = known[symbol].delivers if symbol in known else self._tws.delivers(each.contract)
            now[symbol] = Held(int(each.position), delivers)
        if before is None:
            self._journal.look(Seen(now, frozenset(each.key for each in executions)), ())
            return
        self._journal.look(*derived(before, now, executions, at=self._now()))


def _is_whole(order: Order) -> bool:
    """Whether its executions are told as far as it is filled: of an order that is over they tell the price."""
    return order.filled_quantity == 0 or order.filled_price is not None


def _mode_of(number: str) -> Mode:
    return Mode.PAPER if number.startswith(PAPER_NUMBER) else Mode.LIVE
