"""What the catalog knows: imports, snapshots and what they say, files by contract, daily series."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from tools.domain.chain import Dividend, SourceCounts
from tools.domain.contract import ExerciseStyle


@dataclass(frozen=True, slots=True)
class Import:
    """One file, read in one way. `rows == used + sum(dropped)`; `unplaced` holds rows that have no partition.

    `superseded` when another import has taken the place of some of it: then the same file counts as new.
    """

    id: str
    kind: str
    source: str
    format: str
    sha256: str
    imported_at: datetime
    counts: SourceCounts
    notes: tuple[str, ...] = ()
    unplaced: str | None = None
    superseded: bool = False

    def row(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "source": self.source,
            "format": self.format,
            "sha256": self.sha256,
            "imported_at": to_text(self.imported_at),
            **_counted(self.counts),
            "notes": json.dumps(self.notes),
            "unplaced": self.unplaced,
            "superseded": self.superseded,
        }

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Import:
        return cls(
            id=row["id"],
            kind=row["kind"],
            source=row["source"],
            format=row["format"],
            sha256=row["sha256"],
            imported_at=from_text(row["imported_at"]),
            counts=_counts(row),
            notes=tuple(json.loads(row["notes"])),
            unplaced=row["unplaced"],
            superseded=row["superseded"],
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One snapshot of one underlying: rows `first_row` … of a file, the `used` ones first and in chain order.

    `spot`, `rate` and `dividend_yield` are what the snapshot's own quotes tell at its own instant; None where
    no row can be used. `dividends` is None where the source tells of none at all, `quoted` False for a source
    without bid and ask.
    """

    underlying: str
    as_of: datetime
    feed: str
    source: str
    day: date
    import_id: str
    content: str
    part: str
    first_row: int
    counts: SourceCounts
    style: ExerciseStyle
    multiplier: int
    quoted: bool
    spot: float | None = None
    rate: float | None = None
    dividend_yield: float | None = None
    dividends: tuple[Dividend, ...] | None = None
    simulated: bool = False
    notes: tuple[str, ...] = field(default=())
    by_contract: bool = False

    def row(self) -> dict[str, Any]:
        return {
            "underlying": self.underlying,
            "as_of": to_text(self.as_of),
            "feed": self.feed,
            "source": self.source,
            "day": self.day.isoformat(),
            "import_id": self.import_id,
            "content": self.content,
            "part": self.part,
            "first_row": self.first_row,
            **_counted(self.counts),
            "spot": self.spot,
            "rate": self.rate,
            "dividend_yield": self.dividend_yield,
            "style": self.style.value,
            "multiplier": self.multiplier,
            "dividends": _dividends_text(self.dividends),
            "quoted": self.quoted,
            "simulated": self.simulated,
            "notes": json.dumps(self.notes),
            "by_contract": self.by_contract,
        }

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Entry:
        return cls(
            underlying=row["underlying"],
            as_of=from_text(row["as_of"]),
            feed=row["feed"],
            source=row["source"],
            day=date.fromisoformat(row["day"]),
            import_id=row["import_id"],
            content=row["content"],
            part=row["part"],
            first_row=row["first_row"],
            counts=_counts(row),
            style=ExerciseStyle(row["style"]),
            multiplier=row["multiplier"],
            quoted=row["quoted"],
            spot=row["spot"],
            rate=row["rate"],
            dividend_yield=row["dividend_yield"],
            dividends=_dividends(row["dividends"]),
            simulated=row["simulated"],
            notes=tuple(json.loads(row["notes"])),
            by_contract=row["by_contract"],
        )


@dataclass(frozen=True, slots=True)
class Series:
    """One daily series. `missing` counts the sessions between `first` and `last` that have no value."""

    kind: str
    name: str
    part: str
    import_id: str
    rows: int
    first: date
    last: date
    missing: int

    def row(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "name": self.name,
            "part": self.part,
            "import_id": self.import_id,
            "rows": self.rows,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "missing": self.missing,
        }

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Series:
        days = {name: date.fromisoformat(row[name]) for name in ("first", "last")}
        return cls(**{**row, **days})


@dataclass(frozen=True, slots=True)
class Measured:
    """What the surface of one snapshot says (`Measures`); `content` is the snapshot's when it was measured."""

    underlying: str
    as_of: datetime
    feed: str
    content: str
    vol_30: float | None
    index_30: float | None
    skew_30: float | None

    def row(self) -> dict[str, Any]:
        return asdict(self) | {"as_of": to_text(self.as_of)}

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Measured:
        return cls(**{**row, "as_of": from_text(row["as_of"])})


def _dividends_text(dividends: tuple[Dividend, ...] | None) -> str | None:
    return None if dividends is None else json.dumps([[each.ex_date.isoformat(), each.cash] for each in dividends])


def _dividends(text: str | None) -> tuple[Dividend, ...] | None:
    if text is None:
        return None
    return tuple(Dividend(date.fromisoformat(day), cash) for day, cash in json.loads(text))


def to_text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _counted(counts: SourceCounts) -> dict[str, Any]:
    return {"rows": counts.rows, "used": counts.used, "dropped": json.dumps(counts.dropped, sort_keys=True)}


def _counts(row: Mapping[str, Any]) -> SourceCounts:
    return SourceCounts(row["rows"], row["used"], json.loads(row["dropped"]))
