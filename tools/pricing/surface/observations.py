"""Quotes as points of a surface: log-moneyness, log vol, and the band that bid and ask leave it.

    European: every quote  → Black vol of bid, mid and ask on the maturity's forward → twins must agree
    American: out of the money → European worth of the mid, ± half the spread → Black vols

Out of the money an American option is nearly European; in the money its price is mostly exercise value and
says little of vol, which is why those rows are left to their twins across the strike. A European quote in the
money whose band is far from its twin's is wrong, as parity ties the two.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from tools.domain.chain import BoolArray, Chain, FloatArray, IntArray
from tools.domain.contract import ExerciseStyle
from tools.pricing import implied_vol
from tools.pricing.surface.european_worth import european_worth
from tools.pricing.surface.forwards import Forwards

FAR = 3.0  # times both half bands together


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """o usable quotes, in the order of the chain.

    row, place   row of the chain, maturity
    k            ln(strike/forward)
    log_vol      of the middle of the band, vol per √year in calendar time
    half_band    half of ln(vol of the ask / vol of the bid): what the spread leaves open
    outside      whether it is out of the money
    """

    row: IntArray
    place: IntArray
    k: FloatArray
    log_vol: FloatArray
    half_band: FloatArray
    outside: BoolArray

    def __len__(self) -> int:
        return len(self.row)

    def take(self, index: BoolArray | IntArray) -> Observations:
        return Observations(**{each.name: getattr(self, each.name)[index] for each in fields(Observations)})


def observe(
    chain: Chain,
    forwards: Forwards,
    place: IntArray,
    *,
    usable: BoolArray | None = None,
    vols: FloatArray | None = None,
) -> Observations:
    """What the quotes of `chain` say; `place` (n) is each row's maturity, -1 none.

    `vols` (n), where known already, are the mids' implied vols on the clock; only American chains use them.
    Filled rows, rows outside `usable`, crossed ones and those without an ask or an implied vol say nothing.
    """
    asked = (place >= 0) & (chain.bid >= 0) & (chain.ask > 0) & (chain.ask >= chain.bid) & ~chain.filled
    asked &= np.isfinite(chain.ask) & np.isfinite(chain.strike) & (chain.strike > 0)
    if usable is not None:
        asked &= usable
    if chain.style is ExerciseStyle.AMERICAN:
        asked &= (chain.right > 0) == (chain.strike >= forwards.forward[place])
    rows = np.flatnonzero(asked)
    own = place[rows]
    k = np.log(chain.strike[rows] / forwards.forward[own])
    half = (chain.ask[rows] - chain.bid[rows]) / 2
    asked_place = np.full(len(chain), -1)
    asked_place[rows] = own
    mid = european_worth(chain, forwards.at, asked_place, vols=vols)[rows]
    low, middle, high = (_black_vol(chain, forwards, rows, own, mid + side * half) for side in (-1, 0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        both = np.isfinite(low)
        log_vol = np.where(both, (np.log(low) + np.log(high)) / 2, np.log(middle))
        half_band = np.where(both, (np.log(high) - np.log(low)) / 2, np.log(high / middle))
    told = np.isfinite(log_vol) & np.isfinite(half_band)
    outside = (chain.right[rows] > 0) == (k >= 0)
    seen = Observations(rows, own, k, log_vol, half_band, outside).take(told)
    return seen.take(~_contradicted(seen))


def _contradicted(seen: Observations) -> BoolArray:
    """Quotes in the money that are far from their twins, the other right of the same strike (o)."""
    order = np.lexsort((~seen.outside, seen.k, seen.place))
    one, other = order[:-1], order[1:]
    twins = (seen.place[one] == seen.place[other]) & (seen.k[one] == seen.k[other])
    twins &= seen.outside[one] & ~seen.outside[other]
    apart = np.abs(seen.log_vol[one] - seen.log_vol[other]) > FAR * (seen.half_band[one] + seen.half_band[other])
    found = np.zeros(len(seen), dtype=np.bool_)
    found[other[twins & apart]] = True
    return found


def _black_vol(chain: Chain, forwards: Forwards, rows: IntArray, place: IntArray, price: FloatArray) -> FloatArray:
    rate = forwards.rate[place]
    return implied_vol.european(
        right=chain.right[rows],
        price=price,
        spot=forwards.forward[place],
        strike=chain.strike[rows],
        years=forwards.at.calendar_years[place],
        rate=rate,
        dividend_yield=rate,
    )
