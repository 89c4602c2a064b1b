"""What held legs were seen at, and the mean that a spike of volatility is measured against (spec F7).

    views of a look → the vol of each first leg sold → one per New York day → the mean of the last 30 days before

The last look of a day stands for it. A vol belongs to the clock it was taken on: books on different clocks see the
same quote at different ones. Fewer than 30 days are no mean: it is unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from tools.calendar.trading_time import Clock
from tools.domain.chain import new_york_date
from tools.portfolio.trade_view import TradeView

DAYS = 30
"""Days over which a contract's volatility is averaged (spec F7: its 30-day mean)."""


@dataclass(frozen=True, slots=True)
class SeenVol:
    """The implied vol of a contract at one look, decimal per √year of `clock`."""

    symbol: str
    clock: Clock
    at: datetime
    vol: float

    @property
    def day(self) -> date:
        return new_york_date(self.at)


def seen_vols(views: Iterable[TradeView], *, clock: Clock) -> tuple[SeenVol, ...]:
    """Of the first leg that each trade has sold, where its vol is known. `views` are on `clock`."""
    known = {
        view.shorts[0].leg.contract.occ: SeenVol(view.shorts[0].leg.contract.occ, clock, view.as_of, view.iv)
        for view in views
        if view.iv is not None and view.shorts
    }
    return tuple(known.values())


@dataclass(slots=True)
class VolMemory:
    """`kept` by clock and OCC symbol: the vol of each day, the oldest first."""

    kept: dict[tuple[Clock, str], dict[date, float]] = field(default_factory=dict)

    def see(self, seen: Iterable[SeenVol]) -> None:
        """Looks come in the order of time."""
        for each in seen:
            days = self.kept.setdefault((each.clock, each.symbol), {})
            days[each.day] = each.vol
            if len(days) > DAYS + 1:  # those of a mean, and today
                del days[next(iter(days))]

    def means(self, *, clock: Clock, today: date) -> dict[str, float]:
        """By OCC symbol, over the last 30 days before `today` on which it was seen; none where there are fewer."""
        earlier = {
            symbol: [vol for day, vol in days.items() if day < today]
            for (taken_on, symbol), days in self.kept.items()
            if taken_on is clock
        }
        return {symbol: sum(vols[-DAYS:]) / DAYS for symbol, vols in earlier.items() if len(vols) >= DAYS}

    def keep(self, held: Collection[str]) -> None:
        """Forget what is no longer held."""
        self.kept = {key: days for key, days in self.kept.items() if key[1] in held}

    def rename(self, renamed: Mapping[str, str]) -> None:
        """A split gives contracts new symbols."""
        self.kept = {(clock, renamed.get(each, each)): days for (clock, each), days in self.kept.items()}
