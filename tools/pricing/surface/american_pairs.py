"""American call and put of a strike as the European pair they would be.

    European worth on the chain's own carry → parity → better carry → vols and worth again, where it moved

The vol of an American quote depends on the forward only through what early exercise is worth, so the
rounds settle fast: where the premium is a tenth of the price, each takes off nine tenths of the error.
"""

from __future__ import annotations

import numpy as np

from tools.domain.chain import Chain, FloatArray
from tools.pricing.dividends import present_value
from tools.pricing.rates import weighted_median
from tools.pricing.surface.european_worth import american_vols, european_prices
from tools.pricing.surface.maturities import Maturities
from tools.pricing.surface.pairs import Pairs

SETTLED = 5e-5  # of ln F: half a basis point moves the premium by next to nothing


def european_gaps(
    chain: Chain, at: Maturities, pairs: Pairs, worth: FloatArray, forward: FloatArray, *, rounds: int
) -> FloatArray:
    """C - P of each pair without early exercise, per share; NaN where a side has no implied vol.

    `worth` (n) are the rows' European prices on the `forward` (m) that the chain's own terms give.
    """
    years = at.calendar_years
    paid = present_value(chain.dividends, as_of=chain.as_of, rate=chain.rate, years=years)
    gap = worth[pairs.call] - worth[pairs.put]
    moving = np.arange(len(pairs))
    for turn in range(rounds):
        part = pairs.take(moving)
        if turn:
            carry = chain.rate - np.log(forward / (chain.spot - paid)) / years
            gap[moving] = _gap(chain, at, carry, part)
        own = part.strike + gap[moving] * np.exp(chain.rate * years[part.place])
        better = _medians(own, 1 / part.width, part, forward)
        moved = np.abs(np.log(better / forward)) > SETTLED
        forward, moving = better, moving[moved[part.place]]
        if not len(moving):
            break
    return gap


def _gap(chain: Chain, at: Maturities, carry: FloatArray, pairs: Pairs) -> FloatArray:
    rows, place = np.concatenate([pairs.call, pairs.put]), np.tile(pairs.place, 2)
    vol = american_vols(chain, at, rows, place, carry=carry)
    call, put = np.split(european_prices(chain, at, rows, place, carry=carry, vol=vol), 2)
    return np.asarray(call - put)


def _medians(own: FloatArray, weight: FloatArray, pairs: Pairs, forward: FloatArray) -> FloatArray:
    """The weighted median of the pairs' own forwards, maturity by maturity; the old one where none is told."""
    better = forward.copy()
    for m in np.unique(pairs.place[np.isfinite(own)]):
        mine = (pairs.place == m) & np.isfinite(own)
        better[m] = weighted_median(own[mine], weight[mine])
    return better
