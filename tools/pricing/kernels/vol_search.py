"""The search for the vol behind an American price: Newton, in a bracket, on European proxy vols.

    price → proxy's vol as first guess → American price and vega there → next vol → …

Prices are compared through the vol that a European proxy would need for them. That map takes the curvature out
of the problem: where early exercise is worth little the first correction is already exact, in the far wings as
well as at the money.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from numba import njit

from tools.pricing.kernels.black_scholes import greeks_of
from tools.pricing.kernels.implied import ABOVE_BOUND, BELOW_BOUND, NO_TIME_VALUE, OVERFLOW, SOLVED, implied
from tools.pricing.kernels.option import Dividends, Option, with_vol

SEARCHING = -1
ROUNDS = 100
PATIENCE = 24  # rounds; whatever is not found by then lies at a kink and is bisected
TIGHT = 1e-7  # of the vol, before the last Newton step
NARROW = 1e-12  # of the vol: a bracket that leaves nothing to search
CLOSE = 1e-8  # of the strike: the accuracy promised
SAME = 1e-13  # of the strike: two prices that agree this closely are one
NOISE = 1e-7  # of the strike: by how much prices on grids can miss what exercise at the best known moment is worth
FLAT = 1e-5  # of the strike: a vega that leaves a price within the noise
TRIES = 5  # rounds until a price within the noise is taken for one without time value
NEAR = 1e-4  # of the strike: a miss from where on steps make it smaller at a steady rate
WIDEST = 30.0  # vol·√years beyond which every option is worth its ceiling
QUIET = 1e-5  # vol·√years below which nothing moves: a price still too low has no vol


class Search(NamedTuple):
    """Where a search stands: the vol lies between `low` and `high`, `vol` is tried next; the last one gave a price
    that was wrong by `miss` (infinite where the next is no Newton step); `flaw` once it is over.
    """

    european: Option
    wanted: float
    price: float
    low: float
    high: float
    vol: float
    miss: float
    rounds: int
    flaw: int


@njit(cache=True, nogil=True, error_model="numpy")
def over(option: Option, price: float, flaw: int) -> Search:
    """A search that ends before it begins."""
    return Search(option, math.nan, price, math.nan, math.nan, math.nan, math.inf, 0, flaw)


@njit(cache=True, nogil=True, error_model="numpy")
def still_worth(option: Option, dividends: Dividends, years: float, due: int) -> float:
    """Exercise after `years`, when the first `due` dividends are paid, at the forward of that day, from now."""
    asset = option.spot * math.exp(-option.dividend_yield * years)
    for k in range(due):
        when = dividends.years[k]
        asset -= dividends.cash[k] * math.exp(-option.rate * when - option.dividend_yield * (years - when))
    return option.right * (max(asset, 0.0) - option.strike * math.exp(-option.rate * years))


@njit(cache=True, nogil=True, error_model="numpy")
def least_worth(option: Option, dividends: Dividends) -> float:
    """The price as the vol vanishes: exercise at the best of the moments that can be best, known in advance."""
    count = len(dividends.years)
    least = max(
        option.right * (option.spot - option.strike), still_worth(option, dividends, option.years, count), 0.0
    )
    for k in range(count):
        least = max(least, still_worth(option, dividends, dividends.years[k], k))
        least = max(least, still_worth(option, dividends, dividends.years[k], k + 1))
    income, interest = option.dividend_yield * option.spot, option.rate * option.strike
    if count == 0 and income * interest > 0.0 and option.rate != option.dividend_yield:
        best = math.log(income / interest) / (option.dividend_yield - option.rate)
        if 0.0 < best < option.years:
            least = max(least, still_worth(option, dividends, best, 0))
    return least


@njit(cache=True, nogil=True, error_model="numpy")
def most_worth(option: Option) -> float:
    """The price as the vol grows without limit."""
    if option.right > 0.0:
        return option.spot * math.exp(max(-option.dividend_yield * option.years, 0.0))
    return option.strike * math.exp(max(-option.rate * option.years, 0.0))


@njit(cache=True, nogil=True, error_model="numpy")
def begin(option: Option, dividends: Dividends, price: float) -> Search:
    """A search between the price that remains as the vol vanishes and the most the option can be worth.

    The proxy's spot is less the present value of the dividends, its carry zero where `price` needs that. With
    dividends and in the money its strike is such that both prices vanish to the same one with the vol.
    """
    least, paid = least_worth(option, dividends), 0.0
    for k in range(len(dividends.years)):
        paid += dividends.cash[k] * math.exp(-option.rate * dividends.years[k])
    proxy_spot = max(option.spot - paid, 0.5 * option.spot)
    intrinsic = option.right * (option.spot - option.strike)
    if price <= least + SAME * option.strike:
        held = intrinsic > 0.0 and abs(price - intrinsic) <= 10.0 * SAME * option.strike
        return over(option, price, NO_TIME_VALUE if held else BELOW_BOUND)
    if price >= most_worth(option):
        return over(option, price, ABOVE_BOUND)
    right, spot, strike, years, rate, dividend_yield, _ = option
    european = Option(right, proxy_spot, strike, years, rate, dividend_yield, math.nan)
    if len(dividends.years) > 0 and least > 0.0 and spot > right * least:
        european = Option(right, spot, spot - right * least, years, 0.0, 0.0, math.nan)
    wanted, flaw = implied(european, price)
    widest = WIDEST / math.sqrt(years)
    if flaw != SOLVED:
        european = Option(right, spot, strike, years, 0.0, 0.0, math.nan)
        wanted, flaw = implied(european, price)
    if flaw != SOLVED:
        wanted = math.nan
    first = min(wanted, 0.5 * widest) if flaw == SOLVED else 0.3
    return Search(european, wanted, price, 0.0, widest, first, math.inf, 0, SEARCHING)


@njit(cache=True, nogil=True, error_model="numpy")
def proxy_step(search: Search, found: float, vega: float) -> float:
    """Newton's step of the vol; nan where a price has no proxy vol or does not move."""
    proxy, flaw = implied(search.european, found)
    if flaw != SOLVED or not vega > 0.0 or math.isnan(search.wanted):
        return (search.price - found) / vega if vega > 0.0 else math.nan
    return (search.wanted - proxy) * greeks_of(with_vol(search.european, proxy))[4] / vega


