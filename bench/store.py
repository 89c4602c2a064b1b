"""The history: importing a year of quotes, and reading one day's chain and one contract out of it.

A year is 250 sessions of 10,000 contracts in the columns of Cboe's end-of-day files, 2.5 million rows. Its import
stands against Polars reading and writing the very file; a chain against a bare read of its partition; the
history of one contract, which has no bar, against the files of the days it lived.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from bench.measurement import Bar, Kind, Measurement, Timed, in_turns, timed
from tools.calendar.sessions import sessions_between
from tools.data.store.history import History
from tools.data.store.importing import import_file
from tools.domain.contract import OptionContract
from tools.pricing.european import value

SESSIONS, EXPIRIES, STRIKES = 250, 25, 200
FIRST, LAST = date(2023, 1, 3), date(2023, 12, 29)
NOW = datetime(2024, 1, 2, tzinfo=UTC)
IMPORT_ROUNDS = 5
IMPORT_BAR, CHAIN_BAR, CONTRACT_BAR = (Bar(Kind.RATIO, limit) for limit in (3.0, 2.0, 0.5))


def measure(rounds: int) -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        file = year_file(folder / "year.parquet")
        yield _import(folder, file, rounds=min(rounds, IMPORT_ROUNDS))
        with filled(folder / "history", file) as history:
            yield _chain(history, rounds=rounds)
            yield _contract(history, rounds=rounds)


def year_file(path: Path, *, sessions: int = SESSIONS) -> Path:
    """The generated year; its quotes are European prices on one vol, which nothing here looks at."""
    days = sessions_between(FIRST, LAST)[:sessions]
    rng = np.random.default_rng(20230103)
    spots = 4000 * np.exp(np.cumsum(rng.normal(0, 0.01, len(days))))
    frames = [_session(day, round(float(spot), 2), rng) for day, spot in zip(days, spots, strict=True)]
    pl.concat(frames).write_parquet(path)
    return path


@contextmanager
def filled(folder: Path, file: Path) -> Iterator[History]:
    with History.open(folder) as history:
        import_file(history, file, format="cboe-eod", now=NOW)
        yield history


def _import(folder: Path, file: Path, *, rounds: int) -> Measurement:
    def bare() -> float:
        return timed(lambda: pl.read_parquet(file).write_parquet(folder / "copy.parquet", compression="zstd"))

    def real() -> float:
        # A place of its own each time: where many files were just deleted, ext4 looks long for room for new ones.
        with History.open(Path(tempfile.mkdtemp(dir=folder))) as history:
            return timed(lambda: import_file(history, file, format="cboe-eod", now=NOW))

    base, ours = in_turns(bare, real, rounds=rounds)
    rows = pl.scan_parquet(file).select(pl.len()).collect().item()
    return Measurement(
        name="import",
        base=Timed("Polars reads and writes the file", base),
        real=Timed("import, durable and readable", ours),
        bar=IMPORT_BAR,
        note=f"{rows:,} rows of {SESSIONS} sessions, {file.stat().st_size / 1e6:.0f} MB of Parquet",
        reason="the file is read and parsed as a whole before its days are judged in Python on one core, and each "
        "day's file is encoded on its own: 250 small encodings cost about as much as the whole base",
    )


def _chain(history: History, *, rounds: int) -> Measurement:
    entry = history.catalog.entries("SPX")[100]
    path = history.parts.path(entry.part)
    base, ours = in_turns(
        lambda: timed(lambda: pl.read_parquet(path)),
        lambda: timed(lambda: history.chain("SPX", entry.as_of)),
        rounds=10 * rounds,
    )
    return Measurement(
        name="chain of a day",
        base=Timed("bare read of its partition", base),
        real=Timed("chain from the history", ours),
        bar=CHAIN_BAR,
        note=f"{entry.counts.used:,} contracts",
    )


def _contract(history: History, *, rounds: int) -> Measurement:
    chain = history.chain("SPX", history.instants("SPX")[100])
    assert chain is not None
    contract: OptionContract = chain.contract(len(chain) // 2)
    by_day = tuple(timed(lambda: history.contract(contract)) for _ in range(max(rounds // 3, 1)))
    with history.writing():
        sorting = timed(history.compact)
    found = history.contract(contract)
    by_contract = tuple(timed(lambda: history.contract(contract)) for _ in range(rounds))
    return Measurement(
        name="one contract",
        base=Timed("from the files of its days", by_day),
        real=Timed("from its file", by_contract),
        bar=CONTRACT_BAR,
        note=f"{found.height} quotes of {contract.occ}; sorting the year by contract took {sorting:.1f} s",
    )


def _session(day: date, spot: float, rng: np.random.Generator) -> pl.DataFrame:
    friday = day + timedelta(days=(3 - day.weekday()) % 7 + 1)
    expiries = [friday + timedelta(weeks=week) for week in range(EXPIRIES)]
    level = np.round(spot / 5) * 5 + 10.0 * np.arange(-STRIKES // 2, STRIKES // 2)
    grid = np.meshgrid(np.arange(EXPIRIES), level, np.array([1, -1]), indexing="ij")
    place, strike, right = (axis.ravel() for axis in grid)
    years = np.array([(expiry - day).days / 365 for expiry in expiries])[place]
    terms = {"spot": spot, "strike": strike, "years": years, "rate": 0.04, "dividend_yield": 0.015, "vol": 0.2}
    price = value(right=right, **terms).price
    n = len(strike)
    frame = pl.DataFrame(
        {
            "underlying_last": np.full(n, spot),
            "day": np.array(expiries, dtype="datetime64[D]")[place],
            "strike": strike,
            "call": right > 0,
            "last": np.round(price, 2),
            "bid": np.maximum(np.round(price * 0.99, 2), 0.0),
            "ask": np.round(price * 1.01, 2) + 0.05,
            "volume": rng.integers(0, 500, n),
            "openinterest": rng.integers(0, 9000, n),
            "impliedvol": np.round(0.2 + rng.normal(0, 0.001, n), 4),
            "delta": np.round(rng.uniform(-1, 1, n), 4),
        }
    )
    letter = pl.when("call").then(pl.lit("C")).otherwise(pl.lit("P"))
    thousandths = (pl.col("strike") * 1000).cast(pl.Int64).cast(pl.String).str.zfill(8)
    return frame.with_columns(
        underlying=pl.lit("SPX"),
        quotedate=pl.lit(f"{day:%m/%d/%Y}"),
        expiration=pl.col("day").dt.strftime("%m/%d/%Y"),
        type=pl.when("call").then(pl.lit("call")).otherwise(pl.lit("put")),
        optionroot=pl.format("SPXW{}{}{}", pl.col("day").dt.strftime("%y%m%d"), letter, thousandths),
    ).drop("day", "call")
