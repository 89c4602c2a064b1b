"""Every price and volatility of the past, one column per symbol.

    driver ─► index volatility ─► own and sector shocks, earnings jumps ─► returns ─► prices, dividends paid
                              └─► own volatility (EGARCH) ──────────────────────────► volatilities

A name's return is β·index + own move + dividend yield, less the dividend on its ex-date; its implied variance
β²·(the index's) + own. Everything of a row is made from rows up to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from tools.data.simulated.noise import FloatArray
from tools.data.simulated.past.driver import Driver
from tools.data.simulated.past.index_vol import SESSIONS, IndexVol, index_volatility
from tools.data.simulated.past.own import OwnMoves, own_moves
from tools.data.simulated.past.parameters import Parameters, Part, VolatilityOptions, dividend_yield, part_of
from tools.data.simulated.schedule import dividends
from tools.domain.chain import Dividend

USUAL_VIX = 0.20
BILLS_LEVEL, BILLS_COST = 91.50, 0.0014  # the fund's price after each payment, its cost per year


@dataclass(frozen=True, eq=False)
class PastPath:
    """Shape (sessions, symbols), the rows those of the driver. Money per share, decimals per year.

    close     at the closing bell, rounded to cents
    vol       30-day at-the-money implied volatility without earnings jumps; of VIX, of options on it; bills: NaN
    normal    where the term structure of that day ends
    jump      what the log price does before the opening bell all at once: earnings, ex-dividend drop
    own_vol   the part of `vol` that is not the market's
    own_sd    standard deviation of the day's own log move, known the evening before
    cash      the dividend that each coming ex-date is expected to pay, as known at the close
    paid      the dividend of which the row is the ex-date
    """

    symbols: tuple[str, ...]
    sessions: npt.NDArray[np.datetime64]
    close: FloatArray
    vol: FloatArray
    normal: FloatArray
    jump: FloatArray
    own_vol: FloatArray
    own_sd: FloatArray
    cash: FloatArray
    paid: FloatArray
    rate: FloatArray
    index: IndexVol

    def column(self, symbol: str) -> int:
        return self.symbols.index(symbol)

    def payments(self, symbol: str) -> tuple[Dividend, ...]:
        """Every dividend that went ex, in order."""
        paid = self.paid[:, self.column(symbol)]
        days = self.sessions.astype(object)
        return tuple(Dividend(ex_date=days[row], cash=float(paid[row])) for row in np.flatnonzero(paid))


def build_path(driver: Driver, parameters: Parameters, *, seed: int) -> PastPath:
    """All columns over all sessions of the driver."""
    index = index_volatility(driver, parameters, seed=seed)
    own = own_moves(driver, parameters, index, seed=seed)
    rate = known_rates(driver, parameters)
    prices = _Prices(driver, parameters, own)
    close, jump, paid, cash = prices.close, prices.jump, prices.paid, prices.cash
    vol, normal = _volatilities(parameters, index, own)
    for column, symbol in enumerate(parameters.symbols):
        if part_of(symbol) is Part.BILLS:
            close[:, column], paid[:, column] = _bills(driver, rate)
            jump[:, column], cash[:, column], vol[:, column] = 0.0, 0.0, np.nan
        if part_of(symbol) is Part.VOLATILITY:
            close[:, column], normal[:, column] = 100 * index.vix, parameters.vix.normal
            vol[:, column] = [option_volatility(float(vix), parameters.vix) for vix in index.vix]
    return PastPath(
        symbols=parameters.symbols,
        sessions=driver.sessions,
        close=np.round(close, 2),
        vol=vol,
        normal=normal,
        jump=jump,
        own_vol=own.vol,
        own_sd=own.sd,
        cash=cash,
        paid=paid,
        rate=rate,
        index=index,
    )


def option_volatility(vix: float, rule: VolatilityOptions) -> float:
    """The 30-day volatility of options on a VIX (decimal)."""
    return float(rule.vol * (vix / USUAL_VIX) ** rule.level)


def known_rates(driver: Driver, parameters: Parameters) -> FloatArray:
    """The driver's bill rate, the last known one where a day has none; the stated path where it has none at all."""
    if np.isnan(driver.rate).all():
        days = np.array(list(parameters.rates), dtype="datetime64[D]").astype(np.float64)
        stated = np.array(list(parameters.rates.values()))
        return np.asarray(np.interp(driver.sessions.astype(np.float64), days, stated), dtype=np.float64)
    rows = np.maximum.accumulate(np.where(np.isnan(driver.rate), 0, np.arange(len(driver.rate))))
    return np.asarray(np.nan_to_num(driver.rate[rows], nan=0.0), dtype=np.float64)


