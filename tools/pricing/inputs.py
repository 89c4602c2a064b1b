"""Inputs of every valuation: broadcast to one length, checked row by row, the flaw of each row named.

`spread` leaves single values single; kernels check their rows themselves, `Spread.flaw` tells why a row fails.
"""

from __future__ import annotations

import math
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


_SENTENCES = np.array([each.text for each in Flaw])


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Inputs by name, each a contiguous read-only array of one length: that of the broadcast `shape`, or 1."""

    named: dict[str, FloatArray]
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def arrays(self) -> tuple[FloatArray, ...]:
        return tuple(self.named.values())

    @property
    def flaw(self) -> FlawArray:
        """The first flaw of each row, in the order of `Flaw`."""
        flaw = np.zeros(self.size, dtype=np.uint8)
        for name, row in self.named.items():
            if name in _POSITIVE:
                flaw[(flaw == 0) & (row <= 0)] = _POSITIVE[name]
            elif name == "right":
                flaw[np.broadcast_to(np.abs(row) != 1, flaw.shape)] = Flaw.RIGHT
        for row in self.named.values():
            flaw[np.broadcast_to(~np.isfinite(row), flaw.shape)] = Flaw.NOT_FINITE
        return flaw


def sentences(flaw: FlawArray, shape: tuple[int, ...]) -> npt.NDArray[np.str_]:
    """What each flaw says in words, in `shape`."""
    return _SENTENCES[flaw].reshape(shape)


def spread(fields: Mapping[str, npt.ArrayLike]) -> Spread:
    """Broadcast the named inputs against each other; single values and whole columns are not copied.

    Raises `InputError` where an input is not numeric or the shapes do not broadcast.
    """
    if all(_single(value) for value in fields.values()):
        columns = np.array([*fields.values()], dtype=np.float64).reshape(-1, 1)
        columns.flags.writeable = False
        return Spread(dict(zip(fields, columns, strict=True)), ())
    arrays = {name: numeric(name, value) for name, value in fields.items()}
    shapes = {array.shape for array in arrays.values() if array.ndim}
    shape = shapes.pop() if len(shapes) == 1 else _common_shape(arrays)
    return Spread({name: _flat(array, shape) for name, array in arrays.items()}, shape)


def _single(value: npt.ArrayLike) -> bool:
    """Whether it is one number that Python knows and a float64 holds."""
    return isinstance(value, float) or (type(value) is int and value.bit_length() < 64)


def _common_shape(arrays: Mapping[str, FloatArray]) -> tuple[int, ...]:
    try:
        return np.broadcast(*arrays.values()).shape
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise InputError(f"Inputs do not broadcast to one shape: {shapes}.") from None


def _flat(array: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """`array` in one dimension: kernels know only contiguous, aligned, read-only arrays and compile once."""
    if array.size == 1:
        flat = array.reshape(1)
    elif array.shape == shape:
        flat = np.ascontiguousarray(array).reshape(-1)
    else:
        flat = np.empty(math.prod(shape))
        flat.reshape(shape)[...] = array
    if not flat.flags.aligned:
        flat = flat.copy()
    flat.flags.writeable = False
    return flat


def numeric(name: str, value: npt.ArrayLike) -> FloatArray:
    """`value` as float64, what is masked as NaN; `InputError` where it is not made of real numbers."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise InputError(f"{name} is not a regular array: {error}.") from None
    if array.dtype.kind not in "iuf":
        raise InputError(f"{name} must be real numbers, not {array.dtype}; convert it to float first.")
    if array.dtype != np.float64:
        with np.errstate(over="ignore"):  # a longer float beyond the range is infinite
            array = array.astype(np.float64)
    if isinstance(value, np.ma.MaskedArray):
        return np.where(np.ma.getmaskarray(value), np.nan, array)
    return array
