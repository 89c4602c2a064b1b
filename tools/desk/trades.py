"""How fills make a trade and end it, in the ledger and in the engine alike; `tools.portfolio.rolls` moves it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from tools.calendar.trading_time import Clock
from tools.domain.candidate import Candidate
from tools.domain.market import Snapshot
from tools.domain.order import Fill
from tools.domain.trade import EntryMarks, Trade
from tools.portfolio.trade_view import read_trades


def opened(
    candidate: Candidate, fills: Iterable[Fill], *, decision_id: str, units: int, entry: EntryMarks | None = None
) -> Trade:
    """The trade that the fills of an entry order make."""
    executed = tuple(fills)
    at = min(fill.at for fill in executed)
    return Trade(
        id=decision_id,
        book=candidate.book,
        underlying=candidate.underlying,
        structure=candidate.structure,
        legs=candidate.legs,
        contracts=units,
        multiplier=candidate.multiplier,
        opened_at=at,
        legs_at=at,
        credit=float(_received(executed) / units),
        entry=entry or EntryMarks(),
    )


def reduced(trade: Trade, units: int) -> Trade | None:
    """What is left after `units` of it were closed; None for nothing."""
    left = trade.contracts - units
    return trade.model_copy(update={"contracts": left}) if left > 0 else None


def with_marks(trade: Trade, snapshot: Snapshot, *, clock: Clock) -> Trade:
    """The trade with what stands now as the marks of its entry."""
    (view,) = read_trades((trade,), snapshot, clock=clock)
    return trade.model_copy(update={"entry": view.entry})


def _received(fills: tuple[Fill, ...]) -> Decimal:
    """Σ -quantity·price per share: what the executions brought, before commissions."""
    return sum((-fill.quantity * fill.price for fill in fills), Decimal(0))
