"""Daily histories of prices and rates: what a file may hold, and which of its days may be used.

    unparseable → outside_calendar → predecessor → empty → not_positive → non_session → duplicated → used
    of a used bar: inconsistent, close_only mend it: its close stays, its open, high and low become unknown

A day has one fate; rows = used + the sum of all dropped. Rates keep days without a session, on which a
published rate is as good as on any other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import polars as pl

from tools.calendar.sessions import FIRST, LAST, schedule
from tools.domain.chain import SourceCounts

_RUN = 5  # sessions in a row whose open, high, low and close are one: the source had only closes
_BELIEVED = 1e-9  # relative; a high this much below the close is rounding


class DayKind(StrEnum):
    BARS = "bars"
    RATES = "rates"


class DayFate(StrEnum):
    """What becomes of a day. The value is the reason shown to people."""

    USED = "used"
    UNPARSEABLE = "unparseable"
    OUTSIDE = "outside_calendar"
    PREDECESSOR = "predecessor"
    EMPTY = "empty"
    NOT_POSITIVE = "not_positive"
    NON_SESSION = "non_session"
    DUPLICATED = "duplicated"


@dataclass(frozen=True, slots=True, eq=False)
class Daily:
    """One symbol's prices or one rate's values, every row with its fate.

    `frame` has the columns date, open, high, low, close, volume, split_factor, dividend_factor, fate (bars) or
    date, tenor, rate, fate (rates); `mended` counts used bars by the rule that took part of them; `missing` the
    sessions between first and last day without a used row.
    """

    kind: DayKind
    name: str
    frame: pl.DataFrame
    counts: SourceCounts
    mended: dict[str, int] = field(default_factory=dict)
    missing: int = 0
    notes: tuple[str, ...] = ()

    @property
    def used(self) -> pl.DataFrame:
        """The rows that may be used, as they stand in the file."""
        return self.frame.filter(pl.col("fate") == DayFate.USED.value)


def judge_bars(
    name: str,
    frame: pl.DataFrame,
    *,
    foreign: npt.NDArray[np.bool_] | None = None,
    notes: tuple[str, ...] = (),
) -> Daily:
    """Bars with the columns of `Daily.frame` but `fate`; a null date is one that could not be read.

    `foreign` marks days on which the name belonged to another company.
    """
    prices = frame.select(pl.col("open", "high", "low", "close").fill_null(float("nan"))).to_numpy()
    closes = prices[:, 3]
    fates = _fates(
        frame["date"],
        (DayFate.PREDECESSOR, np.zeros(len(closes), dtype=np.bool_) if foreign is None else foreign),
        (DayFate.EMPTY, np.isnan(closes)),
        (DayFate.NOT_POSITIVE, ~(np.isfinite(closes) & (closes > 0))),
        (DayFate.NON_SESSION, ~_on_sessions(frame["date"])),
    )
    used = fates == DayFate.USED
    low, high = prices.min(axis=1), prices.max(axis=1)
    wrong = used & ((prices[:, 1] < high * (1 - _BELIEVED)) | (prices[:, 2] > low * (1 + _BELIEVED)) | (low <= 0))
    flat = _in_runs(used & (prices == closes[:, None]).all(axis=1))
    unknown = pl.Series(wrong | flat)
    mended = frame.with_columns(
        pl.when(unknown).then(None).otherwise(pl.col(column)).alias(column) for column in ("open", "high", "low")
    )
    rules = {"inconsistent": int((wrong & ~flat).sum()), "close_only": int(flat.sum())}
    return _daily(DayKind.BARS, name, mended, fates, {rule: days for rule, days in rules.items() if days}, notes)


def judge_rates(name: str, frame: pl.DataFrame, *, notes: tuple[str, ...] = ()) -> Daily:
    """Rates with the columns of `Daily.frame` but `fate`, in decimals per year; they may be negative."""
    values = frame["rate"].fill_null(float("nan")).to_numpy()
    fates = _fates(
        frame["date"],
        (DayFate.EMPTY, np.isnan(values)),
        (DayFate.UNPARSEABLE, ~(np.abs(values) < 1)),
        key=frame["tenor"].to_numpy(),
    )
    return _daily(DayKind.RATES, name, frame, fates, {}, notes)


def _fates(
    days: pl.Series,
    *rules: tuple[DayFate, npt.NDArray[np.bool_]],
    key: npt.NDArray[np.float64] | None = None,
) -> npt.NDArray[np.str_]:
    fates = np.full(len(days), DayFate.USED.value, dtype="<U16")
    unread = (DayFate.UNPARSEABLE, days.is_null().to_numpy())
    outside = (DayFate.OUTSIDE, (~days.is_between(FIRST, LAST)).fill_null(False).to_numpy())
    for fate, holds in (unread, outside, *rules):
        fates[(fates == DayFate.USED) & holds] = fate.value
    used = np.flatnonzero(fates == DayFate.USED)
    numbers = days.to_physical().fill_null(0).to_numpy()[used]
    tenors = np.zeros(len(used)) if key is None else key[used]
    order = np.lexsort((used, tenors, numbers))
    again = (numbers[order][1:] == numbers[order][:-1]) & (tenors[order][1:] == tenors[order][:-1])
    fates[used[order[1:][again]]] = DayFate.DUPLICATED.value
    return fates


def _daily(
    kind: DayKind,
    name: str,
    frame: pl.DataFrame,
    fates: npt.NDArray[np.str_],
    mended: dict[str, int],
    notes: tuple[str, ...],
) -> Daily:
    values, sizes = np.unique(fates, return_counts=True)
    tally = {str(fate): int(size) for fate, size in zip(values, sizes, strict=True)}
    used = tally.pop(DayFate.USED.value, 0)
    judged = frame.with_columns(pl.Series("fate", fates.tolist(), dtype=pl.String))
    return Daily(kind, name, judged, SourceCounts(len(fates), used, tally), mended, missing_sessions(judged), notes)


def missing_sessions(frame: pl.DataFrame) -> int:
    """Sessions between the first and the last used day that have none."""
    days = frame.filter(pl.col("fate") == DayFate.USED.value)["date"].unique().sort()
    if days.is_empty():
        return 0
    known = days.to_numpy().astype("datetime64[D]")
    sessions = schedule().days
    due = sessions[(sessions >= known[0]) & (sessions <= known[-1])]
    return int((~np.isin(due, known)).sum())


def _on_sessions(days: pl.Series) -> npt.NDArray[np.bool_]:
    return np.isin(days.to_numpy().astype("datetime64[D]"), schedule().days)


def _in_runs(flat: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Where `flat` holds at least `_RUN` times in a row."""
    padded = np.concatenate([[False], flat, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    marked = np.zeros(len(flat), dtype=np.bool_)
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        marked[start:end] = end - start >= _RUN
    return marked
