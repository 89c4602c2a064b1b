"""What the kernels are asked about: one option, and the cash dividends before its expiry."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]


class Option(NamedTuple):
    """right +1 call, -1 put; money per share; years, rates and vol as decimals per year."""

    right: float
    spot: float
    strike: float
    years: float
    rate: float
    dividend_yield: float
    vol: float


class Dividends(NamedTuple):
    """Years to each ex-date, ascending within (0, years), and the cash per share."""

    years: FloatArray
    cash: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def with_vol(option: Option, vol: float) -> Option:
    """The same option at another volatility."""
    return Option(option.right, option.spot, option.strike, option.years, option.rate, option.dividend_yield, vol)


@njit(cache=True, nogil=True, error_model="numpy")
def before(dividends: Dividends, years: float) -> Dividends:
    """The dividends that go ex before `years` from now."""
    due = np.searchsorted(dividends.years, years)
    return Dividends(dividends.years[:due], dividends.cash[:due])


@njit(cache=True, nogil=True, error_model="numpy")
def field_at(field: FloatArray, i: int) -> float:
    """Row i of a field of n values, or of the one that stands for all."""
    return float(field[0] if len(field) == 1 else field[i])


@njit(cache=True, nogil=True, error_model="numpy")
def option_at(fields: tuple[FloatArray, ...], i: int) -> Option:
    """Row i of the fields of `Option`."""
    return Option(
        field_at(fields[0], i),
        field_at(fields[1], i),
        field_at(fields[2], i),
        field_at(fields[3], i),
        field_at(fields[4], i),
        field_at(fields[5], i),
        field_at(fields[6], i),
    )
