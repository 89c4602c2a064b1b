"""What American quotes would be worth without the right to exercise early.

    American mid → vol of the house's American price on the chain's own terms → European price at that vol

The early-exercise premium of an option out of the money is small and moves little with the forward, so it is
taken off once, on the forward that spot, rate and dividends give, and not again when parity tells a better one.
"""

from __future__ import annotations

import numpy as np

from tools.domain.chain import Chain, FloatArray, IntArray
from tools.domain.contract import ExerciseStyle
from tools.pricing import european, implied_vol
from tools.pricing.dividends import present_value, upcoming
from tools.pricing.surface.maturities import Maturities


def european_worth(chain: Chain, at: Maturities, place: IntArray, *, vols: FloatArray | None = None) -> FloatArray:
    """The mid of each row (n) as a European price per share; NaN where the mid has no vol or has expired.

    `vols` (n) are the mids' implied vols on the clock of `at`, where a caller has them already (as
    `quotes.quote_greeks` gives them). European mids are what they are.
    """
    if chain.style is ExerciseStyle.EUROPEAN:
        return chain.mid
    rows = np.flatnonzero((place >= 0) & (chain.ask >= chain.bid) & ~chain.filled)
    own = place[rows]
    if vols is None:
        known = american_vols(chain, at, rows, own, carry=np.full(len(at), chain.dividend_yield))
    else:
        known = vols[rows] * np.sqrt(at.years / at.calendar_years)[own]
    worth = np.full(len(chain), np.nan)
    worth[rows] = european_prices(chain, at, rows, own, carry=np.full(len(at), chain.dividend_yield), vol=known)
    return worth


def american_vols(
    chain: Chain, at: Maturities, rows: IntArray, place: IntArray, *, carry: FloatArray
) -> FloatArray:
    """Vols in calendar time of the American mids of `rows`, `carry` (m) the dividend yield of each maturity."""
    return implied_vol.american(
        right=chain.right[rows],
        price=chain.mid[rows],
        spot=chain.spot,
        strike=chain.strike[rows],
        years=at.calendar_years[place],
        rate=chain.rate,
        dividend_yield=carry[place],
        **upcoming(chain.dividends, as_of=chain.as_of),
    )


def european_prices(
    chain: Chain, at: Maturities, rows: IntArray, place: IntArray, *, carry: FloatArray, vol: FloatArray
) -> FloatArray:
    """European prices of `rows` at `vol`, per share, the cash dividends' worth taken off the spot."""
    paid = present_value(chain.dividends, as_of=chain.as_of, rate=chain.rate, years=at.calendar_years)
    return european.value(
        right=chain.right[rows],
        spot=(chain.spot - paid)[place],
        strike=chain.strike[rows],
        years=at.calendar_years[place],
        rate=chain.rate,
        dividend_yield=carry[place],
        vol=vol,
    ).price
