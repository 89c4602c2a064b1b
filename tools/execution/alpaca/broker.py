"""Alpaca as a broker: implements `Broker` over `AlpacaTrading`.

    submit  → form → POST ─┬→ order
                           └ id is taken ─→ the order that has it
    replace → one unit left of it: PATCH, which cannot fill in part meanwhile
              more: cancel → wait for the confirmed remainder → POST that, under the next number
    cancel  → DELETE → look until it has ended

A PATCH makes a new order of the old one's whole quantity, whatever was executed of that (Alpaca-API issue 165), and
may race with a partial fill. So only what cannot be split is moved by it; of anything else no more than the
confirmed remainder is ever at work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from tools.calendar.sessions import NEW_YORK
from tools.domain.account import BrokerAccount, Position
from tools.domain.activity import Activity
from tools.domain.errors import BrokerError, BrokerRejected, ConfigError, OutcomeUnknown
from tools.domain.mode import Mode
from tools.domain.order import Fill, Order, OrderIntent, Purpose
from tools.execution.alpaca.activities import activities_of
from tools.execution.alpaca.chain import BROKER, Chain, chains_of, credit_of, extended
from tools.execution.alpaca.fields import Row, amount, instant, sign, text, whole
from tools.execution.alpaca.form import order_form, price_form, remainder_form
from tools.execution.alpaca.stream import OrderStream, stream_url
from tools.execution.alpaca.trading import AlpacaTrading, Refused
from tools.execution.broker import OnChange, OnState, Watcher
from tools.execution.wire_price import limit_of

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

PAPER_NUMBER = "PA"
"""How the account numbers of paper accounts begin."""

LOOKS = 4
"""How often an order is looked at until a cancellation of it is seen."""

_EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)  # before Alpaca's first account
_LATE = timedelta(days=7)  # so late may a row be entered under the day it belongs to: over a long weekend
_BEGIN = clock_time(0)


class AlpacaBroker:
    """One account at Alpaca. Safe to share between threads; open it with `connect`."""

    name = BROKER
    enforces_unique_ids = True

    def __init__(
        self,
        trading: AlpacaTrading,
        *,
        since: datetime | None = None,
        stream: Callable[..., OrderStream],
        settle_seconds: float = 1.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`since` hides orders from before these books began; in `settle_seconds` what was sent shows.

        `stream` is the order stream of the account, given what it looks up and whom it tells.
        """
        self._trading, self._stream = trading, stream
        self._since = since
        self._settle, self._sleep = settle_seconds, sleep
        self._ended: set[str] = set()
        self._doubted: set[str] = set()

    @classmethod
    def connect(
        cls,
        key: str,
        secret: str,
        *,
        mode: Mode,
        adapter: BaseAdapter,
        base_url: str | None = None,
        listens_at: str | None = None,
        since: datetime | None = None,
        settle_seconds: float = 1.0,
    ) -> AlpacaBroker:
        """The account of these keys; `ConfigError` where it is of another kind than `mode`.

        `adapter` is what requests travel through: it keeps the rate and the deadlines, repeats look-ups and
        nothing else. `listens_at` is the address of the order stream, where it is not that of `base_url`.
        """
        for name, value in (("key", key), ("secret", secret)):
            if not value or not value.isascii() or not value.isprintable() or " " in value:
                raise ConfigError(f"The alpaca {name} is empty or holds characters that no key has; set it again.")
        if mode is Mode.SIMULATED:
            raise ConfigError('Alpaca has paper and live accounts, none that is simulated; set mode = "paper".')
        paper = mode is Mode.PAPER
        trading = AlpacaTrading(key=key, secret=secret, paper=paper, adapter=adapter, base_url=base_url)
        url = listens_at or stream_url(base_url, paper=paper)
        stream = partial(OrderStream, key=key, secret=secret, url=url)
        broker = cls(trading, stream=stream, since=since, settle_seconds=settle_seconds)
        told = broker.account()
        if told.mode is not mode:
            raise ConfigError(
                f"mode is {mode.value!r}, but account {told.number} at Alpaca is a {told.mode.value} account; "
                "use its own keys, or set the other mode."
            )
        return broker

    def close(self) -> None:
        self._trading.close()

    def begin(self) -> None:
        """The books begin: nothing has to be set aside here, since `since` tells what is older than they are."""

    def submit(self, intent: OrderIntent) -> Order:
        """Send once. `OutcomeUnknown` where Alpaca's answer does not tell, `BrokerRejected` for a plain no."""
        closes = intent.purpose is Purpose.CLOSE
        held = {} if closes else {each.symbol: each.quantity for each in self.positions()}
        form = order_form(intent, held)
        try:
            return Chain((self._trading.submit(form),)).order()
        except Refused as refusal:
            if not refusal.duplicate:
                raise
        found = self.find(intent.client_order_id)
        if found is None:
            raise OutcomeUnknown(
                f"Alpaca says that {intent.client_order_id} was sent before, and does not show it yet; run again."
            )
        return found

    def find(self, client_order_id: str) -> Order | None:
        chain = self._settled(client_order_id)
        return None if chain is None else chain.order()

    def replace(self, client_order_id: str, limit_price: Decimal) -> Order:
        """Move what is left; `BrokerRejected` when nothing is, or Alpaca moves no order that is just arriving."""
        chain = self._known(client_order_id)
        order = chain.order()
        if order.status.is_final:
            raise BrokerRejected(f"{client_order_id} is {order.status.value}; there is nothing left to move.")
        if order.limit_price == limit_price:
            return order
        limit_of(limit_price, order.legs)
        limit = credit_of(chain.tail, limit_price)
        if whole(chain.tail, "qty") > 1:
            return self._send_remainder(chain, limit)
        form = price_form(client_order_id=chain.next_id, limit=limit)
        return chain.followed(self._trading.replace(text(chain.tail, "id"), form)).order()

    def cancel(self, client_order_id: str) -> Order:
        """Withdraw what is left; the order as it then is, which may still be on its way out."""
        chain = self._settled(client_order_id)
        if chain is None:
            raise BrokerRejected(f"{client_order_id} is unknown at Alpaca; nothing was changed.")
        if not chain.order().status.is_final:
            chain = self._withdrawn(chain)
        if chain.order().status.is_final:
            self._ended.add(client_order_id)
        return chain.order()

    def fills(self, client_order_id: str) -> tuple[Fill, ...]:
        """Every execution so far, by leg; an order may tell of one before it is listed here."""
        chain = self._chain(client_order_id)
        if chain is None or not chain.filled:
            return ()
        ids, found = chain.order_ids, dict[str, Fill]()
        for row in self._trading.fills(after=_submitted(chain.root)):
            if text(row, "order_id") in ids:
                fill = _fill(row, client_order_id)
                found[fill.fill_id] = fill
        return tuple(sorted(found.values(), key=lambda fill: (fill.at, fill.fill_id)))

    def orders(self) -> tuple[Order, ...]:
        """Every order since these books began, those that somebody else sent included."""
        return tuple(chain.order() for chain in chains_of(self._trading.orders(after=self._since)))

    def positions(self) -> tuple[Position, ...]:
        return tuple(_position(row) for row in self._trading.positions())

    def cash(self) -> Decimal:
        return _told(self._trading.account(), "cash")

    def account(self) -> BrokerAccount:
        row = self._trading.account()
        number = text(row, "account_number")
        if not number:
            raise BrokerError("Alpaca tells no account number; check the URL and the key.")
        power = amount(row, "options_buying_power")
        return BrokerAccount(
            number=number,
            mode=Mode.PAPER if number.startswith(PAPER_NUMBER) else Mode.LIVE,
            buying_power=amount(row, "buying_power") if power is None else power,
            blocked=_blocked(row),
        )

    def watch(self, on_change: OnChange, *, on_state: OnState, known: Iterable[Order]) -> Watcher:
        """The order stream of this account."""
        return self._stream(orders=self.orders, on_change=on_change, on_state=on_state, known=known)

    def activities(self, *, since: date) -> tuple[Activity, ...]:
        """From a week before that day on, since Alpaca enters some rows late under an earlier day."""
        begin = datetime.combine(since, _BEGIN, tzinfo=NEW_YORK) - _LATE
        return activities_of(self._trading.events(after=begin))

    def _send_remainder(self, chain: Chain, limit: Decimal) -> Order:
        """Withdraw the tail and send anew what is confirmed to be left of it."""
        name, tail = chain.next_id, text(chain.tail, "id")
        chain = self._withdrawn(chain)
        if text(chain.tail, "id") != tail or not _has_ended(chain.tail):
            raise OutcomeUnknown(f"{name} waits for its order to be withdrawn first; look it up there.")
        left = whole(chain.root, "qty") - chain.filled
        if left < 1 or text(chain.tail, "status") != "canceled":
            return chain.order()
        form = remainder_form(chain.tail, client_order_id=name, limit=limit, quantity=left)
        try:
            return chain.followed(self._trading.submit(form)).order()
        except OutcomeUnknown:
            self._doubted.add(text(chain.root, "client_order_id"))
            raise

    def _withdrawn(self, chain: Chain) -> Chain:
        """The chain after its tail was asked to end, looked at until it has."""
        client_order_id, tail = text(chain.root, "client_order_id"), text(chain.tail, "id")
        refusal: BrokerRejected | None = None
        try:
            self._trading.cancel(tail)
        except BrokerRejected as error:
            refusal = error  # filled or withdrawn meanwhile, or no more to be withdrawn: the order tells
        for look in range(LOOKS):
            if look:
                self._sleep(self._settle)
            chain = self._chain(client_order_id) or chain
            if _has_ended(chain.tail):
                return chain
        if refusal is not None:
            raise refusal
        return chain

    def _settled(self, client_order_id: str) -> Chain | None:
        """The chain; one that ends withdrawn is looked at again, since its remainder may have been sent by a run
        that was killed, or without an answer, and does not show at once.
        """
        chain = self._chain(client_order_id)
        if client_order_id in self._ended:
            return chain
        for _ in range(LOOKS if client_order_id in self._doubted else 1):
            if chain is None or not (chain.may_go_on and _has_ended(chain.tail)):
                return chain
            self._sleep(self._settle)
            chain = self._chain(client_order_id) or chain
        if chain is not None and _has_ended(chain.tail):
            self._ended.add(client_order_id)
        return chain

    def _known(self, client_order_id: str) -> Chain:
        chain = self._chain(client_order_id)
        if chain is None:
            raise BrokerRejected(f"{client_order_id} is unknown at Alpaca; nothing was changed.")
        return chain

    def _chain(self, client_order_id: str) -> Chain | None:
        """The order under this id and all that replaced it; None where Alpaca knows none."""
        root = self._trading.order_of(client_order_id)
        if root is None:
            return None
        chain = Chain((root,))
        if chain.may_go_on:  # one question for all of them, however often it was moved
            rows = self._trading.orders(after=_submitted(root))
            chain = extended(
                chain, {text(row, "id"): row for row in rows}, {text(row, "client_order_id"): row for row in rows}
            )
        while chain.may_go_on and (found := self._next(chain)) is not None:
            chain = chain.followed(found)
        return chain

    def _next(self, chain: Chain) -> Row | None:
        """What replaced the tail, asked for by name: lists may lag behind."""
        replaced_by = text(chain.tail, "replaced_by")
        if replaced_by and replaced_by not in {text(row, "id") for row in chain.rows}:
            found = self._trading.order(replaced_by)
            if found is None:
                raise BrokerError(f"Alpaca does not show what replaced {text(chain.tail, 'client_order_id')} yet.")
            return found
        return self._trading.order_of(chain.next_id) if _has_ended(chain.tail) else None


