"""The books of one account, kept in memory: every fill and every movement of cash, exact to the last digit.

    fill ─────┐                    ┌─→ page of its book  ─→ Account, Statement
    movement ─┴─→ Books ──────────┤
    marks ────┘                    └─→ page of its trade ─→ Statement

Books of one account share nothing: each has its capital, its cash, its positions and its profit. The account's
cash is the sum of theirs, and a symbol that two books hold is two positions, each with its own average price.
Average prices follow `tools.domain.holding`, as those of the ledger do. Where two trades of one book hold the
same contract, the book averages over both and each trade keeps to itself, so that realised and unrealised
profit divide differently, while their sum is the same.

A fill's mark is not its price: what was bought has no value until `mark` says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from tools.domain.account import Account, Position, Reservation
from tools.domain.cash import CashKind, CashMovement
from tools.domain.contract import is_occ
from tools.domain.errors import InputError
from tools.domain.holding import NOTHING, Holding
from tools.domain.money import exact
from tools.domain.order import Fill
from tools.portfolio.posting import Entries
from tools.portfolio.statement import Line, Page, Statement

OPTION_MULTIPLIER = 100


class Books:
    """Not thread-safe; one writer. `name` and `broker` as in `Account`."""

    def __init__(self, *, name: str = "main", broker: str = "simulated") -> None:
        self.name, self.broker = name, broker
        self._books: dict[str, Page] = {}
        self._trades: dict[tuple[str, str], Page] = {}
        self._open: dict[tuple[str, str], Page] = {}  # of those, the ones that hold something
        self._multipliers: dict[str, int] = {}
        self._marks: dict[str, Decimal] = {}
        self._known: set[str] = set()
        self._positions: tuple[Position, ...] | None = None  # until something is filled or marked anew

    @classmethod
    def of(cls, account: Account, *, multipliers: Mapping[str, int] | None = None) -> Books:
        """Opened with what `account` holds: its cash belongs to no book (""), its positions to theirs.

        A symbol's multiplier is 100 for an OCC symbol and 1 for any other where `multipliers` does not name it.
        """
        books = cls(name=account.name, broker=account.broker)
        books._page("").move(CashKind.CAPITAL, Decimal(repr(float(account.cash))))
        for held in account.positions:
            usual = OPTION_MULTIPLIER if is_occ(held.symbol) else 1
            books._begin(held, (multipliers or {}).get(held.symbol, usual))
        return books

    def fill(self, fill: Fill, *, book: str, multiplier: int, trade: str = "") -> bool:
        """Book an execution, once: False when its fill id was known. `InputError` for a changed multiplier."""
        if fill.fill_id in self._known:
            return False
        if self._multipliers.setdefault(fill.symbol, multiplier) != multiplier:
            raise InputError(
                f"{fill.symbol} was booked at {self._multipliers[fill.symbol]} a contract and now comes at "
                f"{multiplier}; an adjusted contract needs a symbol of its own."
            )
        self._known.add(fill.fill_id)
        self._positions = None
        for page in (self._page(book), self._trade(book, trade)):
            page.fill(fill.symbol, fill.quantity, fill.price, multiplier=multiplier, commission=fill.commission)
        self._sort(book, trade)
        return True

    def move(self, movement: CashMovement) -> None:
        """Book cash that comes or goes without an order."""
        self._page(movement.book).move(movement.kind, movement.amount)
        self._trade(movement.book, movement.trade).move(movement.kind, movement.amount)

    def enter(self, entries: Entries) -> None:
        """Book what a settlement, an early assignment or a split came to."""
        for posting in entries.postings:
            self.fill(posting.fill, book=posting.book, multiplier=posting.multiplier, trade=posting.trade)
        for movement in entries.movements:
            self.move(movement)

    def allot(self, amount: Decimal, *, book: str, at: datetime, source: str | None = "") -> None:
        """Hand capital to `book`, from another book or (`source=None`) from outside. Never a profit of either."""
        if source is not None:
            self.move(CashMovement(kind=CashKind.CAPITAL, amount=-amount, book=source, reference=book, at=at))
        self.move(CashMovement(kind=CashKind.CAPITAL, amount=amount, book=book, reference=source or "", at=at))

    def restate(self, renamed: Mapping[str, str], *, n: int, m: int) -> None:
        """After an n-for-m split: of what is held under the old names there is n/m times as much, at m/n the price.

        No cash moves. `InputError` where a line does not divide; `tools.portfolio.split` clears those first.
        """
        odd = [line for line in self.lines() if line.symbol in renamed and line.quantity * n % m]
        if odd:
            raise InputError(f"{odd[0].quantity} {odd[0].symbol} do not divide in a {n}-for-{m} split.")
        before = {old: self._multipliers.get(old) for old in renamed}
        marks = {renamed[old]: self._marks.pop(old) * m / n for old in renamed if old in self._marks}
        self._multipliers |= {renamed[old]: multiplier for old, multiplier in before.items() if multiplier}
        self._marks |= marks
        self._positions = None
        for page in (*self._books.values(), *self._open.values()):
            page.restate(renamed, n=n, m=m)

    def mark(self, prices: Mapping[str, float | Decimal]) -> tuple[str, ...]:
        """Take the last price per share of what is held; returns the symbols that keep an older one, if any."""
        carried: list[str] = []
        self._positions = None
        for symbol in {symbol for page in self._open.values() for symbol in page.holdings}:
            price = prices.get(symbol)
            if price is None or math.isnan(price):
                carried.append(symbol)
            else:
                self._marks[symbol] = price if isinstance(price, Decimal) else exact(price)
        return tuple(sorted(carried))

    @property
    def cash(self) -> Decimal:
        return sum((page.cash for page in self._books.values()), NOTHING)

    @property
    def balances(self) -> dict[str, Decimal]:
        """Cash by book, what interest is paid on."""
        return {book: page.cash for book, page in self._books.items()}

    @property
    def value(self) -> Decimal | None:
        """NAV: cash plus every position at its mark; None when a mark is unknown."""
        total = self.cash
        for page in self._books.values():
            worth = page.worth(self._marks, self._multipliers)
            if worth is None:
                return None
            total += worth
        return total

    @property
    def books(self) -> tuple[str, ...]:
        return tuple(sorted(self._books))

    def trades(self, book: str) -> tuple[str, ...]:
        """The trades of a book, first booked first."""
        return tuple(trade for owner, trade in self._trades if owner == book and trade)

    def statement(self, book: str) -> Statement:
        """One book. A book that nothing was booked to has an empty one."""
        return self._books.get(book, Page()).statement(book, self._marks, self._multipliers)

    def trade(self, book: str, trade: str) -> Statement:
        """One trade; once it is flat its pnl is the cash it made, and known without a mark."""
        return self._trades.get((book, trade), Page()).statement(trade, self._marks, self._multipliers)

    def lines(self) -> Iterator[Line]:
        """All that is held, trade by trade."""
        for (book, trade), page in self._open.items():
            for symbol, holding in page.holdings.items():
                yield Line(book, trade, symbol, holding.quantity, self._multipliers[symbol])

    def account(self, *, reservations: Iterable[Reservation] = (), opened_today_max_loss: float = 0.0) -> Account:
        """The account as fit and limits see it, positions in the order of book and symbol."""
        return Account(
            cash=float(self.cash),
            positions=self._held(),
            name=self.name,
            broker=self.broker,
            reservations=tuple(reservations),
            opened_today_max_loss=opened_today_max_loss,
        )

    def _held(self) -> tuple[Position, ...]:
        if self._positions is None:
            self._positions = tuple(
                self._position(book, symbol, holding)
                for book, page in sorted(self._books.items())
                for symbol, holding in sorted(page.holdings.items())
            )
        return self._positions

    def _position(self, book: str, symbol: str, holding: Holding) -> Position:
        mark, average = self._marks.get(symbol), holding.average_price
        return Position(
            symbol=symbol,
            quantity=holding.quantity,
            price=None if mark is None else float(mark),
            average_price=None if average is None else float(average),
            book=book,
        )

    def _begin(self, held: Position, multiplier: int) -> None:
        average = None if held.average_price is None else Decimal(repr(held.average_price))
        price = None if held.price is None else exact(held.price)
        self._multipliers[held.symbol] = multiplier
        self._positions = None
        if price is not None:
            self._marks[held.symbol] = price
        for page in (self._page(held.book), self._trade(held.book, "")):
            if held.symbol in page.holdings:
                raise InputError(f"The opening names {held.symbol} twice; give one line per symbol.")
            page.put(held.symbol, Holding(held.quantity, average))
            worth = None if price is None else held.quantity * price * multiplier
            page.opening = None if page.opening is None or worth is None else page.opening + worth
        self._sort(held.book, "")

    def _sort(self, book: str, trade: str) -> None:
        """Keep the pages that hold something apart: the others only grow in number."""
        page = self._trades[book, trade]
        if page.holdings:
            self._open[book, trade] = page
        else:
            self._open.pop((book, trade), None)

    def _page(self, book: str) -> Page:
        page = self._books.get(book)
        if page is None:
            page = self._books[book] = Page()
        return page

    def _trade(self, book: str, trade: str) -> Page:
        page = self._trades.get((book, trade))
        if page is None:
            page = self._trades[book, trade] = Page()
        return page
