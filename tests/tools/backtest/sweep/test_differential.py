"""The kernel against the slow engine: every trade, every figure, every count, over random books and markets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from tests.tools.backtest.sweep.markets import Market, markets, rules
from tests.tools.backtest.sweep.oracle import SlowTrade, slow_sweep
from tools.backtest.sweep import Ending, SweepRules, SweepTrades, day_columns, sweep
from tools.domain.contract import Right


def listed(trades: SweepTrades) -> list[tuple[object, ...]]:
    columns = (trades.entered, trades.exited, trades.expiry)
    days = np.stack([each.astype(np.int64) for each in columns], axis=1).tolist()
    figures = np.stack([trades.strike, trades.credit, trades.paid], axis=1).tolist()
    return [(*a, *b, Ending(c)) for a, b, c in zip(days, figures, trades.reason.tolist(), strict=True)]


def told(trades: list[SlowTrade]) -> list[tuple[object, ...]]:
    return [(t.entered, t.exited, t.expiry, t.strike, t.credit, t.paid, t.reason) for t in trades]


def agree(market: Market, book: SweepRules) -> None:
    rows = market.rows()
    slow, found = slow_sweep(rows, book), sweep(day_columns(rows), book)
    assert listed(found.trades) == told(slow.trades)
    assert listed(found.still_open) == told(slow.still_open)
    assert found.equity == pytest.approx(slow.equity, abs=1e-6)
    assert found.secured == pytest.approx(slow.secured, abs=1e-6, nan_ok=True)
    counts = found.counts
    assert (counts.unfound, counts.unaffordable, counts.carried, counts.late, counts.short_days) == (
        slow.unfound,
        slow.unaffordable,
        slow.carried,
        slow.late,
        slow.short_days,
    )


@settings(max_examples=150, deadline=None)
@given(markets(), rules())
def test_trade_by_trade(market: Market, book: SweepRules) -> None:
    if np.isnan(market.rows().spot).all():
        return
    agree(market, book)


def test_random_books_end_in_every_way() -> None:
    """Else the comparison above would leave a rule out."""
    book = SweepRules(
        dte_low=1, dte_high=29, delta_low=-0.6, delta_high=-0.2, delta_target=-0.5, time_stop=None, take_profit=0.8
    )
    seen: set[int] = set()
    for more in (
        {"early_assignment": True, "rate": 0.05},
        {"adverse_stop": 0.5, "time_stop": 3},
        {"right": Right.CALL, "delta_low": 0.2, "delta_high": 0.6, "delta_target": 0.5},
    ):
        each = SweepRules(**(book.model_dump() | more))
        for seed in range(5):
            market = Market(seed=seed, days=60, flaws=0.05, disorder=False)
            agree(market, each)
            seen |= set(sweep(day_columns(market.rows()), each).trades.reason.tolist())
    assert seen == set(Ending) - {Ending.OPEN}
