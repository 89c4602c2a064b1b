"""Shares of a run: bought for the book that writes calls on them, and sold again where a delivery left them behind.

    held at the look ─┬─ by a book that writes calls: bought up to the plan's holdings, more is kept
                      └─ by any other, or short:      closed at this look     (what a trade holds is the trade's)

Spec E4 would hedge what is assigned until it can be closed in profit. Here it is closed at the next look, a session
after the delivery, so that no book ends as a holder of stock: a hedge needs futures that no chain of options tells
of. Shares trade at the spot, `Slippage.shares` worse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tools.backtest.plan import Plan
from tools.domain.chain import new_york_date
from tools.domain.contract import is_occ
from tools.domain.market import Snapshot
from tools.domain.money import exact
from tools.domain.order import Fill
from tools.portfolio.accounting import Books
from tools.portfolio.split import Split

WHOLE = Decimal(1)


@dataclass(slots=True)
class Delivering:
    """The first of the plan's books that write calls holds its shares; `grown` is what splits made of one."""

    plan: Plan
    books: Books
    counts: Counter[str]
    grown: dict[str, Fraction] = field(default_factory=dict)

    def restated(self, symbol: str, found: Split) -> None:
        """After a split the plan means as many more shares."""
        self.grown[symbol] = self.grown.get(symbol, Fraction(1)) * Fraction(found.n, found.m)

    def trade(self, snapshot: Snapshot) -> None:
        """Bring every book's shares to what it is meant to hold."""
        today = new_york_date(snapshot.as_of)
        for (book, symbol), wanted in self._wanted().items():
            change = wanted - self._held(book, symbol)
            if change:
                self._fill(snapshot, today, book=book, symbol=symbol, quantity=change)

    def _wanted(self) -> Mapping[tuple[str, str], int]:
        writers = self.plan.call_writers
        wanted = {
            (writers[0], symbol): int(shares * self.grown.get(symbol, 1))
            for symbol, shares in self.plan.holdings.items()
        }
        for line in self.books.lines():
            if is_occ(line.symbol) or line.trade:
                continue
            place = line.book, line.symbol
            kept = self._held(*place) if line.book in writers else 0
            wanted[place] = max(wanted.get(place, 0), kept)
        return wanted

    def _held(self, book: str, symbol: str) -> int:
        """Outside of trades: what a decision bought is its trade's, and left when its book says so."""
        place = book, symbol, ""
        return sum(line.quantity for line in self.books.lines() if (line.book, line.symbol, line.trade) == place)

    def _fill(self, snapshot: Snapshot, today: date, *, book: str, symbol: str, quantity: int) -> None:
        chain = snapshot.chains.get(symbol)
        if chain is None:
            self.counts["share orders without a price"] += 1
            return
        spot, worse = exact(chain.spot), exact(self.plan.slippage.shares)
        price = exact(float(spot * (WHOLE + (worse if quantity > 0 else -worse))))
        if quantity > 0 and price * quantity > self.books.cash and self._held(book, symbol) >= 0:
            self.counts["shares not bought for want of cash"] += 1
            return
        name = f"shares/{today}/{book}/{symbol}"
        fill = Fill(
            fill_id=name, client_order_id=name, symbol=symbol, quantity=quantity, price=price, at=snapshot.as_of
        )
        self.books.fill(fill, book=book, multiplier=1)
        self.books.mark({symbol: spot})
        self.counts["share orders"] += 1
