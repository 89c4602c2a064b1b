"""What one unit of a row is worth: money, chances and Greeks, as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.domain.chain import Chain, FloatArray, new_york_date
from tools.pricing.probability import deviation, expected_move, prob_above
from tools.pricing.quotes import QuoteGreeks
from tools.pricing.rates import forward

DAYS_PER_YEAR = 365.0


@dataclass(frozen=True, eq=False, slots=True)
class Economics:
    """Columns of length n for one unit of each row; what a price cannot tell is nan.

    Per share: credit (mid), natural (bid), breakeven, expected_move (one standard deviation to expiry) and
    the Greeks with the seller's sign, of the option leg only (held shares are the portfolio's own); vega per
    point, theta per day, rho per basis point. `premium_yield` is a decimal per year, `pop` 0-1. Account
    currency per unit, positive: max_loss, max_profit, collateral, cash_required.
    """

    credit: FloatArray
    natural: FloatArray
    premium_yield: FloatArray
    breakeven: FloatArray
    max_loss: FloatArray
    max_profit: FloatArray
    collateral: FloatArray
    cash_required: FloatArray
    shares_required: int
    pop: FloatArray
    expected_move: FloatArray
    delta: FloatArray
    gamma: FloatArray
    vega: FloatArray
    theta: FloatArray
    rho: FloatArray


def annual_yield(chain: Chain, collateral: FloatArray) -> FloatArray:
    """Mid credit over collateral per share, a year of 365 calendar days; an expiry today counts one day."""
    return chain.mid / collateral * (DAYS_PER_YEAR / np.maximum(chain.dte, 1))


def short_option(
    chain: Chain,
    greeks: QuoteGreeks,
    *,
    breakeven: FloatArray,
    collateral: FloatArray,
    max_profit: FloatArray,
    cash_required: FloatArray,
    shares_required: int,
) -> Economics:
    """One short option that wins above its breakeven and can lose its collateral less the credit.

    Every figure handed in is per share. The chance of profit is risk-neutral, with the contract's own vol
    on the forward; dividends received on held shares are not counted as profit.
    """
    total = deviation(vol=greeks.iv, years=greeks.years)
    return Economics(
        credit=chain.mid,
        natural=chain.bid,
        premium_yield=annual_yield(chain, collateral),
        breakeven=breakeven,
        max_loss=(collateral - chain.mid) * chain.multiplier,
        max_profit=max_profit * chain.multiplier,
        collateral=collateral * chain.multiplier,
        cash_required=cash_required * chain.multiplier,
        shares_required=shares_required,
        pop=prob_above(level=breakeven, forward=_forward(chain, greeks.calendar_years), deviation=total),
        expected_move=expected_move(spot=chain.spot, vol=greeks.iv, years=greeks.years),
        delta=-greeks.delta,
        gamma=-greeks.gamma,
        vega=-greeks.vega_point,
        theta=-greeks.theta_day,
        rho=-greeks.rho_bp,
    )


def _forward(chain: Chain, years: FloatArray) -> FloatArray:
    """The forward of each row's expiry: spot less the worth of the cash dividends until then, carried."""
    today = new_york_date(chain.as_of)
    spot = np.full(len(chain), chain.spot)
    for dividend in chain.dividends:
        worth = dividend.cash * np.exp(-chain.rate * (dividend.ex_date - today).days / DAYS_PER_YEAR)
        spot -= np.where(chain.expiry >= np.datetime64(dividend.ex_date, "D"), worth, 0.0)
    return forward(spot=spot, rate=chain.rate, dividend_yield=chain.dividend_yield, years=years)
