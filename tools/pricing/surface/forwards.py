"""What put-call parity says of each maturity: the forward, the discount, and how well the strikes agree.

    chain → call and put of each strike → European-equivalent gap C - P
                                              │ line over the strikes, bad pairs out → discount, where it is told
                                              └ K + (C - P)/D, weighted by spreads   → forward, scatter

C - P = D·(F - K) holds for European options at every strike, so slope and level of one line give D and F
(Stoll, "The relationship between put and call option prices", Journal of Finance 24, 1969). American
options obey it once their early-exercise premium is taken off: the implied vols of the pairs nearest the
money give their European worth on the forward assumed, parity then gives a better forward, and the carry
moves until call and put imply one vol. Their discount is the chain's rate; the line tells it only for
European options.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from tools.calendar.trading_time import Clock
from tools.domain.chain import BoolArray, Chain, FloatArray, IntArray
from tools.domain.contract import ExerciseStyle
from tools.pricing.dividends import present_value
from tools.pricing.surface.american_pairs import european_gaps
from tools.pricing.surface.european_worth import european_worth
from tools.pricing.surface.maturities import Maturities, maturities
from tools.pricing.surface.pairs import Pairs, nearest, pair_up
from tools.pricing.surface.parity_line import Line, parity_line

SCATTER_LIMIT = 2.0  # basis points of the forward
RATE_ERROR_LIMIT = 0.0025  # standard error of an implied rate that is still told from the chain's own
NEAREST_PAIRS = 8  # whose early exercise is taken off an American maturity
ROUNDS = 3  # each divides the error of the American forward by about the share of the premium in the price


class ForwardFlag(StrEnum):
    """What a reader of a forward should know.

    carried       no parity: too few pairs, so the forward is the spot's with rate and dividends of the chain
    assumed_rate  the strikes do not tell the discount; it is that of the chain's rate
    scattered     liquid strikes disagree by more than 2 basis points
    """

    CARRIED = "carried"
    ASSUMED_RATE = "assumed_rate"
    SCATTERED = "scattered"


@dataclass(frozen=True, slots=True, eq=False)
class Forwards:
    """One entry per maturity.

    forward        money per share
    discount       today's worth of 1 at expiry; rate is -ln(discount) per calendar year
    carry_yield    the continuous dividend yield that, beside rate and cash dividends, gives the forward
    scatter_bp     standard deviation of the liquid strikes' own forwards, basis points; NaN where carried
    error_bp       standard error of the forward, basis points; NaN where carried
    pairs, liquid  strikes with call and put quoted; of those the ones the forward stands on
    outliers       pairs thrown out as contradicting the rest
    flags          one set per maturity
    """

    at: Maturities
    forward: FloatArray
    discount: FloatArray
    carry_yield: FloatArray
    scatter_bp: FloatArray
    error_bp: FloatArray
    pairs: IntArray
    liquid: IntArray
    outliers: IntArray
    flags: tuple[frozenset[ForwardFlag], ...] = field(default=())

    @property
    def rate(self) -> FloatArray:
        return -np.log(self.discount) / self.at.calendar_years


def implied_forwards(
    chain: Chain,
    *,
    clock: Clock = Clock.CALENDAR_365,
    usable: BoolArray | None = None,
    vols: FloatArray | None = None,
) -> Forwards:
    """Forward and discount of every living maturity of `chain`; rows outside `usable` (n) are not asked.

    `vols` (n): the mids' implied vols on `clock`, where they are known already; only American chains use them.
    """
    at, place = maturities(chain, clock=clock)
    pairs = pair_up(chain, place, usable=usable)
    discount = np.exp(-chain.rate * at.calendar_years)
    gap, rate_told = pairs.gap, chain.style is ExerciseStyle.EUROPEAN
    if chain.style is ExerciseStyle.AMERICAN:
        start = carried(chain, at)
        pairs = pairs.take(nearest(pairs, start, count=NEAREST_PAIRS))
        asked = np.full(len(chain), -1)
        asked[pairs.call] = asked[pairs.put] = pairs.place
        worth = european_worth(chain, at, asked, vols=vols)
        gap = european_gaps(chain, at, pairs, worth, start, rounds=ROUNDS)
    lines = [_line(pairs, gap, m, discount[m], at.calendar_years[m], rate_told) for m in range(len(at))]
    return _gathered(chain, at, lines, pairs)


def carried(chain: Chain, at: Maturities) -> FloatArray:
    """The forwards that spot, rate, dividend yield and cash dividends of the chain give, without asking quotes."""
    years = at.calendar_years
    paid = present_value(chain.dividends, as_of=chain.as_of, rate=chain.rate, years=years)
    return np.asarray((chain.spot - paid) * np.exp((chain.rate - chain.dividend_yield) * years))


def _line(pairs: Pairs, gap: FloatArray, m: int, discount: float, years: float, rate_told: bool) -> Line | None:
    own = (pairs.place == m) & np.isfinite(gap)
    return parity_line(
        strike=pairs.strike[own],
        gap=gap[own],
        width=pairs.width[own],
        discount=discount,
        rate_error=RATE_ERROR_LIMIT * years if rate_told else 0.0,
    )


def _gathered(chain: Chain, at: Maturities, lines: list[Line | None], pairs: Pairs) -> Forwards:
    forward = carried(chain, at)
    discount = np.exp(-chain.rate * at.calendar_years)
    scatter, error = np.full((2, len(at)), np.nan)
    liquid, outliers = np.zeros((2, len(at)), dtype=np.int64)
    flags: list[frozenset[ForwardFlag]] = []
    for m, line in enumerate(lines):
        if line is None:
            flags.append(frozenset({ForwardFlag.CARRIED, ForwardFlag.ASSUMED_RATE}))
            continue
        forward[m], discount[m] = line.forward, line.discount
        scatter[m], error[m], liquid[m], outliers[m] = line.scatter_bp, line.error_bp, line.liquid, line.outliers
        flags.append(_flags(line))
    paid = present_value(chain.dividends, as_of=chain.as_of, rate=chain.rate, years=at.calendar_years)
    with np.errstate(divide="ignore", invalid="ignore"):
        carry = chain.rate - np.log(forward / (chain.spot - paid)) / at.calendar_years
    return Forwards(
        at=at,
        forward=forward,
        discount=discount,
        carry_yield=carry,
        scatter_bp=scatter,
        error_bp=error,
        pairs=np.bincount(pairs.place, minlength=len(at)),
        liquid=liquid,
        outliers=outliers,
        flags=tuple(flags),
    )


def _flags(line: Line) -> frozenset[ForwardFlag]:
    found = {ForwardFlag.ASSUMED_RATE} if not line.rate_told else set()
    if line.scatter_bp > SCATTER_LIMIT:
        found.add(ForwardFlag.SCATTERED)
    return frozenset(found)
