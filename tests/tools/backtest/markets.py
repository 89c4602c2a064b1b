"""Small histories for the engine, and ways to spoil them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from tools.backtest.history import HistoricalMarket
from tools.backtest.plan import Plan
from tools.backtest.simulated import SimulatedHistory
from tools.books.load import shipped_book
from tools.data.simulated.past import SimulatedPast, invented
from tools.domain.chain import new_york_date
from tools.domain.market import Snapshot
from tools.portfolio.fixings import ShareSplit
from tools.portfolio.settlement_price import ExpiryPrices

FIRST, LAST = date(2008, 9, 2), date(2008, 10, 17)


@lru_cache
def small_past() -> SimulatedHistory:
    """One fund through a storm, its looks made once."""
    return SimulatedHistory(SimulatedPast(driver=invented(seed=23), symbols=("SPY",)))


@lru_cache
def looks(first: date, last: date) -> tuple[Snapshot, ...]:
    return tuple(small_past().looks(first, last))


@dataclass(frozen=True)
class Spoilt:
    """The small past with every look passed through `change`, which may drop it (None)."""

    change: Callable[[Snapshot], Snapshot | None] = lambda snapshot: snapshot
    under: HistoricalMarket | None = None

    @property
    def source(self) -> str:
        return "spoilt"

    def looks(self, first: date, last: date) -> Iterator[Snapshot]:
        for snapshot in looks(FIRST, LAST):
            if first <= new_york_date(snapshot.as_of) <= last and (changed := self.change(snapshot)) is not None:
                yield changed

    def expiry_prices(self, underlying: str, expiry: date) -> ExpiryPrices:
        return small_past().expiry_prices(underlying, expiry)

    def close(self, symbol: str, day: date) -> float:
        return small_past().close(symbol, day)

    def going_ex(self, symbol: str, day: date) -> float:
        return small_past().going_ex(symbol, day)

    def splits(self, symbol: str, *, after: date, until: date) -> tuple[ShareSplit, ...]:
        return ()


def without_chain(snapshot: Snapshot, symbol: str) -> Snapshot:
    """A day on which nobody quotes an underlying."""
    return replace(snapshot, chains={name: chain for name, chain in snapshot.chains.items() if name != symbol})


def dearer(snapshot: Snapshot, factor: float) -> Snapshot:
    """Every quote times `factor`."""
    chains = {
        name: replace(chain, bid=chain.bid * factor, ask=chain.ask * factor)
        for name, chain in snapshot.chains.items()
    }
    return replace(snapshot, chains=chains, fingerprint=f"{snapshot.fingerprint}×{factor}")


def plan_of(*names: str, last: date = LAST, **changes: object) -> Plan:
    return Plan.model_validate(
        {"books": tuple(shipped_book(name) for name in names), "first": FIRST, "last": last, **changes}
    )
