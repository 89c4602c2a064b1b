"""A day's exits and rolls: what the books say of their open trades, and the orders that follow.

what assignment left behind → closed      trades of each book → views → manage → close · roll · hold
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tools.backtest.blotter import Blotter
from tools.backtest.fills import Exchange
from tools.books.book import Book
from tools.books.manage import Action, Close, Hold, Roll, manage
from tools.desk.house import House
from tools.desk.ordering import exit_order
from tools.domain.account import Account
from tools.domain.market import Snapshot
from tools.domain.trade import Trade
from tools.portfolio.greeks import account_greeks
from tools.portfolio.trade_view import TradeView, read_trades

MEMORY = 30
"""Looks over which a contract's volatility is averaged (spec F7: its 30-day mean); with fewer it is unknown."""


@dataclass(slots=True)
class Manager:
    """`revisions` counts the orders of each decision after its entry; `vols` what held legs were seen at."""

    books: Sequence[Book]
    house: House
    blotter: Blotter
    account: Callable[[Snapshot], Account]
    commission: float
    counts: Counter[str]
    revisions: Counter[str] = field(default_factory=Counter)
    vols: dict[str, deque[float]] = field(default_factory=dict)

    def manage(self, snapshot: Snapshot, exchange: Exchange) -> None:
        """Every open trade, the book's turn first, then as they were opened."""
        for book in sorted(self.books, key=lambda each: each.turn()):
            trades = [trade for trade in self.blotter.open.values() if trade.book == book.name]
            if trades:
                self._book(book, trades, snapshot, exchange)
        held = self.blotter.symbols
        self.vols = {symbol: seen for symbol, seen in self.vols.items() if symbol in held}

    def _book(self, book: Book, trades: Sequence[Trade], snapshot: Snapshot, exchange: Exchange) -> None:
        account = self.account(snapshot)
        greeks = account_greeks(account, snapshot, clock=book.clock)
        views = read_trades(trades, snapshot, clock=book.clock, iv_means=self._means(), greeks=greeks)
        self._remember(views)
        broken = [view for view in views if view.trade.id in self.blotter.orphaned]
        whole = [view for view in views if view.trade.id not in self.blotter.orphaned]
        for view in broken:
            self._leave(view, book, snapshot, exchange)
        actions = manage(
            book,
            [view.trade for view in whole],
            snapshot,
            account=self.account(snapshot) if broken else account,
            profile=self.house.limits_of(book),
            commission=self.commission,
            views=whole,
        )
        for action in actions:
            self._act(action, book, snapshot, exchange)

    def _act(self, action: Action, book: Book, snapshot: Snapshot, exchange: Exchange) -> None:
        if isinstance(action, Hold):
            if action.waits:
                self.counts["exits that waited for a quote"] += 1
            return
        self.revisions[action.trade.id] += 1
        order = exit_order(action, book=book, revision=self.revisions[action.trade.id], house=self.house)
        done = exchange.execute(order, whole=isinstance(action, Roll))
        if not done.units:
            self.counts[f"{action.kind}s that nobody took"] += 1
        elif isinstance(action, Roll):
            self.blotter.rolled(action, done, snapshot)
        else:
            self.blotter.closed(action.trade, done, snapshot.as_of, why=_why(action))

    def _leave(self, view: TradeView, book: Book, snapshot: Snapshot, exchange: Exchange) -> None:
        """What is left of a broken trade is closed at the market."""
        if view.cost is None or view.natural is None:
            self.counts["exits that waited for a quote"] += 1
            return
        action = Close(
            trade=view.trade, signals=(), legs=view.trade.closing_legs, mid=-view.cost, natural=-view.natural
        )
        self.revisions[view.trade.id] += 1
        order = exit_order(action, book=book, revision=self.revisions[view.trade.id], house=self.house)
        done = exchange.execute(order)
        if done.units:
            self.blotter.closed(view.trade, done, snapshot.as_of, why="a leg was assigned or had expired")

    def _means(self) -> Mapping[str, float]:
        return {symbol: sum(seen) / MEMORY for symbol, seen in self.vols.items() if len(seen) == MEMORY}

    def _remember(self, views: Iterable[TradeView]) -> None:
        for view in views:
            if view.iv is not None and view.shorts:
                symbol = view.shorts[0].leg.contract.occ
                self.vols.setdefault(symbol, deque(maxlen=MEMORY)).append(view.iv)


def _why(action: Close) -> str:
    """The exit that names the reason, and why it was not rolled."""
    first = action.signals[0]
    return f"{first.rule.value}: {first.text}" + (f" (no roll: {action.no_roll})" if action.no_roll else "")
