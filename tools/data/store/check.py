"""How good a stored snapshot is, expiry by expiry: what was dropped, what is missing, how far the rest agrees.

rows of the snapshot ┬→ fates and completeness per expiry ┐
                     └→ chain → coherence per maturity    ┼→ SnapshotCheck
                              → 30-day vol, its standing  ┘


Completeness is the share of listed contracts with a usable quote. A contract is listed where a row names it
and it has not expired; rows that name none (unreadable, adjusted, of another underlying) list nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from tools.data.coherence import Coherence, cohere
from tools.data.measures import Measures, measure
from tools.data.quality import Fate
from tools.data.store.entries import Entry
from tools.data.store.history import History
from tools.data.store.vols import Standing, stand
from tools.domain.chain import SourceCounts

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
    """One snapshot, and each of its expiries; without a usable row its parts below are None."""

    underlying: str
    as_of: datetime
    feed: str
    counts: SourceCounts
    expiries: tuple[ExpiryCheck, ...]
    coherence: Coherence | None
    measures: Measures | None
    standing: Standing | None

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
    coherence, measures, standing = None, None, None
    if read is not None:
        coherence, measures = cohere(read.chain), measure(read.chain)
        standing = stand(history, entry.underlying, read.chain, measures, simulated=entry.simulated)
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
        own = [each for each in coherence.maturities if each.expiry == expiry] if coherence else []
        pairs, breaks = (sum(getattr(each, name) for each in own) for name in ("pairs", "breaks"))
        checks.append(
            ExpiryCheck(expiry, SourceCounts(rows, used, tally), size["len"], size["usable"], pairs, breaks)
        )
    return SnapshotCheck(
        underlying=entry.underlying,
        as_of=entry.as_of,
        feed=entry.feed,
        counts=entry.counts,
        expiries=tuple(checks),
        coherence=coherence,
        measures=measures,
        standing=standing,
    )