@njit(cache=True, nogil=True, error_model="numpy")
def advance(search: Search, found: float, vega: float, noise: float) -> Search:
    """The next state, given the American price and vega at `search.vol`; `noise` of prices as a share of strike."""
    european, wanted, price, low, high, vol, former, rounds, _ = search
    widest, same = WIDEST / math.sqrt(european.years), max(SAME, 1e-4 * noise)
    step, miss = proxy_step(search, found, vega), abs(found - price) / european.strike
    if found >= price:
        high = vol
    else:  # nan too: a vol too small for the method
        low = vol
    following, flaw = vol + step, SEARCHING
    faint = miss <= noise and abs(vega) <= FLAT * european.strike
    if faint and miss <= CLOSE:
        following, flaw = vol, SOLVED
    elif faint and rounds >= TRIES:
        return over(european, price, NO_TIME_VALUE)
    elif miss <= same and vega > 0.0:
        following, flaw = following if abs(step) <= TIGHT * vol else vol, SOLVED
    elif not low < following < high or rounds > PATIENCE:
        following = 0.5 * (low + high) if high < widest or low == 0.0 else min(2.0 * low, 0.5 * (low + high))
        miss = math.inf
    elif abs(step) <= TIGHT * vol or (former < NEAR and miss * miss <= same * former):
        flaw = SOLVED
    if flaw == SEARCHING:
        if high - low <= NARROW * high:
            flaw = SOLVED if abs(found - price) <= CLOSE * european.strike else BELOW_BOUND
        elif high * math.sqrt(european.years) < QUIET:
            return over(european, price, BELOW_BOUND)
        elif rounds == ROUNDS:
            return over(european, price, OVERFLOW)
    return Search(european, wanted, price, low, high, following, miss, rounds + 1, flaw)
