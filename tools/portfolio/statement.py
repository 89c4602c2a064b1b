"""A page of the books: what one book or one trade took in and paid out, and what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from tools.domain.cash import CashKind
from tools.domain.holding import FLAT, NOTHING, Holding

NO_FLOWS = dict.fromkeys(CashKind, NOTHING)


class Line(NamedTuple):
    """The finest grain of what is held: one symbol of one trade. `trade` is empty for what is the book's own."""

    book: str
    trade: str
    symbol: str
    quantity: int
    multiplier: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One book, one trade or the whole account at its last marks; account currency, exact, None is unknown.

    value     cash plus every holding at its mark
    pnl       value less the capital handed in; what was held at the opening counts at its opening mark
    realised  on what was closed, before commissions; `unrealised` on what is open, both against average prices

    commissions and a short position's dividends are negative

    pnl = realised + unrealised + commissions + dividends + interest + assignments, to a trillionth, because
    average prices are divisions.
    """

    name: str
    cash: Decimal
    capital: Decimal | None
    value: Decimal | None
    realised: Decimal | None
    unrealised: Decimal | None
    commissions: Decimal
    dividends: Decimal
    interest: Decimal
    assignments: Decimal
    holdings: Mapping[str, Holding]

    @property
    def pnl(self) -> Decimal | None:
        return None if self.value is None or self.capital is None else self.value - self.capital

    @property
    def is_flat(self) -> bool:
        return not self.holdings


@dataclass(slots=True)
class Page:
    """What the books write while they are open; `statement` reads it.

    proceeds    Σ -quantity·price·multiplier of all fills
    realised    None once something was closed that had no average price
    opening     what was held at the opening, at its opening marks; None when one had none
    """

    proceeds: Decimal = NOTHING
    commissions: Decimal = NOTHING
    realised: Decimal | None = NOTHING
    opening: Decimal | None = NOTHING
    flows: dict[CashKind, Decimal] = field(default_factory=NO_FLOWS.copy)
    holdings: dict[str, Holding] = field(default_factory=dict)

    @property
    def cash(self) -> Decimal:
        return self.proceeds - self.commissions + sum(self.flows.values(), NOTHING)

    def fill(self, symbol: str, quantity: int, price: Decimal, *, multiplier: int, commission: Decimal) -> None:
        """A sale (negative quantity) brings cash, a commission costs it."""
        before = self.holdings.get(symbol, FLAT)
        gained = before.realised(quantity, price)
        self.realised = None if gained is None or self.realised is None else self.realised + gained * multiplier
        self.proceeds -= quantity * price * multiplier
        self.commissions += commission
        self.put(symbol, before.after(quantity, price))

    def move(self, kind: CashKind, amount: Decimal) -> None:
        self.flows[kind] += amount

    def put(self, symbol: str, holding: Holding) -> None:
        if holding.quantity:
            self.holdings[symbol] = holding
        else:
            self.holdings.pop(symbol, None)

    def restate(self, renamed: Mapping[str, str], *, n: int, m: int) -> None:
        """n/m times as much at m/n the price, under the new names; two that come to share a name are averaged."""
        split = {old: self.holdings.pop(old) for old in renamed if old in self.holdings}
        for old, held in split.items():
            average = None if held.average_price is None else held.average_price * m / n
            quantity, there = held.quantity * n // m, self.holdings.get(renamed[old])
            if there is None or average is None:
                self.put(renamed[old], Holding(quantity + (there.quantity if there else 0), average))
            else:
                self.put(renamed[old], there.after(quantity, average))

    def worth(self, marks: Mapping[str, Decimal], multipliers: Mapping[str, int]) -> Decimal | None:
        """Everything held, at its marks; None where one has none."""
        total = NOTHING
        for symbol, holding in self.holdings.items():
            mark = marks.get(symbol)
            if mark is None:
                return None
            total += holding.quantity * mark * multipliers[symbol]
        return total

    def cost(self, multipliers: Mapping[str, int]) -> Decimal | None:
        """Everything held, at its average prices."""
        total = NOTHING
        for symbol, holding in self.holdings.items():
            if holding.average_price is None:
                return None
            total += holding.quantity * holding.average_price * multipliers[symbol]
        return total

    def statement(self, name: str, marks: Mapping[str, Decimal], multipliers: Mapping[str, int]) -> Statement:
        worth, cost, cash = self.worth(marks, multipliers), self.cost(multipliers), self.cash
        return Statement(
            name=name,
            cash=cash,
            capital=None if self.opening is None else self.flows[CashKind.CAPITAL] + self.opening,
            value=None if worth is None else cash + worth,
            realised=self.realised,
            unrealised=None if worth is None or cost is None else worth - cost,
            commissions=self.flows[CashKind.COMMISSION] - self.commissions,
            dividends=self.flows[CashKind.DIVIDEND],
            interest=self.flows[CashKind.INTEREST],
            assignments=self.flows[CashKind.ASSIGNMENT],
            holdings=dict(self.holdings),
        )
