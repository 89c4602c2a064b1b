"""What drives the simulated past: the daily closes of the market index, real, imported or invented.

    sp500()          the real S&P 500, 1999-2018, of the package `arch`
    from_columns()   the user's own history, with its volatility index and bill rate where there are any
    invented()       a GJR-GARCH path of a seed, for a machine without either

Only the index is real at most: everything the past makes of it is simulated and says so.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
from dataclasses import dataclass, replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tools.calendar.sessions import schedule, sessions_between
from tools.data.simulated.noise import FloatArray, stream
from tools.domain.errors import InputError

FEWEST = 2  # sessions: a price now and the close before it
FIRST, LAST = date(1999, 1, 4), date(2018, 12, 31)  # what `arch` carries, and what is invented without it
# GJR-GARCH(1,1) of daily S&P 500 returns, in the usual range of Glosten, Jagannathan and Runkle (Journal of
# Finance 48, 1993): variance = ω + (α + γ·[return < 0])·return² + β·variance, 17 % a year in the long run.
ALPHA, GAMMA, BETA, LONG_RUN, DRIFT, TAIL, LEVEL = 0.01, 0.15, 0.90, 0.17, 0.04, 8, 1228.10


@dataclass(frozen=True, eq=False)
class Driver:
    """One row per session, in order and without a gap. `close` money, `vix` points, `rate` decimal per year.

    A NaN in `vix` or `rate` is unknown: the past then makes its own, from closes up to that day.
    `description` says where the closes come from.
    """

    description: str
    sessions: npt.NDArray[np.datetime64]
    close: FloatArray
    vix: FloatArray
    rate: FloatArray

    @property
    def digest(self) -> str:
        """The SHA-256 of its columns."""
        columns = (self.sessions.astype("datetime64[D]").astype(np.int64), self.close, self.vix, self.rate)
        return hashlib.sha256(b"".join(np.ascontiguousarray(column).tobytes() for column in columns)).hexdigest()

    def until(self, day: date) -> Driver:
        """The history up to `day`, as if nothing had happened since."""
        rows = int(np.searchsorted(self.sessions, np.datetime64(day), side="right"))
        columns = {name: getattr(self, name)[:rows] for name in ("sessions", "close", "vix", "rate")}
        return replace(self, **columns)


def from_columns(
    *,
    sessions: npt.ArrayLike,
    close: npt.ArrayLike,
    description: str,
    vix: npt.ArrayLike | None = None,
    rate: npt.ArrayLike | None = None,
) -> Driver:
    """A driver from columns of length n: dates, index closes, volatility index (points), bill rate (decimal).

    `InputError` where a session of the exchange is missing, a date is none, or a value cannot be used.
    """
    days = np.asarray(sessions, dtype="datetime64[D]")
    closes = np.asarray(close, dtype=np.float64)
    unknown = np.full(len(days), np.nan)
    levels = unknown if vix is None else np.asarray(vix, dtype=np.float64)
    rates = unknown if rate is None else np.asarray(rate, dtype=np.float64)
    if len(days) < FEWEST or not closes.shape == levels.shape == rates.shape == days.shape:
        raise InputError(
            f"A driver needs columns of one length, {FEWEST} sessions or more; these are {len(days)} dates, "
            f"{len(closes)} closes, {len(levels)} VIX levels and {len(rates)} rates."
        )
    _refuse_gaps(days)
    _refuse_levels(days, closes, what="close", known=np.ones(len(days), dtype=np.bool_))
    _refuse_levels(days, levels, what="VIX", known=~np.isnan(levels))
    return Driver(description=description, sessions=days, close=closes, vix=levels, rate=rates)


def sp500() -> Driver:
    """The real S&P 500 from 1999 to 2018; `InputError` where `arch` is not installed.

    Its file is read where the package keeps it: importing `arch` itself takes a second more.
    """
    package = find_spec("arch")
    places = package.submodule_search_locations if package else None
    path = Path(next(iter(places or [""]))) / "data" / "sp500" / "sp500.csv.gz"
    if package is None or not path.exists():
        raise InputError(
            "The S&P 500 closes that drive the simulated past come with the package arch, which is not installed; "
            'install it with: pip install "thetagate[past]". Or set market.driver to "history" (SPX that you '
            'imported) or "invented".'
        )
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return from_columns(
        sessions=np.array([_iso(row["Date"]) for row in rows], dtype="datetime64[D]"),
        close=[float(row["Adj Close"]) for row in rows],
        description="the real S&P 500, daily closes 1999-2018",
    )


def _iso(day: str) -> str:
    """12/31/2018 as 2018-12-31."""
    month, number, year = day.split("/")
    return f"{year}-{month:0>2}-{number:0>2}"


def invented(*, seed: int, first: date = FIRST, last: date = LAST) -> Driver:
    """A path of the index that never was, over the sessions from `first` to `last`."""
    days = np.array(sessions_between(first, last), dtype="datetime64[D]")
    draws = stream(seed, "past driver").standard_t(TAIL, len(days)) * np.sqrt((TAIL - 2) / TAIL)
    long_run = LONG_RUN**2 / 252
    variance, log_close = long_run, np.empty(len(days))
    log_close[0] = np.log(LEVEL)
    for row in range(1, len(days)):
        shock = np.sqrt(variance) * draws[row]
        log_close[row] = log_close[row - 1] + DRIFT / 252 + shock
        pull = ALPHA + (GAMMA if shock < 0 else 0.0)
        variance = (1 - ALPHA - GAMMA / 2 - BETA) * long_run + pull * shock**2 + BETA * variance
    return from_columns(
        sessions=days, close=np.round(np.exp(log_close), 2), description=f"an invented index path, seed {seed}"
    )


def _refuse_gaps(days: npt.NDArray[np.datetime64]) -> None:
    exchange = schedule().days
    inside = exchange[(exchange >= days[0]) & (exchange <= days[-1])]
    if np.array_equal(inside, days):
        return
    if np.any(np.diff(days).astype(np.int64) <= 0):
        raise InputError("The dates of a driver must rise; sort them and drop the doubles.")
    odd = np.setdiff1d(days, inside)
    if len(odd):
        raise InputError(f"{odd[0]} is no session of the New York Stock Exchange; drop it from the driver.")
    raise InputError(f"The driver misses the session of {np.setdiff1d(inside, days)[0]}; a past has no gaps.")


def _refuse_levels(
    days: npt.NDArray[np.datetime64], levels: FloatArray, *, what: str, known: npt.NDArray[np.bool_]
) -> None:
    wrong = known & ~(np.isfinite(levels) & (levels > 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(f"The {what} of {days[row]} is {levels[row]}; it must be a price above 0.")
