"""What the history holds, in SQL: looked up by instant, changed by one transaction at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tools.data.store.database import Database
from tools.data.store.entries import Entry, Import, Measured, Series, to_text
from tools.data.store.tables import contract_parts, imports, measures, series, snapshots

_SNAPSHOT = ("underlying", "as_of", "feed")  # of one source's look at one market there is one snapshot


class Catalog:
    """The index of one history, on SQLite or PostgreSQL. Opened and closed by who uses it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str) -> Catalog:
        """Open, create or migrate; `DataError` where that cannot be done."""
        return cls(Database.open(url))

    def close(self) -> None:
        self._database.close()

    def import_of(self, identity: str) -> Import | None:
        found = self._all(select(imports).where(imports.c.id == identity))
        return Import.of(found[0]) if found else None

    def imports(self) -> list[Import]:
        return [Import.of(row) for row in self._all(select(imports).order_by(imports.c.imported_at, imports.c.id))]

    def underlyings(self) -> list[str]:
        query = select(snapshots.c.underlying).distinct().order_by(snapshots.c.underlying)
        return [row["underlying"] for row in self._all(query)]

    def entries(self, underlying: str, *, day: date | None = None, by_contract: bool | None = None) -> list[Entry]:
        """All snapshots of an underlying, the earliest first."""
        query = select(snapshots).where(snapshots.c.underlying == underlying)
        if day is not None:
            query = query.where(snapshots.c.day == day.isoformat())
        if by_contract is not None:
            query = query.where(snapshots.c.by_contract == by_contract)
        return [Entry.of(row) for row in self._all(query.order_by(snapshots.c.as_of, snapshots.c.feed))]

    def entry(self, underlying: str, as_of: datetime, feed: str) -> Entry | None:
        """The snapshot of exactly this instant and feed."""
        with self._database.read() as connection:
            return _held(connection, underlying, as_of, feed)

    def held(self, entries: Iterable[Entry]) -> list[Entry | None]:
        """For each snapshot the one that is kept of its instant and feed."""
        with self._database.read() as connection:
            return [_held(connection, each.underlying, each.as_of, each.feed) for each in entries]

    def latest(self, underlying: str, as_of: datetime | None, *, feed: str | None = None) -> Entry | None:
        """The last snapshot at or before `as_of` with a usable row; of several feeds the fullest."""
        query = _latest(at_a_time=as_of is not None, of_a_feed=feed is not None)
        asked = {"underlying": underlying, "as_of": as_of and to_text(as_of), "feed": feed}
        found = self._all(query, {name: value for name, value in asked.items() if value is not None})
        return Entry.of(found[0]) if found else None

    def contract_part(self, underlying: str, expiry: date) -> str | None:
        """The file by contract of one expiry."""
        query = select(contract_parts.c.part).where(
            contract_parts.c.underlying == underlying, contract_parts.c.expiry == expiry.isoformat()
        )
        found = self._all(query)
        return str(found[0]["part"]) if found else None

    def contract_expiries(self, underlying: str) -> list[date]:
        """The expiries that have a file by contract."""
        query = select(contract_parts.c.expiry).where(contract_parts.c.underlying == underlying)
        return sorted(date.fromisoformat(row["expiry"]) for row in self._all(query))

    def series(self, kind: str, name: str) -> Series | None:
        found = self._all(select(series).where(series.c.kind == kind, series.c.name == name))
        return Series.of(found[0]) if found else None

    def all_series(self) -> list[Series]:
        return [Series.of(row) for row in self._all(select(series).order_by(series.c.kind, series.c.name))]

    def measures(self, underlying: str) -> dict[tuple[datetime, str], Measured]:
        """What snapshots of an underlying were found to say, by instant and feed; some may be replaced since."""
        found = self._all(select(measures).where(measures.c.underlying == underlying))
        return {(each.as_of, each.feed): each for each in map(Measured.of, found)}

    def keep(self, found: Sequence[Measured]) -> None:
        """Remember what snapshots say."""
        if found:
            with self._database.write() as connection:
                _put(connection, measures, [each.row() for each in found], keys=_SNAPSHOT)

    def named_parts(self) -> set[str]:
        """Every file that counts."""
        columns = (snapshots.c.part, contract_parts.c.part, series.c.part, imports.c.unplaced)
        with self._database.read() as connection:
            return {
                name
                for column in columns
                for name in connection.scalars(select(column).distinct())
                if name is not None
            }

    def add(self, done: Import, *, entries: Iterable[Entry] = (), daily: Iterable[Series] = ()) -> None:
        """One import becomes visible: all of it or nothing. Imports it takes the place of are marked superseded."""
        rows = {
            snapshots: ([each.row() for each in entries], _SNAPSHOT),
            series: ([each.row() for each in daily], ("kind", "name")),
        }
        with self._database.write() as connection:
            replaced = {
                before for table, (new, keys) in rows.items() for before in _importers(connection, table, new, keys)
            } - {done.id}
            if replaced:
                connection.execute(update(imports).where(imports.c.id.in_(replaced)).values(superseded=True))
            _put(connection, imports, [done.row()], keys=("id",))
            for table, (new, keys) in rows.items():
                _put(connection, table, new, keys=keys)

    def regroup(self, entries: Sequence[Entry], *, expiries: Mapping[tuple[str, date], tuple[str, int]]) -> None:
        """Compaction becomes visible: snapshots in other files, and files by contract (part, rows)."""
        parts = [
            {"underlying": underlying, "expiry": expiry.isoformat(), "part": part, "rows": rows}
            for (underlying, expiry), (part, rows) in expiries.items()
        ]
        with self._database.write() as connection:
            _put(connection, snapshots, [each.row() for each in entries], keys=_SNAPSHOT)
            _put(connection, contract_parts, parts, keys=("underlying", "expiry"))

    def _all(self, query: Any, values: Mapping[str, Any] | None = None) -> list[Mapping[str, Any]]:
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute(query, values).mappings()]


@cache
def _latest(*, at_a_time: bool, of_a_feed: bool) -> Any:
    """The query of `Catalog.latest`, built once: building it takes longer than its answer."""
    query = select(snapshots).where(snapshots.c.underlying == bindparam("underlying"), snapshots.c.used > 0)
    if at_a_time:
        query = query.where(snapshots.c.as_of <= bindparam("as_of"))
    if of_a_feed:
        query = query.where(snapshots.c.feed == bindparam("feed"))
    return query.order_by(snapshots.c.as_of.desc(), snapshots.c.used.desc(), snapshots.c.feed).limit(1)


@cache
def _exact() -> Any:
    """The query of `_held`, built once like `_latest`."""
    return select(snapshots).where(*(snapshots.c[key] == bindparam(key) for key in _SNAPSHOT))


def _held(connection: Connection, underlying: str, as_of: datetime, feed: str) -> Entry | None:
    asked = dict(zip(_SNAPSHOT, (underlying, to_text(as_of), feed), strict=True))
    found = connection.execute(_exact(), asked).mappings().first()
    return None if found is None else Entry.of(dict(found))


def _importers(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]
) -> Iterator[str]:
    """Which imports hold the keys of these rows now."""
    query = select(table.c.import_id).where(*(table.c[key] == bindparam(f"this_{key}") for key in keys))
    for row in rows:
        yield from connection.scalars(query, {f"this_{key}": row[key] for key in keys})


def _put(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, keys: Sequence[str]) -> None:
    """Insert, in place of rows with the same key; both databases know this clause, each in its own dialect."""
    if not rows:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    fresh = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=fresh), rows)
