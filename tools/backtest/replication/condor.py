"""CNDR: short 20-delta, long 5-delta puts and calls of one month over one-month Treasury bills.

    roll: bills - what the old condors pay ─► four strikes by delta ─► as many condors as the bills cover ten times
    day:  bills - condors × mark

"To guarantee solvency, the Treasury bills cover ten times the maximum loss" (Cboe, CNDR index dashboard). Here the
bills hold money and premium, and the maximum loss is the wider of the two spreads of strikes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.backtest.replication.market import DailyMarket
from tools.backtest.replication.option_line import CALL, PUT, STRIKE_STEP, OptionLine, option_line
from tools.backtest.replication.option_model import option_values
from tools.backtest.replication.schedule import YEAR, Schedule, years_from_trade

FloatArray = npt.NDArray[np.float64]

SHORT_DELTA, LONG_DELTA = 0.20, 0.05
COVER = 10.0  # times the maximum loss
LOWEST, HIGHEST = 0.4, 1.6  # listed strikes, of the index


@dataclass(frozen=True, slots=True, eq=False)
class Condors:
    """Index points per condor: premium, payoff and width of the wider spread (rolls,), mark (sessions,)."""

    premium: FloatArray
    payoff: FloatArray
    width: FloatArray
    mark: FloatArray


def condor(market: DailyMarket, schedule: Schedule) -> FloatArray:
    """(sessions,) the portfolio at every close; money of 1 before the first roll."""
    row, held = schedule.row, schedule.held
    sold = condors(market, schedule)
    growth = np.exp(market.bills.one_month[row] * schedule.years)
    count, bills = np.empty((2, len(row)))
    money = 1.0
    for roll in range(len(row)):
        count[roll] = covered(money=money, width=float(sold.width[roll]), premium=float(sold.premium[roll]))
        bills[roll] = money + count[roll] * sold.premium[roll]
        money = float(bills[roll] * growth[roll] - count[roll] * sold.payoff[roll])
    since = (market.days - market.days[row][held]).astype(np.float64) / YEAR
    grown = bills[held] * np.exp(market.bills.one_month[row][held] * since)
    return np.asarray(grown - count[held] * sold.mark, dtype=np.float64)


def covered(*, money: float, width: float, premium: float) -> float:
    """Condors whose maximum loss W bills of M + N·P cover ten times: N = M / (10·W - P)."""
    return money / (COVER * width - premium)


def condors(market: DailyMarket, schedule: Schedule) -> Condors:
    """The condor of every roll over its life."""
    pairs = [_spread(market, schedule, right=right) for right in (PUT, CALL)]
    return Condors(
        premium=np.sum([sold.premium - bought.premium for sold, bought in pairs], axis=0),
        payoff=np.sum([sold.payoff - bought.payoff for sold, bought in pairs], axis=0),
        width=np.max([np.abs(sold.strike - bought.strike) for sold, bought in pairs], axis=0),
        mark=np.sum([sold.mark - bought.mark for sold, bought in pairs], axis=0),
    )


def strikes_of_delta(market: DailyMarket, schedule: Schedule, *, right: int, delta: float) -> FloatArray:
    """(rolls,) the listed strike whose delta at the trade is nearest to `delta`, unsigned."""
    row = schedule.row
    years = years_from_trade(market.days[row], schedule.expiry)
    found = np.empty(len(row))
    for roll, session in enumerate(row):
        spot = market.midday[session]
        listed = STRIKE_STEP * np.arange(np.ceil(LOWEST * spot / STRIKE_STEP), HIGHEST * spot // STRIKE_STEP + 1)
        deltas = option_values(
            right=right,
            spot=spot,
            strike=listed,
            years=years[roll],
            rate=market.bills.one_month[session],
            dividend_yield=market.dividend_yield[session],
            vix=market.midday_vix[session],
        ).delta
        found[roll] = listed[np.argmin(np.abs(np.abs(deltas) - delta))]
    return found


def _spread(market: DailyMarket, schedule: Schedule, *, right: int) -> tuple[OptionLine, OptionLine]:
    """The option sold and the one bought, at least one strike further out."""
    sold, far = (
        strikes_of_delta(market, schedule, right=right, delta=delta) for delta in (SHORT_DELTA, LONG_DELTA)
    )
    bought = right * np.maximum(right * far, right * sold + STRIKE_STEP)
    short, long = (option_line(market, schedule, right=right, strike=strike) for strike in (sold, bought))
    return short, long
