"""BXM: the index with its dividends, short one-month calls at the money (Cboe S&P 500 BuyWrite, Nov 2010; Whaley,
"Return and risk of CBOE Buy Write monthly index", Journal of Derivatives 10, 2002).

    day:  (S + dividend - C) / (S₋₁ - C₋₁)
    roll: to the settlement with the old call × to midday without a call × to the close with the new one
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tools.backtest.replication.market import DailyMarket
from tools.backtest.replication.option_line import CALL, STRIKE_STEP, option_line
from tools.backtest.replication.schedule import Schedule

FloatArray = npt.NDArray[np.float64]


def buy_write(market: DailyMarket, schedule: Schedule) -> FloatArray:
    """(sessions,) the portfolio at every close; money of 1 before the first roll."""
    row = schedule.row
    trade, settled = market.midday[row], market.settlement[row]
    line = option_line(
        market, schedule, right=CALL, strike=np.ceil(market.morning[row] / STRIKE_STEP) * STRIKE_STEP
    )
    covered = market.close - line.mark
    growth = np.ones(len(covered))
    growth[1:] = (market.close + market.dividends - line.mark)[1:] / covered[:-1]
    old_call = np.append(0.0, line.payoff[:-1])
    before = np.append(1.0, covered[row[1:] - 1])
    with_old_call = (settled + market.dividends[row] - old_call) / before
    with_old_call[0] = 1.0  # money of 1 meets the index at the first roll's close
    without = np.append(1.0, (trade / settled)[1:])
    growth[row] = with_old_call * without * covered[row] / (trade - line.premium)
    return np.asarray(np.cumprod(growth), dtype=np.float64)
