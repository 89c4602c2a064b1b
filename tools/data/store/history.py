"""The history of quotes: snapshots go in once, chains come out as they were known at an instant.

    add:      Taken → part files (durable) → catalog (one transaction: from here they count)
    chain:    underlying, as_of → catalog: last snapshot ≤ as_of → its used rows → still alive? → Chain
    contract: underlying, expiry → one file by contract ┐
              snapshots compaction has not seen yet     ┴→ rows of that contract in time order

A killed import leaves the old state: its files are named by nothing and go with the next import.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from tools.data.store import chains
from tools.data.store.catalog import Catalog
from tools.data.store.contracts import compact, contract_rows
from tools.data.store.daily import DailyStore
from tools.data.store.entries import Entry, Import
from tools.data.store.intake import Taken
from tools.data.store.parts import Parts, by_code, told
from tools.domain.chain import Chain
from tools.domain.contract import OptionContract
from tools.domain.errors import DataError

_WRITERS = 2

Progress = Callable[[str, int, int], None]


def quiet(_step: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


class History:
    """One history folder with its catalog. Reading needs no lock; one process writes at a time."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self.folder = folder
        self.catalog = catalog
        self.parts = Parts(folder)
        self.daily = DailyStore(self.parts, catalog)

    @classmethod
    def open(cls, folder: Path, *, catalog_url: str = "") -> History:
        """Open or create; the catalog is `catalog.sqlite` in the folder unless a URL names another."""
        with told(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, Catalog.open(catalog_url or f"sqlite:///{folder / 'catalog.sqlite'}"))

    def close(self) -> None:
        self.catalog.close()

    def __enter__(self) -> History:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Alone, on a folder that holds nothing a killed import left; `DataError` while another process writes."""
        with self.parts.writer():
            self.parts.sweep(self.catalog.named_parts())
            yield

    def stage(
        self,
        days: Iterable[tuple[Taken, ...]],
        *,
        source: str,
        import_id: str,
        feed: str,
        total: int = 0,
        progress: Progress = quiet,
    ) -> list[Entry]:
        """Write the files of these snapshots, durable but not yet visible; call it inside `writing`."""
        entries: list[Entry] = []
        writing: deque[tuple[tuple[Taken, ...], Future[str]]] = deque()
        # Files are encoded and made durable while the next day is judged; few wait, so that memory stays small.
        with ThreadPoolExecutor(max_workers=_WRITERS) as pool:
            for number, day in enumerate(days, start=1):
                writing.append((day, pool.submit(self._write_day, day)))
                if len(writing) > 2 * _WRITERS:
                    entries += _entries(*writing.popleft(), source, import_id, feed)
                progress("sessions", number, max(total, number))
            for day, part in writing:
                entries += _entries(day, part, source, import_id, feed)
        self.parts.settle()
        return entries

    def publish(self, done: Import, staged: Iterable[Entry]) -> list[Entry]:
        """Make an import visible, all of it at once; the snapshots that are new.

        A snapshot of the same instant and feed is replaced; one with the same rows is left alone.
        """
        entries = list(staged)
        held = self.catalog.held(entries)
        fresh = [new for new, old in zip(entries, held, strict=True) if old is None or old.content != new.content]
        self.catalog.add(done, entries=fresh)
        return fresh

    def underlyings(self) -> list[str]:
        return self.catalog.underlyings()

    def instants(self, underlying: str) -> list[datetime]:
        """When the history has a usable snapshot of an underlying, the earliest first."""
        return sorted({entry.as_of for entry in self.catalog.entries(underlying) if entry.counts.used})

    def days(self, underlying: str) -> list[date]:
        """The New York days with a usable snapshot."""
        return sorted({entry.day for entry in self.catalog.entries(underlying) if entry.counts.used})

    def entry(self, underlying: str, as_of: datetime | None = None, *, feed: str | None = None) -> Entry | None:
        """The last snapshot at or before `as_of`, the latest of all for None; None where there is none."""
        _check(as_of)
        return self.catalog.latest(underlying, as_of, feed=feed)

    def chain(self, underlying: str, as_of: datetime | None = None, *, feed: str | None = None) -> Chain | None:
        """The chain as it was known at `as_of`: no later quote, none from before the last session's close.

        The same as reading the imported file at that instant gives. None where the history has no such quotes.
        """
        read = self.read(underlying, as_of, feed=feed)
        return None if read is None else read.chain

    def read(
        self, underlying: str, as_of: datetime | None = None, *, feed: str | None = None
    ) -> chains.ReadChain | None:
        """The chain with the counts of its snapshot and what its file did not tell."""
        entry = self.entry(underlying, as_of, feed=feed)
        if entry is None:
            return None
        try:
            return chains.read(self.parts, self.daily, entry, as_of)
        except DataError:
            return chains.read(self.parts, self.daily, self._moved(entry), as_of)

    def rows(self, entry: Entry) -> pl.DataFrame:
        """All rows of a snapshot, the bad ones too, in the columns of `QUOTES`."""
        try:
            return chains.rows(self.parts, entry)
        except DataError:
            return chains.rows(self.parts, self._moved(entry))

    def contract(self, contract: OptionContract) -> pl.DataFrame:
        """Every quote of one contract in time order, in the columns of `QUOTES`, bad ones with their fate."""
        return contract_rows(self.parts, self.catalog, contract)

    def compact(self, *, at_least: int = 1, progress: Progress = quiet) -> int:
        """Bring snapshots into the files by contract, join the files of a day; how many. Only inside `writing`.

        An underlying with fewer than `at_least` snapshots to take is left for a later time.
        """
        done = compact(self.parts, self.catalog, at_least=at_least, progress=progress)
        self.parts.sweep(self.catalog.named_parts())
        return done

    def _write_day(self, day: tuple[Taken, ...]) -> str:
        folder = f"quotes/underlying={day[0].underlying}/date={day[0].day}"
        return self.parts.write(folder, by_code(pl.concat(taken.frame for taken in day)))

    def _moved(self, entry: Entry) -> Entry:
        """Where compaction put a snapshot while it was being read; the same `DataError` again where it did not."""
        return self.catalog.entry(entry.underlying, entry.as_of, entry.feed) or entry


def _entries(
    day: tuple[Taken, ...], written: Future[str], source: str, import_id: str, feed: str
) -> Iterator[Entry]:
    """What the catalog says of the snapshots of a day, once their file is there."""
    part = written.result()
    first = 0
    for taken in day:
        yield Entry(
            underlying=taken.underlying,
            as_of=taken.as_of.astimezone(UTC),
            feed=feed,
            source=source,
            day=taken.day,
            import_id=import_id,
            content=part.rpartition("/")[2].removesuffix(".parquet"),
            part=part,
            first_row=first,
            counts=taken.counts,
            style=taken.style,
            multiplier=taken.multiplier,
            quoted=taken.quoted,
            spot=taken.terms.spot if taken.terms else None,
            rate=taken.terms.rate if taken.terms else None,
            dividend_yield=taken.terms.dividend_yield if taken.terms else None,
            dividends=taken.dividends,
            simulated=taken.simulated,
            notes=taken.notes,
        )
        first += taken.frame.height


def _check(as_of: datetime | None) -> None:
    if as_of is not None and as_of.tzinfo is None:
        raise DataError(f"The as-of time {as_of.isoformat()} carries no time zone; name one.")