def _has_ended(row: Row) -> bool:
    return text(row, "status") in {"filled", "canceled", "expired", "rejected", "done_for_day"}


def _submitted(row: Row) -> datetime:
    return instant(row, "submitted_at", "created_at") or _EARLIEST


def _fill(row: Row, client_order_id: str) -> Fill:
    at = instant(row, "transaction_time")
    if at is None:
        raise BrokerError(
            f"Alpaca tells no time of the execution {text(row, 'id')!r}; look there before trading on."
        )
    return Fill(
        fill_id=text(row, "id"),
        client_order_id=client_order_id,
        symbol=text(row, "symbol"),
        quantity=sign(row) * whole(row, "qty"),
        price=_told(row, "price"),
        commission=amount(row, "commission") or Decimal(0),
        at=at,
    )


def _position(row: Row) -> Position:
    price, paid = amount(row, "current_price"), amount(row, "avg_entry_price")
    quantity = abs(whole(row, "qty"))
    return Position(
        symbol=text(row, "symbol"),
        quantity=-quantity if text(row, "side") == "short" else quantity,
        price=None if price is None else float(price),
        average_price=None if paid is None else float(paid),
    )


def _blocked(row: Row) -> str:
    """Why the account takes no order, in words; empty when it does."""
    flags = {
        "trading_blocked": "trading is blocked",
        "account_blocked": "the account is blocked",
        "trade_suspended_by_user": "trading is suspended by its owner",
    }
    found = [words for name, words in flags.items() if row.get(name) is True]
    if text(row, "status") not in {"", "ACTIVE"}:
        found.append(f"its status is {text(row, 'status')}")
    return ", ".join(found)


def _told(row: Row, name: str) -> Decimal:
    value = amount(row, name)
    if value is None:
        raise BrokerError(f"Alpaca does not tell the {name}; look there before trading on.")
    return value
