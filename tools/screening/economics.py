"""What one unit of a row is worth: money, chances and Greeks, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tools.domain.chain import Chain, FloatArray, IntArray, new_york_date
from tools.pricing.probability import deviation, expected_move, prob_above
from tools.pricing.rates import forward

if TYPE_CHECKING:
    from tools.screening.rows import Rows

DAYS_PER_YEAR = 365.0


@dataclass(frozen=True, eq=False, slots=True)
class Economics:
    """Columns of length n for one unit of each row; what a price cannot tell is nan.

    Per share: credit (mid), natural (bid), breakevens ascending, expected_move (one standard deviation to
    expiry) and the Greeks with the seller's sign, of the option legs only (held shares are the portfolio's
    own); vega per point, theta per day, rho per basis point. `premium_yield` is a decimal per year, `pop` 0-1.
    Account currency per unit, positive: max_loss, max_profit, collateral, cash_required.
    """

    credit: FloatArray
    natural: FloatArray
    premium_yield: FloatArray
    breakevens: tuple[FloatArray, ...]
    max_loss: FloatArray
    max_profit: FloatArray
    collateral: FloatArray
    cash_required: FloatArray
    shares_required: int
    pop: FloatArray
    expected_move: FloatArray
    iv: FloatArray
    delta: FloatArray
    gamma: FloatArray
    vega: FloatArray
    theta: FloatArray
    rho: FloatArray


def annual_yield(credit: FloatArray, collateral: FloatArray, dte: IntArray) -> FloatArray:
    """Mid credit over collateral per share, a year of 365 calendar days; an expiry today counts one day."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return credit / collateral * (DAYS_PER_YEAR / np.maximum(dte, 1))


def sold(
    rows: Rows,
    *,
    lower: FloatArray | None = None,
    upper: FloatArray | None = None,
    max_loss: FloatArray,
    max_profit: FloatArray,
    cash_required: FloatArray,
    shares_required: int = 0,
) -> Economics:
    """Units that win between their breakevens; without `lower` or `upper` that side has none.

    Every figure handed in is per share. The chance of profit is risk-neutral on the forward, each breakeven
    with the volatility of the short leg on its side; dividends received on held shares are not counted as
    profit. `iv` is the first short leg's, the expected move the mean over the short legs.
    """
    chain, collateral, credit = rows.chain, rows.collateral, rows.credit
    shorts = [leg for leg, role in enumerate(rows.structure.roles) if role.is_short]
    vols = [rows.seen_from(leg, rows.greek("iv")) for leg in shorts]
    years = rows.seen_from(shorts[0], rows.greek("years"))
    level = rows.seen_from(shorts[0], _forward(chain, rows.greek("calendar_years")))
    moves = np.array([expected_move(spot=chain.spot, vol=vol, years=years) for vol in vols])
    above, below = (
        None if edge is None else prob_above(level=edge, forward=level, deviation=deviation(vol=vol, years=years))
        for edge, vol in ((lower, vols[0]), (upper, vols[-1]))
    )
    return Economics(
        credit=credit,
        natural=rows.bid,
        premium_yield=annual_yield(credit, collateral, rows.dte),
        breakevens=tuple(edge for edge in (lower, upper) if edge is not None),
        max_loss=max_loss * chain.multiplier,
        max_profit=max_profit * chain.multiplier,
        collateral=collateral * chain.multiplier,
        cash_required=cash_required * chain.multiplier,
        shares_required=shares_required,
        pop=_between(above, below),
        expected_move=moves.sum(axis=0) / len(moves),
        iv=vols[0],
        delta=rows.held(rows.greek("delta")),
        gamma=rows.held(rows.greek("gamma")),
        vega=rows.held(rows.greek("vega_point")),
        theta=rows.held(rows.greek("theta_day")),
        rho=rows.held(rows.greek("rho_bp")),
    )


def bought(rows: Rows, *, upper: FloatArray, max_profit: FloatArray) -> Economics:
    """One option bought outright, which wins above `upper`; figures handed in are per share.

    What is paid is the largest loss, the collateral and the cash. The rows are measured from the forward.
    """
    chain, paid = rows.chain, -rows.credit
    vol, years = (rows.seen_from(0, rows.greek(name)) for name in ("iv", "years"))
    money = paid * chain.multiplier
    return Economics(
        credit=rows.credit,
        natural=rows.bid,
        premium_yield=annual_yield(rows.credit, paid, rows.dte),
        breakevens=(upper,),
        max_loss=money,
        max_profit=max_profit * chain.multiplier,
        collateral=money,
        cash_required=money,
        shares_required=0,
        pop=prob_above(
            level=upper, forward=np.full(len(upper), chain.spot), deviation=deviation(vol=vol, years=years)
        ),
        expected_move=expected_move(spot=chain.spot, vol=vol, years=years),
        iv=vol,
        delta=rows.held(rows.greek("delta")),
        gamma=rows.held(rows.greek("gamma")),
        vega=rows.held(rows.greek("vega_point")),
        theta=rows.held(rows.greek("theta_day")),
        rho=rows.held(rows.greek("rho_bp")),
    )


def _between(above_lower: FloatArray | None, above_upper: FloatArray | None) -> FloatArray:
    """P(lower < S_T < upper) from the chances of ending above each, either of them missing."""
    if above_lower is None:
        return 1.0 - above_upper if above_upper is not None else np.zeros(0)
    return above_lower if above_upper is None else np.maximum(above_lower - above_upper, 0.0)


def _forward(chain: Chain, years: FloatArray) -> FloatArray:
    """The forward of each row's expiry: spot less the worth of the cash dividends until then, carried."""
    today = new_york_date(chain.as_of)
    spot = np.full(len(chain), chain.spot)
    last = max(chain.expiry.tolist(), default=today)
    for dividend in chain.dividends:
        if dividend.ex_date > last:
            continue
        worth = dividend.cash * np.exp(-chain.rate * (dividend.ex_date - today).days / DAYS_PER_YEAR)
        spot -= np.where(chain.expiry >= np.datetime64(dividend.ex_date, "D"), worth, 0.0)
    return forward(spot=spot, rate=chain.rate, dividend_yield=chain.dividend_yield, years=years)
