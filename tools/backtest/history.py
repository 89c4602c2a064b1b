"""What the engine asks of a history: the market at one instant of each session, and what things settled at."""

from __future__ import annotations

from typing import Protocol

from tools.portfolio.fixings import Fixings


class HistoricalMarket(Fixings, Protocol):
    """A market with a past."""

    @property
    def source(self) -> str:
        """Where it comes from, in words for the reader of a result."""
        ...
