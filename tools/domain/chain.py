"""The columnar option chain: one row per contract, a struct of read-only NumPy arrays.

Prices are per share, `nan` where the source has none; volume and open interest are floats so that an
unknown count is `nan` and never 0. A chain is what is left after the quality rules: what was dropped
is in `SourceCounts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tools.domain.contract import ExerciseStyle, OptionContract, Right
from tools.domain.listing import Listing

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Dividend:
    """A cash dividend per share; the price falls by `cash` at the open of `ex_date`."""

    ex_date: date
    cash: float


@dataclass(frozen=True, slots=True)
class SourceCounts:
    """What a source delivered: rows = used + sum(dropped)."""

    rows: int
    used: int
    dropped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Chain:
    """All quotes of one underlying at one instant.

    Shapes: every column has length n. Units: money per share; `rate` and `dividend_yield` continuously
    compounded decimals per year; `right` is +1 call, -1 put; `expiry` is datetime64[D].
    `dividends` are the cash dividends with an ex-date after `as_of`; where given, pricing uses them and
    `dividend_yield` is the rest (0 for most stocks); `dividends_known` is False where the source tells of none
    because it tells of no dividends at all. `filled` marks values that no source quoted: they
    may inform, never trade.
    """

    underlying: str
    as_of: datetime
    spot: float
    rate: float
    dividend_yield: float
    style: ExerciseStyle
    source: str
    feed: str
    root: npt.NDArray[np.str_]
    expiry: npt.NDArray[np.datetime64]
    right: npt.NDArray[np.int8]
    strike: FloatArray
    bid: FloatArray
    ask: FloatArray
    last: FloatArray
    volume: FloatArray
    open_interest: FloatArray
    feed_iv: FloatArray
    feed_delta: FloatArray
    filled: BoolArray
    dividends: tuple[Dividend, ...] = ()
    dividends_known: bool = True
    multiplier: int = 100

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is None:
            raise ValueError("Chain.as_of must carry a time zone")
        n = len(self.strike)
        for column in self.columns():
            array = getattr(self, column)
            if array.shape != (n,):
                raise ValueError(f"Chain.{column} has shape {array.shape}, expected ({n},)")
            array.setflags(write=False)

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        return COLUMNS

    def __len__(self) -> int:
        return len(self.strike)

    @cached_property
    def mid(self) -> FloatArray:
        return (self.bid + self.ask) / 2

    @cached_property
    def spread_fraction(self) -> FloatArray:
        """(ask - bid) / mid, `nan` where mid is not positive."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.mid > 0, (self.ask - self.bid) / self.mid, np.nan)

    @cached_property
    def dte(self) -> IntArray:
        """Calendar days from the New York date of `as_of` to expiry."""
        return (self.expiry - np.datetime64(new_york_date(self.as_of), "D")).astype(np.int64)

    @cached_property
    def standing(self) -> BoolArray:
        """Rows out of the money, not expired and of a standard root: a digit in it marks an adjusted contract."""
        outside = self.right * (self.strike - self.spot) > 0
        return outside & (self.dte >= 0) & ~_has_digit(self.root)

    def side(self, rights: frozenset[Right]) -> Side:
        """The standing contracts of these rights: the same ones whoever asks."""
        if rights not in self._sides:
            rows = self.standing
            for other in frozenset(Right) - rights:
                rows = rows & (self.right != other.sign)
            places = np.flatnonzero(rows)
            self._sides[rights] = Side(places, self.take(places))
        return self._sides[rights]

    @cached_property
    def _sides(self) -> dict[frozenset[Right], Side]:
        return {}

    @cached_property
    def listing(self) -> Listing:
        """Where each contract stands."""
        return Listing.of(root=self.root, expiry=self.expiry, right=self.right, strike=self.strike)

    def take(self, index: npt.NDArray[np.int64] | BoolArray) -> Chain:
        """The rows at `index` (integers or a mask), in that order; this very chain where that is all of it."""
        if _is_everything(index, len(self)):
            return self
        rows = np.flatnonzero(index) if index.dtype == np.bool_ and len(index) == len(self) else index
        part, own = object.__new__(type(self)), self.__dict__
        part.__dict__.update({name: own[name] for name in _SCALARS})
        part.__dict__["_part"] = self._part.take(rows)
        return part

    def __getattr__(self, name: str) -> Any:
        """A column of a part, which is taken when it is first looked at: few of them ever are."""
        if name not in _COLUMNS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        column = self.__dict__[name] = self._part.column(name)
        return column

    @cached_property
    def _part(self) -> _Part:
        return _Part({name: self.__dict__[name] for name in COLUMNS})

    def contract(self, row: int) -> OptionContract:
        return OptionContract(
            underlying=self.underlying,
            root=str(self.root[row]),
            expiry=self.expiry[row].astype(object),
            right=Right.from_sign(int(self.right[row])),
            strike=float(self.strike[row]),
            multiplier=self.multiplier,
            style=self.style,
        )


class _Part(NamedTuple):
    """Columns, and which rows of them: all without `rows`. What was checked of the whole holds of its rows."""

    columns: Mapping[str, npt.NDArray[Any]]
    rows: npt.NDArray[Any] | None = None

    def take(self, rows: npt.NDArray[Any]) -> _Part:
        return _Part(self.columns, rows if self.rows is None else self.rows[rows])

    def column(self, name: str) -> npt.NDArray[Any]:
        column = self.columns[name][self.rows]
        column.flags.writeable = False
        return column


@dataclass(frozen=True, eq=False, slots=True)
class Side:
    """Some of a chain's contracts: their `rows` in it, and the `chain` of these alone."""

    rows: IntArray
    chain: Chain


def _is_everything(index: npt.NDArray[np.int64] | BoolArray, length: int) -> bool:
    if len(index) != length:
        return False
    return bool(index.all()) if index.dtype == np.bool_ else bool(np.array_equal(index, np.arange(length)))


def _has_digit(roots: npt.NDArray[np.str_]) -> BoolArray:
    letters = np.ascontiguousarray(roots).view(np.uint32).reshape(len(roots), roots.itemsize // 4)
    digits = np.zeros(len(roots), dtype=np.bool_)
    for column in letters.T:
        digits |= (column >= ord("0")) & (column <= ord("9"))
    return digits


@lru_cache(maxsize=1024)
def new_york_date(instant: datetime) -> date:
    """The calendar date in New York at an aware instant."""
    from zoneinfo import ZoneInfo

    return instant.astimezone(ZoneInfo("America/New_York")).date()


_SCALARS = {
    "underlying", "as_of", "spot", "rate", "dividend_yield", "style", "source", "feed", "dividends",
    "dividends_known", "multiplier",
}  # fmt: skip
COLUMNS: tuple[str, ...] = tuple(f.name for f in fields(Chain) if f.name not in _SCALARS)
_COLUMNS = frozenset(COLUMNS)
