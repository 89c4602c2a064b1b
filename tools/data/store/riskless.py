"""The riskless rate that published series of the history tell at an instant, at the tenor of a chain.

    series of known quotation → values published by then, none older than ten days → continuously compounded
                              → straight line between tenors → the series that reaches nearest to the tenor

Series are quoted in conventions of their own (Federal Reserve, H.15 Selected Interest Rates): bills as a discount
of the face on 360 days, constant maturities as bond equivalents twice a year, overnight rates simply on 360 days.
A series whose convention is not known here is never taken for riskless: FRED has thousands that are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from tools.data.files.daily import DayKind
from tools.data.store.daily import DailyStore
from tools.domain.chain import FloatArray, new_york_date

_OLDEST = timedelta(days=10)
_FARTHEST = 1.0  # years between a series' tenor and the asked one
_OVERNIGHT = ("DFF", "EFFR", "OBFR", "SOFR")  # of any other a tenor of 0 is one that was not told
_CONVENTIONS: tuple[tuple[re.Pattern[str], Callable[[FloatArray, FloatArray], FloatArray]], ...] = (
    (re.compile(r"TREASURY|DGS\d+(MO)?"), lambda rate, tenor: 2 * np.log1p(rate / 2)),
    (re.compile(r"DTB\d+"), lambda rate, tenor: -np.log1p(-rate * tenor * 365 / 360) / tenor),
    (re.compile("|".join(_OVERNIGHT)), lambda rate, tenor: 365 * np.log1p(rate / 360)),
)


@dataclass(frozen=True, slots=True)
class Published:
    """A rate, continuously compounded decimal per year, as series `name` told it on `day`; `tenor` in years."""

    rate: float
    tenor: float
    name: str
    day: date


def riskless_names(daily: DailyStore) -> list[str]:
    """The stored series that tell a riskless rate."""
    return [name for name in daily.names(DayKind.RATES) if _convention(name) is not None]


def published_rate(daily: DailyStore, *, as_of: datetime, years: float) -> Published | None:
    """The rate for `years` as known at `as_of`; None where the history holds none that is near and recent."""
    found = sorted(_told(daily, as_of, years), key=lambda each: abs(each.tenor - years))
    return found[0] if found and abs(found[0].tenor - years) <= _FARTHEST else None


def _told(daily: DailyStore, as_of: datetime, years: float) -> Iterator[Published]:
    for name in riskless_names(daily):
        values, convert = daily.rates(name, until=as_of), _convention(name)
        if values is None or convert is None:
            continue
        day: date = values.days[-1].astype(object)
        if day < new_york_date(as_of) - _OLDEST:
            continue
        last = (values.days == values.days[-1]) & ((values.tenor > 0) | name.startswith(_OVERNIGHT))
        tenors = values.tenor[last]
        if len(tenors):
            tenor = float(np.clip(years, tenors[0], tenors[-1]))
            yield Published(float(np.interp(tenor, tenors, convert(values.rate[last], tenors))), tenor, name, day)


def _convention(name: str) -> Callable[[FloatArray, FloatArray], FloatArray] | None:
    return next((convert for pattern, convert in _CONVENTIONS if pattern.fullmatch(name)), None)
