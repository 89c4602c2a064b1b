"""A snapshot that a service or a simulation delivered goes into the history as it was seen.

Snapshot → each chain as a Taken → staged → published as one import
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from tools.data.files.terms import Terms
from tools.data.quality import Fate
from tools.data.store.entries import Entry, Import
from tools.data.store.history import History
from tools.data.store.intake import Taken
from tools.data.store.parts import conform
from tools.data.store.schema import QUOTES
from tools.domain.chain import Chain, SourceCounts, new_york_date
from tools.domain.market import Snapshot


class HistorySink:
    """Keeps what a watch sees in a history folder, opened for each snapshot: others may write between."""

    def __init__(self, folder: Path, *, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now

    def write(self, snapshot: Snapshot) -> SourceCounts:
        """Keep every chain; rows that were there before are counted as `kept_before`."""
        rows = sum(len(chain) for chain in snapshot.chains.values())
        with History.open(self._folder) as history:
            fresh = sum(entry.counts.used for entry in record(history, snapshot, now=self._now()))
        return SourceCounts(rows, fresh, {"kept_before": rows - fresh} if rows > fresh else {})


def record(history: History, snapshot: Snapshot, *, now: datetime) -> list[Entry]:
    """Keep every chain of a snapshot; what is new. The same snapshot twice changes nothing.

    A chain holds what the quality rules left: the rows they dropped are counted in the import, not kept.
    """
    with history.writing():
        known = history.catalog.import_of(snapshot.fingerprint)
        if known is not None:
            return []
        done = Import(
            id=snapshot.fingerprint,
            kind="snapshot",
            source=snapshot.source,
            format="snapshot",
            sha256=snapshot.fingerprint,
            imported_at=now,
            counts=snapshot.counts,
            notes=snapshot.notes,
        )
        staged: list[Entry] = []
        for chain in snapshot.chains.values():
            day = (taken_of(chain, simulated=snapshot.simulated),)
            staged += history.stage([day], source=chain.source, import_id=done.id, feed=chain.feed)
        return history.publish(done, staged)


def taken_of(chain: Chain, *, simulated: bool) -> Taken:
    """A chain as a snapshot of the history."""
    counts = SourceCounts(len(chain), len(chain))
    return Taken(
        underlying=chain.underlying,
        as_of=chain.as_of,
        day=new_york_date(chain.as_of),
        frame=_frame(chain),
        counts=counts,
        own=counts,
        style=chain.style,
        multiplier=chain.multiplier,
        quoted=bool(np.isfinite(chain.ask).any()),
        terms=Terms(chain.spot, chain.rate, chain.dividend_yield, ()),
        dividends=chain.dividends if chain.dividends_known else None,
        simulated=simulated,
    )


def _frame(chain: Chain) -> pl.DataFrame:
    columns = {
        "root": chain.root.tolist(),
        "expiry": chain.expiry.astype("datetime64[D]"),
        "right": chain.right,
        "strike": chain.strike,
        "bid": chain.bid,
        "ask": chain.ask,
        "last": chain.last,
        "volume": chain.volume,
        "open_interest": chain.open_interest,
        "iv": chain.feed_iv,
        "delta": chain.feed_delta,
        "filled": chain.filled,
    }
    constants = {"as_of": chain.as_of, "quoted": chain.as_of, "spot": chain.spot}
    said = {"fate": Fate.USED.value, "source": chain.source, "feed": chain.feed}
    frame = pl.DataFrame(columns).with_columns(
        **{name: pl.lit(value) for name, value in {**constants, **said}.items()}
    )
    return conform(frame, QUOTES)
