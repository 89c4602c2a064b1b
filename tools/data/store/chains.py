"""A stored snapshot as the house's chain: the used rows as they lie, and the terms of the asked instant.

its own instant   → the terms it was imported with; anew where the history knows more by then
a later one       → rows still fresh and alive → their terms
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from tools.calendar.expiries import expiry_instant, settlement_of
from tools.calendar.sessions import NEW_YORK
from tools.data.files.coded import as_array, coded
from tools.data.files.instants import clock, utc
from tools.data.files.parity import Quotes
from tools.data.files.terms import Terms, find_terms
from tools.data.quality import Fate
from tools.data.reference import lookup
from tools.data.store.besides import besides, may_know
from tools.data.store.daily import DailyStore
from tools.data.store.entries import Entry
from tools.data.store.parts import Parts, conform, told
from tools.data.store.schema import CHAIN_COLUMNS, LATER_COLUMNS, QUOTES
from tools.domain.chain import Chain, FloatArray, SourceCounts, new_york_date
from tools.domain.errors import DataError
from tools.domain.market import InstrumentKind


@dataclass(frozen=True, slots=True)
class ReadChain:
    """A chain, what became of the rows of its snapshot, and what the source did not tell."""

    chain: Chain
    counts: SourceCounts
    notes: tuple[str, ...]


def read(parts: Parts, daily: DailyStore, entry: Entry, as_of: datetime | None) -> ReadChain | None:
    """The chain of a snapshot at `as_of` (None: its own instant), None where nothing of it is fresh and alive.

    `daily` gives rate and dividends that its source did not tell.
    """
    moment = (as_of or entry.as_of).astimezone(NEW_YORK)
    now = clock(moment)
    if np.datetime64(utc(entry.as_of), "us") < now.last_close:
        return None
    own = moment == entry.as_of
    as_imported = own and not may_know(daily, entry)
    frame = _columns(parts, entry, CHAIN_COLUMNS if as_imported else LATER_COLUMNS, entry.counts.used)
    dropped = dict(entry.counts.dropped)
    if not own:
        fates = _late_fates(frame, moment)
        frame = frame.filter(pl.Series(fates == 0))
        for fate in (Fate.STALE, Fate.EXPIRED):
            late = int((fates == fate.code).sum())
            if late:
                dropped[fate.value] = dropped.get(fate.value, 0) + late
    if frame.is_empty():
        return None
    root = coded(frame["root"])
    terms = _own_terms(entry) if as_imported else _terms(daily, entry, _quotes(entry, frame, root, moment))
    if terms is None:
        return None
    chain = _chain(entry, frame, as_array(root), terms, moment)
    told_of = lookup(entry.underlying).note
    notes = terms.notes if as_imported or not told_of else (told_of, *terms.notes)
    return ReadChain(chain, SourceCounts(entry.counts.rows, len(chain), dropped), notes)


def rows(parts: Parts, entry: Entry) -> pl.DataFrame:
    """All rows of a snapshot."""
    return conform(_columns(parts, entry, None, entry.counts.rows), QUOTES)


def _columns(parts: Parts, entry: Entry, columns: tuple[str, ...] | None, count: int) -> pl.DataFrame:
    path = parts.path(entry.part)
    with told(path):
        if entry.first_row:
            lazy = pl.scan_parquet(path, hive_partitioning=False).slice(entry.first_row, count)
            return (lazy.select(columns) if columns else lazy).collect()
        return pl.read_parquet(
            path, columns=list(columns) if columns else None, n_rows=count, hive_partitioning=False
        )


def _late_fates(frame: pl.DataFrame, moment: datetime) -> npt.NDArray[np.int8]:
    """What became of used rows since their snapshot: expired, or older than a close that came in between."""
    now = clock(moment)
    frame = frame.with_columns(pl.col("root").cast(pl.String))
    ends = frame.select("root", "expiry").unique()
    over = [
        np.datetime64(utc(expiry_instant(expiry, settlement_of(root))), "us") <= now.as_of
        for root, expiry in ends.rows()
    ]
    ended = frame.join(
        ends.with_columns(over=pl.Series(over, dtype=pl.Boolean)),
        on=["root", "expiry"],
        how="left",
        maintain_order="left",
    )["over"].to_numpy()
    old = frame["quoted"].dt.replace_time_zone(None).to_numpy() < now.last_close
    return np.where(old, Fate.STALE.code, np.where(ended, Fate.EXPIRED.code, 0)).astype(np.int8)


def _own_terms(entry: Entry) -> Terms:
    if entry.spot is None or entry.rate is None or entry.dividend_yield is None:
        raise DataError(
            f"The catalog's snapshot of {entry.underlying} at {entry.as_of} has no terms; import it again."
        )
    return Terms(entry.spot, entry.rate, entry.dividend_yield, entry.notes, entry.dividends)


def _terms(daily: DailyStore, entry: Entry, quotes: Quotes) -> Terms | None:
    """A rate that a service stated beside its quotes stands; what was implied or assumed is found anew."""
    return find_terms(quotes, rate=None if entry.notes else entry.rate, beside=besides(daily, entry, quotes))


def _quotes(entry: Entry, frame: pl.DataFrame, root: pl.Series, moment: datetime) -> Quotes:
    bid, ask = ("bid", "ask") if entry.quoted else ("last", "last")
    instrument = lookup(entry.underlying)
    return Quotes(
        ticker=instrument.symbol,
        as_of=moment,
        style=entry.style,
        is_index=instrument.kind is InstrumentKind.INDEX,
        root=root,
        expiry=_days(frame["expiry"]),
        right=frame["right"].to_numpy(),
        strike=_floats(frame["strike"]),
        bid=_floats(frame[bid]),
        ask=_floats(frame[ask]),
        spot=_floats(frame["spot"]),
    )


def _chain(entry: Entry, frame: pl.DataFrame, root: npt.NDArray[np.str_], terms: Terms, moment: datetime) -> Chain:
    return Chain(
        underlying=entry.underlying,
        as_of=moment,
        spot=terms.spot,
        rate=terms.rate,
        dividend_yield=terms.dividend_yield,
        style=entry.style,
        source=entry.source,
        feed=entry.feed,
        root=root,
        expiry=_days(frame["expiry"]),
        right=frame["right"].to_numpy(),
        strike=_floats(frame["strike"]),
        bid=_floats(frame["bid"]),
        ask=_floats(frame["ask"]),
        last=_floats(frame["last"]),
        volume=_floats(frame["volume"]),
        open_interest=_floats(frame["open_interest"]),
        feed_iv=_floats(frame["iv"]),
        feed_delta=_floats(frame["delta"]),
        filled=frame["filled"].to_numpy(),
        dividends=tuple(each for each in terms.dividends or () if each.ex_date > new_york_date(moment)),
        dividends_known=terms.dividends is not None,
        multiplier=entry.multiplier,
    )


def _days(column: pl.Series) -> npt.NDArray[np.datetime64]:
    return column.to_numpy().astype("datetime64[D]")


def _floats(column: pl.Series) -> FloatArray:
    """Null is NaN."""
    return column.to_numpy()
