"""The full engine once more, slowly: one contract at a time, dictionaries and decimals, no array and no room of it.

    given: quotes, closes, dividends and rates of each day; which candidates were approved, for how many contracts
    told:  every fill, exit with its rule, settlement, assignment, delivery, commission; the cash of every evening

It knows single short options alone, puts on cash and calls on held shares, and the exits that need no Greek.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

CENT = Decimal("0.01")
MULTIPLIER = 100
GAINS = {"take_profit"}


class Quote(NamedTuple):
    bid: float
    ask: float
    volume: float

    @property
    def mid(self) -> float:
        return (self.bid + self.ask) / 2


class Option(NamedTuple):
    expiry: date
    call: bool
    strike: float


@dataclass(frozen=True)
class Day:
    """What there is to see of one day; `settles` are the last sessions of expiries, `dividend` what goes ex."""

    day: date
    spot: float
    rate: float
    vix: float | None
    quotes: Mapping[Option, Quote]
    close: float
    dividend: float
    dividend_tomorrow: float
    days_to_tomorrow: int
    tomorrow: date


class Approved(NamedTuple):
    id: str
    book: str
    option: Option
    contracts: int
    mid: float


@dataclass(frozen=True)
class Terms:
    """Costs, and the exits of each book: name → bound, in the order in which they name the reason."""

    exits: Mapping[str, Mapping[str, float]]
    order: Sequence[str]
    holdings: int
    writer: str
    budget: float
    per_contract: Decimal
    per_order: Decimal
    worked: bool
    at_mid: float
    share: float
    participation: float
    share_cost: float
    interest: bool
    collar: float
    collar_ticks: int


@dataclass
class Held:
    id: str
    book: str
    option: Option
    opened: int
    left: int
    credit: float
    vix: float | None
    cash: Decimal
    revisions: int = 0


class Over(NamedTuple):
    id: str
    contracts: int
    day: date
    why: str
    pnl: Decimal


Draw = Callable[[str, Decimal], float]
"""A number from 0 to 1 for an order's id and a price."""

OrderId = Callable[[str, Option, int, int], str]
"""Of a decision's order: decision, contract, signed quantity, revision."""


