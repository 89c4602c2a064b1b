"""The market of days that are over, set by hand: closes, openings, dividends and splits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from tools.domain.chain import Chain
from tools.domain.market import Snapshot
from tools.portfolio.fixings import ShareSplit
from tools.portfolio.settlement_price import ExpiryPrices


@dataclass
class Bells:
    """Implements `Fixings`: the same price at every bell until it is set anew; `nan` is not known."""

    closes: dict[str, float] = field(default_factory=dict)
    openings: dict[str, float] = field(default_factory=dict)
    paid: dict[tuple[str, date], float] = field(default_factory=dict)
    ratios: dict[str, ShareSplit] = field(default_factory=dict)

    def looks(self, first: date, last: date) -> Iterator[Snapshot]:
        return iter(())

    def chains(self, day: date, symbols: Iterable[str]) -> Mapping[str, Chain]:
        return {}

    def expiry_prices(self, underlying: str, expiry: date) -> ExpiryPrices:
        opening = self.openings.get(underlying, math.nan)
        return ExpiryPrices(opening_settlement=opening, close=self.close(underlying, expiry))

    def close(self, symbol: str, day: date) -> float:
        return self.closes.get(symbol, math.nan)

    def going_ex(self, symbol: str, day: date) -> float:
        return self.paid.get((symbol, day), 0.0)

    def splits(self, symbol: str, *, after: date, until: date) -> tuple[ShareSplit, ...]:
        found = self.ratios.get(symbol)
        return (found,) if found is not None and after < found.day <= until else ()
