"""The imported history as a history for the engine: looked at at the last snapshot of each session.

    catalog: days with quotes ─→ last instant of the day ─→ snapshot as it was known then
    daily prices ─→ closes, openings, dividends going ex; without them the spot of the day's last chain

A day without fresh quotes is left out and counted in `skipped`; what no daily price tells of a dividend is unknown.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property

import numpy as np

from tools.calendar.sessions import is_session
from tools.data.reference import lookup
from tools.data.store.daily import Bars
from tools.data.store.history import History
from tools.data.store.market import read_snapshot
from tools.data.store.payments import paid
from tools.domain.chain import Chain
from tools.domain.errors import DataError, InputError
from tools.domain.market import InstrumentKind, Snapshot
from tools.portfolio.fixings import ShareSplit
from tools.portfolio.settlement_price import ExpiryPrices

STEP = 1e-5
"""Factors that move less than this tell of nothing: bare closes, whose dividends are unknown."""

MOST, ROUNDING = 30, 2e-5
"""Of shares in an uneven ratio (21 for 20 is a stock dividend of 5 %), and of factors told with six digits."""


class StoredHistory:
    """`symbols` keeps it to some underlyings, all for none named. `InputError` for one that it has no quotes of."""

    def __init__(self, history: History, *, symbols: tuple[str, ...] = ()) -> None:
        listed = history.underlyings()
        missing = [symbol for symbol in symbols if symbol not in listed]
        if missing:
            raise InputError(
                f"The history in {history.folder} has no quotes of {', '.join(missing)}; "
                f"it has {', '.join(listed) or 'none'}."
            )
        self._history, self._symbols = history, symbols or tuple(listed)
        self._bars: dict[str, Bars | None] = {}
        self._paid: dict[str, dict[date, float]] = {}
        self.skipped: Counter[str] = Counter()

    @property
    def source(self) -> str:
        return "the imported history, looked at at the last snapshot of each session"

    @property
    def symbols(self) -> tuple[str, ...]:
        return self._symbols

    def looks(self, first: date, last: date) -> Iterator[Snapshot]:
        for day, instant in sorted(self._instants.items()):
            if not first <= day <= last:
                continue
            if not is_session(day):
                self.skipped["days with quotes that are no session"] += 1
                continue
            try:
                yield read_snapshot(self._history, instant, symbols=self._symbols)
            except DataError:
                self.skipped["days without fresh quotes"] += 1

    def chains(self, day: date, symbols: Iterable[str]) -> dict[str, Chain]:
        instant, wanted = self._instants.get(day), tuple(each for each in symbols if each in self._symbols)
        if instant is None or not wanted:
            return {}
        try:
            return read_snapshot(self._history, instant, symbols=wanted).chains
        except DataError:
            return {}

    def splits(self, symbol: str, *, after: date, until: date) -> tuple[ShareSplit, ...]:
        told = self._steps(symbol, after=after, until=until)
        return tuple(ShareSplit(day, *ratio) for day, factor in told if (ratio := whole_ratio(factor)) is not None)

    def unclear(self, *, after: date, until: date) -> dict[str, tuple[date, float]]:
        """The first change of each underlying's shares in a window that is no split of n for m, and its factor."""
        found: dict[str, tuple[date, float]] = {}
        for symbol in self._symbols:
            for day, factor in self._steps(symbol, after=after, until=until):
                if whole_ratio(factor) is None:
                    found.setdefault(symbol, (day, factor))
        return found

    def _steps(self, symbol: str, *, after: date, until: date) -> list[tuple[date, float]]:
        """Days on which the daily prices change their basis, and how many shares of then make one of before."""
        bars = self._daily(symbol)
        if bars is None:
            return []
        rows = np.flatnonzero(np.abs(np.diff(bars.split_factor)) > STEP) + 1
        steps = [
            (bars.days[row].astype(object), bars.split_factor[row] / bars.split_factor[row - 1]) for row in rows
        ]
        return [(day, float(factor)) for day, factor in steps if after < day <= until]

    def expiry_prices(self, underlying: str, expiry: date) -> ExpiryPrices:
        bars = self._daily(underlying)
        row = None if bars is None else _row(bars, expiry)
        return ExpiryPrices(
            opening=math.nan if bars is None or row is None else float(bars.open[row]),
            close=self.close(underlying, expiry),
            earlier_close=self._before(underlying, expiry),
        )

    def close(self, symbol: str, day: date) -> float:
        """Of the daily prices, else the spot of that day's last chain."""
        bars = self._daily(symbol)
        row = None if bars is None else _row(bars, day)
        if bars is not None and row is not None and not math.isnan(bars.close[row]):
            return float(bars.close[row])
        return self._spots.get(symbol, {}).get(day, math.nan)

    def going_ex(self, symbol: str, day: date) -> float:
        if lookup(symbol).kind is InstrumentKind.INDEX:
            return 0.0
        bars = self._daily(symbol)
        if bars is None or not bars.days[0] <= np.datetime64(day, "D") <= bars.days[-1] or not _tells(bars):
            return math.nan
        if symbol not in self._paid:
            self._paid[symbol] = {each.ex_date: each.cash for each in paid(bars)}
        row = _row(bars, day)
        # what was paid is told in shares of the last day; a holder of that time had others
        share = 1.0 if row is None else float(bars.split_factor[row])
        return self._paid[symbol].get(day, 0.0) / share

    @cached_property
    def _instants(self) -> dict[date, datetime]:
        """The last instant of each New York day at which any of the underlyings has a usable snapshot."""
        found: dict[date, datetime] = {}
        for symbol in self._symbols:
            for entry in self._history.catalog.entries(symbol):
                if entry.counts.used:
                    found[entry.day] = max(entry.as_of, found.get(entry.day, entry.as_of))
        return found

    @cached_property
    def _spots(self) -> dict[str, dict[date, float]]:
        return {
            symbol: {
                entry.day: entry.spot
                for entry in self._history.catalog.entries(symbol)
                if entry.spot is not None and entry.counts.used
            }
            for symbol in self._symbols
        }

    def _before(self, symbol: str, day: date) -> float:
        """The last known close before a day, in the shares of that day."""
        bars = self._daily(symbol)
        if bars is not None:
            here = int(np.searchsorted(bars.days, np.datetime64(day, "D")))
            place, basis = here - 1, bars.split_factor[min(here, len(bars) - 1)]
            if place >= 0 and not math.isnan(bars.close[place]):
                return float(bars.close[place] * bars.split_factor[place] / basis)
        earlier = {each: spot for each, spot in self._spots.get(symbol, {}).items() if each < day}
        return earlier[max(earlier)] if earlier else math.nan

    def _daily(self, symbol: str) -> Bars | None:
        if symbol not in self._bars:
            self._bars[symbol] = self._history.daily.bars(symbol)
        return self._bars[symbol]


def whole_ratio(factor: float) -> tuple[int, int] | None:
    """(n, m) of an n-for-m split; None for a factor that is none, as a spin-off's."""
    near = (
        Fraction(factor).limit_denominator(MOST)
        if factor >= 1
        else 1 / Fraction(1 / factor).limit_denominator(MOST)
    )
    n, m = near.numerator, near.denominator
    if abs(factor * m / n - 1) > ROUNDING or (min(n, m) > 1 and max(n, m) > MOST):
        return None
    return n, m


def _row(bars: Bars, day: date) -> int | None:
    wanted = np.datetime64(day, "D")
    row = int(np.searchsorted(bars.days, wanted))
    return row if row < len(bars) and bars.days[row] == wanted else None


def _tells(bars: Bars) -> bool:
    return bool(np.ptp(bars.dividend_factor) > STEP)