class _Prices:
    """Prices of the index, its tenths and all names; dividends leave them on their ex-dates."""

    def __init__(self, driver: Driver, parameters: Parameters, own: OwnMoves) -> None:
        listed = tuple(parameters.listed.values())
        shape = (len(driver.sessions), len(listed))
        first = float(driver.close[0])
        scale = {Part.MARKET: first, Part.TENTH: first / 10, Part.FUND: first / 10, Part.VOLATILITY: 1.0}
        start = np.array([scale.get(part_of(x.symbol), parameters.start.get(x.symbol, 1.0)) for x in listed])
        self._ex = _ex_dates(driver, parameters)
        paying = np.array([dividend_yield(each) for each in listed])
        self._share = paying * np.array([each.dividend.months / 12 if each.dividend else 0.0 for each in listed])
        market = np.concatenate([[0.0], np.diff(np.log(driver.close))])
        beta = np.array([each.beta for each in listed])
        self._returns = beta * market[:, None] + own.moves + paying / SESSIONS
        self.close, self.jump = np.empty(shape), own.jump.copy()
        self.paid, self.cash = np.zeros(shape), np.empty(shape)
        self._walk(start)

    def _walk(self, start: FloatArray) -> None:
        self.close[0], self.cash[0] = start, np.round(self._share * start, 2)
        growth = np.exp(self._returns)
        for row in range(1, len(self.close)):
            full, cash = self.close[row - 1] * growth[row], self.cash[row - 1]
            ex = self._ex[row]
            if not ex.any():
                self.close[row], self.cash[row] = full, cash
                continue
            self.paid[row] = np.where(ex, cash, 0.0)
            self.close[row] = full - self.paid[row]
            self.jump[row] += np.log(self.close[row] / full)
            self.cash[row] = np.where(ex, np.round(self._share * self.close[row], 2), cash)


def _ex_dates(driver: Driver, parameters: Parameters) -> npt.NDArray[np.bool_]:
    first, last = _day(driver.sessions[0]), _day(driver.sessions[-1])
    ex = np.zeros((len(driver.sessions), len(parameters.listed)), dtype=np.bool_)
    for column, listed in enumerate(parameters.listed.values()):
        days = [each.ex_date for each in dividends(listed.dividend, after=first, until=last)]
        ex[np.searchsorted(driver.sessions, np.array(days, dtype="datetime64[D]")), column] = True
    return ex


def _volatilities(parameters: Parameters, index: IndexVol, own: OwnMoves) -> tuple[FloatArray, FloatArray]:
    beta = np.array([each.beta for each in parameters.listed.values()])
    vol = np.hypot(beta * index.vol[:, None], own.vol)
    normal = np.hypot(beta * index.normal[:, None], own.normal)
    return np.asarray(vol, dtype=np.float64), np.asarray(normal, dtype=np.float64)


def _bills(driver: Driver, rate: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A fund of bills: it earns the evening's rate by calendar day and pays it out as a month begins."""
    days = np.diff(driver.sessions).astype(np.int64)
    growth = 1 + np.maximum(rate[:-1] - BILLS_COST, 0.0) * days / 365
    month = driver.sessions.astype("datetime64[M]")
    close, paid = np.empty(len(rate)), np.zeros(len(rate))
    close[0] = BILLS_LEVEL
    for row in range(1, len(rate)):
        close[row] = close[row - 1] * growth[row - 1]
        if month[row] != month[row - 1]:
            paid[row] = np.floor(100 * max(close[row] - BILLS_LEVEL, 0.0)) / 100
            close[row] -= paid[row]
    return close, paid


def _day(day: np.datetime64) -> date:
    return date.fromisoformat(str(day))
