"""The past that several tests look at, made once, and the real series it is held against."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tools.data.simulated.past import Driver, SimulatedPast, sp500
from tools.domain.chain import Chain

SHARED = Path(__file__).resolve().parents[5].parent / "shared" / "data"
CALM, MIDDLE, STORM = date(2006, 11, 14), date(2012, 10, 17), date(2008, 10, 15)
DAYS = (CALM, MIDDLE, STORM)
FloatArray = npt.NDArray[np.float64]


@cache
def driver() -> Driver:
    pytest.importorskip("arch", reason="arch, which carries the S&P 500 history, is not installed")
    return sp500()


@cache
def past() -> SimulatedPast:
    return SimulatedPast(driver=driver())


@cache
def chain(symbol: str, day: date) -> Chain:
    return past().chain(symbol, day)


def at_hand(*parts: str) -> Path:
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{path.name} is not at hand")
    return path


@cache
def real_vix() -> FloatArray:
    """VIX closes at the sessions of the driver, NaN where the file has none."""
    with at_hand("vix", "VIX_daily_ohlc.csv").open() as file:
        closes = {row["DATE"]: float(row["CLOSE"]) for row in csv.DictReader(file)}
    return np.array([closes.get(str(day), np.nan) for day in driver().sessions])


def expiries(chain: Chain) -> list[Chain]:
    return [chain.take(chain.expiry == day) for day in np.unique(chain.expiry)]


def nearest(values: FloatArray, target: float) -> int:
    return int(np.argmin(np.abs(values - target)))


def correlation(a: FloatArray, b: FloatArray) -> float:
    return float(np.corrcoef(a, b)[0, 1])


def autocorrelation(values: FloatArray, lag: int) -> float:
    return correlation(values[:-lag], values[lag:])


def excess_kurtosis(values: FloatArray) -> float:
    spread = values - values.mean()
    return float(np.mean(spread**4) / np.mean(spread**2) ** 2 - 3)


def interpolated(of: Callable[[Chain], float], chain: Chain, days: float) -> float:
    """A figure of the smile at a number of days, between the expiries that have one."""
    smiles = [each for each in expiries(chain) if each.dte[0] >= 5]
    return float(np.interp(days, [float(each.dte[0]) for each in smiles], [of(each) for each in smiles]))
