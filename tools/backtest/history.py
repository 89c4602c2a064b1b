"""What the engine asks of a history: the market at one instant of each session, and what contracts settled at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Protocol

from tools.domain.chain import Dividend
from tools.domain.market import Snapshot


class HistoricalMarket(Protocol):
    """A market with a past. Nothing it tells of a day may depend on a later one."""

    def looks(self, first: date, last: date) -> Iterator[Snapshot]:
        """One snapshot per session from `first` to `last`, oldest first; a session without quotes is left out."""
        ...

    def settlement(self, root: str, underlying: str, expiry: date) -> float | None:
        """What contracts of `root` that end on `expiry` settle at; None where the history does not know.

        The opening settlement for am-settled roots, else the close of that day.
        """
        ...

    def dividends(self, symbol: str, day: date) -> tuple[Dividend, ...]:
        """Cash dividends of a symbol with their ex-date on `day`."""
        ...