@dataclass
class SlowEngine:
    terms: Terms
    draw: Draw
    order_id: OrderId
    last_session: Callable[[date], date]
    cash: Decimal
    open: list[Held] = field(default_factory=list)
    over: list[Over] = field(default_factory=list)
    shares: dict[str, int] = field(default_factory=dict)
    taken: dict[Option, int] = field(default_factory=dict)
    last: date | None = None

    def day(self, today: Day, approved: Sequence[Approved]) -> None:
        self.taken = {}
        if self.terms.interest and self.last is not None:
            years = (today.day - self.last).days / 365
            self.cash += (self.cash * Decimal(repr(math.expm1(today.rate * years)))).quantize(CENT)
        for held in self.shares.values():
            self.cash += (held * micro(today.dividend)).quantize(CENT)
        self._shares(today)
        for book in self.terms.order:
            for trade in [each for each in self.open if each.book == book]:
                self._leave(trade, today)
        for each in approved:
            self._enter(each, today)
        self._settle(today)
        self._exercise(today)
        self.last = today.day

    def _shares(self, today: Day) -> None:
        for book in dict.fromkeys((self.terms.writer, *self.shares)):
            held = self.shares.get(book, 0)
            wanted = max(self.terms.holdings, held) if book == self.terms.writer else 0
            change = wanted - held
            if not change:
                continue
            worse = micro(self.terms.share_cost) * (1 if change > 0 else -1)
            price = micro(float(micro(today.spot) * (1 + worse)))
            if change > 0 and price * change > self.cash and held >= 0:
                continue
            self.cash -= price * change
            self._hold(book, change)

    def _hold(self, book: str, change: int) -> None:
        self.shares[book] = self.shares.get(book, 0) + change
        if not self.shares[book]:
            del self.shares[book]

    def _leave(self, trade: Held, today: Day) -> None:
        fired = self._fired(trade, today)
        quote = today.quotes.get(trade.option)
        if not fired or quote is None or math.isnan(quote.bid + quote.ask):
            return
        trade.revisions += 1
        limit, within = bounds(-quote.mid or -0.01, self.terms.budget, trade.credit)
        limit = limit or -CENT
        floor = min(limit, within if set(fired) <= GAINS else down(micro(-quote.ask)))
        units, net = self._execute(
            self.order_id(trade.id, trade.option, 1, trade.revisions),
            trade.option,
            1,
            trade.left,
            limit,
            floor,
            quote,
        )
        if not units:
            return
        self._book(trade, net, units)
        trade.left -= units
        if not trade.left:
            self._end(trade, today.day, fired[0])

    def _fired(self, trade: Held, today: Day) -> list[str]:
        quote = today.quotes.get(trade.option)
        cost = math.nan if quote is None else quote.mid
        kept = (trade.credit - cost) / trade.credit
        seen = {
            "take_profit": kept,
            "adverse_stop": -kept,
            "expiry_day": 1.0 if self.last_session(trade.option.expiry) <= today.day else 0.0,
            "time_stop": -float((trade.option.expiry - today.day).days),
            "vix_rise": math.nan if today.vix is None or not trade.vix else today.vix / trade.vix - 1,
        }
        exits = self.terms.exits[trade.book]
        return [name for name, bound in exits.items() if seen[name] >= bound - 1e-9 * max(1.0, bound)]

    def _enter(self, each: Approved, today: Day) -> None:
        quote = today.quotes[each.option]
        limit, floor = bounds(each.mid, self.terms.budget)
        name = self.order_id(each.id, each.option, -1, 0)
        units, net = self._execute(name, each.option, -1, each.contracts, limit, floor, quote)
        if units:
            trade = Held(each.id, each.book, each.option, units, units, float(net), today.vix, Decimal(0))
            self._book(trade, net, units)
            self.open.append(trade)

    def _book(self, trade: Held, net: Decimal, units: int) -> None:
        fee = self.terms.per_contract * units + self.terms.per_order
        trade.cash += net * units * MULTIPLIER - fee
        self.cash += net * units * MULTIPLIER - fee

    def _execute(
        self, name: str, option: Option, side: int, wanted: int, limit: Decimal, floor: Decimal, quote: Quote
    ) -> tuple[int, Decimal]:
        """(units, credit per share); `side` -1 sells, +1 buys back."""
        low, high = (quote.bid, quote.ask) if side < 0 else (-quote.ask, -quote.bid)
        mid = -side * quote.mid
        allowed = max(self.terms.collar * abs(mid), self.terms.collar_ticks * 0.01)
        net = None
        if abs(float(limit) - mid) <= allowed:
            net = self._worked(name, limit, floor, low, high, allowed) if self.terms.worked else None
            if not self.terms.worked:
                given = micro(self.terms.share * (quote.ask - quote.bid) / 2)
                asked = min(down(micro(mid) - given), limit)
                net = asked if asked >= floor else None
        if net is None:
            return 0, Decimal(0)
        units = wanted
        if self.terms.participation:
            room = int(self.terms.participation * quote.volume) if quote.volume == quote.volume else 0
            units = min(units, max(0, room - self.taken.get(option, 0)))
        self.taken[option] = self.taken.get(option, 0) + units
        return units, net

    def _worked(
        self, name: str, limit: Decimal, floor: Decimal, low: float, high: float, allowed: float
    ) -> Decimal | None:
        steps = min(8, int((limit - floor) / CENT))
        rungs = [limit] + [
            limit - CENT * (int((limit - floor) / CENT) * step // steps) for step in range(1, steps + 1)
        ]
        for price in rungs:
            if abs(float(price) - (low + high) / 2) > allowed:
                return None
            if self.draw(name, price) < self._chance(float(price), low, high):
                return max(price, down(micro(low)))
        return None

    def _chance(self, price: float, low: float, high: float) -> float:
        middle, at_mid = (low + high) / 2, self.terms.at_mid
        if price <= low:
            return 1.0
        if price >= high:
            return 0.0
        if price <= middle:
            return at_mid + (1 - at_mid) * (middle - price) / (middle - low)
        return at_mid * (high - price) / (high - middle)

    def _settle(self, today: Day) -> None:
        for trade in [each for each in self.open if self.last_session(each.option.expiry) <= today.day]:
            self._deliver(trade, cents(today.close), today.day)

    def _exercise(self, today: Day) -> None:
        """What a holder would rather have tonight than the time value that is left."""
        for trade in [each for each in self.open if today.tomorrow <= each.option.expiry]:
            price, option = cents(today.close), trade.option
            worth = inside(option, price)
            quote = today.quotes.get(option)
            if not worth or quote is None or math.isnan(quote.mid):
                continue
            carry = (
                -option.strike * math.expm1(-today.rate * today.days_to_tomorrow / 365) - today.dividend_tomorrow
            )
            gain = today.dividend_tomorrow if option.call else carry
            if float(micro(quote.mid)) - float(worth) < gain:
                self._deliver(trade, price, today.day)

    def _deliver(self, trade: Held, price: Decimal, day: date) -> None:
        """The trade ends at its value; the shares change hands at the strike, which is all the cash that moves."""
        option, units = trade.option, trade.left * MULTIPLIER
        worth = inside(option, price)
        trade.cash -= worth * units
        if worth:
            sign = -1 if option.call else 1
            self.cash -= sign * micro(option.strike) * units
            self._hold(trade.book, sign * units)
        self._end(trade, day, "assigned" if worth else "worthless")

    def _end(self, trade: Held, day: date, why: str) -> None:
        self.open.remove(trade)
        self.over.append(Over(trade.id, trade.opened, day, why, trade.cash))


def inside(option: Option, price: Decimal) -> Decimal:
    """What it is worth at its end: nothing below a cent."""
    value = (price - micro(option.strike)) * (1 if option.call else -1)
    return value if value >= CENT else Decimal(0)


def bounds(mid: float, budget: float, premium: float = 0.0) -> tuple[Decimal, Decimal]:
    start = micro(mid)
    return up(start), up(start - max(abs(start), micro(premium)) * Decimal(repr(budget)))


def micro(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(Decimal("0.000001"))


def cents(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(CENT)


def up(value: Decimal) -> Decimal:
    return ((value / CENT).to_integral_value(rounding=ROUND_CEILING) * CENT).quantize(CENT)


def down(value: Decimal) -> Decimal:
    return ((value / CENT).to_integral_value(rounding=ROUND_FLOOR) * CENT).quantize(CENT)
