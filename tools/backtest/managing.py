"""A day's exits and rolls: what the books say of their open trades, and the orders that follow.

trades of each book → views → manage → close · roll · hold
what is then short of cash  → the reserve is sold for it, and again before the order of an approved trade
what leans after the day's entries → rolled back
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tools.backtest.blotter import Blotter
from tools.backtest.fills import Exchange
from tools.books.book import Book
from tools.books.manage import Action, Close, Hold, Roll, manage
from tools.books.rebalance import rebalance
from tools.books.reserve import lacking, liquid_trades, raise_cash
from tools.calendar.trading_time import Clock
from tools.desk.house import House
from tools.desk.ordering import exit_order
from tools.domain.account import Account
from tools.domain.candidate import Candidate
from tools.domain.chain import new_york_date
from tools.domain.market import Snapshot
from tools.domain.trade import Trade
from tools.portfolio.greeks import account_greeks
from tools.portfolio.positions import read_positions
from tools.portfolio.trade_view import read_trades
from tools.portfolio.vol_memory import VolMemory, seen_vols


@dataclass(slots=True)
class Manager:
    """`revisions` counts the orders of each decision after its entry; `vols` what held legs were seen at, `tried`
    the trades that an order of this look was for.
    """

    books: Sequence[Book]
    house: House
    blotter: Blotter
    account: Callable[[Snapshot], Account]
    commission: float
    counts: Counter[str]
    revisions: Counter[str] = field(default_factory=Counter)
    vols: VolMemory = field(default_factory=VolMemory)
    tried: set[str] = field(default_factory=set)

    def manage(self, snapshot: Snapshot, exchange: Exchange) -> None:
        """Every open trade, the book's turn first, then as they were opened."""
        self.tried.clear()
        for book in sorted(self.books, key=lambda each: each.turn()):
            trades = [trade for trade in self.blotter.open.values() if trade.book == book.name]
            if trades:
                self._book(book, trades, snapshot, exchange)
        self.vols.keep(self.blotter.symbols)
        self.raise_cash(snapshot, exchange)

    def raise_cash(
        self, snapshot: Snapshot, exchange: Exchange, *, candidate: Candidate | None = None, contracts: int = 0
    ) -> str:
        """Sell of the reserve what an approved trade, or what is open, lacks; why it is not enough, else ""."""
        books = {book.name: book for book in self.books}
        liquid = liquid_trades(books, self.blotter.open.values())
        if not liquid or (candidate is not None and books[candidate.book].is_reserve):
            return ""
        account = self.account(snapshot)
        amount = self._lacking(account, snapshot, candidate, contracts)
        for action in raise_cash(books, liquid, snapshot, amount=amount):
            trade = self.blotter.open[action.trade.id]
            self.revisions[trade.id] += 1
            order = exit_order(action, book=books[trade.book], revision=self.revisions[trade.id], house=self.house)
            done = exchange.execute(order)
            if done.units:
                self.blotter.closed(trade, done, snapshot.as_of, why=_why(action))
                self.counts["sales of the reserve for want of cash"] += 1
        if amount > 0:
            amount = self._lacking(self.account(snapshot), snapshot, candidate, contracts)
        return f"cash is short by {amount:,.0f}, and the reserve did not bring it" if amount > 0 else ""

    def rebalance(self, snapshot: Snapshot, exchange: Exchange) -> None:
        """The day's last step: an account that leans is brought back by rolls."""
        if not any(book.rolls.rebalance for book in self.books):
            return
        books = {book.name: book for book in self.books}
        left = [
            trade
            for trade in self.blotter.open.values()
            if trade.legs_at < snapshot.as_of and trade.id not in self.tried and not trade.broken
        ]
        if not any(books[trade.book].rolls.rebalance for trade in left):
            return
        account = self.account(snapshot)
        profile = self.house.profile
        actions = rebalance(
            books,
            left,
            snapshot,
            account=account,
            positions=read_positions(account, snapshot, clock=Clock.CALENDAR_365, gap=profile.overnight),
            limits={name: self.house.limits_of(book) for name, book in books.items()},
            band=profile.net_delta,
            commission=self.commission,
        )
        for action in actions:
            self._act(action, books[action.trade.book], snapshot, exchange)
            self.counts["rolls ordered because the account leant"] += 1

    def _lacking(self, account: Account, snapshot: Snapshot, candidate: Candidate | None, contracts: int) -> float:
        gap = self.house.profile.overnight
        positions = read_positions(account, snapshot, clock=Clock.CALENDAR_365, gap=gap)
        return lacking(account, positions, candidate=candidate, contracts=contracts)

    def _book(self, book: Book, trades: Sequence[Trade], snapshot: Snapshot, exchange: Exchange) -> None:
        account = self.account(snapshot)
        greeks = account_greeks(account, snapshot, clock=book.clock)
        means = self.vols.means(clock=book.clock, today=new_york_date(snapshot.as_of))
        views = read_trades(trades, snapshot, clock=book.clock, iv_means=means, greeks=greeks)
        self.vols.see(seen_vols(views, clock=book.clock))
        actions = manage(
            book,
            trades,
            snapshot,
            account=account,
            profile=self.house.limits_of(book),
            commission=self.commission,
            views=views,
        )
        for action in actions:
            self._act(action, book, snapshot, exchange)

    def _act(self, action: Action, book: Book, snapshot: Snapshot, exchange: Exchange) -> None:
        if isinstance(action, Hold):
            if action.waits:
                self.counts["exits that waited for a quote"] += 1
            return
        self.tried.add(action.trade.id)
        self.revisions[action.trade.id] += 1
        order = exit_order(action, book=book, revision=self.revisions[action.trade.id], house=self.house)
        done = exchange.execute(order, whole=isinstance(action, Roll))
        if not done.units:
            self.counts[f"{action.kind}s that nobody took"] += 1
        elif isinstance(action, Roll):
            self.blotter.rolled(action, done, snapshot)
        else:
            self.blotter.closed(action.trade, done, snapshot.as_of, why=_why(action))


def _why(action: Close) -> str:
    """The exit that names the reason, and why it was not rolled."""
    first = action.signals[0]
    return f"{first.rule.value}: {first.text}" + (f" (no roll: {action.no_roll})" if action.no_roll else "")
