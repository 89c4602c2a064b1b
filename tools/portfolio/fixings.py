"""What a market tells of a day that is over: closes, what went ex, what options settle against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple, Protocol

from tools.domain.chain import Chain
from tools.domain.market import Snapshot
from tools.portfolio.settlement_price import ExpiryPrices


class ShareSplit(NamedTuple):
    """At the open of `day` there are n shares for every m; m for n of the price."""

    day: date
    n: int
    m: int


class Fixings(Protocol):
    """Nothing it tells of a day may depend on a later one."""

    def looks(self, first: date, last: date) -> Iterator[Snapshot]:
        """One snapshot per session from `first` to `last`, oldest first; a session without quotes is left out."""
        ...

    def chains(self, day: date, symbols: Iterable[str]) -> Mapping[str, Chain]:
        """What a look at `day` shows of these underlyings, without the cost of the others; those it shows."""
        ...

    def expiry_prices(self, underlying: str, expiry: date) -> ExpiryPrices:
        """What is known of an underlying about an expiry day that is over."""
        ...

    def close(self, symbol: str, day: date) -> float:
        """The closing price per share, `nan` where unknown."""
        ...

    def going_ex(self, symbol: str, day: date) -> float:
        """Cash per share that goes ex at the open of `day`, 0 for none, `nan` where nobody can tell."""
        ...

    def splits(self, symbol: str, *, after: date, until: date) -> tuple[ShareSplit, ...]:
        """Splits of the shares from the day after `after` up to `until`, oldest first."""
        ...
