"""The reserve pays first when cash is short: the same sales live and in history (spec J).

    what is wanted, what is open ─→ shortfall ─→ trades of liquid reserves, bills first ─→ a Close of some units

Wanted is what an approved trade takes before its order goes out; nothing wanted asks whether a settlement or a
delivery has left cash short. A trade is sold in part where a part is enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tools.books.book import Book
from tools.books.manage import Close
from tools.domain.account import Account
from tools.domain.candidate import Candidate
from tools.domain.market import Snapshot
from tools.domain.structure import UNDEFINED_RISK
from tools.domain.trade import Trade
from tools.portfolio.exit_rules import ExitRule
from tools.portfolio.exits import ExitSignal, ExitState
from tools.portfolio.positions import Positions, leans
from tools.portfolio.raising import shortfall
from tools.portfolio.trade_view import TradeView, read_trades


def liquid_trades(books: Mapping[str, Book], trades: Iterable[Trade]) -> tuple[Trade, ...]:
    """The open trades that are sold where cash is short."""
    liquid = {name for name, book in books.items() if book.is_liquid}
    return tuple(trade for trade in trades if trade.book in liquid)


def lacking(
    account: Account,
    positions: Positions,
    *,
    candidate: Candidate | None = None,
    contracts: int = 0,
    beside: float = 0.0,
) -> float:
    """The `shortfall` for so many contracts of a candidate, or for what is open alone.

    beside  cash that other orders at work may take
    """
    if candidate is None:
        return shortfall(account, positions)
    taken = candidate.cash_required * contracts
    if candidate.structure in UNDEFINED_RISK:
        return shortfall(account, positions, cash=beside, margin=taken)
    return shortfall(account, positions, cash=beside + taken)


def raise_cash(
    books: Mapping[str, Book], trades: Sequence[Trade], snapshot: Snapshot, *, amount: float
) -> tuple[Close, ...]:
    """Sales that bring `amount` at once, or all there is of it; `trades` are the liquid ones.

    A trade without a quote is passed over.
    """
    if not amount > 0:  # NaN too: what is unknown sells nothing
        return ()
    views = {
        view.trade.id: view
        for name in sorted({trade.book for trade in trades})
        for view in read_trades(
            [trade for trade in trades if trade.book == name], snapshot, clock=books[name].clock, priced=False
        )
    }
    ordered = sorted(views.values(), key=lambda view: _calmest(view, snapshot))
    return tuple(_sold(ordered, amount))


def _sold(views: Iterable[TradeView], amount: float) -> Iterator[Close]:
    left = amount
    for view in views:
        if left <= 0:
            return
        if view.natural is None or view.cost is None or view.natural >= 0:
            continue
        trade = view.trade
        unit = -view.natural * trade.multiplier
        units = min(trade.contracts, math.ceil(left / unit - 1e-9))
        left -= units * unit
        signal = ExitSignal(
            rule=ExitRule.CASH_NEED,
            state=ExitState.FIRED,
            value=amount,
            threshold=0.0,
            text=f"cash is short by {amount:,.0f}: {units:,} of {trade.contracts:,} are sold",
        )
        yield Close(
            trade=trade.model_copy(update={"contracts": units}),
            signals=(signal,),
            legs=trade.closing_legs,
            mid=-view.cost,
            natural=-view.natural,
        )


def _calmest(view: TradeView, snapshot: Snapshot) -> tuple[float, object, str]:
    """Bills before what falls with the market, then the oldest."""
    trade = view.trade
    return leans(snapshot.facts.get(trade.underlying)), trade.opened_at, trade.id
