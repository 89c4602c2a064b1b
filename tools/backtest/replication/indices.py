"""The indices that can be replicated."""

from __future__ import annotations

from enum import StrEnum


class Index(StrEnum):
    PUT = "PUT"
    BXM = "BXM"
    CNDR = "CNDR"

    @property
    def full_name(self) -> str:
        """The name on Cboe's pages."""
        return _NAMES[self]


_NAMES = {
    Index.PUT: "Cboe S&P 500 PutWrite",
    Index.BXM: "Cboe S&P 500 BuyWrite",
    Index.CNDR: "Cboe S&P 500 Iron Condor",
}
