"""PUT: one-month puts at the money, covered by Treasury bills (Cboe S&P 500 PutWrite methodology, July 2014).

roll: bills - what the old puts pay at the settlement ─► strike: the highest listed at or below the index
      ─► as many new puts as the bills cover at expiry
day:  bills - puts × mark
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tools.backtest.replication.market import DailyMarket
from tools.backtest.replication.option_line import PUT, STRIKE_STEP, option_line
from tools.backtest.replication.schedule import YEAR, Schedule

FloatArray = npt.NDArray[np.float64]


def contracts(*, money: float, strike: float, premium: float, discount: float) -> float:
    """Puts whose strikes `money` and their own premium cover at expiry: N = M / (K·DF - P)."""
    return money / (strike * discount - premium)


def put_write(market: DailyMarket, schedule: Schedule) -> FloatArray:
    """(sessions,) the portfolio at every close; money of 1 before the first roll.

    At March-cycle rolls all money goes to three-month bills, at others the premium goes to one-month bills; what
    the puts pay comes out of both. Bills accrue at the yield they were bought at.
    """
    row, held, years = schedule.row, schedule.held, schedule.years
    line = option_line(
        market, schedule, right=PUT, strike=np.floor(market.morning[row] / STRIKE_STEP) * STRIKE_STEP
    )
    rate = market.bills.three_months[row][schedule.last_quarterly]
    premium_rate = np.where(schedule.quarterly, rate, market.bills.one_month[row])
    money, puts = np.empty((2, len(row)))
    cash = 1.0
    for roll in range(len(row)):
        discount = float(np.exp(-rate[roll] * years[roll]))
        strike, premium = float(line.strike[roll]), float(line.premium[roll])
        money[roll], puts[roll] = cash, contracts(money=cash, strike=strike, premium=premium, discount=discount)
        grown = puts[roll] * premium * np.exp(premium_rate[roll] * years[roll])
        cash = cash / discount + grown - puts[roll] * line.payoff[roll]
    since = (market.days - market.days[row][held]).astype(np.float64) / YEAR
    bills = money[held] * np.exp(rate[held] * since)
    premiums = (puts * line.premium)[held] * np.exp(premium_rate[held] * since)
    return np.asarray(bills + premiums - puts[held] * line.mark, dtype=np.float64)
