"""A few rows of a chain as a plain value: what a decision record keeps of the market it was made in.

chain, rows ─→ ChainSlice (JSON: what is unknown is null) ─→ chain of these rows alone, to the last digit
"""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Self

import numpy as np

from tools.domain.chain import Chain, Dividend, FloatArray, IntArray
from tools.domain.contract import ExerciseStyle, Right
from tools.domain.value import Value

_FLOATS = ("strike", "bid", "ask", "last", "volume", "open_interest", "feed_iv", "feed_delta")


class QuoteRow(Value):
    """One contract as quoted; columns as in `Chain`, None where the source has none."""

    root: str
    expiry: date
    right: Right
    strike: float
    bid: float | None
    ask: float | None
    last: float | None
    volume: float | None
    open_interest: float | None
    feed_iv: float | None
    feed_delta: float | None
    filled: bool


class ExDate(Value):
    """A cash dividend per share and the day on which the price falls by it."""

    ex_date: date
    cash: float


class ChainSlice(Value):
    """Some contracts of one underlying at one instant; scalars as in `Chain`, None where they are not known."""

    underlying: str
    as_of: datetime
    spot: float | None
    rate: float | None
    dividend_yield: float | None
    style: ExerciseStyle
    source: str
    feed: str
    multiplier: int
    dividends: tuple[ExDate, ...] = ()
    dividends_known: bool = True
    rows: tuple[QuoteRow, ...]

    @classmethod
    def of(cls, chain: Chain, rows: IntArray) -> Self:
        """The contracts at `rows` (m places in the chain), in that order."""
        part = chain.take(rows)
        return cls(
            underlying=chain.underlying,
            as_of=chain.as_of,
            spot=_told(chain.spot),
            rate=_told(chain.rate),
            dividend_yield=_told(chain.dividend_yield),
            style=chain.style,
            source=chain.source,
            feed=chain.feed,
            multiplier=chain.multiplier,
            dividends=tuple(ExDate(ex_date=each.ex_date, cash=each.cash) for each in chain.dividends),
            dividends_known=chain.dividends_known,
            rows=tuple(_row(part, place) for place in range(len(part))),
        )

    @property
    def chain(self) -> Chain:
        """These rows as a chain of their own."""
        rows = self.rows
        return Chain(
            underlying=self.underlying,
            as_of=self.as_of,
            spot=_untold(self.spot),
            rate=_untold(self.rate),
            dividend_yield=_untold(self.dividend_yield),
            style=self.style,
            source=self.source,
            feed=self.feed,
            root=np.array([row.root for row in rows], dtype=np.str_),
            expiry=np.array([row.expiry for row in rows], dtype="datetime64[D]"),
            right=np.array([row.right.sign for row in rows], dtype=np.int8),
            filled=np.array([row.filled for row in rows], dtype=np.bool_),
            dividends=tuple(Dividend(each.ex_date, each.cash) for each in self.dividends),
            dividends_known=self.dividends_known,
            multiplier=self.multiplier,
            **{name: _column(rows, name) for name in _FLOATS},
        )


def _row(chain: Chain, place: int) -> QuoteRow:
    contract = chain.contract(place)
    return QuoteRow(
        root=contract.root,
        expiry=contract.expiry,
        right=contract.right,
        filled=bool(chain.filled[place]),
        strike=contract.strike,
        **{name: _told(float(getattr(chain, name)[place])) for name in _FLOATS if name != "strike"},
    )


def _column(rows: tuple[QuoteRow, ...], name: str) -> FloatArray:
    return np.array([_untold(getattr(row, name)) for row in rows], dtype=np.float64)


def _told(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _untold(value: float | None) -> float:
    return math.nan if value is None else value
