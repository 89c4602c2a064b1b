"""Inputs of every valuation: broadcast to one length, checked row by row, the flaw of each row named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from tools.domain.errors import InputError

FloatArray = npt.NDArray[np.float64]
FlawArray = npt.NDArray[np.uint8]


class Flaw(IntEnum):
    """Why a row has no value. `text` is the sentence shown to people."""

    NONE = 0
    NOT_FINITE = 1
    RIGHT = 2
    SPOT = 3
    STRIKE = 4
    YEARS = 5
    VOL = 6
    PRICE = 7
    BELOW_BOUND = 8
    ABOVE_BOUND = 9
    NO_TIME_VALUE = 10
    OVERFLOW = 11

    @property
    def text(self) -> str:
        return _TEXTS[self]


_TEXTS = {
    Flaw.NONE: "",
    Flaw.NOT_FINITE: "an input is missing or infinite",
    Flaw.RIGHT: "right is neither +1 (call) nor -1 (put)",
    Flaw.SPOT: "spot is not positive",
    Flaw.STRIKE: "strike is not positive",
    Flaw.YEARS: "no time is left to expiry",
    Flaw.VOL: "volatility is not positive",
    Flaw.PRICE: "price is not positive",
    Flaw.BELOW_BOUND: "price is below what exercise is worth",
    Flaw.ABOVE_BOUND: "price is above what the option can ever be worth",
    Flaw.NO_TIME_VALUE: "price has no time value left, every small volatility gives it",
    Flaw.OVERFLOW: "inputs are so extreme that the value cannot be represented",
}
_POSITIVE = {
    "spot": Flaw.SPOT,
    "strike": Flaw.STRIKE,
    "years": Flaw.YEARS,
    "vol": Flaw.VOL,
    "price": Flaw.PRICE,
}


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Inputs side by side: `rows` (k, n) contiguous and writable, `shape` the broadcast shape, `flaw` (n)."""

    rows: FloatArray
    shape: tuple[int, ...]
    flaw: FlawArray

    @property
    def good(self) -> npt.NDArray[np.bool_]:
        """Rows that can be valued."""
        return np.equal(self.flaw, Flaw.NONE)

    @property
    def reasons(self) -> npt.NDArray[np.str_]:
        """The sentence of each row's flaw, empty where there is none, in the inputs' shape."""
        return np.array([each.text for each in Flaw])[self.flaw].reshape(self.shape)


def gather(fields: Mapping[str, npt.ArrayLike]) -> Columns:
    """Broadcast the named inputs against each other and find the flaw of each row.

    Raises `InputError` where an input is not numeric or the shapes do not broadcast.
    """
    arrays = {name: numeric(name, value) for name, value in fields.items()}
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise InputError(f"Inputs do not broadcast to one shape: {shapes}.") from None
    size = int(np.prod(shape, dtype=np.int64))
    rows = np.empty((len(arrays), size))
    for row, array in zip(rows, arrays.values(), strict=True):
        row.reshape(shape)[...] = array
    return Columns(rows, shape, _flaws(dict(zip(arrays, rows, strict=True)), size))


def numeric(name: str, value: npt.ArrayLike) -> FloatArray:
    """`value` as float64; `InputError` where it is not made of real numbers."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise InputError(f"{name} is not a regular array: {error}.") from None
    if array.dtype.kind not in "iufb":
        raise InputError(f"{name} must be real numbers, not {array.dtype}; convert it to float first.")
    return array.astype(np.float64, copy=False)


def _flaws(named: Mapping[str, FloatArray], size: int) -> FlawArray:
    """The first flaw of each row, in the order of `Flaw`."""
    flaw = np.zeros(size, dtype=np.uint8)
    for name, row in named.items():
        if name in _POSITIVE:
            flaw[(flaw == 0) & (row <= 0)] = _POSITIVE[name]
        elif name == "right":
            flaw[np.abs(row) != 1] = Flaw.RIGHT
    for row in named.values():
        flaw[~np.isfinite(row)] = Flaw.NOT_FINITE
    return flaw
