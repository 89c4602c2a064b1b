"""Which strikes of an expiry a book sells: all that pass, or the ones nearest to what it aims at.

contracts that pass → distance to the target → the nearest few of each expiry and right → short legs
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from tools.calendar.expiries import expiry_instant, settlement_of
from tools.calendar.trading_time import units
from tools.domain.chain import Chain, FloatArray, IntArray
from tools.domain.value import Value
from tools.screening.impossible import refuse
from tools.screening.offer import series

Positive = Annotated[float, Field(gt=0)]


class StrikeBasis(StrEnum):
    """What the distance to the target is measured in.

    delta     size of the option's delta
    distance  share of spot between strike and spot
    premium   mid premium against `target` · spot · trading-time units to expiry, never above it (spec B5)
    """

    DELTA = "delta"
    DISTANCE = "distance"
    PREMIUM = "premium"


class StrikeChoice(Value):
    """How short strikes are chosen, and how far away they may be protected.

    by, target   what to be near to; without it every contract that passes is its own proposal
    nearest      how many strikes each expiry and right offers, nearest first; it bounds the combinations
    width        (least, most) distance of a protecting leg as a share of spot; for structures that have one
    """

    by: StrikeBasis | None = None
    target: Positive | None = None
    nearest: int = Field(default=1, ge=1, le=25)
    width: tuple[Positive, Positive] | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        problems = []
        if (self.by is None) != (self.target is None):
            problems.append((("target",), "and by need each other: what to be near to, and measured in what"))
        if self.width is not None and self.width[0] > self.width[1]:
            problems.append((("width",), f"must rise, least before most; it is {list(self.width)}"))
        if problems:
            refuse(type(self).__name__, problems)
        return self

    def choose(self, chain: Chain, rows: IntArray, *, delta: FloatArray) -> IntArray:
        """The chosen among `rows` of `chain`, ascending; `delta` is of every row of the chain.

        What the target cannot be compared with (an unknown delta) is never chosen; between equals the strike
        further out of the money is.
        """
        if self.by is None or self.target is None or len(rows) == 0:
            return rows
        miss = self._miss(chain, delta)[rows]
        known = np.flatnonzero(np.isfinite(miss))
        rows, miss = rows[known], miss[known]
        group = (2 * series(chain) + (chain.right > 0))[rows]
        outwards = -np.abs(chain.strike[rows] - chain.spot)
        order = np.lexsort((rows, outwards, miss, group))
        place = _place_in_group(group[order])
        return np.sort(rows[order[place < self.nearest]])

    def _miss(self, chain: Chain, delta: FloatArray) -> FloatArray:
        """How far each row is from the target; nan or infinite where it may not be chosen."""
        target = math.nan if self.target is None else self.target
        if self.by is StrikeBasis.DELTA:
            return np.abs(np.abs(delta) - target)
        if self.by is StrikeBasis.DISTANCE:
            return np.abs(np.abs(chain.strike / chain.spot - 1.0) - target)
        short_of = 1.0 - self.premium_share(chain)
        return np.where(short_of >= 0, short_of, np.inf)

    def premium_share(self, chain: Chain) -> FloatArray:
        """Mid premium over the target premium of its expiry; nan where the book aims at no premium."""
        if self.by is not StrikeBasis.PREMIUM or self.target is None:
            return np.full(len(chain), np.nan)
        aim = self.target * chain.spot * trading_units(chain)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(aim > 0, chain.mid / aim, np.nan)


def trading_units(chain: Chain) -> FloatArray:
    """Trading-time units (spec G1) from the chain's instant to the end of each row."""
    group = series(chain)
    _, first, place = np.unique(group, return_index=True, return_inverse=True)
    ends = [expiry_instant(chain.expiry[row].astype(object), settlement_of(str(chain.root[row]))) for row in first]
    return np.array([units(chain.as_of, end) for end in ends], dtype=np.float64)[place]


def _place_in_group(group: IntArray) -> IntArray:
    """0, 1, 2 … within each run of equal numbers; `group` ascends."""
    return np.arange(len(group)) - np.searchsorted(group, group, side="left")
