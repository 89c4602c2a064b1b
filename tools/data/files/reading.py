"""One chain file becomes a snapshot of the market.

    path → source → vendor's layout → rows → instants → fates (quality) ┬→ counts
                                                        used rows       └→ terms → chains → facts → Snapshot

A file may hold many sessions: the snapshot is the market at `as_of`, made of the latest quotes that were
known by then and are not older than the last session close. Every row has exactly one fate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from polars.exceptions import PanicException, PolarsError

from tools.data.files import instants
from tools.data.files.assembly import build_chains, to_judge
from tools.data.files.cboe_quotetable import read_cboe_quotetable
from tools.data.files.column_map import ColumnMap, load_column_map
from tools.data.files.facts import conditions, underlying_facts
from tools.data.files.formats import COLUMN_MAP, LEAN_OPTIONS, check_format
from tools.data.files.layouts import CBOE_EOD, YFINANCE, read_layout, read_mapped
from tools.data.files.lean_options import read_lean_options
from tools.data.files.lean_universe import read_lean_universe
from tools.data.files.rows import ChainRows
from tools.data.files.source import Source, open_source
from tools.data.fingerprint import market_fingerprint
from tools.data.quality import Fate, InstantArray, QuoteRows, counts, judge
from tools.data.reference import lookup
from tools.domain.chain import SourceCounts, new_york_date
from tools.domain.errors import ChainError, InputError
from tools.domain.market import Snapshot

_READERS: dict[str, Callable[[Source], ChainRows]] = {
    "cboe-eod": lambda source: read_layout(source, CBOE_EOD),
    "cboe-quotetable": read_cboe_quotetable,
    "yfinance": lambda source: read_layout(source, YFINANCE),
    "lean-universe": read_lean_universe,
}


@dataclass(frozen=True, slots=True)
class ChainFile:
    """A chain file as a source of market data."""

    path: Path
    format: str
    column_map: Path | None = None
    rate: float | None = None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def simulated(self) -> bool:
        return False

    def snapshot(self, as_of: datetime | None) -> Snapshot:
        return read_chain(self.path, format=self.format, as_of=as_of, column_map=self.column_map, rate=self.rate)


def read_chain(
    path: Path,
    *,
    format: str,  # noqa: A002 - the word of the command line
    as_of: datetime | None,
    column_map: Path | None = None,
    rate: float | None = None,
) -> Snapshot:
    """The market in one file at `as_of` (aware; None: the latest day in the file).

    `format` is a name of `FORMATS`, or the path of a TOML column map. `rate` is the flat interest rate,
    continuously compounded decimal per year; without it the rate is implied or assumed, and a note says so.
    A CSV line is one row, a line of a quote table two (call and put). Raises `ChainError` with one sentence,
    counts included, where no row can be used; `InputError` where `as_of` or `rate` makes no sense.
    """
    _check_request(as_of, rate)
    rows, format = chain_rows(path, format=format, column_map=column_map)  # noqa: A001
    with unread(path, format):
        return _snapshot(rows, path, format, as_of, rate)


def chain_rows(
    path: Path,
    *,
    format: str,  # noqa: A002
    column_map: Path | None = None,
) -> tuple[ChainRows, str]:
    """Every row of a chain file before anything was judged, and the name of its format; errors as `read_chain`."""
    if format.lower().endswith(".toml"):
        format, column_map = COLUMN_MAP, Path(format)  # noqa: A001
    check_format(format)
    layout = _layout(format, column_map)
    with unread(path, format):
        if format == LEAN_OPTIONS:
            return read_lean_options(path), format
        source = open_source(path)
        return (read_mapped(source, layout) if layout else _READERS[format](source)), format


@contextmanager
def unread(path: Path, format: str) -> Iterator[None]:  # noqa: A002
    """Inside, what a library says of a file it cannot read is one sentence."""
    try:
        yield
    except (PolarsError, PanicException, ValueError, OverflowError) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise ChainError(f"{path.name} cannot be read as {format}: {reason}.") from error


def _check_request(as_of: datetime | None, rate: float | None) -> None:
    if as_of is not None and as_of.tzinfo is None:
        raise InputError(f"The as-of time {as_of.isoformat()} carries no time zone; name one.")
    if rate is not None and not -0.5 < rate < 1.0:
        raise InputError(f"A rate of {rate} makes no sense; write 4 % as 0.04.")


def _layout(format: str, column_map: Path | None) -> ColumnMap | None:  # noqa: A002
    if format == COLUMN_MAP:
        if column_map is None:
            raise ChainError(f"The format {COLUMN_MAP} needs a TOML file that names the columns.")
        return load_column_map(column_map)
    if column_map is not None:
        raise ChainError(f"{column_map.name} is a column map, but the format is {format}; choose {COLUMN_MAP}.")
    return None


def _snapshot(
    rows: ChainRows,
    path: Path,
    format: str,  # noqa: A002
    as_of: datetime | None,
    rate: float | None,
) -> Snapshot:
    if not len(rows):
        raise ChainError(f"{path.name} has a heading and no rows.")
    judged = to_judge(rows, as_of, path)
    fresh = ~judged.unparseable & judged.in_session
    moment = as_of or instants.latest(judged.quoted, judged.quoted_day, fresh)
    if moment is None:
        raise ChainError(_without_date(rows, judged, path))
    codes = judge(judged, instants.clock(moment))
    chains, notes = build_chains(rows, codes, as_of=moment, source=path.name, feed=format, rate=rate)
    tally = counts(codes)
    if not chains:
        raise ChainError(_nothing_left(tally, judged.quoted_day[fresh], moment, path))
    facts = {symbol: underlying_facts(lookup(symbol), chain) for symbol, chain in chains.items()}
    day = conditions()
    return Snapshot(
        as_of=moment,
        source=path.name,
        simulated=False,
        embedded=False,
        chains=chains,
        facts=facts,
        conditions=day,
        counts=tally,
        fingerprint=market_fingerprint(as_of=moment, source=path.name, chains=chains, facts=facts, conditions=day),
        notes=(*rows.notes, *notes),
    )


def _without_date(rows: ChainRows, judged: QuoteRows, path: Path) -> str:
    if not rows.dated:
        return f"{path.name} does not say when it was quoted; give the time with --as-of."
    return f"{path.name}: none of its {len(rows):,} rows can be used ({_reasons(_untimed(judged))})."


def _untimed(judged: QuoteRows) -> SourceCounts:
    """The fates of rows of which not one names a session."""
    return counts(np.where(judged.unparseable, Fate.UNPARSEABLE.code, Fate.STALE.code).astype(np.int8))


def _nothing_left(tally: SourceCounts, days: InstantArray, as_of: datetime, path: Path) -> str:
    """Why no row survived, and for quotes of another time which as-of they would serve."""
    sentence = f"{path.name}: none of its {tally.rows:,} rows can be used at {as_of:%Y-%m-%d %H:%M} New York"
    sentence += f" ({_reasons(tally)})."
    untimely = tally.dropped.get(Fate.STALE, 0) + tally.dropped.get(Fate.AFTER_AS_OF, 0)
    if len(days) and untimely > tally.rows / 2:
        nearest = days[np.argmin(np.abs(days - np.datetime64(new_york_date(as_of), "D")))]
        sentence += f" Its nearest quotes are of {nearest}; give --as-of {nearest}."
    return sentence


def _reasons(tally: SourceCounts) -> str:
    most = sorted(tally.dropped.items(), key=lambda item: -item[1])
    return ", ".join(f"{rows:,} {reason}" for reason, rows in most)
