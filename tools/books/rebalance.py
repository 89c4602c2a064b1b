"""The last step of a day (spec J): an account that leans is brought back by rolls at equal count, never by size.

    positions → net delta / NAV beyond F3? ─→ trades that lean the same way, of books that roll for it
              → the best roll of each (E3) → most restored per unit of cost first → until inside, or none is left

Nothing is opened and nothing is added to: the imbalance of one side is never mended by selling the other (E2). What
no roll mends stays as it is, and F3 refuses whatever would lean further.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tools.books.book import Book
from tools.books.manage import Roll
from tools.domain.account import Account
from tools.domain.market import Snapshot
from tools.domain.trade import Trade
from tools.portfolio.exit_rules import ExitRule
from tools.portfolio.exits import ExitSignal, ExitState
from tools.portfolio.positions import Positions
from tools.portfolio.roll_limits import Change, Desk
from tools.portfolio.rolls import STEP, RollProposal, propose_rolls
from tools.portfolio.trade_view import TradeView, read_trades
from tools.risk.profile import LimitProfile


@dataclass(frozen=True, slots=True)
class _Found:
    """The best roll of one trade; `moved` is what it does to the account's delta, over NAV."""

    view: TradeView
    proposal: RollProposal
    change: Change
    moved: float

    @property
    def merit(self) -> float:
        """Balance restored per unit of cost, both of the whole trade."""
        trade = self.view.trade
        cost = max(self.proposal.cost, STEP) * trade.multiplier * trade.contracts
        return abs(self.moved) / cost


def rebalance(
    books: Mapping[str, Book],
    trades: Sequence[Trade],
    snapshot: Snapshot,
    *,
    account: Account,
    positions: Positions,
    limits: Mapping[str, LimitProfile],
    band: float,
    commission: float = 0.0,
) -> tuple[Roll, ...]:
    """Rolls that bring the net delta back inside ±`band` of NAV, or as near as they come.

    trades      those that no other order of this look has touched
    positions   `read_positions` of the same account and snapshot
    limits      that hold for each book
    commission  per contract, account currency
    """
    lean = math.fsum(each.dollar_delta for each in positions.exposures) / positions.nav
    if not abs(lean) > band:  # NaN too: what is unknown moves nothing
        return ()
    views = _views(books, [trade for trade in trades if books[trade.book].rolls.rebalance], snapshot)
    leaning = {view.trade.id: view for view in views if _dollars(view, snapshot) * lean > 0}
    rolls: list[Roll] = []
    rolled: tuple[Change, ...] = ()
    while abs(lean) > band and leaning:
        found = [
            each
            for view in leaning.values()
            if (each := _search(view, books, snapshot, account, positions, limits, rolled, commission)) is not None
            and abs(lean + each.moved) < abs(lean)
        ]
        if not found:
            break
        best = max(found, key=lambda each: (each.merit, each.view.trade.id))
        rolls.append(Roll(trade=best.view.trade, signals=(_signal(lean, band),), proposal=best.proposal))
        rolled, lean = (*rolled, best.change), lean + best.moved
        leaning = {each.view.trade.id: each.view for each in found if each is not best}
    return tuple(rolls)


def _views(books: Mapping[str, Book], trades: Iterable[Trade], snapshot: Snapshot) -> list[TradeView]:
    chosen = list(trades)
    return [
        view
        for name in sorted({trade.book for trade in chosen})
        for view in read_trades(
            [trade for trade in chosen if trade.book == name], snapshot, clock=books[name].clock
        )
    ]


def _dollars(view: TradeView, snapshot: Snapshot) -> float:
    """What the trade leans, account currency; 0 where it is unknown."""
    chain = snapshot.chains.get(view.trade.underlying)
    if view.net_delta is None or chain is None:
        return 0.0
    return view.net_delta * chain.spot * view.trade.multiplier * view.trade.contracts


def _search(
    view: TradeView,
    books: Mapping[str, Book],
    snapshot: Snapshot,
    account: Account,
    positions: Positions,
    limits: Mapping[str, LimitProfile],
    rolled: tuple[Change, ...],
    commission: float,
) -> _Found | None:
    book = books[view.trade.book]
    desk = Desk(account, snapshot, limits[book.name], book.clock, positions, rolled)
    chain = snapshot.chains[view.trade.underlying]
    search = propose_rolls(view, chain=chain, desk=desk, rules=book.rolls, exits=book.exits, commission=commission)
    if not search.proposals:
        return None
    change = search.changes[0]
    return _Found(view, search.proposals[0], change, change.exposure.dollar_delta / positions.nav)


def _signal(lean: float, band: float) -> ExitSignal:
    return ExitSignal(
        rule=ExitRule.NET_DELTA,
        state=ExitState.FIRED,
        value=abs(lean),
        threshold=band,
        text=f"the account leans {lean:+.2f} of NAV (at most {band:.2f} either way)",
    )
