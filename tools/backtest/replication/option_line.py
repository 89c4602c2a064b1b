"""One option per roll, as an index holds it: what it fetched, what it is worth each evening, what it pays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.backtest.replication.market import DailyMarket
from tools.backtest.replication.option_model import option_values
from tools.backtest.replication.schedule import Schedule, years_from_close, years_from_trade

FloatArray = npt.NDArray[np.float64]

CALL, PUT = 1, -1
STRIKE_STEP = 5.0  # index points between listed strikes; SPX lists these near the money throughout


@dataclass(frozen=True, slots=True, eq=False)
class OptionLine:
    """Index points per option.

    premium (rolls,) mid at the trade; payoff (rolls,) at the opening settlement of its expiry, nan where that lies
    beyond the data; mark (sessions,) at the close, of the option held then.
    """

    strike: FloatArray
    premium: FloatArray
    payoff: FloatArray
    mark: FloatArray


def option_line(market: DailyMarket, schedule: Schedule, *, right: int, strike: FloatArray) -> OptionLine:
    """The options of `strike` (rolls,) over their lives; `right` +1 calls, -1 puts."""
    row, held = schedule.row, schedule.held
    premium = option_values(
        right=right,
        spot=market.midday[row],
        strike=strike,
        years=years_from_trade(market.days[row], schedule.expiry),
        rate=market.bills.one_month[row],
        dividend_yield=market.dividend_yield[row],
        vix=market.midday_vix[row],
    ).price
    mark = option_values(
        right=right,
        spot=market.close,
        strike=strike[held],
        years=years_from_close(market.days, schedule.expiry[held]),
        rate=market.bills.one_month,
        dividend_yield=market.dividend_yield,
        vix=market.vix,
    ).price
    settled = np.append(market.settlement[row[1:]], np.nan)
    return OptionLine(strike, premium, np.maximum(right * (settled - strike), 0.0), mark)
