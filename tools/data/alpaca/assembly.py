"""From judged rows to a chain: price, rate and dividends of the underlying beside its usable quotes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from tools.data.alpaca.rows import OptionRow
from tools.data.quality import CodeArray, Fate
from tools.data.reference import Instrument
from tools.domain.chain import Chain, Dividend
from tools.domain.contract import ExerciseStyle
from tools.pricing.rates import implied_spot

SOURCE = "alpaca"

_SPOT_AGREES = 0.20  # a price further from put-call parity than this is not the price of these options
_SPOT_IN_STEP = 0.01  # further apart than dividends of the nearest expiries explain


@dataclass(frozen=True, slots=True)
class Terms:
    """What pricing needs besides the quotes; `spot` NaN and `dividends` None where nobody tells."""

    as_of: datetime
    spot: float
    rate: float
    dividends: tuple[Dividend, ...] | None
    feed: str


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """A chain, None where no row of it can be used, and what has to be said of it."""

    chain: Chain | None
    notes: tuple[str, ...]


def build_chain(instrument: Instrument, rows: Sequence[OptionRow], codes: CodeArray, terms: Terms) -> Built:
    """The chain of the used rows; where its price is not to be had they get the fate NO_SPOT in `codes`.

    Rows in the order of expiry, strike, call before put, root: the same however they came.
    """
    used = [row for row, code in zip(rows, codes, strict=True) if code == Fate.USED.code]
    if not used:
        return Built(None, (f"{instrument.symbol}: none of its {len(rows):,} contracts can be used",))
    used.sort(key=lambda row: (row.expiry, row.strike, -row.right, row.root))
    spot, notes = _spot(instrument.symbol, used, terms)
    if math.isnan(spot):
        codes[codes == Fate.USED.code] = Fate.NO_SPOT.code
        return Built(None, notes)
    european = sum(row.european for row in used) > len(used) / 2
    chain = Chain(
        underlying=instrument.symbol,
        as_of=terms.as_of,
        spot=spot,
        rate=terms.rate,
        dividend_yield=0.0,
        style=ExerciseStyle.EUROPEAN if european else ExerciseStyle.AMERICAN,
        source=SOURCE,
        feed=terms.feed,
        root=np.array([row.root for row in used], dtype=np.str_),
        expiry=np.array([row.expiry for row in used], dtype="datetime64[D]"),
        right=np.array([row.right for row in used], dtype=np.int8),
        strike=_floats(used, "strike"),
        bid=_floats(used, "bid"),
        ask=_floats(used, "ask"),
        last=_floats(used, "last"),
        volume=_floats(used, "volume"),
        open_interest=_floats(used, "open_interest"),
        feed_iv=_floats(used, "iv"),
        feed_delta=_floats(used, "delta"),
        filled=np.zeros(len(used), dtype=np.bool_),
        dividends=terms.dividends or (),
        dividends_known=terms.dividends is not None,
    )
    return Built(chain, notes)


def _spot(symbol: str, used: Sequence[OptionRow], terms: Terms) -> tuple[float, tuple[str, ...]]:
    """The price that is told, held against put-call parity; parity's own where none is told."""
    implied = implied_spot(
        as_of=terms.as_of,
        expiry=np.array([row.expiry for row in used], dtype="datetime64[D]"),
        right=np.array([row.right for row in used], dtype=np.float64),
        strike=_floats(used, "strike"),
        bid=_floats(used, "bid"),
        ask=_floats(used, "ask"),
        rate=terms.rate,
        dividend_yield=0.0,
    )
    told = terms.spot
    if math.isnan(told):
        if not (math.isfinite(implied) and implied > 0):
            return math.nan, (f"{symbol}: nobody tells its price, and its quotes imply none",)
        return implied, (f"{symbol}: nobody tells its price; put-call parity implies {implied:,.2f}",)
    apart = abs(implied - told) / told if math.isfinite(implied) else 0.0
    if apart > _SPOT_AGREES:
        return math.nan, (
            f"{symbol}: its price {told:,.2f} contradicts its quotes, which imply {implied:,.2f}; none is used",
        )
    if apart > _SPOT_IN_STEP:
        return told, (
            f"{symbol}: its price {told:,.2f} is out of step with its quotes, which imply {implied:,.2f}",
        )
    return told, ()


def _floats(rows: Sequence[OptionRow], name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([getattr(row, name) for row in rows], dtype=np.float64)
