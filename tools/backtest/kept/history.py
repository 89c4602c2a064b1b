"""A made market whose days are kept: read where they lie on disk, else made, used, and written.

day → on disk? ─┬─ yes → chains, what is known of them ─┐
                └─ no → made → written ─────────────────┴→ looked at → what was newly asked for → written

Known of a chain are its Greeks, and what criteria of the market alone left of it. While a day is looked at, the
files of the next are read and unpacked beside it.
"""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path

from tools.backtest.kept.day import enter_greeks, look_of, priced, write_greeks, write_look
from tools.backtest.kept.file import Kept, read_file
from tools.backtest.kept.identity import code, name_of
from tools.backtest.kept.sifted import enter_sifted, sifted, write_sifted
from tools.backtest.simulated import SimulatedHistory
from tools.domain.chain import Chain
from tools.domain.errors import InputError
from tools.domain.market import Snapshot
from tools.portfolio.fixings import ShareSplit
from tools.portfolio.settlement_price import ExpiryPrices

SPARE = 2 * 1024**3
"""Bytes that stay free on the disk: with fewer nothing more is kept."""


class KeptHistory:
    """`folder` holds one folder per market and version of the code; those of other versions are removed.

    Implements `HistoricalMarket`. `InputError` for a folder that cannot be written to.
    """

    def __init__(self, market: SimulatedHistory, folder: Path) -> None:
        self._market = market
        self.folder = folder / name_of(market.made_of)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for other in folder.iterdir():
                if other.is_dir() and not other.name.startswith(code()):
                    shutil.rmtree(other, ignore_errors=True)
        except OSError as error:
            raise InputError(
                f"Days cannot be kept in {folder} ({error.strerror}); make it writable, or run with --no-keep."
            ) from None

    @property
    def source(self) -> str:
        return self._market.source

    def looks(self, first: date, last: date) -> Iterator[Snapshot]:
        days = self._market.days(first, last)
        for day, (look, greeks, sieve) in zip(days, self._read_ahead(days), strict=True):
            snapshot = self._make(day) if look is None else look_of(look)
            known = enter_greeks(greeks, snapshot), enter_sifted(sieve, snapshot)
            yield snapshot
            if priced(snapshot) > known[0] and self._has_room():
                write_greeks(self._path(day, "greeks"), snapshot)
            if sifted(snapshot) > known[1] and self._has_room():
                write_sifted(self._path(day, "sifted"), snapshot)

    def chains(self, day: date, symbols: Iterable[str]) -> dict[str, Chain]:
        return self._market.chains(day, symbols)

    def expiry_prices(self, underlying: str, expiry: date) -> ExpiryPrices:
        return self._market.expiry_prices(underlying, expiry)

    def close(self, symbol: str, day: date) -> float:
        return self._market.close(symbol, day)

    def going_ex(self, symbol: str, day: date) -> float:
        return self._market.going_ex(symbol, day)

    def splits(self, symbol: str, *, after: date, until: date) -> tuple[ShareSplit, ...]:
        return self._market.splits(symbol, after=after, until=until)

    def _read_ahead(self, days: Iterable[date]) -> Iterator[tuple[Kept | None, ...]]:
        """The files of each day, those of the next on their way when one is handed out."""
        ahead: deque[Future[tuple[Kept | None, ...]]] = deque()
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="kept") as reader:
            for day in days:
                ahead.append(reader.submit(self._read, day))
                if len(ahead) > 1:
                    yield ahead.popleft().result()
            yield from (each.result() for each in ahead)

    def _read(self, day: date) -> tuple[Kept | None, ...]:
        return tuple(read_file(self._path(day, what)) for what in ("look", "greeks", "sifted"))

    def _make(self, day: date) -> Snapshot:
        snapshot = self._market.look(day)
        if self._has_room():
            write_look(self._path(day, "look"), snapshot)
        return snapshot

    def _path(self, day: date, what: str) -> Path:
        return self.folder / f"{day}.{what}.arrow"

    def _has_room(self) -> bool:
        room = os.statvfs(self.folder)
        return room.f_bavail * room.f_frsize > SPARE
