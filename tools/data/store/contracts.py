"""One contract's history in one look: its OCC symbol names the file, the file is sorted by contract.

    snapshots not yet by contract → their rows → by expiry ┐
    the expiry's file so far, without replaced snapshots   ┴→ sorted by contract and time → new file

A contract lives in exactly one file, `contracts/underlying=…/expiry=…`, whatever else the history holds; its rows
stand together there, and Parquet's statistics per row group leave the others unread. Measured on a year of 10,000
contracts a day (2.5 M rows): 6 ms for one contract by this path, 420 ms from the files of the days.
Snapshots younger than the last compaction are read from their days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

import polars as pl

from tools.data.store.catalog import Catalog
from tools.data.store.chains import rows
from tools.data.store.entries import Entry
from tools.data.store.parts import Parts, by_code, conform, told
from tools.data.store.schema import QUOTES
from tools.domain.contract import OptionContract

_ROW_GROUP = 8_192
_BATCH_ROWS = 4_000_000  # of snapshots held in memory at once
_ROUNDING = 5e-4  # of a strike; an OCC symbol holds thousandths
_ORDER = ("root", "strike", "right", "as_of", "feed")
_KEY = ("as_of", "feed")


def contract_rows(parts: Parts, catalog: Catalog, contract: OptionContract) -> pl.DataFrame:
    """Every row of one contract in time order."""
    pending = [
        each for each in catalog.entries(contract.underlying, by_contract=False) if each.day <= contract.expiry
    ]
    same = (
        (pl.col("expiry") == contract.expiry)
        & (pl.col("root") == contract.root)
        & (pl.col("right") == contract.right.sign)
        & pl.col("strike").is_between(contract.strike - _ROUNDING, contract.strike + _ROUNDING)
    )
    frames = [rows(parts, entry).filter(same) for entry in pending]
    part = catalog.contract_part(contract.underlying, contract.expiry)
    if part is not None:
        path = parts.path(part)
        with told(path):
            kept = pl.scan_parquet(path, hive_partitioning=False).filter(same).collect()
        frames.append(_without(kept, pending))
    return pl.concat([pl.DataFrame(schema=dict(QUOTES)), *frames]).sort("as_of", "feed", maintain_order=True)


def compact(parts: Parts, catalog: Catalog, *, at_least: int, progress: Callable[[str, int, int], None]) -> int:
    """Bring what is pending into the files by contract, and each day into one file; how many snapshots it took."""
    done = 0
    for underlying in catalog.underlyings():
        pending = catalog.entries(underlying, by_contract=False)
        if len(pending) < at_least:
            continue
        for batch in _batches(pending):
            files = dict(_by_expiry(parts, catalog, underlying, batch))
            parts.settle()
            catalog.regroup([replace(each, by_contract=True) for each in batch], expiries=files)
            done += len(batch)
            progress("contracts", done, max(len(pending), done))
        _join_days(parts, catalog, underlying, {each.day for each in pending})
    return done


def _by_expiry(
    parts: Parts, catalog: Catalog, underlying: str, batch: Sequence[Entry]
) -> Iterator[tuple[tuple[str, date], tuple[str, int]]]:
    named = pl.col("expiry").is_not_null() & (pl.col("right") != 0) & pl.col("strike").is_not_null()
    fresh = pl.concat(rows(parts, entry).filter(named) for entry in batch)
    split = fresh.partition_by("expiry", as_dict=True)
    new = {key[0]: frame for key, frame in split.items()}
    first = min(entry.day for entry in batch)
    old = {each for each in catalog.contract_expiries(underlying) if each >= first}
    for expiry in sorted({*new, *old}):
        part = catalog.contract_part(underlying, expiry) if expiry in old else None
        before = None if part is None else pl.read_parquet(parts.path(part), hive_partitioning=False)
        kept = None if before is None else _without(before, batch)
        if before is not None and kept is not None and expiry not in new and kept.height == before.height:
            continue
        frame = pl.concat(each for each in (kept, new.get(expiry)) if each is not None)
        frame = conform(frame.sort(*_ORDER, maintain_order=True), QUOTES)
        folder = f"contracts/underlying={underlying}/expiry={expiry}"
        yield (underlying, expiry), (parts.write(folder, frame, row_group=_ROW_GROUP), frame.height)


def _join_days(parts: Parts, catalog: Catalog, underlying: str, days: Iterable[date]) -> None:
    """One file per day, its snapshots one after the other."""
    moved: list[Entry] = []
    for day in sorted(days):
        entries = catalog.entries(underlying, day=day)
        if len({entry.part for entry in entries}) < 2:
            continue
        frames = [rows(parts, entry) for entry in entries]
        part = parts.write(f"quotes/underlying={underlying}/date={day}", by_code(pl.concat(frames)))
        first = 0
        for entry, frame in zip(entries, frames, strict=True):
            moved.append(replace(entry, part=part, first_row=first))
            first += frame.height
    parts.settle()
    catalog.regroup(moved, expiries={})


def _without(frame: pl.DataFrame, entries: Iterable[Entry]) -> pl.DataFrame:
    """The rows that belong to none of these snapshots."""
    keys = pl.DataFrame(
        [(entry.as_of, entry.feed) for entry in entries],
        schema={name: QUOTES[name] for name in _KEY},
        orient="row",
    )
    return frame.join(keys, on=list(_KEY), how="anti", maintain_order="left")


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Whole days of at most so many rows."""
    batch: list[Entry] = []
    size = 0
    for _, day in groupby(entries, key=lambda entry: entry.day):
        some = list(day)
        batch += some
        size += sum(entry.counts.rows for entry in some)
        if size >= _BATCH_ROWS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
