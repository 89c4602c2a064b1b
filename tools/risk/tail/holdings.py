"""What is held and what it is written on, as columns."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tools.domain.errors import InputError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Assets:
    """One row per underlying (n): what moves.

    spot            money per share
    rate            continuously compounded, decimal per year; dividend_yield alike
    daily_vol       standard deviation of a day's log return, decimal; `nan` unknown
    beta            to the index; `nan` unknown
    correlation     (n, n) of daily log returns, `nan` where unknown
    dividend_years  ex-dates ahead by row, years; dividend_cash what they pay per share
    """

    symbols: tuple[str, ...]
    spot: FloatArray
    rate: FloatArray
    dividend_yield: FloatArray
    daily_vol: FloatArray
    beta: FloatArray
    correlation: FloatArray
    sectors: tuple[str, ...]
    dividend_years: dict[int, FloatArray] = field(default_factory=dict)
    dividend_cash: dict[int, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.symbols)
        for name in ("spot", "rate", "dividend_yield", "daily_vol", "beta"):
            if getattr(self, name).shape != (n,):
                raise InputError(f"{name} has shape {getattr(self, name).shape}; {n} underlyings need ({n},).")
        if self.correlation.shape != (n, n) or len(self.sectors) != n:
            raise InputError(f"{n} underlyings need a correlation of ({n}, {n}) and {n} sectors.")

    def __len__(self) -> int:
        return len(self.symbols)


@dataclass(frozen=True, eq=False)
class Holdings:
    """One row per position (m).

    asset     row of its underlying in `Assets`
    units     quantity × multiplier, negative where short
    right     +1 call, -1 put, 0 the underlying itself
    strike    money per share; years Act/365 to expiry; vol decimal per year (all `nan` for shares)
    american  exercised at any time
    """

    symbols: tuple[str, ...]
    asset: IntArray
    units: FloatArray
    right: FloatArray
    strike: FloatArray
    years: FloatArray
    vol: FloatArray
    american: BoolArray

    def __post_init__(self) -> None:
        m = len(self.symbols)
        for name in ("asset", "units", "right", "strike", "years", "vol", "american"):
            if getattr(self, name).shape != (m,):
                raise InputError(f"{name} has shape {getattr(self, name).shape}; {m} positions need ({m},).")

    def __len__(self) -> int:
        return len(self.symbols)

    @property
    def options(self) -> IntArray:
        """The rows that are options."""
        return np.flatnonzero(self.right)
