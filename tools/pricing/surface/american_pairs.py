"""American call and put of a strike as the European pair they would be.

    carry assumed → implied vols of call and put → their European prices → parity → better carry → …

The vol of an American quote depends on the forward only through what early exercise is worth, so the
rounds settle fast: where the premium is a tenth of the price, each takes off nine tenths of the error.
"""

from __future__ import annotations

import numpy as np

from tools.domain.chain import Chain, FloatArray
from tools.pricing import european, implied_vol
from tools.pricing.dividends import present_value, upcoming
from tools.pricing.rates import weighted_median
from tools.pricing.surface.maturities import Maturities
from tools.pricing.surface.pairs import Pairs

SETTLED = 5e-5  # of ln F: half a basis point moves the premium by next to nothing


def european_gaps(chain: Chain, at: Maturities, pairs: Pairs, forward: FloatArray, *, rounds: int) -> FloatArray:
    """C - P of each pair without early exercise, per share; NaN where a side has no implied vol.

    `forward` (m) is where the search starts.
    """
    years = at.calendar_years
    paid = present_value(chain.dividends, as_of=chain.as_of, rate=chain.rate, years=years)
    gap, moving = np.full(len(pairs), np.nan), np.arange(len(pairs))
    for _ in range(rounds):
        part = pairs.take(moving)
        carry = chain.rate - np.log(forward / (chain.spot - paid)) / years
        gap[moving] = _gap(chain, years, paid, carry, part)
        own = part.strike + gap[moving] * np.exp(chain.rate * years[part.place])
        better = _medians(own, 1 / part.width, part, forward)
        moved = np.abs(np.log(better / forward)) > SETTLED
        forward, moving = better, moving[moved[part.place]]
        if not len(moving):
            break
    return gap


def _gap(chain: Chain, years: FloatArray, paid: FloatArray, carry: FloatArray, pairs: Pairs) -> FloatArray:
    rows, place = np.concatenate([pairs.call, pairs.put]), np.tile(pairs.place, 2)
    vol = implied_vol.american(
        right=chain.right[rows],
        price=chain.mid[rows],
        spot=chain.spot,
        strike=chain.strike[rows],
        years=years[place],
        rate=chain.rate,
        dividend_yield=carry[place],
        **upcoming(chain.dividends, as_of=chain.as_of),
    )
    price = european.value(
        right=chain.right[rows],
        spot=(chain.spot - paid)[place],
        strike=chain.strike[rows],
        years=years[place],
        rate=chain.rate,
        dividend_yield=carry[place],
        vol=vol,
    ).price
    call, put = np.split(price, 2)
    return np.asarray(call - put)


def _medians(own: FloatArray, weight: FloatArray, pairs: Pairs, forward: FloatArray) -> FloatArray:
    """The weighted median of the pairs' own forwards, maturity by maturity; the old one where none is told."""
    better = forward.copy()
    for m in np.unique(pairs.place[np.isfinite(own)]):
        mine = (pairs.place == m) & np.isfinite(own)
        better[m] = weighted_median(own[mine], weight[mine])
    return better
