"""The imported history as a history for the engine: looked at at the last snapshot of each session.

    catalog: days with quotes ─→ last instant of the day ─→ snapshot as it was known then
    daily prices ─→ closes, openings, dividends going ex; without them the spot of the day's last chain

A day without fresh quotes is left out and counted in `skipped`; what no daily price tells of a dividend is unknown.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property

import numpy as np

from tools.calendar.sessions import is_session
from tools.data.reference import lookup
from tools.data.store.daily import Bars
from tools.data.store.history import History
from tools.data.store.market import read_snapshot
from tools.data.store.payments import paid
from tools.domain.errors import DataError, InputError
from tools.domain.market import InstrumentKind, Snapshot
from tools.portfolio.settlement_price import ExpiryPrices

STEP = 1e-5
"""Factors that move less than this tell of nothing: bare closes, whose dividends are unknown."""


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

    def splits(self, first: date, last: date) -> dict[str, date]:
        """The first split of each underlying inside a window, as its daily prices tell it."""
        found: dict[str, date] = {}
        for symbol in self._symbols:
            bars = self._daily(symbol)
            if bars is None:
                continue
            steps = np.flatnonzero(np.abs(np.diff(bars.split_factor)) > STEP) + 1
            days = [bars.days[row].astype(object) for row in steps]
            inside = [day for day in days if first < day <= last]
            if inside:
                found[symbol] = inside[0]
        return found

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
        """The last known close before a day."""
        bars = self._daily(symbol)
        if bars is not None:
            place = int(np.searchsorted(bars.days, np.datetime64(day, "D"))) - 1
            if place >= 0 and not math.isnan(bars.close[place]):
                return float(bars.close[place])
        earlier = {each: spot for each, spot in self._spots.get(symbol, {}).items() if each < day}
        return earlier[max(earlier)] if earlier else math.nan

    def _daily(self, symbol: str) -> Bars | None:
        if symbol not in self._bars:
            self._bars[symbol] = self._history.daily.bars(symbol)
        return self._bars[symbol]


def _row(bars: Bars, day: date) -> int | None:
    wanted = np.datetime64(day, "D")
    row = int(np.searchsorted(bars.days, wanted))
    return row if row < len(bars) and bars.days[row] == wanted else None


def _tells(bars: Bars) -> bool:
    return bool(np.ptp(bars.dividend_factor) > STEP)
