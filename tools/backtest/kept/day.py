"""One day on disk: its look and its Greeks, a file each.

look    the rows of all chains one below the other; beside them, as JSON, whatever is not a column
greeks  one row per contract and clock that was priced: its chain, its place there, its columns
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from tools.backtest.kept.file import Kept, write_file
from tools.calendar.sessions import NEW_YORK
from tools.calendar.trading_time import Clock
from tools.data.fingerprint import scalars_of
from tools.domain.chain import COLUMNS, Chain, Dividend, SourceCounts
from tools.domain.contract import ExerciseStyle
from tools.domain.market import Conditions, Snapshot, UnderlyingFacts
from tools.pricing.sheet import COLUMNS as GREEKS
from tools.pricing.sheet import sheet_of, sheets_of

CLOCKS = tuple(Clock)
_ROOT, _EXPIRY, _FILLED = "root", "expiry", "filled"


def write_look(path: Path, snapshot: Snapshot) -> None:
    """Everything of a snapshot."""
    chains = list(snapshot.chains.values())
    columns = {
        name: np.concatenate([getattr(chain, name) for chain in chains]) if chains else np.empty(0)
        for name in COLUMNS
    }
    roots, columns[_ROOT] = np.unique(columns[_ROOT].astype(np.str_), return_inverse=True)
    columns[_ROOT] = columns[_ROOT].astype(np.int16)
    columns[_EXPIRY] = columns[_EXPIRY].astype("datetime64[D]").astype(np.int32)
    columns[_FILLED] = columns[_FILLED].astype(np.int8)
    rest = {
        "as_of": snapshot.as_of.isoformat(),
        "source": snapshot.source,
        "simulated": snapshot.simulated,
        "embedded": snapshot.embedded,
        "fingerprint": snapshot.fingerprint,
        "notes": list(snapshot.notes),
        "counts": [snapshot.counts.rows, snapshot.counts.used, snapshot.counts.dropped],
        "chains": [_scalars(chain) for chain in chains],
        "roots": roots.tolist(),
        "facts": {symbol: facts.model_dump(mode="json") for symbol, facts in snapshot.facts.items()},
        "conditions": snapshot.conditions.model_dump(mode="json"),
        "adjustments": {symbol: day.isoformat() for symbol, day in snapshot.adjustments.items()},
    }
    write_file(path, columns, rest)


def look_of(kept: Kept) -> Snapshot:
    """The snapshot that was written."""
    columns, rest = kept
    columns[_ROOT] = np.array(rest["roots"], dtype=np.str_)[columns[_ROOT]]
    columns[_EXPIRY] = columns[_EXPIRY].astype("datetime64[D]")
    columns[_FILLED] = columns[_FILLED].astype(np.bool_)
    chains, first = {}, 0
    for scalars in rest["chains"]:
        rows = slice(first, first + scalars.pop("rows"))
        own: dict[str, Any] = {name: column[rows] for name, column in columns.items()}
        chains[scalars["underlying"]] = Chain(**_read_scalars(scalars), **own)
        first = rows.stop
    total, used, dropped = rest["counts"]
    return Snapshot(
        as_of=_instant(rest["as_of"]),
        source=rest["source"],
        simulated=rest["simulated"],
        embedded=rest["embedded"],
        chains=chains,
        facts={symbol: UnderlyingFacts.model_validate(facts) for symbol, facts in rest["facts"].items()},
        conditions=Conditions.model_validate(rest["conditions"]),
        counts=SourceCounts(rows=total, used=used, dropped=dropped),
        fingerprint=rest["fingerprint"],
        notes=tuple(rest["notes"]),
        adjustments={symbol: date.fromisoformat(day) for symbol, day in rest["adjustments"].items()},
    )


def priced(snapshot: Snapshot) -> int:
    """How many quotes of a look have been priced, on all clocks."""
    sheets = (sheet for chain in snapshot.chains.values() for sheet in sheets_of(chain).values())
    return sum(int(sheet.priced.sum()) for sheet in sheets)


def write_greeks(path: Path, snapshot: Snapshot) -> None:
    """What has been priced of a look."""
    keys, parts = [], []
    for number, chain in enumerate(snapshot.chains.values()):
        for sheet in sheets_of(chain).values():
            rows = np.flatnonzero(sheet.priced)
            keys.append(np.stack([np.full(len(rows), number), np.full(len(rows), CLOCKS.index(sheet.clock)), rows]))
            parts.append(sheet.columns[:, rows])
    if not keys:
        return
    key, greeks = np.concatenate(keys, axis=1).astype(np.int32), np.concatenate(parts, axis=1)
    write_file(path, {"chain": key[0], "clock": key[1], "row": key[2]} | dict(zip(GREEKS, greeks, strict=True)), {})


def enter_greeks(kept: Kept | None, snapshot: Snapshot) -> int:
    """Enter what was priced into the sheets of the look; how many quotes that were."""
    if kept is None:
        return 0
    columns, _ = kept
    chain, clock, row = (columns[name] for name in ("chain", "clock", "row"))
    greeks = np.stack([columns[name] for name in GREEKS])
    chains = list(snapshot.chains.values())
    series = chain.astype(np.int64) * len(CLOCKS) + clock
    starts = np.flatnonzero(np.diff(series, prepend=-1))
    for first, last in zip(starts, [*starts[1:], len(series)], strict=True):
        which, told = chains[chain[first]], CLOCKS[clock[first]]
        sheet_of(which, told).enter(row[first:last], greeks[:, first:last])
    return len(row)


def _scalars(chain: Chain) -> dict[str, Any]:
    """The rest of a chain: what identifies it, and two things that do not."""
    return scalars_of(chain) | {"underlying": chain.underlying, "dividends_known": chain.dividends_known}


def _read_scalars(told: Mapping[str, Any]) -> dict[str, Any]:
    dividends = tuple(Dividend(date.fromisoformat(day), cash) for day, cash in told["dividends"])
    read = {"as_of": _instant(told["as_of"]), "style": ExerciseStyle(told["style"]), "dividends": dividends}
    return {**told, **read}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(NEW_YORK)
