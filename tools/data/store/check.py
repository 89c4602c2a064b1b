"""How good a stored snapshot is, expiry by expiry: what was dropped, what is missing, what breaks put-call parity.

Completeness is the share of listed contracts with a usable quote. A contract is listed where a row names it
and it has not expired; rows that name none (unreadable, adjusted, of another underlying) list nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl

from tools.calendar.expiries import expiry_instant, settlement_of
from tools.calendar.trading_time import Clock, year_fraction
from tools.data.quality import Fate
from tools.data.store.entries import Entry
from tools.data.store.history import History
from tools.domain.chain import BoolArray, Chain, SourceCounts
from tools.domain.contract import ExerciseStyle
from tools.pricing.rates import TICK, discount, parity_forward

TARGET = 0.95
"""Completeness below this is worth a look (spec A8)."""

_LISTS_NOTHING = [
    fate.value
    for fate in (
        Fate.UNPARSEABLE, Fate.AFTER_AS_OF, Fate.OTHER_DATE, Fate.MIXED, Fate.ADJUSTED, Fate.STRIKE, Fate.EXPIRED,
        Fate.CONTRADICTORY,
    )
]  # fmt: skip
_CONTRACT = ("root", "expiry", "right", "strike")


@dataclass(frozen=True, slots=True)
class ExpiryCheck:
    """One expiry of a snapshot: `expiry` is None for rows whose expiry could not be read.

    pairs   strikes quoted on both sides; `breaks` those whose bids and asks leave no room for put-call parity
    """

    expiry: date | None
    counts: SourceCounts
    listed: int
    usable: int
    pairs: int
    breaks: int

    @property
    def completeness(self) -> float | None:
        """None where nothing is listed."""
        return self.usable / self.listed if self.listed else None


@dataclass(frozen=True, slots=True)
class SnapshotCheck:
    """One snapshot, and each of its expiries."""

    underlying: str
    as_of: datetime
    feed: str
    counts: SourceCounts
    expiries: tuple[ExpiryCheck, ...]

    @property
    def listed(self) -> int:
        return sum(each.listed for each in self.expiries)

    @property
    def usable(self) -> int:
        return sum(each.usable for each in self.expiries)

    @property
    def completeness(self) -> float | None:
        """None where nothing is listed."""
        return self.usable / self.listed if self.listed else None

    @property
    def breaks(self) -> int:
        return sum(each.breaks for each in self.expiries)


def check(history: History, entry: Entry) -> SnapshotCheck:
    """Every expiry of one snapshot, the nearest first."""
    frame = history.rows(entry)
    read = history.read(entry.underlying, entry.as_of, feed=entry.feed)
    parity = {} if read is None else parity_breaks(read.chain)
    listed = frame.filter(~pl.col("fate").is_in(_LISTS_NOTHING)).group_by(_CONTRACT).agg(
        usable=(pl.col("fate") == Fate.USED.value).any()
    )  # fmt: skip
    sizes = {
        row["expiry"]: row for row in listed.group_by("expiry").agg(pl.len(), pl.col("usable").sum()).to_dicts()
    }
    fates: dict[date | None, dict[str, int]] = {}
    for row in frame.group_by("expiry", "fate").len().sort("expiry", "fate").to_dicts():
        fates.setdefault(row["expiry"], {})[row["fate"]] = row["len"]
    checks = []
    for expiry in sorted(fates, key=lambda day: day or date.max):
        tally = dict(fates[expiry])
        rows, used = sum(tally.values()), tally.pop(Fate.USED.value, 0)
        size = sizes.get(expiry, {"len": 0, "usable": 0})
        pairs, breaks = parity.get(expiry, (0, 0)) if expiry else (0, 0)
        checks.append(
            ExpiryCheck(expiry, SourceCounts(rows, used, tally), size["len"], size["usable"], pairs, breaks)
        )
    return SnapshotCheck(entry.underlying, entry.as_of, entry.feed, entry.counts, tuple(checks))


def parity_breaks(chain: Chain) -> dict[date, tuple[int, int]]:
    """Per expiry the strikes quoted on both sides, and those whose quotes leave put-call parity no room.

    European: bid(C) - ask(P) ≤ D·(F - K) ≤ ask(C) - bid(P), F the parity forward of the strikes near the money.
    American (Merton 1973): D·F - K ≤ C - P ≤ D·F - D·K with D·F the spot less the dividends to come.
    A tick is allowed for.
    """
    found: dict[date, tuple[int, int]] = {}
    quoted = (chain.bid > 0) & (chain.ask >= chain.bid) & ~chain.filled
    for root in np.unique(chain.root):
        for day in np.unique(chain.expiry[chain.root == root]):
            expiry = day.astype(object)
            pairs, breaks = _breaks(chain, quoted & (chain.root == root) & (chain.expiry == day), str(root), expiry)
            before = found.get(expiry, (0, 0))
            found[expiry] = (before[0] + pairs, before[1] + breaks)
    return found


def _breaks(chain: Chain, rows: BoolArray, root: str, expiry: date) -> tuple[int, int]:
    calls, puts = np.flatnonzero(rows & (chain.right > 0)), np.flatnonzero(rows & (chain.right < 0))
    strike, at_call, at_put = np.intersect1d(chain.strike[calls], chain.strike[puts], return_indices=True)
    calls, puts = calls[at_call], puts[at_put]
    years = year_fraction(chain.as_of, expiry_instant(expiry, settlement_of(root)), Clock.CALENDAR_365)
    ahead = parity_forward(strike=strike, call=chain.mid[calls], put=chain.mid[puts], years=years, rate=chain.rate)
    if not np.isfinite(ahead):
        return len(strike), 0
    paper = float(discount(rate=chain.rate, years=years))
    low = high = paper * (ahead - strike)
    if chain.style is ExerciseStyle.AMERICAN:
        edges = (paper * ahead - strike, paper * ahead - paper * strike)
        low, high = np.minimum(*edges), np.maximum(*edges)
    cheapest, dearest = chain.bid[calls] - chain.ask[puts], chain.ask[calls] - chain.bid[puts]
    return len(strike), int(((cheapest > high + TICK) | (dearest < low - TICK)).sum())
