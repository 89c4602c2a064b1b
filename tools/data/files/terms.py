"""What pricing needs besides the quotes: the underlying's price, an interest rate and a dividend yield.

    file's price?  → checked against put-call parity → spot
    none           → implied from put-call parity    → spot
    rate given?    → rate,   European → slope of parity over strikes, else published, else assumed
    cash dividends known? → they, and no yield;  else → yield from parity forwards, else 0 and unknown

C - P = e^(-rT)·(F - K): over the strikes of one expiry the slope is minus the discount factor. Only European
chains tell a rate that way; the early-exercise premium of American puts bends the slope by more than a rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.data.files.parity import Parity, Quotes
from tools.domain.chain import Dividend, new_york_date
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import ChainError
from tools.pricing.rates import implied_spot, weighted_median

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

ASSUMED_RATE = 0.04
_PLAUSIBLE_RATE = (-0.02, 0.20)
_SPOT_AGREES = 0.20  # a file's price further from parity than this is not the price of these options
_SPOT_IN_STEP = 0.01  # further apart than dividends of the nearest expiries explain: not taken at one time
_CHECKED_DAYS = 400  # to expiry; beyond, an assumed rate and unknown dividends explain any difference
_FEWEST_STRIKES, _FEWEST_EXPIRIES = 8, 3
_WIDEST_SPREAD = 0.01  # of the middle half of the expiries' rates, decimal per year
_RATE_YEARS = (45 / 365, 1.5)  # nearer, the bid-ask noise of a slope is divided by too little time
_YIELD_YEARS = (20 / 365, 1.1)
_PLAUSIBLE_YIELD = (-0.02, 0.10)


@dataclass(frozen=True, slots=True)
class Beside:
    """What other sources know: a published rate for where the quotes tell none, the cash dividends to come.

    `rate_source` names where the rate is from; `dividends` is None where nobody tells.
    """

    rate: float | None = None
    rate_source: str = ""
    dividends: tuple[Dividend, ...] | None = None
    dividend_note: str = ""


NOTHING = Beside()


@dataclass(frozen=True, slots=True)
class Terms:
    """Money per share; rate and dividend_yield continuously compounded decimals per year; why, in `notes`.

    `dividends` is None where nobody tells of any.
    """

    spot: float
    rate: float
    dividend_yield: float
    notes: tuple[str, ...]
    dividends: tuple[Dividend, ...] | None = None


def find_terms(quotes: Quotes, *, rate: float | None, beside: Beside = NOTHING) -> Terms | None:
    """The terms of one chain, None where neither the file nor parity tells the underlying's price.

    `ChainError` where the file's price and its quotes cannot both be right.
    """
    parity = Parity.of(quotes)
    notes: list[str] = []
    found_rate = rate if rate is not None else _implied_rate(quotes, parity, beside, notes)
    spot = _spot(quotes, parity, found_rate, beside.dividends or (), notes)
    if spot is None:
        return None
    dividend_yield = _dividend_yield(quotes, parity, spot, found_rate, beside, notes)
    return Terms(spot, found_rate, dividend_yield, tuple(notes), beside.dividends)


def assumed_rate_note(ticker: str) -> str:
    """What the notes say of a rate that nobody told."""
    return f"{ticker}: no rate was given and the quotes tell none; {ASSUMED_RATE:.0%} is assumed"


def middle_years(quotes: Quotes) -> float:
    """Calendar years to the expiry in the middle of the quotes with a bid; one day at least."""
    days = (quotes.expiry[quotes.bid > 0] - np.datetime64(new_york_date(quotes.as_of), "D")).astype(np.int64)
    return max(float(np.median(days)) if len(days) else 0.0, 1.0) / 365


def _spot(
    quotes: Quotes, parity: Parity, rate: float, dividends: tuple[Dividend, ...], notes: list[str]
) -> float | None:
    stated = quotes.spot[np.isfinite(quotes.spot) & (quotes.spot > 0)]
    if not len(stated):
        implied = _parity_spot(quotes, rate, dividends)
        if not (np.isfinite(implied) and implied > 0):
            return None
        notes.append(f"{quotes.ticker}: the file has no underlying price; put-call parity implies {implied:,.2f}")
        return implied
    # Mostly it stands beside every quote of a chain, and is one.
    spot = float(stated[0] if (stated == stated[0]).all() else np.median(stated))
    if not dividends and parity.agrees(spot, rate=rate, within=_SPOT_IN_STEP / 2, years=_CHECKED_DAYS / 365):
        return spot
    near = quotes.expiry <= np.datetime64(new_york_date(quotes.as_of), "D") + _CHECKED_DAYS
    implied = _parity_spot(quotes, rate, dividends, slice(None) if near.all() else near)
    apart = abs(implied - spot) / spot
    if apart > _SPOT_AGREES:
        raise ChainError(
            f"The file's price of {quotes.ticker}, {spot:,.2f}, contradicts its quotes,"
            f" which imply {implied:,.2f} by put-call parity; correct the file."
        )
    if apart > _SPOT_IN_STEP:
        notes.append(
            f"{quotes.ticker}: the file's price {spot:,.2f} is out of step with its quotes,"
            f" which imply {implied:,.2f}"
        )
    return spot


def _parity_spot(
    quotes: Quotes, rate: float, dividends: tuple[Dividend, ...], rows: BoolArray | slice = slice(None)
) -> float:
    return implied_spot(
        as_of=quotes.as_of,
        expiry=quotes.expiry[rows],
        right=quotes.right[rows],
        strike=quotes.strike[rows],
        bid=quotes.bid[rows],
        ask=quotes.ask[rows],
        rate=rate,
        dividend_yield=0.0,
        dividends=dividends,
    )


def _implied_rate(quotes: Quotes, parity: Parity, beside: Beside, notes: list[str]) -> float:
    """The rate the strikes agree on, else the published one, else the assumed one; a note says which."""
    if quotes.style is ExerciseStyle.EUROPEAN:
        telling = parity.where((parity.size >= _FEWEST_STRIKES) & _all_within(parity.years, _RATE_YEARS))
        rates, years = telling.rates(), telling.years
        rates, years = rates[np.isfinite(rates)], years[np.isfinite(rates)]
        if len(rates) >= _FEWEST_EXPIRIES:
            rate = weighted_median(rates, years)
            low, high = np.quantile(rates, (0.25, 0.75))
            if high - low <= _WIDEST_SPREAD and _within(rate, _PLAUSIBLE_RATE):
                notes.append(f"{quotes.ticker}: a rate of {rate:.2%} is implied by put-call parity")
                return rate
    if beside.rate is not None:
        notes.append(f"{quotes.ticker}: the quotes tell no rate; {beside.rate:.2%} is that of {beside.rate_source}")
        return beside.rate
    notes.append(assumed_rate_note(quotes.ticker))
    return ASSUMED_RATE


def _dividend_yield(
    quotes: Quotes, parity: Parity, spot: float, rate: float, beside: Beside, notes: list[str]
) -> float:
    """What is left of the carry beside known cash dividends: none; else what the forwards tell."""
    if beside.dividends is not None:
        notes.extend([f"{quotes.ticker}: {beside.dividend_note}"] if beside.dividend_note else [])
        return 0.0
    telling = parity.where(_all_within(parity.years, _YIELD_YEARS))
    ahead = telling.forwards(rate)
    ahead, years = ahead[ahead > 0], telling.years[ahead > 0]
    found = weighted_median(rate - np.log(ahead / spot) / years, years) if len(ahead) else float("nan")
    if not _within(found, _PLAUSIBLE_YIELD):
        silent = "the quotes tell no dividend yield" if quotes.is_index else "file and quotes tell no dividends"
        notes.append(f"{quotes.ticker}: {silent}; none is assumed")
        return 0.0
    silent = "" if quotes.is_index else "the file tells no dividends; "
    notes.append(
        f"{quotes.ticker}: {silent}a dividend yield of {found:.2%} is implied by put-call parity at this rate"
    )
    return found


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _all_within(values: FloatArray, bounds: tuple[float, float]) -> BoolArray:
    return np.asarray((values >= bounds[0]) & (values <= bounds[1]))
