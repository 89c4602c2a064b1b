"""The stable JSON contracts of the imported history. Unknown parts are null; rows = used + the sum of dropped.

thetagate.data_import/1  what became of each file
thetagate.data_check/1   how good the history is: underlyings and series, or one snapshot by expiry
thetagate.data_show/1    what there is of a symbol, one of its chains, or one contract's quotes
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from tools.data.coherence import Coherence, MaturityCoherence
    from tools.data.store.check import ExpiryCheck, SnapshotCheck
    from tools.data.store.entries import Entry, Series
    from tools.data.store.importing import Imported
    from tools.domain.chain import Chain, SourceCounts
    from tools.domain.fact import Fact

IMPORT_SCHEMA = "thetagate.data_import/1"
CHECK_SCHEMA = "thetagate.data_check/1"
SHOW_SCHEMA = "thetagate.data_show/1"


def counted(counts: SourceCounts) -> dict[str, Any]:
    return {"rows": counts.rows, "used": counts.used, "dropped": dict(sorted(counts.dropped.items()))}


def imported(found: Imported) -> dict[str, Any]:
    done = found.done
    return {
        "id": done.id,
        "file": done.source,
        "format": done.format,
        "sha256": done.sha256,
        "kind": done.kind,
        "imported_at": done.imported_at.isoformat(),
        "repeated": found.repeated,
        **counted(done.counts),
        "mended": dict(found.mended),
        "snapshots": [
            {
                "underlying": each.underlying,
                "as_of": each.as_of.isoformat(),
                "feed": each.feed,
                **counted(each.counts),
            }
            for each in found.snapshots
        ],
        "series": [series(each) for each in found.series],
        "notes": list(done.notes),
    }


def series(found: Series) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "name": found.name,
        "rows": found.rows,
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "missing_sessions": found.missing,
    }


def underlying(name: str, entries: Sequence[Entry], latest: SnapshotCheck | None) -> dict[str, Any]:
    """All snapshots of an underlying together; completeness and parity of the latest."""
    dropped: dict[str, int] = {}
    for entry in entries:
        for reason, rows in entry.counts.dropped.items():
            dropped[reason] = dropped.get(reason, 0) + rows
    usable = [entry for entry in entries if entry.counts.used]
    return {
        "symbol": name,
        "sessions": len({entry.day for entry in usable}),
        "snapshots": len(usable),
        "first": min(entry.as_of for entry in usable).isoformat() if usable else None,
        "last": max(entry.as_of for entry in usable).isoformat() if usable else None,
        "feeds": sorted({entry.feed for entry in entries}),
        "rows": sum(entry.counts.rows for entry in entries),
        "used": sum(entry.counts.used for entry in entries),
        "dropped": dict(sorted(dropped.items())),
        "completeness": None if latest is None else latest.completeness,
        "parity_breaks": None if latest is None else latest.breaks,
        **_together(None if latest is None else latest.coherence),
    }


def snapshot(found: SnapshotCheck) -> dict[str, Any]:
    together = found.coherence
    return {
        "symbol": found.underlying,
        "as_of": found.as_of.isoformat(),
        "feed": found.feed,
        **counted(found.counts),
        "completeness": found.completeness,
        "parity_breaks": found.breaks,
        **_together(together),
        "violations": None if together is None else dict(together.violations),
        "measures": None if found.measures is None else asdict(found.measures),
        "iv_rank": _fact(found.standing.rank if found.standing else None),
        "iv_percentile": _fact(found.standing.percentile if found.standing else None),
        "term_structure": None if together is None else {str(k): v for k, v in together.term_structure.items()},
        "no_surface": "no row can be used" if together is None else together.reason or None,
        "expiries": [_expiry(each) for each in found.expiries],
        "maturities": [asdict(each) | _named(each) for each in found.coherence.maturities]
        if found.coherence
        else [],
    }


def chain(found: Chain, counts: SourceCounts) -> dict[str, Any]:
    """One chain, its rows included."""
    columns = {name: getattr(found, name).tolist() for name in ("right", "strike", "bid", "ask", "last", "volume")}
    columns |= {"open_interest": found.open_interest.tolist(), "iv": found.feed_iv.tolist()}
    return {
        "as_of": found.as_of.isoformat(),
        "source": found.source,
        "feed": found.feed,
        "spot": found.spot,
        "rate": found.rate,
        "dividend_yield": found.dividend_yield,
        **counted(counts),
        "quotes": [
            {"occ": found.contract(row).occ, **{name: _known(values[row]) for name, values in columns.items()}}
            for row in range(len(found))
        ],
    }


def quotes(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The quotes of one contract, the earliest first."""
    names = (
        "as_of",
        "quoted",
        "bid",
        "ask",
        "last",
        "volume",
        "open_interest",
        "iv",
        "delta",
        "spot",
        "fate",
        "source",
    )
    return [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
        for row in frame.select(names).iter_rows(named=True)
    ]


def shown(symbol: str, **parts: Any) -> dict[str, Any]:
    return {"schema": SHOW_SCHEMA, "symbol": symbol, **parts}


def checked(underlyings: Iterable[dict[str, Any]], daily: Iterable[Series]) -> dict[str, Any]:
    return {
        "schema": CHECK_SCHEMA,
        "underlyings": list(underlyings),
        "series": [series(each) for each in daily],
        "snapshot": None,
    }


def _expiry(each: ExpiryCheck) -> dict[str, Any]:
    return {
        "expiry": None if each.expiry is None else each.expiry.isoformat(),
        **counted(each.counts),
        "listed": each.listed,
        "usable": each.usable,
        "completeness": each.completeness,
        "pairs": each.pairs,
        "parity_breaks": each.breaks,
    }


def _together(found: Coherence | None) -> dict[str, Any]:
    """How far the quotes of a snapshot agree; vol points, basis points, a share."""
    return {
        "violating_rows": None if found is None else found.violating,
        "scatter_bp": None if found is None else found.scatter_bp,
        "surface_error_points": None if found is None else found.error_points,
        "liquid": None if found is None else found.liquid,
        "repriced_inside": None if found is None else found.share_inside,
        "filled": None if found is None else found.filled,
    }


def _fact(found: Fact[float] | None) -> dict[str, Any]:
    """A value, or why it is unknown."""
    return (
        {"value": found.value, "reason": found.reason} if found else {"value": None, "reason": "no row can be used"}
    )


def _named(each: MaturityCoherence) -> dict[str, Any]:
    """What JSON writes in its own way."""
    return {"expiry": each.expiry.isoformat(), "violations": dict(each.violations), "flags": list(each.flags)}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
