"""The expiries of a chain as a surface knows them: one per date and settlement, with its times.

An index's morning-settled and afternoon-settled options of one date are two maturities.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from tools.calendar.expiries import expiry_instant
from tools.calendar.trading_time import Clock, year_fraction
from tools.domain.chain import Chain, FloatArray, IntArray
from tools.pricing.quotes import settlements


@dataclass(frozen=True, slots=True, eq=False)
class Maturities:
    """m maturities in the order of time.

    expiry, settlement  datetime64[D]; "am" or "pm"
    calendar_years      Act/365 from as_of, for interest
    years               on `clock`, for variance
    """

    as_of: datetime
    clock: Clock
    expiry: npt.NDArray[np.datetime64]
    settlement: npt.NDArray[np.str_]
    calendar_years: FloatArray
    years: FloatArray

    def __len__(self) -> int:
        return len(self.expiry)


def maturities(chain: Chain, *, clock: Clock = Clock.CALENDAR_365) -> tuple[Maturities, IntArray]:
    """The living maturities of a chain, and for each of its rows the place of its own; -1 where it has expired."""
    expiry = chain.expiry.astype("datetime64[D]")
    # Rows of one expiry and root mostly stand together: what is asked of one row of a run is asked for all.
    first = np.ones(len(expiry), dtype=np.bool_)
    first[1:] = (expiry[1:] != expiry[:-1]) | (chain.root[1:] != chain.root[:-1])
    days, day_place = np.unique(expiry[first], return_inverse=True)
    kind = settlements(chain.root[first]) == "pm"
    pairs, of_run = np.unique(2 * day_place + kind, return_inverse=True)
    place = of_run[np.cumsum(first) - 1]
    ends = [expiry_instant(days[each // 2].astype(object), "pm" if each % 2 else "am") for each in pairs]
    calendar = np.array([year_fraction(chain.as_of, end, Clock.CALENDAR_365) for end in ends])
    variance = np.array([year_fraction(chain.as_of, end, clock) for end in ends])
    order = np.argsort(calendar, kind="stable")
    order = order[(calendar[order] > 0) & (variance[order] > 0)]
    rank = np.full(len(pairs), -1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    found = Maturities(
        as_of=chain.as_of,
        clock=clock,
        expiry=days[pairs[order] // 2],
        settlement=np.where(pairs[order] % 2 == 1, "pm", "am"),
        calendar_years=calendar[order],
        years=variance[order],
    )
    return found, rank[place]
