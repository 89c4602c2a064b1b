"""What the engine asks of a history: the market at one instant of each session, and what things settled at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple, Protocol

from tools.domain.market import Snapshot
from tools.portfolio.settlement_price import ExpiryPrices


class ShareSplit(NamedTuple):
    """At the open of `day` there are n shares for every m; m for n of the price."""

    day: date
    n: int
    m: int


class HistoricalMarket(Protocol):
    """A market with a past. Nothing it tells of a day may depend on a later one."""

    @property
    def source(self) -> str:
        """Where it comes from, in words for the reader of a result."""
        ...

    def looks(self, first: date, last: date) -> Iterator[Snapshot]:
        """One snapshot per session from `first` to `last`, oldest first; a session without quotes is left out."""
        ...

    def expiry_prices(self, underlying: str, expiry: date) -> ExpiryPrices:
        """What is known of an underlying about an expiry day that is over."""
        ...

    def close(self, symbol: str, day: date) -> float:
        """The closing price per share, `nan` where unknown."""
        ...

    def going_ex(self, symbol: str, day: date) -> float:
        """Cash per share that goes ex at the open of `day`, 0 for none, `nan` where the history cannot tell."""
        ...

    def splits(self, symbol: str, *, after: date, until: date) -> tuple[ShareSplit, ...]:
        """Splits of the shares from the day after `after` up to `until`, oldest first."""
        ...
