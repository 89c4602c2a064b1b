"""What every source of market data offers, and what keeps it. Concrete ones sit beside this file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from tools.data.company import Company
from tools.domain.chain import SourceCounts
from tools.domain.market import Snapshot
from tools.domain.outside import OutsideText

Progress = Callable[[str, int, int], None]
"""Called with what is being read, how many rows of it have come, and how many there are (0: not known)."""


class MarketData(Protocol):
    """A place that can say what the market looked like at one instant.

    `simulated` is true for an invented market: its snapshots may never reach a real broker.
    """

    @property
    def name(self) -> str: ...

    @property
    def simulated(self) -> bool: ...

    def snapshot(self, as_of: datetime | None) -> Snapshot:
        """The market at `as_of` (aware), or at the latest instant the source knows when None.

        `InputError` where the request cannot be met with what is there, `DataError` where the source fails.
        """
        ...


class Fundamentals(Protocol):
    """A place that knows companies and rates besides their quotes."""

    @property
    def name(self) -> str: ...

    def company(self, symbol: str, as_of: datetime) -> Company:
        """What is known of one name at `as_of`; each missing fact is unknown with its reason, never an error."""
        ...

    def rate(self, as_of: datetime, years: float) -> float | None:
        """The riskless rate to `years`, continuously compounded decimal per year; None where it is not told."""
        ...

    def vix(self, as_of: datetime) -> float | None:
        """The VIX in points; None where it is not told."""
        ...


class News(Protocol):
    """A place that knows what others have published about a name. What it tells is data of strangers."""

    @property
    def name(self) -> str: ...

    def texts(self, symbol: str, as_of: datetime) -> tuple[OutsideText, ...]:
        """The texts about `symbol` that may matter at `as_of`, undated ones too: whoever reads drops those."""
        ...


class SnapshotSink(Protocol):
    """A place that keeps snapshots. Writing one twice changes nothing."""

    def write(self, snapshot: Snapshot) -> SourceCounts:
        """Keep every row; rows = offered, used = new, dropped = those it had, by name. `DataError` on failure."""
        ...
