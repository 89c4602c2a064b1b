"""What every source of market data offers. Concrete sources sit beside this file."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from tools.domain.market import Snapshot


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
