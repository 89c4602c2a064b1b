"""What a market maker would show for a theoretical value, and how much of it is held and traded.

    value, vega, vol ─► width ─► bid and ask on the tick grid
    distance from the money, time, class ─► open interest ─► volume ─► put/call ratio of the day

Random parts are drawn per contract, so that a contract keeps its place in the crowd from day to day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.data.simulated.noise import FloatArray, KeyArray, normal_by_key
from tools.data.simulated.parameters import Liquidity
from tools.domain.money import tick_size

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

FAR_WIDTH = 0.6  # wider by this share per √year to expiry
PUT_CENTRE, CALL_CENTRE, INTEREST_SPREAD = -0.8, 0.6, 1.05  # distances where interest gathers, and how wide
WEEKLY_SHARE = 0.30  # of a monthly's open interest
MONTHLY_FADE, WEEKLY_FADE, TURNOVER_FADE = 150.0, 45.0, 60.0  # calendar days to fall by a factor e
ROUND_STRIKE, ROUND_BOOST = 10.0, 1.6  # people hold round strikes
INTEREST_SD, VOLUME_SD, RATIO_SD = 0.35, 0.50, 0.06  # of log open interest, log volume, log put/call ratio


@dataclass(frozen=True, eq=False)
class Book:
    """Contracts of one underlying, side by side (n rows).

    `key` names the contract; `distance` is the strike's from the month's mean price, in log terms and
    standard deviations to expiry.
    """

    root: str
    key: KeyArray
    right: npt.NDArray[np.int8]
    strike: FloatArray
    days: IntArray
    monthly: BoolArray
    distance: FloatArray
    value: FloatArray
    vega: FloatArray
    vol: FloatArray


def contract_keys(
    *, expiry: npt.NDArray[np.datetime64], strike: FloatArray, right: npt.NDArray[np.int8]
) -> KeyArray:
    """A number per contract, the same on every day: expiry, strike in thousandths, right."""
    day = expiry.astype("datetime64[D]").astype(np.int64) << 40
    thousandths = np.rint(strike * 1000).astype(np.int64) << 1
    return (day | thousandths | (right > 0).astype(np.int64)).astype(np.uint64)


def bid_ask(book: Book, liquidity: Liquidity) -> tuple[FloatArray, FloatArray]:
    """Bids and asks on the tick grid, at least one tick apart; a bid that rounds to nothing is 0.

    The width is volatility × vega × the class's width, so that in the wings, where value dies faster
    than vega, it grows as a share of the mid.
    """
    half = 0.5 * liquidity.width * book.vol * book.vega * (1 + FAR_WIDTH * np.sqrt(book.days / 365))
    bid = _to_tick(book.root, np.maximum(book.value - half, 0.0))
    ask = _to_tick(book.root, book.value + half)
    return bid, np.maximum(ask, _to_tick(book.root, bid + _ticks(book.root, bid)))


def _to_tick(root: str, price: FloatArray) -> FloatArray:
    tick = _ticks(root, price)
    rounded: FloatArray = np.round(np.rint(price / tick) * tick, 2)
    return rounded


def _ticks(root: str, price: FloatArray) -> FloatArray:
    return np.where(price < 3.0, float(tick_size(root, 0.0)), float(tick_size(root, 3.0)))


def open_interest(book: Book, liquidity: Liquidity, *, depth: float, seed: int) -> FloatArray:
    """Contracts open: most a little out of the money in the front monthly, thin in wings and far expiries."""
    centre = np.where(book.right > 0, CALL_CENTRE, PUT_CENTRE)
    crowd = np.exp(-0.5 * ((book.distance - centre) / INTEREST_SPREAD) ** 2)
    months = np.exp(-np.maximum(book.days - 45, 0) / MONTHLY_FADE)
    weeks = WEEKLY_SHARE * np.exp(-np.maximum(book.days - 20, 0) / WEEKLY_FADE)
    rounded = np.where(np.mod(book.strike, ROUND_STRIKE) == 0, ROUND_BOOST, 1.0)
    spread = np.exp(INTEREST_SD * normal_by_key(seed, f"open interest {book.root}", book.key))
    busy = liquidity.open_interest * depth * np.where(book.monthly, months, weeks)
    return np.rint(busy * crowd * rounded * spread)


def volume(
    book: Book,
    interest: FloatArray,
    liquidity: Liquidity,
    *,
    put_call: float,
    seed: int,
    session: int,
    fraction: float,
) -> FloatArray:
    """Contracts traded today up to `fraction` of the session; puts over calls come to about `put_call`.

    `session` numbers the day that trades, so that each trades anew.
    """
    salt = f"volume {book.root} {session}"
    spread = np.exp(VOLUME_SD * normal_by_key(seed, salt, book.key))
    traded = interest * liquidity.turnover * np.exp(-book.days / TURNOVER_FADE) * spread * fraction
    calls = float(traded[book.right > 0].sum())
    puts = float(traded[book.right < 0].sum())
    today = put_call * np.exp(RATIO_SD * float(normal_by_key(seed, salt, np.zeros(1, dtype=np.uint64))[0]))
    tilt = np.sqrt(today * calls / puts) if puts > 0 else 1.0
    return np.rint(traded * np.where(book.right > 0, 1 / tilt, tilt))
