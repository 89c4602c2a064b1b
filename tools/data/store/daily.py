"""Daily prices and rates of the history: one file per symbol or rate, read as columns by date, never ahead of time.

A price is known from the close of its session; an index's last value is taken a quarter of an hour later. A rate
is known on the day after its own, when it is published.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from tools.calendar.sessions import previous_close
from tools.data.files.daily import Daily, DayFate, DayKind, missing_sessions
from tools.data.reference import lookup
from tools.data.store.catalog import Catalog
from tools.data.store.entries import Series
from tools.data.store.parts import Parts, conform, told
from tools.data.store.schema import BARS, RATES
from tools.domain.chain import FloatArray, new_york_date
from tools.domain.market import InstrumentKind

DayArray = npt.NDArray[np.datetime64]

_INDEX_SETTLES = timedelta(minutes=15)  # index options trade until 16:15, and the VIX with them


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Used bars, ascending by day; prices as traded, NaN where unknown.

    split_factor     times this a price compares with the last day of these bars
    dividend_factor  and times this its total return does
    """

    symbol: str
    days: DayArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    split_factor: FloatArray
    dividend_factor: FloatArray

    def __len__(self) -> int:
        return len(self.days)

    @property
    def split_adjusted(self) -> FloatArray:
        """Closes in shares of the last day: what an average or a chart compares."""
        return self.close * self.split_factor

    @property
    def total_return(self) -> FloatArray:
        """Closes with dividends reinvested, level with the last day's."""
        return self.split_adjusted * self.dividend_factor


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Used values of one rate, ascending by day and tenor: tenor in years, rate a decimal per year."""

    name: str
    days: DayArray
    tenor: FloatArray
    rate: FloatArray


class DailyStore:
    """The daily series of one history."""

    def __init__(self, parts: Parts, catalog: Catalog) -> None:
        self._parts = parts
        self._catalog = catalog

    def write(self, daily: Daily, *, import_id: str) -> Series:
        """Write a series joined with what is there, whose days the new ones replace; the catalog is told later."""
        schema = BARS if daily.kind is DayKind.BARS else RATES
        frame = conform(daily.frame, schema)
        held = self._frame(daily.kind, daily.name)
        if held is not None:
            if daily.kind is DayKind.BARS:
                held, frame = _levelled(held, frame)
            frame = pl.concat([held.join(frame, on="date", how="anti"), frame])
        frame = frame.sort("date", *(("tenor",) if "tenor" in schema else ()), maintain_order=True)
        used = frame.filter(pl.col("fate") == DayFate.USED.value)
        key = "symbol" if daily.kind is DayKind.BARS else "name"
        first, last = (used["date"].min(), used["date"].max()) if len(used) else (date.min, date.min)
        return Series(
            kind=daily.kind.value,
            name=daily.name,
            part=self._parts.write(f"{daily.kind.value}/{key}={daily.name}", frame),
            import_id=import_id,
            rows=used.height,
            first=first if isinstance(first, date) else date.min,
            last=last if isinstance(last, date) else date.min,
            missing=missing_sessions(frame),
        )

    def bars(self, symbol: str, *, until: datetime | None = None) -> Bars | None:
        """The bars known at `until` (all for None), None where the history has none.

        The factors are those of a reader at `until`: a later split or dividend is not in them.
        """
        frame = self._used(DayKind.BARS, symbol)
        if frame is None:
            return None
        if until is not None:
            frame = frame.filter(pl.col("date") <= _last_known(symbol, until))
        if frame.is_empty():
            return None
        columns = {each: frame[each].to_numpy() for each in BARS if each not in {"date", "fate"}}
        for factor in ("split_factor", "dividend_factor"):
            columns[factor] = columns[factor] / columns[factor][-1]
        return Bars(symbol=symbol, days=_days(frame), **columns)

    def rates(self, name: str, *, until: datetime | None = None) -> Rates | None:
        """The values published by `until` (all for None), None where the history has none."""
        frame = self._used(DayKind.RATES, name)
        if frame is not None and until is not None:
            frame = frame.filter(pl.col("date") < new_york_date(until))
        if frame is None or frame.is_empty():
            return None
        return Rates(name, _days(frame), frame["tenor"].to_numpy(), frame["rate"].to_numpy())

    def names(self, kind: DayKind) -> list[str]:
        """The series of the history."""
        return [each.name for each in self._catalog.all_series() if each.kind == kind.value]

    def frame(self, kind: DayKind, name: str) -> pl.DataFrame | None:
        """Every row of a series, the bad ones too with their fate."""
        return self._frame(kind, name)

    def _used(self, kind: DayKind, name: str) -> pl.DataFrame | None:
        frame = self._frame(kind, name)
        return None if frame is None else frame.filter(pl.col("fate") == DayFate.USED.value)

    def _frame(self, kind: DayKind, name: str) -> pl.DataFrame | None:
        series = self._catalog.series(kind.value, name)
        if series is None:
            return None
        path = self._parts.path(series.part)
        with told(path):
            return pl.read_parquet(path, hive_partitioning=False)


def _levelled(held: pl.DataFrame, new: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both with factors that compare with the same last day: the earlier ending one is scaled on a common day."""
    used = pl.col("fate") == DayFate.USED.value
    common = held.filter(used).join(new.filter(used), on="date", suffix="_new").sort("date").tail(1)
    if common.is_empty():
        return held, new
    ends = [frame.filter(used)["date"].max() for frame in (held, new)]
    day = common.row(0, named=True)
    ratios = {each: day[f"{each}_new"] / day[each] for each in ("split_factor", "dividend_factor") if day[each]}
    if ends[1] is not None and ends[0] is not None and str(ends[1]) >= str(ends[0]):
        return held.with_columns(pl.col(each) * ratio for each, ratio in ratios.items()), new
    return held, new.with_columns(pl.col(each) / ratio for each, ratio in ratios.items() if ratio)


def _last_known(symbol: str, until: datetime) -> date:
    """The last day whose bar was complete at `until`."""
    late = _INDEX_SETTLES if lookup(symbol).kind is InstrumentKind.INDEX else timedelta()
    return new_york_date(previous_close(until - late))


def _days(frame: pl.DataFrame) -> DayArray:
    return frame["date"].to_numpy().astype("datetime64[D]")
