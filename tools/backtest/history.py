"""What the engine asks of a history: the market at one instant of each session, and what things settled at."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple, Protocol

from tools.portfolio.fixings import Fixings


class ShareSplit(NamedTuple):
    """At the open of `day` there are n shares for every m; m for n of the price."""

    day: date
    n: int
    m: int


class HistoricalMarket(Fixings, Protocol):
    """A market with a past."""

    @property
    def source(self) -> str:
        """Where it comes from, in words for the reader of a result."""
        ...

    def splits(self, symbol: str, *, after: date, until: date) -> tuple[ShareSplit, ...]:
        """Splits of the shares from the day after `after` up to `until`, oldest first."""
        ...
