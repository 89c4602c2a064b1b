"""The past trades most like a candidate, by a distance over what was known when each was entered.

    candidate, facts, conditions → EntryFeatures ─┐
    closed trades → their EntryFeatures ──────────┴→ distance → the nearest, the later one first where they tie

    distance² = mean over the eight measured features of min(|a - b| / scale, 2)²
              + 1² another structure + 0.5² another book + 0.5² another sector + 0.25² another underlying

A scale is the difference that a seller of options would call notable, so that 1 is a trade which differs notably in
every measure; fixed scales keep a distance what it is however many trades are known. A measure that is unknown on
either side counts as one notable difference, and so does a sector: unknown is never alike, and never the end of it.
Where the underlying cannot have earnings, or none are announced, they stand `EARNINGS_HORIZON` days after expiry.
Because a difference counts for at most two scales, the distance keeps the triangle inequality with unknowns too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tools.domain.candidate import Candidate
from tools.domain.chain import BoolArray, FloatArray, new_york_date
from tools.domain.fact import FactState
from tools.domain.market import Conditions, UnderlyingFacts
from tools.domain.past_trade import EntryFeatures, PastTrade, SimilarTrade

SCALES = {
    "dte": 15.0,  # days
    "delta": 0.10,
    "iv_rank": 20.0,  # of 100
    "premium_yield": 0.05,  # per year
    "spread": 0.02,  # of the mid
    "breakeven": 0.4,  # expected moves
    "earnings": 20.0,  # days
    "vix": 5.0,  # points
}
MOST = 2.0
"""Scales that one measure counts for at most, however far apart."""

UNKNOWN = 1.0
"""Scales that an unknown measure counts for."""

STRUCTURE, BOOK, SECTOR, UNDERLYING = 1.0, 0.5, 0.5, 0.25

FARTHEST = 1.5
"""What is farther away is not called similar."""

EARNINGS_HORIZON = 45.0
"""Days beyond which an announcement makes no difference to a trade."""

UNKNOWN_SECTOR = "?"
DIGITS = 9  # what rounding may do to a distance must not decide which of two is nearer


def entry_features(candidate: Candidate, facts: UnderlyingFacts, conditions: Conditions) -> EntryFeatures:
    """What a candidate looks like now, or what a traded one looked like then."""
    return EntryFeatures(
        structure=candidate.structure,
        book=candidate.book,
        underlying=candidate.underlying,
        sector=facts.sector.value if facts.sector.state is not FactState.NOT_APPLICABLE else "",
        dte=candidate.dte,
        delta=None if candidate.greeks is None else abs(candidate.greeks.delta),
        iv_rank=facts.iv_rank.value,
        premium_yield=candidate.premium_yield,
        spread=candidate.spread,
        breakeven=_breakeven(candidate),
        earnings=_earnings(candidate, facts),
        vix=conditions.vix.value,
    )


def distances(wanted: EntryFeatures, others: Sequence[EntryFeatures]) -> FloatArray:
    """How far each of `others` (n,) is from `wanted`, 0 for what is alike in everything; (n,)."""
    return _distances(wanted, _Columns.of(others))


Texts = npt.NDArray[np.str_]


@dataclass(frozen=True)
class PastTrades:
    """Closed trades to compare with, of one account."""

    trades: tuple[PastTrade, ...] = ()

    @cached_property
    def _columns(self) -> _Columns:
        return _Columns.of([each.features for each in self.trades])

    def nearest(
        self, wanted: EntryFeatures, *, before: datetime, count: int, simulated: bool
    ) -> tuple[SimilarTrade, ...]:
        """At most `count` of those that were over `before`, the nearest first; () where none is near enough.

        simulated  whether the candidate is of an invented market: a real one is not compared with those of one
        """
        if not self.trades:
            return ()
        found = np.round(_distances(wanted, self._columns), DIGITS)
        usable = (found <= FARTHEST) & (self._closed < before.timestamp()) & (simulated | ~self._simulated)
        order = np.lexsort((self._ids, -self._closed, found))
        nearest = order[usable[order]][:count]
        return tuple(SimilarTrade(trade=self.trades[each], distance=float(found[each])) for each in nearest)

    @cached_property
    def _closed(self) -> FloatArray:
        return np.array([each.closed_at.timestamp() for each in self.trades])

    @cached_property
    def _simulated(self) -> BoolArray:
        return np.array([each.simulated for each in self.trades])

    @cached_property
    def _ids(self) -> Texts:
        return np.array([each.id for each in self.trades])


@dataclass(frozen=True)
class _Columns:
    """n entries as arrays: `measures` (n, 8) with `nan` for unknown, the rest texts (n,)."""

    measures: FloatArray
    structure: Texts
    book: Texts
    sector: Texts
    underlying: Texts

    @classmethod
    def of(cls, entries: Iterable[EntryFeatures]) -> _Columns:
        known = list(entries)
        return cls(
            measures=np.array([_measures(each) for each in known], dtype=np.float64).reshape(-1, len(SCALES)),
            structure=np.array([each.structure.value for each in known], dtype=np.str_),
            book=np.array([each.book for each in known], dtype=np.str_),
            sector=np.array([_known(each.sector) for each in known], dtype=np.str_),
            underlying=np.array([each.underlying for each in known], dtype=np.str_),
        )


def _distances(wanted: EntryFeatures, others: _Columns) -> FloatArray:
    apart = np.abs(others.measures - np.array(_measures(wanted))) / np.array(list(SCALES.values()))
    squares = np.where(np.isnan(apart), UNKNOWN, np.minimum(apart, MOST)) ** 2
    unlike = (
        (STRUCTURE, others.structure != wanted.structure.value),
        (BOOK, others.book != wanted.book),
        (SECTOR, (others.sector != _known(wanted.sector)) | (wanted.sector is None)),
        (UNDERLYING, others.underlying != wanted.underlying),
    )
    total = squares.mean(axis=1) + sum(cost**2 * other for cost, other in unlike)
    return np.asarray(np.sqrt(total), dtype=np.float64)


def _known(sector: str | None) -> str:
    return UNKNOWN_SECTOR if sector is None else sector


def _measures(features: EntryFeatures) -> list[float]:
    values = (getattr(features, name) for name in SCALES)
    return [math.nan if value is None else value for value in values]


def _breakeven(candidate: Candidate) -> float | None:
    if not candidate.expected_move or not candidate.breakevens:
        return None
    return min(abs(level - candidate.spot) for level in candidate.breakevens) / candidate.expected_move


def _earnings(candidate: Candidate, facts: UnderlyingFacts) -> float | None:
    if facts.earnings.state is FactState.NOT_APPLICABLE:
        return EARNINGS_HORIZON
    if facts.earnings.value is None:
        return None
    today = new_york_date(candidate.as_of)
    coming = [day for day in facts.earnings.value if day >= today]
    days = (min(coming) - candidate.expiry).days if coming else EARNINGS_HORIZON
    return float(min(max(days, -EARNINGS_HORIZON), EARNINGS_HORIZON))
