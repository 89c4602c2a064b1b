"""Everything ends: a person asked for it (spec H7), or it is shares that were delivered, so no book has a say.

trades, snapshot → views → quoted? → close, the whole spread given up if it must be
                         → not     → hold, and wait for a quote
"""

from __future__ import annotations

from collections.abc import Sequence

from tools.books.manage import Action, Close, Hold
from tools.calendar.trading_time import Clock
from tools.domain.market import Snapshot
from tools.domain.trade import Trade
from tools.portfolio.exit_rules import ExitRule
from tools.portfolio.exits import ExitSignal, ExitState
from tools.portfolio.trade_view import TradeView, read_trades


def flatten(
    trades: Sequence[Trade], snapshot: Snapshot, *, why: str, rule: ExitRule = ExitRule.FLATTEN
) -> tuple[Action, ...]:
    """One action per trade, in their order."""
    views = read_trades(trades, snapshot, clock=Clock.CALENDAR_365, priced=False)
    signals = (ExitSignal(rule=rule, state=ExitState.FIRED, text=why),)
    return tuple(_ended(view, signals) for view in views)


def _ended(view: TradeView, signals: tuple[ExitSignal, ...]) -> Action:
    if view.natural is None or view.cost is None:
        waits = f"It waits for a quote: {view.missing['natural']}."
        return Hold(trade=view.trade, signals=signals, waits=waits)
    return Close(
        trade=view.trade, signals=signals, legs=view.trade.closing_legs, mid=-view.cost, natural=-view.natural
    )
